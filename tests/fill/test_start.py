"""Where a forecast starts: at the believed level, and at the bottom as soon as an honest probe shows it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fill.fold import fold
from fill.model import Calibration, Reading, State
from fill.start import BOTTOM_PERCENT, start_of

START = datetime(2026, 3, 2, tzinfo=UTC)
COLUMN = Calibration(volume_l=4000, empty_distance_mm=1800, full_distance_mm=300)


def after(*levels: float) -> State:
    """A state that was shown these levels, four hours apart."""
    state = State()
    for number, level in enumerate(levels):
        at = START + timedelta(hours=4 * number)
        state, _ = fold(state, Reading(measured_at=at, distance_mm=round(1800 - 15 * level)), COLUMN)
    return state


RISING = tuple(40.0 + 1.5 * n for n in range(20))


def test_nothing_before_two_readings_agree() -> None:
    """One reading is no level."""
    assert start_of(State(), "silent") is None
    assert start_of(after(40.0), "ok") is None
    assert start_of(after(40.0, 41.0), "ok") is not None


def test_the_believed_level() -> None:
    """With its instant and its doubt; a probe that is not trusted says so."""
    state = after(*RISING)
    found = start_of(state, "ok")
    assert found is not None
    assert state.memory.track is not None
    assert (found.percent, found.at, found.trusted) == (state.memory.track.level, state.measured_at, True)
    stuck = start_of(state, "stuck")
    assert stuck is not None
    assert stuck == replace(found, trusted=False)


def test_a_fall_to_the_bottom_is_believed_at_once() -> None:
    """The page still shows the old level, the forecast starts from the new one; the next echo settles it."""
    once = after(*RISING, 4.0)
    assert once.fill_percent is not None
    assert once.fill_percent > 60
    found = start_of(once, "ok")
    assert found is not None
    assert found.percent == 4.0
    assert found.at == once.measured_at
    lie = start_of(after(*RISING, 4.0, 70.0), "ok")
    assert lie is not None
    assert lie.percent > 60
    emptied = start_of(after(*RISING, 4.0, 5.0), "ok")
    assert emptied is not None
    assert emptied.percent < 10


def test_what_is_no_ordinary_emptying_waits() -> None:
    """A fall to the middle, and a fall told by a probe that lies: the old level stays."""
    middle = start_of(after(*RISING, BOTTOM_PERCENT + 3.0), "ok")
    assert middle is not None
    assert middle.percent > 60
    state = after(*RISING, 4.0)
    track = state.memory.track
    assert track is not None
    lying = replace(state, memory=replace(state.memory, track=replace(track, lies=0.1)))
    found = start_of(lying, "noisy")
    assert found is not None
    assert found.percent > 60
