"""Orders, cancellations and absences: each refusal has its rule and sentence, each acceptance its effect."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from meals.model import Absence, Accepted, Cancel, Declined, Event, Habit, Meal, Order, Outcome, Person
from meals.settle import answer, below_minimum, settle
from tests.meals.kit import MONDAY, after, at, person, service, shipped

EARLY = at(MONDAY - timedelta(days=10))


def order(day: date, when: datetime = EARLY, **changed: Any) -> Order:
    """An order of p1, long before unless said."""
    known: dict[str, Any] = {"id": f"o{day}{when}", "at": when, "person": "p1", "day": day}
    return Order(**(known | changed))


@pytest.mark.parametrize(
    ("who", "asked", "rule"),
    [
        (person(), order(after(5)), None),
        (person(), order(after(5), person="p9"), "unknown_person"),
        (person(until=after(2), end="death"), order(after(5)), "not_served"),
        (person(until=after(2), end="moved"), order(after(5)), "not_served"),
        (person(since=after(20)), order(after(5)), "not_served"),
        (person(), order(date(2025, 6, 2)), "no_rules"),
        (person(), order(date(2026, 5, 3)), "undeliverable"),
        (person(), order(after(5), at(after(1), 10, 1)), "too_late"),
        (person(), order(after(5), at(after(1), 10)), None),
        (person(), order(after(96)), "no_menu"),
        (person(), order(after(5), choice="Z"), "no_menu"),
        (person(allergens=("eggs",)), order(after(5), choice="B"), "unsuited"),
        (person(diets=("vegetarian",)), order(after(5), choice="A"), "unsuited"),
        (person(habits=()), order(after(3), at(after(0), 9)), "first_order"),
        (person(habits=()), order(after(4), at(after(0), 9)), None),
    ],
)
def test_each_order_has_its_answer(who: Person, asked: Order, rule: str | None) -> None:
    """One order a rule; a refusal says so in French and changes nothing."""
    judged = service(shipped("haut_pays"), who)
    found = answer(judged, [], asked)
    assert found.text.endswith((".", ")."))
    assert (found.rule if isinstance(found, Declined) else None) == rule
    if rule is not None:
        with_it = settle(judged, [asked], after(0), after(27)).meals
        assert with_it == settle(judged, [], after(0), after(27)).meals


def test_no_meal_where_the_book_has_none() -> None:
    """Livradois brings nothing for Sunday, and no dinner."""
    judged = service(shipped("livradois"), person())
    for asked in (order(after(6)), order(after(4), moment="dinner")):
        found = answer(judged, [], asked)
        assert isinstance(found, Declined)
        assert found.rule == "no_service"


@pytest.mark.parametrize(
    ("event", "status", "due"),
    [
        (Cancel(id="c", at=at(after(0), 8), person="p1", day=after(2)), "cancelled", False),
        (Cancel(id="c", at=at(after(1), 7), person="p1", day=after(3)), "cancelled", False),
        (Cancel(id="c", at=at(after(1), 9), person="p1", day=after(3)), "late", True),
        (
            Cancel(id="c", at=at(after(1), 9), person="p1", day=after(3), reason="hospital"),
            "cancelled",
            False,
        ),
        (Absence(id="a", at=at(after(1), 9), person="p1", first=after(3), last=after(3)), "late", True),
    ],
)
def test_who_pays_a_cancellation(event: Cancel | Absence, status: str, due: bool) -> None:
    """48 hours before the van leaves is free; later it is due, but for the hospital."""
    day = event.day if isinstance(event, Cancel) else event.first
    # Wednesday's meal travels on Tuesday: 48 hours before is Sunday 8:30, so it is struck from further off.
    moved = replace(event, at=event.at - timedelta(days=2)) if day == after(2) else event
    meal = _meal(person(), [moved], day)
    assert (meal.status, meal.due) == (status, due)
    assert meal.reason


def test_what_has_left_cannot_be_cancelled() -> None:
    """From the hour the vans leave, only the driver can say what became of a meal."""
    late = Cancel(id="c", at=at(after(0), 8, 30), person="p1", day=after(0), reason="hospital")
    found = answer(service(shipped("haut_pays"), person()), [], late)
    assert isinstance(found, Declined)
    assert found.rule == "left"


def test_nothing_to_cancel() -> None:
    """A meal that nobody ordered, and the same cancellation by two people."""
    judged = service(shipped("haut_pays"), person())
    first, second = (Cancel(id=one, at=EARLY, person="p1", day=after(2)) for one in ("c1", "c2"))
    none = Cancel(id="c3", at=EARLY, person="p1", day=after(5))
    answers = settle(judged, [first, second, none], after(0), after(6)).answers
    assert [getattr(one, "rule", None) for one in answers] == [None, "not_ordered", "not_ordered"]


def test_minimum_a_week() -> None:
    """Two of five meals may be cancelled, the third not, unless the person is in hospital; a whole week
    may."""
    judged = service(shipped("haut_pays"), person())
    struck: list[Event] = [
        Cancel(id=f"c{n}", at=EARLY + timedelta(minutes=n), person="p1", day=after(n)) for n in range(3)
    ]
    rules = [getattr(one, "rule", None) for one in settle(judged, struck, after(0), after(6)).answers]
    assert rules == [None, None, "minimum"]
    ill = Cancel(id="h", at=EARLY + timedelta(hours=1), person="p1", day=after(2), reason="hospital")
    assert isinstance(answer(judged, struck, ill), Accepted)
    away = Absence(id="a", at=EARLY, person="p1", first=after(0), last=after(6))
    assert not [one for one in settle(judged, [away], after(0), after(6)).meals if one.due]


def test_weeks_below_the_minimum_are_listed() -> None:
    """A habit of two meals a week is served and shown to the office, week by week."""
    habit = Habit(valid_from=date(2020, 1, 1), lunch=(1, 4))
    judged = service(shipped("haut_pays"), person(habits=(habit,)))
    meals = settle(judged, [], after(0), after(13)).meals
    assert below_minimum(judged, meals) == (("p1", after(0), 2), ("p1", after(7), 2))


def test_an_absence_outlives_a_new_habit() -> None:
    """Who said that they are away gets nothing because the calendar changed meanwhile."""
    habits = (
        Habit(valid_from=date(2020, 1, 1), lunch=(1,)),
        Habit(valid_from=after(0), lunch=(1, 2, 3, 4, 5)),
    )
    away = Absence(id="a", at=EARLY, person="p1", first=after(0), last=after(6), reason="hospital")
    meals = settle(service(shipped("haut_pays"), person(habits=habits)), [away], after(0), after(6)).meals
    assert not [one for one in meals if one.status == "ordered"]


@pytest.mark.parametrize(("first", "last"), [(after(3), after(2)), (after(0), after(366))])
def test_an_absence_has_sensible_days(first: date, last: date) -> None:
    """Turned round or longer than a year: declined."""
    away = Absence(id="a", at=EARLY, person="p1", first=first, last=last)
    found = answer(service(shipped("haut_pays"), person()), [], away)
    assert isinstance(found, Declined)
    assert found.rule == "dates"


def test_ordered_again_after_cancelling() -> None:
    """In time, one may change one's mind; each event is named by the meal."""
    events: list[Event] = [
        Cancel(id="c", at=EARLY, person="p1", day=after(3)),
        order(after(3), EARLY + timedelta(hours=1), id="o", choice="B"),
    ]
    meal = _meal(person(), events, after(3))
    assert (meal.status, meal.choice, meal.said_by) == ("ordered", "B", ("c", "o"))
    assert [one.dish for one in meal.tray] == ["soup", "omelette"]


