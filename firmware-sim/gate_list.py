"""The list a gate decides with alone, read as a vendor would from api/gate/README.md: signed, newer, alive.

Shares nothing with who writes it, so that a misreading on either side shows. Knows no clock and no network.
"""

import base64
import gzip
import hashlib
import json
import re
import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = 1
SIGNATURE = 64
LETTERS = 11  # of a badge's name: 8 bytes in base64 without padding
CODE_SKEW = timedelta(seconds=30)
CODE_MOST_S = 900
_CODE_WORDS = b"glaneur e-badge 1\0"
_CODE = struct.Struct(">32sQH")

Row = tuple[str, str | None, str | None]  # state, valid from, valid until


class NotTrusted(Exception):
    """A list that a terminal refuses; it keeps the one it has."""


@dataclass(frozen=True, slots=True)
class BadgeList:
    """Every badge's state by its name."""

    version: int
    expires_at: datetime
    badges: dict[str, Row] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Code:
    """An e-badge's code that the installation signed."""

    badge: bytes
    made_at: datetime
    lifetime: timedelta

    def holds(self, at: datetime) -> bool:
        """Whether it may be shown now."""
        return (
            self.made_at - CODE_SKEW <= at < self.made_at + self.lifetime + CODE_SKEW
            and self.lifetime.total_seconds() <= CODE_MOST_S
        )


def badge_hash(number: str, key: bytes) -> bytes:
    """BLAKE2b of 32 bytes, keyed, of the number's capitals and digits."""
    plain = re.sub(r"[\s:.\-]", "", number).upper()
    return hashlib.blake2b(plain.encode(), key=key, digest_size=32).digest()


def name_of(badge: bytes) -> str:
    """A badge's name in the list."""
    return base64.b64encode(badge[:8]).decode().rstrip("=")


def take(have: BadgeList | None, signed: bytes, public: Ed25519PublicKey, now: datetime) -> BadgeList:
    """The list after what was received, whole or a delta; raises `NotTrusted`."""
    document = _verified(signed, public)
    version, since = int(document["version"]), int(document["since"])
    expires_at = datetime.fromisoformat(document["expires_at"])
    if expires_at <= now:
        raise NotTrusted("it has expired")
    if have is not None and version < have.version:
        raise NotTrusted("it is older than mine")
    if since and (have is None or since != have.version):
        raise NotTrusted("it does not begin at my version")
    badges = dict(have.badges) if since and have is not None else {}
    for _category, _sector, state, names in document["groups"]:
        for at in range(0, len(names), LETTERS):
            badges[names[at : at + LETTERS]] = (state, None, None)
    for name, (_category, _sector, state, valid_from, valid_until) in document["badges"].items():
        badges[name] = (state, valid_from, valid_until)
    return BadgeList(version, expires_at, badges)


def _verified(signed: bytes, public: Ed25519PublicKey) -> dict[str, Any]:
    try:
        public.verify(signed[:SIGNATURE], signed[SIGNATURE:])
    except InvalidSignature:
        raise NotTrusted("its signature is not the installation's") from None
    document: dict[str, Any] = json.loads(gzip.decompress(signed[SIGNATURE:]))
    if document.get("format") != FORMAT:
        raise NotTrusted("it has another format")
    return document


def decide(have: BadgeList | None, badge: bytes, at: datetime, fallback: str) -> tuple[bool, str]:
    """Whether the gate opens by its list alone, and by which rule; without a list, its site's `fallback`."""
    if have is None or at >= have.expires_at:
        return fallback == "open", "no_list"
    row = have.badges.get(name_of(badge))
    if row is None:
        return False, "unknown_badge"
    state, valid_from, valid_until = row
    if state != "active":
        return False, state
    if valid_from is not None and at < datetime.fromisoformat(valid_from):
        return False, "not_yet_valid"
    if valid_until is not None and at >= datetime.fromisoformat(valid_until):
        return False, "expired"
    return True, "open"


def read_code(text: str, public: Ed25519PublicKey) -> Code | None:
    """The e-badge that a code is; None when the installation did not sign it."""
    letters = text.strip().upper().removeprefix("GLN1")
    try:
        signed = base64.b32decode(letters + "=" * (-len(letters) % 8))
        body = signed[:-SIGNATURE]
        badge, made_ms, seconds = _CODE.unpack(body)
        public.verify(signed[-SIGNATURE:], _CODE_WORDS + body)
        made_at = datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(milliseconds=made_ms)
    except (ValueError, struct.error, InvalidSignature, OverflowError):
        return None
    return Code(badge, made_at, timedelta(seconds=seconds))
