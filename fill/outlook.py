"""The coming days of one container: the distribution of its level at any instant, and when it is full.

Put together from what it learned, from its prior and from the level now; the calendar makes Saturdays and
holidays differ. Levels are told twice: unclipped (`mean`, `sd`: what was brought, for whoever weighs risks)
and as the level people will see (`q10`, `q50`, `q90`, in 0 to 100). Pure arithmetic: the same input gives the
same output.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp, log, sqrt

from fill.learn import Learned
from fill.model import Refused, check_instant
from fill.prior import DAY_NOISE, DEPOSIT_L, HORIZONS_DAYS, STAYS_DAYS, Prior, Width
from fill.season import COUNT, NO_RAIN, RATE, Rain, features, parts
from fill.shape import MOST_SKEW, Z_80, below, shrunk, stretched

DAY_S = 86_400.0
MOST_INSTANTS = 2_000
FULL = 100.0
FARTHEST_DAYS = 60
"""The hour of 100 % is looked for this far; beyond, it is not told."""
DISPERSION_CHECKS = 20.0
"""The stream's dispersion counts as this many days of the container's own."""
DOUBTFUL_SD = 8.0
"""Points: how far off the last level of a probe that is not trusted may be, at least."""


@dataclass(frozen=True, slots=True)
class Step:
    """The level at an instant, in percent. `mean` and `sd` are not clipped at 100; the quantiles are.

    `p_overflow` is the probability that 100 % is reached by then.
    """

    at: datetime
    mean: float
    sd: float
    q10: float
    q50: float
    q90: float
    p_overflow: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """`full_at` is when 100 % is expected; at `full_early` 1 in 10 such containers is full, at `full_late` 9.

    None is "not within `FARTHEST_DAYS`". `estimated` says that the level now is itself a guess.
    """

    steps: tuple[Step, ...]
    full_at: datetime | None
    full_early: datetime | None
    full_late: datetime | None
    estimated: bool


@dataclass(frozen=True, slots=True)
class Level:
    """The level to start from: percent, its deviation in points, when it was true, and if it is trusted."""

    percent: float
    sd: float
    at: datetime
    trusted: bool = True


def outlook(
    learned: Learned, prior: Prior, level: Level, instants: Sequence[datetime], rain: Rain = NO_RAIN
) -> Outlook:
    """Look at `instants`, in order and not before the level's own. Errors: `Refused`."""
    check_instant("the level's instant", level.at)
    if not 0 < len(instants) <= MOST_INSTANTS:
        raise Refused(f"between 1 and {MOST_INSTANTS} instants can be foreseen at once")
    for before, after in zip((level.at, *instants), instants, strict=False):
        check_instant("an instant to foresee", after)
        if after < before:
            raise Refused("instants to foresee must be in order, from the level's own on")
    steps = tuple(_steps(learned, prior, level, instants, rain))
    early, expected, late = _full(learned, prior, level, rain)
    return Outlook(steps, expected, early, late, not level.trusted)


def _steps(
    learned: Learned, prior: Prior, level: Level, instants: Sequence[datetime], rain: Rain
) -> Iterator[Step]:
    start_sd = level.sd if level.trusted else max(level.sd, DOUBTFUL_SD)
    for at, gain, sd, skew in gains(learned, prior, level.at, instants, rain):
        days = (at - level.at).total_seconds() / DAY_S
        low, high = widths_at(prior.widths, days)
        total = sqrt(sd * sd + start_sd * start_sd)
        bent = skew * (sd / total) ** 3 if total > 0.0 else 0.0
        mean = level.percent + gain
        yield Step(
            at=at,
            mean=mean,
            sd=total * (low + high) / 2.0,
            q10=_percent(mean + total * low * stretched(-Z_80, bent)),
            q50=_percent(mean + total * (low if bent > 0.0 else high) * stretched(0.0, bent)),
            q90=_percent(mean + total * high * stretched(Z_80, bent)),
            p_overflow=_over(FULL - mean, total, bent, low, high),
        )


def gains(
    learned: Learned, prior: Prior, since: datetime, instants: Sequence[datetime], rain: Rain = NO_RAIN
) -> Iterator[tuple[datetime, float, float, float]]:
    """What is brought from `since` to each instant: (instant, mean, standard deviation, skew), in points."""
    covariance = unpacked(learned.covariance)
    weights = [a + b for a, b in zip(prior.mean, learned.mean, strict=True)]
    spread = dispersion(learned, prior)
    drift = drift_per_day(prior)
    gradient, carried = [0.0] * COUNT, [0.0] * COUNT
    mean = squares = doubt = 0.0
    reached, today = since, 0.0
    day: date | None = None
    for at in instants:
        for each, share in parts(reached, at, prior.hours):
            found = features(each, rain)
            if each != day:
                squares, today, day = squares + today * today, 0.0, each
            gain = share * exp(sum(weights[i] * value for i, value in found))
            mean, today = mean + gain, today + gain
            for i, value in found:
                gradient[i] += gain * value
                row = covariance[i]
                for j in range(COUNT):
                    carried[j] += row[j] * gain * value
            doubt = sum(a * b for a, b in zip(gradient, carried, strict=True))
        reached = at
        days = (at - since).total_seconds() / DAY_S
        brought = spread * brought_variance(mean, squares + today * today, prior.points_per_litre)
        variance = max(0.0, doubt) + brought + mean * mean * drift * days / 3.0
        sd = sqrt(variance)
        yield at, mean, sd, min(MOST_SKEW, 2.0 * sd / mean) if mean > 0.0 else 0.0


