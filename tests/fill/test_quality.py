"""Each word for a probe, its evidence, and what is shown while it is not believed."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from fill.fold import first, fold, restart, tick
from fill.model import Calibration, Emptied, Quality, Reading, State
from fill.quality import evidence
from tests.fill.cases import COLUMN, at, echo, emptyings, levels, life, play, rising


def told(state: State, column: Calibration = COLUMN) -> tuple[Quality, str]:
    """The word and its evidence, as a page shows them."""
    found = evidence(state, column)
    return found.quality, found.sentence.replace("\u00a0", " ")


STEADY = "Mesures régulières, à 1,8 points près."
STUCK = [*levels(rising(20, 50, 31)), *[echo(31 + n, 50) for n in range(12)]]
NO_ECHO = [*levels([50, 50, 50]), *[echo(3 + n, echo_error="no_echo") for n in range(3)]]
FULL = [*levels(rising(70, 99, 30)), *[echo(30 + n, echo_error="blind_zone") for n in range(2)]]
WEB = [*levels([50, 50, 50]), *[echo(3 + n, echo_error="blind_zone") for n in range(2)]]


@pytest.mark.parametrize(
    ("readings", "word", "sentence", "estimated"),
    [
        ([], "ok", "Aucune mesure crédible encore.", False),
        (levels([50, 50, 50]), "ok", STEADY, False),
        (levels([50, 50, 50, 90]), "ok", STEADY, False),
        (
            [*levels([50, 50, 50]), echo(3, echo_error="no_echo")],
            "ok",
            STEADY,
            False,
        ),
        (NO_ECHO, "implausible", "3 mesures de suite sans distance crédible.", True),
        (
            STUCK,
            "stuck",
            "1050 mm répétés 13 fois en 2 jours, alors que la colonne prend d’ordinaire 12 points"
            " dans ce temps.",
            True,
        ),
        (
            FULL,
            "saturated",
            "2 mesures de suite dans la zone aveugle (moins de 250 mm) :"
            " la colonne est au moins remplie jusque-là.",
            False,
        ),
        (
            WEB,
            "saturated",
            "2 mesures de suite dans la zone aveugle (moins de 250 mm), sans que le niveau y menait :"
            " obstacle devant la sonde ?",
            True,
        ),
    ],
)
def test_words(readings: list[Reading], word: str, sentence: str, estimated: bool) -> None:
    """The word, its sentence, and whether the level is estimated; one bad echo is no word."""
    state, _ = play(readings)
    assert (*told(state), state.estimated) == (word, sentence, estimated)


def test_silence_is_told_to_its_end() -> None:
    """A silence grows while nobody speaks, and the level is an estimate from its beginning."""
    state, _ = play(levels(rising(20, 50, 31)))
    quiet, _ = tick(state, at(40), COLUMN)
    assert quiet.estimated
    assert quiet.believed_at == at(30)
    found = evidence(quiet, COLUMN, at(54))
    assert (
        found.sentence.replace("\u00a0", " ") == "Aucune mesure depuis 4 jours, une attendue toutes les 4 h."
    )
    assert found.numbers["seconds"] == 4 * 86_400
    spoken, _ = fold(quiet, echo(55, 70), COLUMN)
    assert (spoken.quality, spoken.estimated) == ("ok", False)


def test_a_liar_is_noisy_and_told_by_its_share() -> None:
    """Three echoes in ten anywhere: noisy, with the share of lies in the sentence."""
    state, _ = play(life(7, 60, lies=0.3)[0])
    assert state.quality == "noisy"
    assert "% des derniers échos sont loin du niveau" in told(state)[1]


def test_a_stuck_probe_gives_way_to_the_usual_rate() -> None:
    """Six points a day learned, then one millimetre for ever: the estimate goes on at that pace."""
    state, _ = play(levels([n for tooth in range(3) for n in rising(5, 65, 61)]))
    state, _ = play([echo(183 + n, 20 + n if n < 10 else 30) for n in range(60)], state)
    assert (state.quality, state.estimated) == ("stuck", True)
    assert state.believed_at == at(193)
    assert state.fill_percent == pytest.approx(30 + 49, abs=4)
    lost, _ = play([echo(243, echo_error="no_echo"), echo(244, 30)], state)  # a lost echo changes nothing
    assert (lost.quality, lost.believed_at) == ("stuck", at(193))
    assert lost.rate_percent_per_day == state.rate_percent_per_day


def slid(points_per_day: float, seed: int = 3) -> State:
    """Ten emptyings of a probe that slides on its bracket."""
    rng, state, level = random.Random(seed), first(COLUMN), 10.0
    for report in range(10 * 60):
        level = 1.0 if level > 70 else level + 1.2
        shown = level + points_per_day * report / 6 + rng.gauss(0, 0.5)
        state, _ = fold(state, echo(report, min(118.0, shown)), COLUMN)
    return state


@pytest.mark.parametrize(("points_per_day", "word"), [(0.0, "ok"), (0.15, "drifting"), (-0.1, "drifting")])
def test_a_bottom_that_moves_is_a_drift(points_per_day: float, word: str) -> None:
    """Up or down, seen only after emptyings; a probe that stays put is fine; a new mounting begins anew."""
    state = slid(points_per_day)
    assert state.quality == word
    assert state.estimated == (word == "drifting")
    if word == "drifting":
        which = "plus haut" if points_per_day > 0 else "plus bas"
        assert which in told(state)[1]
    assert restart(state).memory.base.emptyings == 0


# Points of noise, share of lies, share of the reports within five points of the truth.
NOISY = [(1.0, 0.0, 0.99), (4.0, 0.0, 0.95), (1.0, 0.3, 0.93), (2.0, 0.15, 0.95), (10.0, 0.0, 0.72)]


def test_noisy_series_stay_within_five_points() -> None:
    """Lies, noise, both: nineteen reports in twenty; of ten points of noise, three in four."""
    for noise, lies, share in NOISY:
        near = count = 0
        for seed in (11, 12, 13):
            readings, truth, lifted = life(seed, 120, noise=noise, lies=lies)
            state = first(COLUMN)
            for report, reading in enumerate(readings):
                state, _ = fold(state, reading, COLUMN)
                if report > 60 and report not in lifted:
                    near += abs((state.fill_percent or 0) - truth[report]) <= 5
                    count += 1
        assert near / count >= share, (noise, lies, near / count)


@pytest.mark.parametrize(("noise", "lies", "most"), [(1, 0, 0), (4, 0, 1), (1, 0.1, 1), (1, 0.3, 3)])
def test_two_honest_echoes_show_an_emptying(noise: float, lies: float, most: int) -> None:
    """Whatever was learned of the probe, the second low echo in a row tells it: one report late."""
    late = 0
    for seed in range(20, 32):
        readings, _, _ = life(seed, 40, noise=noise, lies=lies)
        state, _ = play(readings)
        level = state.memory.track.level if state.memory.track else 0
        filled = [echo(240 + n, level + (85 - level) * n / 50) for n in range(51)]
        state, events = play([*filled, echo(291, 3), echo(292, 4)], state)
        late += not any(event.at == at(291) for event in emptyings(events))
    assert late <= most  # of twelve


def test_a_crane_shows_what_no_level_can() -> None:
    """A probe that gives no distance but feels the lift: an emptying, and the estimate begins anew."""
    state, _ = play([*levels(rising(20, 60, 41)), *[echo(41 + n, echo_error="no_echo") for n in range(6)]])
    assert state.estimated
    state, events = play([echo(47, tilt_deg=50), echo(48, echo_error="no_echo", tilt_deg=2)], state)
    (shown,) = emptyings(events)
    assert (shown.source, shown.at, shown.lifted_at) == ("crane", at(47), at(47))
    assert shown.before_percent == pytest.approx(65, abs=3)
    assert state.fill_percent == pytest.approx(3, abs=2)
    assert state.last_emptied_at == at(47)


def test_a_partial_emptying_needs_a_witness() -> None:
    """Twenty points less are an emptying when the crane says so, and nothing otherwise."""
    tilted = [*levels([70, 70, 70]), echo(3, 70, tilt_deg=50), echo(4, 50, tilt_deg=1)]
    (shown,) = emptyings(play(tilted)[1])
    assert (shown.before_percent, shown.after_percent, shown.lifted_at) == (70, 50, at(3))
    assert emptyings(play(levels([70, 70, 70, 50, 50]))[1]) == []


def test_distances_of_another_column_are_not_believed() -> None:
    """A calibration that cannot be this column's: refused readings, never a level."""
    short = replace(COLUMN, empty_distance_mm=900, full_distance_mm=300)
    state, events = play(levels([0.0] * 6), column=short)
    assert (state.fill_percent, state.quality) == (None, "implausible")
    assert not any(isinstance(event, Emptied) for event in events)
    assert state.measured_at == at(5) == at(0) + timedelta(hours=20)
