"""The loop of ingest: take a batch from the broker, write it, acknowledge it. Crash-only.

Knows when to wait and when to try again, and nothing of MQTT (`link`) or of tables (`batch`). The broker
is the only queue: while the database is away, one batch waits here, unacknowledged, and the broker keeps
the rest.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow

from ingest import metrics
from ingest.batch import Written, prepare, write_surely
from ingest.letter import Letter
from ingest.link import CERTAIN, V5, V311, Link, NotOpened
from ingest.message import Limits
from ingest.settings import Settings, networks_of
from ingest.states import Known
from ingest.uplinks import Networks
from store.clock import REAL, Clock, read_clock
from store.connection import connect

_LOG = logging.getLogger("ingest")

_ROLE = "glaneur_ingest"
# A server that vanished without a word must be noticed in half a minute, not in the system's two hours.
_IMPATIENCE = {
    "connect_timeout": "10", "tcp_user_timeout": "30000",
    "keepalives_idle": "15", "keepalives_interval": "5", "keepalives_count": "3",
}  # fmt: skip
_REPORT_S = 10.0
_PATIENCE_S = 0.2  # for a first message, before looking whether to stop
_QUIET_S = 3.0  # without a message, a queue that nothing fills any more is empty
_NAMES = {V5: "5", V311: "3.1.1"}
_FORGETFUL = (
    ": if it restarted, what came before a member of the share was back may be lost (ingest/README.md)"
)
_JUMP_S = 2.0  # more than the system's clock is ever slewed between two looks

Result = TypeVar("Result")


def _system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Database:
    """The connection, made when it is wanted, and the platform's clock it told."""

    dsn: str
    networks: Networks
    system_clock: Callable[[], datetime]
    connection: psycopg.Connection[DictRow] | None = None
    clock: Clock = REAL
    known: Known = field(default_factory=dict)

    def now(self) -> datetime:
        """Return the platform's instant."""
        return self.clock.shown(self.system_clock())

    def reach(self) -> psycopg.Connection[DictRow]:
        """Return the connection, made anew when the last one failed; raises `psycopg.Error`."""
        if self.connection is None:
            dsn = make_conninfo(self.dsn, **{**_IMPATIENCE, **conninfo_to_dict(self.dsn)})
            self.connection = connect(dsn, _ROLE, autocommit=True, application="glaneur-ingest")
            with self._closing_on_error():
                self.clock = read_clock(self.connection)
                prepare(self.connection)
        return self.connection

    def write(self, letters: Sequence[Letter], limits: Limits) -> Written:
        """Write a batch; raises `psycopg.Error` when the database fails, and lets go of it then."""
        connection = self.reach()
        with self._closing_on_error():
            return write_surely(connection, letters, limits, self.known, self.networks)

    @contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        # Even a connection that seems well: it may lead to a server that is no longer the one that writes.
        try:
            yield
        except psycopg.Error:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection, if there is one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        self.known = {}


def run(
    settings: Settings, stop: threading.Event, system_clock: Callable[[], datetime] = _system_clock
) -> Written:
    """Consume until `stop` is set; return what was written.

    Outages of the broker or of the database are waited out; nothing but `stop` ends it. `system_clock` dates
    messages and nothing else: it may be set while we run, so that every wait goes by the monotonic one.
    """
    journal = _Journal(system_clock)
    networks = networks_of(settings.routes, settings.codecs)
    database = _Database(settings.database, networks, system_clock)
    try:
        # The clock first: it dates each message at its reception.
        if _insisting(database.reach, "connect", stop.wait, stop) is None:
            return journal.total
        for link in _links(settings, database.now, stop):
            try:
                with metrics.connected():
                    _consume(link, database, settings, journal, stop)
            finally:
                link.close()
    finally:
        database.close()
        networks.library.close()
        journal.report()
    return journal.total


