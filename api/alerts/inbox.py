"""The dispatcher's inbox: every alert by state, and what can be done with each, in one place.

The forms post and lead back to the list, so the page works without scripts; its island sends the same forms
and puts the answer in place.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from hashlib import blake2b
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.alerts import acts
from api.alerts.acts import Number
from api.alerts.kinds import DEFAULTS
from api.alerts.words import CHANNELS, EVENTS, SNOOZES, STATES, State
from api.auth import Dispatcher
from api.database import Database
from api.dispatch.words import alert_word
from api.french import PARIS
from api.pages import page
from store.queries import named_queries

routes = APIRouter(include_in_schema=False)

PAGE = 40
MORNING = time(8)
_SQL = named_queries("api.alerts")

Back = Annotated[str, Form(max_length=300, pattern=r"^[A-Za-z0-9=&_%.+-]*$")]
_BY_NAME: dict[str, State] = {word.name: state for state, word in STATES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which alerts are wanted; None wants all."""

    state: State = "todo"
    kind: str | None = None
    insee: str | None = None
    stream: str | None = None
    assigned: int | None = None
    id: int | None = None
    page: int = 1


def find(connection: Connection[DictRow], wanted: Wanted, now: datetime) -> list[DictRow]:
    """Return one page of alerts; each row also says how many were `found` in all."""
    kinds = sorted(DEFAULTS, key=lambda kind: alert_word(kind).rank)
    paging = {"at_most": PAGE, "skip": PAGE * (wanted.page - 1)}
    parameters = {**asdict(wanted), **paging, "kinds": kinds, "now": now}
    return connection.execute(_SQL["inbox"], parameters).fetchall()


def version_of(rows: Sequence[DictRow]) -> str:
    """Return a text that changes whenever one of these rows does."""
    digest = blake2b(digest_size=9)
    for row in rows:
        digest.update(repr(sorted(row.items())).encode())
    return digest.hexdigest()


@routes.get("/alertes", response_class=HTMLResponse)
def inbox_page(
    request: Request,
    connection: Database,
    account: Dispatcher,
    etat: Annotated[str, Query(max_length=12)] = "",
    genre: Annotated[str, Query(max_length=40)] = "",
    commune: Annotated[str, Query(max_length=5)] = "",
    flux: Annotated[str, Query(max_length=40)] = "",
    moi: bool = False,
    suite: Annotated[int, Query(ge=1, le=1000)] = 1,
    version: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Show the inbox; with `version`, only if it changed since (204 otherwise)."""
    wanted = Wanted(
        state=_BY_NAME.get(etat, "todo"),
        kind=genre or None,
        insee=commune or None,
        stream=flux or None,
        assigned=account.id if moi else None,
        page=suite,
    )
    now = request.app.state.clock.now()
    rows = find(connection, wanted, now)
    counts = connection.execute(_SQL["inbox_counts"], {"now": now}).fetchone()
    fresh = version_of([*rows, counts or {}])
    if version == fresh:
        return Response(status_code=204)
    chosen = {"etat": etat, "genre": genre, "commune": commune, "flux": flux, "moi": "1" if moi else ""}
    return page(
        request,
        "alerts/inbox.html",
        account,
        wanted=wanted,
        alerts=rows,
        found=rows[0]["found"] if rows else 0,
        size=PAGE,
        version=fresh,
        counts=counts,
        back=urlencode({name: value for name, value in chosen.items() if value}),
        communes=connection.execute(_SQL["communes"]).fetchall(),
        streams=connection.execute(_SQL["streams"]).fetchall(),
        **_words(connection),
    )


def _words(connection: Connection[DictRow]) -> dict[str, Any]:
    return {
        "kinds": sorted(DEFAULTS, key=lambda kind: alert_word(kind).rank),
        "alert_word": alert_word,
        "states": STATES,
        "events": EVENTS,
        "channels": CHANNELS,
        "snoozes": SNOOZES,
        "colleagues": connection.execute(_SQL["colleagues"]).fetchall(),
    }


@routes.get("/alertes/{number}", response_class=HTMLResponse)
def alert_page(request: Request, connection: Database, account: Dispatcher, number: Number) -> HTMLResponse:
    """Show one alert with its whole history."""
    rows = find(connection, Wanted(state="any", id=number), request.app.state.clock.now())
    if not rows:
        raise HTTPException(404, "Cette alerte n'existe pas.")
    return page(
        request,
        "alerts/alert.html",
        account,
        alert=rows[0],
        back="",
        history=acts.history(connection, number),
        **_words(connection),
    )


def _to_list(back: str) -> RedirectResponse:
    return RedirectResponse(f"/alertes?{back}" if back else "/alertes", 303)


@routes.post("/alertes/{number}/prendre")
def take_form(
    request: Request, connection: Database, account: Dispatcher, number: Number, retour: Back = ""
) -> Response:
    """Take note."""
    acts.acknowledge(connection, account, number, request.app.state.clock.now())
    return _to_list(retour)


@routes.post("/alertes/{number}/attribuer")
def assign_form(
    request: Request,
    connection: Database,
    account: Dispatcher,
    number: Number,
    a: Annotated[str, Form(max_length=64)] = "",
    vu: Annotated[str, Form(max_length=64)] = "",
    retour: Back = "",
) -> Response:
    """Give to a person, or to nobody."""
    acts.assign(connection, account, number, a or None, vu or None, request.app.state.clock.now())
    return _to_list(retour)


@routes.post("/alertes/{number}/commenter")
def comment_form(
    request: Request,
    connection: Database,
    account: Dispatcher,
    number: Number,
    mot: Annotated[str, Form(max_length=1000)] = "",
    retour: Back = "",
) -> Response:
    """Comment."""
    if not mot.strip():
        raise HTTPException(422, "Le commentaire est vide.")
    acts.comment(connection, account, number, mot.strip(), request.app.state.clock.now())
    return _to_list(retour)


@routes.post("/alertes/{number}/attendre")
def snooze_form(
    request: Request,
    connection: Database,
    account: Dispatcher,
    number: Number,
    jusqua: Annotated[str, Form(max_length=10)] = "",
    retour: Back = "",
) -> Response:
    """Let wait, or wake."""
    now = request.app.state.clock.now()
    if jusqua and jusqua not in SNOOZES:
        raise HTTPException(422, "Cette attente n'est pas proposée.")
    acts.snooze(connection, account, number, until(jusqua, now) if jusqua else None, now)
    return _to_list(retour)


def until(wish: str, now: datetime) -> datetime:
    """Return the end of a wait of the list; days end at eight in the morning, in Paris."""
    if wish == "1h":
        return now + timedelta(hours=1)
    days = {"demain": 1, "3j": 3, "7j": 7, "30j": 30}[wish]
    local = now.astimezone(PARIS)
    return datetime.combine(local.date() + timedelta(days=days), MORNING, PARIS)
