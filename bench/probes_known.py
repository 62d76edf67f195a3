"""What chance leaves of a trembling probe's level: a filter that is told what nobody knows.

It is given the mean rate, the probe's noise and the instant of every lift, and knows only the past: a scalar
Kalman filter, its daily spread the best of several tried on other seeds. No real filter can do better without
looking ahead, so this is the ceiling beside which ours is to be read.
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, pstdev

SPREAD_A_REPORT = 1.0
"""Points squared that one report's filling adds around its mean: 0.5, 1, 2 and 4 were tried on seed 1000."""
EMPTY_PERCENT, EMPTY_VARIANCE, UNKNOWN_VARIANCE = 2.0, 9.0, 900.0
CLOSE_POINTS = 5.0

Shown = tuple[float, bool, float | None]
"""The truth in percent, whether a lift came just before, what the probe shows in percent."""


def close_share(reports: Sequence[Shown], warm: int) -> float | None:
    """The share of levels within five points of the truth, the first `warm` reports left out."""
    truths = [truth for truth, _, _ in reports]
    gains = [b - a for a, b in pairwise(truths) if b >= a]
    off = [shown - truth for truth, _, shown in reports if shown is not None and 20 < truth < 80]
    if len(off) < 2 or not gains:
        return None
    rate, noise = fmean(gains), pstdev(off) ** 2
    level, variance, close = truths[0], UNKNOWN_VARIANCE, list[bool]()
    for truth, lifted, shown in reports:
        if lifted:
            level, variance = EMPTY_PERCENT, EMPTY_VARIANCE
        else:
            level, variance = level + rate, variance + SPREAD_A_REPORT
        if shown is not None:
            gain = variance / (variance + noise)
            level, variance = level + gain * (shown - level), (1.0 - gain) * variance
        close.append(abs(level - truth) <= CLOSE_POINTS)
    return fmean(close[warm:])
