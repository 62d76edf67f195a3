"""The loop of ingest in one process: take a batch from the broker, write it, acknowledge it. Crash-only.

Knows when to wait and when to try again, and nothing of MQTT (`link`) or of tables (`batch`). The broker
is the only queue: while the database is away, one batch waits here, unacknowledged, and the broker keeps
the rest. With several writers the loop is `reader`'s.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from ingest import metrics
from ingest.batch import Written
from ingest.database import Reached, system_clock
from ingest.journal import Journal
from ingest.link import CERTAIN, V5, V311, Link, NotOpened, Sink
from ingest.patience import delays, insisting, interrupted
from ingest.settings import Settings, networks_of

_LOG = logging.getLogger("ingest")

_PATIENCE_S = 0.2  # for a first message, before looking whether to stop
_QUIET_S = 3.0  # without a message, a queue that nothing fills any more is empty
_NAMES = {V5: "5", V311: "3.1.1"}
_FORGETFUL = (
    ": if it restarted, what came before a member of the share was back may be lost (ingest/README.md)"
)


def run(
    settings: Settings, stop: threading.Event, system_clock: Callable[[], datetime] = system_clock
) -> Written:
    """Consume until `stop` is set; return what was written.

    Outages of the broker or of the database are waited out; nothing but `stop` ends it. `system_clock` dates
    messages and nothing else: it may be set while we run, so that every wait goes by the monotonic one.
    """
    journal = Journal(system_clock)
    networks = networks_of(settings.routes, settings.codecs)
    database = Reached(settings.database, networks, system_clock)
    try:
        # The clock first: it dates each message at its reception.
        if insisting(database.reach, "connect", stop.wait, stop) is None:
            return journal.total
        for link in links(settings, database.now, stop):
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
    link: Link, database: Reached, settings: Settings, journal: Journal, stop: threading.Event
) -> None:
    """Take, write, acknowledge, until the link is lost and empty, or until told to stop."""
    heard = time.monotonic()
    while not stop.is_set():
        batch = link.take(_PATIENCE_S)
        journal.look()
        if not batch:
            if link.lost:
                say_lost(settings)
                return
            if settings.leaving and time.monotonic() - heard > _QUIET_S:
                link.close(for_good=True)
                _LOG.info("retired: the queue is empty and the session is over")
                stop.set()
            continue
        heard = time.monotonic()
        letters = [delivery.letter for delivery in batch]
        metrics.received(len(letters))
        written = insisting(
            partial(database.write, letters, settings.limits),
            f"write {len(letters)} messages held",
            link.rest,
            stop,
        )
        if written is None:
            return
        link.acknowledge(one.packet for one in batch)
        metrics.settled(len(letters))
        journal.note(written)


def say_lost(settings: Settings) -> None:
    """Log that the broker is lost, and what that may cost."""
    _LOG.warning("broker lost%s", _FORGETFUL if settings.share is not None else "")


def links(
    settings: Settings, now: Callable[[], datetime], stop: threading.Event, sink: Sink | None = None
) -> Iterator[Link]:
    """Yield an open link each time one is wanted, however long the broker is away, until told to stop."""
    version, doubt = (V311 if settings.mqtt == "3.1.1" else V5), 0
    waits = delays()
    while not stop.is_set():
        link = Link(settings, version, now, sink)
        try:
            link.open()
        except NotOpened as refusal:
            delay = next(waits)
            _LOG.warning("broker away: %s; next try in %.1f s", refusal, delay)
            doubt += refusal.doubt
            if doubt >= CERTAIN and settings.mqtt == "auto":
                version, doubt = (V311 if version == V5 else V5), 0
                _LOG.warning("trying MQTT %s", _NAMES[version])
            interrupted(delay, stop.wait, stop)
            continue
        _LOG.info("consuming over MQTT %s, %d messages a batch at most", _NAMES[version], settings.batch)
        doubt, waits = 0, delays()
        yield link
