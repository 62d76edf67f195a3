"""A doubtful probe: near the truth and knowing how near, emptyings shown at once or one report late."""

import json
from itertools import product
from math import sqrt

import pytest
from hypothesis import given

from fill.document import state_from_document, state_to_document
from fill.doubt import KEPT, judge
from fill.emptyings import told
from fill.fold import first, fold
from fill.model import Emptied, Reading, Refused, State
from fill.story import Echo, Story
from fill.tremor import first_doubt
from tests.fill.cases import COLUMN, any_series, at, echo, levels, life, play, unhurried

WARM = 60  # reports before anything is counted
SEEDS = range(8)


def lived(noise: float, lies: float = 0.0) -> list[tuple[State, float, bool, tuple[Emptied, ...]]]:
    """Half-years of a probe, report by report: state, truth, whether just emptied, emptyings told."""
    found = []
    for seed in SEEDS:
        readings, truth, lifted = life(seed, 120, noise, lies)
        state = first(COLUMN)
        for report, reading in enumerate(readings):
            state, events = fold(state, reading, COLUMN)
            if report >= WARM:
                fell = tuple(event for event in events if isinstance(event, Emptied))
                found.append((state, truth[report], report in lifted, fell))
    return found


@pytest.mark.parametrize(
    ("noise", "lies", "least"), [(4, 0, 0.94), (8, 0, 0.84), (12, 0, 0.74), (1, 0.3, 0.9)]
)
def test_levels_are_near_the_truth_and_know_how_near(noise: float, lies: float, least: float) -> None:
    """Within 5 points as often as chance leaves; the 80 % interval holds no fewer truths than it says.

    And rather more: here no heap lies under the hatch, which the interval has room for.
    """
    reports = lived(noise, lies)
    near = [abs((state.fill_percent or 0.0) - truth) <= 5 for state, truth, _, _ in reports]
    assert sum(near) >= least * len(near)
    inside = [
        abs(track.level - truth) <= 1.2816 * sqrt(track.variance)
        for state, truth, _, _ in reports
        if (track := state.memory.track) is not None
    ]
    assert 0.77 <= sum(inside) / len(inside) <= (0.99 if lies else 0.92)


@pytest.mark.parametrize("noise", [4, 8, 12])
def test_an_emptying_nobody_told_shows_at_once_or_one_report_late(noise: float) -> None:
    """From echoes alone: the level has fallen by the report after the first low one, hardly ever without."""
    reports = lived(noise)
    lifts = [n for n, (_, _, lifted, _) in enumerate(reports[:-1]) if lifted]
    shown = [n for n in lifts if (reports[n + 1][0].fill_percent or 0.0) <= reports[n + 1][1] + 20]
    assert len(lifts) > 30
    assert len(shown) >= 0.95 * len(lifts)
    false = [
        n for n, (*_, fell) in enumerate(reports) if fell and not any(0 <= n - lift <= 2 for lift in lifts)
    ]
    assert len(false) <= 2


def test_the_drivers_word_is_believed_with_the_next_echo() -> None:
    """Of a probe that trembles by 8 points: told, the emptying shows with one echo that could be anything."""
    readings, _, _ = life(0, 30, 8.0)
    quiet = [reading for reading in readings if reading.measured_at < at(150)]
    state, _ = play([*quiet, *levels([60, 66, 58, 63, 69, 57, 66, 61], start=150)])
    before = state.fill_percent or 0.0
    unsaid, _ = play([echo(158, 30)], state)
    said, events = play([echo(158, 30)], told(state, at(157.5)))
    assert before > 50
    assert (unsaid.fill_percent or 0.0) > before - 20
    assert (said.fill_percent or 0.0) < 20
    assert [(event.at, event.since) for event in events if isinstance(event, Emptied)] == [(at(158), at(157))]
    assert said.memory.confirmed_at is None


