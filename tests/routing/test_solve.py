"""Every plan passes the judge; stops are left out only for a reason; nothing hangs or raises."""

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.checker import violations
from routing.model import Break, Pin, Plan, Prefix, Problem, Refused, Task, UnloadingSite
from routing.solve import solve
from tests.routing.days import HOUR, SIX, codes, line, planned, problems, truck, waste_day

GUARD = 60.0
"""Seconds no test comes near: what stops the search is the number of steps."""


def quickly(problem: Problem, seed: int = 1) -> Plan | Refused:
    return solve(problem, seconds=GUARD, seed=seed, steps=2000)


def order(plan: Plan, vehicle: str = "camion") -> list[str]:
    visits = next((route.visits for route in plan.routes if route.vehicle == vehicle), ())
    return [visit.ref for visit in visits if visit.kind in ("collect", "unload")]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems(), seed=st.integers(0, 3))
def test_whatever_is_asked_the_judge_accepts(problem: Problem, seed: int) -> None:
    """Any small problem: a plan without violation that names its own incompleteness, or a refusal.

    Only what the caller locked may be refused as a whole.
    """
    answer = solve(problem, seconds=1, seed=seed, steps=500)
    if isinstance(answer, Refused):
        assert problem.prefixes or any(any(one.aboard.values()) for one in problem.vehicles)
        assert {reason.code for reason in answer.reasons} > set()
        assert "no_plan" not in codes(answer)
    else:
        assert answer.remarks == ()  # no engine was given what it cannot read
        assert violations(problem, answer) == ()
        left = {one.task for one in answer.unserved}
        wanted = [{task.id} for task in problem.tasks if task.required]
        wanted += [set(group.tasks) for group in problem.groups if group.required]
        assert answer.complete == (not any(one <= left for one in wanted))


def test_two_columns_on_the_way() -> None:
    """By hand: out to km 10, both stops, unload at km 5, home: 20 km, 20 min + 2 × 3 + 10 = 36 min."""
    problem = line(8, 10)
    plan = planned(quickly(problem))
    assert sorted(order(plan)) == ["quai", "t1", "t2"]
    assert order(plan)[-1] == "quai"
    assert (plan.distance_m, plan.duration_s) == (20_000, 36 * 60)
    assert plan.cost_cents == 20 * 100 + 36 * 60
    assert plan.complete


def test_a_full_truck_unloads_and_goes_on() -> None:
    """Three tonnes for a truck of 2.5: two trips to the site, the last one before going home."""
    plan = planned(quickly(line(6, 7, 8)))
    assert plan.complete
    assert order(plan).count("quai") == 2
    assert order(plan)[-1] == "quai"
    assert plan.routes[0].visits[-1].load == {"kg": 0}


def test_may_come_home_loaded() -> None:
    """Without the flag the truck keeps its load, and nothing is driven for it."""
    plan = planned(quickly(line(8, 10, end_empty=False)))
    assert "quai" not in order(plan)


@pytest.mark.parametrize(("prize", "served"), [(3999, False), (4600, True)])
def test_an_optional_stop_is_served_when_it_pays(prize: int, served: bool) -> None:
    """Km 20 beside nothing: 40 km + 40 min + 13 min on site cost 45.30 + … against the prize."""
    problem = line(20)
    task = replace(problem.tasks[0], required=False, prize_cents=prize, load={})
    plan = planned(
        quickly(replace(problem, tasks=(task,), vehicles=(truck("camion", cost_per_hour_cents=600),)))
    )
    assert ("t1" in order(plan)) is served
    assert [one.code for one in plan.unserved] == ([] if served else ["too_dear"])
    assert plan.lost_prizes_cents == (0 if served else prize)


UNSERVABLE = [
    ("too_big", {"load": {"kg": 2501}}),
    ("too_big", {"load": {"bacs": 1}}),
    ("closed", {"windows": ((0, SIX),)}),
    ("closed", {"windows": ((20 * HOUR, 21 * HOUR),)}),
    ("too_far", {"service_s": 8 * HOUR}),
    ("no_vehicle", {"vehicles": ()}),
]


