"""One verb: a problem in, the best plan the judge accepted out.

It knows the budget and who proposes; ``checker`` decides. The own construction answers first, so
that an answer exists when the engine has none; then several starts and drop prices of the engine,
then the rest of the time from the best order so far. Every proposal is mended, timed and judged
before it may replace the incumbent, which is compared by required tasks left out, then by cents.

The stopwatch is the only clock. Reproducible: same problem, seed, ``solutions`` and OR-Tools
version give the same plan when ``seconds`` is not what stops the search. With ``solutions`` None
(production) the plan depends on how fast the machine is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from routing.checker import violations
from routing.construct import construct, mend, unserved
from routing.model import Plan, Problem, Reason, Refused
from routing.ortools_engine import NAME, Run, search
from routing.schedule import Orders, assemble, schedule
from routing.timing import Book, open_book
from routing.validate import refusals

Progress = Callable[[float, Plan], None]
"""Called with the part of the budget spent (0 to 1) and the best plan, whenever that plan is new."""

RUNS = (
    Run(first="PATH_CHEAPEST_ARC", drop_factor=20),
    Run(first="PARALLEL_CHEAPEST_INSERTION", drop_factor=5),
    Run(first="LOCAL_CHEAPEST_INSERTION", drop_factor=100, close_lns=True),
    Run(first="SAVINGS", drop_factor=2),
)
"""Starts and drop prices: neither is best everywhere, and a price too high or too low loses stops."""
STARTS_SHARE = 0.5
"""Part of the budget for the starts; the rest goes on from the best order."""
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
    orders: dict[str, list[str]] = field(default_factory=dict)

    def left(self) -> float:
        return self.seconds - (monotonic() - self.began)

    def over(self) -> bool:
        return self.left() <= 0 or (self.cancelled is not None and self.cancelled())

    def consider(self, orders: Orders, engine: str) -> None:
        """Judge these orders as they are; keep them when accepted and better than the best."""
        left_out = unserved(self.book, orders, stop=self.over)
        plan = assemble(self.book, orders, left_out, engine=engine, seed=self.seed)
        if self.best is not None and _price(self.book, plan) >= _price(self.book, self.best):
            return
        if violations(self.book.problem, plan):
            return
        self.best, self.orders = plan, {vehicle: list(stops) for vehicle, stops in orders.items()}
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
    solutions: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Plan | Refused:
    """Plan within ``seconds`` (and, given ``solutions``, after that many accepted per search).

    When cancelled, the best plan so far is returned. Refused when the problem is malformed, or
    when what is locked cannot be driven whatever else is done.
    """
    reasons = refusals(problem)
    if reasons:
        return Refused(reasons=reasons)
    watch = _Watch(open_book(problem), max(seconds, 0.001), seed, progress, cancelled)
    watch.consider(construct(watch.book, seed=seed, stop=watch.over), "insertion")
    if problem.tasks:
        _starts(watch, solutions)
        _onward(watch, solutions)
    return watch.best if watch.best is not None else _locked_out(watch)


def _price(book: Book, plan: Plan) -> tuple[int, int]:
    required = sum(book.tasks[one.task].required for one in plan.unserved)
    return required, plan.cost_cents + plan.lost_prizes_cents


def _starts(watch: _Watch, solutions: int | None) -> None:
    first = watch.seed % len(RUNS) if solutions is None else 0
    runs = RUNS[first:] + RUNS[:first]
    if solutions is not None:
        runs = RUNS[:2]
    for i, run in enumerate(runs):
        share = (watch.left() - watch.seconds * (1 - STARTS_SHARE)) / (len(runs) - i)
        if watch.over() or share <= 0:
            return
        _search(watch, run, share, solutions, None)


def _onward(watch: _Watch, solutions: int | None) -> None:
    if watch.over() or watch.best is None or not watch.orders:
        return
    run = Run(first="PATH_CHEAPEST_ARC", drop_factor=20, close_lns=True)
    _search(watch, run, watch.left() - MENDING_SHARE * watch.seconds, solutions, watch.orders)


def _search(watch: _Watch, run: Run, seconds: float, solutions: int | None, start: Orders | None) -> None:
    last: list[Orders] = []
    judged = [monotonic()]
    name = f"{NAME} {run.first}{' (suite)' if start else ''}"

    def on_better(orders: Orders) -> None:
        last[:] = [orders]
        if solutions is None and monotonic() - judged[0] > JUDGE_EVERY_S:
            watch.mend_and_consider(orders, name)
            judged[0] = monotonic()

    search(
        watch.book,
        run,
        seed=watch.seed,
        seconds=seconds,
        solutions=solutions,
        start=start,
        on_better=on_better,
        stop=None if watch.cancelled is None else watch.over,
    )
    if last:
        watch.mend_and_consider(last[0], name)


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
