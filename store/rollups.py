"""The hours and days of each container, kept exact: what was marked is counted again from the readings.

Knows rows only, and runs on every edition in the same way. Whoever changes a reading or an emptying marks its
hour in the same transaction (ingest for what it inserts, triggers for the rest); counting an hour again any
number of times, in any order, gives the same row.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import DictRow

from store.queries import named_queries

PARIS = ZoneInfo("Europe/Paris")
_LOCK = 0x726F6C6C  # "roll"
_MOST_MARKS = 20_000
_MOST_HOURS = 500  # counted in one transaction

_SQL = named_queries("store", "sql/queries/rollups.sql")

Key = tuple[int, datetime]


def refresh_rollups(connection: psycopg.Connection[DictRow], most: int = _MOST_MARKS) -> int:
    """Count again the hours marked and their days, in transactions of `most` marks; return how many hours.

    Returns 0 at once when another process is at it. `connection` is in autocommit.
    """
    total = 0
    while True:
        with connection.transaction(), connection.cursor() as cursor:
            alone = cursor.execute(_SQL["one_at_a_time"], {"lock": _LOCK}).fetchone()
            if alone is None or not alone["alone"]:
                return total
            marks = cursor.execute(_SQL["take_marks"], {"most": most}).fetchall()
            keys = _countable(cursor, {(row["container_id"], row["hour"]) for row in marks})
            for start in range(0, len(keys), _MOST_HOURS):
                _count(cursor, keys[start : start + _MOST_HOURS])
        total += len(keys)
        if len(marks) < most:
            return total


def _countable(cursor: psycopg.Cursor[DictRow], keys: set[Key]) -> list[Key]:
    """Leave out what was dropped: those rollups are all that is left of that time."""
    row = cursor.execute(_SQL["horizon"]).fetchone()
    if row is not None:
        keys = {key for key in keys if day_starts(_day(key[1])) >= row["kept_from"]}
    return sorted(keys)


def _count(cursor: psycopg.Cursor[DictRow], keys: list[Key]) -> None:
    hours = {"containers": [one for one, _ in keys], "hours": [hour for _, hour in keys]}
    days_wanted = sorted({(one, _day(hour)) for one, hour in keys})
    days = {"containers": [one for one, _ in days_wanted], "days": [day for _, day in days_wanted]}
    cursor.execute(_SQL["clear_hours"], hours)
    cursor.execute(_SQL["count_hours"], hours)
    cursor.execute(_SQL["clear_days"], days)
    cursor.execute(_SQL["count_days"], days)


def _day(hour: datetime) -> date:
    return hour.astimezone(PARIS).date()


def day_starts(day: date) -> datetime:
    """Return the UTC instant at which a day begins for people."""
    return datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)


def drop_readings(
    connection: psycopg.Connection[DictRow], now: datetime, keep_days: int, most: int = 20_000
) -> datetime:
    """Drop raw readings older than `keep_days`, once their rollups are counted; return the instant kept from.

    TimescaleDB drops whole chunks, so it keeps up to a week more. `connection` is in autocommit and owns the
    table. Late messages must be refused before they are this old: see GLANEUR_LATE_DAYS.
    """
    kept_from = day_starts(_day(now - timedelta(days=keep_days)))
    refresh_rollups(connection)
    with connection.transaction():
        connection.execute(_SQL["move_horizon"], {"kept_from": kept_from})
    kind = connection.execute(_SQL["is_hypertable"]).fetchone()
    if kind is not None and kind["has_chunks"]:
        connection.execute(_SQL["drop_chunks"], {"kept_from": kept_from})
        return kept_from
    while (
        connection.execute(_SQL["delete_readings"], {"kept_from": kept_from, "most": most}).rowcount == most
    ):
        pass
    return kept_from
