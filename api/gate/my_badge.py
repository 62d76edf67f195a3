"""The e-badge on a holder's own phone: a code from the desk opens it once, then it shows a fresh QR code.

The phone's cookie holds a random token, the database its hash. What is shown is signed, holds a minute
and names the badge by its keyed hash alone (`badges.e_badge`).
"""

import secrets
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import AwareDatetime, BaseModel

from api.auth import allow, same_origin
from api.database import Database
from api.gate.badges import CODE_LIFETIME, e_badge
from api.gate.holder_acts import SQL, digest
from api.pages import page
from api.settings import Settings

routes = APIRouter(tags=["déchetterie : e-badge"])

COOKIE = "glaneur_badge"
PHONE_DAYS = 365
TRIES_BY_ADDRESS = RateLimitItemPerHour(30)
TRIES_BY_REFERENCE = RateLimitItemPerHour(10)
CODES_BY_PHONE = RateLimitItemPerMinute(20)
WRONG = "Cette référence et ce code ne vont pas ensemble, ou le code a déjà servi."


class CodeOut(BaseModel):
    """The text of the QR code to show now, and until when it holds."""

    text: str
    expires_at: AwareDatetime
    lifetime_s: int


@routes.get("/mon-badge", response_class=HTMLResponse, include_in_schema=False)
def my_badge(request: Request, connection: Database) -> HTMLResponse:
    """The QR code when this phone has a badge, else the form that asks for the code."""
    return _page(request, _phone(request, connection) is not None)


@routes.post("/mon-badge", include_in_schema=False)
def open_badge(
    request: Request,
    connection: Database,
    reference: Annotated[str, Form(max_length=40)] = "",
    code: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Use the desk's code: this phone gets a badge of its own, which the desk can block alone."""
    if not same_origin(request):
        raise HTTPException(403, "Cette demande vient d'un autre site.")
    address = request.client.host if request.client else ""
    wanted = reference.strip()
    if not (allow(TRIES_BY_ADDRESS, "e-badge", address) and allow(TRIES_BY_REFERENCE, "e-badge-of", wanted)):
        return _page(request, False, "Trop d'essais : patientez une heure.", 429)
    now = request.app.state.clock.now()
    plain = code.replace("-", "").replace(" ", "").upper()
    used = {"token_hash": digest(plain), "now": now, "reference": wanted}
    row = connection.execute(SQL["use_code"], used).fetchone()
    if row is None:
        return _page(request, False, WRONG, 422)
    token, until = secrets.token_urlsafe(32), now + timedelta(days=PHONE_DAYS)
    badge = _give(connection, row["holder_id"], now)
    access = {"token_hash": digest(token), "holder": row["holder_id"], "badge": badge, "kind": "phone"}
    connection.execute(SQL["add_access"], access | {"now": now, "expires_at": until})
    settings: Settings = request.app.state.settings
    answer = RedirectResponse("/mon-badge", 303)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=PHONE_DAYS * 86_400,
        httponly=True,
        samesite="lax",
        secure=settings.cookie_secure,
    )
    return answer


def _give(connection: Connection[DictRow], holder: int, now: object) -> int:
    # Random bytes stand where a number's hash would: no number leads to this badge, only its signed codes do.
    values = {
        "holder": holder, "number_hash": secrets.token_bytes(32), "medium": "qr", "label": "téléphone",
        "valid_from": None, "valid_until": None, "now": now, "replaces": None,
    }  # fmt: skip
    row = connection.execute(SQL["add_badge"], values).fetchone()
    assert row is not None  # noqa: S101 - 32 random bytes are new
    return int(row["id"])


@routes.get("/api/v1/my-badge", summary="The QR code to show now")
def show(request: Request, connection: Database) -> CodeOut:
    """Give a fresh signed code for the badge of this phone (its cookie); 401 when it has none."""
    phone = _phone(request, connection)
    signer = request.app.state.settings.gate_signer
    if phone is None:
        raise HTTPException(401, "Ce téléphone n'a pas de badge.")
    if phone["state"] != "active" or phone["blocked"]:
        raise HTTPException(403, "Ce badge n'ouvre plus : adressez-vous à l'accueil.")
    if signer is None:
        raise HTTPException(503, "Cette installation n'a pas de clé pour signer les badges.")
    if not allow(CODES_BY_PHONE, "e-badge-shown", str(phone["id"])):
        raise HTTPException(429, "Patientez un instant.")
    now = request.app.state.clock.now()
    text = e_badge(signer, phone["number_hash"], now)
    return CodeOut(text=text, expires_at=now + CODE_LIFETIME, lifetime_s=int(CODE_LIFETIME.total_seconds()))


@routes.post("/mon-badge/oublier", include_in_schema=False)
def forget(request: Request, connection: Database) -> Response:
    """Take the badge off this phone."""
    if not same_origin(request):
        raise HTTPException(403, "Cette demande vient d'un autre site.")
    phone = _phone(request, connection)
    if phone is not None:
        connection.execute(SQL["forget_phone"], {"token_hash": digest(request.cookies[COOKIE])})
        gone = {"state": "blocked", "badge": phone["id"], "holder": phone["holder"]}
        connection.execute(SQL["badge_state"], gone)
    answer = RedirectResponse("/mon-badge", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _phone(request: Request, connection: Connection[DictRow]) -> DictRow | None:
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    values = {"token_hash": digest(token), "now": request.app.state.clock.now()}
    return connection.execute(SQL["phone_of"], values).fetchone()


def _page(request: Request, known: bool, problem: str = "", status: int = 200) -> HTMLResponse:
    return page(request, "gate/my_badge.html", None, status=status, known=known, problem=problem)
