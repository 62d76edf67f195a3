"""One verb: a problem in, the best plan the judge accepted out.

It knows the budget and who proposes; ``checker`` decides. The own construction answers first, so
that an answer exists when the engine has none; then several starts and drop prices of the engine,
then the rest of the time from the best order so far. Every proposal is mended, timed and judged
before it may replace the incumbent, which is compared by required tasks left out, then by cents.

The stopwatch is the only clock. Reproducible: same problem, seed, ``steps`` and OR-Tools
version give the same plan when ``seconds`` is not what stops the search. With ``steps`` None
(production) the plan depends on how fast the machine is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from time import monotonic

from routing.checker import violations
from routing.construct import construct, mend, ruined, unserved
from routing.model import Plan, Problem, Reason, Refused
from routing.ortools_engine import NAME, Run, search
from routing.schedule import Orders, assemble, schedule
from routing.timing import Book, open_book, timed
from routing.validate import refusals

Progress = Callable[[float, Plan], None]
"""Called with the part of the budget spent (0 to 1) and the best plan, whenever that plan is new."""

RUNS = (
    Run(first="PARALLEL_CHEAPEST_INSERTION", drop_factor=5),
    Run(first="LOCAL_CHEAPEST_INSERTION", drop_factor=100, close_lns=True),
    Run(first="PATH_CHEAPEST_ARC", drop_factor=20),
)
"""Starts and drop prices: none is best everywhere, and a price too high or too low loses stops."""
CONSTRUCTION_SHARE = 0.4
"""Part of the budget the construction may take before it stops where it is; it needs that on large days."""
STARTS_SHARE, STARTS_SHARE_MAX = 0.15, 0.6
"""Part of the budget for the starts, up to 100 tasks and from 400; the rest goes on from the best orders."""
AGAIN_S_PER_TASK, AGAIN_SHARE = 0.004, 0.025
"""How long one search from rebuilt orders lasts: at least so long per task, at least that part of the
budget. Measured on 60 stops, 10 s, 3 seeds, a busy machine: one long search instead gave plans 6 %
dearer in sum; slices of 0.1 s to 0.5 s were within 3 % of each other."""
ROUNDS_WITH_STEPS = 4
MENDING_SHARE = 0.03
"""Part of the budget kept back for mending and judging the last order."""
JUDGE_EVERY_S = 0.2
"""A search improves hundreds of times in its first second: its last order is judged, not each."""


@dataclass(slots=True)
class _Watch:
    """The budget and the best so far, for the length of one call."""

    book: Book
    seconds: float
    seed: int
    progress: Progress | None
    cancelled: Callable[[], bool] | None
    began: float = field(default_factory=monotonic)
    best: Plan | None = None
    price: tuple[int, int] = (0, 0)
    orders: dict[str, list[str]] = field(default_factory=dict)

    def left(self) -> float:
        return self.seconds - (monotonic() - self.began)

    def over(self) -> bool:
        return self.left() <= 0 or (self.cancelled is not None and self.cancelled())

    def constructed_enough(self) -> bool:
        return self.over() or self.left() < (1 - CONSTRUCTION_SHARE) * self.seconds

    def consider(self, orders: Orders, engine: str) -> None:
        """Judge these orders as they are; keep them when accepted and better than the best."""
        if self.best is not None and _price(self.book, orders) >= self.price:
            return
        left_out = unserved(self.book, orders, stop=self.over)
        plan = assemble(self.book, orders, left_out, engine=engine, seed=self.seed)
        if violations(self.book.problem, plan):
            return
        self.best, self.price = plan, _price(self.book, orders)
        self.orders = {vehicle: list(stops) for vehicle, stops in orders.items()}
        if self.progress is not None:
            self.progress(min(1.0, 1 - self.left() / self.seconds), plan)

    def mend_and_consider(self, orders: Orders, engine: str) -> None:
        """Judge the proposal, and what becomes of it once mended."""
        copy = {vehicle: list(stops) for vehicle, stops in orders.items()}
        self.consider(mend(self.book, copy, seed=self.seed, stop=self.over), engine)


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 1,
    steps: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Plan | Refused:
    """Plan within ``seconds``; given ``steps``, each search also stops after that many.

    When cancelled, the best plan so far is returned. Refused when the problem is malformed, or
    when what is locked cannot be driven whatever else is done.
    """
    reasons = refusals(problem)
    if reasons:
        return Refused(reasons=reasons)
    watch = _Watch(open_book(problem), max(seconds, 0.001), seed, progress, cancelled)
    watch.consider(construct(watch.book, seed=seed, stop=watch.constructed_enough), "insertion")
    if problem.tasks:
        _starts(watch, steps)
        _onward(watch, steps)
    return watch.best if watch.best is not None else _locked_out(watch)


def _price(book: Book, orders: Orders) -> tuple[int, int]:
    """What orders are compared by: required tasks left out, then cents, lost prizes included."""
    served = {stop for stops in orders.values() for stop in stops}
    left = [task for task in book.problem.tasks if task.id not in served]
    cost = sum(timed(book, book.vehicles[one], stops).cost_cents for one, stops in orders.items() if stops)
    return sum(task.required for task in left), cost + sum(t.prize_cents for t in left if not t.required)


def _starts(watch: _Watch, steps: int | None) -> None:
    tasks = len(watch.book.problem.tasks)
    part = min(STARTS_SHARE_MAX, STARTS_SHARE * max(1.0, tasks / 100))
    until = watch.left() * (1 - part)
    for i, run in enumerate(RUNS):
        share = (watch.left() - until) / (len(RUNS) - i)
        if watch.over() or share <= 0:
            return
        _search(watch, run, share, steps, None)


def _onward(watch: _Watch, steps: int | None) -> None:
    """From the best orders; then, again and again, from the best with a neighbourhood rebuilt otherwise."""
    random = Random(watch.seed)  # noqa: S311 - variety, nothing secret
    reserve = MENDING_SHARE * watch.seconds
    again = max(AGAIN_S_PER_TASK * len(watch.book.problem.tasks), AGAIN_SHARE * watch.seconds)
    rounds = 0
    while watch.best is not None and watch.orders and watch.left() > reserve and not watch.over():
        start: Orders = watch.orders
        if rounds > 0:
            start = mend(watch.book, ruined(watch.book, start, random), seed=rounds, stop=watch.over)
        run = Run(first="PATH_CHEAPEST_ARC", drop_factor=20, close_lns=rounds % 2 == 1)
        _search(watch, run, min(again, watch.left() - reserve), steps, start)
        rounds += 1
        if steps is not None and rounds >= ROUNDS_WITH_STEPS:
            return


def _search(watch: _Watch, run: Run, seconds: float, steps: int | None, start: Orders | None) -> None:
    name = f"{NAME} {run.first}{' (suite)' if start else ''}"
    pending: list[Orders] = []
    judged = [monotonic()]
    until = judged[0] + seconds

    def judge() -> None:
        while pending:
            watch.mend_and_consider(pending.pop(), name)
        judged[0] = monotonic()

    def stop() -> bool:
        if steps is None and pending and monotonic() - judged[0] > JUDGE_EVERY_S:
            judge()
        return watch.over()

    def on_better(orders: Orders) -> None:
        pending[:] = [orders]

    search(
        watch.book,
        run,
        seed=watch.seed,
        left=lambda: until - monotonic(),
        steps=steps,
        start=start,
        on_better=on_better,
        stop=stop,
    )
    judge()


def _locked_out(watch: _Watch) -> Refused:
    """Nothing was accepted: say what the locked beginnings break by themselves."""
    problem = watch.book.problem
    orders = construct(watch.book, seed=watch.seed, stop=lambda: True)
    alone = schedule(problem, orders)
    broken = violations(problem, alone) if isinstance(alone, Plan) else ()
    ranks = {prefix.vehicle: i for i, prefix in enumerate(problem.prefixes)}
    reasons = [
        Reason(code=one.code, field=f"prefixes[{ranks.get(one.vehicle or '', 0)}]", text=one.text)
        for one in broken
    ]
    text = "Aucun plan acceptable n'a été trouvé dans le temps donné."
    return Refused(reasons=tuple(reasons) or (Reason(code="no_plan", field="", text=text),))
