"""Each rule of the model beyond the plain round, by hand: kept, whichever engine is asked."""

from dataclasses import replace

import pytest

from routing.checker import violations
from routing.model import (
    Driving,
    Group,
    Habit,
    Lunch,
    Plan,
    Problem,
    Shipment,
    Succession,
    Task,
    Vehicle,
)
from routing.schedule import schedule
from routing.solve import solve
from tests.routing.days import HOUR, SIX, codes, line, planned, truck

ENGINES = [(), ("PyVRP",), ("OR-Tools",)]


def quickly(problem: Problem, engines: tuple[str, ...] = ("PyVRP", "OR-Tools")) -> Plan:
    plan = planned(solve(problem, seconds=20.0, steps=2000, engines=engines))
    assert violations(problem, plan) == ()
    return plan


def order(plan: Plan, vehicle: str = "camion") -> list[str]:
    visits = next((route.visits for route in plan.routes if route.vehicle == vehicle), ())
    return [visit.ref for visit in visits if visit.kind in ("collect", "unload")]


def kitchen(*positions_km: int, **changes: object) -> Problem:
    """A van that leaves km 0 with one tray for each stop, and nowhere to unload."""
    problem = line(*positions_km, unloading_sites=(), **changes)
    tasks = tuple(replace(task, load={}, deliver={"trays": 1}) for task in problem.tasks)
    vehicles = tuple(
        replace(vehicle, capacity={"trays": 3}) if vehicle.capacity == {"kg": 2500} else vehicle
        for vehicle in problem.vehicles
    )
    return replace(problem, tasks=tasks, vehicles=vehicles)


def first(problem: Problem, **changes: object) -> Problem:
    """The problem with its first task changed."""
    return replace(problem, tasks=(replace(problem.tasks[0], **changes), *problem.tasks[1:]))  # type: ignore[arg-type]


@pytest.mark.parametrize("engines", ENGINES)
def test_skills(engines: tuple[str, ...]) -> None:
    """A stop that asks for a crane goes to the truck that has one, though it costs more."""
    problem = line(8, 9, vehicles=(truck("a"), truck("b", skills=("grue",), fixed_cost_cents=5000)))
    plan = quickly(first(problem, skills=("grue",)), engines)
    assert plan.complete
    assert "t1" in order(plan, "b")


def test_nobody_has_the_skill() -> None:
    """The reason is said, and the rest is planned."""
    plan = quickly(first(line(8, 9), skills=("amphibie",)))
    assert [(one.task, one.code) for one in plan.unserved] == [("t1", "no_vehicle")]
    assert "t2" in order(plan)


@pytest.mark.parametrize("engines", ENGINES)
def test_deliveries_leave_with_the_van(engines: tuple[str, ...]) -> None:
    """Three trays on board at the start, one less after each door, none at the end."""
    plan = quickly(kitchen(2, 3, 4), engines)
    assert [visit.load["trays"] for visit in plan.routes[0].visits] == [3, 2, 1, 0, 0]


@pytest.mark.parametrize("engines", ENGINES)
def test_more_trays_than_room(engines: tuple[str, ...]) -> None:
    """Four doors, three trays: one stays out, for want of room beside the others."""
    plan = quickly(kitchen(2, 3, 4, 5), engines)
    assert len(plan.unserved) == 1
    assert plan.unserved[0].code == "day_full"


def test_a_second_trip_carries_the_rest() -> None:
    """With somewhere to fill up again the fourth door is served on a second trip."""
    problem = kitchen(2, 3, 4, 5)
    plan = quickly(replace(problem, unloading_sites=line().unloading_sites))
    assert plan.complete
    assert "quai" in order(plan)


def test_nothing_leaves_before_it_is_ready() -> None:
    """The meal is ready at 8:00: the van starts then, not at 6:00."""
    plan = quickly(first(kitchen(2, 3), release_s=8 * HOUR))
    assert plan.routes[0].visits[0].departure_s == 8 * HOUR


