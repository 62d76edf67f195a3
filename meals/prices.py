"""What a month of meals costs a person: each meal once, or the reason why not. Exact; knows no tray and no
van.

The meal and its delivery are two lines, because a tax credit looks at the delivery alone (code général des
impôts, art. 199 sexdecies). Euros to the cent; a share in percent is rounded half up, once per line.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from meals.model import STRICT, Meal, Person

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """Prices for incomes per head up to `up_to` (included; None: no bound), in euros a meal.

    `second_meal` is the meal's price for the second person of a household. `commune_percent` is what the
    commune pays of meal and delivery.
    """

    __pydantic_config__ = STRICT

    code: str
    up_to: Decimal | None = None
    meal: Decimal
    delivery: Decimal = Decimal(0)
    second_meal: Decimal | None = None
    commune_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The prices voted from a day on. Without a known income the last bracket holds."""

    __pydantic_config__ = STRICT

    name: str
    source: str
    valid_from: date
    brackets: tuple[Bracket, ...]
    dinner_supplement: Decimal = Decimal(0)


Kind = Literal["meal", "delivery", "supplement", "commune", "support"]
LABELS: Mapping[Kind, str] = {
    "meal": "Repas",
    "delivery": "Livraison",
    "supplement": "Supplément dîner",
    "commune": "Part de la commune",
    "support": "Prise en charge",
}


PRICED: tuple[Kind, ...] = ("meal", "delivery", "supplement")
"""What the service itself costs; the other kinds are parts that somebody else pays of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: so many at so much; a part somebody else pays is below zero. `meals` are those it counts.

    `payer`: who pays a support.
    """

    kind: Kind
    label: str
    bracket: str
    quantity: int
    unit: Decimal
    amount: Decimal
    meals: tuple[str, ...]
    payer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbilled:
    """A meal that costs nothing, and why, in French."""

    meal: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One person's month. `delivery` is what remains to be paid of the delivery: the sum for a tax credit."""

    person: str
    year: int
    month: int
    lines: tuple[Line, ...]
    unbilled: tuple[Unbilled, ...]
    total: Decimal
    delivery: Decimal


@dataclass(frozen=True, slots=True)
class NoGrid:
    """A bill that cannot be made: no grid is in force for these meals."""

    person: str
    meals: tuple[str, ...]


def bill(
    person: Person, meals: Sequence[Meal], grids: Sequence[Grid], year: int, month: int
) -> Bill | NoGrid:
    """The bill of the meals eaten in one month; the others are not looked at."""
    mine = [
        one for one in meals if one.person == person.id and (one.day.year, one.day.month) == (year, month)
    ]
    due = [one for one in mine if one.due]
    priced: dict[tuple[Bracket, Decimal], list[Meal]] = defaultdict(list)
    lost = []
    for one in sorted(due, key=lambda one: (one.day, one.moment)):
        grid = _grid_at(grids, one.day)
        if grid is None:
            lost.append(one.id)
        else:
            priced[_bracket(grid, person, one.day), grid.dinner_supplement].append(one)
    if lost:
        return NoGrid(person.id, tuple(lost))
    lines = [line for key, held in priced.items() for line in _lines(person, *key, held)]
    lines += _supports(person, due, sum((one.amount for one in lines), Decimal(0)))
    return Bill(
        person=person.id,
        year=year,
        month=month,
        lines=tuple(lines),
        unbilled=tuple(Unbilled(meal=one.id, reason=one.reason) for one in mine if not one.due),
        total=sum((one.amount for one in lines), Decimal(0)),
        delivery=share_of_delivery((one.kind, one.amount) for one in lines),
    )


