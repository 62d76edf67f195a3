"""Badge numbers: normalised, hashed with the installation's key, and forgotten. Alone knows how.

The same hash is the row's key in the database, the journal's name of a badge, and, cut to `SHORT` bytes, its
name in a terminal's list. The key is a secret of the installation and of its terminals.
"""

import hashlib
import re

SHORT = 8
"""Bytes of the hash in a list: of 50,000 badges an unknown number passes for one once in 3.7e14."""

_PLAIN = re.compile(r"[A-Z0-9]{4,64}")


class BadNumber(ValueError):
    """What was shown is no badge's number; the message does not repeat it."""


def badge_hash(number: str, key: bytes) -> bytes:
    """The 32 bytes that stand for a number: keyed BLAKE2b of its capitals and digits, separators dropped."""
    plain = re.sub(r"[\s:.\-]", "", number).upper()
    if not _PLAIN.fullmatch(plain):
        raise BadNumber("a badge's number has 4 to 64 letters and digits")
    return hashlib.blake2b(plain.encode("ascii"), key=key, digest_size=32).digest()
