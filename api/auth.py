"""Who is asking: passwords, server-side sessions, roles, cross-site protection, rate limits.

The cookie holds a random token and the database only its hash. Every request that changes something
must carry the session's CSRF token (header `X-CSRF-Token`, or form field `csrf_token`).
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from fastapi import Depends, HTTPException, Request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.database import Database
from store.queries import named_queries

COOKIE = "glaneur_session"
ROLES = ("dispatcher", "driver", "admin", "agent", "finance", "cias")
SIGN_IN_BY_LOGIN = RateLimitItemPerMinute(5)
SIGN_IN_BY_ADDRESS = RateLimitItemPerMinute(30)
CHANGES_BY_SESSION = RateLimitItemPerMinute(240)

_SQL = named_queries("api", "auth.sql")
_HASHER = PasswordHasher()
_LIMITER = MovingWindowRateLimiter(MemoryStorage())
# Compared with when the login is unknown, so that a wrong login takes as long as a wrong password.
_NOBODY = _HASHER.hash(secrets.token_hex())


@dataclass(frozen=True, slots=True)
class Account:
    """The signed-in person, as a request needs them."""

    id: int
    login: str
    display_name: str
    role: str
    csrf_token: str


class NotSignedIn(Exception):
    """The request has no valid session: pages go to the sign-in form, the API answers 401."""


def hash_password(password: str) -> str:
    """Return the argon2id hash to store."""
    return _HASHER.hash(password)


def create_account(
    connection: Connection[DictRow], *, login: str, display_name: str, password: str, role: str
) -> int:
    """Create or renew an account and return its id; an existing login gets the new password and role."""
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}: one of {', '.join(ROLES)}")
    row = connection.execute(
        _SQL["save_account"],
        {
            "login": login,
            "display_name": display_name,
            "password_hash": hash_password(password),
            "role": role,
        },
    ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING always returns
    return int(row["id"])


def allow(rate: RateLimitItem, *key: str) -> bool:
    """Count one more use of `key` and say whether it is within `rate`."""
    return _LIMITER.hit(rate, *key)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def sign_in(
    connection: Connection[DictRow], login: str, password: str, hours: int
) -> tuple[str, Account] | None:
    """Open a session and return its cookie token and account, or None when login or password is wrong."""
    row = connection.execute(_SQL["account_by_login"], {"login": login.strip().lower()}).fetchone()
    try:
        _HASHER.verify(row["password_hash"] if row else _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    if row is None:
        return None
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    connection.execute(
        _SQL["open_session"],
        {
            "token_hash": _digest(token),
            "account_id": row["id"],
            "csrf_token": csrf,
            "lifetime": timedelta(hours=hours),
        },
    )
    return token, Account(row["id"], row["login"], row["display_name"], row["role"], csrf)


def sign_out(connection: Connection[DictRow], token: str) -> None:
    """End the session of `token`; nothing happens when there is none."""
    connection.execute(_SQL["close_session"], {"token_hash": _digest(token)})


def account_of(connection: Connection[DictRow], token: str | None) -> Account | None:
    """Return the account whose live session has this cookie token."""
    if not token:
        return None
    row = connection.execute(_SQL["account_of_session"], {"token_hash": _digest(token)}).fetchone()
    return Account(**row) if row else None


def same_origin(request: Request) -> bool:
    """Say whether a browser sent this from our own page (or a program that sends neither header)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or origin.split("://", 1)[-1] == request.headers.get("host")


async def csrf_given(request: Request) -> str:
    """Return the token a change carries: its header, or the form's field; empty when there is none."""
    token = request.headers.get("x-csrf-token")
    if token is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        token = str((await request.form()).get("csrf_token", ""))
    return token or ""


def signed_in(
    request: Request, connection: Database, csrf_given: Annotated[str, Depends(csrf_given)]
) -> Account:
    """Return the account of the request; raises `NotSignedIn`, or 403/429 for a change not allowed.

    On the request's own connection: requests that each hold one and wait for a second would wait for ever.
    """
    account = account_of(connection, request.cookies.get(COOKIE))
    if account is None:
        raise NotSignedIn
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        if not secrets.compare_digest(csrf_given.encode(), account.csrf_token.encode()):
            raise HTTPException(403, "Cette page a expiré : rechargez-la puis recommencez.")
        if not allow(CHANGES_BY_SESSION, "changes", str(account.id)):
            raise HTTPException(429, "Trop de demandes en une minute : patientez un instant.")
    return account


def require(*roles: str) -> Callable[..., Account]:
    """Return a dependency that lets in these roles, and administrators."""

    def check(account: Annotated[Account, Depends(signed_in)]) -> Account:
        if account.role not in roles and account.role != "admin":
            raise HTTPException(403, "Votre compte n'a pas accès à cette page.")
        return account

    return check


Dispatcher = Annotated[Account, Depends(require("dispatcher"))]
Driver = Annotated[Account, Depends(require("driver", "dispatcher"))]
Agent = Annotated[Account, Depends(require("agent", "dispatcher"))]
Finance = Annotated[Account, Depends(require("finance"))]
Anyone = Annotated[Account, Depends(signed_in)]


def record(
    connection: Connection[DictRow], account: Account, action: str, subject: str, **detail: Any
) -> None:
    """Add a line to the audit log; `detail` holds identifiers and figures, never names."""
    connection.execute(
        _SQL["add_audit"],
        {"account_id": account.id, "action": action, "subject": subject, "detail": Jsonb(detail)},
    )
