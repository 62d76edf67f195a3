"""Which echo is believed: near ones at once, far ones with a witness; what is and what is not an emptying."""

from statistics import mean

import pytest

from fill.fold import first, fold
from fill.model import Calibration, Emptied
from tests.fill.cases import COLUMN, at, echo, emptyings, levels, life, play, rising


def test_first_reading_is_shown_as_it_is() -> None:
    """The first echo has nothing to be compared with: it is the level, though not yet a settled one."""
    state, events = play([echo(0, 42)])
    assert (state.fill_percent, state.quality, events) == (42.0, "ok", [])
    assert state.memory.track is not None
    assert not state.memory.track.settled


def test_level_follows_a_clean_probe() -> None:
    """A column that fills evenly is known within a point."""
    state, _ = play(levels(rising(10, 60, 60)))
    assert state.fill_percent == pytest.approx(60, abs=1)


@pytest.mark.parametrize("wild", [0, 10, 20, 80, 100])
def test_one_wild_echo_moves_nothing(wild: float) -> None:
    """A single outlier, up or down, leaves the level and says nothing, and the next reading goes on."""
    state, events = play([*levels([50, 50, 50, 50]), echo(4, wild)])
    assert (state.fill_percent, events) == (50.0, [])
    state, events = play(levels([50, 50, 50]), state=play([*levels([50, 50]), echo(2, wild)])[0])
    assert (state.fill_percent, events) == (50.0, [])


def test_emptying_is_confirmed_and_dated_at_its_first_low_reading() -> None:
    """Two low readings are an emptying; it happened before the first of them."""
    state, events = play(levels([58, 59, 60, 3]))
    assert events == []
    assert state.fill_percent == pytest.approx(59.5, abs=0.5)
    state, events = play([echo(4, 4)], state)
    assert [(event.at, event.after_percent) for event in emptyings(events)] == [(at(3), 3.0)]
    assert emptyings(events)[0].before_percent == pytest.approx(59.5, abs=0.5)
    assert (state.fill_percent, state.last_emptied_at) == (4.0, at(3))


def test_crane_is_a_witness() -> None:
    """Tilted, then upright and low: one low reading is enough, and no tilt alert is raised."""
    state, events = play([*levels([60, 61, 62]), echo(3, 90, tilt_deg=55), echo(4, 2, tilt_deg=1)])
    assert [(event.at, event.after_percent) for event in emptyings(events)] == [(at(4), 2.0)]
    assert events == emptyings(events)
    assert state.fill_percent == 2.0


def test_crane_confirms_a_fall_already_seen() -> None:
    """Low, tilted, low: dated at the first low reading."""
    _, events = play([*levels([60, 61, 62, 2]), echo(4, 90, tilt_deg=55), echo(5, 3, tilt_deg=1)])
    assert [event.at for event in emptyings(events)] == [at(3)]


def test_smaller_fall_is_no_emptying() -> None:
    """A heap that settles by 20 points moves the level, once confirmed, and says nothing."""
    state, events = play(levels([50, 50, 50, 30, 30]))
    assert (state.fill_percent, events) == (30.0, [])


def test_jump_up_needs_a_witness_and_keeps_what_both_show() -> None:
    """A van-load: held for one report, then believed, at the lower of the two when they differ."""
    state, _ = play(levels([20, 20, 20, 66]))
    assert state.fill_percent == pytest.approx(20, abs=0.5)
    assert play([echo(4, 67)], state)[0].fill_percent == 67.0
    assert play([echo(4, 45)], state)[0].fill_percent == 45.0
    far, _ = play(levels([20, 20, 20, 45, 95]))
    assert far.fill_percent == 45.0


def test_contradictory_first_readings_start_again() -> None:
    """When the first two echoes disagree nobody knows which is right: the third decides, no emptying."""
    state, events = play(levels([90, 10, 11]))
    assert state.fill_percent == pytest.approx(10.5, abs=0.6)
    assert events == []


def test_majority_story_survives_a_lie() -> None:
    """A lie among the low readings after an emptying: still dated at the first of them."""
    lies = levels([50, 50, 90, 51, 51, 5, 52, 53, 98, 54])
    _, events = play([*lies, *levels([60, 65, 72, 78, 80, 2, 3, 45, 3, 4, 4], start=10)])
    assert [event.at for event in emptyings(events)] == [at(15)]


