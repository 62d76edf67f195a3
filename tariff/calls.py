"""Advances: how much is called for on which day, of an amount expected for the year."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tariff.calendar import Period
from tariff.exact import CENT, rounded
from tariff.model import Advance


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An amount to call for on a day; `day` None is the balance, billed at the end."""

    day: date | None
    amount: Decimal


def calls(expected: Decimal, advance: Advance, year: Period) -> tuple[Call, ...]:
    """The year's calls in order of time, rounded down to the cent, then the balance: together `expected`."""
    dated = []
    for month, day, percent in advance.schedule:
        when = date(year.first.year, month, day)
        when = when if when >= year.first else date(year.first.year + 1, month, day)
        amount = rounded(Fraction(expected) * Fraction(percent) / 100, CENT, "inferieur")
        dated.append(Call(day=when, amount=amount))
    dated.sort(key=lambda one: (one.day or year.end, one.amount))
    left = expected - sum((one.amount for one in dated), Decimal(0))
    return (*dated, Call(day=None, amount=left))