@pytest.mark.parametrize("engines", [(), ("OR-Tools",), ("PyVRP",)])
def test_a_ride_has_an_end(engines: tuple[str, ...]) -> None:
    """The far door first in driving order would be km 20 last; its meal allows 21 min: it goes first."""
    problem = kitchen(2, 20)
    late = replace(problem, tasks=(problem.tasks[0], replace(problem.tasks[1], max_ride_s=21 * 60)))
    assert order(quickly(late, engines)) == ["t2", "t1"]
    never = replace(problem, tasks=(problem.tasks[0], replace(problem.tasks[1], max_ride_s=60)))
    assert [one.task for one in quickly(never, engines).unserved] == ["t2"]


@pytest.mark.parametrize("engines", ENGINES)
@pytest.mark.parametrize(("extra_s", "complete"), [(0, False), (HOUR, True)])
def test_overtime_is_allowed_and_paid(engines: tuple[str, ...], extra_s: int, complete: bool) -> None:
    """25 min out, 3 + 10 min on site, 50 in all: 63 min for a day of 40."""
    day = truck(
        "camion", max_duration_s=40 * 60, max_overtime_s=extra_s, overtime_per_hour_cents=3600, end="km0"
    )
    plan = quickly(line(25, vehicles=(day,)), engines)
    assert plan.complete is complete
    if complete:
        assert plan.duration_s == 63 * 60
        assert plan.cost_cents == 50 * 100 + 63 * 60 + 23 * 60


@pytest.mark.parametrize("engines", ENGINES)
def test_one_of_a_group(engines: tuple[str, ...]) -> None:
    """Two doors of one yard: one is served; the plan is complete and says why the other is not."""
    problem = line(8, 30, 9)
    doors = tuple(replace(task, required=False) for task in problem.tasks[:2])
    problem = replace(
        problem, tasks=(*doors, problem.tasks[2]), groups=(Group(id="cour", tasks=("t1", "t2")),)
    )
    plan = quickly(problem, engines)
    assert plan.complete
    assert [one.code for one in plan.unserved] == ["other_chosen"]
    if engines:
        assert [one.task for one in plan.unserved] == ["t2"]


@pytest.mark.parametrize(("prize", "served"), [(100, False), (100_000, True)])
def test_a_group_has_one_prize(prize: int, served: bool) -> None:
    """An optional group is served when its one prize outweighs the detour."""
    problem = line(20, 21)
    doors = tuple(replace(task, required=False) for task in problem.tasks)
    group = Group(id="cour", tasks=("t1", "t2"), required=False, prize_cents=prize)
    plan = quickly(replace(problem, tasks=doors, groups=(group,)))
    assert bool(order(plan)) is served
    assert plan.lost_prizes_cents == (0 if served else prize)
    assert plan.complete


@pytest.mark.parametrize("engines", ENGINES)
def test_a_shipment_goes_in_one_truck_and_in_order(engines: tuple[str, ...]) -> None:
    """A bin taken at km 12 is left at km 3, on the way back, though km 3 is nearer on the way out."""
    problem = line(3, 12, vehicles=(truck("camion"), truck("b")), unloading_sites=())
    tasks = (replace(problem.tasks[0], load={}), problem.tasks[1])
    plan = quickly(replace(problem, tasks=tasks, shipments=(Shipment(pickup="t2", delivery="t1"),)), engines)
    assert plan.complete
    assert order(plan, plan.routes[0].vehicle) == ["t2", "t1"]
    assert [visit.load["kg"] for visit in plan.routes[0].visits] == [0, 1000, 0, 0]


@pytest.mark.parametrize("engines", ENGINES)
@pytest.mark.parametrize(("price", "vehicle"), [(20_000, "b"), (10, "a")])
def test_habits_are_kept_when_they_are_worth_it(engines: tuple[str, ...], price: int, vehicle: str) -> None:
    """The usual driver is dearer by 50 €: kept for a price of 200 €, not for one of 10 cents."""
    problem = line(8, vehicles=(truck("a"), truck("b", fixed_cost_cents=5000)))
    plan = quickly(replace(problem, habits=(Habit(task="t1", vehicle="b", price_cents=price),)), engines)
    assert [route.vehicle for route in plan.routes] == [vehicle]
    assert plan.habits_cents == (0 if vehicle == "b" else price)


