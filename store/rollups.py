"""The hours and days of each container, kept exact: what was marked is counted again from the readings.

Knows rows only, and runs on every edition in the same way. Whoever changes a reading or an emptying marks its
hour in the same transaction (ingest for what it inserts, triggers for the rest); counting an hour again any
number of times, in any order, gives the same row.
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import DictRow

from store.queries import named_queries

PARIS = ZoneInfo("Europe/Paris")
_LOCK = 0x726F6C6C  # "roll"
_MOST_MARKS = 20_000
_MOST_HOURS = 500  # counted in one transaction
_PATIENCE_S = 60.0
REFOLDED_DAYS = 60
"""What a container is believed anew from after a correction (api/devices/recompute.py)."""

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
    cursor.execute(_SQL["mark_board_days"], days)


def _day(hour: datetime) -> date:
    return hour.astimezone(PARIS).date()


def day_starts(day: date) -> datetime:
    """Return the UTC instant at which a day begins for people."""
    return datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)


class NotDropped(Exception):
    """Readings were not dropped, and none is lost; the message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What `drop_readings` did: the instant kept from, and how many readings went."""

    kept_from: datetime
    readings: int


def drop_readings(
    connection: psycopg.Connection[DictRow], now: datetime, keep_days: int, late_days: int, most: int = 20_000
) -> Dropped:
    """Drop raw readings older than `keep_days`, once their rollups are counted; raises `NotDropped`.

    TimescaleDB drops whole chunks, so it keeps up to a week more. `connection` is in autocommit and owns the
    table. Readings that a late message may still join (`late_days`, ingest's GLANEUR_LATE_DAYS), or from
    which a container may be believed anew, are never dropped.
    """
    least = max(late_days, REFOLDED_DAYS)
    if keep_days < least:
        raise NotDropped(
            f"{keep_days} days are too few: messages may come {late_days} days late, and containers are"
            f" believed anew from their last {REFOLDED_DAYS} days; keep {least} days or more"
        )
    kept_from = day_starts(_day(now - timedelta(days=keep_days)))
    _count_all_before(connection, kept_from)
    with connection.transaction():
        connection.execute(_SQL["move_horizon"], {"kept_from": kept_from})
    before = _older(connection, kept_from)
    kind = connection.execute(_SQL["is_hypertable"]).fetchone()
    if kind is not None and kind["has_chunks"]:
        connection.execute(_SQL["drop_chunks"], {"kept_from": kept_from})
    else:
        piece = {"kept_from": kept_from, "most": most}
        while connection.execute(_SQL["delete_readings"], piece).rowcount == most:
            pass
    return Dropped(kept_from, before - _older(connection, kept_from))


def _count_all_before(connection: psycopg.Connection[DictRow], kept_from: datetime) -> None:
    """Count what is still marked before an instant, waiting for the worker if it is at it."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        refresh_rollups(connection)
        waiting = connection.execute(_SQL["marked_before"], {"kept_from": kept_from}).fetchone()
        if waiting is None or not waiting["waiting"]:
            return
        if time.monotonic() > deadline:
            raise NotDropped("another process counts hours and days and does not end; try again later")
        time.sleep(0.2)


def _older(connection: psycopg.Connection[DictRow], kept_from: datetime) -> int:
    row = connection.execute(_SQL["older"], {"kept_from": kept_from}).fetchone()
    return 0 if row is None else int(row["readings"])