def _consume(
    link: Link, database: _Database, settings: Settings, journal: "_Journal", stop: threading.Event
) -> None:
    """Take, write, acknowledge, until the link is lost and empty, or until told to stop."""
    heard = time.monotonic()
    while not stop.is_set():
        batch = link.take(_PATIENCE_S)
        journal.look()
        if not batch:
            if link.lost:
                _LOG.warning("broker lost%s", _FORGETFUL if settings.share is not None else "")
                return
            if settings.leaving and time.monotonic() - heard > _QUIET_S:
                link.close(for_good=True)
                _LOG.info("retired: the queue is empty and the session is over")
                stop.set()
            continue
        heard = time.monotonic()
        letters = [delivery.letter for delivery in batch]
        began = time.monotonic()
        with metrics.writing():
            written = _insisting(
                partial(database.write, letters, settings.limits),
                f"write {len(letters)} messages held",
                link.rest,
                stop,
            )
        if written is None:
            return
        link.acknowledge(batch)
        received = [letter.received_at for letter in letters]
        metrics.committed(written, time.monotonic() - began, received, database.now())
        journal.note(written)


def _insisting(
    work: Callable[[], Result], what: str, rest: Callable[[float], object], stop: threading.Event
) -> Result | None:
    """Do `work` on the database, however long that is away; None when told to stop before it was done."""
    began = time.monotonic()
    for number, delay in enumerate(_delays()):
        try:
            done = work()
        except psycopg.Error as error:
            _LOG.warning("database away, cannot %s: %s; next try in %.1f s", what, _short(error), delay)
        else:
            if number:
                _LOG.warning("database back after %.1f s: %s, done", time.monotonic() - began, what)
            return done
        if _interrupted(delay, rest, stop):
            break
    return None


def _links(settings: Settings, now: Callable[[], datetime], stop: threading.Event) -> Iterator[Link]:
    """Yield an open link each time one is wanted, however long the broker is away, until told to stop."""
    version, doubt = (V311 if settings.mqtt == "3.1.1" else V5), 0
    delays = _delays()
    while not stop.is_set():
        link = Link(settings, version, now)
        try:
            link.open()
        except NotOpened as refusal:
            delay = next(delays)
            _LOG.warning("broker away: %s; next try in %.1f s", refusal, delay)
            doubt += refusal.doubt
            if doubt >= CERTAIN and settings.mqtt == "auto":
                version, doubt = (V311 if version == V5 else V5), 0
                _LOG.warning("trying MQTT %s", _NAMES[version])
            _interrupted(delay, stop.wait, stop)
            continue
        _LOG.info("consuming over MQTT %s, %d messages a batch at most", _NAMES[version], settings.batch)
        doubt, delays = 0, _delays()
        yield link


def _interrupted(seconds: float, rest: Callable[[float], object], stop: threading.Event) -> bool:
    """Rest, and return whether `stop` was set meanwhile."""
    deadline = time.monotonic() + seconds
    while not stop.is_set() and (left := deadline - time.monotonic()) > 0:
        rest(min(0.2, left))
    return stop.is_set()


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
    """Counts, in the log at most every ten seconds, and jumps of the clock: never topics, never payloads."""

    def __init__(self, system_clock: Callable[[], datetime]) -> None:
        self._system_clock = system_clock
        self._was_ahead = self._ahead()
        self.total = Written()
        self._told = Written()
        self._since = time.monotonic()

    def note(self, written: Written) -> None:
        """Add a batch."""
        self.total += written
        if time.monotonic() - self._since >= _REPORT_S:
            self.report()

    def look(self) -> None:
        """Log when somebody set the system's clock: messages may have been refused for it, or will be."""
        ahead = self._ahead()
        if abs(ahead - self._was_ahead) > _JUMP_S:
            _LOG.warning(
                "the system's clock was set by %+.0f s: messages refused for their time can be taken again"
                " from the quarantine", ahead - self._was_ahead,
            )  # fmt: skip
        self._was_ahead = ahead

    def _ahead(self) -> float:
        return self._system_clock().timestamp() - time.monotonic()

    def report(self) -> None:
        """Log what came since the last report, if anything did."""
        new, seconds = self.total - self._told, time.monotonic() - self._since
        if new != Written():
            counts = ", ".join(f"{count} {name}" for name, count in asdict(new).items() if count)
            _LOG.info("in %.1f s: %s", seconds, counts)
        self._told, self._since = self.total, time.monotonic()
