"""What a container teaches: its own pace and habits, day after day, over irregular intervals.

An extended Kalman filter on the logarithms of `fill.season`'s effects, as deviations from the prior: what was
gained between two trusted levels is compared with what was expected of those hours. An interval stays open
for most of a day, so that the echo's noise weighs little. Knows neither echoes nor who emptied, only levels;
`fill.share` spreads what is learned among containers.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp, sqrt

from fill.habit import (
    DAY_S,
    Check,
    Learned,
    brought_variance,
    combined,
    dispersion,
    expected_gain,
    gains,
    packed,
    unpacked,
)
from fill.prior import HORIZONS_DAYS, STAYS_DAYS, Prior
from fill.season import COUNT, NO_RAIN, RATE, Rain, features, parts
from fill.shape import shrunk

OPEN_DAYS, MOST_OPEN_DAYS = 0.75, 4.0
"""An interval is closed, and teaches, after most of a day if what is expected stands out of the noise."""
STANDS_OUT = 2.0  # times the noise of its two levels
LEAST_DAYS = 0.1  # an emptying closes it earlier, but less than this teaches nothing
HOURLY_DAYS = 0.26  # an interval this short tells which hours are busy
BRIM = 98.0  # above it an echo cannot show how much more was thrown in
FALL_POINTS = 8.0  # a larger fall without an emptying: a heap that settled, a partial lift, another truth
MOST_SIGMAS = 4.0  # a surprise counts for this many deviations at most
MOST_SCATTER = 6.0  # the same, when it tells how much the days scatter
MEMORY_DAYS = 60.0  # in which a day's dispersion is half forgotten
LEAN_KEPT = 0.9  # of the lean of surprises, at each interval: some ten days are remembered
LEANS = 2.5  # a lean of this many deviations is no chance: the pace has changed
JUMP = 0.25  # deviation of the logarithm of the pace when it has changed
LATEST_CHECK = 1.25  # a check made later than its horizon times this is dropped


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one container tells its stream: how checks ended (horizon, deviations off), and busy hours.

    `since`, `until` and `gained` are a short interval and the points it brought, or None.
    """

    checks: tuple[tuple[int, float], ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    gained: float = 0.0


NOTHING = Lesson()


def observe(
    learned: Learned, prior: Prior, at: datetime, level: float, level_sd: float, rain: Rain = NO_RAIN
) -> tuple[Learned, Lesson]:
    """Take a trusted level, nothing having been emptied since the one before. Late ones change nothing."""
    if learned.at is None or learned.seen_at is None:
        return _opened(learned, at, level, level_sd), NOTHING
    if at <= learned.seen_at:
        return learned, NOTHING
    if level < learned.seen_level - FALL_POINTS:
        return _opened(learned, at, level, level_sd), NOTHING
    if level >= BRIM:  # what came is at least what is seen: nothing is learned until it is emptied
        return replace(_opened(learned, at, level, level_sd), checks=()), NOTHING
    moved = level - learned.seen_level
    lesson = NOTHING
    if (at - learned.seen_at).total_seconds() <= HOURLY_DAYS * DAY_S:
        lesson = Lesson((), learned.seen_at, at, moved)
    learned = replace(learned, seen_at=at, seen_level=level, odometer=round(learned.odometer + moved, 4))
    learned, ended = _checked(learned, at)
    if _ripe(learned, prior, at, level_sd, rain):
        learned = _closed(learned, prior, at, level, level_sd, rain)
        learned = _opened(learned, at, level, level_sd)
        learned = _checks_made(learned, prior, at, level_sd, rain)
    return learned, replace(lesson, checks=ended)


def emptied(
    learned: Learned,
    prior: Prior,
    at: datetime,
    before: float | None,
    after: float,
    level_sd: float,
    rain: Rain = NO_RAIN,
) -> Learned:
    """Take an emptying: the level `before` it, unless unknown, was that of the newest level seen."""
    if learned.seen_at is not None and at <= learned.seen_at and learned.level <= after:
        return learned
    if learned.at is not None and learned.seen_at is not None and at > learned.at:
        last = min(learned.seen_at, at)
        level = learned.seen_level if before is None else max(before, learned.seen_level)
        if level < BRIM and (last - learned.at).total_seconds() >= LEAST_DAYS * DAY_S:
            learned = _closed(learned, prior, last, level, level_sd, rain)
        unseen = expected_gain(learned, prior, last, at, rain)
        gained = level - learned.seen_level + unseen
        learned = replace(learned, odometer=round(learned.odometer + gained, 4))
        if level >= BRIM:
            learned = replace(learned, checks=())
    return _opened(learned, at, after, level_sd)


def lost(learned: Learned) -> Learned:
    """The probe is not trusted any more: the open interval and the checks are given up, the rest is kept."""
    if learned.at is None and not learned.checks:
        return learned
    return replace(learned, at=None, seen_at=None, checks=())


def _ripe(learned: Learned, prior: Prior, at: datetime, level_sd: float, rain: Rain) -> bool:
    """Whether the open interval teaches more than noise by now."""
    assert learned.at is not None  # noqa: S101 - the caller has looked
    days = (at - learned.at).total_seconds() / DAY_S
    if not OPEN_DAYS <= days < MOST_OPEN_DAYS:
        return days >= MOST_OPEN_DAYS
    noise = sqrt(level_sd**2 + learned.level_sd**2)
    return expected_gain(learned, prior, learned.at, at, rain) >= STANDS_OUT * noise


def _opened(learned: Learned, at: datetime, level: float, level_sd: float) -> Learned:
    return replace(learned, at=at, level=level, level_sd=level_sd, seen_at=at, seen_level=level)


def _closed(
    learned: Learned, prior: Prior, at: datetime, level: float, level_sd: float, rain: Rain
) -> Learned:
    """Learn from the open interval, which ends with `level` at `at`."""
    since = learned.at
    assert since is not None  # noqa: S101 - callers have looked
    mean, covariance = _carried(learned, prior, at)
    weights = [a + b for a, b in zip(prior.mean, mean, strict=True)]
    gradient, expected, squares = _expected(weights, prior, since, at, rain)
    days = (at - since).total_seconds() / DAY_S
    gained = level - learned.level
    spread = dispersion(learned, prior)
    brought = brought_variance(expected, squares, prior.points_per_litre)
    noise = spread * brought + level_sd**2 + learned.level_sd**2
    carried = combined(covariance, gradient.items())
    total = noise + sum(carried[i] * value for i, value in gradient.items())
    surprise = gained - expected
    scatter = min(surprise * surprise, MOST_SCATTER**2 * total)
    limit = MOST_SIGMAS * sqrt(total)
    surprise = min(limit, max(-limit, surprise))
    trust = surprise / total
    for i in range(COUNT):
        mean[i] = round(mean[i] + carried[i] * trust, 6)
        factor = carried[i] / total
        covariance[i] = [a - factor * b for a, b in zip(covariance[i], carried, strict=True)]
    lean = LEAN_KEPT * learned.lean + sqrt(1.0 - LEAN_KEPT**2) * surprise / sqrt(total)
    if abs(lean) > LEANS:
        covariance[RATE][RATE] += JUMP * JUMP
        lean = 0.0
    kept = 0.5 ** (days / MEMORY_DAYS)
    weight = min(1.0, days)
    # An interval tells of the dispersion as much as the dispersion counts in what surprises.
    weight *= spread * brought / total
    scattered = weight * spread * scatter / total
    return replace(
        learned,
        mean=tuple(mean),
        covariance=packed(covariance),
        until=at,
        surprise=round(learned.surprise * kept + scattered, 5),
        seen=round(learned.seen * kept + weight, 5),
        lean=round(lean, 4),
    )


def _carried(learned: Learned, prior: Prior, at: datetime) -> tuple[list[float], list[list[float]]]:
    """Deviations and covariance at `at`: what is old is half forgotten, towards the prior."""
    mean, covariance = list(learned.mean), unpacked(learned.covariance)
    days = 0.0 if learned.until is None else (at - learned.until).total_seconds() / DAY_S
    if days > 0.0:
        keeps = [0.5 ** (days / stays) for stays in STAYS_DAYS]
        for i, keep in enumerate(keeps):
            mean[i] *= keep
            row = covariance[i] = [keep * a * b for a, b in zip(covariance[i], keeps, strict=True)]
            row[i] += (1.0 - keep * keep) * prior.spread[i] ** 2
    return mean, covariance


def _expected(
    weights: list[float], prior: Prior, since: datetime, until: datetime, rain: Rain
) -> tuple[dict[int, float], float, float]:
    """How the expected points move with each effect, the points, and the sum of the squares of the days."""
    gradient: dict[int, float] = {}
    expected = squares = 0.0
    for day, share in parts(since, until, prior.hours):
        found = features(day, rain)
        gain = share * exp(sum(weights[i] * value for i, value in found))
        expected, squares = expected + gain, squares + gain * gain
        for i, value in found:
            gradient[i] = gradient.get(i, 0.0) + gain * value
    return gradient, expected, squares


def _checked(learned: Learned, at: datetime) -> tuple[Learned, tuple[tuple[int, float], ...]]:
    """Compare the checks that are due with the odometer; those seen too late say nothing."""
    due = [check for check in learned.checks if check.due_at <= at]
    if not due:
        return learned, ()
    ended = []
    for check in due:
        wanted, took = (check.due_at - check.made_at), (at - check.made_at)
        if took <= wanted * LATEST_CHECK:
            gained = (learned.odometer - check.odometer) * (wanted / took)
            ended.append((check.horizon, round(shrunk((gained - check.mean) / check.sd, check.skew), 4)))
    return replace(learned, checks=tuple(c for c in learned.checks if c.due_at > at)), tuple(ended)


def _checks_made(learned: Learned, prior: Prior, at: datetime, level_sd: float, rain: Rain) -> Learned:
    """Write down what is expected at the horizons of which no check is under way."""
    waiting = {check.horizon for check in learned.checks}
    made = []
    for horizon, days in enumerate(HORIZONS_DAYS):
        if horizon in waiting:
            continue
        due = at + timedelta(days=days)
        _, mean, sd, skew = next(iter(gains(learned, prior, at, (due,), rain)))
        total = sqrt(sd * sd + 2.0 * level_sd * level_sd)
        bent = round(skew * (sd / total) ** 3, 4)
        made.append(Check(at, due, horizon, learned.odometer, round(mean, 4), round(total, 4), bent))
    return replace(learned, checks=(*learned.checks, *made))
