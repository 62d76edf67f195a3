"""A day of meals: our plan beside a round as one makes it by hand, and beside pyvroom; then a day with
other orders, for all of them.

For each of three seeds 120 people are drawn around the 49 communes of the Haut-Pays du Montreuillois, each
commune by its population; one in four may only be served in a window of 90 minutes. Travel is great circle ×
detour for all. Nothing of the planner was chosen on these seeds.

Lateness is that of service after its window, or after the van's shift. pyvroom keeps windows as hard as we
do; whom anybody leaves out is counted, never dropped from the table. Somebody keeps their half hour when they
are served within a quarter of an hour of the day before, each method beside its own day before.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median
from time import monotonic

from api.cias.rounds import Day, Door, Van, places_of, problem_of, steadiest, with_usual
from bench.meals_peers import Sums, Usual, by_hand, by_hand_again, by_vroom, sums_of
from bench.result import Result
from routing.checker import violations
from routing.model import Place, Plan, Problem
from routing.portfolio import solve_in_children
from routing.schedule import Orders
from routing.travel import GreatCircle

TITLE = "Meals for 120 people and 3 vans: how far and how late, and who keeps their driver and their hour?"
VERSIONS = ("ortools", "pyvrp", "pyvroom")
SEED = 41
SEEDS = 3
COMMUNES = Path(__file__).parents[1] / "firmware-sim" / "data" / "communes.csv"
KITCHEN = Place(id="cuisine", lat=50.5128, lon=2.1235)
MORNING = (8 * 3600, 13 * 3600 + 1800)
COLD_RIDE_S = 5 * 3600
SPREAD_DEG = 0.012
WINDOW_S = 5400
HALF_HOUR_S = 900
KEEPS = ("keep_driver_percent", "keep_half_hour_percent", "keep_both_percent")


def run(
    people: int = 120,
    vans: int = 3,
    seconds: int = 10,
    changed_percent: int = 10,
    more_changed_percent: int = 20,
    seed: int = SEED,
) -> Result:
    """The medians over three seeds, then each seed: one row for each way to make each day's rounds."""
    rows = [
        row
        for n in range(SEEDS)
        for row in _one_seed(seed + n, people, vans, seconds, (changed_percent, more_changed_percent))
    ]
    medians = _medians(rows)
    ours = next(row for row in medians if row["case"] == "ours")
    hand = next(row for row in medians if row["case"] == "by hand, nearest door")
    after = next(row for row in medians if row["case"] == f"ours, {changed_percent} % changed")
    firsts = [row["first_plan_s"] for row in rows if row["case"] == "ours"]
    summary: dict[str, object] = {
        "people": people,
        "vans": vans,
        "seeds": SEEDS,
        "first_checked_plan_s": firsts,
        "rules_broken_by_ours": sum(
            _number(row["broken"]) for row in rows if str(row["case"]).startswith("ours")
        ),
        "left_out_by_ours": sum(
            _number(row["left_out"]) for row in rows if str(row["case"]).startswith("ours")
        ),
        "km_beside_by_hand": round(_number(ours["km"]) / _number(hand["km"]), 3),
        "changed_percent": changed_percent,
        **{name: after[name] for name in KEEPS},
    }
    return Result(medians + rows, summary)


def _one_seed(
    seed: int, people: int, vans: int, seconds: int, changed_percents: tuple[int, int]
) -> list[dict[str, object]]:
    random = Random(seed)
    day = drawn(random, people, vans)
    matrix = GreatCircle().matrix(places_of(day))
    problem = problem_of(day, matrix, {})
    asked = len(day.doors)
    hand = by_hand(day, matrix)
    began = monotonic()
    rival = by_vroom(problem)
    rival_took = monotonic() - began
    first: list[float] = []
    plan = _planned(problem, seconds, seed, first)
    ours = sums_of(problem, plan)
    rows = [
        _row(seed, "by hand, nearest door", hand, asked, 0),
        _row(seed, "pyvroom", rival, asked, rival_took),
        _row(seed, "ours", ours, asked, seconds) | {"first_plan_s": round(first[0], 2) if first else None},
    ]
    for n, percent in enumerate(changed_percents):
        tomorrow = changed(random, day, percent)
        rows += _day_after(seed, percent, tomorrow, ours.served, seconds)
        if n == 0:
            rows += _anew(seed, percent, tomorrow, ours.served, seconds)
            rows += _peers_day_after(seed, percent, tomorrow, hand.served, rival.served)
    return rows


