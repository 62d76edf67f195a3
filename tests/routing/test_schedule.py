"""Plan mode: the dispatcher's order is timed as given, and the judge says what it breaks."""

from dataclasses import replace

from routing.checker import violations
from routing.model import Break, Plan, Problem, Refused
from routing.schedule import schedule
from routing.timing import route_cost_cents
from routing.walk import opening
from tests.routing.days import HOUR, SIX, codes, line, planned, truck


def broken(problem: Problem, stops: list[str]) -> set[str]:
    plan = planned(schedule(problem, {"camion": stops}))
    return {violation.code for violation in violations(problem, plan)}


def test_every_figure_of_a_small_order() -> None:
    """km 8, site at 5, home: arrivals, starts, departures and loads by hand."""
    plan = planned(schedule(line(8), {"camion": ["t1", "quai"]}))
    rows = [
        (v.kind, v.ref, v.arrival_s - SIX, v.start_s - SIX, v.departure_s - SIX, v.load["kg"])
        for v in plan.routes[0].visits
    ]
    assert rows == [
        ("start", "km0", 0, 0, 0, 0),
        ("collect", "t1", 480, 480, 660, 1000),
        ("unload", "quai", 840, 840, 1440, 0),
        ("end", "km0", 1740, 1740, 1740, 0),
    ]
    assert (plan.distance_m, plan.duration_s, plan.cost_cents) == (16_000, 1740, 1600 + 1740)
    assert (plan.complete, plan.unserved, plan.engine) == (True, (), "manual")


def test_nothing_is_inserted() -> None:
    """Forgotten unloading, overload: the order stays, the judge names the rules."""
    assert broken(line(6, 7, 8), ["t1", "t2", "t3"]) == {"capacity", "end_empty"}


def test_a_stop_reached_too_late_keeps_the_day_going() -> None:
    """The missed window is named; the stops after it have their times."""
    problem = line(8, 10)
    problem = replace(
        problem, tasks=(replace(problem.tasks[0], windows=((SIX, SIX + 60),)), problem.tasks[1])
    )
    assert broken(problem, ["t2", "t1", "quai"]) == {"window"}


def test_a_removed_stop_is_said() -> None:
    """Left out by the caller: the plan is not complete and says which."""
    plan = planned(schedule(line(8, 10), {"camion": ["t1", "quai"]}))
    assert [(one.task, one.code) for one in plan.unserved] == [("t2", "removed")]
    assert not plan.complete


def test_served_twice_is_seen() -> None:
    """Two trucks for one stop."""
    problem = line(8, vehicles=(truck("a"), truck("b")))
    plan = planned(schedule(problem, {"a": ["t1", "quai"], "b": ["t1", "quai"]}))
    assert {violation.code for violation in violations(problem, plan)} == {"duplicate"}


def test_unknown_names_are_refused_with_their_field() -> None:
    """Neither truck nor stop is invented."""
    answer = schedule(line(8), {"camion": ["t1", "t9"], "vélo": []})
    assert codes(answer) == {"unknown"}
    assert isinstance(answer, Refused)
    assert [reason.field for reason in answer.reasons] == ["orders.camion[1]", "orders.vélo"]
    assert codes(schedule(line(8, vehicles=()), {})) == {"no_vehicle"}


def test_an_empty_order_stays_home() -> None:
    """No stop, no route, no cost."""
    plan = planned(schedule(line(8), {"camion": []}))
    assert isinstance(plan, Plan)
    assert (plan.routes, plan.cost_cents) == ((), 0)


def test_the_pause_uses_a_wait() -> None:
    """The second stop opens at 8:00: the pause falls in the wait and costs no time."""
    problem = line(8, 10, vehicles=(truck("camion", pause=Break(duration_s=1200, latest_after_s=HOUR)),))
    first = replace(problem.tasks[0], windows=((SIX + 480, SIX + 480),))
    second = replace(problem.tasks[1], windows=((8 * HOUR, 9 * HOUR),))
    problem = replace(problem, tasks=(first, second))
    plan = planned(schedule(problem, {"camion": ["t1", "t2", "quai"]}))
    assert violations(problem, plan) == ()
    visits = plan.routes[0].visits
    assert [visit.kind for visit in visits] == ["start", "collect", "break", "collect", "unload", "end"]
    assert visits[3].start_s == 8 * HOUR


def test_a_pause_that_cannot_be_in_time_is_seen() -> None:
    """Nowhere to stop within the limit but before leaving: it is taken there, never skipped."""
    problem = line(8, vehicles=(truck("camion", pause=Break(duration_s=1200, latest_after_s=60)),))
    plan = planned(schedule(problem, {"camion": ["t1", "quai"]}))
    assert [visit.kind for visit in plan.routes[0].visits][:2] == ["start", "break"]
    assert violations(problem, plan) == ()


def test_windows_include_both_ends() -> None:
    """At the very second it opens and the very second it closes."""
    windows = ((10, 20), (30, 40))
    moments = (0, 10, 20, 21, 30, 40, 41)
    assert [opening(windows, moment) for moment in moments] == [10, 10, 20, 30, 30, 40, None]
    assert opening((), 5) == 5


def test_cost_is_rounded_once_half_up() -> None:
    """Half a cent goes up; the two rates are added before rounding."""
    vehicle = truck("camion", cost_per_km_cents=1, cost_per_hour_cents=3600, fixed_cost_cents=7)
    assert route_cost_cents(vehicle, 499, 0) == 7
    assert route_cost_cents(vehicle, 500, 0) == 8
    assert route_cost_cents(vehicle, 400, 1) == 8
    assert route_cost_cents(vehicle, 500, 1) == 9
