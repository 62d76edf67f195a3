"""Terminals and their keys. A key is shown once and kept as a hash; a revoked one is refused at once."""

import hashlib
import secrets
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from limits import RateLimitItemPerMinute
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import allow
from api.database import Database
from api.gate.scans import Terminal
from store.queries import named_queries

SCANS_BY_TERMINAL = RateLimitItemPerMinute(600)
"""Ten times the busiest site of our sources in an hour, in a minute: nobody is kept waiting, a loop is."""
WRONG_KEYS_BY_ADDRESS = RateLimitItemPerMinute(30)

_SQL = named_queries("api.gate")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def add_terminal(connection: Connection[DictRow], name: str, site: str) -> str:
    """Add a terminal, or give an existing one a new key; return the key, which is kept nowhere."""
    key = secrets.token_urlsafe(32)
    connection.execute(_SQL["add_terminal"], {"name": name, "site": site, "key_hash": _digest(key)})
    return key


def revoke_terminal(connection: Connection[DictRow], name: str) -> bool:
    """Refuse a terminal from now on; False when there is none of that name that may speak."""
    return connection.execute(_SQL["revoke_terminal"], {"name": name}).fetchone() is not None


def _speaking(request: Request, connection: Database) -> Terminal:
    word, _, key = request.headers.get("authorization", "").partition(" ")
    row = None
    if word.lower() == "bearer" and key:
        row = connection.execute(_SQL["terminal_by_key"], {"key_hash": _digest(key)}).fetchone()
    if row is None:
        address = request.client.host if request.client else ""
        if not allow(WRONG_KEYS_BY_ADDRESS, "terminal", address):
            raise HTTPException(429, "Trop de clés refusées : patientez une minute.")
        raise HTTPException(401, "Clé de borne absente, inconnue ou révoquée.")
    if not allow(SCANS_BY_TERMINAL, "scans", str(row["id"])):
        raise HTTPException(429, "Trop de passages en une minute pour cette borne.")
    return Terminal(**row)


Speaking = Annotated[Terminal, Depends(_speaking)]
