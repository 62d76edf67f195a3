"""When meals travel: the published patterns, holidays, time limits, and that nothing is ever carried past
its DLC."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meals.calendar import holidays, is_closed, trip
from tests.meals.kit import BOOKS, after, at, shipped

NAMES = sorted(one.stem for one in BOOKS.glob("*.toml"))


@pytest.mark.parametrize(
    ("name", "travels"),
    [
        # Baie de Somme: Thursday brings Friday's meal too, Friday the weekend's.
        ("baie_de_somme", {0: 0, 1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 4}),
        # Livradois: Monday, Wednesday and Friday, one or two meals at a time, none on Sunday.
        ("livradois", {0: 0, 1: 0, 2: 2, 3: 2, 4: 4, 5: 4, 6: None}),
        # Hennebont: every day but Sunday, whose meal comes on Saturday.
        ("hennebont", {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 5}),
    ],
)
def test_each_meal_travels_on_its_day(name: str, travels: dict[int, int | None]) -> None:
    """The week of 2 March 2026, from Monday (0) to Sunday (6): the day that brings each meal."""
    book = shipped(name)
    found = {n: trip(book, after(n)) for n in range(7)}
    assert {n: None if one is None else (one.delivery - after(0)).days for n, one in found.items()} == travels


@pytest.mark.parametrize(
    ("day", "limit"),
    [
        (after(2), at(after(0), 10)),  # Wednesday's meal: two days before
        (after(5), at(after(1), 10)),  # Saturday's: by Tuesday 10:00
        (after(6), at(after(1), 10)),
        (after(7), at(after(5), 10)),  # Monday's: two days before, a Saturday
    ],
)
def test_muret_orders_two_days_before_and_the_weekend_by_tuesday(day: date, limit: object) -> None:
    """The published rule, each way."""
    found = trip(shipped("muret"), day)
    assert found is not None
    assert found.order_until == limit


def test_holiday_brings_the_meal_and_its_limit_forward() -> None:
    """Friday 1 May 2026: its meal and the weekend's would come that day and the day before; Sunday's no
    longer can."""
    book = shipped("haut_pays")
    first_may = date(2026, 5, 1)
    usual, moved = trip(book, first_may - timedelta(days=7)), trip(book, first_may)
    assert usual is not None
    assert moved is not None
    assert (usual.delivery, moved.delivery) == (date(2026, 4, 24), date(2026, 4, 30))
    assert moved.order_until == usual.order_until + timedelta(days=6)
    saturday, sunday = trip(book, date(2026, 5, 2)), trip(book, date(2026, 5, 3))
    assert saturday is not None
    assert saturday.delivery == date(2026, 4, 30)
    assert sunday is None


def test_cancelling_counts_hours_by_the_wall_clock() -> None:
    """48 hours before 8:30 on the Monday after the change of clocks is Saturday 8:30."""
    found = trip(shipped("haut_pays"), date(2026, 3, 30))
    assert found is not None
    assert found.cancel_until.isoformat() == "2026-03-28T08:30:00+01:00"
    assert found.leaves.isoformat() == "2026-03-30T08:30:00+02:00"


def test_holidays_of_2026() -> None:
    """The eleven days, Easter Monday, Ascension and Whit Monday among them."""
    days = ["01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25"]
    assert sorted(one.isoformat()[5:] for one in holidays(2026)) == days


@given(st.sampled_from(NAMES), st.dates(date(2018, 1, 1), date(2032, 12, 31)))
def test_nothing_travels_late_or_past_its_shelf_life(name: str, day: date) -> None:
    """Made, carried, eaten in this order, on an open day, with the limits before it leaves."""
    book = shipped(name)
    found = trip(book, day)
    if found is None:
        return
    assert found.made <= found.delivery <= day <= found.eat_by
    assert (found.eat_by - found.made).days <= book.shelf_life_days
    assert not is_closed(book, found.delivery)
    assert found.cancel_until <= found.leaves
    assert found.order_until < found.leaves
