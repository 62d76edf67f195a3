"""What is kept of one container's habits, and what it expects: the points brought between two instants.

Owns the arithmetic of expectation: mean, variance and skew of a gain, from the prior and the container's own
deviations. Knows neither how they are learned (`fill.learn`) nor the level now (`fill.outlook`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, log, sqrt

from fill.prior import DAY_NOISE, DEPOSIT_L, STAYS_DAYS, Prior
from fill.season import COUNT, NO_RAIN, Features, Rain, features, parts
from fill.shape import MOST_SKEW

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Check:
    """A forecast to be compared with what comes: the gain from `made_at` to `due_at`, in points."""

    made_at: datetime
    due_at: datetime
    horizon: int
    odometer: float
    mean: float
    sd: float
    skew: float


@dataclass(frozen=True, slots=True)
class Learned:
    """All that is kept of one container; its size does not grow.

    `mean` are deviations from the prior's, `covariance` the lower triangle by rows, both true at `until`.
    `at`, `level`, `level_sd` begin the interval that is open; `seen_at`, `seen_level` are the newest trusted
    level. `odometer` is every point gained up to `seen_at`, emptyings or not. `surprise` and `seen` sum, with
    forgetting, squared standardised surprises and their number; `lean` is their recent signed mean, in
    deviations.
    """

    mean: tuple[float, ...]
    covariance: tuple[float, ...]
    until: datetime | None = None
    at: datetime | None = None
    level: float = 0.0
    level_sd: float = 0.0
    seen_at: datetime | None = None
    seen_level: float = 0.0
    odometer: float = 0.0
    surprise: float = 0.0
    seen: float = 0.0
    lean: float = 0.0
    checks: tuple[Check, ...] = ()


def begin(prior: Prior) -> Learned:
    """Nothing seen yet: the prior."""
    packed = [prior.spread[i] ** 2 if i == j else 0.0 for i in range(COUNT) for j in range(i + 1)]
    return Learned((0.0,) * COUNT, tuple(packed))


def gains(
    learned: Learned, prior: Prior, since: datetime, instants: Sequence[datetime], rain: Rain = NO_RAIN
) -> Iterator[tuple[datetime, float, float, float]]:
    """What is brought from `since` to each instant: (instant, mean, standard deviation, skew), in points."""
    covariance = unpacked(learned.covariance)
    weights = [a + b for a, b in zip(prior.mean, learned.mean, strict=True)]
    spread, drift = dispersion(learned, prior), drift_per_day(prior)
    carried = [0.0] * COUNT  # how the mean's doubt goes with each effect
    mean = squares = doubt = today = 0.0
    reached, day, pace, of_day = since, None, 0.0, 0.0
    found: Features = ()
    moves: list[float] = []
    for at in instants:
        for each, share in parts(reached, at, prior.hours):
            if each != day:
                day, found = each, features(each, rain)
                squares, today = squares + today * today, 0.0
                pace = exp(sum([weights[i] * value for i, value in found]))
                moves = combined(covariance, found)
                of_day = sum([moves[i] * value for i, value in found])
            gain = share * pace
            mean, today = mean + gain, today + gain
            doubt += 2.0 * gain * sum([carried[i] * value for i, value in found]) + gain * gain * of_day
            carried = [a + gain * b for a, b in zip(carried, moves, strict=True)]
        reached = at
        days = (at - since).total_seconds() / DAY_S
        brought = spread * brought_variance(mean, squares + today * today, prior.points_per_litre)
        sd = sqrt(max(0.0, doubt) + brought + mean * mean * drift * days / 3.0)
        yield at, mean, sd, min(MOST_SKEW, 2.0 * sd / mean) if mean > 0.0 else 0.0


def expected_gain(
    learned: Learned, prior: Prior, since: datetime, until: datetime, rain: Rain = NO_RAIN
) -> float:
    """The points expected between two instants."""
    weights = [a + b for a, b in zip(prior.mean, learned.mean, strict=True)]
    return sum(
        share * exp(sum(weights[i] * value for i, value in features(day, rain)))
        for day, share in parts(since, until, prior.hours)
    )


def brought_variance(mean: float, squares: float, points_per_litre: float) -> float:
    """The variance of what is thrown in: deposits of a usual size, and days better or worse than expected.

    `mean` in points over the whole time, `squares` the sum of the squares of the daily means.
    """
    return DEPOSIT_L * points_per_litre * mean + DAY_NOISE * DAY_NOISE * squares


def drift_per_day(prior: Prior, component: int = 0) -> float:
    """Variance that a day adds to one effect (to the logarithm of the rate, unless said)."""
    return 2.0 * log(2.0) / STAYS_DAYS[component] * prior.spread[component] ** 2


DISPERSION_CHECKS = 20.0
"""The stream's dispersion counts as this many days of the container's own."""


def dispersion(learned: Learned, prior: Prior) -> float:
    """How much more or less than usual this container's days scatter, between its own and the stream's."""
    return (learned.surprise + DISPERSION_CHECKS * prior.dispersion) / (learned.seen + DISPERSION_CHECKS)


def combined(symmetric: list[list[float]], weights: Iterable[tuple[int, float]]) -> list[float]:
    """A symmetric matrix times a vector of few entries, given as (row, value)."""
    total = [0.0] * COUNT
    for i, value in weights:
        total = [a + value * b for a, b in zip(total, symmetric[i], strict=True)]
    return total


def unpacked(triangle: Sequence[float]) -> list[list[float]]:
    """The full symmetric matrix of a lower triangle by rows."""
    full = [[0.0] * COUNT for _ in range(COUNT)]
    at = 0
    for i in range(COUNT):
        for j in range(i + 1):
            full[i][j] = full[j][i] = triangle[at]
            at += 1
    return full


def packed(full: list[list[float]]) -> tuple[float, ...]:
    """The lower triangle by rows of a symmetric matrix, to six digits."""
    return tuple(float(f"{full[i][j]:.5e}") for i in range(COUNT) for j in range(i + 1))
