"""The agent's phone at a déchetterie: the page, its service worker, what it reads and what it tells."""

import base64
from datetime import datetime, time, timedelta
from typing import Annotated, Any
from uuid import uuid4

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from psycopg import Connection
from psycopg.rows import DictRow

from access.calendar import openings
from access.model import Book, Refused
from api.auth import Account, Agent
from api.database import Database
from api.french import PARIS
from api.gate.agent_documents import (
    Choice,
    Counters,
    EventResults,
    Events,
    ListKeys,
    Look,
    LookOut,
    SiteState,
    SkipNow,
)
from api.gate.agent_events import Desk, agents_terminal, look, take
from api.gate.allow_list import TooBusy
from api.pages import asset, page, service_worker
from api.settings import Settings
from store.queries import named_queries

routes = APIRouter(tags=["déchetterie : agent"])

_SQL = named_queries("api.gate", "agent.sql")
_SHELL = ("base.css", "base.js", "agent.css", "agent.js", "icon.svg")
NO_BOOK = "Aucun règlement de déchetterie n'est en vigueur : l'administrateur en charge un."

Code = Annotated[str, Query(max_length=40)]


@routes.get("/agent", response_class=HTMLResponse, include_in_schema=False)
def agent_page(request: Request, account: Agent) -> HTMLResponse:
    """Show the page's shell: the phone keeps it."""
    return page(request, "gate/agent.html", account)


@routes.get("/agent/sw.js", include_in_schema=False)
def agent_worker() -> Response:
    """Serve the service worker; open to all, so that a phone without a session still gets the new version."""
    return service_worker("agent-worker.js", _SHELL, "/agent")


@routes.get("/agent/app.webmanifest", include_in_schema=False)
def manifest() -> Response:
    """What a phone needs to put the page among its applications."""
    body = {
        "name": "Glaneur – déchetterie",
        "short_name": "Déchetterie",
        "start_url": "/agent",
        "scope": "/agent",
        "display": "standalone",
        "lang": "fr",
        "background_color": "#faf9f5",
        "theme_color": "#14532d",
        "icons": [{"src": asset("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JSONResponse(body, media_type="application/manifest+json")


@routes.get("/api/v1/agent/site", summary="A site's day, for an agent's phone")
def read_site(request: Request, connection: Database, account: Agent, site: Code = "") -> SiteState:
    """Give the rule book's words, the skips, the counters, the list's keys; without `site`, the first one."""
    now = request.app.state.clock.now()
    book = book_now(request, connection)
    code = site or next(iter(book.sites))
    if code not in book.sites:
        raise HTTPException(404, "Ce site n'est pas au règlement.")
    found = book.sites[code]
    day = now.astimezone(PARIS).date()
    hours = openings(found, day) if found.hours or found.exceptions else ()
    always = not found.hours and not found.exceptions
    return SiteState(
        sites=[Choice(code=one.code, label=one.name) for one in book.sites.values()],
        site=code,
        site_name=found.name,
        hours=["00:00-24:00"] if always else [f"{one.opens:%H:%M}-{one.closes:%H:%M}" for one in hours],
        closed_reason="",
        categories=dict(book.categories),
        materials=dict(book.materials),
        vehicles=[Choice(code=one.code, label=one.label) for one in book.vehicles.values()],
        declares=declaring(book),
        skips=[
            SkipNow(**{name: row[name] for name in SkipNow.model_fields}) for row in skips(connection, code)
        ],
        counters=counters(connection, code, now),
        keys=_keys(request.app.state.settings),
    )


def book_now(request: Request, connection: Connection[DictRow]) -> Book:
    """The rule book of today; 503 when there is none."""
    day = request.app.state.clock.now().astimezone(PARIS).date()
    book: Book | None = request.app.state.shelf.at(connection, day)
    if book is None:
        raise HTTPException(503, NO_BOOK)
    return book


def declaring(book: Book) -> list[str]:
    """The categories for which what is brought is counted or paid."""
    rules = [one for one in book.allowances if one.unit != "passages"]
    rules += [one for one in book.prices if one.unit != "passage"]  # type: ignore[misc]
    named = {name for one in rules for name in (one.scope.categories or tuple(book.categories))}
    return [name for name in book.categories if name in named]


def skips(connection: Connection[DictRow], site: str) -> list[DictRow]:
    """A site's skips with the newest word on each."""
    return connection.execute(_SQL["skips_of_site"], {"site": site}).fetchall()


def counters(connection: Connection[DictRow], site: str, now: datetime) -> Counters:
    """The site's local day so far."""
    day = now.astimezone(PARIS).date()
    since = datetime.combine(day, time(), PARIS)
    span = {"site": site, "since": since, "until": datetime.combine(day + timedelta(days=1), time(), PARIS)}
    row = connection.execute(_SQL["counters_of_day"], span).fetchone()
    by = connection.execute(_SQL["categories_of_day"], span).fetchall()
    return Counters(day=day, categories={one["category"]: one["entered"] for one in by}, **(row or {}))


def _keys(settings: Settings) -> ListKeys | None:
    signer, badge_key = settings.gate_signer, settings.gate_badge_key
    if signer is None or badge_key is None:
        return None
    public = signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return ListKeys(
        public_key=base64.b64encode(public).decode(), badge_key=base64.b64encode(badge_key).decode()
    )


@routes.get("/api/v1/agent/list", summary="The signed list, for an agent's phone", response_class=Response)
def read_list(request: Request, connection: Database, account: Agent) -> Response:
    """Give the same signed bytes as terminals have, to decide alone without network."""
    signer = request.app.state.settings.gate_signer
    if signer is None:
        raise HTTPException(503, "Cette installation n'a pas de clé pour signer les listes.")
    try:
        body = request.app.state.lists.get(connection, signer, request.app.state.clock.now(), 0)
    except TooBusy:
        raise HTTPException(503, "La liste change : redemandez-la.") from None
    return Response(body, media_type="application/octet-stream")


@routes.post("/api/v1/agent/look", summary="What would be decided now", response_model=LookOut)
def ask(request: Request, connection: Database, account: Agent, asked: Look) -> dict[str, Any]:
    """Answer as the gate would, without recording anything; the number is hashed and forgotten."""
    desk = _desk(request, connection, account, asked.site, timedelta())
    try:
        return look(desk, asked, min(asked.at, desk.now), uuid4())
    except (Refused, OverflowError) as refusal:
        raise HTTPException(422, f"Apport illisible : {refusal}.") from None


@routes.post("/api/v1/agent/events", summary="Tell what happened at a site")
def add_events(request: Request, connection: Database, account: Agent, body: Events) -> EventResults:
    """Keep passages, levels and incidents, each once by its `event_id`, in order; again is harmless."""
    now = request.app.state.clock.now()
    desk = _desk(request, connection, account, body.site, body.sent_at - now)
    return EventResults(results=take(desk, body.events))


def _desk(
    request: Request, connection: Connection[DictRow], account: Account, site: str, error: timedelta
) -> Desk:
    settings: Settings = request.app.state.settings
    if settings.gate_badge_key is None:
        raise HTTPException(503, "Cette installation n'a pas de clé de badges.")
    if site not in book_now(request, connection).sites:
        raise HTTPException(404, "Ce site n'est pas au règlement.")
    return Desk(
        connection=connection,
        shelf=request.app.state.shelf,
        account=account,
        terminal=agents_terminal(connection, site),
        settings=settings,
        now=request.app.state.clock.now(),
        error=error,
    )
