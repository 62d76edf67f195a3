"""How time and memory grow with the day: from 50 stops to 2,000, one truck for twenty stops.

The days are those of ``bench.planning``, made up from the seed. Sizes are taken in rising order, so the
greatest child so far is the child of that size. ``together_mb`` adds up, four times a second, what this
process and its children hold at that instant: the kernel's proportional size (PSS), in which a page that
several processes share counts once. Peers are not measured here: ``engines`` does.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from os import getpid
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from bench.planning import day
from bench.result import Result
from routing.checker import violations
from routing.model import Plan
from routing.portfolio import cores, solve_in_children

TITLE = "From 50 to 2,000 stops: when is there a checked plan, at what price, with how much memory?"
VERSIONS = ("ortools", "pyvrp", "numpy")


def run(
    sizes: str = "50,100,200,500,1000,2000", seconds: int = 60, seed: int = 1, children: int = 2
) -> Result:
    """One row a size; memory is the peak of this process and of its greatest child, in MB."""
    rows: list[dict[str, object]] = []
    for stops in sorted(int(size) for size in sizes.split(",")):
        problem = day(stops, seed)
        began = monotonic()
        told: list[tuple[float, Plan]] = []

        def note(_: float, plan: Plan, told: list[tuple[float, Plan]] = told, began: float = began) -> None:
            told.append((monotonic() - began, plan))

        with together() as peak:
            plan = solve_in_children(problem, seconds=seconds, seed=seed, children=children, on_progress=note)
        took = monotonic() - began
        assert isinstance(plan, Plan), plan
        rows.append(
            {
                "stops": stops,
                "first_checked_plan_s": round(told[0][0], 2),
                "first_price_cents": told[0][1].cost_cents + told[0][1].lost_prizes_cents,
                "price_cents": plan.cost_cents + plan.lost_prizes_cents,
                "complete": plan.complete,
                "violations": len(violations(problem, plan)),
                "engine": plan.engine,
                "took_s": round(took, 1),
                "own_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "together_mb": peak[0] // 1024,
                "greatest_child_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
            }
        )
    return Result(rows, {"seconds": seconds, "children": children, "cores": cores()})


@contextmanager
def together() -> Iterator[list[int]]:
    """The greatest sum of proportional memory of this process and its children, in kB, while inside."""
    peak, over = [0], Event()

    def watch() -> None:
        while not over.wait(0.25):
            peak[0] = max(peak[0], sum(map(_held_kb, [getpid(), *_children()])))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _children() -> list[int]:
    """The processes our threads started; Linux tells them by thread."""
    found: list[int] = []
    for task in Path("/proc/self/task").iterdir():
        try:
            found += map(int, (task / "children").read_text().split())
        except OSError:  # a thread that ended meanwhile
            continue
    return found


def _held_kb(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:  # ended meanwhile
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
