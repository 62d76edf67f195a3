"""Days, weeks and years as a council counts them: in Europe/Paris, with France's public holidays.

Knows no rule of any site. `Window` is half open: its start belongs to it, its end does not.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.easter import easter

from access.model import Opening, Site, Span

PARIS = ZoneInfo("Europe/Paris")
MOST_DAYS_AHEAD = 30


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` (included) to `end` (not); `renews` is whether a new one begins at its end."""

    start: datetime
    end: datetime
    renews: bool


def window(at: datetime, per: Span, rolling_days: int = 0) -> Window:
    """The span around an instant; a rolling one ends with the instant itself (included)."""
    day = at.astimezone(PARIS).date()
    if per == "rolling":
        return Window(
            _midnight(day - timedelta(days=rolling_days - 1)), _midnight(day + timedelta(days=1)), False
        )
    first = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "semester": day.replace(month=1 if day.month <= 6 else 7, day=1),
        "year": day.replace(month=1, day=1),
    }[per]
    months = {"month": 1, "semester": 6, "year": 12}
    if per in months:
        count = first.month - 1 + months[per]
        after = first.replace(year=first.year + count // 12, month=count % 12 + 1)
    else:
        after = first + timedelta(days=1 if per == "day" else 7)
    return Window(_midnight(first), _midnight(after), True)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)


def holidays(year: int) -> frozenset[date]:
    """The eleven public holidays of metropolitan France (Code du travail, article L3133-1)."""
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moved = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
    sunday = easter(year)
    return frozenset([date(year, *one) for one in fixed] + [sunday + timedelta(days=one) for one in moved])


def openings(site: Site, day: date) -> tuple[Opening, ...]:
    """The stretches of one day, in order; none is closed."""
    if day in site.exceptions:
        return site.exceptions[day]
    if site.closed_on_holidays and day in holidays(day.year):
        return ()
    return site.hours.get(day.isoweekday(), ())


def is_open(site: Site, at: datetime) -> bool:
    """Whether the site is open at an instant; the closing minute is closed. No hours at all: always open."""
    if not site.hours and not site.exceptions:
        return True
    local = at.astimezone(PARIS)
    return any(one.opens <= local.time() < one.closes for one in openings(site, local.date()))


def next_opening(site: Site, at: datetime) -> datetime | None:
    """When the site opens next after an instant, within a month."""
    local = at.astimezone(PARIS)
    for ahead in range(MOST_DAYS_AHEAD):
        day = local.date() + timedelta(days=ahead)
        for one in openings(site, day):
            opening = datetime.combine(day, one.opens, PARIS)
            if opening > at:
                return opening
    return None
