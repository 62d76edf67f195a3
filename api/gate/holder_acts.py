"""Holders and their badges in life, by the JSON API: open, issue, replace, block, close, e-badge codes.

A badge's number is hashed on arrival and never shown again; names are in `people` alone, and no address
names one.
"""

import hashlib
import secrets
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Request
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import Field

from access.calendar import PARIS
from api.auth import Account, Dispatcher, record
from api.database import Database
from api.gate.agent import book_now
from api.gate.badges import BadNumber, badge_hash
from api.gate.site_documents import Done, Line, Strict
from store.queries import named_queries

routes = APIRouter(prefix="/api/v1", tags=["déchetterie : titulaires"])

SQL = named_queries("api.gate", "holder_desk.sql")
CODE_DAYS = 15
"""A letter with the code arrives within days; after that another is asked for."""
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is read for another
CODE_LENGTH = 10

Row = Annotated[int, Path(ge=1, lt=2**63)]
Medium = Literal["rfid", "qr", "plate"]


class HolderIn(Strict):
    """A household, a firm or a service. `account_ref`: the finance account that pays for what it brings."""

    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,40}$")]
    category: Annotated[str, Field(min_length=1, max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    sector: Annotated[str, Field(max_length=40)] | None = None
    address: Line = ""
    insee: Annotated[str, Field(pattern=r"^[0-9AB]{5}$")] | None = None
    email: Annotated[str, Field(max_length=120)] = ""
    account_ref: Annotated[str, Field(min_length=1, max_length=80)] | None = None


class BadgeIn(Strict):
    """A badge to give. `replaces`: the one it stands for, which opens no more; `fee`: its price is due."""

    number: Annotated[str, Field(min_length=4, max_length=100)]
    medium: Medium = "rfid"
    label: Annotated[str, Field(max_length=60)] = ""
    valid_from: date | None = None
    valid_until: date | None = None
    replaces: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    fee: bool = False


class StateIn(Strict):
    """What becomes of a badge."""

    state: Literal["active", "blocked", "lost"]


class BlockedIn(Strict):
    """Block or unblock a holder."""

    blocked: bool


class DecisionIn(Strict):
    """Accept a request under a reference, or refuse it for a reason."""

    accept: bool
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{0,40}$")] = ""
    reason: Line = ""


def digest(token: str) -> bytes:
    """What the database keeps of a code or of a phone's token."""
    return hashlib.sha256(token.encode()).digest()


@routes.post("/holders", summary="Open a holder")
def add_holder(request: Request, connection: Database, account: Dispatcher, body: HolderIn) -> Done:
    """Write a new holder; 409 when the reference is taken."""
    _category(request, connection, body.category)
    number = open_holder(connection, body, request.app.state.clock.now())
    record(connection, account, "holder", f"holder/{number}")
    return Done(id=str(number))


def open_holder(connection: Connection[DictRow], body: HolderIn, now: datetime) -> int:
    """Write a holder and return its number."""
    row = connection.execute(SQL["add_holder"], body.model_dump() | {"now": now}).fetchone()
    if row is None:
        raise HTTPException(409, "Cette référence est celle d'un autre titulaire.")
    return int(row["id"])


def _category(request: Request, connection: Connection[DictRow], category: str) -> None:
    if category not in book_now(request, connection).categories:
        raise HTTPException(422, "Cette catégorie n'est pas au règlement.")


@routes.put("/holders/{holder}", summary="Change a holder")
def change_holder(
    request: Request, connection: Database, account: Dispatcher, holder: Row, body: HolderIn
) -> Done:
    """Change everything but the reference."""
    _category(request, connection, body.category)
    if connection.execute(SQL["change_holder"], body.model_dump() | {"holder": holder}).fetchone() is None:
        raise HTTPException(404, "Ce titulaire n'existe pas.")
    record(connection, account, "holder_changed", f"holder/{holder}")
    return Done(id=str(holder))


@routes.post("/holders/{holder}/badges", summary="Give a badge, or replace one")
def add_badge(
    request: Request, connection: Database, account: Dispatcher, holder: Row, body: BadgeIn
) -> Done:
    """Hash the number and give it to this holder; the badge it replaces opens nothing from now on."""
    now = request.app.state.clock.now()
    key = request.app.state.settings.gate_badge_key
    if key is None:
        raise HTTPException(503, "Cette installation n'a pas de clé de badges.")
    row = _hold(connection, holder)
    try:
        number_hash = badge_hash(body.number, key)
    except BadNumber:
        raise HTTPException(422, "Le numéro d'un badge a 4 à 64 lettres et chiffres.") from None
    if body.replaces is not None:
        old = {"badge": body.replaces, "holder": holder}
        if connection.execute(SQL["replaced"], old).fetchone() is None:
            raise HTTPException(409, "Le badge à remplacer n'est pas à ce titulaire, ou l'est déjà.")
    made = connection.execute(
        SQL["add_badge"],
        {
            "holder": holder,
            "number_hash": number_hash,
            "medium": body.medium,
            "label": body.label,
            "valid_from": _at(body.valid_from, time()),
            "valid_until": _at(body.valid_until, time(23, 59, 59)),
            "now": now,
            "replaces": body.replaces,
        },
    ).fetchone()
    if made is None:
        raise HTTPException(409, "Ce badge est déjà donné.")
    record(connection, account, "badge", f"badge/{made['id']}", holder=holder, replaces=body.replaces)
    return Done(id=str(made["id"]), sentence=_fee(connection, body, made["id"], row["account_ref"], now))


def _fee(
    connection: Connection[DictRow], body: BadgeIn, badge: int, account_ref: str | None, now: datetime
) -> str:
    if not body.fee:
        return ""
    if account_ref is None:
        return "Badge donné. Sans compte de facturation, le remplacement n'est pas facturé."
    connection.execute(SQL["add_fee"], {"badge": badge, "now": now, "account_ref": account_ref})
    return "Badge donné ; le remplacement est transmis à la facturation."


def _at(day: date | None, at: time) -> datetime | None:
    return None if day is None else datetime.combine(day, at, PARIS)


def _hold(connection: Connection[DictRow], holder: int) -> DictRow:
    row = connection.execute(SQL["hold"], {"holder": holder}).fetchone()
    if row is None:
        raise HTTPException(404, "Ce titulaire n'existe pas.")
    if row["closed_at"] is not None:
        raise HTTPException(409, "Ce titulaire a quitté le territoire : ouvrez-en un nouveau.")
    return row


@routes.post("/holders/{holder}/badges/{badge}/state", summary="Block, lose or give back a badge")
def badge_state(connection: Database, account: Dispatcher, holder: Row, badge: Row, body: StateIn) -> Done:
    """Change what a badge opens; gates know it within a minute."""
    _hold(connection, holder)
    values = {"state": body.state, "badge": badge, "holder": holder}
    if connection.execute(SQL["badge_state"], values).fetchone() is None:
        raise HTTPException(409, "Ce badge est remplacé, ou n'est pas à ce titulaire.")
    record(connection, account, "badge_state", f"badge/{badge}", state=body.state)
    return Done(id=str(badge))


@routes.post("/holders/{holder}/blocked", summary="Block or unblock a holder")
def block(connection: Database, account: Dispatcher, holder: Row, body: BlockedIn) -> Done:
    """Refuse every badge of a holder, or take that back."""
    values = {"holder": holder, "blocked": body.blocked}
    if connection.execute(SQL["block"], values).fetchone() is None:
        raise HTTPException(409, "Ce titulaire n'existe pas, ou a quitté le territoire.")
    record(connection, account, "holder_blocked", f"holder/{holder}", blocked=body.blocked)
    return Done(id=str(holder))


@routes.post("/holders/{holder}/close", summary="Close a holder who moved out")
def close(request: Request, connection: Database, account: Dispatcher, holder: Row) -> Done:
    """Block every badge and phone for good; the passages keep their holder until the retention is over."""
    now = request.app.state.clock.now()
    if connection.execute(SQL["close"], {"holder": holder, "now": now}).fetchone() is None:
        raise HTTPException(409, "Ce titulaire n'existe pas, ou a déjà quitté le territoire.")
    connection.execute(SQL["close_badges"], {"holder": holder})
    connection.execute(SQL["end_access"], {"holder": holder})
    record(connection, account, "holder_closed", f"holder/{holder}")
    return Done(id=str(holder))


@routes.post("/holders/{holder}/code", summary="A code for an e-badge")
def give_code(request: Request, connection: Database, account: Dispatcher, holder: Row) -> Done:
    """Make the code with which a holder puts an e-badge on a phone: shown once, good once, for some days."""
    _hold(connection, holder)
    now = request.app.state.clock.now()
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    access: dict[str, Any] = {"token_hash": digest(code), "holder": holder, "badge": None, "kind": "code"}
    connection.execute(
        SQL["add_access"], access | {"now": now, "expires_at": now + timedelta(days=CODE_DAYS)}
    )
    record(connection, account, "badge_code", f"holder/{holder}")
    said = f"Code à donner au titulaire, valable {CODE_DAYS} jours, une seule fois : {code[:5]}-{code[5:]}"
    return Done(id=str(holder), sentence=said)


@routes.post("/badge-requests/{wanted}", summary="Decide a request")
def decide(
    request: Request, connection: Database, account: Dispatcher, wanted: Row, body: DecisionIn
) -> Done:
    """Open a holder from a request, or refuse it with its reason."""
    row = connection.execute(SQL["hold_request"], {"request": wanted}).fetchone()
    if row is None:
        raise HTTPException(409, "Cette demande est déjà décidée.")
    now = request.app.state.clock.now()
    holder = _accept(connection, account, row, body, now) if body.accept else None
    if holder is None and not body.reason:
        raise HTTPException(422, "Dites pourquoi la demande est refusée.")
    values = {
        "request": wanted,
        "status": "accepted" if holder else "refused",
        "now": now,
        "reason": body.reason,
    }
    connection.execute(SQL["decide_request"], values | {"account": account.id, "holder": holder})
    record(connection, account, "badge_request", f"badge_request/{wanted}", accepted=holder is not None)
    return Done(id=str(holder or ""))


def _accept(
    connection: Connection[DictRow], account: Account, row: DictRow, body: DecisionIn, now: datetime
) -> int:
    if not body.reference:
        raise HTTPException(422, "Donnez une référence au nouveau titulaire.")
    opened = HolderIn(
        reference=body.reference,
        category=row["category"],
        name=row["name"],
        address=row["address"],
        email=row["email"],
    )
    number = open_holder(connection, opened, now)
    record(connection, account, "holder", f"holder/{number}")
    return number