@pytest.mark.parametrize(("code", "changes"), UNSERVABLE)
def test_the_impossible_stop_is_named_and_the_rest_is_planned(code: str, changes: dict[str, object]) -> None:
    """One stop nobody can serve must not cost the others their round."""
    problem = line(8, 10)
    bad = replace(problem.tasks[1], **changes)  # type: ignore[arg-type]
    problem = replace(problem, tasks=(problem.tasks[0], bad))
    plan = planned(quickly(problem))
    if changes.get("windows") == ((20 * HOUR, 21 * HOUR),):
        code = "too_far"  # it could wait there, and would come home after the shift
    assert [(one.task, one.code) for one in plan.unserved] == [("t2", code)]
    assert plan.unserved[0].text
    assert not plan.complete
    assert "t1" in order(plan)
    assert violations(problem, plan) == ()


def test_no_road_is_a_reason() -> None:
    """A hole in the matrix leaves out the stop behind it."""
    problem = line(8, 10)
    cut = [
        tuple(
            tuple(None if 3 in (i, j) and i != j else v for j, v in enumerate(row)) for i, row in enumerate(m)
        )
        for m in (problem.matrix.distance_m, problem.matrix.duration_s)
    ]
    problem = replace(problem, matrix=replace(problem.matrix, distance_m=cut[0], duration_s=cut[1]))
    plan = planned(quickly(problem))
    assert [(one.task, one.code) for one in plan.unserved] == [("t2", "no_road")]


def test_without_a_site_a_loaded_truck_cannot_go_home() -> None:
    """The reason is the missing site, not the load."""
    plan = planned(quickly(line(8, unloading_sites=())))
    assert [one.code for one in plan.unserved] == ["no_site"]


def test_a_full_day_says_so() -> None:
    """Two stops of three hours in a shift of four: one is served, the other has no room left."""
    problem = line(8, 10, vehicles=(truck("camion", shift_end_s=10 * HOUR),))
    problem = replace(problem, tasks=tuple(replace(task, service_s=3 * HOUR) for task in problem.tasks))
    plan = planned(quickly(problem))
    assert [one.code for one in plan.unserved] == ["day_full"]
    assert not plan.complete


def test_the_pause_is_taken_in_time() -> None:
    """A round longer than the limit has one pause, started within it; a shorter one has none."""
    pause = Break(duration_s=1200, latest_after_s=HOUR)
    problem = line(8, 10, vehicles=(truck("camion", pause=pause),))
    assert "break" not in {visit.kind for visit in planned(quickly(problem)).routes[0].visits}
    long = replace(problem, tasks=tuple(replace(task, service_s=2400) for task in problem.tasks))
    visits = planned(quickly(long)).routes[0].visits
    taken = [visit for visit in visits if visit.kind == "break"]
    assert len(taken) == 1
    assert taken[0].start_s - visits[0].departure_s <= HOUR
    assert taken[0].departure_s - taken[0].start_s == 1200


def test_a_truck_does_not_leave_to_wait() -> None:
    """A stop open from 9:00, ten minutes away: the crew starts at 8:50, and is paid from then."""
    problem = line(10)
    problem = replace(problem, tasks=(replace(problem.tasks[0], windows=((9 * HOUR, 10 * HOUR),)),))
    plan = planned(quickly(problem))
    assert plan.routes[0].visits[0].departure_s == 9 * HOUR - 600
    assert plan.duration_s == 20 * 60 + 180 + 600


def test_pins_and_skills_are_kept() -> None:
    """The dispatcher's truck for the stop, and the stop's own list of trucks."""
    problem = line(8, 9, 10, vehicles=(truck("a"), truck("b", fixed_cost_cents=9000)))
    tasks = (problem.tasks[0], replace(problem.tasks[1], vehicles=("b",)), problem.tasks[2])
    plan = planned(quickly(replace(problem, tasks=tasks, pins=(Pin(task="t3", vehicle="a"),))))
    assert plan.complete
    assert "t2" in order(plan, "b")
    assert "t3" in order(plan, "a")


def test_a_locked_beginning_is_kept_and_completed() -> None:
    """t1, the site, then whatever is best: the truck that did this is planned from there."""
    problem = line(20, 6, 7, prefixes=(Prefix(vehicle="camion", stops=("t1", "quai")),))
    plan = planned(quickly(problem))
    assert order(plan)[:2] == ["t1", "quai"]
    assert plan.complete
    assert violations(problem, plan) == ()


