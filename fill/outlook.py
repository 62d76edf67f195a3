"""The coming days of one container: the distribution of its level at any instant, and when it is full.

Put together from what it learned, from its prior and from the level now; the calendar makes Saturdays and
holidays differ. Levels are not clipped at 100, so that whoever weighs risks sees how much would not fit;
`shown` clips them for people. Pure arithmetic: the same input gives the same output.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import hypot, sqrt

from fill.habit import DAY_S, Learned, gains
from fill.model import Refused, check_instant
from fill.prior import HORIZONS_DAYS, Prior, Width
from fill.season import NO_RAIN, Rain
from fill.shape import Z_80, below, shrunk, stretched

MOST_INSTANTS = 2_000
FULL = 100.0
FARTHEST_DAYS = 60
"""The hour of 100 % is looked for this far; beyond, it is not told."""
GRID_HOURS = (*range(0, 168, 6), *range(168, 336, 24), *range(336, FARTHEST_DAYS * 24 + 1, 72))
CALIBRATION_SD = 0.5
"""Points: what no filter sees of a probe's mounting and of the heap under the hatch, in quadrature.
Chosen on the training seeds of `bench.forecast`, for 8 truths in 10 inside at one, three and seven days."""
DOUBTFUL_SD = 8.0
"""Points: how far off the last level of a probe that is not trusted may be, at least."""


@dataclass(frozen=True, slots=True)
class Step:
    """The level at an instant if nobody empties, in percent, not clipped at 100: what was brought counts.

    8 times in 10 it lies between `q10` and `q90`. `p_overflow` is the probability that 100 % is reached by
    then. `shown` clips a level for people.
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
    wanted, found, full = set(instants), dict[datetime, Step](), _Full()
    grid = [level.at + timedelta(hours=hours) for hours in GRID_HOURS]
    for step in _steps(learned, prior, level, sorted({*grid, *wanted}), rain):
        if step.at in wanted:
            found[step.at] = step
        full.look(step)
        if full.sides[2] is not None and len(found) == len(wanted):
            break
    early, expected, late = full.sides
    return Outlook(tuple(found[at] for at in instants), expected, early, late, not level.trusted)


def shown(percent: float) -> float:
    """A level as people see it: 0 to 100, to a hundredth."""
    return round(min(FULL, max(0.0, percent)), 2)


def _steps(
    learned: Learned, prior: Prior, level: Level, instants: Sequence[datetime], rain: Rain
) -> Iterator[Step]:
    start_sd = hypot(level.sd if level.trusted else max(level.sd, DOUBTFUL_SD), CALIBRATION_SD)
    for at, gain, gain_sd, skew in gains(learned, prior, level.at, instants, rain):
        low, high = widths_at(prior.widths, (at - level.at).total_seconds() / DAY_S)
        sd = sqrt(gain_sd * gain_sd + start_sd * start_sd)
        bent = skew * (gain_sd / sd) ** 3 if sd > 0.0 else 0.0
        mean = level.percent + gain
        yield Step(
            at=at,
            mean=mean,
            sd=sd * (low + high) / 2.0,
            q10=mean + sd * low * stretched(-Z_80, bent),
            q50=mean + sd * low * stretched(0.0, bent),
            q90=mean + sd * high * stretched(Z_80, bent),
            p_overflow=_over(FULL - mean, sd, bent, low, high),
        )


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


@dataclass(slots=True)
class _Full:
    """When 1 in 10, half and 9 in 10 such containers are full, found while steps go by."""

    sides: list[datetime | None] = field(default_factory=lambda: [None, None, None])
    last: Step | None = None

    def look(self, step: Step) -> None:
        """Take the next step."""
        last = self.last
        for n, reached in enumerate((step.q90, step.q50, step.q10)):
            if self.sides[n] is None and reached >= FULL:
                before = None if last is None else (last.q90, last.q50, last.q10)[n]
                self.sides[n] = _crossing(last, before, step, reached)
        self.last = step


def _crossing(last: Step | None, before: float | None, step: Step, after: float) -> datetime:
    if last is None or before is None or after <= before:
        return step.at
    part = (FULL - before) / (after - before)
    return last.at + timedelta(seconds=round(part * (step.at - last.at).total_seconds()))


def _over(room: float, sd: float, skew: float, low: float, high: float) -> float:
    if sd <= 0.0:
        return 1.0 if room <= 0.0 else 0.0
    scaled = room / (sd * (low if room < 0.0 else high))
    return round(1.0 - below(shrunk(scaled, skew)), 4)
