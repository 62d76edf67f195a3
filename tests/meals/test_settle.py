"""A year of random requests: no meal lost, doubled, served past its DLC or with what is forbidden; each
billed once."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from meals.calendar import PARIS
from meals.kitchen import deliveries, labels, production
from meals.model import Absence, Cancel, Event, Habit, Order, Outcome, Person, Service
from meals.prices import Bill, bill
from meals.settle import settle
from tests.meals.kit import DISHES, grid, menus, shipped

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
BOOK = shipped("haut_pays")
MENUS = tuple(menus(FIRST, 366, ("lunch", "dinner")))
BY_ID = {one.id: one for one in DISHES}
IDS = ("p1", "p2")

DAYS = st.dates(FIRST, LAST)
MOMENTS: st.SearchStrategy[Any] = st.sampled_from(["lunch", "dinner"])
INSTANTS = st.builds(
    lambda day, hour: datetime.combine(day, time(hour), PARIS),
    st.dates(FIRST - timedelta(days=30), LAST),
    st.integers(0, 23),
)
WEEKDAYS = st.sets(st.integers(1, 7)).map(lambda found: tuple(sorted(found)))


def _event(draw: st.DrawFn, n: int) -> Event:
    common: dict[str, Any] = {
        # Some ids come twice: a phone that sends again.
        "id": f"e{draw(st.integers(0, n))}",
        "at": draw(INSTANTS),
        "person": draw(st.sampled_from(IDS)),
    }
    day = draw(DAYS)
    match draw(st.sampled_from(["order", "cancel", "absence", "outcome"])):
        case "order":
            return Order(**common, day=day, moment=draw(MOMENTS), choice=draw(st.sampled_from("AB")))
        case "cancel":
            return Cancel(**common, day=day, moment=draw(MOMENTS), reason=draw(REASONS))
        case "absence":
            return Absence(**common, first=day, last=day + timedelta(days=draw(st.integers(0, 40))))
        case _:
            return Outcome(**common, delivery=day, handed=draw(HANDED))


REASONS: st.SearchStrategy[Any] = st.sampled_from(["choice", "hospital", "absence"])
HANDED: st.SearchStrategy[Any] = st.sampled_from(["delivered", "absent", "refused", "neighbour", "blocked"])


@st.composite
def years(draw: st.DrawFn) -> tuple[Service, list[Event]]:
    """Two people with their habits, diets and allergies, and what they ask in a year."""
    people = tuple(
        Person(
            id=one,
            since=draw(st.dates(FIRST - timedelta(days=300), FIRST + timedelta(days=60))),
            until=draw(st.none() | DAYS),
            diets=draw(st.sampled_from([(), ("no_pork",), ("vegetarian",), ("no_salt",)])),
            texture=draw(st.sampled_from(["whole", "mixed", "chopped"])),
            allergens=draw(st.sampled_from([(), ("eggs",), ("fish", "celery"), ("milk",)])),
            second=one == "p2",
            habits=tuple(
                Habit(valid_from=day, lunch=draw(WEEKDAYS), dinner=draw(WEEKDAYS))
                for day in sorted(draw(st.sets(DAYS, max_size=2)))
            ),
        )
        for one in IDS
    )
    events = [_event(draw, n) for n in range(draw(st.integers(0, 25)))]
    return Service(books=(BOOK,), dishes=DISHES, menus=MENUS, people=people), events


@settings(max_examples=40, deadline=None)
@given(years())
def test_a_year_of_anything(year: tuple[Service, list[Event]]) -> None:
    """What the issue of a dispute would look at, all at once: safety, uniqueness, delivery, bills."""
    service, events = year
    people = {one.id: one for one in service.people}
    meals = settle(service, events, FIRST, LAST).meals
    assert max(Counter(one.id for one in meals).values(), default=1) == 1
    for meal in meals:
        person = people[meal.person]
        if meal.status != "ordered":
            assert meal.reason
            continue
        assert meal.delivery is not None
        assert meal.eat_by is not None
        assert meal.delivery <= meal.day <= meal.eat_by
        assert person.since <= meal.delivery <= (person.until or LAST)
        for part in meal.tray:
            assert not set(person.allergens) & set(BY_ID[part.dish].allergens or ())
            assert set(person.diets) <= set(BY_ID[part.dish].diets)
            assert person.texture in BY_ID[part.dish].textures
    ordered = sorted(one.id for one in meals if one.status == "ordered")
    assert sorted(one for stop in deliveries(meals) for one in stop.meals) == ordered
    assert sorted(one.meal for one in labels(service, meals)) == ordered


@settings(max_examples=25, deadline=None)
@given(years())
def test_each_meal_is_billed_once_or_says_why(year: tuple[Service, list[Event]]) -> None:
    """Twelve bills together name every meal exactly once, as billed or with its reason."""
    service, events = year
    meals = settle(service, events, FIRST, LAST).meals
    for person in service.people:
        bills = [bill(person, meals, [grid("haut_pays")], 2026, month) for month in range(1, 13)]
        told: Counter[str] = Counter()
        for one in bills:
            assert isinstance(one, Bill)
            assert one.total == sum(line.amount for line in one.lines) >= 0
            assert 0 <= one.delivery <= one.total
            told.update(meal for line in one.lines if line.kind == "meal" for meal in line.meals)
            told.update(line.meal for line in one.unbilled)
            assert all(line.reason for line in one.unbilled)
        assert told == Counter(one.id for one in meals if one.person == person.id)


@settings(max_examples=25, deadline=None)
@given(years(), st.randoms(use_true_random=False), DAYS, st.integers(0, 30))
def test_neither_order_nor_window_changes_a_meal(
    year: tuple[Service, list[Event]], shuffle: Any, first: date, days: int
) -> None:
    """Events given in any order, seen through any window, settle to the same meals."""
    service, events = year
    unique = list({one.id: one for one in events}.values())
    whole = settle(service, unique, FIRST, LAST).meals
    last = min(LAST, first + timedelta(days=days))
    mixed = unique.copy()
    shuffle.shuffle(mixed)
    seen = settle(service, mixed, first, last).meals
    assert set(seen) == {one for one in whole if first <= one.day <= last}


@settings(max_examples=25, deadline=None)
@given(years())
def test_the_kitchen_cooks_what_travels(year: tuple[Service, list[Event]]) -> None:
    """Portions over all days are the dishes on all trays, by dish and texture; diets add up to the
    portions."""
    service, events = year
    people = {one.id: one for one in service.people}
    meals = settle(service, events, FIRST, LAST).meals
    now = datetime(2026, 6, 1, tzinfo=PARIS)
    made = sorted({one.made for one in meals if one.status == "ordered" and one.made is not None})
    days = [production(service, meals, day, now) for day in made]
    cooked: Counter[tuple[str, str]] = Counter()
    for batch in (one for day in days for one in day.batches):
        cooked[batch.dish, batch.texture] += batch.portions
        assert sum(count for _, count in batch.by_diet) == batch.portions
    trays = Counter(
        (part.dish, people[one.person].texture)
        for one in meals
        if one.status == "ordered"
        for part in one.tray
    )
    assert cooked == trays
    assert all(one.final == (one.final_at is None or one.final_at < now) for one in days)
