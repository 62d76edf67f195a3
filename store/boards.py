"""What boards read: sums by day, counted when a day changed, so that years are answered in milliseconds.

Knows rows only, as `store/rollups.py` does, and never a person: the migration says what is counted. Counting
a day again any number of times gives the same rows.
"""

from datetime import date, timedelta

import psycopg
from psycopg.rows import DictRow

from store.clock import read_clock
from store.queries import named_queries
from store.rollups import PARIS

_SQL = named_queries("store", "sql/queries/boards.sql")
_MEALS = named_queries("store", "sql/queries/board_meals.sql")
_LOCK = 0x626F6172  # "boar"
_MOST_DAYS = 15  # counted in one transaction
_RADIO_DAYS = 3  # a message that comes later changes levels, not the radio's figures
_RADIO_KEPT_DAYS = 40


def refresh_days(connection: psycopg.Connection[DictRow]) -> int:
    """Count the marked days again, newest first; return how many. `connection` is in autocommit.

    Returns at once when another process is at it.
    """
    total = 0
    while True:
        with connection.transaction(), connection.cursor() as cursor:
            if not _alone(cursor):
                return total
            days = [row["day"] for row in cursor.execute(_SQL["take_days"], {"most": _MOST_DAYS})]
            if days:
                _count(cursor, days)
        total += len(days)
        if len(days) < _MOST_DAYS:
            return total


def refresh_meals(connection: psycopg.Connection[DictRow]) -> int:
    """Count the marked days of meals again, newest first; return how many. `connection` is in autocommit."""
    today = read_clock(connection).now().astimezone(PARIS).date()
    total = 0
    while True:
        with connection.transaction(), connection.cursor() as cursor:
            if not _alone(cursor):
                return total
            taken = cursor.execute(_MEALS["take_days"], {"most": _MOST_DAYS, "today": today})
            days = [row["day"] for row in taken]
            for what in ("days", "rounds", "cold") if days else ():
                for verb in ("clear", "count"):
                    cursor.execute(_MEALS[f"{verb}_{what}"], {"days": days})
        total += len(days)
        if len(days) < _MOST_DAYS:
            return total


def _count(cursor: psycopg.Cursor[DictRow], days: list[date]) -> None:
    emptied = [row["container_id"] for row in cursor.execute(_SQL["emptied"], {"days": days})]
    for what in ("areas", "rounds", "passages"):
        for verb in ("clear", "count"):
            cursor.execute(_SQL[f"{verb}_{what}"], {"days": days, "emptied": emptied})


def refresh_hour(connection: psycopg.Connection[DictRow]) -> None:
    """Count what may wait an hour: the radio of the last days, and the uses of services by class."""
    today = read_clock(connection).now().astimezone(PARIS).date()
    since = today - timedelta(days=_RADIO_DAYS - 1)
    with connection.transaction(), connection.cursor() as cursor:
        if not _alone(cursor):
            return
        forget = today - timedelta(days=_RADIO_KEPT_DAYS)
        cursor.execute(_SQL["clear_probes"], {"since": since, "forget": forget})
        cursor.execute(_SQL["count_probes"], {"since": since, "today": today})
        days = [since + timedelta(days=number) for number in range(_RADIO_DAYS)]
        cursor.execute(_SQL["mark_days"], {"days": days})
        cursor.execute(_SQL["clear_usage"])
        cursor.execute(_SQL["count_usage"])


def sample_platform(connection: psycopg.Connection[DictRow]) -> None:
    """Write down how the platform is doing now; an hour in a row after 40 days, forgotten after 400."""
    connection.execute(_SQL["sample_platform"])
    connection.execute(_SQL["sum_samples"])
    connection.execute(_SQL["forget_samples"])


def _alone(cursor: psycopg.Cursor[DictRow]) -> bool:
    row = cursor.execute(_SQL["one_at_a_time"], {"lock": _LOCK}).fetchone()
    return row is not None and bool(row["alone"])
