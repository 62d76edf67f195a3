"""The loop of ingest with several writers: one process has the session, reads what comes, and acknowledges.

Why one reader: its ordinary subscription survives the broker's restart, which Mosquitto's shared ones do
not, and a device's messages always go to the same writer, in order. It does what is cheap and no more: a
message is decoded and written by a writer (`writer`), and acknowledged when that one has answered.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from ingest import metrics
from ingest.batch import Written
from ingest.consumer import links, say_lost
from ingest.database import system_clock
from ingest.journal import Journal
from ingest.link import Link
from ingest.settings import Settings, networks_of
from ingest.writers import Writers

_LOG = logging.getLogger("ingest")

_PATIENCE_S = 0.2  # before looking whether to stop, and whom to start
_DRAIN_S = 10.0
# Between two readings while messages come: many at a time cost the reader, and the broker, a fraction of what
# one at a time does. Nothing beside the time a commit takes.
_NAP_S = 0.004
_FEW = 400


def read(
    settings: Settings,
    stop: threading.Event,
    environment: Mapping[str, str],
    system_clock: Callable[[], datetime] = system_clock,
) -> Written:
    """Consume through `settings.writers` processes until `stop` is set; return what they wrote.

    `environment` holds the same settings, for them. Told to stop, it takes nothing more and waits ten seconds
    for what was handed over; what is not written by then comes again.
    """
    networks_of(settings.routes, settings.codecs).library.close()  # refused here, not in each writer
    journal, writers = Journal(system_clock), Writers(settings.writers, environment)
    try:
        for link in links(settings, system_clock, stop, writers):
            try:
                with metrics.connected():
                    _serve(link, writers, settings, journal, stop)
                    _drain(link, writers, journal)
            finally:
                link.close()
    finally:
        writers.close()
        journal.report()
    return journal.total


def _serve(link: Link, writers: Writers, settings: Settings, journal: Journal, stop: threading.Event) -> None:
    """Hand over and acknowledge, until the link is lost and all of it written, or until told to stop."""
    while not stop.is_set():
        before = len(writers)
        _turn(link, writers, journal, _PATIENCE_S)
        journal.look()
        if link.lost and not len(writers):
            say_lost(settings)
            return
        if 0 < len(writers) - before < _FEW:
            time.sleep(_NAP_S)


def _turn(link: Link, writers: Writers, journal: Journal, patience_s: float) -> None:
    writers.start()
    held = len(writers)
    readable, _ = link.exchange(patience_s, *writers.files())
    metrics.received(len(writers) - held)
    for written in writers.exchange(readable):
        journal.note(written)
    if ready := writers.settled():
        link.acknowledge(ready)
        metrics.settled(len(ready))


def _drain(link: Link, writers: Writers, journal: Journal) -> None:
    """Wait for what was handed over, taking nothing more."""
    link.deaf = True
    deadline = time.monotonic() + _DRAIN_S
    while len(writers) and time.monotonic() < deadline:
        _turn(link, writers, journal, _PATIENCE_S)
    if len(writers):
        _LOG.warning("stopping: %d messages were not written, the broker gives them again", len(writers))
