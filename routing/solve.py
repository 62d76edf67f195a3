"""One verb: a problem in, the best plan the judge accepted out.

It knows the budget and who proposes; ``checker`` decides. The own construction answers first, so
that an answer exists when no engine has one; then the engines that can express the problem
(``engines``), each in slices of the time, each going on from the best there is. Every proposal is
mended, timed and judged before it may replace the incumbent, which is compared by required
tasks left out, then by cents. ``portfolio`` runs this in several processes at once.

The stopwatch is the only clock. Reproducible: same problem, seed, ``steps`` and engine versions give
the same plan when ``seconds`` is not what stops the search. With ``steps`` None (production) the plan
depends on how fast the machine is.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from time import monotonic

from routing.book import Book, open_book
from routing.bound import bound_cents
from routing.checker import violations
from routing.construct import construct, mend, out_already, ruined
from routing.engines import entrants
from routing.model import Plan, Problem, Reason, Refused
from routing.ortools_engine import NAME as ORTOOLS
from routing.ortools_engine import Run, search
from routing.pyvrp_engine import NAME as PYVRP
from routing.pyvrp_engine import PyvrpSearch
from routing.schedule import Orders, schedule
from routing.validate import refusals
from routing.watch import Bench, Progress, Watch

RUNS = (
    Run(first="PARALLEL_CHEAPEST_INSERTION", drop_factor=5),
    Run(first="LOCAL_CHEAPEST_INSERTION", drop_factor=100, close_lns=True),
    Run(first="PATH_CHEAPEST_ARC", drop_factor=20),
)
"""Starts and drop prices: none is best everywhere, and a price too high or too low loses stops."""
FIRST_SHARE = 0.2
"""Part of the budget each engine has before they are compared; OR-Tools has three starts in it."""
TURNS = 6
"""The rest is dealt in so many turns, each to the engine whose last turn gained most, or was never tried."""
AGAIN_S_PER_TASK, AGAIN_SHARE = 0.004, 0.025
"""How long one OR-Tools search from rebuilt orders lasts: at least so long per task, at least that part of
the budget. Measured on 60 stops, 10 s, 3 seeds, a busy machine: one long search instead gave plans 6 %
dearer in sum; slices of 0.1 s to 0.5 s were within 3 % of each other."""
ROUNDS_WITH_STEPS = 4
PYVRP_STEPS = 40
"""With ``steps``, PyVRP takes one of its own for so many of OR-Tools'."""
WHOLE_SHARE = 0.25
"""Part of PyVRP's first turn in which every required stop is a must for it, though no complete plan is known.
Told that stops may be left out at a price it searches worse: RC206R0.25, 10 s, two seeds, 3.1 and 5.5 % above
the best known against 2.2 and 2.4 %."""


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 1,
    steps: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    engines: Sequence[str] | None = None,
    hear: Callable[[], Orders | None] | None = None,
    start: Orders | None = None,
) -> Plan | Refused:
    """Plan within ``seconds``, on one core; given ``steps``, each search also stops after that many.

    ``engines`` restricts and orders who is asked (default: whoever can express the problem).
    ``hear`` is asked now and then for orders found elsewhere; ``start`` are orders to go on from, such as
    yesterday's: stops that are no longer known are left out, new ones put in. When cancelled, the best plan
    so far is returned. Refused when the problem is malformed, or when what is locked cannot be driven.
    """
    reasons = refusals(problem)
    if reasons:
        return Refused(reasons=reasons)
    book = open_book(problem)
    watch = Watch(book, max(seconds, 0.001), seed, progress, cancelled, hear, bound_cents(book))
    if start:
        watch.mend_and_consider(_still_known(book, start), "reprise")
    watch.consider(construct(book, seed=seed, stop=watch.constructed_enough), "insertion")
    asked = [one for one in (entrants(problem) if engines is None else engines) if one in TURN]
    if problem.tasks:
        _deal(watch, asked, steps)
    if watch.best is None:
        return _locked_out(watch)
    return replace(watch.best, remarks=tuple(watch.remarks)) if watch.remarks else watch.best


def _still_known(book: Book, orders: Orders) -> Orders:
    """These orders without the vehicles, tasks and sites the problem does not have, each task once."""
    seen: set[str] = set()
    known: dict[str, list[str]] = {}
    for vehicle, stops in orders.items():
        if vehicle in book.vehicles:
            known[vehicle] = []
            for stop in stops:
                if stop in book.sites or (stop in book.tasks and stop not in seen):
                    known[vehicle].append(stop)
                    seen.add(stop)
    return known


@dataclass(slots=True)
class _Table:
    """What the engines of one call keep from turn to turn."""

    watch: Watch
    steps: int | None
    random: Random
    pyvrp: PyvrpSearch | None = None
    started: int = 0
    rounds: int = 0
    gains: dict[str, float] = field(default_factory=dict)


def _deal(watch: Watch, asked: Sequence[str], steps: int | None) -> None:
    """A first turn to each engine, then the others to whoever gains."""
    table = _Table(watch, steps, Random(watch.seed))  # noqa: S311 - variety, nothing secret
    span = watch.left() - watch.reserve()
    for engine in asked:
        share = span if len(asked) == 1 else span * FIRST_SHARE
        _turn(table, engine, min(share, watch.left() - watch.reserve()))
    turns = 0 if len(asked) <= 1 else TURNS if steps is None else 2
    for turn in range(turns):
        if watch.left() <= watch.reserve() or watch.over():
            return
        best = max(asked, key=lambda one: (table.gains[one], -asked.index(one)))
        _turn(table, best, (watch.left() - watch.reserve()) / (turns - turn))


