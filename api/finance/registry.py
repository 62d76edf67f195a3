"""Accounts with their usage out of the tables, streamed in pages, as `tariff` wants them. Reads no name."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from store.queries import named_queries
from tariff.billing import needed_since
from tariff.calendar import NEVER, Period
from tariff.grids import Grids, read_grids
from tariff.model import Badge, Bin, Event, Problem, Situation, State, Value

SQL = named_queries("api.finance")
PAGE = 200
MARGIN = timedelta(days=2)  # around local midnights


def stored_grids(connection: Connection[DictRow]) -> tuple[Grids, tuple[Problem, ...], dict[str, str]]:
    """Every voted grid, the problems if any, and the texts."""
    texts = {row["file"]: row["body"] for row in connection.execute(SQL["grids"])}
    return *read_grids(texts), texts


def accounts(
    connection: Connection[DictRow],
    tried: Sequence[Grids],
    period: Period,
    after: int = 0,
    size: int | None = None,
) -> Iterator[list[tuple[int, Situation, list[Event]]]]:
    """Pages of accounts present in the period, with their events since the allowances began."""
    since = min([period.first, *(needed_since(g, one, period) for g in tried for one in g.by_perimeter)])
    numbers = {
        name for grids in tried for grid in grids for name, nature in grid.facts.items() if nature == "nombre"
    }
    window = {"since": midnight(since) - MARGIN, "before": midnight(period.end) + MARGIN}
    while True:
        page = connection.execute(
            SQL["accounts_after"],
            {"after": after, "first": period.first, "end": period.end, "limit": size or PAGE},
        ).fetchall()
        if not page:
            return
        after = page[-1]["id"]
        usage: dict[int, list[Event]] = {row["id"]: [] for row in page}
        for row in connection.execute(SQL["usage_of"], {"accounts": list(usage), **window}):
            usage[row["account_id"]].append(_event(row))
        yield [(row["id"], _situation(row, numbers), usage[row["id"]]) for row in page]


def midnight(day: date) -> datetime:
    """The first instant of a day, UTC: with `MARGIN`, before any zone's midnight."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _situation(row: Mapping[str, Any], numbers: set[str]) -> Situation:
    states = [
        State(since=date.fromisoformat(one["since"]), facts=_facts(one["facts"], numbers))
        for one in row["states"] or []
    ]
    return Situation(
        id=row["reference"],
        period=Period(row["first"], row["end"] or NEVER),
        states=tuple(states),
        bins=tuple(_bin(one) for one in row["bins"] or []),
        badges=tuple(Badge(id=one["code"], period=_held(one)) for one in row["badges"] or []),
        perimeter=row["perimeter"],
    )


def _facts(given: Mapping[str, Any], numbers: set[str]) -> dict[str, Value]:
    facts: dict[str, Value] = {}
    for name, value in given.items():
        if isinstance(value, list):
            facts[name] = frozenset(map(str, value))
        elif name in numbers:
            facts[name] = _number(str(value))
        else:
            facts[name] = str(value)
    return facts


def _number(text: str) -> Value:
    """A number; what is not one stays a text, which no interval holds: the bill is refused, with why."""
    try:
        return Fraction(Decimal(text))
    except (ArithmeticError, ValueError):
        return text


def _held(one: Mapping[str, Any]) -> Period:
    end = date.fromisoformat(one["end"]) if one["end"] else NEVER
    return Period(date.fromisoformat(one["first"]), end)


def _bin(one: Mapping[str, Any]) -> Bin:
    weights = None
    if one["shared"]:
        weights = {
            name: {key: Fraction(str(value)) for key, value in keys.items()}
            for name, keys in (one["weights"] or {}).items()
        }
    return Bin(
        id=one["code"],
        volume_l=one["volume"],
        stream=one["stream"],
        period=_held(one),
        weights=weights,
    )


def _event(row: Mapping[str, Any]) -> Event:
    aside = row["aside"]
    if row["action"] == "retenir":
        aside = None
    elif row["action"] == "annuler":
        aside = f"annulé par la correction {row['correction']} : {row['reason']}"
    kg, m3, litres = (None if row[name] is None else Fraction(row[name]) for name in ("kg", "m3", "litres"))
    return Event(
        kg=kg,
        m3=m3,
        litres=litres,
        id=row["id"],
        at=row["at"],
        kind=row["kind"],
        bin=row["bin_code"],
        badge=row["badge_code"],
        count=row["count"],
        amount=row["amount"],
        stream=row["stream"],
        device=row["device"],
        aside=aside,
    )
