"""Meals as a routing problem: trays, windows, the cold room; and rounds that people can get used to."""

from dataclasses import replace

import pytest

from api.cias.rounds import STEADY_S, Day, Door, Van, places_of, problem_of, steadiest, usual, with_usual
from routing.checker import violations
from routing.model import Place, Plan, Problem
from routing.schedule import Orders
from routing.solve import solve
from routing.travel import GreatCircle

EIGHT, NOON = 8 * 3600, 12 * 3600
KITCHEN = Place(id="cuisine", lat=50.51, lon=2.12)


def day(doors: int, **changed: object) -> Day:
    """Doors on two roads out of the kitchen, one east, one west, and two vans."""
    found = tuple(
        Door(id=f"p{n}", lat=50.51, lon=2.12 + (0.02 if n % 2 else -0.02) * (1 + n // 2), trays=1 + n % 2)
        for n in range(doors)
    )
    vans = tuple(Van(id=one, trays=20, starts_s=EIGHT, ends_s=NOON) for one in ("blanc", "vert"))
    return replace(Day(cold_room=KITCHEN, doors=found, vans=vans), **changed)  # type: ignore[arg-type]


def planned(problem: Problem, start: Orders | None = None) -> Plan:
    """A plan of a few steps, the same each time."""
    plan = solve(problem, seconds=20, seed=1, steps=40, start=start)
    assert isinstance(plan, Plan)
    assert violations(problem, plan) == ()
    return plan


def test_a_day_says_trays_windows_and_the_cold_room() -> None:
    """What the person asked for is the window; every tray leaves the kitchen and no ride is longer than
    allowed."""
    asked = day(4)
    doors = (replace(asked.doors[0], windows=((36_000, 39_600),)), *asked.doors[1:])
    asked = replace(asked, doors=doors, cold_ride_s=7200)
    problem = problem_of(asked, GreatCircle().matrix(places_of(asked)), {})
    assert problem.tasks[0].windows == ((36_000, 39_600),)
    assert [one.deliver["trays"] for one in problem.tasks] == [1, 2, 1, 2]
    assert {one.max_ride_s for one in problem.tasks} == {7200}
    plan = planned(problem)
    assert 36_000 <= usual(plan)["p0"][1] <= 39_600


def test_vans_may_start_and_end_elsewhere() -> None:
    """A van kept at an agent's home for the night starts and ends there."""
    home = Place(id="garage", lat=50.52, lon=2.13)
    asked = day(2, vans=(Van(id="blanc", trays=9, starts_s=EIGHT, ends_s=NOON, start=home, end=home),))
    problem = problem_of(asked, GreatCircle().matrix(places_of(asked)), {})
    route = planned(problem).routes[0]
    assert (route.visits[0].place, route.visits[-1].place) == ("garage", "garage")


@pytest.mark.parametrize(
    ("windows", "usual_s", "expected"),
    [
        ((), 36_000, ((35_100, 36_900),)),
        (((30_000, 40_000),), 36_000, ((35_100, 36_900),)),
        (((36_000, 40_000),), 36_000, ((36_000, 36_900),)),
        (((50_000, 60_000),), 36_000, ((50_000, 60_000),)),
        ((), None, ()),
    ],
)
def test_usual_hour_narrows_what_was_asked(
    windows: tuple[tuple[int, int], ...], usual_s: int | None, expected: tuple[tuple[int, int], ...]
) -> None:
    """The usual half hour inside the person's window; what they ask for stands above what they are used
    to."""
    asked = day(1)
    asked = replace(asked, doors=(replace(asked.doors[0], windows=windows, usual_s=usual_s),))
    problem = problem_of(asked, GreatCircle().matrix(places_of(asked)), {"p0": STEADY_S[0]})
    assert problem.tasks[0].windows == expected


def test_people_keep_their_driver_and_their_hour() -> None:
    """One in ten leaves, another comes: everybody else sees the same van within a quarter of an hour."""
    first = day(20)
    known = usual(planned(problem_of(first, GreatCircle().matrix(places_of(first)), {})))
    new = Door(id="n1", lat=50.515, lon=2.16, trays=1)
    later = with_usual(replace(first, doors=(*first.doors[:4], *first.doors[6:], new)), known)
    found = steadiest(later, GreatCircle().matrix(places_of(later)), planned)
    assert found is not None
    plan = found[1]
    assert plan.complete
    after = usual(plan)
    same = set(known) & set(after)
    assert len(same) == 18
    assert all(after[one][0] == known[one][0] for one in same)
    assert sum(abs(after[one][1] - known[one][1]) <= STEADY_S[0] for one in same) >= 16


def test_serving_everybody_stands_above_habits() -> None:
    """Two people used to the same minute at both ends of the valley: hours give way, nobody goes without."""
    asked = day(8, vans=(Van(id="blanc", trays=20, starts_s=EIGHT, ends_s=NOON),))
    known = {one.id: ("blanc", 9 * 3600) for one in asked.doors}
    later = with_usual(asked, known)
    found = steadiest(later, GreatCircle().matrix(places_of(later)), planned)
    assert found is not None
    assert found[1].complete


def test_one_without_hope_costs_the_others_nothing() -> None:
    """Somebody whose window no van can keep is left out; the others keep their hour all the same."""
    known = usual(planned(problem_of(day(8), GreatCircle().matrix(places_of(day(8))), {})))
    asked = with_usual(day(8), known)
    # p0 asks for eleven o'clock now: cheaper if all went out later, were it not for their hours.
    windows = {"p3": ((1, 2),), "p0": ((39_600, 41_400),)}
    doors = tuple(replace(one, windows=windows.get(one.id, ())) for one in asked.doors)
    asked = replace(asked, doors=doors)
    found = steadiest(asked, GreatCircle().matrix(places_of(asked)), planned)
    assert found is not None
    after = usual(found[1])
    assert set(known) - set(after) == {"p3"}
    assert all(abs(after[one][1] - known[one][1]) <= STEADY_S[0] for one in after if one != "p0")
