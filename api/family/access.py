"""Who follows whose meals: links that open once, printed cards, sessions of their own, rights.

Nothing here knows staff accounts: another cookie, other tables. A code is 16 characters of Crockford's base
32 (80 bits) for a link, 24 (120 bits) for a card; the database has its hash. A session slides: 90 days after
it was last used it is over, or as soon as the office takes the access back.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Response
from limits import RateLimitItemPerHour
from psycopg import Connection
from psycopg.rows import DictRow

from api.alerts.subscriptions import phone
from api.auth import CHANGES_BY_SESSION, allow, csrf_given
from api.database import Database
from store.queries import named_queries

COOKIE = "glaneur_famille"
LINK_LIFETIME = timedelta(minutes=20)
CARD_LIFETIME = timedelta(days=365)
SESSION_LIFETIME = timedelta(days=90)
RENEWED_BELOW = timedelta(days=89)
LINK_SIGNS, CARD_SIGNS = 16, 24
ASKS_BY_ADDRESS = RateLimitItemPerHour(20)
ASKS_BY_CONTACT = RateLimitItemPerHour(5)
TRIES_BY_ADDRESS = RateLimitItemPerHour(30)

SQL = named_queries("api.family")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CLOSED = "Votre accès est fermé ou a expiré : demandez un nouveau lien."


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One person whose meals the visitor follows, and what they may do. `id` is the access's own number."""

    id: int
    beneficiary: int
    person: str
    themselves: bool
    rights: frozenset[str]
    told_by: frozenset[str]
    muted: frozenset[str]
    channels: tuple[str, ...]
    large_print: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whoever is signed in on the family's pages. `renewed`: the session slid on, the cookie must follow."""

    token_hash: bytes
    csrf_token: str
    renewed: bool
    accesses: tuple[Access, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visitor at one person's page."""

    visitor: Visitor
    access: Access

    def require(self, right: str) -> None:
        """Let them go on, or 403 with a sentence."""
        if right not in self.access.rights:
            raise HTTPException(403, "Le service ne vous a pas ouvert cette partie.")


def new_code(signs: int) -> str:
    """A code to read aloud or to type: no letter that looks like a digit, in groups of four."""
    plain = "".join(secrets.choice(_ALPHABET) for _ in range(signs))
    return "-".join(plain[n : n + 4] for n in range(0, signs, 4))


def digest(code: str) -> bytes:
    """The hash under which a code is kept; blanks, dashes and look-alikes do not matter."""
    plain = "".join(one for one in code.upper().translate(_ALIKE) if one in _ALPHABET)
    return hashlib.sha256(plain.encode()).digest()


def contact_of(text: str) -> tuple[str, str]:
    """Channel and address as they are compared: `email` and lower case, or `sms` and +33…"""
    plain = text.strip()
    return ("email", plain.lower()) if "@" in plain else ("sms", phone(plain))


def add_key(
    connection: Connection[DictRow], kind: str, relatives: list[int], lifetime: timedelta, signs: int
) -> str:
    """Make a link's or a card's code for these accesses; only its hash stays."""
    code = new_code(signs)
    wanted = {"token_hash": digest(code), "kind": kind, "relatives": relatives, "lifetime": lifetime}
    connection.execute(SQL["add_key"], wanted)
    return code


def use_code(connection: Connection[DictRow], code: str) -> str | None:
    """Open a session with a code and return its cookie token; None when the code opens nothing (any more)."""
    row = connection.execute(SQL["use_key"], {"token_hash": digest(code)}).fetchone()
    if row is None:
        return None
    token = secrets.token_urlsafe(32)
    connection.execute(
        SQL["open_session"],
        {
            "token_hash": digest_of(token),
            "relatives": row["relatives"],
            "csrf_token": secrets.token_urlsafe(32),
            "lifetime": SESSION_LIFETIME,
        },
    )
    return token


def close_session(connection: Connection[DictRow], token: str) -> None:
    """End this session; nothing happens when there is none."""
    connection.execute(SQL["close_session"], {"token_hash": digest_of(token)})


def visitor_of(request: Request, connection: Connection[DictRow]) -> Visitor | None:
    """Who has this cookie, with every access that still holds; the session slides on."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    wanted = {"token_hash": digest_of(token), "renewed": RENEWED_BELOW}
    rows = connection.execute(SQL["session"], wanted).fetchall()
    if not rows:
        return None
    if rows[0]["old"]:
        connection.execute(
            SQL["renew_session"], {"token_hash": digest_of(token), "lifetime": SESSION_LIFETIME}
        )
    return Visitor(
        token_hash=digest_of(token),
        csrf_token=rows[0]["csrf_token"],
        renewed=rows[0]["old"],
        accesses=tuple(_access(row) for row in rows),
    )


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Give the session's cookie: no script reads it, no other site sends it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.app.state.settings.cookie_secure,
    )


def signed_in(request: Request, connection: Database, csrf: Annotated[str, Depends(csrf_given)]) -> Visitor:
    """The visitor; without one, pages lead to the form that asks for a link and the API answers 401."""
    visitor = visitor_of(request, connection)
    if visitor is None:
        if request.url.path.startswith("/api/") or request.headers.get("x-fragment"):
            raise HTTPException(401, _CLOSED)
        raise HTTPException(303, _CLOSED, headers={"Location": "/famille"})
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        if not secrets.compare_digest(csrf.encode(), visitor.csrf_token.encode()):
            raise HTTPException(403, "Cette page a expiré : rechargez-la puis recommencez.")
        if not allow(CHANGES_BY_SESSION, "family", visitor.token_hash.hex()):
            raise HTTPException(429, "Trop de demandes en une minute : patientez un instant.")
    return visitor


def visiting(access: int, visitor: Annotated[Visitor, Depends(signed_in)]) -> Visit:
    """The visitor at the page of one access; another's number is as unknown as one that does not exist."""
    found = next((one for one in visitor.accesses if one.id == access), None)
    if found is None:
        raise HTTPException(404, "Cette page n'existe pas.")
    return Visit(visitor=visitor, access=found)


Family = Annotated[Visitor, Depends(signed_in)]
Following = Annotated[Visit, Depends(visiting)]


def note_reading(connection: Connection[DictRow], access: Access, now: datetime) -> None:
    """Log that a relative's page opened this person's sealed columns."""
    wanted = {"at": now, "relative": access.id, "person": access.beneficiary}
    connection.execute(SQL["note_family_reading"], wanted)


def digest_of(token: str) -> bytes:
    """The hash under which a session is kept."""
    return hashlib.sha256(token.encode()).digest()


def _access(row: dict[str, Any]) -> Access:
    roads = (("email", row["has_email"]), ("sms", row["has_phone"]))
    return Access(
        id=row["id"],
        beneficiary=row["beneficiary_id"],
        person=row["person"],
        themselves=row["themselves"],
        rights=frozenset(row["rights"]),
        told_by=frozenset(row["told_by"]),
        muted=frozenset(row["muted"]),
        channels=tuple(name for name, open_ in roads if open_),
        large_print=row["large_print"],
    )
