"""Issued bills by the year, the delivery apart: it alone may count for a tax credit.

The yearly statement says what was billed; it is a tax statement only where the installation says so
(`GLANEUR_MEALS_TAX_STATEMENT`), because since 2022 the credit asks that the delivery be part of an « offre
globale » with tasks done in the home (Rép. min. 4441, JO AN 18/04/2023): the service knows, the software
cannot. Works nothing out: `api.cias.bills` reads what was written.
"""

from dataclasses import dataclass
from decimal import Decimal

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.bills import IssuedBill, bills_of
from api.family.access import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The bills of the months of one year, the newest first, and their sums in euros."""

    year: int
    bills: tuple[IssuedBill, ...]

    @property
    def meals(self) -> int:
        """How many meals were billed."""
        return sum(one.meals for one in self.bills)

    @property
    def meal(self) -> Decimal:
        """What was billed of the meals alone."""
        return sum((one.meal for one in self.bills), Decimal(0))

    @property
    def delivery(self) -> Decimal:
        """What was billed of the delivery."""
        return sum((one.delivery for one in self.bills), Decimal(0))

    @property
    def total(self) -> Decimal:
        """What was billed."""
        return sum((one.total for one in self.bills), Decimal(0))


def years_of(connection: Connection[DictRow], access: Access) -> tuple[Year, ...]:
    """Every year with an issued bill, the latest first."""
    bills = bills_of(connection, access.beneficiary)
    years = sorted({one.month.year for one in bills}, reverse=True)
    return tuple(
        Year(year=year, bills=tuple(one for one in bills if one.month.year == year)) for year in years
    )
