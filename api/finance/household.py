"""A household's file: who, the situation over time, what was used, this year beside the last, and its bills.

The only module of the room that reads names; whoever shows what it gives records that the file was read.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.finance.imports import SQL as SHARED
from api.finance.registry import MARGIN, midnight
from api.french import PARIS
from store.queries import named_queries

SQL = named_queries("api.finance", "household.sql")
MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """Events counted by kind, month by month, the last twelve beside the twelve before; oldest first."""

    months: tuple[date, ...]
    kinds: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]


def search(connection: Connection[DictRow], words: str) -> list[DictRow]:
    """Households that hold every word in name, address, commune, invariant or references; at most 50."""
    folded = "".join(c for c in unicodedata.normalize("NFD", words.lower()) if not unicodedata.combining(c))
    wanted = [one.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for one in folded.split()]
    if not wanted:
        return []
    patterns = [f"%{one}%" for one in wanted[:8]]
    return connection.execute(SQL["households_found"], {"patterns": patterns}).fetchall()


def household(connection: Connection[DictRow], account: int) -> DictRow | None:
    """Who the account is, and where."""
    return connection.execute(SQL["household"], {"account": account}).fetchone()


def situation(connection: Connection[DictRow], account: int) -> dict[str, list[DictRow]]:
    """States, bins, badges, bills and claims of an account, each in order of time."""
    values = {"account": account}
    return {
        name: connection.execute(SQL[query], values).fetchall()
        for name, query in (
            ("states", "states"),
            ("bins", "bins"),
            ("badges", "badges"),
            ("bills", "bills"),
            ("claims", "claims_of"),
        )
    }


def used(connection: Connection[DictRow], account: int, first: date, end: date) -> list[DictRow]:
    """Everything the account used on these days, newest first, with how each event stands."""
    values = {"accounts": [account], "since": midnight(first) - MARGIN, "before": midnight(end) + MARGIN}
    rows = connection.execute(SHARED["usage_of"], values).fetchall()
    kept = [row for row in rows if first <= row["at"].astimezone(PARIS).date() < end]
    more = connection.execute(SHARED["events_named"], {"ids": [row["id"] for row in kept]})
    details = {row["id"]: row for row in more}
    return [{**details[row["id"]], **row} for row in reversed(kept)]


def by_month(events: Sequence[dict[str, Any]], today: date) -> Months:
    """Count what stands (not set aside, not cancelled) in the last twelve months and the twelve before."""
    months = tuple(_month(today, back) for back in range(MONTHS - 1, -1, -1))
    counts: Counter[tuple[str, date]] = Counter()
    for event in events:
        aside = event["aside"] and event["action"] != "retenir"
        if not aside and event["action"] != "annuler":
            counts[event["kind"], event["at"].astimezone(PARIS).date().replace(day=1)] += event["count"]
    kinds = sorted({kind for kind, _ in counts})
    return Months(
        months=months,
        kinds={
            kind: (
                tuple(counts[kind, month] for month in months),
                tuple(counts[kind, month.replace(year=month.year - 1)] for month in months),
            )
            for kind in kinds
        },
    )


def since_two_years(today: date) -> tuple[date, date]:
    """The days that `by_month` compares: 24 whole months, to tomorrow."""
    return _month(today, 2 * MONTHS - 1), today + timedelta(days=1)


def _month(day: date, back: int) -> date:
    count = day.year * 12 + day.month - 1 - back
    return date(count // 12, count % 12 + 1, 1)


def compared(document: dict[str, Any] | None, before: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The lines of two bills by what they are, in the order of the first."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for key, one in (("now", document), ("before", before)):
        for line in (one or {}).get("lignes", []):
            row = rows.setdefault(
                (line["texte"], line["nature"]), {"text": line["texte"], "now": [], "before": []}
            )
            row[key].append(line)
    return list(rows.values())
