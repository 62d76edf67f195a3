"""`python -m ingest.replay ID…`: take quarantined messages again, through the code that takes every message.

One transaction a message. What is taken now is settled; what is refused again stays open with its reason of
today. Nothing is believed on the way: a message kept only in part is not tried. Prints one JSON line of
counts.
"""

import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from ingest.batch import prepare, write
from ingest.letter import Letter
from ingest.message import Limits
from ingest.quarantine import payload_id
from ingest.settings import BadSettings, read_limits, read_networks
from ingest.uplinks import DEFAULT_NETWORKS, Networks
from store.clock import read_clock
from store.connection import connect
from store.queries import named_queries

_QUERIES = named_queries("ingest", "replay.sql")
_LOG = logging.getLogger("ingest")
_ROLE = "glaneur_ingest"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of the messages asked for; `incomplete` were too large to be kept whole."""

    taken: int = 0
    refused: int = 0
    incomplete: int = 0
    gone: int = 0


class _Again(Exception):
    """Carries today's refusal out of the transaction that met it, which is undone."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


def replay(
    connection: psycopg.Connection[DictRow],
    ids: Sequence[int],
    limits: Limits,
    networks: Networks = DEFAULT_NETWORKS,
) -> Replayed:
    """Try these quarantined messages again, oldest first; the connection is in autocommit."""
    prepare(connection)
    now = read_clock(connection).now()
    counts = dict.fromkeys(asdict(Replayed()), 0)
    rows = connection.execute(_QUERIES["open_ids"], {"ids": list(ids)}).fetchall()
    counts["gone"] = len(set(ids)) - len(rows)
    for row in rows:
        counts[_replay_one(connection, row["id"], limits, networks, now)] += 1
    return Replayed(**counts)


def _replay_one(
    connection: psycopg.Connection[DictRow],
    quarantine_id: int,
    limits: Limits,
    networks: Networks,
    now: datetime,
) -> str:
    try:
        with connection.transaction():
            row = connection.execute(_QUERIES["hold"], {"id": quarantine_id}).fetchone()
            if row is None:
                return "gone"
            letter = Letter(row["topic"], bytes(row["payload"]), _received_at(row, now))
            if payload_id(letter) != row["payload_id"]:
                connection.execute(_QUERIES["note_tried"], {"id": quarantine_id, "at": now})
                return "incomplete"
            before = _refusals(connection, row["payload_id"])
            if write(connection, (letter,), limits, {}, networks).quarantined == 0:
                connection.execute(_QUERIES["settle"], {"id": quarantine_id, "at": now})
                return "taken"
            after = _refusals(connection, row["payload_id"])
            raise _Again(*next(said for key, said in after.items() if before.get(key) != said)[:2])
    except _Again as again:
        reason, detail = again.reason, again.detail
    except (psycopg.DataError, psycopg.IntegrityError, ValueError, StopIteration) as error:
        _LOG.error("quarantined message %d: %s", quarantine_id, type(error).__name__, exc_info=error)
        reason, detail = "not_storable", type(error).__name__
    _keep(connection, quarantine_id, reason, detail, now)
    return "refused"


def _received_at(row: DictRow, now: datetime) -> datetime:
    """When a message came, unless our clock was wrong then: it has not come later than now.

    Nor did it come before it was made: who takes a message from the future again says that it was our clock
    that was behind, not the probe's that was ahead.
    """
    return now if row["ahead"] else min(now, row["first_at"])


def _refusals(connection: psycopg.Connection[DictRow], payload: Any) -> dict[int, tuple[str, str, int]]:
    """Return (reason, detail, times) of every row of these bytes: the one that moves says why."""
    rows = connection.execute(_QUERIES["refusals"], {"payload_id": payload})
    return {row["id"]: (row["reason"], row["detail"], row["times"]) for row in rows}


def _keep(
    connection: psycopg.Connection[DictRow], quarantine_id: int, reason: str, detail: str, now: datetime
) -> None:
    """Leave it open with today's reason; when the same bytes already lie there for it, they become one."""
    said = {"id": quarantine_id, "reason": reason, "detail": detail, "at": now}
    with connection.transaction():
        twin = connection.execute(_QUERIES["twin"], said).fetchone()
        if twin is None:
            connection.execute(_QUERIES["keep"], said)
        else:
            connection.execute(_QUERIES["merge"], {"id": quarantine_id, "twin": twin["id"], "at": now})


def main(arguments: Sequence[str]) -> int:
    """The command: exit status 2 for a wrong call."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    dsn = os.environ.get("GLANEUR_DATABASE", "")
    if not dsn or not arguments or not all(one.isdecimal() and len(one) < 19 for one in arguments):
        sys.stderr.write("usage: GLANEUR_DATABASE=postgresql://… python -m ingest.replay ID…\n")
        return 2
    try:
        limits, networks = read_limits(os.environ), read_networks(os.environ)
    except BadSettings as error:
        sys.stderr.write(f"ingest: {error}\n")
        return 2
    with connect(dsn, _ROLE, autocommit=True, application="glaneur-replay") as connection:
        done = replay(connection, [int(one) for one in arguments], limits, networks)
    sys.stdout.write(json.dumps(asdict(done)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
