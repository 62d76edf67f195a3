"""Sign in and out: the form, and the same for programs under `/api/v1/session`."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, SecretStr

from api.auth import (
    COOKIE,
    SIGN_IN_BY_ADDRESS,
    SIGN_IN_BY_LOGIN,
    Account,
    Anyone,
    allow,
    record,
    same_origin,
    sign_in,
    sign_out,
)
from api.database import Database
from api.pages import page
from api.settings import Settings

routes = APIRouter(tags=["session"])

WRONG = "Identifiant ou mot de passe incorrect."
TOO_MANY = "Trop d'essais : patientez une minute."


class Credentials(BaseModel):
    """What a person types to sign in."""

    login: str
    password: SecretStr


class SessionOpened(BaseModel):
    """The session's account and the token that every later change must carry."""

    login: str
    display_name: str
    role: str
    csrf_token: str


def home_of(role: str) -> str:
    """Return the page a role starts its day with."""
    homes = {"driver": "/chauffeur", "agent": "/agent", "finance": "/finances", "cias": "/portage"}
    return homes.get(role, "/")


def _open(request: Request, connection: Database, login: str, password: str) -> tuple[str, Account] | str:
    address = request.client.host if request.client else "unknown"
    allowed = allow(SIGN_IN_BY_ADDRESS, "address", address) and allow(
        SIGN_IN_BY_LOGIN, "login", address, login.strip().lower()
    )
    if not allowed:
        return TOO_MANY
    opened = sign_in(connection, login, password, request.app.state.settings.session_hours)
    if opened is None:
        return WRONG
    record(connection, opened[1], "sign_in", f"account/{opened[1].id}")
    return opened


def _set_cookie(response: Response, settings: Settings, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=settings.cookie_secure,
    )


@routes.get("/connexion", response_class=HTMLResponse, include_in_schema=False)
def sign_in_page(request: Request, suite: str = "") -> HTMLResponse:
    """Show the sign-in form."""
    return page(request, "web/sign_in.html", suite=suite, login="", problem="")


@routes.post("/connexion", include_in_schema=False)
def sign_in_form(
    request: Request,
    connection: Database,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    suite: Annotated[str, Form()] = "",
) -> Response:
    """Open a session from the form, and go where the person wanted to go."""
    if not same_origin(request):
        raise HTTPException(403, "Cette demande vient d'un autre site.")
    opened = _open(request, connection, login, password)
    if isinstance(opened, str):
        status = 429 if opened == TOO_MANY else 401
        return page(request, "web/sign_in.html", status=status, suite=suite, login=login, problem=opened)
    token, account = opened
    # Only a path of ours: « //host » and « /\host » would lead elsewhere.
    wanted = suite if suite.startswith("/") and suite[1:2] not in ("/", "\\") else home_of(account.role)
    response = RedirectResponse(wanted, 303)
    _set_cookie(response, request.app.state.settings, token)
    return response


@routes.post("/deconnexion", include_in_schema=False)
def sign_out_form(request: Request, connection: Database, account: Anyone) -> Response:
    """End the session."""
    sign_out(connection, request.cookies[COOKIE])
    record(connection, account, "sign_out", f"account/{account.id}")
    response = RedirectResponse("/connexion", 303)
    response.delete_cookie(COOKIE)
    return response


@routes.post("/api/v1/session", summary="Sign in")
def open_session(
    request: Request, response: Response, connection: Database, credentials: Credentials
) -> SessionOpened:
    """Open a session: sets the cookie and returns the CSRF token to send as `X-CSRF-Token`."""
    if not same_origin(request):
        raise HTTPException(403, "Cette demande vient d'un autre site.")
    opened = _open(request, connection, credentials.login, credentials.password.get_secret_value())
    if isinstance(opened, str):
        raise HTTPException(429 if opened == TOO_MANY else 401, opened)
    token, account = opened
    _set_cookie(response, request.app.state.settings, token)
    return _document(account)


@routes.get("/api/v1/session", summary="Who am I")
def read_session(account: Anyone) -> SessionOpened:
    """Return the signed-in account."""
    return _document(account)


@routes.delete("/api/v1/session", status_code=204, summary="Sign out")
def close_session(request: Request, response: Response, connection: Database, account: Anyone) -> None:
    """End the session."""
    sign_out(connection, request.cookies[COOKIE])
    record(connection, account, "sign_out", f"account/{account.id}")
    response.delete_cookie(COOKIE)


def _document(account: Account) -> SessionOpened:
    return SessionOpened(
        login=account.login,
        display_name=account.display_name,
        role=account.role,
        csrf_token=account.csrf_token,
    )
