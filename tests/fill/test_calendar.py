"""Holidays are those that were published; beyond, they are guessed as they have always been."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

from fill.calendar import (
    OFFICIAL,
    is_official,
    kind_of,
    public_holidays,
    school_holiday,
)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2025-10-17", None),
        ("2025-10-18", "autumn"),
        ("2025-11-02", "autumn"),
        ("2025-11-03", None),
        ("2026-02-14", "winter"),
        ("2026-03-01", "winter"),
        ("2026-03-02", None),
        ("2026-08-31", "summer"),
        ("2026-09-01", None),
        ("2023-09-03", "summer"),
        ("2027-02-20", "winter"),
        ("2028-04-08", "spring"),
        ("2019-12-25", "christmas"),
        ("2033-07-20", "summer"),
        ("2033-10-01", None),
    ],
)
def test_school_holidays_of_zone_b(day: str, name: str | None) -> None:
    """The edges of published holidays, and plain cases of years that are guessed."""
    assert school_holiday(date.fromisoformat(day)) == name


def test_published_periods_are_in_order_and_of_a_likely_length() -> None:
    """No two periods overlap; small holidays last about two weeks, the summer about eight."""
    for before, after in pairwise(OFFICIAL):
        assert before.last < after.first
    for period in OFFICIAL:
        days = (period.last - period.first).days + 1
        assert (52 <= days <= 60) if period.name == "summer" else (16 <= days <= 17)


@pytest.mark.parametrize("year", range(2029, 2040))
def test_guessed_years_look_like_the_others(year: int) -> None:
    """Between 110 and 130 days of holidays a year, the five of them, and said to be a guess."""
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    found = [name for day in days if (name := school_holiday(day)) is not None]
    assert 105 <= len(found) <= 130
    assert set(found) == {"christmas", "winter", "spring", "summer", "autumn"}
    assert not any(is_official(day) for day in days)


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25)]
)
def test_easter(year: int, month: int, day: int) -> None:
    """Dates of the Bureau des longitudes, the latest possible among them."""
    assert easter(year) == date(year, month, day)


@given(st.integers(1990, 2150))
def test_public_holidays(year: int) -> None:
    """Eleven or fewer when two fall together; Easter Monday is a Monday, Ascension a Thursday."""
    found = public_holidays(year)
    assert 10 <= len(found) <= 11
    assert easter(year).weekday() == 6
    assert easter(year) + timedelta(days=1) in found
    assert (easter(year) + timedelta(days=39)).weekday() == 3


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-12-23", "school"),
        ("2026-12-24", "year_end"),
        ("2026-12-25", "year_end"),
        ("2027-01-02", "year_end"),
        ("2027-01-03", "school"),
        ("2026-07-14", "public"),
        ("2026-07-15", "summer"),
        ("2026-11-11", "public"),
        ("2026-11-23", "ordinary"),
    ],
)
def test_the_rarest_kind_wins(day: str, kind: str) -> None:
    """A public holiday within the holidays is a public holiday; the turn of the year is its own kind."""
    assert kind_of(date.fromisoformat(day)) == kind