def test_lying_probe_must_say_it_three_times() -> None:
    """After two lies in fifty echoes a jump up needs three witnesses; a probe that never lied needs two."""
    lied, _ = play(levels([50, 50, 90, 50, 50, 5, 50, 50]))
    state, events = play(levels([80, 81], start=8), lied)
    assert state.fill_percent == pytest.approx(50, abs=1)
    assert events == []
    state, _ = play([echo(10, 81)], state)
    assert state.fill_percent == pytest.approx(81, abs=1)


def test_lying_probe_may_tell_an_emptying_twice() -> None:
    """Two echoes near the bottom are an emptying, even from a probe that lied: emptyings lead there."""
    lied, _ = play(levels([50, 50, 90, 50, 50, 5, 50, 50]))
    assert play(levels([8], start=8), lied)[1] == []
    state, events = play(levels([8, 9], start=8), lied)
    assert [(event.at, event.since) for event in emptyings(events)] == [(at(8), at(7))]
    assert state.fill_percent == pytest.approx(
        8.5, abs=1.5
    )  # emptyings lead to the bottom: it is pulled there


def test_contradictory_lies_move_nothing() -> None:
    """Low, high, anything, around a level known well: nothing is believed, the level stays."""
    state, events = play(levels([*[50.0] * 12, 2, 97, 30, 80, 10, 70]))
    assert state.fill_percent == pytest.approx(50, abs=1)
    assert emptyings(events) == []


def test_dead_zone_is_at_least_its_edge_when_going_there() -> None:
    """A column seen rising to 88 %, then blind: at least 90 %, where the dead zone begins."""
    column = Calibration(volume_l=3000, empty_distance_mm=1800, full_distance_mm=300, dead_zone_mm=450)
    state, _ = play(levels(rising(76, 88, 13)), column=column)
    state, _ = play([echo(13, None, echo_error="blind_zone"), echo(14, None, distance_mm=100)], state, column)
    assert state.fill_percent == pytest.approx(90, abs=1)
    assert state.quality == "saturated"


def test_dead_zone_says_nothing_from_afar() -> None:
    """A half-full column whose probe goes blind (a spider web) keeps its level, marked, to be checked."""
    state, events = play(
        [*levels([50, 50, 50]), *[echo(3 + n, None, echo_error="blind_zone") for n in range(3)]]
    )
    assert (state.fill_percent, state.quality) == (50.0, "saturated")
    assert [type(event).__name__ for event in events] == ["AlertOpened"]


def test_clean_sawtooth_is_emptied_exactly_once_a_tooth() -> None:
    """Filled to 85 and emptied five times: five emptyings, each dated at its first low reading."""
    tooth = rising(2, 85, 40)
    _, events = play(levels(tooth * 5 + [2.0, 4.0]))
    assert [event.at for event in emptyings(events)] == [at(40 * n) for n in range(1, 6)]


def test_a_noisy_probe_is_tamed() -> None:
    """Half a year of echoes 10 points wrong: within 5 points on average, nine emptyings in ten found."""
    errors, found, false, all_lifted = [], 0, 0, 0
    for seed in range(6):
        readings, truth, lifted = life(seed, 180, noise=10)
        state, dates = first(COLUMN), []
        for report, reading in enumerate(readings):
            state, events = fold(state, reading, COLUMN)
            dates += [event.at for event in events if isinstance(event, Emptied)]
            if report > 60 and not any(0 <= report - n <= 6 for n in lifted):
                errors.append(abs((state.fill_percent or 0) - truth[report]))
        near = [n for n in lifted if any(abs((date - at(n)).total_seconds()) <= 2 * 14_400 for date in dates)]
        found, false, all_lifted = found + len(near), false + len(dates) - len(near), all_lifted + len(lifted)
    assert all_lifted > 50
    assert mean(errors) < 5
    assert found >= 0.9 * all_lifted
    assert false <= 0.05 * all_lifted


def test_a_clean_probe_is_exact() -> None:
    """Half a year with a point of noise: every emptying found at its report, none invented."""
    for seed in range(4):
        readings, _, lifted = life(seed, 180)
        _, events = play(readings)
        assert [event.at for event in emptyings(events)] == [at(n) for n in lifted]
