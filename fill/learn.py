"""What a container teaches: its own pace and habits, day after day, over irregular intervals.

An extended Kalman filter on the logarithms of `fill.season`'s effects, as deviations from the prior: what was
gained between two trusted levels is compared with what was expected of those hours. Intervals of less than
most of a day wait, so that the echo's noise weighs little. Knows neither echoes nor emptyings' causes, only
levels and their deviations; `fill.prior` shares what is learned between containers.
"""

from dataclasses import dataclass
from datetime import datetime

from fill.prior import Prior
from fill.season import COUNT


@dataclass(frozen=True, slots=True)
class Check:
    """A forecast to be compared with what comes: the gain expected since `made_at`, at `due_at`."""

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

    `mean` are deviations from the prior's, `covariance` the lower triangle by rows. `at` and `level` are the
    start of the interval that is open. `odometer` is every point gained since the beginning, emptyings or
    not.
    """

    mean: tuple[float, ...]
    covariance: tuple[float, ...]
    until: datetime | None = None
    at: datetime | None = None
    level: float = 0.0
    level_sd: float = 0.0
    odometer: float = 0.0
    surprise: float = 0.0
    seen: float = 0.0
    checks: tuple[Check, ...] = ()


def begin(prior: Prior) -> Learned:
    """Nothing seen yet: the prior."""
    packed = [prior.spread[i] ** 2 if i == j else 0.0 for i in range(COUNT) for j in range(i + 1)]
    return Learned((0.0,) * COUNT, tuple(packed))