def _turn(table: _Table, engine: str, seconds: float) -> None:
    """Let one engine search for so long, and note what a second of it gained."""
    watch = table.watch
    if seconds <= 0 or watch.over() or table.gains.get(engine) == -math.inf:
        table.gains.setdefault(engine, 0.0)
        return
    before, began = watch.price, monotonic()
    first = engine not in table.gains
    try:
        TURN[engine](table, seconds)
    except (ValueError, OverflowError, RuntimeError) as error:  # a library that refuses our data
        watch.remarks.append(f"{engine} n'a pas su lire ce problème : {error}.")
        table.gains[engine] = -math.inf
        return
    gained = float(before[0] - watch.price[0]) * 1e12 + before[1] - watch.price[1]
    if table.steps is not None:  # nothing may depend on the clock
        table.gains[engine] = gained
        return
    rate = gained / max(0.001, monotonic() - began)
    table.gains[engine] = rate if first else 0.5 * table.gains[engine] + 0.5 * rate


def _pyvrp_turn(table: _Table, seconds: float) -> None:
    """Go on searching; without a complete plan in its first part, with stops that may be left out."""
    watch = table.watch
    until = monotonic() + seconds
    iterations = None if table.steps is None else max(1, table.steps // PYVRP_STEPS)
    if table.pyvrp is None:
        table.pyvrp = PyvrpSearch(watch.book, seed=watch.seed)
        if not _whole(watch):
            part = None if iterations is None else max(1, int(WHOLE_SHARE * iterations))
            _pyvrp(table, monotonic() + WHOLE_SHARE * seconds, part)
            if not table.pyvrp.feasible():
                table.pyvrp = PyvrpSearch(watch.book, seed=watch.seed, droppable=True)
    elif watch.best is not None:
        table.pyvrp.take(watch.orders)
    if table.pyvrp.droppable:
        _pyvrp(table, until, iterations)
        if not _whole(watch):
            return
        table.pyvrp = PyvrpSearch(watch.book, seed=watch.seed)
        table.pyvrp.take(watch.orders)
        iterations = None if iterations is None else 1
    _pyvrp(table, until, iterations)


def _whole(watch: Watch) -> bool:
    return watch.best is not None and watch.best.complete


def _pyvrp(table: _Table, until: float, iterations: int | None) -> None:
    """Let it search; where stops may be left out, only until a plan leaves none."""
    watch, search = table.watch, table.pyvrp
    assert search is not None  # noqa: S101 - the caller made it
    bench = Bench(watch, PYVRP)

    def left() -> float:
        return min(until - monotonic(), watch.left() - watch.reserve())

    def stop() -> bool:
        if table.steps is None:
            bench.judge_now_and_then()
            if watch.listen():
                search.take(watch.orders)
            if search.droppable and _whole(watch):
                return True
        return left() <= 0 or watch.over()

    search.run(bench.leave, stop, left=left, iterations=iterations)
    bench.judge()


def _ortools_turn(table: _Table, seconds: float) -> None:
    """The three starts the first time; then, again and again, from the best rebuilt otherwise."""
    watch = table.watch
    until = monotonic() + seconds
    while table.started < len(RUNS):
        share = (until - monotonic()) / (len(RUNS) - table.started)
        if share <= 0 or watch.over():
            return
        _ortools(watch, RUNS[table.started], share, table.steps, None)
        table.started += 1
    again = max(AGAIN_S_PER_TASK * len(watch.book.problem.tasks), AGAIN_SHARE * watch.seconds)
    rounds = 0
    while watch.best is not None and watch.orders and monotonic() < until and not watch.over():
        watch.listen()
        start: Orders = watch.orders
        if table.rounds > 0:
            ruins = ruined(watch.book, start, table.random)
            start = mend(watch.book, ruins, seed=table.rounds, stop=watch.over)
        run = Run(first="PATH_CHEAPEST_ARC", drop_factor=20, close_lns=table.rounds % 2 == 1)
        _ortools(watch, run, min(again, until - monotonic()), table.steps, start)
        table.rounds += 1
        rounds += 1
        if table.steps is not None and rounds >= ROUNDS_WITH_STEPS:
            return


def _ortools(watch: Watch, run: Run, seconds: float, steps: int | None, start: Orders | None) -> None:
    bench = Bench(watch, f"{ORTOOLS} {run.first}{' (suite)' if start else ''}")
    until = monotonic() + seconds

    def stop() -> bool:
        if steps is None:
            bench.judge_now_and_then()
        return watch.over()

    search(
        watch.book,
        run,
        seed=watch.seed,
        left=lambda: until - monotonic(),
        steps=steps,
        start=start,
        on_better=bench.leave,
        stop=stop,
    )
    bench.judge()


TURN: dict[str, Callable[[_Table, float], None]] = {"PyVRP": _pyvrp_turn, "OR-Tools": _ortools_turn}


def _locked_out(watch: Watch) -> Refused:
    """Nothing was accepted: say what the locked beginnings break by themselves."""
    problem = watch.book.problem
    alone = schedule(problem, out_already(watch.book))
    broken = violations(problem, alone) if isinstance(alone, Plan) else ()
    ranks = {prefix.vehicle: i for i, prefix in enumerate(problem.prefixes)}
    names = {vehicle.id: i for i, vehicle in enumerate(problem.vehicles)}
    reasons = []
    for one in broken:
        known = one.vehicle in ranks
        field_name = (
            f"prefixes[{ranks[one.vehicle or '']}]"
            if known
            else f"vehicles[{names.get(one.vehicle or '', 0)}]"
        )
        reasons.append(Reason(code=one.code, field=field_name, text=one.text))
    text = "Aucun plan acceptable n'a été trouvé dans le temps donné."
    return Refused(reasons=tuple(reasons) or (Reason(code="no_plan", field="", text=text),))
