"""What containers of one stream have in common: the prior of each of them, by stream and commune.

Empirical Bayes: the common part is the mean of what the containers learned, each counting by how much it
knows; what is common is moved from the containers to the stream and to the commune, so that a container seen
for the first time starts from its neighbours. Knows no readings; `fill.learn` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, log

from fill.season import COUNT, FIRST_KIND, RAIN, RATE, SINE, USUAL_HOURS, Hours, cumulated

Weights = tuple[float, ...]


def weights_of(rate: float, weekday: float, kind: float, rain: float, year: float) -> Weights:
    """One value for each group of effects."""
    found = [weekday] * COUNT
    found[RATE] = rate
    found[FIRST_KIND:RAIN] = [kind] * (RAIN - FIRST_KIND)
    found[RAIN] = rain
    found[SINE:] = [year, year]
    return tuple(found)


USUAL_LITRES_PER_DAY = 150.0
"""Of a container of which nothing is known, in a stream of which nothing is known."""
SPREAD = weights_of(rate=0.8, weekday=0.12, kind=0.15, rain=0.1, year=0.05)
"""Standard deviation, between containers of a commune, of the logarithm of each effect."""
STAYS_DAYS = weights_of(rate=4000.0, weekday=1500.0, kind=3000.0, rain=3000.0, year=3000.0)
"""Days in which a container's own deviation is half forgotten: people move, shops open."""
DEPOSIT_L = 15.0
"""Variance a deposit adds per litre of mean: its usual size, times one plus its squared variation."""
DAY_NOISE = 0.3
"""Standard deviation of one day around its mean, relative: weather, events, mood."""
HOUR_POINTS = 3_000.0
"""The usual hours count as this many points of gain that were seen."""
USUAL_POINTS = tuple(HOUR_POINTS * weight / sum(USUAL_HOURS) for weight in USUAL_HOURS)
_USUAL = cumulated(USUAL_HOURS)
HORIZONS_DAYS = (1.0, 3.0, 7.0, 14.0)
"""Where forecasts are compared with what came, to learn how wide they must be."""


@dataclass(frozen=True, slots=True)
class Width:
    """What multiplies the two sides of an interval, below and above the mean; how often it was checked."""

    below: float = 1.0
    above: float = 1.0
    checks: int = 0


@dataclass(frozen=True, slots=True)
class Prior:
    """What is expected of one container before and beside its own history.

    `mean` and `spread` are of the weights of `fill.season` (points a day, logarithms); `points_per_litre`
    turns litres into percent of this container; `dispersion` multiplies the variance of what is thrown in.
    """

    mean: Weights
    spread: Weights = SPREAD
    points_per_litre: float = 100.0 / 4000.0
    dispersion: float = 1.0
    hours: Hours = _USUAL
    widths: tuple[Width, ...] = (Width(),) * len(HORIZONS_DAYS)


@dataclass(frozen=True, slots=True)
class Pool:
    """One stream: its weights (litres a day), its communes, hours, dispersion and widths."""

    mean: Weights = (log(USUAL_LITRES_PER_DAY), *((0.0,) * (COUNT - 1)))
    spread: Weights = SPREAD
    communes: Mapping[str, Weights] = field(default_factory=dict)
    dispersion: float = 1.0
    hours: tuple[float, ...] = USUAL_POINTS
    widths: tuple[Width, ...] = (Width(),) * len(HORIZONS_DAYS)


def prior_of(pool: Pool, commune: str, volume_l: int) -> Prior:
    """The prior of a container of `volume_l` litres in this commune."""
    own = pool.communes.get(commune)
    mean = list(pool.mean if own is None else (a + b for a, b in zip(pool.mean, own, strict=True)))
    mean[RATE] += log(100.0 / volume_l)
    return Prior(
        mean=tuple(mean),
        spread=pool.spread,
        points_per_litre=100.0 / volume_l,
        dispersion=pool.dispersion,
        hours=cumulated(pool.hours),
        widths=pool.widths,
    )


def litres_per_day(pool: Pool, commune: str) -> float:
    """What an ordinary day is expected to bring a container of this stream and commune."""
    own = pool.communes.get(commune)
    return exp(pool.mean[RATE] + (own[RATE] if own else 0.0))