def test_what_is_told_wrongly_is_taken_back() -> None:
    """The driver said so of the wrong column: the echoes go on high, and so does the level."""
    readings, _, _ = life(0, 30, 8.0)
    quiet = [reading for reading in readings if reading.measured_at < at(150)]
    state, _ = play([*quiet, *levels([60, 66, 58, 63, 69, 57, 66, 61], start=150)])
    wrongly, _ = play(levels([64, 57, 66, 60, 63], start=158), told(state, at(157.5)))
    assert wrongly.fill_percent == pytest.approx(62, abs=6)


@pytest.mark.parametrize(("noise", "lies"), [(5, 0.0), (9, 0.0), (14, 0.0), (1, 0.25)])
def test_trembling_and_lying_are_told_apart(noise: float, lies: float) -> None:
    """What the probe has of either is learned: the tremor to a fifth, the share of lies by 13 in 100."""
    for seed in range(4):
        state, _ = play(life(seed, 90, noise, lies)[0])
        track = state.memory.track
        assert track is not None
        if lies:
            assert track.lies == pytest.approx(lies, abs=0.13)
            assert track.noise < 4
        else:
            assert track.noise == pytest.approx(noise, rel=0.25)
            assert track.lies < 0.03


@unhurried
@given(any_series())
def test_stories_stay_few_and_sane(readings: list[Reading]) -> None:
    """Whatever comes: at most four stories, their weights a share, their levels in the container."""
    state = first(COLUMN)
    for reading in readings:
        state, _ = fold(state, reading, COLUMN)
        track = state.memory.track
        if track is None or track.doubt is None:
            continue
        stories = track.doubt.stories
        assert 1 <= len(stories) <= KEPT
        assert sum(one.weight for one in stories) == pytest.approx(1.0, abs=1e-3)
        assert all(0.0 <= one.level <= 100.0 and one.variance > 0.0 for one in stories)


def trembling() -> dict[str, object]:
    """A state's document with stories in it."""
    return state_to_document(play(life(3, 40, 8.0)[0])[0])


def test_a_state_from_before_the_stories_is_still_read() -> None:
    """It has the last echoes of a doubtful probe instead; the level goes on, the next echo begins a story."""
    document = json.loads(json.dumps(trembling()))
    del document["memory"]["track"]["doubt"]
    document["memory"]["track"]["recent"] = [["2026-12-01T06:00:00Z", 40.0, 42.5]]
    state = state_from_document(document)
    assert state.memory.track is not None
    assert state.memory.track.doubt is None
    after, _ = play([echo(240, state.fill_percent)], state)
    assert after.memory.track is not None
    assert after.memory.track.doubt is not None
    assert state_from_document(state_to_document(after)) == after


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"stories": []}, "doubt must have a story"),
        ({"stories": [{}]}, "stories lacks"),
        ({"stories": None}, "stories must be a list of at most"),
        ({"lies": 1.0}, "lies must be from 0 up and below 1"),
        ({"trembles": -1.0}, "trembles must not be negative"),
    ],
)
def test_broken_stories_are_refused(change: dict[str, object], sentence: str) -> None:
    """With the field's name."""
    document = json.loads(json.dumps(trembling()))
    document["memory"]["track"]["doubt"].update(change)
    with pytest.raises(Refused, match=sentence):
        state_from_document(document)


def test_full_stories_told_as_one_are_not_fuller_than_full() -> None:
    """Whatever their weights: the mean of levels of 100 is 100, rounding or not."""
    full, empty = Echo(percent=100.0, edge=100.0, blind_share=0.0), Story(0.05, 3.0, 9.0, 1.0, 0.1)
    for one, other in product(range(1, 60), repeat=2):
        first_of_two = 0.95 * one / (one + other)
        stories = [Story(weight, 100.0, 0.0, 0.0, 0.0) for weight in (first_of_two, 0.95 - first_of_two)]
        doubt = judge(first_doubt(2.0, 0.01, (empty, *stories)), at(0), at(4), full, False).doubt
        assert doubt.stories[0].level > 99.0
        assert max(story.level for story in doubt.stories) <= 100.0
