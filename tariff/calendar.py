"""Days, windows and prorations: which part of a year is due, and which day decides. Knows nothing of money.

A period is a run of local days, its end excluded. A window is a year, semester… of the grid's own year.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

MONTHS = {"mois": 1, "trimestre": 3, "quadrimestre": 4, "semestre": 6, "annee": 12}
ONCE = "unique"
EVERY = (*MONTHS, ONCE)
RULES = ("commence", "entier", "au_1er", "au_15")
NEVER = date.max
ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Local days from `first` to `end`, excluded."""

    first: date
    end: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.first).days

    @property
    def last(self) -> date:
        """The last day."""
        return self.end - ONE

    def holds(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.first <= day < self.end

    def meet(self, other: "Period") -> "Period | None":
        """The days of both, None when there are none."""
        first, end = max(self.first, other.first), min(self.end, other.end)
        return Period(first, end) if first < end else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proration:
    """By day, or by whole months, quarters, semesters or years with the rule that makes one due.

    `commence`: any day present; `entier`: every day; `au_1er`, `au_15`: that day of its first month.
    """

    unit: str
    rule: str


DAILY = Proration(unit="jour", rule="jour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a window that is due: `share` of the window's amount, by the facts of day `at`."""

    window: Period
    at: date
    share: Fraction
    span: Period


def proration(text: str, every: str) -> Proration | None:
    """What a grid's word means: jour, aucun, or UNIT_RULE (mois_commence); None when nothing."""
    if text == "jour":
        return DAILY if every != ONCE else None
    if text == "aucun":
        return Proration(unit=every, rule="commence")
    unit, _, rule = text.partition("_")
    rule = {"commencee": "commence", "entiere": "entier"}.get(rule, rule)
    return Proration(unit=unit, rule=rule) if unit in MONTHS and rule in RULES and every != ONCE else None


def window(every: str, day: date, opens: int = 1) -> Period:
    """The year, semester… that holds the day, when the grid's year opens in month `opens`."""
    months = MONTHS[every]
    since = (day.month - opens) % 12
    start = day.year * 12 + day.month - 1 - since % months
    return Period(_month(start), _month(start + months))


def windows(every: str, inside: Period, opens: int = 1) -> Iterator[Period]:
    """Every window that meets the period, in order."""
    day = inside.first
    while day < inside.end:
        found = window(every, day, opens)
        yield found
        day = found.end


def due(
    every: str,
    rule: Proration,
    presence: Period,
    inside: Period,
    cuts: Sequence[date] = (),
    opens: int = 1,
    year_days: int | None = None,
) -> Iterator[Part]:
    """The parts of each window that fall in `inside`, for someone present during `presence`.

    By day, a part ends at each of `cuts`; else each unit is due once, in the period that holds the day that
    decides, so that cutting `inside` in two always adds up. `year_days` replaces the days of a real year.
    """
    if every == ONCE:
        if inside.holds(presence.first):
            yield Part(window=presence, at=presence.first, share=Fraction(1), span=presence)
        return
    if rule.unit == "jour":
        yield from _daily(every, presence, inside, cuts, opens, year_days)
        return
    for unit in windows(rule.unit, inside, opens):
        here = unit.meet(presence)
        day = _deciding(rule.rule, unit, here) if here else None
        if day is not None and inside.holds(day):
            share = Fraction(MONTHS[rule.unit], MONTHS[every])
            yield Part(window=window(every, unit.first, opens), at=day, share=share, span=unit)


def _daily(
    every: str, presence: Period, inside: Period, cuts: Sequence[date], opens: int, year_days: int | None
) -> Iterator[Part]:
    for one in windows(every, inside, opens):
        here = one.meet(inside)
        here = here.meet(presence) if here else None
        if here is None:
            continue
        days = Fraction(year_days * MONTHS[every], 12) if year_days else Fraction(one.days)
        edges = [here.first, *(cut for cut in cuts if here.first < cut < here.end), here.end]
        for first, end in pairwise(edges):
            span = Period(first, end)
            yield Part(window=one, at=first, share=span.days / days, span=span)


def _deciding(rule: str, unit: Period, here: Period) -> date | None:
    """The day whose facts decide, and in whose bill the unit falls; None when the unit is not due."""
    if rule == "commence":
        return here.first
    if rule == "entier":
        return unit.first if here == unit else None
    day = unit.first if rule == "au_1er" else unit.first.replace(day=15)
    return day if here.holds(day) else None


def _month(count: int) -> date:
    return date(count // 12, count % 12 + 1, 1)