@pytest.mark.parametrize("engines", ENGINES)
def test_a_locked_order_is_kept_with_others_between(engines: tuple[str, ...]) -> None:
    """The far stop first, the near one last, though the road would have it otherwise; the free stop goes
    where it costs nothing, and the lock says which truck."""
    problem = line(4, 8, 6, vehicles=(truck("camion"), truck("b")), unloading_sites=(), end_empty=False)
    problem = replace(problem, tasks=tuple(replace(one, load={}) for one in problem.tasks))
    locked = replace(problem, successions=(Succession(vehicle="b", tasks=("t2", "t1")),))
    plan = quickly(locked, engines)
    assert plan.complete
    assert [route.vehicle for route in plan.routes] == ["b"]
    assert order(plan, "b") in (["t2", "t3", "t1"], ["t3", "t2", "t1"])


@pytest.mark.parametrize("engines", ENGINES)
def test_what_is_left_out_of_a_locked_order_frees_the_others(engines: tuple[str, ...]) -> None:
    """An optional stop not worth its detour is dropped from the middle; the two others keep their order."""
    problem = line(4, 30, 6, unloading_sites=(), end_empty=False)
    tasks = tuple(replace(one, load={}, required=one.id != "t2") for one in problem.tasks)
    locked = (Succession(vehicle="camion", tasks=("t3", "t2", "t1")),)
    plan = quickly(replace(problem, tasks=tasks, successions=locked), engines)
    assert order(plan) == ["t3", "t1"]


@pytest.mark.parametrize("engines", ENGINES)
def test_a_truck_on_the_road_brings_its_load_home(engines: tuple[str, ...]) -> None:
    """2 t on board of 2.5: the next tonne waits for an unloading; with no stop at all it unloads too."""
    problem = line(8, vehicles=(truck("camion", start="km2", aboard={"kg": 2000}),))
    plan = quickly(problem, engines)
    assert plan.complete
    assert order(plan) == ["quai", "t1", "quai"]
    alone = quickly(replace(problem, tasks=()), engines)
    assert order(alone) == ["quai"]


def test_lunch_at_its_hour() -> None:
    """Two stops of 3 h from 9:00: lunch between 12:00 and 13:00, though no law asks for it then."""
    crew = truck("camion", shift_start_s=9 * HOUR, shift_end_s=20 * HOUR, lunch=lunch())
    problem = line(8, 10, vehicles=(crew,))
    problem = replace(problem, tasks=tuple(replace(task, service_s=3 * HOUR) for task in problem.tasks))
    plan = quickly(problem)
    taken = [visit for visit in plan.routes[0].visits if visit.kind == "break"]
    assert [12 * HOUR <= visit.start_s <= 13 * HOUR for visit in taken] == [True]
    assert taken[0].departure_s - taken[0].start_s == 45 * 60


def lunch() -> Lunch:
    return Lunch(duration_s=45 * 60, window=(12 * HOUR, 13 * HOUR))


def driver(**changes: object) -> Vehicle:
    """A long-haul day: 15 hours, no other pause than the regulation's."""
    return truck("camion", shift_end_s=21 * HOUR, capacity={"kg": 9000}, **changes)


def far(vehicle: Vehicle, *positions_km: int) -> Problem:
    return line(*positions_km, vehicles=(vehicle,), unloading_sites=(), end_empty=False)


def test_four_and_a_half_hours_at_the_wheel() -> None:
    """400 km there and back at 60 km/h: 6 h 40 of driving need 45 minutes, taken in time."""
    plan = quickly(far(driver(driving=Driving()), 100, 200))
    taken = [visit for visit in plan.routes[0].visits if visit.kind == "break"]
    assert sum(visit.departure_s - visit.start_s for visit in taken) == 45 * 60
    assert plan.complete


