"""What is wrong with a doubtful probe: it trembles, or it lies now and then. Learned from its far echoes.

Two explanations follow the echoes side by side and the likelier is believed: all are normal around the level,
with a wide deviation, and hardly any lies; or most are good, and a share is anywhere between 0 and 100. Each
learns its own figures as if it were the true one (online expectation-maximisation). Knows no levels.
"""

from math import exp, log, sqrt

from fill.story import LIE_DENSITY, Doubt, Story

STEADY_LIES = 0.02  # of a probe that trembles: any probe has a wild echo now and then
LEAST_NOISE, MOST_NOISE = 2.0, 25.0  # points: no surface is even, and beyond a quarter nothing is told
MOST_QUIET = 4.0  # what deviates by more trembles
LEAST_LIES, MOST_LIES = 0.01, 0.6
SHARE, FIRST_ECHOES = 0.03, 8  # an echo counts for a thirtieth, the first ones for more: as one among eight
FARTHEST = 9.0  # a square counts for this many variances at most
MOST_ODDS = 6.0
FIRST_ODDS, FIRST_LIES, SOUND_NOISE = 1.0, 0.1, 3.0  # before anything is learned
_ROOT_TAU = 2.5066282746310002


def first_doubt(noise: float, lies: float, stories: tuple[Story, ...]) -> Doubt:
    """What is thought of a probe whose echoes were sound until now, or which nobody knows."""
    trembles = min(MOST_NOISE, max(LEAST_NOISE, noise))
    odds = FIRST_ODDS if noise >= SOUND_NOISE else -FIRST_ODDS
    return Doubt(trembles, min(MOST_QUIET, trembles), max(FIRST_LIES, lies), odds, 0, stories)


def heard(doubt: Doubt) -> tuple[float, float]:
    """The deviation of an honest echo and the share of lies, by the likelier explanation."""
    return (doubt.trembles, STEADY_LIES) if doubt.odds >= 0.0 else (doubt.quiet, doubt.lies)


def learned(doubt: Doubt, away: float, variance: float, weight: float, stories: tuple[Story, ...]) -> Doubt:
    """Learn from an echo `away` from a level of this variance, when that story has this probability.

    `stories` are those of the doubt given back.
    """
    square = away * away
    count = min(999, doubt.count + 1)
    share = weight * max(SHARE, 1.0 / (count + FIRST_ECHOES))
    wide, narrow = variance + doubt.trembles**2, variance + doubt.quiet**2
    trembling = _normal(square, wide) * (1.0 - STEADY_LIES) + STEADY_LIES * LIE_DENSITY
    honest = _normal(square, narrow) * (1.0 - doubt.lies)
    lying = honest + doubt.lies * LIE_DENSITY
    honesty = honest / lying
    odds = doubt.odds + weight * log(trembling / lying)
    trembles = doubt.trembles**2 + share * (min(square, FARTHEST * wide) - wide)
    quiet = doubt.quiet**2 + share * honesty * (min(square, FARTHEST * narrow) - narrow)
    lies = doubt.lies + share * (1.0 - honesty - doubt.lies)
    return Doubt(
        round(sqrt(min(MOST_NOISE**2, max(LEAST_NOISE**2, trembles))), 4),
        round(sqrt(min(MOST_QUIET**2, max(LEAST_NOISE**2, quiet))), 4),
        round(min(MOST_LIES, max(LEAST_LIES, lies)), 4),
        round(min(MOST_ODDS, max(-MOST_ODDS, odds)), 3),
        count,
        stories,
        doubt.told_at,
    )


def _normal(square: float, variance: float) -> float:
    return exp(-0.5 * square / variance) / (_ROOT_TAU * sqrt(variance))
