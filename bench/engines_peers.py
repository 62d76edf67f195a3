"""One search of one problem by one method, pinned to the cores it is given: what was known, and when.

`python -m bench.engines_peers` reads one order as a JSON line and answers with one; `bench.engines` gives the
orders and makes the comparison. Each method starts its clock with the problem read and its library loaded
(ours counts loading its children's); plans are kept as they come, and timed, priced and judged afterwards.

Peers as a user would start them: PyVRP's `solve` with its defaults; OR-Tools as its documentation does
(PATH_CHEAPEST_ARC, then GUIDED_LOCAL_SEARCH; registered matrices, which is kinder than its callbacks);
pyvroom at its highest exploration level. It stops by itself; the budget only caps it.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import vroom  # type: ignore[import-untyped]
from pyvrp import IteratedLocalSearchParams, SolveParams
from pyvrp import solve as pyvrp_solve
from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks
from pyvrp.stop import MaxRuntime

from routing.book import open_book
from routing.checker import violations
from routing.files import best_known, read_pvrpif, read_text
from routing.model import Plan, Problem, Refused
from routing.ortools_engine import Run, search
from routing.portfolio import price, solve_in_children
from routing.pyvrp_model import build, orders_of
from routing.schedule import Orders, schedule

Known = list[tuple[float, Callable[[], Plan | None]]]
"""Seconds since the start, and the plan known from then on, worked out when asked."""
DAYS = 4
"""In a PVRP-IF file."""
TRIES = 5
"""Plans looked at for one mark, the last first: OR-Tools may tell of hundreds that leave stops out."""


def problems_of(path: Path) -> list[Problem]:
    """The file's problems: the days of a PVRP-IF file, else one."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".geojson":
        said = next(path.parent.glob(f"report_{path.stem}_*.txt")).read_text(encoding="utf-8")
        return [_readable(read_pvrpif(text, said, day)) for day in range(DAYS)]
    return [_readable(read_text(text))]


def best_of(path: Path) -> float:
    """The best known price, in our cents; for PVRP-IF the published sum of the days."""
    if path.suffix == ".geojson":
        report = next(path.parent.glob(f"report_{path.stem}_*.txt"))
        return float(report.stem.split("feasible_")[1].replace("_", "."))
    known = best_known(path.with_suffix(".sol").read_text(encoding="utf-8"))
    scale = 10 if path.suffix == ".txt" else 1  # solution files of the Solomon sets are in whole units
    return round((known or 0) * scale, 1)


def _readable(problem: Problem | Refused) -> Problem:
    assert isinstance(problem, Problem), problem
    return problem


def can(method: str, problem: Problem) -> bool:
    """Whether the peer can be told this problem's rules at all."""
    trips = bool(problem.unloading_sites)
    if method == "vroom":
        return not trips and all(task.required and not task.release_s for task in problem.tasks)
    return method != "ortools" or not (trips and any(task.deliver for task in problem.tasks))


def _portfolio(children: int) -> Callable[[Problem, float, int], Known]:
    def method(problem: Problem, seconds: float, seed: int) -> Known:
        began, known = monotonic(), Known()

        def note(_: float, plan: Plan) -> None:
            known.append((monotonic() - began, lambda: plan))

        answer = solve_in_children(problem, seconds=seconds, seed=seed, children=children, on_progress=note)
        last = answer if isinstance(answer, Plan) else getattr(answer, "plan", None)
        return [*known, (monotonic() - began, lambda: last)]

    return method


def _pyvrp(problem: Problem, seconds: float, seed: int) -> Known:
    began, known = monotonic(), Known()
    scene = build(open_book(problem))

    class Note(IteratedLocalSearchCallbacks):
        def on_best(self, best: Any) -> None:
            known.append((monotonic() - began, lambda: _judged(problem, orders_of(scene, best))))

    params = SolveParams(ils=IteratedLocalSearchParams(callbacks=Note()))
    stop = MaxRuntime(max(0.0, seconds - (monotonic() - began)))
    result = pyvrp_solve(scene.data, stop, seed=seed, collect_stats=False, display=False, params=params)
    if result.is_feasible():
        known.append((monotonic() - began, lambda: _judged(problem, orders_of(scene, result.best))))
    return known


