"""The shape of what is not known: a distribution with a mean, a deviation and a skew, and unequal widths.

Pearson's third curve through the Wilson-Hilferty approximation (PNAS 1931): a shifted gamma whose quantiles
and probabilities are closed formulas. With no skew it is the normal curve.
"""

from math import erfc, sqrt

Z_80 = 1.2815515655446004
"""Standard normal quantile of 90 %: 80 % lie between its two sides."""
MOST_SKEW = 2.0
FLAT = 1e-3
"""A skew below this is none."""


def stretched(z: float, skew: float) -> float:
    """The quantile, in deviations from the mean, where the standard normal has `z`."""
    if skew < FLAT:
        return z
    root = max(0.0, skew * z / 6.0 - skew * skew / 36.0 + 1.0)
    return 2.0 / skew * (root**3 - 1.0)


def shrunk(deviations: float, skew: float) -> float:
    """The standard normal's quantile for a distance from the mean in deviations; inverse of `stretched`."""
    if skew < FLAT:
        return deviations
    base = skew * deviations / 2.0 + 1.0
    root: float = max(0.0, base) ** (1.0 / 3.0)
    return 6.0 / skew * (root - 1.0) + skew / 6.0


def below(z: float) -> float:
    """The probability that a standard normal is below `z`."""
    return 0.5 * erfc(-z / sqrt(2.0))
