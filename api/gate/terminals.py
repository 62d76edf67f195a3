"""Terminals and their keys. A key is shown once and kept as a hash; a revoked one is refused at once."""

import hashlib
import secrets
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from limits import RateLimitItemPerMinute
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import allow
from api.database import Database
from api.gate.verdicts import Terminal
from store.queries import named_queries

SCANS_BY_TERMINAL = RateLimitItemPerMinute(600)
"""Ten times the busiest site of our sources in an hour, in a minute: nobody is kept waiting, a loop is."""
SUSPECTS_BY_TERMINAL = RateLimitItemPerMinute(60)
"""Unknown badges and bad codes: one a second is somebody who tries numbers."""
WRONG_KEYS_BY_ADDRESS = RateLimitItemPerMinute(30)

_SQL = named_queries("api.gate")
_BEARER = HTTPBearer(
    scheme_name="terminal", description="the key that `glaneur gate terminal` printed once", auto_error=False
)

Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def key_digest(key: str) -> bytes:
    """What stands for a key in the database."""
    return hashlib.sha256(key.encode()).digest()


def add_terminal(connection: Connection[DictRow], name: str, site: str) -> str:
    """Add a terminal, or give an existing one a new key; return the key, which is kept nowhere."""
    key = secrets.token_urlsafe(32)
    connection.execute(_SQL["add_terminal"], {"name": name, "site": site, "key_hash": key_digest(key)})
    return key


def revoke_terminal(connection: Connection[DictRow], name: str) -> bool:
    """Refuse a terminal from now on; False when there is none of that name that may speak."""
    return connection.execute(_SQL["revoke_terminal"], {"name": name}).fetchone() is not None


async def key_given(bearer: Bearer) -> bytes | None:
    """The hash of the key that a request carries, which may be nobody's."""
    return None if bearer is None or not bearer.credentials else key_digest(bearer.credentials)


Key = Annotated[bytes | None, Depends(key_given)]


def within_rate(key: bytes) -> None:
    """Count one request of a key; raises 429 when there were too many in a minute."""
    if not allow(SCANS_BY_TERMINAL, "scans", key.hex()):
        raise HTTPException(429, "Trop de passages en une minute pour cette borne.", {"Retry-After": "10"})


def wrong_key(request: Request) -> HTTPException:
    """What who has no key of ours is told: nothing, and less when it insists."""
    address = request.client.host if request.client else ""
    if not allow(WRONG_KEYS_BY_ADDRESS, "terminal", address):
        return HTTPException(429, "Trop de clés refusées : patientez une minute.", {"Retry-After": "60"})
    return HTTPException(401, "Clé de borne absente, inconnue ou révoquée.", {"WWW-Authenticate": "Bearer"})


def _speaking(request: Request, connection: Database, key: Key) -> Terminal:
    row = None
    if key is not None:
        row = connection.execute(_SQL["terminal_by_key"], {"key_hash": key}).fetchone()
    if row is None or key is None:
        raise wrong_key(request)
    within_rate(key)
    return Terminal(**row)


Speaking = Annotated[Terminal, Depends(_speaking)]