def _ortools(problem: Problem, seconds: float, seed: int) -> Known:
    began, known = monotonic(), Known()

    def note(orders: Orders) -> None:
        known.append((monotonic() - began, lambda: _judged(problem, orders)))

    search(
        open_book(problem),
        Run(first="PATH_CHEAPEST_ARC", drop_factor=20),
        seed=seed,
        left=lambda: seconds - (monotonic() - began),
        on_better=note,
        stop=lambda: monotonic() - began > seconds,
    )
    return known


def _vroom(problem: Problem, seconds: float, seed: int) -> Known:
    del seed  # it has none
    began = monotonic()
    index = {one.id: n for n, one in enumerate(problem.places)}
    dimensions = sorted({name for task in problem.tasks for name in task.load})
    model = vroom.Input()
    model.set_durations_matrix("car", [[value or 0 for value in row] for row in problem.matrix.duration_s])
    model.set_distances_matrix("car", [[value or 0 for value in row] for row in problem.matrix.distance_m])
    for n, one in enumerate(problem.vehicles):
        costs = vroom.VehicleCosts(per_hour=one.cost_per_hour_cents, per_km=one.cost_per_km_cents)
        model.add_vehicle(
            vroom.Vehicle(
                n,
                start=index[one.start],
                end=index[one.end],
                capacity=[one.capacity[name] for name in dimensions],
                time_window=vroom.TimeWindow(one.shift_start_s, one.shift_end_s),
                costs=costs,
            )
        )
    for n, task in enumerate(problem.tasks):
        model.add_job(
            vroom.Job(
                n,
                location=index[task.place],
                default_service=task.service_s,
                pickup=[task.load[name] for name in dimensions],
                time_windows=[vroom.TimeWindow(*one) for one in task.windows],
            )
        )
    solution = model.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=seconds))
    took = monotonic() - began
    orders: dict[str, list[str]] = {}
    for step in solution.routes.itertuples():
        if step.type == "job":
            vehicle = problem.vehicles[step.vehicle_id].id
            orders.setdefault(vehicle, []).append(problem.tasks[step.id].id)
    return [(took, lambda: _judged(problem, orders))]


def _judged(problem: Problem, orders: Orders) -> Plan | None:
    plan = schedule(problem, orders)
    return plan if isinstance(plan, Plan) else None


METHODS: dict[str, tuple[str, int, Callable[[Problem, float, int], Known]]] = {
    "two": ("portfolio, 2 cores", 2, _portfolio(2)),
    "one": ("portfolio, 1 core", 1, _portfolio(1)),
    "pyvrp": ("PyVRP, 1 core", 1, _pyvrp),
    "ortools": ("OR-Tools, 1 core", 1, _ortools),
    "vroom": ("pyvroom, 1 core", 1, _vroom),
}
"""By name: its title, the cores it is given, and what it does within seconds, from a seed."""


def cents_at(
    problem: Problem, known: Sequence[tuple[float, Callable[[], Plan | None]]], at: float
) -> int | None:
    """The price of the best plan known by then that our checker accepts; None without a complete one.

    What was known is read backwards: the last is the best, unless it is refused.
    """
    for _, plan_of in [one for one in known if one[0] <= at][: -1 - TRIES : -1]:
        plan = plan_of()
        if plan is not None and plan.complete and not violations(problem, plan):
            return price(plan)[2]
    return None


def measure(order: dict[str, Any]) -> dict[str, Any]:
    """One order done: the price at each mark, the last whatever the overrun, and the seconds taken."""
    cores: Sequence[int] = order["cores"]
    os.sched_setaffinity(0, cores)
    problem = problems_of(Path(order["path"]))[order["day"]]
    if not can(order["method"], problem):
        return {"can": False}
    known = METHODS[order["method"]][2](problem, order["marks"][-1], order["seed"])
    marks = [*order["marks"][:-1], max([order["marks"][-1], *(at for at, _ in known)])]
    return {
        "can": True,
        "cents": [cents_at(problem, known, mark) for mark in marks],
        "first_s": round(known[0][0], 2) if known else None,
        "took_s": round(known[-1][0], 1) if known else None,
        "refused": sum(bool(violations(problem, plan)) for plan in [one() for _, one in known[-1:]] if plan),
    }


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))), flush=True)
