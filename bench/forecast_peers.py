"""What one would use instead to forecast: the mean rate, last week again, exponential smoothing.

All are given the same: the points gained in each of the 24 hours before the last level, oldest first. All
answer with the points of the next days. Only this module imports statsmodels. Automatic ETS is the choice by
corrected AIC among the additive models of statsmodels (level; level and damped trend; level and week; all
three), as gains of nought or below forbid the multiplicative ones. statsforecast has the same choice under
the name AutoETS; it would add fifteen packages, Arrow and Fugue among them, to what a developer installs.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from statsmodels.tsa.holtwinters import ExponentialSmoothing

Days = Sequence[float]
WEEK, FITTED_DAYS = 7, 84
MEAN_RATE, LAST_WEEK = "last value + mean rate", "seasonal naive"
SMOOTHING, HOLT_WINTERS, AUTO_ETS = "exponential smoothing", "Holt-Winters", "automatic ETS"
NAMES = (MEAN_RATE, LAST_WEEK, SMOOTHING, HOLT_WINTERS, AUTO_ETS)


@dataclass(frozen=True, slots=True)
class Fitted:
    """One smoothing model's answer, and its corrected AIC."""

    daily: list[float]
    aicc: float


def forecasts(gains: Days, ahead: int) -> dict[str, list[float]]:
    """Every peer's points for the next `ahead` days, by name."""
    mean = mean_rate(gains, ahead)
    found = {MEAN_RATE: mean, LAST_WEEK: last_week(gains, ahead)}
    if len(gains) < 2 * WEEK + 1:
        return found | {SMOOTHING: mean, HOLT_WINTERS: mean, AUTO_ETS: mean}
    plain, weekly = smoothed(gains, ahead, weekly=False), smoothed(gains, ahead, weekly=True)
    models = [plain, weekly]
    models += [smoothed(gains, ahead, weekly=each, damped=True) for each in (False, True)]
    best = min(models, key=lambda each: each.aicc)
    return found | {SMOOTHING: plain.daily, HOLT_WINTERS: weekly.daily, AUTO_ETS: best.daily}


def mean_rate(gains: Days, ahead: int) -> list[float]:
    """The mean of the last 28 days."""
    recent = gains[-28:]
    return [max(0.0, sum(recent) / len(recent))] * ahead


def last_week(gains: Days, ahead: int) -> list[float]:
    """Each day as the same weekday a week before."""
    if len(gains) < WEEK:
        return mean_rate(gains, ahead)
    return [gains[len(gains) - WEEK + n % WEEK] for n in range(ahead)]


def smoothed(gains: Days, ahead: int, *, weekly: bool, damped: bool = False) -> Fitted:
    """Additive exponential smoothing of the daily gains, fitted on twelve weeks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ExponentialSmoothing(
            list(gains[-FITTED_DAYS:]),
            trend="add" if damped else None,
            damped_trend=damped,
            seasonal="add" if weekly else None,
            seasonal_periods=WEEK if weekly else None,
            initialization_method="estimated",
        )
        fit = model.fit(use_brute=False)
        found = [max(0.0, float(each)) for each in fit.forecast(ahead)]
    # A series of the same value over and over has no likelihood: the model is then no better than others.
    return Fitted(found, float(fit.aicc) if isfinite(fit.aicc) else 0.0)
