"""Columns that say something of a person's health, sealed before they reach the database. Knows no table.

AES-256-GCM (NIST SP 800-38D) under a key that only the API has. The person's number and the column are
sealed in with the text: a value copied to another row or column does not open.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_VERSION = b"\x01"


class Unreadable(Exception):
    """A sealed column does not open: another key, or it was tampered with."""


def seal(key: bytes, person: str, column: str, text: str) -> bytes:
    """The text as what is stored: version, nonce, ciphertext and tag. `key` is 32 bytes."""
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, text.encode(), _bound(person, column))


def unseal(key: bytes, person: str, column: str, stored: bytes) -> str:
    """The text again. Raises `Unreadable`, which names the column and never what is in it."""
    if not stored.startswith(_VERSION):
        raise Unreadable(column)
    nonce, sealed = stored[1 : 1 + _NONCE], stored[1 + _NONCE :]
    try:
        return AESGCM(key).decrypt(nonce, sealed, _bound(person, column)).decode()
    except (InvalidTag, ValueError) as error:
        raise Unreadable(column) from error


def _bound(person: str, column: str) -> bytes:
    return f"glaneur:{column}:{person}".encode()
