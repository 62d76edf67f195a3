"""How far from the best known: our portfolio beside what a user would start instead, on public files.

The files are given on the command line and are not in this repository (CVRPLIB, VRPLIB, Solomon with a
``.sol`` beside; PVRP-IF ``.geojson`` with its ``report_….txt`` beside). Without any, nothing is measured
and that is said. Every plan, the peers' too, is timed and judged by our checker; one that leaves a
required stop out has no gap. No parameter of ours was chosen on these files but one, said in
``routing.engines``: OR-Tools is not asked where PyVRP says every rule and no truck unloads on the way.

Peers have one core each: PyVRP's own ``solve`` with its defaults, OR-Tools as its documentation starts one
(PATH_CHEAPEST_ARC, then GUIDED_LOCAL_SEARCH; registered matrices, which is kinder than its callbacks).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic

from pyvrp import solve as pyvrp_solve
from pyvrp.stop import MaxRuntime

from bench.result import Result
from routing.book import open_book
from routing.checker import violations
from routing.files import best_known, read_pvrpif, read_text
from routing.model import Plan, Problem, Refused
from routing.ortools_engine import Run, search
from routing.portfolio import price as rank
from routing.portfolio import solve_in_children
from routing.pyvrp_model import build, orders_of
from routing.schedule import Orders, schedule

TITLE = "Public instances: how far above the best known, for us and for what one would start instead?"
SEED = 1
VERSIONS = ("ortools", "pyvrp", "numpy")
DAYS = 4


@dataclass(frozen=True, slots=True)
class Instance:
    """One file: its problems (the days of a PVRP-IF file, else one) and the best known sum."""

    name: str
    problems: tuple[Problem, ...]
    best: float


def run(files: str = "", seconds: int = 10, seeds: int = 1, methods: str = "two,one,pyvrp,ortools") -> Result:
    """Gap in per cent by file and method, median over ``seeds``; ``files``: globs or paths, with commas."""
    chosen = [METHODS[name] for name in methods.split(",")]
    rows: list[dict[str, object]] = []
    for instance in map(read_instance, paths(files)):
        row: dict[str, object] = {"file": instance.name, "best_known": instance.best}
        for name, (title, method) in zip(methods.split(","), chosen, strict=True):
            gaps = [_gap(instance, method, seconds, SEED + i) for i in range(seeds)]
            found = [gap for gap in gaps if gap is not None]
            row[title] = round(median(found), 2) if len(found) == len(gaps) else None
            print(f"  {instance.name} {name}: {gaps}", flush=True)
        rows.append(row)
    if not rows:
        print("No file given: FILES='…/cvrp/*.vrp,…/vrptw/*.txt' names public instances. Nothing measured.")
    titles = [title for title, _ in chosen]
    summary: dict[str, object] = {"seconds": seconds, "seeds": seeds, "files": len(rows)}
    for title in titles:
        values = [row[title] for row in rows]
        known = [value for value in values if isinstance(value, float)]
        summary[f"mean_gap_percent {title}"] = round(sum(known) / len(known), 3) if known else None
        summary[f"without_a_complete_plan {title}"] = len(values) - len(known)
    return Result(rows, summary)


def paths(files: str) -> list[Path]:
    """The files named, globs resolved; solutions and reports are found beside them."""
    found: list[Path] = []
    for word in files.replace(",", " ").split():
        path = Path(word)
        found += sorted(path.parent.glob(path.name)) if "*" in path.name else [path]
    return [
        path for path in found if path.suffix in (".vrp", ".txt", ".geojson") and "report_" not in path.name
    ]


def read_instance(path: Path) -> Instance:
    """The file's problems and the best known, in our cents."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".geojson":
        report = next(path.parent.glob(f"report_{path.stem}_*.txt"))
        cost = float(report.stem.split("feasible_")[1].replace("_", "."))
        said = report.read_text(encoding="utf-8")
        problems = [read_pvrpif(text, said, day) for day in range(DAYS)]
        return Instance(path.stem, tuple(_readable(one) for one in problems), cost)
    problem = _readable(read_text(text))
    known = best_known(path.with_suffix(".sol").read_text(encoding="utf-8"))
    scale = 10 if path.suffix == ".txt" else 1  # solution files of the Solomon sets are in whole units
    return Instance(path.stem, (problem,), round((known or 0) * scale, 1))


def _readable(problem: Problem | Refused) -> Problem:
    assert isinstance(problem, Problem), problem
    return problem


def _gap(instance: Instance, method: Callable[..., Plan | None], seconds: int, seed: int) -> float | None:
    """Per cent above the best known; None when a required stop is left out or nothing came."""
    total = 0
    for problem in instance.problems:
        plan = method(problem, seconds, seed)
        if plan is None or not plan.complete:
            return None
        broken = violations(problem, plan)
        assert not broken, broken[:3]
        total += plan.cost_cents + plan.lost_prizes_cents
    return round(100 * (total / instance.best - 1), 3)


def _portfolio(children: int) -> Callable[..., Plan | None]:
    def method(problem: Problem, seconds: int, seed: int) -> Plan | None:
        answer = solve_in_children(problem, seconds=seconds, seed=seed, children=children)
        return answer if isinstance(answer, Plan) else getattr(answer, "plan", None)

    return method


def _pyvrp(problem: Problem, seconds: int, seed: int) -> Plan | None:
    scene = build(open_book(problem))
    result = pyvrp_solve(scene.data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False)
    if not result.is_feasible():
        return None
    return _judged(problem, [orders_of(scene, result.best)])


def _ortools(problem: Problem, seconds: int, seed: int) -> Plan | None:
    found: list[Orders] = []
    until = monotonic() + seconds
    run = Run(first="PATH_CHEAPEST_ARC", drop_factor=20)
    search(
        open_book(problem),
        run,
        seed=seed,
        left=lambda: until - monotonic(),
        on_better=found.append,
        stop=lambda: monotonic() > until,
    )
    return _judged(problem, found[-3:])


def _judged(problem: Problem, orders: Iterable[Orders]) -> Plan | None:
    """The best of these orders that our checker accepts."""
    plans = [schedule(problem, one) for one in orders]
    good = [one for one in plans if isinstance(one, Plan) and not violations(problem, one)]
    return min(good, key=rank, default=None)


METHODS: dict[str, tuple[str, Callable[..., Plan | None]]] = {
    "two": ("portfolio, 2 cores", _portfolio(2)),
    "one": ("portfolio, 1 core", _portfolio(1)),
    "pyvrp": ("PyVRP, 1 core", _pyvrp),
    "ortools": ("OR-Tools, 1 core", _ortools),
}
