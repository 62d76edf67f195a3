"""Echoes of a probe that lies or trembles: each counts for as much as it is likely to be true.

An echo is a mixture of an honest normal around the level and of a lie anywhere between 0 and 100; it moves
the level by the share it is probably honest. The last few echoes are kept, and held against the story that
the level changed at one of them (Bayes): the change is believed once its odds are good. Knows no rule of
alerts and no quality; `track` decides which probe comes here.
"""

from dataclasses import dataclass
from datetime import datetime
from math import exp, log, sqrt

from fill.model import Track, Witness

LIE_DENSITY = 0.01  # a lie may be anywhere: one in a hundred points
LIE_SHARE = 0.03  # each echo counts for this in the share of lies: a bad day is remembered for a week
SUSPECTED_LIES = 0.15  # the least share when a change is judged: lies come in bad days, before they are known
LEAST_LIES, MOST_LIES, PLAIN_NOISE = 0.02, 0.6, 4.0
# The noise is read in the differences between echoes that follow each other, whatever the level: of the 13
# pairs at most two apart among eight normals the third nearest is 0.385 standard deviations apart, and with
# three lies among the eight some pairs are still honest.
APART, NEAREST, OF_NORMAL = 2, 2, 0.385
NOISE_SHARE, SLOWEST, FASTEST = 0.15, -1.0, 0.7  # of the logarithm, and its bounds for one echo
LEAST_NOISE, MOST_NOISE = 0.5, 25.0
EMPTY_LEVEL, EMPTY_VARIANCE = 4.0, 36.0  # points, squared: where a container stands after an emptying
PARTIAL = 0.05  # share of emptyings that leave anything at all
FALL_ODDS = (
    -3.8
)  # logarithm: one report in ninety is the first after an emptying, more when the level is high
RISE_ODDS = -6.0  # the same for a level that jumps up
TELL_ODDS = 1.2
LEAST_MOVE = 10.0  # points away from the expected level where another story may begin
KEPT = 8  # echoes looked back at: a day or so
_ROOT_TAU = 2.5066282746310002


@dataclass(frozen=True, slots=True)
class Story:
    """The level changed from `before` to `first` at `at`, and stands at `level` now, with `variance`.

    `since` is the echo before the change, if it is still known.
    """

    since: datetime | None
    at: datetime
    before: float
    first: float
    level: float
    variance: float
    odds: float


def heard_as(away: float, variance: float, lies: float) -> float:
    """How likely is an echo this far from where it should be, when this share of all echoes lies?"""
    honest = exp(-0.5 * away * away / variance) / (_ROOT_TAU * sqrt(variance))
    return (1.0 - lies) * honest + lies * LIE_DENSITY


def weigh(
    track: Track,
    level: float,
    variance: float,
    growth: float,
    at: datetime,
    percent: float,
    witnesses: tuple[Witness, ...],
) -> tuple[Track, float]:
    """Move a level expected to be `level` by one echo, and learn of the probe; also the echo's honesty."""
    lies = _lies(track)
    total = variance + track.noise * track.noise
    away = percent - level
    honesty = 1.0 - lies * LIE_DENSITY / heard_as(away, total, lies)
    gain = honesty * variance / total
    after = Track(
        level=round(min(100.0, max(0.0, level + gain * away)), 4),
        at=at,
        variance=round((1.0 - gain) * variance, 4),
        noise=_noise(track.noise, growth, at, witnesses),
        settled=True,
        last=percent,
        lies=round(track.lies + LIE_SHARE * (1.0 - honesty - track.lies), 4),
        recent=witnesses,
    )
    return after, honesty


def _lies(track: Track) -> float:
    # Much noise looks like lies: the wider the one, the less of the other can be told from it.
    return max(LEAST_LIES, min(track.lies, MOST_LIES, MOST_LIES * PLAIN_NOISE / track.noise))


def _noise(noise: float, growth: float, at: datetime, witnesses: tuple[Witness, ...]) -> float:
    if len(witnesses) < KEPT:
        return noise
    shown = [percent + growth * (at - heard).total_seconds() / 86_400.0 for heard, percent, _ in witnesses]
    apart = sorted(abs(one - other) for i, one in enumerate(shown) for other in shown[max(0, i - APART) : i])
    seen = max(LEAST_NOISE, apart[NEAREST] / OF_NORMAL)
    step = NOISE_SHARE * min(FASTEST, max(SLOWEST, log(seen / noise)))
    return round(min(MOST_NOISE, max(LEAST_NOISE, noise * exp(step))), 4)


def change(
    track: Track, growth: float, at: datetime, witnesses: tuple[Witness, ...], help_odds: float
) -> Story | None:
    """The most likely story of a change at one of the last echoes, if its odds are good.

    `help_odds` is what others say for an emptying, as a logarithm: the crane, or a driver's word.
    """
    lies = max(SUSPECTED_LIES, _lies(track))
    square = track.noise * track.noise
    ages = [(at - heard).total_seconds() / 86_400.0 for heard, _, _ in witnesses]
    goes_on = [log(heard_as(shown - expected, square + 3.0, lies)) for _, shown, expected in witnesses]
    best: Story | None = None
    for index, (_, anchor, expected) in enumerate(witnesses):
        if abs(anchor - expected) < LEAST_MOVE:
            continue
        odds = _prior(anchor, expected, square, lies, help_odds) - goes_on[index]
        story = _followed(witnesses, ages, index, goes_on, odds, growth, square, lies)
        if best is None or story.odds > best.odds:
            best = story
    return best if best is not None and best.odds >= TELL_ODDS else None


def _prior(anchor: float, expected: float, square: float, lies: float, help_odds: float) -> float:
    """The logarithm of how likely a change is, and that the level then shows as `anchor`."""
    if anchor > expected:
        return RISE_ODDS + log(LIE_DENSITY)
    fell = (1.0 - PARTIAL) * heard_as(anchor - EMPTY_LEVEL, EMPTY_VARIANCE + square, lies)
    return FALL_ODDS + help_odds + log(max(1.0, expected) / 50.0) + log(fell + PARTIAL / 100.0)


def _followed(
    witnesses: tuple[Witness, ...],
    ages: list[float],
    anchor: int,
    goes_on: list[float],
    odds: float,
    growth: float,
    square: float,
    lies: float,
) -> Story:
    """The story that the level changed to what `anchor` shows, and what the echoes after it say."""
    percent, total, weight = witnesses[anchor][1], 0.0, 0.0
    for index in range(anchor, len(witnesses)):
        since = ages[anchor] - ages[index]
        away = witnesses[index][1] - (percent + growth * since)
        variance = 2.0 * square + 1.0 + (1.0 + growth) * since
        if index > anchor:
            odds += log(heard_as(away, variance, lies)) - goes_on[index]
        if away * away <= 9.0 * variance:
            total, weight = total + witnesses[index][1] - growth * since, weight + 1.0
    first = min(100.0, max(0.0, total / weight))
    level = min(100.0, first + growth * ages[anchor])
    at, _, before = witnesses[anchor]
    last = witnesses[anchor - 1][0] if anchor else None
    return Story(last, at, before, round(first, 1), round(level, 4), round(square / weight + 1.0, 4), odds)