def test_the_rest_may_be_taken_in_two_parts() -> None:
    """A window that one pause of 45 min before it would miss, and that 15 then 30 min allow."""
    problem = far(driver(driving=Driving()), 120, 230)
    late = SIX + 2 * HOUR + 3 * 60 + 900 + 110 * 60  # after 15 min of rest at km 120
    tasks = (problem.tasks[0], replace(problem.tasks[1], windows=((0, late),)))
    plan = quickly(replace(problem, tasks=tasks, vehicles=(driver(driving=Driving(limit_s=230 * 60)),)))
    assert plan.complete


def test_a_lunch_is_rest_too() -> None:
    """45 minutes of lunch inside the four and a half hours: no other pause."""
    plan = quickly(
        far(driver(driving=Driving(), lunch=replace(lunch(), window=(8 * HOUR, 10 * HOUR))), 100, 200)
    )
    assert [visit.kind for visit in plan.routes[0].visits].count("break") == 1


def test_plan_mode_knows_the_rules_too() -> None:
    """The dispatcher's own order is judged by them."""
    problem = first(line(8, 9), skills=("grue",))
    plan = planned(schedule(problem, {"camion": ["t1", "t2", "quai"]}))
    assert {one.code for one in violations(problem, plan)} == {"not_allowed"}


TOGETHER = [
    ("unknown", lambda p: replace(p, groups=(Group(id="g", tasks=("x",)),))),
    ("empty", lambda p: replace(p, groups=(Group(id="g", tasks=()),))),
    ("contradiction", lambda p: replace(p, groups=(Group(id="g", tasks=("t1",)),))),
    ("contradiction", lambda p: replace(p, shipments=(Shipment(pickup="t1", delivery="t2"),))),
    ("contradiction", lambda p: replace(p, shipments=(Shipment(pickup="t1", delivery="t1"),))),
    ("not_expressible", lambda p: replace(p, shipments=(Shipment(pickup="t1", delivery="t2"),))),
    ("unknown", lambda p: replace(p, habits=(Habit(task="x", vehicle="camion", price_cents=1),))),
    ("unknown", lambda p: replace(p, habits=(Habit(task="t1", vehicle="x", price_cents=1),))),
    ("range", lambda p: replace(p, habits=(Habit(task="t1", vehicle="camion", price_cents=-1),))),
    ("duplicate", lambda p: replace(p, habits=(Habit(task="t1", vehicle="camion", price_cents=1),) * 2)),
    ("window", lambda p: replace(p, vehicles=(truck("camion", lunch=Lunch(duration_s=1, window=(2, 1))),))),
    ("range", lambda p: replace(p, vehicles=(truck("camion", driving=Driving(parts=(-1, 0))),))),
    ("range", lambda p: replace(p, vehicles=(truck("camion", aboard={"kg": -1}),))),
    ("range", lambda p: first(p, deliver={"kg": -1})),
    ("range", lambda p: first(p, max_ride_s=-1)),
]


@pytest.mark.parametrize(("code", "change"), TOGETHER)
def test_contradictions_are_refused(code: str, change: object) -> None:
    """With the field and a sentence, before any search."""
    answer = solve(change(line(8, 9)), seconds=1)  # type: ignore[operator]
    assert code in codes(answer)


def test_a_task_of_its_own_group_is_a_task() -> None:
    """A group of one is allowed, and means the task itself."""
    task = Task(id="t1", place="km2", required=False)
    plan = quickly(line(8, tasks=(task,), groups=(Group(id="g", tasks=("t1",)),)))
    assert plan.complete
    assert order(plan) == ["t1"]


def test_going_on_from_other_orders() -> None:
    """Yesterday's round is taken up as far as it still holds: gone stops and vans are left out, new ones
    put in."""
    problem = kitchen(2, 20)
    vehicle = problem.vehicles[0].id
    start = {vehicle: ["gone", "t2", "t2"], "sold": ["t1"]}
    plan = solve(problem, seconds=5, steps=1, engines=(), start=start)
    assert isinstance(plan, Plan)
    assert plan.complete
    assert violations(problem, plan) == ()
