"""Batches written and tables read back, for the tests of what one transaction does."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.rows import DictRow

from ingest import batch
from ingest.batch import Written
from ingest.letter import Letter
from ingest.message import Limits
from ingest.states import Known
from tests.ingest.probe import letter

Connection = psycopg.Connection[DictRow]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LIMITS = Limits()


KNOWN: WeakKeyDictionary[Connection, Known] = WeakKeyDictionary()


def write(connection: Connection, letters: Sequence[Letter], limits: Limits) -> Written:
    """`batch.write` as the consumer calls it: with what this connection knows."""
    return batch.write(connection, letters, limits, KNOWN.setdefault(connection, {}))


def write_surely(connection: Connection, letters: Sequence[Letter], limits: Limits) -> Written:
    """The same for `batch.write_surely`."""
    return batch.write_surely(connection, letters, limits, KNOWN.setdefault(connection, {}))


def hours(number: float) -> datetime:
    """An instant, counted from 20 days before NOW."""
    return NOW - timedelta(days=20) + timedelta(hours=number)


def at_percent(percent: float) -> int:
    """The distance that reads `percent` in the columns of these tests."""
    return round(2000 - 18 * percent)


def rows(connection: Connection, query: str, *values: Any) -> list[DictRow]:
    return connection.execute(query.encode(), values).fetchall()


def count(connection: Connection, table: str) -> int:
    return int(rows(connection, f"SELECT count(*) AS n FROM {table}")[0]["n"])  # noqa: S608 - our own names


def filling(serial: str, levels: Sequence[float], first: int = 0) -> list[Letter]:
    """A report every 4 hours, at these levels."""
    return [
        letter(serial, hours(4 * n), n, NOW, distance=at_percent(level), temperature=10.0, battery=90, tilt=1)
        for n, level in enumerate(levels, start=first)
    ]


def snapshot(connection: Connection) -> tuple[list[DictRow], list[DictRow], list[DictRow]]:
    """Everything that folding wrote."""
    return (
        rows(connection, "SELECT * FROM container_state ORDER BY container_id"),
        rows(
            connection,
            "SELECT container_id, kind, opened_at, closed_at, sentence FROM alert"
            " ORDER BY container_id, opened_at, kind",
        ),
        rows(
            connection,
            "SELECT event_id, container_id, emptied_at, before_percent FROM emptying ORDER BY event_id",
        ),
    )
