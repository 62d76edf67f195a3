"""What may have happened in a container whose probe is doubtful, and how likely: nouns, and one story's sums.

A story is a level and a pace that move together (a Kalman filter of two numbers), and the instant at which
the level changed, if it tells of a change. Knows neither how stories begin nor which is told (`fill.doubt`).
"""

from dataclasses import dataclass
from datetime import datetime
from math import erf, exp, sqrt

MOST_VARIANCE = 1600.0  # points squared: not knowing at all
LUMP_VARIANCE = 0.2  # points squared between two echoes, and
LUMPS_A_DAY = 0.5  # a day beside the pace: bags arrive one by one, as in a Poisson process
PACE_DRIFTS = 0.003  # variance a day brings to the pace, for each point of it: an eighth of it in a month
LEAST_PACE = 1.0
LEAST_VARIANCE, LEAST_PACE_VARIANCE, MOST_PACE_VARIANCE = 0.01, 0.0001, 100.0
LIE_DENSITY = 0.01  # a lie may be anywhere: one in a hundred points
LEAST_ABOVE = 1e-9
_ROOT_TAU, _ROOT_TWO = 2.5066282746310002, 1.4142135623730951


@dataclass(frozen=True, slots=True)
class Story:
    """One account of the level: `level` and its `variance`, the `pace` in points a day and its own.

    `weight` is its probability among the stories kept. `at` is the first echo after the change it tells of,
    `since` the echo before, `before` the level then; None when it tells of none.
    """

    weight: float
    level: float
    variance: float
    pace: float
    pace_variance: float
    covariance: float = 0.0
    at: datetime | None = None
    since: datetime | None = None
    before: float | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is kept of a doubtful probe: two rival explanations of its echoes, and stories of the level.

    Either it trembles by `trembles` points, or its echoes are good to `quiet` points but for a share `lies`
    that may be anywhere; `odds` is the logarithm of the first against the second. `count` echoes taught them.
    The first of `stories` is the one told. `told_at` is the newest word of an emptying already considered.
    """

    trembles: float
    quiet: float
    lies: float
    odds: float
    count: int
    stories: tuple[Story, ...]
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Echo:
    """What a doubtful probe shows: `percent`, not clipped to 0..100; or None, "at least `edge`".

    `blind_share` is how often it says "at least `edge`" whatever the level.
    """

    percent: float | None
    edge: float
    blind_share: float


def foreseen(story: Story, days: float) -> tuple[float, float]:
    """The level `days` later and its variance, nothing having been emptied."""
    pace = story.pace
    variance = story.variance + days * (2.0 * story.covariance + story.pace_variance * days)
    variance += LUMP_VARIANCE + (LUMPS_A_DAY + pace) * days
    return min(100.0, story.level + pace * days), min(MOST_VARIANCE, variance)


def likelihood(
    level: float, variance: float, echo: Echo, lies: float, noise_variance: float
) -> tuple[float, float, float, float]:
    """How likely the echo is where the level is like this, and how likely it is then honest.

    Also the derivative of the logarithm of the former by the level, and minus the second one: an echo is a
    mixture of an honest normal and of a lie, and which it was stays in doubt.
    """
    total = variance + noise_variance
    if echo.percent is None:
        root = sqrt(total)
        away = (level - echo.edge) / root
        above = max(LEAST_ABOVE, 0.5 * (1.0 + erf(away / _ROOT_TWO)))
        push = exp(-0.5 * away * away) / (_ROOT_TAU * above)
        honest = (1.0 - echo.blind_share) * above
        heard = honest + echo.blind_share
        honesty = honest / heard
        push *= honesty
        return heard, honesty, push / root, push * (away + push) / total
    away = echo.percent - level
    honest = (1.0 - lies) * exp(-0.5 * away * away / total) / (_ROOT_TAU * sqrt(total))
    heard = honest + lies * LIE_DENSITY
    honesty = honest / heard
    return (
        heard,
        honesty,
        honesty * away / total,
        honesty * (1.0 - (1.0 - honesty) * away * away / total) / total,
    )


def follow(
    story: Story, weight: float, days: float, echo: Echo, lies: float, noise_variance: float
) -> tuple[Story, float]:
    """The story `days` later, after the echo and weighed by it; and how likely the echo was honest."""
    level, variance = story.level, story.variance
    pace, doubt, covariance = story.pace, story.pace_variance, story.covariance
    if days:
        level, variance = foreseen(story, days)
        covariance += doubt * days
        doubt = min(MOST_PACE_VARIANCE, doubt + PACE_DRIFTS * max(LEAST_PACE, pace) * days)
        # What holds variances back, here and where numbers are rounded, must hold the covariance too.
        most = sqrt(variance * doubt)
        covariance = min(most, max(-most, covariance))
    heard, honesty, step, certainty = likelihood(level, variance, echo, lies, noise_variance)
    after = Story(
        weight * heard,
        round(min(100.0, max(0.0, level + step * variance)), 3),
        round(max(LEAST_VARIANCE, variance * (1.0 - certainty * variance)), 3),
        round(max(0.0, pace + step * covariance), 4),
        round(max(LEAST_PACE_VARIANCE, doubt - certainty * covariance * covariance), 5),
        round(covariance * (1.0 - certainty * variance), 4),
        story.at,
        story.since,
        story.before,
    )
    return after, honesty
