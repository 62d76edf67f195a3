"""The loop of ingest: take a batch from the broker, write it, acknowledge it. Crash-only.

Knows when to wait and when to try again, and nothing of MQTT (`link`) or of tables (`batch`). The broker is the
only queue: while the database is away, one batch waits here, unacknowledged, and the broker keeps the rest.
"""

import logging
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from ingest.batch import Letter, Written, prepare, write_surely
from ingest.link import V5, V311, Delivery, Link, NotOpened
from ingest.settings import Settings
from store.clock import REAL, Clock, read_clock
from store.connection import connect

_LOG = logging.getLogger("ingest")

_ROLE = "glaneur_ingest"
_SILENT_REFUSALS = 3  # connections closed without a word before the other MQTT is tried
_REPORT_S = 10.0
_GAP_S = 0.01  # nothing new for that long: the batch is what there is


@dataclass(slots=True)
class _Database:
    """The connection, made when it is wanted, and the platform's clock it told."""

    dsn: str
    connection: psycopg.Connection[DictRow] | None = None
    clock: Clock = REAL

    def now(self) -> datetime:
        return self.clock.now()

    def opened(self) -> psycopg.Connection[DictRow]:
        if self.connection is None or self.connection.closed:
            connection = connect(self.dsn, _ROLE, autocommit=True, application="glaneur-ingest")
            self.clock = read_clock(connection)
            prepare(connection)
            self.connection = connection
        return self.connection

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def run(settings: Settings, stop: threading.Event) -> Written:
    """Consume until `stop` is set; return what was written.

    Outages of the broker or of the database are waited out; nothing but `stop` ends it.
    """
    total, journal = Written(), _Journal()
    database = _Database(settings.database)
    try:
        if not _reach(database, stop):
            return total
        version = V5
        while not stop.is_set():
            link, version = _opened_link(settings, version, database, stop)
            if link is None:
                break
            try:
                for batch in _batches(link, settings, stop):
                    letters = [delivery.letter for delivery in batch]
                    written = _stored(database, letters, settings, stop)
                    if written is None:
                        break
                    link.acknowledge(batch)
                    total += written
                    journal.note(written)
            finally:
                link.close()
            if not stop.is_set():
                _LOG.warning("broker lost")
    finally:
        database.close()
        journal.report()
    return total


def _reach(database: _Database, stop: threading.Event) -> bool:
    """Wait until the database answers; False when told to stop before it did."""
    for delay in _delays():
        try:
            database.opened()
        except psycopg.Error as error:
            _LOG.warning("database away: %s; next try in %.1f s", _short(error), delay)
        else:
            return True
        if stop.wait(delay):
            break
    return False


def _stored(
    database: _Database, letters: list[Letter], settings: Settings, stop: threading.Event
) -> Written | None:
    """Write a batch, however long the database is away; None when told to stop before it was written."""
    away_since: float | None = None
    for delay in _delays():
        try:
            written = write_surely(database.opened(), letters, settings.limits)
        except psycopg.Error as error:
            database.close()
            if away_since is None:
                away_since = time.monotonic()
            _LOG.warning(
                "database away: %s; %d messages held, next try in %.1f s", _short(error), len(letters), delay
            )
        else:
            if away_since is not None:
                _LOG.warning(
                    "database back after %.1f s: the %d messages held are stored",
                    time.monotonic() - away_since, len(letters),
                )  # fmt: skip
            return written
        if stop.wait(delay):
            break
    return None


def _opened_link(
    settings: Settings, version: int, database: _Database, stop: threading.Event
) -> tuple[Link | None, int]:
    """Open a link, however long the broker is away; also return the MQTT version it speaks."""
    hung_up = 0
    for delay in _delays():
        link = Link(settings, version, database.now)
        try:
            link.open()
        except NotOpened as refusal:
            _LOG.warning("broker away: %s; next try in %.1f s", refusal, delay)
            hung_up += refusal.other_version
            if refusal.certain or hung_up >= _SILENT_REFUSALS:
                version, hung_up = (V311 if version == V5 else V5), 0
                _LOG.warning("trying MQTT %s", "5" if version == V5 else "3.1.1")
        else:
            _LOG.info("consuming over MQTT %s, batches of %d", "5" if version == V5 else "3.1.1", settings.batch)
            return link, version
        if stop.wait(delay):
            break
    return None, version


def _batches(link: Link, settings: Settings, stop: threading.Event) -> Iterator[list[Delivery]]:
    """Yield what comes, in batches, until the link is lost and empty, or until told to stop.

    What a lost link left in the inbox is yielded too: if the broker lost the session it is the only copy.
    """
    while not stop.is_set():
        try:
            batch = [link.inbox.get(timeout=0.2)]
        except queue.Empty:
            if not link.alive():
                return
            continue
        deadline = time.monotonic() + settings.linger_s
        while len(batch) < settings.batch:
            try:
                batch.append(link.inbox.get_nowait())
                continue
            except queue.Empty:
                patience = min(_GAP_S, deadline - time.monotonic())
            if patience <= 0:
                break
            try:
                batch.append(link.inbox.get(timeout=patience))
            except queue.Empty:
                break
        yield batch


def _delays() -> Iterator[float]:
    """Seconds to wait between tries: quick at first, never longer than 5."""
    delay = 0.1
    while True:
        yield delay
        delay = min(5.0, delay * 2)


def _short(error: Exception) -> str:
    """The first line of an error: the rest may quote values."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


class _Journal:
    """Counts in the log, at most every ten seconds: never topics, never payloads."""

    def __init__(self) -> None:
        self._written = Written()
        self._since = time.monotonic()

    def note(self, written: Written) -> None:
        self._written += written
        if time.monotonic() - self._since >= _REPORT_S:
            self.report()

    def report(self) -> None:
        w, seconds = self._written, time.monotonic() - self._since
        if w != Written():
            _LOG.info(
                "%d readings stored, %d repeated, %d quarantined, %d statuses, %d alerts, %d emptyings in %.0f s",
                w.readings, w.repeated, w.quarantined, w.statuses, w.alerts, w.emptyings, seconds,
            )  # fmt: skip
        self._written, self._since = Written(), time.monotonic()
