"""What makes one day busier than another: weekday, kind of day, rain, time of year; and the hours of a day.

Knows local days and hours (Europe/Paris) and their features; knows neither levels nor what was learned. The
points a day brings are exp(sum of weight x value) over its features; a weight of 0 changes nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from math import cos, pi, sin
from zoneinfo import ZoneInfo

from fill.calendar import KINDS, kind_of

PARIS = ZoneInfo("Europe/Paris")

RATE = 0
"""The logarithm of the points an ordinary day brings."""
MONDAY = 1  # to 7: one weight a weekday
FIRST_KIND = 8  # to 11: school, summer, year_end, public; an ordinary day has none
RAIN = 12  # times the day's rain, 1 for 10 mm or more
SINE, COSINE = 13, 14  # the time of year
COUNT = 15
NAMES = (
    "rate",
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *KINDS[1:],
    "rain",
    "sine",
    "cosine",
)
MUCH_RAIN_MM = 10.0

# By local hour, before anything is learned: nobody at night (glass is noisy), late morning and after work.
USUAL_HOURS = (0, 0, 0, 0, 0, 0, 1, 2, 5, 7, 9, 9, 7, 6, 7, 7, 8, 9, 8, 6, 4, 2, 1, 0)

Features = tuple[tuple[int, float], ...]
Hours = tuple[float, ...]
Rain = Mapping[date, float]
NO_RAIN: Rain = {}


def features(day: date, rain: Rain = NO_RAIN) -> Features:
    """What this day is, as (weight's number, value); `rain` in millimetres a day, dry where not known."""
    found = _dry_features(day)
    fallen = rain.get(day, 0.0)
    if fallen > 0.0:
        found = (*found, (RAIN, min(1.0, fallen / MUCH_RAIN_MM)))
    return found


@lru_cache(maxsize=2_000)
def _dry_features(day: date) -> Features:
    turn = 2.0 * pi * (day.timetuple().tm_yday - 1) / 365.25
    found = [(RATE, 1.0), (MONDAY + day.weekday(), 1.0), (SINE, sin(turn)), (COSINE, cos(turn))]
    kind = KINDS.index(kind_of(day))
    if kind:
        found.append((FIRST_KIND + kind - 1, 1.0))
    return tuple(found)


def cumulated(hours: tuple[float, ...]) -> Hours:
    """Twenty-four weights to the share of a day's gain that is there at the start of each hour, 0 to 1."""
    total = sum(hours)
    return (0.0, *(min(1.0, share) for share in accumulate(weight / total for weight in hours[:-1])), 1.0)


def share_before(hours: Hours, hour: float) -> float:
    """The share of a day that has come by this local hour, 0 to 24."""
    whole = min(23, int(hour))
    return hours[whole] + (hours[whole + 1] - hours[whole]) * (hour - whole)


def local_hour(at: datetime) -> tuple[date, float]:
    """The local day, and the hour on the local clock as a number."""
    local = at.astimezone(PARIS)
    return local.date(), local.hour + local.minute / 60 + local.second / 3600


def parts(since: datetime, until: datetime, hours: Hours) -> Iterator[tuple[date, float]]:
    """The local days between two instants, each with its share of a whole day."""
    day, began = local_hour(since)
    last, ends = local_hour(until)
    before = share_before(hours, began)
    while day < last:
        if before < 1.0:
            yield day, 1.0 - before
        day, before = day + timedelta(days=1), 0.0
    share = share_before(hours, ends) - before
    if share > 0.0:
        yield day, share


def ends_of_days(now: datetime, days: int) -> tuple[datetime, ...]:
    """Local midnight at the end of today and of the following days, `days` in all, in UTC."""
    today, _ = local_hour(now)
    midnights = (today + timedelta(days=n) for n in range(1, days + 1))
    return tuple(datetime(d.year, d.month, d.day, tzinfo=PARIS).astimezone(UTC) for d in midnights)
