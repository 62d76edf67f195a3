"""The physical truth of one column: litres brought, litres present, litres that no longer fit.

Knows people's habits (hour, weekday, season, holidays) and the noise around them. Refuses to know
probes and messages. Litres are floats here, because a drop of waste is not rounded; the same seed and
the same dates bring the same litres, however often the column is looked at in between. Calendars are
read in Europe/Paris. Nothing is lost: brought = taken + present + overflowed.

The shapes below are assumptions: no public measure of hourly use was found. The size of one deposit
follows the 33 litres measured for bags (Groningen, arXiv 2409.13386), less for glass and paper.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
HOUR_S = 3600

# Monday to Sunday; the mean is 1.
WEEKDAY = (0.90, 0.85, 1.00, 0.85, 0.95, 1.35, 1.10)
# By local hour: nobody at night (and a noise rule for glass), two bumps, before noon and after work.
_HOURS = (0, 0, 0, 0, 0, 0, 1, 3, 5, 8, 10, 10, 6, 5, 7, 7, 8, 10, 9, 6, 3, 1, 1, 0)
HOUR = tuple(24 * weight / sum(_HOURS) for weight in _HOURS)
# Months January to December: glass with summer visitors, paper with the school year.
MONTH = {
    "verre": (1.05, 0.88, 0.90, 0.97, 1.02, 1.05, 1.20, 1.22, 1.00, 0.92, 0.90, 1.05),
    "papier": (1.05, 1.00, 1.02, 1.00, 1.00, 1.02, 0.82, 0.78, 1.12, 1.06, 1.08, 1.10),
    "emballages": (0.97, 0.95, 0.97, 1.00, 1.02, 1.05, 1.10, 1.10, 1.00, 0.97, 0.96, 1.02),
}
YEAR_END = {"verre": 1.5, "papier": 1.15, "emballages": 1.3}  # 24 December to 3 January
DEPOSIT_L = {"verre": 8.0, "papier": 15.0, "emballages": 33.0}
DAY_NOISE = 0.25  # standard deviation of the logarithm of a day's total


@dataclass(frozen=True, slots=True)
class Lift:
    """One emptying: when, and how many litres left with the truck."""

    at: datetime
    litres: float


@dataclass(slots=True, kw_only=True)
class Column:
    """A column between two looks. Changed only by `advance` and `lift`."""

    code: str
    stream: str
    volume_l: int
    litres_per_day: float
    seed: int
    at: datetime
    litres: float = 0.0
    brought_l: float = 0.0
    overflow_l: float = 0.0
    lifts: list[Lift] = field(default_factory=list)
    _day: int = -1
    _hours: tuple[float, ...] = ()


def habit(stream: str, local: datetime) -> float:
    """How much more or less than on an average hour people bring, at this local hour (mean 1)."""
    year_end = (local.month, local.day) >= (12, 24) or (local.month, local.day) <= (1, 3)
    month = MONTH.get(stream, MONTH["emballages"])[local.month - 1]
    season = YEAR_END.get(stream, 1.0) if year_end else month
    return WEEKDAY[local.weekday()] * HOUR[local.hour] * season


@lru_cache(maxsize=10_000)
def _habit_of(stream: str, hour: int) -> float:
    """The habit of an hour since 1970: the same for all columns of a stream, so worked out once."""
    return habit(stream, datetime.fromtimestamp(hour * HOUR_S, PARIS))


def litres_of_day(column: Column, day: int) -> tuple[float, ...]:
    """Litres brought in each of the 24 UTC hours of a day (days since 1970), with the noise.

    Each hour is a gamma whose mean and variance are those of a sum of deposits of the usual size.
    """
    rng = random.Random(f"deposits/{column.seed}/{column.code}/{day}")
    mood = rng.lognormvariate(-(DAY_NOISE**2) / 2, DAY_NOISE)
    deposit_l = DEPOSIT_L.get(column.stream, 33.0)
    hours = []
    for hour in range(24):
        mean_l = column.litres_per_day / 24 * _habit_of(column.stream, day * 24 + hour) * mood
        hours.append(rng.gammavariate(mean_l / deposit_l, deposit_l) if mean_l > 0 else 0.0)
    return tuple(hours)


def advance(column: Column, to: datetime) -> None:
    """Bring the column to a later instant; an earlier one changes nothing."""
    at_s, to_s = column.at.timestamp(), to.timestamp()
    while at_s < to_s:
        hour = int(at_s // HOUR_S)
        until_s = min((hour + 1) * HOUR_S, to_s)
        if hour // 24 != column._day:
            column._day, column._hours = hour // 24, litres_of_day(column, hour // 24)
        brought_l = column._hours[hour % 24] * (until_s - at_s) / HOUR_S
        column.brought_l += brought_l
        fits_l = min(brought_l, column.volume_l - column.litres)
        column.litres += fits_l
        column.overflow_l += brought_l - fits_l
        at_s = until_s
    column.at = max(column.at, to)


def lift(column: Column, at: datetime) -> Lift:
    """Empty the column at `at`, or at the instant it has already reached when that is later."""
    advance(column, at)
    done = Lift(column.at, column.litres)
    column.litres = 0.0
    column.lifts.append(done)
    return done


def fill(column: Column) -> float:
    """How full it is, 0 to 1."""
    return column.litres / column.volume_l


# --- the crew before the platform: emptying by the calendar ---

SHORTEST_DAYS, LONGEST_DAYS = 4, 70
# The calendar was set by habit: some columns are lifted half full, some after they overflowed.
EARLIEST_FILL, LATEST_FILL = 0.60, 1.18


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every `period_days`, counted back and forth from `anchor`, at `hour` local time, never on a weekend."""

    anchor: datetime
    period_days: int
    hour: int


def calendar(column: Column, start: datetime, phase: float) -> Calendar:
    """The calendar of one column, such that a share `phase` of its period has passed at `start`."""
    rng = random.Random(f"calendar/{column.seed}/{column.code}")
    due_fill = rng.uniform(EARLIEST_FILL, LATEST_FILL)
    pace = max(column.litres_per_day * _month_pace(column.stream, start), 0.001)
    days = round(due_fill * column.volume_l / pace)
    period_days = max(SHORTEST_DAYS, min(LONGEST_DAYS, days))
    return Calendar(start - timedelta(days=phase * period_days), period_days, rng.randrange(6, 13))


def _month_pace(stream: str, start: datetime) -> float:
    return MONTH.get(stream, MONTH["emballages"])[start.astimezone(PARIS).month - 1]


def lift_at(plan: Calendar, number: int) -> datetime:
    """The instant of lift `number`: 0 is the last before the anchor's end, negative ones are earlier."""
    local = (plan.anchor + timedelta(days=number * plan.period_days)).astimezone(PARIS)
    day = local.date()
    if day.weekday() == 5:  # Saturday's lift was done on Friday, Sunday's on Monday
        day -= timedelta(days=1)
    elif day.weekday() == 6:
        day += timedelta(days=1)
    minute = (plan.anchor.minute * 7 + number * 13) % 60
    return datetime(day.year, day.month, day.day, plan.hour, minute, tzinfo=PARIS).astimezone(UTC)
