"""Planning a day: how soon a checked plan exists, and what it costs when the budget is spent.

The territory is made up from a seed inside the outline of the Haut-Pays du Montreuillois (bounding
box of its 49 communes); travel is great circle × detour. Peers are not measured here.
"""

from random import Random
from time import monotonic
from typing import Any

from bench.result import Result
from routing.checker import violations
from routing.model import (
    CONTAINER_SERVICE_S,
    SITE_SERVICE_S,
    Break,
    Place,
    Plan,
    Problem,
    Task,
    UnloadingSite,
    Vehicle,
)
from routing.solve import solve
from routing.travel import GreatCircle

TITLE = "How soon is there a checked plan for a day of 60 stops and 3 trucks, and at what cost?"
VERSIONS = ("ortools",)
SEED = 1  # the first; each row says its own
TRIES = 3
NORTH, SOUTH, WEST, EAST = 50.640, 50.449, 1.801, 2.204
FRUGES, HUCQUELIERS = (50.5128, 2.1235), (50.5687, 1.9162)


def day(stops: int, seed: int) -> Problem:
    """Glass columns at ``stops`` points, one in four optional; a truck for 20 stops, two unloading sites."""
    random = Random(seed)
    spots = [(random.uniform(SOUTH, NORTH), random.uniform(WEST, EAST)) for _ in range(stops)]
    places = [Place(id="depot-fruges", lat=FRUGES[0], lon=FRUGES[1])]
    places.append(Place(id="quai-hucqueliers", lat=HUCQUELIERS[0], lon=HUCQUELIERS[1]))
    places += [Place(id=f"pav-{i}", lat=lat, lon=lon) for i, (lat, lon) in enumerate(spots)]
    return Problem(
        places=tuple(places),
        matrix=GreatCircle().matrix(places),
        tasks=tuple(_task(random, i) for i in range(stops)),
        vehicles=tuple(_vehicle(i) for i in range(max(3, stops // 20))),
        unloading_sites=(
            UnloadingSite(id="fruges", place="depot-fruges", service_s=1200, window=(18_000, 68_400)),
            UnloadingSite(
                id="hucqueliers", place="quai-hucqueliers", service_s=1200, window=(18_000, 68_400)
            ),
        ),
    )


def _task(random: Random, i: int) -> Task:
    containers = random.choice((1, 1, 2))
    litres = sum(random.randrange(2400, 3900) for _ in range(containers))
    return Task(
        id=f"t-{i}",
        place=f"pav-{i}",
        load={"l": litres, "kg": litres * 3 // 10},
        service_s=SITE_SERVICE_S + CONTAINER_SERVICE_S * containers,
        required=random.random() < 0.75,
        prize_cents=random.randrange(200, 3000),
    )


def _vehicle(i: int) -> Vehicle:
    return Vehicle(
        id=f"camion-{i + 1}",
        start="depot-fruges",
        end="depot-fruges",
        capacity={"l": 30_000, "kg": 9_000},
        shift_start_s=21_600,
        shift_end_s=46_800,
        pause=Break(duration_s=1200, latest_after_s=21_600),
        cost_per_km_cents=120,
        cost_per_hour_cents=3500,
        fixed_cost_cents=5000,
    )


def run(stops: int = 60, seconds: int = 10) -> Result:
    """One row a seed: the first checked plan, and the plan when `seconds` are spent."""
    rows = [_measure(stops, seconds, seed) for seed in range(SEED, SEED + TRIES)]
    summary = {
        "stops": stops,
        "vehicles": max(3, stops // 20),
        "seconds": seconds,
        "worst_first_checked_plan_s": max(row["first_checked_plan_s"] for row in rows),
        "median_cost_cents": sorted(row["cost_cents"] for row in rows)[TRIES // 2],
        "median_price_cents": sorted(row["price_cents"] for row in rows)[TRIES // 2],
        "violations": sum(row["violations"] for row in rows),
    }
    return Result(rows, summary)


def _measure(stops: int, seconds: int, seed: int) -> dict[str, Any]:
    problem = day(stops, seed)
    began = monotonic()
    seen: list[tuple[float, int, bool]] = []

    def progress(_: float, plan: Plan) -> None:
        seen.append((monotonic() - began, plan.cost_cents + plan.lost_prizes_cents, plan.complete))

    plan = solve(problem, seconds=seconds, seed=seed, progress=progress)
    took = monotonic() - began
    assert isinstance(plan, Plan)
    return {
        "seed": seed,
        "first_checked_plan_s": round(seen[0][0], 3),
        "first_complete": seen[0][2],
        "first_price_cents": seen[0][1],
        "price_cents": plan.cost_cents + plan.lost_prizes_cents,
        "cost_cents": plan.cost_cents,
        "km": round(plan.distance_m / 1000, 1),
        "hours": round(plan.duration_s / 3600, 1),
        "complete": plan.complete,
        "left_out": len(plan.unserved),
        "unloadings": sum(visit.kind == "unload" for route in plan.routes for visit in route.visits),
        "violations": len(violations(problem, plan)),
        "engine": plan.engine,
        "took_s": round(took, 2),
    }
