"""How far a terminal's clock is off: measured live, and taken off what it journalled while nobody heard it.

A clock is heard only where nothing waits on the way: in a request, or in a message of QoS 0, which no broker
keeps. An entry of the same start of the terminal is dated by the time since that start, whatever the
clock on the wall was set to meanwhile; else by the error of the hearing closest to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import DictRow

from api.gate.documents import Hello
from api.gate.verdicts import Heard, Terminal
from store.queries import named_queries

_SQL = named_queries("api.gate")
_MOST_MS = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """One moment at which a terminal's clock was heard: `heard_at` is ours, `said_at` its own."""

    heard_at: datetime
    said_at: datetime
    boot: int | None = None
    up_ms: int | None = None


def milliseconds(span: timedelta) -> int:
    """Whole milliseconds, within what every language holds exactly."""
    return max(-_MOST_MS, min(_MOST_MS, span // timedelta(milliseconds=1)))


def dated(
    said_at: datetime, boot: int | None, up_ms: int | None, seq: int, hearings: Iterable[Hearing]
) -> tuple[datetime, Heard]:
    """The instant at which something happened that a terminal dates `said_at`, and how that is known."""
    heard = tuple(hearings)
    since_start = [one for one in heard if one.boot == boot and one.up_ms is not None]
    if boot is not None and up_ms is not None and since_start:
        near = min(since_start, key=lambda one: abs((one.up_ms or 0) - up_ms))
        at = near.heard_at - timedelta(milliseconds=(near.up_ms or 0) - up_ms)
        return at, Heard(said_at=said_at, error_ms=milliseconds(said_at - at), source="uptime", seq=seq)
    if heard:
        near = min(heard, key=lambda one: abs(one.said_at - said_at))
        error = near.said_at - near.heard_at
        return said_at - error, Heard(
            said_at=said_at, error_ms=milliseconds(error), source="heartbeat", seq=seq
        )
    return said_at, Heard(said_at=said_at, error_ms=0, source="none", seq=seq)


def note_clock(connection: Connection[DictRow], terminal: Terminal, said: Hello, now: datetime) -> None:
    """Keep one hearing of a terminal's clock, and that it lives."""
    connection.execute(
        _SQL["note_clock"],
        {
            "name": terminal.name,
            "heard_at": now,
            "said_at": said.sent_at,
            "boot": said.boot,
            "up_ms": said.up_ms,
            "list_version": said.list_version,
        },
    )
