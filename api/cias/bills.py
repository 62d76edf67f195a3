"""Issued bills as they are read: by the person and their relatives, by the year, by who else pays.

Reads what was written and works nothing out; knows nothing of health.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from psycopg import Connection
from psycopg.rows import DictRow

from meals.prices import Kind
from store.queries import named_queries

SQL = named_queries("api.cias", "bills.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """One line, in euros. `corrects`: the first day of the month that it puts right, and `reason` why."""

    kind: Kind
    label: str
    payer: str
    quantity: int
    unit: Decimal | None
    amount: Decimal
    meals: tuple[str, ...]
    corrects: date | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedBill:
    """One month's bill of one person. `total` is what they pay (a credit below zero), `delivery` the
    delivery's part of it and `meal` the rest; `meals` counts those of the month."""

    id: int
    number: str
    month: date
    issued_at: datetime
    total: Decimal
    meal: Decimal
    delivery: Decimal
    meals: int
    lines: tuple[BillLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """What the bills of the months of one year come to: the split that a tax declaration asks for."""

    year: int
    bills: int
    meals: int
    meal: Decimal
    delivery: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a third payer owes for one person: `meals` counted, euros."""

    reference: str
    name: str
    number: str | None
    meals: int
    amount: Decimal


def bills_of(connection: Connection[DictRow], beneficiary: int) -> tuple[IssuedBill, ...]:
    """One person's issued bills with their lines, the newest month first. Drafts are not shown."""
    rows = connection.execute(SQL["bills_of"], {"person": beneficiary}).fetchall()
    lines = lines_of(connection, [row["id"] for row in rows])
    return tuple(
        IssuedBill(
            id=row["id"],
            number=row["number"],
            month=row["month"],
            issued_at=row["issued_at"],
            total=row["total"],
            meal=row["total"] - row["delivery"],
            delivery=row["delivery"],
            meals=sum(
                one.quantity for one in lines[row["id"]] if one.kind == "meal" and one.corrects is None
            ),
            lines=tuple(lines[row["id"]]),
        )
        for row in rows
    )


def years_of(bills: Sequence[IssuedBill]) -> tuple[Year, ...]:
    """Bills by the year of their month, the newest first."""
    by_year: dict[int, list[IssuedBill]] = defaultdict(list)
    for one in bills:
        by_year[one.month.year].append(one)
    return tuple(
        Year(
            year=year,
            bills=len(held),
            meals=sum(one.meals for one in held),
            meal=sum((one.meal for one in held), Decimal(0)),
            delivery=sum((one.delivery for one in held), Decimal(0)),
            total=sum((one.total for one in held), Decimal(0)),
        )
        for year, held in sorted(by_year.items(), reverse=True)
    )


def lines_of(connection: Connection[DictRow], bills: Sequence[int]) -> dict[int, list[BillLine]]:
    """The lines of these bills, drafts too."""
    found: dict[int, list[BillLine]] = defaultdict(list)
    for row in connection.execute(SQL["bill_lines"], {"bills": list(bills)}).fetchall():
        bill = row.pop("bill_id")
        found[bill].append(BillLine(**row | {"meals": tuple(row["meals"])}))
    return found


def statements(connection: Connection[DictRow], run: int) -> dict[str, tuple[Share, ...]]:
    """What each third payer owes for a run, person by person: APA, funds, each commune."""
    found: dict[str, list[Share]] = defaultdict(list)
    for row in connection.execute(SQL["statement"], {"run": run}).fetchall():
        found[row["payer"]].append(
            Share(
                reference=row["reference"],
                name=row["name"],
                number=row["number"],
                meals=row["meals"],
                amount=row["amount"],
            )
        )
    return {payer: tuple(held) for payer, held in found.items()}
