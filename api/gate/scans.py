"""One scan looked at, decided and recorded: at the gate by `judge_now`, from a journal afterwards by `judge`.

Two questions to the database and no lock between them: the second writes only if nothing moved since the
first, so that two gates never give the same right twice; else both are asked again. A scan is recorded under
the id its terminal gave it; the same id again answers what was answered, and another terminal's is refused.
"""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, Connection
from psycopg.rows import DictRow

from access.model import Book
from api.gate.books import NEWEST_BOOKS, Shelf
from api.gate.verdicts import (
    FUTURE,
    ForeignScan,
    Heard,
    Shown,
    Terminal,
    Unsettled,
    Verdict,
    amendment,
    day_of,
    known_answer,
    look_arguments,
    span_of,
    verdict,
)
from store.queries import named_queries

__all__ = [
    "FUTURE",
    "ForeignScan",
    "Heard",
    "Judged",
    "Shown",
    "Terminal",
    "UnknownTerminal",
    "Unsettled",
    "judge",
    "judge_now",
]  # fmt: skip

TRIES = 20
"""Each further try means that another scan of the same household was recorded meanwhile."""

_SQL = named_queries("api.gate")


class UnknownTerminal(Exception):
    """No terminal in service has this key."""


@dataclass(slots=True)
class Judged:
    """An answer, and where its time went: seconds by stage."""

    answer: dict[str, Any] = field(default_factory=dict)
    terminal: Terminal | None = None
    rule: str | None = None  # None: it was recorded before
    look_s: float = 0.0
    decide_s: float = 0.0
    record_s: float = 0.0
    tries: int = 0


def judge(
    connection: Connection[DictRow], shelf: Shelf, terminal: Terminal, shown: Shown, now: datetime
) -> dict[str, Any]:
    """Decide (or, after the fact, re-count) and record a scan; return the answer as JSON takes it."""
    who = {"key": None, "terminal": terminal.id}
    for _ in range(TRIES):
        book = shelf.at(connection, day_of(shown.scan.at))
        span = span_of(book, shown.scan.at)
        looked = connection.execute(_SQL["look"], who | look_arguments(shown, span)).fetchone()
        assert looked is not None  # noqa: S101 - a function returns its row
        known = known_answer(looked)
        if known is not None:
            amended = amendment(book, looked, shown)
            if amended is not None:
                connection.execute(_SQL["amend"], amended)
            return known
        found = verdict(book, looked, shown, now, span)
        row = connection.execute(_SQL["record"], found.record).fetchone()
        if row is not None and row["done"]:
            return found.answer
    raise Unsettled


async def judge_now(
    connection: AsyncConnection[DictRow], shelf: Shelf, key: bytes, shown: Shown, now: datetime
) -> Judged:
    """As `judge`, for who holds a terminal's key (its hash); raises `UnknownTerminal`.

    The connection commits each statement: the answer is durable when it is returned. The site of the scan
    is the terminal's own, which only the database knows.
    """
    told = Judged()
    while told.tries < TRIES:
        told.tries += 1
        began = time.perf_counter()
        book, span, looked = await _looked(connection, shelf, key, shown)
        told.terminal = Terminal(looked["terminal_id"], looked["terminal_name"], looked["terminal_site"])
        told.look_s += time.perf_counter() - began
        known = known_answer(looked)
        if known is not None:
            amended = amendment(book, looked, shown)
            if amended is not None:
                await connection.execute(_SQL["amend"], amended)
            told.answer = known
            return told
        began = time.perf_counter()
        found: Verdict = verdict(book, looked, _at_site(shown, told.terminal.site), now, span)
        decided = time.perf_counter()
        cursor = await connection.execute(_SQL["record"], found.record)
        row = await cursor.fetchone()
        told.decide_s += decided - began
        told.record_s += time.perf_counter() - decided
        if row is not None and row["done"]:
            told.answer, told.rule = found.answer, found.decision.rule
            return told
    raise Unsettled


async def _looked(
    connection: AsyncConnection[DictRow], shelf: Shelf, key: bytes, shown: Shown
) -> tuple[Book | None, Any, DictRow]:
    who = {"key": key, "terminal": None}
    while True:
        book = shelf.of(day_of(shown.scan.at))
        span = span_of(book, shown.scan.at)
        cursor = await connection.execute(_SQL["look"], who | look_arguments(shown, span))
        looked = await cursor.fetchone()
        if looked is None or looked["terminal_id"] is None:
            raise UnknownTerminal
        if looked["known_to"] is not None or looked["book"] == shelf.newest:
            return book, span, looked
        cursor = await connection.execute(NEWEST_BOOKS)
        shelf.put(looked["book"], await cursor.fetchall())


def _at_site(shown: Shown, site: str) -> Shown:
    return replace(shown, scan=replace(shown.scan, site=site))
