"""What the meals' people believe and do: rules in plain words, asks and taps that follow from the seed."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from meals_belief import PARIS, Ask, Belief, asks_of, belief, carried_on, grant, suits, too_late, wanted
from meals_road import Trip, due, heard, online, trip
from meals_world import meals_world

MONDAY = date(2026, 3, 2)


@pytest.fixture
def held() -> Belief:
    """The first morning of a world."""
    return belief(meals_world(3, MONDAY))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An hour of a day of that week."""
    return datetime(2026, 3, 2 + day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("meal", "when", "late"),
    [
        (2, at(0, 10), False),  # Wednesday's lunch: Monday ten o'clock, to the minute
        (2, at(0, 10, 1), True),
        (5, at(1, 10), False),  # the weekend: Tuesday ten o'clock
        (6, at(1, 10, 1), True),
        (4, at(1, 12), False),
    ],
)
def test_until_when_one_may_order(held: Belief, meal: int, when: datetime, late: bool) -> None:
    """Two days before at ten; the weekend by Tuesday at ten."""
    assert too_late(held, MONDAY + timedelta(days=meal), when) is late


def test_what_travels_when(held: Belief) -> None:
    """Nothing on a Wednesday; Tuesday brings Wednesday's, Friday the weekend's; each meal once a week."""
    travels = {n: carried_on(held, MONDAY + timedelta(days=n)) for n in range(7)}
    assert [n for n, found in travels.items() if found] == [0, 1, 3, 4]
    meals = [(who, meal) for found in travels.values() for who, carried in found.items() for meal in carried]
    assert len(meals) == len(set(meals))
    doubled = [day for n in (1, 4) for carried in travels[n].values() for day, _ in carried]
    assert {one.isoweekday() for one in doubled} == {2, 3, 5, 6, 7}


def test_a_granted_word_stands_above_the_habit(held: Belief) -> None:
    """Cancelled, ordered again, away: the last word counts; meals already on the road are not unsaid."""
    who = next(one for one, person in held.people.items() if "4" in person["lunch"].split())
    thursday = MONDAY + timedelta(days=3)
    words: dict[str, Any] = {"id": uuid4(), "reference": who, "day": thursday, "until": thursday}
    assert wanted(held, (who, thursday, "lunch"))
    grant(held, Ask(at=at(0, 9), kind="cancel", **words))
    assert not wanted(held, (who, thursday, "lunch"))
    grant(held, Ask(at=at(0, 10), kind="order", **words))
    grant(held, Ask(at=at(3, 9), kind="absence", **words))
    assert wanted(held, (who, thursday, "lunch"))
    grant(held, Ask(at=at(2, 9), kind="absence", **words))
    assert not wanted(held, (who, thursday, "lunch"))


def test_families_ask_what_they_should_not(held: Belief) -> None:
    """Late and forbidden orders are so; plain ones are not; the same seed asks the same; some send twice."""
    asks = [one for n in range(7) for one in asks_of(held, 1, MONDAY + timedelta(days=n), 60)]
    assert (
        asks[:50] == [one for n in range(7) for one in asks_of(held, 1, MONDAY + timedelta(days=n), 60)][:50]
    )
    assert len({one.id for one in asks}) == len(asks)
    for one in asks:
        menu = held.menus.get((one.day, one.moment), {}).get(one.choice)
        if one.sort == "late":
            assert too_late(held, one.day, one.at)
        if one.sort == "forbidden":
            assert menu is not None
            assert not suits(held, one.reference, menu)
        if one.sort == "plain" and one.kind == "order":
            assert menu is not None
            assert suits(held, one.reference, menu)
            assert not too_late(held, one.day, one.at) or one.day.isoweekday() >= 6
    kinds = {one.kind for one in asks if one.sort == "plain"}
    assert kinds == {"order", "cancel", "absence"}
    assert {one.sort for one in asks} == {"plain", "late", "forbidden"}
    assert 0 < sum(one.twice for one in asks) < len(asks) / 4


def tour(number: int, doors: int = 30) -> dict[str, Any]:
    """A round of doors every four minutes from nine o'clock."""
    return {
        "id": number,
        "limit_c": 3.0,
        "starts_at": at(0, 8, 30).isoformat(),
        "doors": [
            {
                "id": 1000 * number + n,
                "position": n,
                "arrival_at": (at(0, 9) + timedelta(minutes=4 * n)).isoformat(),
            }
            for n in range(1, doors + 1)
        ],
    }


def everything(number: int) -> Trip:
    """A round with everything due."""
    one = trip(1, tour(number))
    due(one, at(0, 23))
    return one


def test_a_round_is_measured_first_and_ends_with_a_word_at_each_door() -> None:
    """The departure is cold before any tray is handed over; a warm one is said, and measured again."""
    warm = 0
    for number in range(1, 40):
        one = everything(number)
        assert one.unsent == everything(number).unsent
        leaving = [tap for tap in one.unsent if tap.event["kind"] == "departure"]
        assert one.unsent[: len(leaving)] == leaving
        assert leaving[-1].event["celsius"] <= 3.0
        warm += len(leaving) - 1
        for tap in one.unsent:
            heard(one, tap, tap.must)
        assert len(one.said) == 30
        assert all(tap.must == "accepted" or tap.event["celsius"] > 3.0 for tap in one.unsent)
    assert 0 < warm < 20


def test_an_hour_without_network_then_everything_at_once() -> None:
    """Taps wait on the phone; what the platform answers otherwise than it must is a difference."""
    one = trip(1, tour(7))
    first, last = one.ahead[0].at, one.ahead[-1].at
    assert first < one.gone < one.back == one.gone + timedelta(hours=1)
    assert one.gone < last
    assert not online(one, one.gone)
    assert online(one, one.back)
    tap = one.ahead[0]
    assert heard(one, tap, "accepted")
    assert heard(one, tap, "already")
    assert not heard(one, tap, "refused")
