"""What the meals cost by month and year, the delivery apart: it alone may count for a tax credit.

Months that are over. The yearly statement says what was to be paid; it is a tax statement only where the
installation says so (`GLANEUR_MEALS_TAX_STATEMENT`), because since 2022 the credit asks that the delivery be
part of an « offre globale » with tasks done in the home (Rép. min. 4441, JO AN 18/04/2023): the service
knows, the software cannot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.asking import settled
from api.cias.files import SQL as FILES
from api.family.access import SQL, Access, note_reading
from api.french import PARIS
from meals.prices import Bill, Grid, Line, NoGrid, bill
from meals.rules import read_grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month: so many meals, what is to be paid of them, and which part of it is the delivery. Euros."""

    year: int
    month: int
    meals: int
    lines: tuple[Line, ...]
    total: Decimal
    delivery: Decimal
    number: str = ""

    @property
    def food(self) -> Decimal:
        """What is to be paid of the meals alone."""
        return self.total - self.delivery

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The months of one year and their sums."""

    year: int
    months: tuple[Month, ...]

    @property
    def meals(self) -> int:
        """How many meals were due."""
        return sum(one.meals for one in self.months)

    @property
    def total(self) -> Decimal:
        """What was to be paid."""
        return sum((one.total for one in self.months), Decimal(0))

    @property
    def delivery(self) -> Decimal:
        """Of it, the delivery."""
        return sum((one.delivery for one in self.months), Decimal(0))

    @property
    def food(self) -> Decimal:
        """Of it, the meals."""
        return self.total - self.delivery


def years_of(connection: Connection[DictRow], key: bytes, access: Access, now: datetime) -> tuple[Year, ...]:
    """This year and the one before, the latest first; months without a meal are left out."""
    today = now.astimezone(PARIS).date()
    first, last = date(today.year - 1, 1, 1), today.replace(day=1) - timedelta(days=1)
    months = months_of(connection, key, access, first, last, now)
    years = sorted({one.year for one in months}, reverse=True)
    return tuple(Year(year=year, months=tuple(m for m in months if m.year == year)) for year in years)


def months_of(
    connection: Connection[DictRow], key: bytes, access: Access, first: date, last: date, now: datetime
) -> list[Month]:
    """The bills of the months from `first` to `last`, as the prices and the meals of today make them."""
    if last < first:
        return []
    rows = connection.execute(FILES["one_person"], {"id": access.beneficiary}).fetchall()
    note_reading(connection, access, now)
    service, found = settled(connection, key, rows, first, last)
    prices = _grids(connection)
    months = []
    for year, month in _months(first, last):
        made = bill(service.people[0], found.meals, prices, year, month)
        if isinstance(made, NoGrid) or not made.lines:
            continue
        months.append(_month(made))
    return months


def _month(made: Bill) -> Month:
    return Month(
        year=made.year,
        month=made.month,
        meals=sum(one.quantity for one in made.lines if one.kind == "meal"),
        lines=made.lines,
        total=made.total,
        delivery=made.delivery,
    )


def _grids(connection: Connection[DictRow]) -> Sequence[Grid]:
    found = [read_grid(row["document"]) for row in connection.execute(SQL["grids"]).fetchall()]
    return [one for one in found if isinstance(one, Grid)]


def _months(first: date, last: date) -> list[tuple[int, int]]:
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    start = first.year * 12 + first.month - 1
    return [((start + n) // 12, (start + n) % 12 + 1) for n in range(count)]
