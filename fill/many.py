"""The coming days of many containers at once: `fill.outlook`'s answers, hundreds of containers a step.

The same arithmetic as `fill.habit.gains` and `fill.outlook.outlook` written on arrays, for whoever looks at a
whole territory; a test holds the two together. Has no rule of its own: where they differ, `outlook` is right.
All members are of one stream, whose busy hours and widths they share.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from fill.habit import DAY_S, Learned, dispersion, drift_per_day, unpacked
from fill.outlook import (
    CALIBRATION_SD,
    DOUBTFUL_SD,
    FULL,
    GRID_HOURS,
    Level,
    Outlook,
    Step,
)
from fill.prior import DAY_NOISE, DEPOSIT_L, HORIZONS_DAYS, Prior
from fill.season import COUNT, RAIN, Rain, features, local_hour, share_before
from fill.shape import FLAT, MOST_SKEW, Z_80

Floats = NDArray[np.float64]
AT_ONCE = 250
"""Members of one step: some tens of megabytes."""
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Member:
    """One container: what it learned, what is expected of it, where it stands, its commune's rain."""

    learned: Learned
    prior: Prior
    level: Level
    rain: Rain


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What is expected of each member (rows) at each of its instants (columns)."""

    times: Floats
    mean: Floats
    sd: Floats
    skew: Floats
    below: Floats
    above: Floats

    def quantile(self, z: float) -> Floats:
        """The level that is not passed in the share of cases of this normal quantile."""
        root = np.maximum(0.0, self.skew * z / 6.0 - self.skew**2 / 36.0 + 1.0)
        bent = np.where(self.skew < FLAT, z, 2.0 / np.maximum(self.skew, FLAT) * (root**3 - 1.0))
        found: Floats = self.mean + self.sd * (self.above if z > 0.0 else self.below) * bent
        return found

    def normal_of_full(self) -> Floats:
        """The normal quantile at which the level is 100."""
        room = FULL - self.mean
        off = room / (self.sd * np.where(room < 0.0, self.below, self.above))
        skew = np.maximum(self.skew, FLAT)
        root = np.cbrt(np.maximum(0.0, skew * off / 2.0 + 1.0))
        found: Floats = np.where(self.skew < FLAT, off, 6.0 / skew * (root - 1.0) + skew / 6.0)
        return found


def outlooks(members: Sequence[Member], instants: Sequence[datetime]) -> Iterator[Outlook]:
    """Look at `instants`, in order and not before any member's level; an answer for each member, in order."""
    by_age = sorted(range(len(members)), key=lambda n: members[n].level.at)
    found: dict[int, Outlook] = {}
    for start in range(0, len(by_age), AT_ONCE):
        some = by_age[start : start + AT_ONCE]
        found |= zip(some, _some([members[n] for n in some], instants), strict=True)
    return (found[n] for n in range(len(members)))


def _some(members: list[Member], instants: Sequence[datetime]) -> Iterator[Outlook]:
    since = np.array([one.level.at.timestamp() for one in members])
    wanted = np.array([at.timestamp() for at in instants])
    grid = since[:, None] + HOUR_S * np.array(GRID_HOURS)
    times = np.concatenate((np.broadcast_to(wanted, (len(members), len(wanted))), grid), axis=1)
    order = np.argsort(times, axis=1, kind="stable")
    back = np.argsort(order, axis=1)[:, : len(wanted)]
    ahead = _expected(members, since, np.take_along_axis(times, order, axis=1))
    sides = [ahead.quantile(z) for z in (-Z_80, 0.0, Z_80)]
    shown = [ahead.mean, ahead.sd * (ahead.below + ahead.above) / 2.0, *sides, ahead.normal_of_full()]
    columns = [np.take_along_axis(each, back, axis=1).tolist() for each in shown]
    full = [_crossings(ahead.times, sides[n]) for n in (2, 1, 0)]
    for n, one in enumerate(members):
        rows = zip(instants, *(column[n] for column in columns), strict=True)
        steps = tuple(
            Step(at, mean, sd, q10, q50, q90, round(0.5 * erfc(z / sqrt(2.0)), 4))
            for at, mean, sd, q10, q50, q90, z in rows
        )
        yield Outlook(steps, full[1][n], full[0][n], full[2][n], not one.level.trusted)


