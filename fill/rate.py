"""How fast a container fills: a ratio of exponentially weighted sums, points gained over days watched.

Sums over time rather than a mean of slopes, so that irregular sampling weighs what it lasted and echo noise
cancels. Knows nothing of levels; it is not told of emptyings, whose increment is simply never given to it.
"""

from math import exp

from fill.model import Rate, Rules

# Before anything is seen: 5 points of surprise per square root of a day, worth half a day of observation.
PRIOR_SPREAD = 25.0
PRIOR_DAYS = 0.5


def learn(rate: Rate, gained: float, days: float, rules: Rules) -> Rate:
    """Add `gained` points over `days`."""
    kept = exp(-days / rules.rate_memory_days)
    # Nobody sees more than a full container arrive, however long the silence before.
    expected = min(100.0, rate.gained / rate.days * days) if rate.days >= rules.rate_known_days else 0.0
    surprise = (gained - expected) ** 2
    return Rate(rate.gained * kept + gained, rate.days * kept + days, rate.surprise * kept + surprise)


def percent_per_day(rate: Rate, rules: Rules) -> float | None:
    """Points per day, never negative: waste does not leave by itself. None until enough was seen."""
    if rate.days < rules.rate_known_days:
        return None
    return max(0.0, rate.gained / rate.days)


def spread(rate: Rate) -> float:
    """Variance, in points squared, that one day adds around the expected filling."""
    return (rate.surprise + PRIOR_SPREAD * PRIOR_DAYS) / (rate.days + PRIOR_DAYS)


def doubt(rate: Rate) -> float:
    """Variance, in (points per day) squared, of the rate itself."""
    return spread(rate) / (rate.days + PRIOR_DAYS)