def test_a_locked_beginning_that_cannot_be_driven_is_refused() -> None:
    """Three tonnes locked on 2.5 without unloading: no plan exists, and the field says where."""
    problem = line(6, 7, 8, prefixes=(Prefix(vehicle="camion", stops=("t1", "t2", "t3")),))
    answer = quickly(problem)
    assert codes(answer) == {"capacity"}
    assert isinstance(answer, Refused)
    assert answer.reasons[0].field == "prefixes[0]"


def test_two_days_windows_and_several_depots() -> None:
    """Start and end elsewhere, two windows per stop, a site that opens late: judged like the rest."""
    problem = waste_day(3, 25)
    vehicles = (
        problem.vehicles[0],
        replace(problem.vehicles[1], start="p5", end="p6", max_duration_s=5 * HOUR),
    )
    split = ((SIX, SIX + HOUR), (SIX + 4 * HOUR, SIX + 5 * HOUR))
    tasks = tuple(replace(t, windows=split if i % 5 == 0 else ()) for i, t in enumerate(problem.tasks))
    problem = replace(problem, vehicles=vehicles, tasks=tasks)
    plan = planned(quickly(problem))
    assert violations(problem, plan) == ()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_day_with_disposal_trips(seed: int) -> None:
    """Forty stops, two trucks of several trips: complete, accepted, better than plain insertion."""
    problem = waste_day(seed)
    found: list[Plan] = []
    plan = planned(
        solve(problem, seconds=GUARD, seed=seed, steps=6_000, progress=lambda _, p: found.append(p))
    )
    assert violations(problem, plan) == ()
    assert found[0].engine == "insertion"
    assert plan == found[-1]
    prices = [one.cost_cents + one.lost_prizes_cents for one in found if one.complete]
    assert prices == sorted(prices, reverse=True)
    assert plan.complete
    assert prices[-1] < prices[0]


def test_same_seed_same_plan() -> None:
    """With a limit on steps nothing depends on the clock."""
    problem = waste_day(5, 25)
    one, other = (solve(problem, seconds=GUARD, seed=7, steps=6_000) for _ in range(2))
    assert one == other


def test_cancelled_before_it_began_still_answers() -> None:
    """Cancelling never raises and never yields an unchecked plan."""
    problem = waste_day(1)
    answer = solve(problem, seconds=GUARD, cancelled=lambda: True)
    assert isinstance(answer, Plan)
    assert violations(problem, answer) == ()


def test_cancelled_on_the_way_keeps_the_best() -> None:
    """The search is asked while it runs: it ends long before its budget, with the last plan shown."""
    problem = waste_day(1)
    seen: list[Plan] = []
    began = time.monotonic()
    answer = solve(
        problem, seconds=600, progress=lambda _, plan: seen.append(plan), cancelled=lambda: len(seen) >= 2
    )
    assert time.monotonic() - began < 300
    assert answer == seen[-1]


def test_the_budget_is_kept_when_nothing_fits() -> None:
    """A hopeless day answers too, with every stop left out for its reason."""
    problem = line(*range(6, 60), vehicles=(truck("camion", shift_end_s=SIX + 60),))
    plan = planned(solve(problem, seconds=2))
    assert plan.routes == ()
    assert {one.code for one in plan.unserved} == {"too_far"}
    assert not plan.complete


def test_nothing_to_do() -> None:
    """No task: an empty and complete plan."""
    plan = planned(quickly(line()))
    assert (plan.routes, plan.unserved, plan.cost_cents, plan.complete) == ((), (), 0, True)


def test_refusals_come_through() -> None:
    """A malformed problem is refused before any search."""
    assert codes(quickly(line(8, vehicles=()))) == {"no_vehicle"}


def test_greatest_numbers_do_not_overflow() -> None:
    """The largest quantities that validation lets through are priced without wrapping."""
    top = 10**9
    tasks = tuple(
        Task(id=f"t{i}", place="km0", load={"kg": top}, required=i % 2 == 0, prize_cents=top)
        for i in range(6)
    )
    vehicles = (truck("camion", capacity={"kg": top}, cost_per_km_cents=10**6, fixed_cost_cents=top),)
    sites = (UnloadingSite(id="quai", place="km1"),)
    problem = line(tasks=tasks, vehicles=vehicles, unloading_sites=sites)
    plan = planned(quickly(problem))
    assert violations(problem, plan) == ()
    assert plan.complete