def _expected(members: list[Member], since: Floats, times: Floats) -> _Ahead:
    gains, moves = _gains(members, since, times)
    prior = members[0].prior
    covariance = np.array([unpacked(one.learned.covariance) for one in members])
    doubt = ((moves @ covariance) * moves).sum(axis=2)
    gained = gains.sum(axis=2)
    squares = (gains * gains).sum(axis=2)
    per_litre = np.array([one.prior.points_per_litre for one in members])[:, None]
    spread = np.array([dispersion(one.learned, one.prior) for one in members])[:, None]
    brought = spread * (DEPOSIT_L * per_litre * gained + DAY_NOISE * DAY_NOISE * squares)
    days = (times - since[:, None]) / DAY_S
    drift = np.array([drift_per_day(one.prior) for one in members])[:, None]
    gain_sd = np.sqrt(np.maximum(0.0, doubt) + brought + gained * gained * drift * days / 3.0)
    skew = np.where(gained > 0.0, np.minimum(MOST_SKEW, 2.0 * gain_sd / np.maximum(gained, 1e-300)), 0.0)
    levels = [one.level for one in members]
    start = np.array([each.sd if each.trusted else max(each.sd, DOUBTFUL_SD) for each in levels])[:, None]
    sd = np.sqrt(gain_sd**2 + start**2 + CALIBRATION_SD**2)
    return _Ahead(
        times=times,
        mean=np.array([each.percent for each in levels])[:, None] + gained,
        sd=sd,
        skew=skew * (gain_sd / sd) ** 3,
        below=np.interp(days, HORIZONS_DAYS, [width.below for width in prior.widths]),
        above=np.interp(days, HORIZONS_DAYS, [width.above for width in prior.widths]),
    )


def _gains(members: list[Member], since: Floats, times: Floats) -> tuple[Floats, Floats]:
    """The points each local day brings until each instant, and how they move with each effect."""
    hours = np.arange(since.min() // HOUR_S, times.max() // HOUR_S + 2) * HOUR_S
    local = [local_hour(datetime.fromtimestamp(at, UTC)) for at in hours.tolist()]
    first = local[0][0]
    count = (local[-1][0] - first).days + 1
    shares = members[0].prior.hours
    clock = np.array([(day - first).days + share_before(shares, hour) for day, hour in local])
    # Between whole hours the share of a day grows on a line, as `share_before` has it.
    begins, ends = np.interp(since, hours, clock), np.interp(times, hours, clock)
    days = np.arange(count)
    part = np.clip(ends[:, :, None] - days, 0.0, 1.0) - np.clip(begins[:, None, None] - days, 0.0, 1.0)
    dates = [first + timedelta(days=n) for n in range(count)]
    what, rain = _features(members, dates)
    weights = np.array([one.prior.mean for one in members]) + np.array([one.learned.mean for one in members])
    pace = np.exp(weights @ what.T + weights[:, RAIN, None] * rain)
    gains = part * pace[:, None, :]
    moves = gains @ what
    moves[:, :, RAIN] += (gains * rain[:, None, :]).sum(axis=2)
    return gains, moves


def _features(members: list[Member], dates: Sequence[date]) -> tuple[Floats, Floats]:
    """What each day is (days by effects, dry), and how much it rains on each member (members by days)."""
    what = np.zeros((len(dates), COUNT))
    for n, day in enumerate(dates):
        for effect, value in features(day):
            what[n, effect] = value
    rain = np.zeros((len(members), len(dates)))
    for row, one in enumerate(members):
        if one.rain:
            rain[row] = [dict(features(day, one.rain)).get(RAIN, 0.0) for day in dates]
    return what, rain


def _crossings(times: Floats, levels: Floats) -> list[datetime | None]:
    """When each row first reaches 100, on a line between its instants."""
    reached = levels >= FULL
    at = reached.argmax(axis=1)
    found: list[datetime | None] = []
    for row, column in enumerate(at.tolist()):
        if not reached[row, column]:
            found.append(None)
            continue
        seconds = times[row, column]
        if column:
            before, after = levels[row, column - 1], levels[row, column]
            if after > before:
                part = (FULL - before) / (after - before)
                last = times[row, column - 1]
                seconds = last + round(part * (seconds - last))
        found.append(datetime.fromtimestamp(float(seconds), UTC))
    return found
