"""What could not be taken, kept with its reason and its bytes: nothing is lost, nothing blocks another."""

from collections.abc import Sequence
from hashlib import blake2b
from uuid import UUID

from ingest.letter import Letter
from ingest.message import Refused
from ingest.states import Cursor, Row
from store.queries import named_queries

_QUERIES = named_queries("ingest")
KEPT_BYTES = 65_536
"""Of a refused message: enough to see what it was, and to take it later."""


def keep(cursor: Cursor, refused: Sequence[tuple[Letter, Refused]]) -> int:
    """Keep what was refused; the same bytes on the same topic for the same reason are one row, counted."""
    rows: dict[tuple[UUID, str], Row] = {}
    for letter, why in refused:
        key = (payload_id(letter), why.reason)
        row = rows.setdefault(key, {
            "first_at": letter.received_at, "times": 0, "topic": _storable(letter.topic),
            "payload": letter.payload[:KEPT_BYTES], "payload_id": key[0], "reason": why.reason,
        })  # fmt: skip
        row.update(times=row["times"] + 1, last_at=letter.received_at, detail=why.detail)
    if rows:
        # In one order, so that two processes never wait for each other.
        cursor.executemany(
            _QUERIES["quarantine"], [row for _, row in sorted(rows.items(), key=lambda item: item[0])]
        )
    return len(refused)


def payload_id(letter: Letter) -> UUID:
    """Return the identity of a refused message: 16 bytes of BLAKE2b over its topic and all its bytes."""
    digest = blake2b(letter.topic.encode("utf-8", "surrogatepass"), digest_size=16)
    digest.update(b"\0" + letter.payload)
    return UUID(bytes=digest.digest())


def _storable(topic: str) -> str:
    """PostgreSQL's text takes neither NUL nor half a character; MQTT forbids them, not every broker does."""
    return topic if topic.isprintable() else ascii(topic)
