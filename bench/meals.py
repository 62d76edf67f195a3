"""A day of meals: our plan beside a round as one makes it by hand, and beside pyvroom; then a day with
other orders.

120 people are drawn from a seed around the 49 communes of the Haut-Pays du Montreuillois, each commune by its
population; one in four may only be served in a window of 90 minutes. Travel is great circle × detour for all.

By hand: the vans share the territory like slices of a cake around the kitchen, and each goes to the nearest
door not yet served; who comes early waits, who comes late is late. Lateness is that of service after its
window, or after the van's shift. pyvroom keeps windows as hard as we do; whom it leaves out is counted,
never dropped from the table.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import atan2, cos, pi, radians
from pathlib import Path
from random import Random
from time import monotonic

import vroom  # type: ignore[import-untyped]

from api.cias.rounds import Day, Door, Van, places_of, problem_of, steadiest, usual, with_usual
from bench.result import Result
from routing.checker import violations
from routing.model import Matrix, Place, Plan, Problem
from routing.portfolio import solve_in_children
from routing.schedule import Orders, schedule
from routing.travel import GreatCircle

TITLE = "Meals for 120 people and 3 vans: how far and how late, and who keeps their driver and their hour?"
VERSIONS = ("ortools", "pyvrp", "pyvroom")
SEED = 9
COMMUNES = Path(__file__).parents[1] / "firmware-sim" / "data" / "communes.csv"
KITCHEN = Place(id="cuisine", lat=50.5128, lon=2.1235)
MORNING = (8 * 3600, 13 * 3600 + 1800)
COLD_RIDE_S = 5 * 3600
SPREAD_DEG = 0.012
WINDOW_S = 5400
HALF_HOUR_S = 900


def run(
    people: int = 120, vans: int = 3, seconds: int = 10, changed_percent: int = 10, seed: int = SEED
) -> Result:
    """One row for each way to make the day's rounds, then two for the day after."""
    random = Random(seed)
    day = drawn(random, people, vans)
    matrix = GreatCircle().matrix(places_of(day))
    problem = problem_of(day, matrix, {})
    rows: list[dict[str, object]] = []

    hand = by_hand(day, matrix)
    rows.append(_row("by hand, nearest door", hand, len(day.doors), 0))
    began = monotonic()
    rows.append(_row("pyvroom", by_vroom(problem), len(day.doors), monotonic() - began))
    first: list[float] = []
    plan = _planned(problem, seconds, seed, first)
    assert plan is not None
    broken = violations(problem, plan)
    rows.append(_row("ours", _sums(plan), len(day.doors), seconds, first[0] if first else None))

    known = usual(plan)
    tomorrow = with_usual(changed(random, day, changed_percent), known)
    later = GreatCircle().matrix(places_of(tomorrow))
    began = monotonic()
    steady = steadiest(tomorrow, later, lambda one, start: _planned(one, seconds, seed, [], start))
    assert steady is not None
    took = monotonic() - began
    fresh = _planned(problem_of(_strangers(tomorrow), later, {}), seconds, seed, [])
    assert fresh is not None
    keeps = {
        "ours, the day after": kept(known, usual(steady[1])),
        "ours, the day after, habits ignored": kept(known, usual(fresh)),
    }
    rows.append(_row("ours, the day after", _sums(steady[1]), len(tomorrow.doors), took))
    rows.append(_row("ours, the day after, habits ignored", _sums(fresh), len(tomorrow.doors), seconds))
    for row in rows:
        found = keeps.get(str(row["case"]))
        row["keep_driver_percent"] = found and found[0]
        row["keep_half_hour_percent"] = found and found[1]
    summary: dict[str, object] = {
        "people": people,
        "vans": vans,
        "violations": len(broken) + len(violations(*steady)),
        "first_checked_plan_s": round(first[0], 2) if first else None,
        "km_beside_by_hand": round(plan.distance_m / 1000 / hand.km, 3),
        "same_people_next_day": len(set(known) & {one.id for one in tomorrow.doors}),
        "changed_percent": changed_percent,
    }
    return Result(rows, summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a set of rounds comes to."""

    km: float
    hours: float
    late_minutes: float
    late_people: int
    served: int


def drawn(random: Random, people: int, vans: int) -> Day:
    """People around the communes' centres, by population, some with a window; vans of 45 trays, one
    morning."""
    with COMMUNES.open(encoding="utf-8", newline="") as file:
        communes = list(csv.DictReader(file))
    weights = [int(one["population_municipale"]) for one in communes]
    return Day(
        cold_room=KITCHEN,
        doors=tuple(_door(random, f"p{n}", communes, weights) for n in range(people)),
        cold_ride_s=COLD_RIDE_S,
        vans=tuple(
            Van(id=f"fourgon-{n + 1}", trays=2 * people // vans, starts_s=MORNING[0], ends_s=MORNING[1])
            for n in range(vans)
        ),
    )


def changed(random: Random, day: Day, percent: int) -> Day:
    """The next day: so many percent of the people do not eat, and as many others do."""
    with COMMUNES.open(encoding="utf-8", newline="") as file:
        communes = list(csv.DictReader(file))
    weights = [int(one["population_municipale"]) for one in communes]
    count = len(day.doors) * percent // 100
    gone = {one.id for one in random.sample(day.doors, count)}
    new = [_door(random, f"n{n}", communes, weights) for n in range(count)]
    doors = (*(one for one in day.doors if one.id not in gone), *new)
    return replace(day, doors=doors)


def kept(before: Mapping[str, tuple[str, int]], after: Mapping[str, tuple[str, int]]) -> tuple[float, float]:
    """Percent of the people served both days who keep their van, and who keep their hour to a quarter
    either way."""
    both = sorted(set(before) & set(after))
    vans = sum(before[one][0] == after[one][0] for one in both)
    hours = sum(abs(before[one][1] - after[one][1]) <= HALF_HOUR_S for one in both)
    return round(100 * vans / len(both), 1), round(100 * hours / len(both), 1)


def by_hand(day: Day, matrix: Matrix) -> Sums:
    """Slices of the territory with as many doors each, and always the nearest door next."""
    angle = {
        one.id: atan2(one.lat - KITCHEN.lat, (one.lon - KITCHEN.lon) * cos(radians(KITCHEN.lat))) % (2 * pi)
        for one in day.doors
    }
    doors = sorted(day.doors, key=lambda one: angle[one.id])
    index = {one.id: n for n, one in enumerate(places_of(day))}
    metres = late = spent = late_people = 0
    for n, van in enumerate(day.vans):
        left = doors[n * len(doors) // len(day.vans) : (n + 1) * len(doors) // len(day.vans)]
        here, now = 0, van.starts_s
        while left:
            nearest = min(left, key=lambda one: matrix.distance_m[here][index[one.id]] or 0)
            left.remove(nearest)
            there = index[nearest.id]
            metres += matrix.distance_m[here][there] or 0
            now += matrix.duration_s[here][there] or 0
            first, last = nearest.windows[0] if nearest.windows else (0, van.ends_s)
            now = max(now, first)
            late += max(0, now - min(last, van.ends_s))
            late_people += now > min(last, van.ends_s)
            now += nearest.service_s
            here = there
        metres += matrix.distance_m[here][0] or 0
        now += matrix.duration_s[here][0] or 0
        spent += now - van.starts_s
    return Sums(
        km=metres / 1000,
        hours=spent / 3600,
        late_minutes=late / 60,
        late_people=late_people,
        served=len(doors),
    )


def by_vroom(problem: Problem) -> Sums:
    """pyvroom on the same matrix with the same costs; its orders are timed by `routing.schedule`."""
    index = {one.id: n for n, one in enumerate(problem.places)}
    model = vroom.Input()
    model.set_durations_matrix("car", [[value or 0 for value in row] for row in problem.matrix.duration_s])
    model.set_distances_matrix("car", [[value or 0 for value in row] for row in problem.matrix.distance_m])
    for n, one in enumerate(problem.vehicles):
        model.add_vehicle(
            vroom.Vehicle(
                n,
                start=index[one.start],
                end=index[one.end],
                capacity=[one.capacity["trays"]],
                time_window=vroom.TimeWindow(one.shift_start_s, one.shift_end_s),
                costs=vroom.VehicleCosts(per_hour=one.cost_per_hour_cents, per_km=one.cost_per_km_cents),
            )
        )
    for n, task in enumerate(problem.tasks):
        model.add_job(
            vroom.Job(
                n,
                location=index[task.place],
                default_service=task.service_s,
                delivery=[task.deliver["trays"]],
                time_windows=[vroom.TimeWindow(*one) for one in task.windows],
            )
        )
    solution = model.solve(exploration_level=5, nb_threads=2)
    orders: dict[str, list[str]] = {one.id: [] for one in problem.vehicles}
    for step in solution.routes.itertuples():
        if step.type == "job":
            orders[problem.vehicles[step.vehicle_id].id].append(problem.tasks[step.id].id)
    plan = schedule(problem, {key: tuple(value) for key, value in orders.items() if value})
    assert isinstance(plan, Plan), plan
    return _sums(plan)


def _planned(
    problem: Problem, seconds: float, seed: int, first: list[float], start: Orders | None = None
) -> Plan | None:
    began = monotonic()

    def progress(_: float, plan: Plan) -> None:
        if plan.complete:
            first.append(monotonic() - began)

    found = solve_in_children(problem, seconds=seconds, seed=seed, on_progress=progress, start=start)
    return found if isinstance(found, Plan) else None


def _strangers(day: Day) -> Day:
    doors = tuple(
        Door(
            id=one.id, lat=one.lat, lon=one.lon, trays=one.trays, service_s=one.service_s, windows=one.windows
        )
        for one in day.doors
    )
    return replace(day, doors=doors)


def _door(random: Random, name: str, communes: Sequence[Mapping[str, str]], weights: Sequence[int]) -> Door:
    home = random.choices(communes, weights)[0]
    opens = random.choice((9, 10, 11)) * 3600
    return Door(
        id=name,
        lat=float(home["lat"]) + random.gauss(0, SPREAD_DEG / 2),
        lon=float(home["lon"]) + random.gauss(0, SPREAD_DEG / 2),
        trays=random.choice((1, 1, 1, 2, 3)),
        windows=((opens, opens + WINDOW_S),) if random.random() < 0.25 else (),
    )


def _sums(plan: Plan) -> Sums:
    return Sums(
        km=plan.distance_m / 1000,
        hours=plan.duration_s / 3600,
        late_minutes=0,
        late_people=0,
        served=len(usual(plan)),
    )


def _row(case: str, sums: Sums, asked: int, took_s: float, first_s: float | None = None) -> dict[str, object]:
    return {
        "case": case,
        "served": sums.served,
        "left_out": asked - sums.served,
        "km": round(sums.km, 1),
        "hours": round(sums.hours, 1),
        "late_minutes": round(sums.late_minutes),
        "late_people": sums.late_people,
        "took_s": round(took_s, 1),
        "first_plan_s": None if first_s is None else round(first_s, 2),
        "keep_driver_percent": None,
        "keep_half_hour_percent": None,
    }
