"""The judge notices: a good plan is broken in every way, one at a time, and the right code comes back."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from routing.checker import violations
from routing.model import (
    Break,
    Driving,
    Group,
    Habit,
    Lunch,
    Pin,
    Plan,
    Prefix,
    Problem,
    Route,
    Shipment,
    Succession,
    UnloadingSite,
    Unserved,
    Visit,
)
from routing.schedule import schedule
from tests.routing.days import HOUR, SIX, line, planned, truck

PAUSE = Break(duration_s=1200, latest_after_s=HOUR)


def good() -> tuple[Problem, Plan]:
    """Two trucks: one unloads between its three stops and takes its pause, one serves t4 alone."""
    problem = line(6, 7, 8, 9, vehicles=(truck("a", pause=PAUSE), truck("b")))
    tasks = tuple(replace(task, service_s=1500, windows=((SIX, SIX + 4 * HOUR),)) for task in problem.tasks)
    problem = replace(
        problem,
        tasks=tasks,
        unloading_sites=(UnloadingSite(id="quai", place="km1", service_s=600, window=(SIX, 12 * HOUR)),),
        pins=(Pin(task="t4", vehicle="b"),),
        prefixes=(Prefix(vehicle="a", stops=("t1",)),),
    )
    return problem, planned(schedule(problem, {"a": ["t1", "t2", "quai", "t3", "quai"], "b": ["t4", "quai"]}))


def test_the_good_plan_is_good() -> None:
    """Otherwise nothing below means anything."""
    problem, plan = good()
    assert violations(problem, plan) == ()
    assert [visit.kind for visit in plan.routes[0].visits].count("break") == 1


def visits(plan: Plan, change: Callable[[list[Visit]], list[Visit]], route: int = 0) -> Plan:
    """The plan with one route's visits changed and nothing else."""
    one = plan.routes[route]
    routes = list(plan.routes)
    routes[route] = replace(one, visits=tuple(change(list(one.visits))))
    return replace(plan, routes=tuple(routes))


def at(kind: str, **changes: object) -> Callable[[list[Visit]], list[Visit]]:
    """Change the first visit of this kind."""

    def change(found: list[Visit]) -> list[Visit]:
        i = next(i for i, visit in enumerate(found) if visit.kind == kind)
        return [*found[:i], replace(found[i], **changes), *found[i + 1 :]]  # type: ignore[arg-type]

    return change


def without(kind: str) -> Callable[[list[Visit]], list[Visit]]:
    def change(found: list[Visit]) -> list[Visit]:
        i = next(i for i, visit in enumerate(found) if visit.kind == kind)
        return found[:i] + found[i + 1 :]

    return change


def first_route(plan: Plan, **changes: object) -> Plan:
    """The plan with figures of its first route changed."""
    route: Route = replace(plan.routes[0], **changes)  # type: ignore[arg-type]
    return replace(plan, routes=(route, *plan.routes[1:]))


