"""What holds for any life of a container: nothing raises, alerts alternate, late readings change nothing."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fill.document import state_from_document, state_to_document
from fill.fold import first, fold, restart, tick
from fill.forecast import forecast
from fill.model import KINDS, AlertClosed, AlertOpened, Calibration, Emptied, Reading, Refused
from tests.fill.cases import (
    COLUMN,
    START,
    any_reading,
    any_series,
    at,
    calibrations,
    echo,
    levels,
    life,
    play,
    rising,
    unhurried,
)

lives = any_series() | st.lists(any_reading(), max_size=40)


@unhurried
@given(lives, calibrations | st.just(COLUMN), st.lists(st.booleans(), min_size=60, max_size=60))
def test_any_life_is_lived(readings: list[Reading], column: Calibration, ticks: list[bool]) -> None:
    """Never raises; fill in 0..100; each kind alternates, never closing before opening; states round-trip."""
    state = first(column)
    opened_at: dict[str, datetime | None] = dict.fromkeys(KINDS)
    for reading, ticking in zip(readings, ticks, strict=False):
        state, events = fold(state, reading, column)
        if ticking:
            state, more = tick(state, (state.measured_at or START) + timedelta(days=2), column)
            events += more
        for event in events:
            if isinstance(event, AlertOpened):
                assert opened_at[event.kind] is None
                opened_at[event.kind] = event.at
                assert event.sentence.endswith(".")
            elif isinstance(event, AlertClosed):
                begun = opened_at[event.kind]
                assert begun is not None
                assert event.at >= begun
                opened_at[event.kind] = None
            elif event.source == "level":
                least = 29.9 if event.lifted_at is None else 9.9
                assert event.before_percent - event.after_percent >= least
        assert state.open_alerts == {kind for kind, begun in opened_at.items() if begun is not None}
        assert state.fill_percent is None or 0 <= state.fill_percent <= 100
        assert state.rate_percent_per_day is None or state.rate_percent_per_day >= 0
        assert state_from_document(state_to_document(state)) == state
        for point in forecast(state, column, reading.measured_at, 7200).points:
            assert 0 <= point[1] <= point[2] <= point[3] <= 100


@unhurried
@given(any_series(), st.integers(0, 59), any_reading())
def test_late_readings_change_nothing(readings: list[Reading], age: int, late: Reading) -> None:
    """Measured at or before the state's instant: the very same state, and nothing happened."""
    state, _ = play(readings)
    assert state.measured_at is not None
    for reading in [*readings, late]:
        if reading.measured_at <= state.measured_at:
            again, events = fold(state, reading, COLUMN)
            assert again is state
            assert events == ()


@unhurried
@given(any_series(), st.data())
def test_duplicates_are_harmless(readings: list[Reading], data: st.DataObject) -> None:
    """Readings delivered again, at once or later, in any order, change neither state nor events."""
    expected = play(readings)
    again = []
    for place, reading in enumerate(readings):
        again.append(reading)
        again += data.draw(st.lists(st.sampled_from(readings[: place + 1]), max_size=3))
    assert play(again) == expected


@unhurried
@given(any_series(), st.integers(0, 60))
def test_a_state_goes_on_from_its_document(readings: list[Reading], cut: int) -> None:
    """Stopping anywhere and going on from the document is the same as never stopping."""
    state, events = play(readings[:cut])
    state, more = play(readings[cut:], state_from_document(state_to_document(state)))
    assert (state, events + more) == play(readings)


@unhurried
@given(any_series())
def test_restart_at_any_moment(readings: list[Reading]) -> None:
    """A new probe may come at any moment: no emptying comes of its first reading, the state is a document."""
    state, _ = play(readings)
    assert state.measured_at is not None
    fresh = restart(state)
    after, events = play(
        [Reading(measured_at=state.measured_at + timedelta(hours=4), distance_mm=1790)], fresh
    )
    assert not any(isinstance(event, Emptied) for event in events)
    assert state_from_document(state_to_document(after)) == after


def test_missing_values_keep_the_last_known() -> None:
    """A reading about the level alone does not forget temperature, battery and tilt."""
    state, _ = play([echo(0, 50, temperature_c=7.5, battery_percent=80.0, tilt_deg=4), echo(1, 50)])
    assert (state.temperature_c, state.battery_percent, state.tilt_deg) == (7.5, 80.0, 4)


def test_full_at() -> None:
    """Where the rate leads; the past instant once full; unknown without a rate; gone after the emptying."""
    state, _ = play(levels(rising(20, 50, 31)))
    assert state.full_at is not None
    assert (state.full_at - at(80)).total_seconds() == pytest.approx(0, abs=4 * 3600)
    full, _ = play(levels(rising(51, 101, 51), start=31), state)
    assert full.full_at is not None
    assert at(78) <= full.full_at <= at(81)
    later, _ = play(levels([100, 100, 99.5], start=82), full)
    assert later.full_at == full.full_at
    emptied, _ = play(levels([2, 3], start=85), later)
    assert emptied.full_at is not None
    assert emptied.full_at > at(150)
    assert play(levels([50, 50]))[0].full_at is None
    assert play(levels([50.0] * 10))[0].full_at is None  # a rate of nought leads nowhere


def test_irregular_reports_find_the_same_rate() -> None:
    """Six points a day read at random instants: as read every four hours, within half a point."""
    readings, _, _ = life(3, 60, noise=0.5)
    whole, _ = play(readings)
    thinned, _ = play(
        [reading for n, reading in enumerate(readings) if n % 7 in (0, 1, 4) or n > len(readings) - 8]
    )
    assert whole.rate_percent_per_day is not None
    assert thinned.rate_percent_per_day == pytest.approx(whole.rate_percent_per_day, abs=0.5)


def test_tick_refuses_a_naive_now() -> None:
    """Time without a zone is refused at this border too."""
    with pytest.raises(Refused, match="now has no time zone"):
        tick(first(COLUMN), START.replace(tzinfo=None), COLUMN)


def test_memory_does_not_grow() -> None:
    """After a year of readings the document is no larger than after a week, give or take digits."""
    readings, _, _ = life(1, 365)
    week, _ = play(readings[:42])
    year, _ = play(readings[42:], week)
    assert len(str(state_to_document(year))) < len(str(state_to_document(week))) + 200 < 1500
