"""What one would use instead to forecast: the mean rate, last week again, exponential smoothing.

All are given the same: the points gained in each of the 24 hours before the last level we believe, oldest
first, after the same `fill.fold`. All answer with the points of the next days. Only this module imports
statsmodels.
"""

import warnings
from collections.abc import Callable, Sequence

from statsmodels.tsa.holtwinters import ExponentialSmoothing

Days = Sequence[float]
Peer = Callable[[Days, int], list[float]]
WEEK = 7


def mean_rate(gains: Days, ahead: int) -> list[float]:
    """The mean of the last 28 days."""
    recent = gains[-28:]
    return [sum(recent) / len(recent)] * ahead


def last_week(gains: Days, ahead: int) -> list[float]:
    """Each day as the same weekday a week before."""
    if len(gains) < WEEK:
        return mean_rate(gains, ahead)
    return [gains[len(gains) - WEEK + n % WEEK] for n in range(ahead)]


def holt_winters(gains: Days, ahead: int) -> list[float]:
    """Additive Holt-Winters with a weekly season on the daily gains, fitted on twelve weeks."""
    return _smoothed(gains, ahead, "add")


def simple_smoothing(gains: Days, ahead: int) -> list[float]:
    """Simple exponential smoothing of the daily gains: what automatic ETS falls back to without a season."""
    return _smoothed(gains, ahead, None)


def _smoothed(gains: Days, ahead: int, seasonal: str | None) -> list[float]:
    recent = list(gains[-84:])
    if len(recent) < 2 * WEEK + 1:
        return mean_rate(gains, ahead)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ExponentialSmoothing(
            recent,
            seasonal=seasonal,
            seasonal_periods=WEEK if seasonal else None,
            initialization_method="estimated",
        )
        found = model.fit(use_brute=False).forecast(ahead)
    return [max(0.0, float(each)) for each in found]


PEERS: dict[str, Peer] = {
    "last value + mean rate": mean_rate,
    "seasonal naive": last_week,
    "exponential smoothing": simple_smoothing,
    "Holt-Winters": holt_winters,
}