BROKEN_PLANS: list[tuple[str, Callable[[Plan], Plan]]] = [
    ("unknown", lambda plan: first_route(plan, vehicle="z")),
    ("unknown", lambda plan: visits(plan, at("collect", ref="t9"))),
    ("unknown", lambda plan: visits(plan, at("unload", ref="t1"))),
    ("unknown", lambda plan: visits(plan, at("collect", place="nowhere"))),
    ("unknown", lambda plan: replace(plan, unserved=(Unserved(task="t9", code="day_full", text=""),))),
    ("unknown", lambda plan: replace(plan, unserved=(Unserved(task="t1", code="because", text=""),))),
    ("duplicate", lambda plan: replace(plan, routes=(*plan.routes, plan.routes[0]))),
    ("shape", lambda plan: visits(plan, lambda found: found[1:])),
    ("shape", lambda plan: visits(plan, lambda found: found[:-1])),
    ("shape", lambda plan: visits(plan, lambda found: [])),
    ("shape", lambda plan: visits(plan, lambda found: [found[0], *found])),
    ("place", lambda plan: visits(plan, at("collect", place="km1"))),
    ("place", lambda plan: visits(plan, at("break", place="km0"))),
    ("place", lambda plan: visits(plan, at("end", place="km1", ref="km1"))),
    ("travel_time", lambda plan: visits(plan, at("collect", arrival_s=SIX))),
    ("travel_time", lambda plan: visits(plan, at("end", arrival_s=SIX + 9 * HOUR, start_s=SIX + 9 * HOUR))),
    ("service_time", lambda plan: visits(plan, at("collect", departure_s=SIX + 361))),
    ("service_time", lambda plan: visits(plan, at("unload", start_s=SIX))),
    ("service_time", lambda plan: visits(plan, at("break", departure_s=0))),
    ("service_time", lambda plan: visits(plan, at("start", departure_s=SIX + 1))),
    ("load", lambda plan: visits(plan, at("collect", load={"kg": 999}))),
    ("load", lambda plan: visits(plan, at("unload", load={"kg": 1}))),
    ("capacity", lambda plan: visits(plan, without("unload"))),
    ("end_empty", lambda plan: visits(plan, without("unload"), route=1)),
    ("break", lambda plan: visits(plan, without("break"))),
    (
        "break",
        lambda plan: visits(
            plan, lambda found: [*found[:2], *[v for v in found if v.kind == "break"], *found[2:]]
        ),
    ),
    (
        "break",
        lambda plan: visits(
            plan, lambda found: [found[0], replace(found[0], kind="break"), *found[1:]], route=1
        ),
    ),
    ("forgotten", lambda plan: visits(plan, without("collect"))),
    ("duplicate", lambda plan: visits(plan, lambda found: [found[0], found[1], *found[1:]])),
    ("duplicate", lambda plan: replace(plan, unserved=(Unserved(task="t1", code="day_full", text=""),))),
    ("duplicate", lambda plan: replace(plan, unserved=(Unserved(task="t1", code="day_full", text=""),) * 2)),
    ("pin", lambda plan: replace(plan, routes=(replace(plan.routes[1], vehicle="a"),))),
    ("prefix", lambda plan: replace(plan, routes=plan.routes[1:])),
    ("total", lambda plan: first_route(plan, distance_m=plan.routes[0].distance_m - 1)),
    ("total", lambda plan: first_route(plan, duration_s=plan.routes[0].duration_s - 1)),
    ("total", lambda plan: first_route(plan, cost_cents=plan.routes[0].cost_cents - 1)),
    ("total", lambda plan: replace(plan, distance_m=1)),
    ("total", lambda plan: replace(plan, duration_s=1)),
    ("total", lambda plan: replace(plan, cost_cents=1)),
    ("total", lambda plan: replace(plan, lost_prizes_cents=1)),
    ("total", lambda plan: replace(plan, complete=False)),
]


@pytest.mark.parametrize(("code", "broken"), BROKEN_PLANS)
def test_a_broken_plan_is_seen(code: str, broken: Callable[[Plan], Plan]) -> None:
    """The plan changed, the problem the same."""
    problem, plan = good()
    changed = broken(plan)
    assert changed != plan
    found = violations(problem, changed)
    assert code in {violation.code for violation in found}
    assert all(violation.text for violation in found)


def task(problem: Problem, **changes: object) -> Problem:
    """The problem with its first task changed."""
    return replace(problem, tasks=(replace(problem.tasks[0], **changes), *problem.tasks[1:]))  # type: ignore[arg-type]


def vehicle(problem: Problem, **changes: object) -> Problem:
    """The problem with its first vehicle changed."""
    changed = replace(problem.vehicles[0], **changes)  # type: ignore[arg-type]
    return replace(problem, vehicles=(changed, *problem.vehicles[1:]))


def closed_at(problem: Problem) -> Problem:
    site = replace(problem.unloading_sites[0], window=(0, SIX))
    return replace(problem, unloading_sites=(site,))


def cut(problem: Problem) -> Problem:
    rows = [tuple(None for _ in row) if i == 0 else row for i, row in enumerate(problem.matrix.duration_s)]
    return replace(problem, matrix=replace(problem.matrix, duration_s=tuple(rows)))


