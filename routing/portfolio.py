"""Several children at once, one for each core: each asks the engines in another order and tells its best.

It knows who runs what and whose plan wins; it refuses to search. A plan better than the others' is sent
to them, to go on from. But where all ask the same engine, on all but large days, the first goes its own way,
so that two cores end no worse than one would. What becomes of one child costs the others nothing: a remark on
the plan says it.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic

from routing.child import GRACE_S, POLL_S, Answer, solve_in_child
from routing.document import render
from routing.engines import entrants
from routing.model import Failed, Plan, Problem, Refused
from routing.schedule import Orders
from routing.validate import refusals
from routing.watch import MANY_TASKS

MAX_CHILDREN = 2
"""More were not measured; the machines this is meant for have few cores, and other work."""

Crew = tuple[tuple[str, ...], int]
"""The engines a child asks, in order, and its seed."""
Told = tuple[int, float, Plan]


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0))


def crews(problem: Problem, seed: int, children: int) -> list[Crew]:
    """Who asks whom: the first child the likeliest engine alone, the others all of them in another order."""
    asked = entrants(problem)
    if children <= 1 or not asked:
        return [(asked, seed)]
    found: list[Crew] = [((asked[0],), seed)]
    for i in range(1, children):
        turn = i % len(asked)
        found.append(((*asked[turn:], *asked[:turn]), seed + i))
    return found


def solve_in_children(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 1,
    steps: int | None = None,
    on_progress: Callable[[float, Plan], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
    memory_mb: int = 1500,
    children: int | None = None,
    start: Orders | None = None,
) -> Answer:
    """``routing.solve.solve`` in as many capped processes as there are cores (at most ``MAX_CHILDREN``).

    Parameters as for ``solve_in_child``; ``children`` overrides their number. With ``steps`` there is one,
    so that the plan can be had again. Callbacks are called from the caller's own thread.
    """
    reasons = refusals(problem)
    if reasons:
        return Refused(reasons=reasons)
    wanted = min(cores(), MAX_CHILDREN) if children is None else children
    if steps is not None or wanted <= 1:
        return solve_in_child(
            problem,
            seconds=seconds,
            seed=seed,
            steps=steps,
            on_progress=on_progress,
            should_cancel=should_cancel,
            memory_mb=memory_mb,
            start=start,
        )
    team = _Team(problem, crews(problem, seed, wanted), seconds, memory_mb, start)
    try:
        team.attend(on_progress, should_cancel)
    finally:
        team.dismiss()
    return team.answer()


class _Team:
    """The children of one call: threads that each attend one, and what they told."""

    def __init__(
        self,
        problem: Problem,
        asked: list[Crew],
        seconds: float,
        memory_mb: int,
        start: Orders | None,
    ) -> None:
        self.began = monotonic()
        self.problem, self.seconds, self.document = problem, seconds, render(problem)
        self.enough, self.cancelled, self.start = Event(), False, start
        alike = len({engines for engines, _ in asked}) == 1
        self.deaf = {0} if alike and len(problem.tasks) <= MANY_TASKS else set()
        self.told: SimpleQueue[Told | None] = SimpleQueue()
        self.offers: list[SimpleQueue[Orders | None]] = [SimpleQueue() for _ in asked]
        self.answers: list[Answer | None] = [None for _ in asked]
        self.best: Plan | None = None
        self.threads = [
            Thread(target=self._run, args=(i, engines, seed, memory_mb), daemon=True)
            for i, (engines, seed) in enumerate(asked)
        ]
        for thread in self.threads:
            thread.start()

    def _run(self, i: int, engines: tuple[str, ...], seed: int, memory_mb: int) -> None:
        self.answers[i] = solve_in_child(
            self.problem,
            seconds=self.seconds,
            seed=seed,
            on_progress=lambda part, plan: self.told.put((i, part, plan)),
            should_cancel=self.enough.is_set,
            memory_mb=memory_mb,
            engines=engines,
            offers=self.offers[i],
            document=self.document,
            start=self.start,
        )
        self.told.put(None)

    def attend(
        self, on_progress: Callable[[float, Plan], None] | None, should_cancel: Callable[[], bool] | None
    ) -> None:
        """Until every child answered, or the caller has had enough."""
        deadline = self.began + self.seconds + 2 * GRACE_S
        while any(thread.is_alive() for thread in self.threads) or not self.told.empty():
            try:
                told = self.told.get(timeout=POLL_S)
            except Empty:
                told = None
            if told is not None and (self.best is None or price(told[2]) < price(self.best)):
                self._spread(told)
                if on_progress is not None:
                    on_progress(told[1], told[2])
            if should_cancel is not None and should_cancel():
                self.cancelled = True
                return
            if monotonic() > deadline:
                return

    def _spread(self, told: Told) -> None:
        teller, _, self.best = told
        for i, queue in enumerate(self.offers):
            if i != teller and i not in self.deaf and self.threads[i].is_alive():
                queue.put(orders_of(self.best))

    def dismiss(self) -> None:
        """End every child that is still there."""
        self.enough.set()
        for thread in self.threads:
            thread.join(timeout=2 * GRACE_S)

    def answer(self) -> Answer:
        """The best plan any child ended with or told of; else why there is none."""
        if self.cancelled:
            return Failed(code="cancelled", text="Calcul annulé.", plan=self.best)
        failed = [one for one in self.answers if isinstance(one, Failed)]
        plans = [] if self.best is None else [self.best]  # first: it names who found it
        plans += [one for one in self.answers if isinstance(one, Plan)]
        plans += [one.plan for one in failed if one.plan is not None]
        if failed and len(failed) == len(self.answers):
            return replace(failed[0], plan=min(plans, key=price, default=None))
        if plans:
            remarks = tuple(f"Un des calculs s'est arrêté : {one.text}" for one in failed)
            return replace(min(plans, key=price), remarks=remarks)
        refused = (one for one in self.answers if isinstance(one, Refused))
        return next(refused, Failed(code="deadline", text="Le calcul n'a pas rendu la main à temps."))


def price(plan: Plan) -> tuple[bool, int, int]:
    """What plans of one problem are compared by: complete first, then how many stay out, then cents."""
    out = 0 if plan.complete else len(plan.unserved)
    return not plan.complete, out, plan.cost_cents + plan.lost_prizes_cents + plan.habits_cents


def orders_of(plan: Plan) -> dict[str, list[str]]:
    """The plan's stops by vehicle, without its times."""
    return {
        route.vehicle: [visit.ref for visit in route.visits if visit.kind in ("collect", "unload")]
        for route in plan.routes
    }
