"""What a later bill must say of an earlier month that has changed since: to the cent, by kind and by payer.

A month is worked out again from what is known now; the difference with all that was billed for it is the
correction. Billing it and working it out once more finds no difference. Knows no date of issue and no number.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from meals.french import MOMENTS, day_text
from meals.model import Meal
from meals.prices import Bill, Kind, Line, share_of_delivery

SHOWN = 6
"""How many meals a reason names one by one; more are counted."""
REVISED = "tarif ou prises en charge revus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One line of a correction: what one kind, paid by one payer, comes to beside what was billed."""

    kind: Kind
    payer: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What must be added to or taken from what a month's bills said. `delivery` is the delivery's part of
    `total`; `added` and `dropped` are meals that were not counted and now are, and the reverse."""

    lines: tuple[Difference, ...]
    total: Decimal
    delivery: Decimal
    added: tuple[str, ...]
    dropped: tuple[str, ...]


def correction(
    billed: Mapping[tuple[Kind, str], Decimal], counted: Iterable[str], now: Bill
) -> Correction | None:
    """The difference between a month as billed (amounts by kind and payer, meals) and as it is now; None
    when there is none."""
    wanted: dict[tuple[Kind, str], Decimal] = defaultdict(Decimal)
    for one in now.lines:
        wanted[one.kind, one.payer] += one.amount
    keys = sorted({*billed, *wanted})
    lines = tuple(
        Difference(kind=key[0], payer=key[1], amount=amount)
        for key in keys
        if (amount := wanted.get(key, Decimal(0)) - billed.get(key, Decimal(0)))
    )
    before = set(counted)
    due = {meal for one in now.lines if one.kind == "meal" for meal in one.meals}
    if not lines and before == due:
        return None
    was = share_of_delivery((kind, amount) for (kind, _), amount in billed.items())
    return Correction(
        lines=lines,
        total=sum((one.amount for one in lines), Decimal(0)),
        delivery=now.delivery - was,
        added=tuple(sorted(due - before)),
        dropped=tuple(sorted(before - due)),
    )


def why(found: Correction, meals: Mapping[str, Meal]) -> str:
    """The reason of a correction in French: each meal with what became of it, or that prices were revised."""
    said = [f"{_named(one, meals)} : {_reason(meals.get(one))}" for one in found.dropped]
    said += [f"{_named(one, meals)} : compté" for one in found.added]
    if not said:
        return REVISED
    more = len(said) - SHOWN
    return " ; ".join(said[:SHOWN]) + (f" ; et {more} autre{'s' if more > 1 else ''}" if more > 0 else "")


def billed_sums(lines: Sequence[Line]) -> dict[tuple[Kind, str], Decimal]:
    """A bill's amounts by kind and payer."""
    sums: dict[tuple[Kind, str], Decimal] = defaultdict(Decimal)
    for one in lines:
        sums[one.kind, one.payer] += one.amount
    return dict(sums)


def _reason(meal: Meal | None) -> str:
    return (meal.reason if meal is not None else "") or "n'était pas dû"


def _named(meal: str, known: Mapping[str, Meal]) -> str:
    found = known.get(meal)
    return f"{MOMENTS[found.moment]} du {day_text(found.day)}" if found else "un repas"
