"""Badge numbers and the codes of e-badges: normalised, hashed with the installation's key, signed, forgotten.

The same hash is the row's key in the database, the journal's name of a badge, and, cut to `SHORT` bytes, its
name in a terminal's list. The key is a secret of the installation and of its terminals. An e-badge is a
code that a phone shows and renews: it names its badge by that hash, says when it was made and how long it
holds, and is signed by the key that signs the lists, so that a terminal verifies it alone.
"""

import base64
import binascii
import hashlib
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SHORT = 8
"""Bytes of the hash in a list: of 50,000 badges an unknown number passes for one once in 3.7e14."""

CODE_PREFIX = "GLN1"
CODE_LIFETIME = timedelta(seconds=60)
"""How long a code holds. The page renews it well before; what was photographed is soon worth nothing."""
CODE_MOST = timedelta(minutes=15)
"""A longer life is refused, whoever signed it."""
CODE_SKEW = timedelta(seconds=30)
"""How far the clock that reads a code may be from the one that made it."""

_PLAIN = re.compile(r"[A-Z0-9]{4,64}")
# A signature is over these words first: a signed list can never pass for a code, nor a code for a list.
_DOMAIN = b"glaneur e-badge 1\0"
_BODY = struct.Struct(">32sQH")  # badge's hash, made at (ms since 1970), holds (s)
_SIGNATURE_BYTES = 64


class BadNumber(ValueError):
    """What was shown is no badge's number; the message does not repeat it."""


class BadCode(ValueError):
    """What was shown looks like a code and is not one that we signed."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code that we signed; whether it still holds is asked of `holds`. `digest` stands for it alone."""

    badge: bytes
    made_at: datetime
    lifetime: timedelta
    digest: bytes

    def holds(self, at: datetime) -> bool:
        """Whether it may be shown at this instant."""
        return self.made_at - CODE_SKEW <= at < self.expires_at + CODE_SKEW and self.lifetime <= CODE_MOST

    @property
    def expires_at(self) -> datetime:
        """When it is worth nothing any more, but for the skew of clocks."""
        return self.made_at + self.lifetime


def badge_hash(number: str, key: bytes) -> bytes:
    """The 32 bytes that stand for a number: keyed BLAKE2b of its capitals and digits, separators dropped."""
    plain = re.sub(r"[\s:.\-]", "", number).upper()
    if not _PLAIN.fullmatch(plain):
        raise BadNumber("a badge's number has 4 to 64 letters and digits")
    return hashlib.blake2b(plain.encode("ascii"), key=key, digest_size=32).digest()


def e_badge(
    signer: Ed25519PrivateKey, badge: bytes, now: datetime, lifetime: timedelta = CODE_LIFETIME
) -> str:
    """The text of the QR code to show now for a badge (its 32-byte hash): 174 capitals and digits."""
    body = _BODY.pack(badge, int(now.timestamp() * 1000), int(lifetime.total_seconds()))
    signed = body + signer.sign(_DOMAIN + body)
    return CODE_PREFIX + base64.b32encode(signed).decode().rstrip("=")


def is_code(text: str) -> bool:
    """Whether a text claims to be a code; what does not is a badge's number."""
    return text.strip().upper().startswith(CODE_PREFIX) and len(text) > _SIGNATURE_BYTES


def read_code(text: str, public: Ed25519PublicKey) -> Code:
    """The code that a text is, whatever its age; raises `BadCode` when we did not sign it."""
    letters = text.strip().upper().removeprefix(CODE_PREFIX)
    try:
        signed = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise BadCode("the text is not base32") from None
    body, signature = signed[:-_SIGNATURE_BYTES], signed[-_SIGNATURE_BYTES:]
    if len(body) != _BODY.size:
        raise BadCode("the code has not the length of one")
    try:
        public.verify(signature, _DOMAIN + body)
        badge, made_ms, seconds = _BODY.unpack(body)
        made_at = datetime.fromtimestamp(made_ms / 1000, UTC)
    except InvalidSignature:
        raise BadCode("the signature is not the installation's") from None
    except (OverflowError, ValueError, OSError):
        raise BadCode("the code was made at no instant") from None
    digest = hashlib.blake2b(body, digest_size=16).digest()
    return Code(badge=badge, made_at=made_at, lifetime=timedelta(seconds=seconds), digest=digest)