def test_the_same_order_twice_is_one_meal() -> None:
    """A form sent twice, with the same id or another, is one meal and two friendly answers."""
    twice = [order(after(5), id="o"), order(after(5), id="o"), order(after(5), EARLY + timedelta(1), id="o2")]
    found = settle(service(shipped("haut_pays"), person()), twice, after(5), after(5))
    assert (len(found.meals), len(found.answers)) == (1, 2)
    assert "déjà" in found.answers[1].text


@pytest.mark.parametrize(
    ("handed", "due"),
    [("delivered", True), ("neighbour", True), ("absent", True), ("refused", True), ("blocked", False)],
)
def test_what_the_driver_says(handed: Any, due: bool) -> None:
    """A closed door is paid, a tray kept back for its temperature is not; all meals of that trip are
    meant."""
    said = Outcome(id="d", at=at(after(4), 11), person="p1", delivery=after(4), handed=handed)
    habit = Habit(valid_from=date(2020, 1, 1), lunch=(1, 2, 3, 4, 5, 6, 7))
    meals = settle(service(shipped("haut_pays"), person(habits=(habit,))), [said], after(0), after(6)).meals
    told = [one for one in meals if one.handed is not None]
    assert [(one.day, one.due) for one in told] == [(after(n), due) for n in (4, 5, 6)]
    assert due or all(one.reason for one in told)


def test_a_habit_whose_choice_does_not_suit_takes_the_next() -> None:
    """The calendar says A for ever; with no pork and no fish, that day's B is given."""
    meal = _meal(person(diets=("no_pork",), allergens=("milk",)), [], after(0))
    assert [one.dish for one in meal.tray] == ["soup", "omelette"]


def test_what_suits_in_no_menu_is_said() -> None:
    """Nobody is given a tray that does not suit; the office sees the reason and can telephone."""
    meal = _meal(person(texture="smooth"), [], after(0))
    assert (meal.status, meal.due) == ("undeliverable", False)
    assert "« mixé lissé »" in meal.reason


def test_before_the_menu_is_published() -> None:
    """A habit weeks ahead is known as pending: not cooked, not due, not lost."""
    meal = _meal(person(), [], after(36))
    assert (meal.status, meal.due, meal.tray) == ("pending", False, ())


def _meal(who: Person, events: list[Event], day: date) -> Meal:
    found = settle(service(shipped("haut_pays"), who), events, day, day)
    assert not [one for one in found.answers if isinstance(one, Declined)], found.answers
    assert len(found.meals) == 1
    return found.meals[0]
