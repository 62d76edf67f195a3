"""What chance leaves of a trembling probe's level: two filters that are told what nobody knows.

Both are given the column's mean rate and the probe's noise, and know only the past. `with_lifts` is told the
instant of every lift too: a scalar Kalman filter, its daily spread the best of several tried on other seeds.
`without_lifts` must find them in the echoes, knowing how the made-up crew decides: Bayes on a grid of levels
a point wide. No real filter can do better without looking ahead, so these are the ceilings beside which ours
is to be read: what they do not see cannot be seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt, tau
from statistics import fmean, pstdev

import numpy as np

SPREAD_A_REPORT = 1.0
"""Points squared that one report's filling adds around its mean: 0.5, 1, 2 and 4 were tried on seed 1000."""
EMPTY_PERCENT, EMPTY_VARIANCE, UNKNOWN_VARIANCE = 2.0, 9.0, 900.0
STRAY = 0.02
"""Share of echoes of a trembling probe that have nothing to do with the level, and may be anywhere."""
LEAST_DUE, MOST_DUE = 55.0, 95.0
"""The made-up crew comes on the first weekday above a level drawn evenly from here."""
Z_80 = 1.2816


@dataclass(frozen=True, slots=True)
class Told:
    """One report: what the probe shows in percent, not clipped, and whether a lift came just before.

    `could`: whether one could have come, by the crew's calendar. `truth` is for rate, noise and score.
    """

    truth: float
    shown: float | None
    lifted: bool
    could: bool


@dataclass(frozen=True, slots=True)
class Level:
    """A level, and the half width of its 80 % interval."""

    percent: float
    margin: float


def rate_and_noise(reports: Sequence[Told], most: float = 100.0) -> tuple[float, float] | None:
    """Points a report brings on average, and the deviation of an echo; None where too little is seen.

    Echoes that are off by more than `most` points are lies.
    """
    gains = [b.truth - a.truth for a, b in pairwise(reports) if b.truth >= a.truth]
    off = [one.shown - one.truth for one in reports if one.shown is not None and 20 < one.truth < 80]
    off = [each for each in off if abs(each) <= most]
    return (fmean(gains), pstdev(off)) if gains and len(off) > 1 else None


def with_lifts(reports: Sequence[Told], rate: float, noise: float) -> list[Level]:
    """The levels of a filter that is told every lift."""
    level, variance, found = reports[0].truth, UNKNOWN_VARIANCE, list[Level]()
    for one in reports:
        if one.lifted:
            level, variance = EMPTY_PERCENT, EMPTY_VARIANCE
        else:
            level, variance = min(100.0, level + rate), variance + SPREAD_A_REPORT
        if one.shown is not None:
            gain = variance / (variance + noise * noise)
            level, variance = level + gain * (one.shown - level), (1.0 - gain) * variance
        found.append(Level(min(100.0, max(0.0, level)), Z_80 * sqrt(variance)))
    return found


def without_lifts(reports: Sequence[Told], rate: float, noise: float, stray: float = STRAY) -> list[Level]:
    """The levels of a filter that must find the lifts; it is told the share of lies, too."""
    grid = np.arange(101.0)
    step = np.exp(-0.5 * ((grid[:, None] - np.minimum(100.0, grid[None, :] + rate)) ** 2) / SPREAD_A_REPORT)
    step /= step.sum(axis=0)
    bottom = np.exp(-0.5 * (grid - EMPTY_PERCENT) ** 2 / EMPTY_VARIANCE)
    bottom /= bottom.sum()
    # Of those not lifted yet, who is above what it waits for: all that a day brings moves it there.
    lifted = np.clip(6.0 * rate / np.maximum(6.0 * rate, MOST_DUE - grid), 0.0, 1.0) * (grid > LEAST_DUE)
    shares, found = np.full(101, 1.0 / 101.0), list[Level]()
    for one in reports:
        if one.could:
            gone = float((shares * lifted).sum())
            shares = step @ (shares * (1.0 - lifted)) + gone * bottom
        else:
            shares = step @ shares
        if one.shown is not None:
            honest = np.exp(-0.5 * ((one.shown - grid) / noise) ** 2) / noise / sqrt(tau)
            shares = shares * ((1.0 - stray) * honest + stray / 100.0)
        shares = shares / shares.sum()
        low, middle, high = np.searchsorted(np.cumsum(shares), (0.1, 0.5, 0.9))
        found.append(Level(float(middle), max(float(high - middle), float(middle - low))))
    return found