TIGHTER_PROBLEMS: list[tuple[str, Callable[[Problem], Problem]]] = [
    ("window", lambda problem: task(problem, windows=((0, 10), (SIX, SIX + 1)))),
    ("window", closed_at),
    ("service_time", lambda problem: task(problem, service_s=1501)),
    ("load", lambda problem: task(problem, load={"kg": 1001})),
    ("capacity", lambda problem: vehicle(problem, capacity={"kg": 1999})),
    ("capacity", lambda problem: vehicle(problem, capacity={"l": 5000})),
    ("not_allowed", lambda problem: task(problem, vehicles=("b",))),
    ("place", lambda problem: task(problem, place="km3")),
    ("shift", lambda problem: vehicle(problem, shift_start_s=SIX + 1)),
    ("shift", lambda problem: vehicle(problem, shift_end_s=SIX + HOUR)),
    ("max_duration", lambda problem: vehicle(problem, max_duration_s=HOUR)),
    ("break", lambda problem: vehicle(problem, pause=None)),
    ("break", lambda problem: vehicle(problem, pause=Break(duration_s=1200, latest_after_s=10))),
    ("service_time", lambda problem: vehicle(problem, pause=Break(duration_s=1201, latest_after_s=HOUR))),
    ("place", lambda problem: vehicle(problem, start="km1")),
    ("place", lambda problem: vehicle(problem, end="km1")),
    ("total", lambda problem: vehicle(problem, fixed_cost_cents=1)),
    ("pin", lambda problem: replace(problem, pins=(Pin(task="t1", vehicle="b"),))),
    ("prefix", lambda problem: replace(problem, prefixes=(Prefix(vehicle="a", stops=("t2",)),))),
    ("no_road", cut),
]


@pytest.mark.parametrize(("code", "tighter"), TIGHTER_PROBLEMS)
def test_the_same_plan_for_another_problem_is_seen(code: str, tighter: Callable[[Problem], Problem]) -> None:
    """The plan the same, one fact of the problem changed."""
    problem, plan = good()
    assert code in {violation.code for violation in violations(tighter(problem), plan)}


@pytest.mark.parametrize("code", ["no_vehicle", "too_big", "no_site", "too_dear"])
def test_a_plainly_false_reason_is_seen(code: str) -> None:
    """A required stop any truck could take may not be left out under these names."""
    problem = line(8)
    plan = planned(schedule(problem, {}))
    assert violations(problem, plan) == ()
    lying = replace(plan, unserved=(replace(plan.unserved[0], code=code),))
    assert {violation.code for violation in violations(problem, lying)} == {"false_reason"}


def rich() -> tuple[Problem, Plan]:
    """One van with trays, a shipment, a group, a habit, lunch, driving time and overtime: all kept."""
    crew = truck(
        "a",
        capacity={"kg": 2500, "trays": 2},
        skills=("grue",),
        lunch=Lunch(duration_s=1800, window=(SIX, SIX + HOUR)),
        driving=Driving(limit_s=1100, rest_s=1500, parts=(300, 600)),
        max_duration_s=2 * HOUR,
        max_overtime_s=HOUR,
        overtime_per_hour_cents=3600,
        aboard={"kg": 500},
    )
    problem = line(6, 8, 9, 10, 7, vehicles=(crew, truck("b")), unloading_sites=(), end_empty=False)
    given = problem.tasks
    tasks = (
        replace(given[0], load={}, deliver={"trays": 1}, release_s=SIX, max_ride_s=HOUR, skills=("grue",)),
        given[1],
        replace(given[2], load={}),
        replace(given[3], load={}, required=False),
        replace(given[4], load={}, required=False),
    )
    problem = replace(
        problem,
        tasks=tuple(replace(one, service_s=1500) for one in tasks),
        groups=(Group(id="g", tasks=("t4", "t5")),),
        shipments=(Shipment(pickup="t2", delivery="t3"),),
        habits=(Habit(task="t1", vehicle="a", price_cents=70),),
    )
    plan = planned(schedule(problem, {"a": ["t1", "t2", "t3", "t4"]}))
    return problem, replace(plan, unserved=(Unserved(task="t5", code="other_chosen", text="autre"),))


def test_the_rich_plan_is_good() -> None:
    """Overtime, a lunch that is rest too, trays on board; otherwise nothing below means anything."""
    problem, plan = rich()
    assert violations(problem, plan) == ()
    assert plan.routes[0].duration_s > 2 * HOUR
    assert plan.routes[0].visits[0].load == {"kg": 500, "trays": 1}
    assert "break" in {visit.kind for visit in plan.routes[0].visits}
    assert violations(lined(problem, "t1", "t5", "t4"), plan) == ()


