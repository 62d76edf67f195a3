"""How ingest waits for a database that is away: however long, with delays that grow. Knows no table."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import psycopg

_LOG = logging.getLogger("ingest")

Result = TypeVar("Result")


def insisting(
    work: Callable[[], Result], what: str, rest: Callable[[float], object], stop: threading.Event
) -> Result | None:
    """Do `work` on the database, however long that is away; None when told to stop before it was done."""
    began = time.monotonic()
    for number, delay in enumerate(delays()):
        try:
            done = work()
        except psycopg.Error as error:
            _LOG.warning("database away, cannot %s: %s; next try in %.1f s", what, _short(error), delay)
        else:
            if number:
                _LOG.warning("database back after %.1f s: %s, done", time.monotonic() - began, what)
            return done
        if interrupted(delay, rest, stop):
            break
    return None


def interrupted(seconds: float, rest: Callable[[float], object], stop: threading.Event) -> bool:
    """Rest, and return whether `stop` was set meanwhile."""
    deadline = time.monotonic() + seconds
    while not stop.is_set() and (left := deadline - time.monotonic()) > 0:
        rest(min(0.2, left))
    return stop.is_set()


def delays() -> Iterator[float]:
    """Seconds to wait between tries: quick at first, never longer than 5."""
    delay = 0.1
    while True:
        yield delay
        delay = min(5.0, delay * 2)


def _short(error: Exception) -> str:
    """The first line of an error: the rest may quote values."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
