"""The list with which a terminal decides alone: who may come, signed, versioned, whole or since a version.

A list is JSON, compressed by gzip, after the 64 bytes of an Ed25519 signature over what follows them. It
names badges only by their cut hashes. A terminal refuses a list whose signature is wrong, whose version is
not newer than its own, or which has expired; a delta also when it does not start at the version it has.
"""

import base64
import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from psycopg import Connection
from psycopg.errors import LockNotAvailable
from psycopg.rows import DictRow

from api.gate.badges import SHORT
from store.queries import named_queries

FORMAT = 1
LIFETIME = timedelta(days=7)
SIGNATURE_BYTES = 64
FRESH = timedelta(hours=1)
"""How long a whole list is given again as it was signed, while nothing changes."""

_SQL = named_queries("api.gate")


class Untrusted(ValueError):
    """The list is not what was signed, or is not one."""


class TooBusy(Exception):
    """Holders are being changed for longer than a terminal is to be kept waiting."""


@dataclass(slots=True)
class Lists:
    """The whole list as it was last signed: every terminal asks for it at its first start."""

    version: int = -1
    signed_at: datetime | None = None
    body: bytes = b""
    _making: Lock = field(default_factory=Lock)

    def get(
        self, connection: Connection[DictRow], signer: Ed25519PrivateKey, now: datetime, since: int
    ) -> bytes:
        """The list since a version (0: whole), signed; raises `TooBusy`."""
        version = newest_version(connection)
        if since:
            return make_list(connection, signer, now, since, version)
        with self._making:
            if self.version != version or self.signed_at is None or now - self.signed_at > FRESH:
                self.body = make_list(connection, signer, now, 0, version)
                self.version, self.signed_at = version, now
            return self.body


def newest_version(connection: Connection[DictRow]) -> int:
    """The version up to which everything is committed, so that no later list misses an earlier change."""
    try:
        row = connection.execute(_SQL["newest_change"]).fetchone()
    except LockNotAvailable:
        raise TooBusy from None
    return int(row["version"] or 0) if row else 0


def make_list(
    connection: Connection[DictRow], signer: Ed25519PrivateKey, now: datetime, since: int, version: int
) -> bytes:
    """The badges changed since a version (0: all of them), signed, as bytes."""
    rows = connection.execute(_SQL["badges_changed" if since else "badges"], {"since": since}).fetchall()
    return encode_list(rows, signer, now, since, version)


def encode_list(
    rows: Iterable[DictRow], signer: Ed25519PrivateKey, now: datetime, since: int, version: int
) -> bytes:
    """These badges as a signed list."""
    groups: dict[str, list[str]] = {}
    singles: dict[str, Any] = {}
    for one in rows:
        name = base64.b64encode(one["number_hash"][:SHORT]).decode().rstrip("=")
        state = "blocked" if one["blocked"] else one["state"]
        if one["valid_from"] or one["valid_until"]:
            dates = [at.isoformat() if at else None for at in (one["valid_from"], one["valid_until"])]
            singles[name] = [one["category"], one["sector"], state, *dates]
        else:
            groups.setdefault(json.dumps([one["category"], one["sector"], state]), []).append(name)
    document = {
        "format": FORMAT,
        "since": since,
        "version": version,
        "issued_at": now.isoformat(),
        "expires_at": (now + LIFETIME).isoformat(),
        # Most badges differ by their hash alone: they are told once per (category, sector, state).
        "groups": [[*json.loads(of), "".join(names)] for of, names in sorted(groups.items())],
        "badges": singles,
    }
    body = gzip.compress(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0)
    return signer.sign(body) + body


def read_list(signed: bytes, public: Ed25519PublicKey) -> dict[str, Any]:
    """A list's document once its signature is verified, as a terminal does it; raises `Untrusted`."""
    signature, body = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
    try:
        public.verify(signature, body)
    except InvalidSignature:
        raise Untrusted("the signature is not the installation's") from None
    document: dict[str, Any] = json.loads(gzip.decompress(body))
    if document.get("format") != FORMAT:
        raise Untrusted("the list has a format of another time")
    return document