def second(problem: Problem, number: int, **changes: object) -> Problem:
    """The problem with one of its tasks changed."""
    tasks = list(problem.tasks)
    tasks[number] = replace(tasks[number], **changes)  # type: ignore[arg-type]
    return replace(problem, tasks=tuple(tasks))


def swapped(found: list[Visit]) -> list[Visit]:
    i, j = (next(k for k, visit in enumerate(found) if visit.ref == ref) for ref in ("t2", "t3"))
    found[i], found[j] = found[j], found[i]
    return found


def lined(problem: Problem, *tasks: str, vehicle: str = "a") -> Problem:
    """The problem with these stops locked in this order."""
    return replace(problem, successions=(Succession(vehicle=vehicle, tasks=tasks),))


RICH: list[tuple[str, Callable[[Problem, Plan], tuple[Problem, Plan]]]] = [
    ("not_allowed", lambda p, plan: (vehicle(p, skills=()), plan)),
    ("not_allowed", lambda p, plan: (second(p, 1, skills=("grue", "ponton")), plan)),
    ("release", lambda p, plan: (second(p, 0, release_s=SIX + HOUR), plan)),
    ("ride", lambda p, plan: (second(p, 0, max_ride_s=60), plan)),
    ("load", lambda p, plan: (vehicle(p, aboard={}), plan)),
    ("load", lambda p, plan: (second(p, 0, deliver={"trays": 2}), plan)),
    ("load", lambda p, plan: (p, visits(plan, at("start", load={"kg": 500})))),
    ("capacity", lambda p, plan: (vehicle(p, capacity={"kg": 2500}), plan)),
    ("capacity", lambda p, plan: (vehicle(p, capacity={"kg": 1499, "trays": 1}), plan)),
    ("end_empty", lambda p, plan: (replace(p, end_empty=True), plan)),
    ("end_empty", lambda p, plan: (replace(vehicle(p), end_empty=True), replace(plan, routes=()))),
    ("max_duration", lambda p, plan: (vehicle(p, max_overtime_s=60), plan)),
    ("total", lambda p, plan: (vehicle(p, overtime_per_hour_cents=7200), plan)),
    ("total", lambda p, plan: (p, replace(plan, habits_cents=70))),
    ("total", lambda p, plan: (replace(p, habits=(Habit(task="t1", vehicle="b", price_cents=70),)), plan)),
    ("total", lambda p, plan: (p, replace(plan, bound_cents=10**9))),
    ("total", lambda p, plan: (p, replace(plan, complete=False))),
    ("break", lambda p, plan: (vehicle(p, lunch=Lunch(duration_s=1801, window=(SIX, SIX + HOUR))), plan)),
    ("break", lambda p, plan: (vehicle(p, lunch=Lunch(duration_s=1800, window=(SIX, SIX + 60))), plan)),
    (
        "driving",
        lambda p, plan: (vehicle(p, driving=Driving(limit_s=300, rest_s=1500, parts=(300, 600))), plan),
    ),
    ("driving", lambda p, plan: (p, visits(plan, without("break")))),
    ("shipment", lambda p, plan: (p, visits(plan, swapped))),
    ("succession", lambda p, plan: (lined(p, "t2", "t1"), plan)),
    ("succession", lambda p, plan: (lined(p, "t1", "t4", "t3"), plan)),
    ("succession", lambda p, plan: (lined(p, "t1", vehicle="b"), plan)),
    ("succession", lambda p, plan: (lined(p, "t2", "t3"), visits(plan, swapped))),
    ("shipment", lambda p, plan: (replace(p, shipments=(Shipment(pickup="t5", delivery="t3"),)), plan)),
    ("group", lambda p, plan: (replace(p, groups=(Group(id="g", tasks=("t4", "t1")),)), plan)),
    ("false_reason", lambda p, plan: (replace(p, groups=()), plan)),
]


@pytest.mark.parametrize(("code", "change"), RICH)
def test_the_rich_plan_broken_is_seen(
    code: str, change: Callable[[Problem, Plan], tuple[Problem, Plan]]
) -> None:
    """The plan or one fact of the problem changed; nothing else."""
    problem, plan = change(*rich())
    assert code in {violation.code for violation in violations(problem, plan)}