def grid_faults(grid: Grid) -> tuple[str, ...]:
    """What is wrong with a grid, one sentence each; empty when it can be voted."""
    if not grid.brackets:
        return ("brackets: at least one bracket is needed",)
    faults = []
    bounds = [one.up_to for one in grid.brackets]
    inner = [one for one in bounds[:-1] if one is not None]
    if bounds[-1] is not None:
        faults.append("brackets: the last one must have no up_to, or some income would have no price")
    if len(inner) < len(bounds) - 1 or inner != sorted(set(inner)):
        faults.append("brackets: up_to must rise from one bracket to the next")
    amounts = [
        (f"brackets.{one.code}.{name}", value)
        for one in grid.brackets
        for name, value in (("meal", one.meal), ("delivery", one.delivery), ("second_meal", one.second_meal))
        if value is not None
    ]
    for where, value in [*amounts, ("dinner_supplement", grid.dinner_supplement)]:
        if value < 0 or value != value.quantize(CENT):
            faults.append(f"{where}: {value} is not a price in whole cents")
    faults += [
        f"brackets.{one.code}.commune_percent: must be between 0 and 100"
        for one in grid.brackets
        if not 0 <= one.commune_percent <= 100
    ]
    return tuple(faults)


def _grid_at(grids: Sequence[Grid], day: date) -> Grid | None:
    held = [one for one in grids if one.valid_from <= day]
    return max(held, key=lambda one: one.valid_from) if held else None


def _bracket(grid: Grid, person: Person, day: date) -> Bracket:
    held = [one for one in person.incomes if one.valid_from <= day]
    if not held:
        return grid.brackets[-1]
    quotient = max(held, key=lambda one: one.valid_from).quotient
    return next(one for one in grid.brackets if one.up_to is None or quotient <= one.up_to)


def _lines(person: Person, bracket: Bracket, supplement: Decimal, meals: Sequence[Meal]) -> list[Line]:
    line = _writer(bracket.code)
    price = bracket.second_meal if person.second and bracket.second_meal is not None else bracket.meal
    dinners = [one for one in meals if one.moment == "dinner"]
    lines = [line("meal", price, meals)]
    if bracket.delivery:
        lines.append(line("delivery", bracket.delivery, meals))
    if supplement and dinners:
        lines.append(line("supplement", supplement, dinners))
    if bracket.commune_percent:
        share = (price + bracket.delivery) * bracket.commune_percent / 100
        lines.append(line("commune", -share, meals))
    return lines


def _writer(bracket: str) -> Callable[[Kind, Decimal, Sequence[Meal]], Line]:
    def line(kind: Kind, unit: Decimal, meals: Sequence[Meal]) -> Line:
        return Line(
            kind=kind,
            label=LABELS[kind],
            bracket=bracket,
            quantity=len(meals),
            unit=unit,
            amount=(unit * len(meals)).quantize(CENT, ROUND_HALF_UP),
            meals=tuple(one.id for one in meals),
        )

    return line


def _supports(person: Person, due: Sequence[Meal], left: Decimal) -> list[Line]:
    # Each payer in turn, never more than what is left to pay: a bill does not go below zero.
    lines = []
    for one in person.supports:
        held = [
            meal
            for meal in due
            if one.valid_from <= meal.day and (one.valid_until is None or meal.day <= one.valid_until)
        ]
        amount = min(one.per_meal * len(held), left)
        amount = amount if one.per_month is None else min(amount, one.per_month)
        if amount <= 0:
            continue
        left -= amount
        lines.append(
            Line(
                kind="support",
                label=f"{LABELS['support']} : {one.payer}",
                bracket="",
                quantity=len(held),
                unit=-one.per_meal,
                amount=-amount,
                meals=tuple(meal.id for meal in held),
                payer=one.payer,
            )
        )
    return lines


def share_of_delivery(amounts: Iterable[tuple[Kind, Decimal]]) -> Decimal:
    """What is left to pay of the delivery: its part of the whole price, less the same part of what others
    pay."""
    sums: dict[Kind, Decimal] = defaultdict(Decimal)
    for kind, amount in amounts:
        sums[kind] += amount
    whole = sum((sums[kind] for kind in PRICED), Decimal(0))
    paid = sum(sums.values(), Decimal(0))
    return (sums["delivery"] * paid / whole).quantize(CENT, ROUND_HALF_UP) if whole else Decimal(0)
