"""The future of one container: level with an 80 % interval, and the hour it is full. Knows no season yet.

The level grows at the learned rate; what is not known grows with it: the filter's own doubt, the day-to-day
spread and the doubt on the rate. Without a settled level or a rate there is no forecast, and `reason` says
so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, sqrt

from fill.model import DEFAULT, Calibration, Refused, Rules, State, Track, check_instant
from fill.rate import doubt, percent_per_day, spread
from fill.track import SECONDS_PER_DAY

Z_80 = 1.2816  # standard normal quantile of 90 %: 80 % lie between its two sides
MOST_DAYS = 3650.0  # an hour of overflow further than ten years is no forecast
MOST_HORIZON_S = 366 * 86_400
MOST_POINTS = 169  # hourly over a week

Point = tuple[datetime, float, float, float]


@dataclass(frozen=True, slots=True)
class Forecast:
    """`points` are (instant, low, expected, high) in percent, low to high holding the level 80 times in 100.

    `full_at` is when 100 % is expected, `full_early` and `full_late` the same on both sides of the
    interval; None is "not within ten years, or not known". `reason` is why there are no points: `no_level`,
    `no_rate`, or None.
    """

    points: tuple[Point, ...]
    full_at: datetime | None
    full_early: datetime | None
    full_late: datetime | None
    reason: str | None


def full_at(track: Track | None, rate: float | None, full_since: datetime | None) -> datetime | None:
    """The instant of 100 %: past if already full, else by the rate; None if that cannot be told."""
    if full_since is not None:
        return full_since
    if track is None or not rate:
        return None
    return _after(track, (100.0 - track.level) / rate)


def forecast(
    state: State, calibration: Calibration, now: datetime, horizon_s: int, rules: Rules = DEFAULT
) -> Forecast:
    """The level from `now` to `now + horizon_s`, hourly up to a week, in as many equal steps beyond."""
    check_instant("now", now)
    if not 0 < horizon_s <= MOST_HORIZON_S:
        raise Refused(f"horizon_s must be between 1 and {MOST_HORIZON_S}")
    memory = state.memory
    track, rate = memory.track, percent_per_day(memory.rate, rules)
    full = full_at(track, rate, memory.full_since)
    if track is None or not track.settled:
        return Forecast((), full, None, None, "no_level")
    if rate is None:
        return Forecast((), full, None, None, "no_rate")
    early, late = full, full
    if memory.full_since is None:
        early, late = _full_between(track, rate, spread(memory.rate), doubt(memory.rate))
    steps = min(MOST_POINTS - 1, ceil(horizon_s / 3600))
    start = max(0.0, (now - track.at).total_seconds())
    points = []
    for step in range(steps + 1):
        ahead = horizon_s * step / steps
        days = (start + ahead) / SECONDS_PER_DAY
        level = track.level + rate * days
        margin = Z_80 * sqrt(track.variance + spread(memory.rate) * days + doubt(memory.rate) * days * days)
        low, expected, high = _percent(level - margin), _percent(level), _percent(level + margin)
        points.append((now + timedelta(seconds=ahead), low, expected, high))
    return Forecast(tuple(points), full, early, late, None)


def _full_between(
    track: Track, rate: float, per_day: float, of_rate: float
) -> tuple[datetime | None, datetime | None]:
    # The sides of the interval meet 100 where (room - rate t)^2 = z^2 (variance + per_day t + of_rate t^2).
    room, z2 = 100.0 - track.level, Z_80 * Z_80
    a = rate * rate - z2 * of_rate
    b = -2.0 * room * rate - z2 * per_day
    c = room * room - z2 * track.variance
    root = sqrt(max(0.0, b * b - 4.0 * a * c))
    # b is negative: with c positive this is the smaller positive root whatever the sign of a.
    # With c negative the interval reaches 100 already.
    early = 2.0 * c / (-b + root) if c > 0.0 else 0.0
    late = _after(track, (-b + root) / (2.0 * a)) if a > 0.0 else None
    return _after(track, early), late


def _after(track: Track, days: float) -> datetime | None:
    # Whole seconds: finer would be pretence.
    return track.at + timedelta(seconds=round(days * SECONDS_PER_DAY)) if days <= MOST_DAYS else None


def _percent(value: float) -> float:
    return round(min(100.0, max(0.0, value)), 2)