def brought_variance(mean: float, squares: float, points_per_litre: float) -> float:
    """The variance of what is thrown in: deposits of a usual size, and days better or worse than expected.

    `mean` in points over the whole time, `squares` the sum of the squares of the daily means.
    """
    return DEPOSIT_L * points_per_litre * mean + DAY_NOISE * DAY_NOISE * squares


def drift_per_day(prior: Prior) -> float:
    """Variance that a day adds to the logarithm of the rate."""
    return 2.0 * log(2.0) / STAYS_DAYS[RATE] * prior.spread[RATE] ** 2


def dispersion(learned: Learned, prior: Prior) -> float:
    """How much more or less than usual this container's days scatter, between its own and the stream's."""
    return (learned.surprise + DISPERSION_CHECKS * prior.dispersion) / (learned.seen + DISPERSION_CHECKS)


def unpacked(triangle: Sequence[float]) -> list[list[float]]:
    """The full symmetric matrix of a lower triangle by rows."""
    full = [[0.0] * COUNT for _ in range(COUNT)]
    at = 0
    for i in range(COUNT):
        for j in range(i + 1):
            full[i][j] = full[j][i] = triangle[at]
            at += 1
    return full


def widths_at(widths: tuple[Width, ...], days: float) -> tuple[float, float]:
    """How wide the lower and upper sides are this many days ahead, between the horizons that are checked."""
    if days <= HORIZONS_DAYS[0]:
        return widths[0].below, widths[0].above
    for n in range(1, len(HORIZONS_DAYS)):
        near, far = HORIZONS_DAYS[n - 1], HORIZONS_DAYS[n]
        if days <= far:
            part = (days - near) / (far - near)
            a, b = widths[n - 1], widths[n]
            return a.below + part * (b.below - a.below), a.above + part * (b.above - a.above)
    return widths[-1].below, widths[-1].above


def _full(
    learned: Learned, prior: Prior, level: Level, rain: Rain
) -> tuple[datetime | None, datetime | None, datetime | None]:
    """When 1 in 10, half and 9 in 10 such containers are full, on a grid of six hours."""
    found: list[datetime | None] = [None, None, None]
    last: tuple[datetime, tuple[float, float, float]] | None = None
    instants = [level.at + timedelta(hours=6 * n) for n in range(FARTHEST_DAYS * 4 + 1)]
    for step in _unclipped(learned, prior, level, instants, rain):
        for n, reached in enumerate(step[1]):
            if found[n] is None and reached >= FULL:
                found[n] = _between(last, step, n)
        if found[2] is not None:
            break
        last = step
    return found[0], found[1], found[2]


def _unclipped(
    learned: Learned, prior: Prior, level: Level, instants: Sequence[datetime], rain: Rain
) -> Iterator[tuple[datetime, tuple[float, float, float]]]:
    start_sd = level.sd if level.trusted else max(level.sd, DOUBTFUL_SD)
    for at, gain, sd, skew in gains(learned, prior, level.at, instants, rain):
        low, high = widths_at(prior.widths, (at - level.at).total_seconds() / DAY_S)
        total = sqrt(sd * sd + start_sd * start_sd)
        bent = skew * (sd / total) ** 3 if total > 0.0 else 0.0
        mean = level.percent + gain
        middle = mean + total * (low if bent > 0.0 else high) * stretched(0.0, bent)
        yield (
            at,
            (
                mean + total * high * stretched(Z_80, bent),
                middle,
                mean + total * low * stretched(-Z_80, bent),
            ),
        )


def _between(
    last: tuple[datetime, tuple[float, float, float]] | None,
    step: tuple[datetime, tuple[float, float, float]],
    n: int,
) -> datetime:
    if last is None:
        return step[0]
    before, after = last[1][n], step[1][n]
    part = (FULL - before) / (after - before) if after > before else 1.0
    return last[0] + timedelta(seconds=round(part * (step[0] - last[0]).total_seconds()))


def _over(room: float, sd: float, skew: float, low: float, high: float) -> float:
    if sd <= 0.0:
        return 1.0 if room <= 0.0 else 0.0
    scaled = room / (sd * (low if room < 0.0 else high))
    return round(1.0 - below(shrunk(scaled, skew)), 4)


def _percent(value: float) -> float:
    return round(min(FULL, max(0.0, value)), 2)