def _day_after(seed: int, percent: int, tomorrow: Day, known: Usual, seconds: int) -> list[dict[str, object]]:
    """Ours, with people's habits."""
    used = with_usual(tomorrow, dict(known))
    matrix = GreatCircle().matrix(places_of(used))
    began = monotonic()
    steady = steadiest(used, matrix, lambda one, start: _planned(one, seconds, seed, [], start))
    assert steady is not None
    sums = sums_of(*steady)
    return [_row(seed, f"ours, {percent} % changed", sums, len(used.doors), monotonic() - began, known)]


def _anew(seed: int, percent: int, tomorrow: Day, known: Usual, seconds: int) -> list[dict[str, object]]:
    """Ours, as if nobody had a habit: what steadiness costs, and what chance leaves."""
    problem = problem_of(tomorrow, GreatCircle().matrix(places_of(tomorrow)), {})
    plan = _planned(problem, seconds, seed, [])
    case = f"ours, {percent} % changed, habits ignored"
    return [_row(seed, case, sums_of(problem, plan), len(tomorrow.doors), seconds, known)]


def _peers_day_after(
    seed: int, percent: int, tomorrow: Day, hand: Usual, rival: Usual
) -> list[dict[str, object]]:
    """Each beside its own day before."""
    matrix = GreatCircle().matrix(places_of(tomorrow))
    asked = len(tomorrow.doors)
    used = with_usual(tomorrow, dict(rival))
    pinned = problem_of(used, matrix, dict.fromkeys(set(rival), HALF_HOUR_S))
    rows = [
        _row(seed, f"by hand, {percent} % changed", by_hand_again(tomorrow, matrix, hand), asked, 0, hand)
    ]
    for case, problem, told in (
        ("pyvroom, {} % changed, anew", problem_of(tomorrow, matrix, {}), None),
        ("pyvroom, {} % changed, habits as hard rules", pinned, rival),
    ):
        began = monotonic()
        sums = by_vroom(problem, told)
        rows.append(_row(seed, case.format(percent), sums, asked, monotonic() - began, rival))
    return rows


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


def kept(before: Usual, after: Usual) -> tuple[float, float, float]:
    """Percent of the people served both days who keep their van, their hour to a quarter either way, and
    both."""
    both = sorted(set(before) & set(after))
    vans = {one for one in both if before[one][0] == after[one][0]}
    hours = {one for one in both if abs(before[one][1] - after[one][1]) <= HALF_HOUR_S}
    driver, hour, all_of_it = (round(100 * len(one) / len(both), 1) for one in (vans, hours, vans & hours))
    return driver, hour, all_of_it


def _planned(
    problem: Problem, seconds: float, seed: int, first: list[float], start: Orders | None = None
) -> Plan:
    began = monotonic()

    def progress(_: float, plan: Plan) -> None:
        if plan.complete and not first and not violations(problem, plan):
            first.append(monotonic() - began)

    found = solve_in_children(problem, seconds=seconds, seed=seed, on_progress=progress, start=start)
    assert isinstance(found, Plan), found
    return found


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


def _row(
    seed: int, case: str, sums: Sums, asked: int, took_s: float, before: Usual | None = None
) -> dict[str, object]:
    keeps = (None, None, None) if before is None else kept(before, sums.served)
    return {
        "seed": str(seed),
        "case": case,
        "left_out": asked - len(sums.served),
        "broken": sums.broken,
        "km": round(sums.km, 1),
        "hours": round(sums.hours, 1),
        "late_minutes": round(sums.late_minutes),
        "late_people": sums.late_people,
        "took_s": round(took_s, 1),
        "first_plan_s": None,
        **dict(zip(KEEPS, keeps, strict=True)),
    }


def _medians(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    found = []
    for case in dict.fromkeys(str(row["case"]) for row in rows):
        of = [row for row in rows if row["case"] == case]
        numbers: dict[str, object] = {
            name: None if of[0][name] is None else round(median(_number(row[name]) for row in of), 2)
            for name in of[0]
            if name not in ("seed", "case")
        }
        found.append({"seed": "median", "case": case, **numbers})
    return found


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
