"""Days have the features they should, and any interval is cut into local days that add up."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fill.season import (
    COUNT,
    FIRST_KIND,
    MONDAY,
    NAMES,
    RAIN,
    RATE,
    USUAL_HOURS,
    cumulated,
    ends_of_days,
    features,
    parts,
)
from tests.fill.cases import unhurried

HOURS = cumulated(USUAL_HOURS)
instants = st.integers(0, 3 * 365 * 86_400).map(
    lambda s: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)


def test_every_effect_has_a_name() -> None:
    """As many names as effects, each once."""
    assert len(NAMES) == len(set(NAMES)) == COUNT


def test_a_day_has_its_features() -> None:
    """A wet Saturday of the summer holidays: the pace, Saturday, summer, half the rain, the time of year."""
    found = dict(features(date(2026, 7, 18), {date(2026, 7, 18): 5.0}))
    assert found[RATE] == found[MONDAY + 5] == found[FIRST_KIND + 1] == 1.0
    assert found[RAIN] == 0.5
    assert MONDAY not in found
    assert RAIN not in dict(features(date(2026, 7, 18)))
    assert dict(features(date(2026, 7, 18), {date(2026, 7, 18): 80.0}))[RAIN] == 1.0


@unhurried
@given(instants, st.floats(0, 60), st.floats(0, 60))
def test_parts_add_up(since: datetime, first: float, second: float) -> None:
    """Cutting an interval in two changes no day's share, and whole days are whole."""
    middle = since + timedelta(days=first)
    until = middle + timedelta(days=second)
    whole = dict(parts(since, until, HOURS))
    halves: dict[date, float] = {}
    for day, share in (*parts(since, middle, HOURS), *parts(middle, until, HOURS)):
        halves[day] = halves.get(day, 0.0) + share
    assert {day: pytest.approx(share) for day, share in halves.items() if share > 1e-9} == {
        day: share for day, share in whole.items() if share > 1e-9
    }
    assert all(0.0 < share <= 1.0 for share in whole.values())
    assert list(whole) == sorted(whole)


def test_nobody_comes_at_night() -> None:
    """Between two and five in the morning, in Paris, the usual hours bring nothing."""
    night = datetime(2026, 11, 24, 1, tzinfo=UTC)
    assert sum(share for _, share in parts(night, night + timedelta(hours=3), HOURS)) == 0.0


def test_days_end_at_midnight_in_paris() -> None:
    """Also over the night the clocks change; today's end comes first."""
    found = ends_of_days(datetime(2026, 10, 24, 12, tzinfo=UTC), 3)
    assert [end.hour for end in found] == [22, 23, 23]
    assert found[0] == datetime(2026, 10, 24, 22, tzinfo=UTC)
