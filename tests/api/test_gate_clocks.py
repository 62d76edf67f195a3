"""A terminal's instants are mended by what was heard of its clock, and both are kept."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from api.gate.clocks import Hearing, dated, milliseconds

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_same_start_dates_by_uptime() -> None:
    """The clock on the wall was set by three years between the scan and the hearing: it does not matter."""
    hearing = Hearing(heard_at=NOON, said_at=NOON, boot=7, up_ms=5_000_000)
    said = NOON - timedelta(days=1000)
    at, heard = dated(said, 7, 5_000_000 - 600_000, 12, [hearing])
    assert at == NOON - timedelta(minutes=10)
    assert (heard.source, heard.said_at, heard.seq) == ("uptime", said, 12)
    assert heard.error_ms == milliseconds(said - at)


def test_another_start_dates_by_the_nearest_error() -> None:
    """Fast by an hour before, by two after: each entry takes the error of its own time."""
    hearings = [
        Hearing(heard_at=NOON, said_at=NOON + HOUR, boot=1, up_ms=1),
        Hearing(heard_at=NOON + 9 * HOUR, said_at=NOON + 11 * HOUR, boot=3, up_ms=1),
    ]
    early, _ = dated(NOON + 2 * HOUR, 2, 10, 1, hearings)
    late, heard = dated(NOON + 10 * HOUR, 2, 10, 1, hearings)
    assert (early, late) == (NOON + HOUR, NOON + 8 * HOUR)
    assert (heard.source, heard.error_ms) == ("heartbeat", 7_200_000)


def test_never_heard_is_believed_and_said_so() -> None:
    """Nothing better is known than what the terminal says."""
    at, heard = dated(NOON, 1, 1, 1, [])
    assert (at, heard.source, heard.error_ms) == (NOON, "none", 0)


@given(
    error=st.timedeltas(min_value=timedelta(days=-3000), max_value=timedelta(days=3000)),
    before=st.integers(0, 86_400_000),
    up=st.integers(86_400_000, 10**11),
)
def test_any_constant_error_is_taken_off(error: timedelta, before: int, up: int) -> None:
    """By uptime or by error, a clock that is only off gives the true instant."""
    hearing = Hearing(heard_at=NOON, said_at=NOON + error, boot=1, up_ms=up)
    true = NOON - timedelta(milliseconds=before)
    for boot in (1, 2):
        at, _ = dated(true + error, boot, up - before, 1, [hearing])
        assert at == true
