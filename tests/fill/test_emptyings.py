"""What people tell of emptyings: enough with one low reading, or where the estimate begins again."""

from datetime import timedelta

import pytest

from fill.document import state_from_document, state_to_document
from fill.emptyings import told
from fill.fold import fold, tick
from fill.model import Refused
from tests.fill.cases import COLUMN, START, at, echo, emptyings, levels, play, rising


def test_a_word_makes_the_next_low_reading_enough() -> None:
    """The driver tells, the next reading is low: an emptying at once; without a word it waits."""
    state, _ = play(levels([60, 61, 62]))
    heard = told(state, at(2) + timedelta(hours=1))
    assert heard.fill_percent == state.fill_percent
    (shown,) = emptyings(play([echo(3, 3)], heard)[1])
    assert (shown.at, shown.since) == (at(3), at(2))
    assert emptyings(play([echo(3, 3)], state)[1]) == []
    (partial,) = emptyings(play([echo(3, 40)], heard)[1])
    assert partial.after_percent == 40


def test_a_word_the_level_denies_is_forgotten() -> None:
    """Two days later a single low reading is again a single low reading."""
    heard = told(play(levels([60, 61, 62]))[0], at(2) + timedelta(hours=1))
    state, _ = play(levels([62.0] * 14, start=3), heard)
    assert emptyings(play([echo(17, 3)], state)[1]) == []


def test_an_estimate_begins_again() -> None:
    """Silent since report 30; emptied at report 40, says the driver: two points there, and up."""
    state, _ = tick(play(levels(rising(20, 50, 31)))[0], at(36), COLUMN)
    after = told(state, at(40))
    assert (after.fill_percent, after.believed_at, after.last_emptied_at) == (2.0, at(40), at(40))
    assert state_from_document(state_to_document(after)) == after
    assert told(after, at(40) - timedelta(hours=1)) is after  # told twice
    spoken, events = fold(after, echo(46, 9), COLUMN)
    assert (spoken.quality, spoken.estimated) == ("ok", False)
    assert spoken.fill_percent == pytest.approx(8, abs=2)
    assert emptyings(list(events)) == []


def test_told_before_the_probe_fell_silent() -> None:
    """The lift killed the probe: the silence noticed later starts from the driver's word."""
    heard = told(play(levels(rising(20, 50, 31)))[0], at(30) + timedelta(hours=1))
    quiet, _ = tick(heard, at(40), COLUMN)
    assert (quiet.fill_percent, quiet.believed_at) == (2.0, at(30) + timedelta(hours=1))


def test_told_while_a_probe_repeats_itself_unnoticed() -> None:
    """Stuck since report 183, emptied at 190, found out later: the estimate starts from the emptying."""
    state, _ = play(levels([n for tooth in range(3) for n in rising(5, 65, 61)]))
    state, _ = play([echo(183 + n, 30) for n in range(8)], state)
    state, _ = play([echo(191 + n, 30) for n in range(12)], told(state, at(190)))
    assert state.quality == "stuck"
    assert state.believed_at == at(190)
    assert state.fill_percent == pytest.approx(14, abs=3)


def test_late_words_and_impossible_ones() -> None:
    """What the level has answered long since changes nothing; an instant without a zone is refused."""
    state, _ = play(levels([60, 3, 4, 5, 6]))
    assert told(state, at(1)) is state
    assert told(state, at(1) + timedelta(hours=1)) is state
    with pytest.raises(Refused, match="at has no time zone"):
        told(state, START.replace(tzinfo=None))
