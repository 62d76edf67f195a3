"""What kind of day it is in Hauts-de-France: school holidays of zone B, public holidays, year end.

Knows dates, not hours, and nothing of containers. The official periods are data with their source; beyond
them the calendar is guessed from the rules the ministry has kept to for years, and says so (`is_official`).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from dateutil.easter import easter

Kind = Literal["ordinary", "school", "summer", "year_end", "public"]
KINDS: tuple[Kind, ...] = ("ordinary", "school", "summer", "year_end", "public")


@dataclass(frozen=True, slots=True)
class Period:
    """School holidays from the first day without school to the last one, both included."""

    first: date
    last: date
    name: str


# Zone B (académies d'Amiens, de Lille...), first Saturday to last Sunday, "pont" of Ascension left out: it is
# too short to change how people sort. Source: Ministère de l'Éducation nationale, « Calendrier scolaire »,
# data.education.gouv.fr, jeu fr-en-calendrier-scolaire, Licence Ouverte 2.0; by way of the daily table of A.
# Augusti, vacances-scolaires (Licence Ouverte), which is checked against it. Read in November 2026.
_ZONE_B = """
2021-07-06 2021-08-31 summer
2021-10-23 2021-11-07 autumn
2021-12-18 2022-01-02 christmas
2022-02-05 2022-02-20 winter
2022-04-09 2022-04-24 spring
2022-07-07 2022-08-31 summer
2022-10-22 2022-11-06 autumn
2022-12-17 2023-01-02 christmas
2023-02-11 2023-02-26 winter
2023-04-15 2023-05-01 spring
2023-07-08 2023-09-03 summer
2023-10-21 2023-11-05 autumn
2023-12-23 2024-01-07 christmas
2024-02-24 2024-03-10 winter
2024-04-20 2024-05-05 spring
2024-07-06 2024-09-01 summer
2024-10-19 2024-11-03 autumn
2024-12-21 2025-01-05 christmas
2025-02-08 2025-02-23 winter
2025-04-05 2025-04-21 spring
2025-07-05 2025-08-31 summer
2025-10-18 2025-11-02 autumn
2025-12-20 2026-01-04 christmas
2026-02-14 2026-03-01 winter
2026-04-11 2026-04-26 spring
2026-07-04 2026-08-31 summer
2026-10-17 2026-11-01 autumn
2026-12-19 2027-01-03 christmas
2027-02-20 2027-03-07 winter
2027-04-17 2027-05-02 spring
2027-07-03 2027-08-31 summer
2027-10-23 2027-11-07 autumn
2027-12-18 2028-01-02 christmas
2028-02-05 2028-02-20 winter
2028-04-08 2028-04-23 spring
2028-07-04 2028-08-31 summer
"""


def _read(text: str) -> tuple[Period, ...]:
    rows = (line.split() for line in text.split("\n") if line)
    return tuple(Period(date.fromisoformat(a), date.fromisoformat(b), name) for a, b, name in rows)


OFFICIAL = _read(_ZONE_B)


def is_official(day: date) -> bool:
    """Whether the school calendar of this day is published, rather than guessed."""
    return OFFICIAL[0].first <= day <= OFFICIAL[-1].last


def school_holiday(day: date) -> str | None:
    """The name of the school holidays this day belongs to, or None."""
    year = day.year if day.month >= 9 else day.year - 1
    for period in _school_year(year):
        if period.first <= day <= period.last:
            return period.name
    return None


@lru_cache(maxsize=64)
def _school_year(year: int) -> tuple[Period, ...]:
    """The holidays of the school year that begins in September of `year`, its summer last."""
    begins, ends = date(year, 9, 1), date(year + 1, 9, 3)
    known = tuple(period for period in OFFICIAL if begins <= period.last and period.first < ends)
    whole = is_official(date(year, 9, 5)) and is_official(date(year + 1, 8, 20))
    return known if whole else _guess(year)


def _guess(year: int) -> tuple[Period, ...]:
    # The pattern of 2021 to 2028: two weeks from the Saturday nearest to these dates; the three zones leave
    # in turn in February, B first when the year divides by three; spring comes eight weeks after winter.
    autumn = _saturday_from(date(year, 10, 17))
    christmas = _saturday_from(date(year, 12, 17))
    winter = _saturday_from(date(year + 1, 2, 4)) + timedelta(weeks=(year + 1) % 3)
    spring = winter + timedelta(weeks=8)
    summer = Period(_saturday_from(date(year + 1, 7, 2)), date(year + 1, 8, 31), "summer")
    fortnights = ((autumn, "autumn"), (christmas, "christmas"), (winter, "winter"), (spring, "spring"))
    return (*(Period(first, first + timedelta(days=15), name) for first, name in fortnights), summer)


def _saturday_from(day: date) -> date:
    return day + timedelta(days=(5 - day.weekday()) % 7)


@lru_cache(maxsize=64)
def public_holidays(year: int) -> frozenset[date]:
    """The eleven public holidays of metropolitan France but Alsace-Moselle (code du travail, L3133-1)."""
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moving = (easter(year) + timedelta(days=after) for after in (1, 39, 50))
    return frozenset({*(date(year, month, day) for month, day in fixed), *moving})


def kind_of(day: date) -> Kind:
    """What kind of day it is; the rarest kind wins. 24 December to 2 January is `year_end`."""
    if (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 2):
        return "year_end"
    if day in public_holidays(day.year):
        return "public"
    name = school_holiday(day)
    if name is None:
        return "ordinary"
    return "summer" if name == "summer" else "school"
