"""Days, weeks and holidays as a council counts them, through both changes of the hour."""

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

from access.calendar import PARIS, holidays, is_open, next_opening, window
from access.model import SPANS
from tests.access.books import small

instants = st.integers(0, 6_000_000_000).map(
    lambda seconds: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (2000, date(2000, 4, 23)),
        (2008, date(2008, 3, 23)),
        (2011, date(2011, 4, 24)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
    ],
)
def test_easter(year: int, sunday: date) -> None:
    """Known Easters, the earliest and the latest of our time among them."""
    assert easter(year) == sunday


def test_holidays_of_2026() -> None:
    """The eleven of the Code du travail."""
    assert sorted(holidays(2026)) == [
        date(2026, 1, 1), date(2026, 4, 6), date(2026, 5, 1), date(2026, 5, 8), date(2026, 5, 14),
        date(2026, 5, 25), date(2026, 7, 14), date(2026, 8, 15), date(2026, 11, 1), date(2026, 11, 11),
        date(2026, 12, 25),
    ]  # fmt: skip


@given(at=instants, per=st.sampled_from(SPANS), days=st.integers(1, 400))
def test_window_holds_its_instant(at: datetime, per: str, days: int) -> None:
    """Whatever the span, the instant is inside, and both ends are midnights of Paris."""
    found = window(at, per, days)  # type: ignore[arg-type]
    assert found.start <= at < found.end
    assert {one.astimezone(PARIS).time().hour for one in (found.start, found.end)} == {0}


@given(at=instants, per=st.sampled_from([one for one in SPANS if one != "rolling"]))
def test_spans_follow_each_other_without_gap(at: datetime, per: str) -> None:
    """The end of a span is the start of the next: no passage counts twice or never."""
    found = window(at, per)  # type: ignore[arg-type]
    assert window(found.end, per).start == found.end  # type: ignore[arg-type]
    assert window(found.end - timedelta(microseconds=1), per) == found  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        ("2026-05-04T08:59:59", False),  # a Monday
        ("2026-05-04T09:00:00", True),
        ("2026-05-04T12:00:00", False),
        ("2026-05-04T14:00:00", True),
        ("2026-05-05T10:30:00", True),  # an exception, on a Tuesday otherwise closed
        ("2026-05-06T10:30:00", False),
        ("2026-05-09T10:00:00", False),  # a Saturday closed by exception
        ("2026-05-16T17:59:59", True),
        ("2026-05-25T10:00:00", False),  # Whit Monday
    ],
)
def test_opening_hours(at: str, opened: bool) -> None:
    """The first minute is open, the last is not; exceptions and holidays replace the week's hours."""
    assert is_open(small().sites["fruges"], datetime.fromisoformat(at).replace(tzinfo=PARIS)) is opened


def test_next_opening_skips_holidays_and_closures() -> None:
    """From Friday evening: not the closed Saturday, but Monday."""
    friday = datetime(2026, 5, 8, 20, tzinfo=PARIS)
    assert next_opening(small().sites["fruges"], friday) == datetime(2026, 5, 11, 9, tzinfo=PARIS)
