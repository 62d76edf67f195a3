"""From a quantity and a price to a line of a bill: sharing, rounding, and the detail in French."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tariff.calendar import Period
from tariff.exact import CENT, Number, rounded, shared
from tariff.model import Bin, Clause, Grid, Line
from tariff.timeline import weights


class Impossible(Exception):
    """No bill can be made; the argument is one French sentence."""


@dataclass(slots=True)
class Draft:
    """A line being added up: same grid, clause, bin and price."""

    grid: Grid
    clause: Clause
    kind: str
    unit: str
    price: Decimal
    quantity: Number = 0
    split: str | None = None
    bin: Bin | None = None
    events: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    sign: int = 1


def write(draft: Draft, account: str) -> Line:
    """The line, rounded as its grid says; a shared one is this account's part of the whole, to the cent."""
    quantity = Fraction(draft.quantity)
    exact = draft.sign * quantity * Fraction(draft.price)
    step = draft.grid.rounding.step if draft.grid.rounding.per == "ligne" else CENT
    amount = rounded(exact, step, draft.grid.rounding.mode)
    part = None
    if draft.split:
        part, amount = _part(draft, account, amount)
        exact *= part
    return Line(
        clause=draft.clause.id,
        article=draft.clause.article,
        text=draft.clause.text,
        grid=draft.grid.file,
        resolution=draft.grid.resolution,
        kind=draft.kind,
        unit=draft.unit,
        quantity=quantity,
        price=draft.sign * draft.price,
        part=part,
        exact=exact,
        amount=amount,
        detail=" ; ".join(draft.details),
        events=tuple(draft.events),
    )


def _part(draft: Draft, account: str, amount: Decimal) -> tuple[Fraction, Decimal]:
    assert draft.bin is not None and draft.split is not None  # noqa: S101, PT018 - only bins are shared
    everyone = weights(draft.bin, draft.split, account)
    if everyone is None:
        name = draft.bin.id
        raise Impossible(f"la clé de partage « {draft.split} » du bac {name} n'est pas connue pour tous.")
    part = Fraction(everyone[account]) / Fraction(sum(everyone.values()))
    sign = -1 if amount < 0 else 1
    return part, sign * shared(abs(amount), everyone, CENT)[account]


def adjustment(grid: Grid, name: str, text: str, amount: Decimal) -> Line:
    """A line that no clause gives: the rounding of a whole bill, or the floor voted in the grid's head."""
    return Line(
        clause=name,
        article="grille",
        text=text,
        grid=grid.file,
        resolution=grid.resolution,
        kind=name,
        unit="",
        quantity=Fraction(1),
        price=amount,
        part=None,
        exact=Fraction(amount),
        amount=amount,
        detail="",
    )


def days(span: Period) -> str:
    """A run of days in French."""
    return f"du {french(span.first)} au {french(span.last)}"


def french(day: date) -> str:
    """A day in French figures."""
    return day.strftime("%d/%m/%Y")


def figure(value: Number) -> str:
    """A quantity in French: whole, decimal when it is exact with few digits, else a fraction."""
    value = Fraction(value)
    if value.denominator == 1:
        return str(value.numerator)
    scaled = value * 10_000
    if scaled.denominator == 1:
        text = f"{Decimal(scaled.numerator) / 10_000:f}".rstrip("0")
        return text.replace(".", ",")
    return f"{value.numerator}/{value.denominator}"
