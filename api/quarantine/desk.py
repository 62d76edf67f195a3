"""The quarantine desk: what ingest could not take, why, and another try once that is mended."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Dispatcher
from api.database import Database
from api.devices.words import dated
from api.pages import page
from api.quarantine.messages import (
    PAGE,
    Accepted,
    Counts,
    Farewell,
    Message,
    Wanted,
    ask_replay,
    counts,
    dismiss,
    find_messages,
    one_open,
)
from api.quarantine.words import SETTLED, reason_words

routes = APIRouter(tags=["quarantine"])

_DONE = {
    "reprise": "La reprise est demandée : la page se met à jour quand elle est faite.",
    "ecarte": "Le message est écarté. Il reste consultable parmi les messages réglés.",
    "ecartes": "Les messages sont écartés. Ils restent consultables parmi les messages réglés.",
}


@routes.get("/api/v1/quarantine", summary="Messages in quarantine")
def list_messages(
    connection: Database,
    _: Dispatcher,
    reason: Annotated[str | None, Query(max_length=40)] = None,
    q: Annotated[str | None, Query(max_length=200, description="part of a topic")] = None,
    settled: bool | None = False,
    page: Annotated[int, Query(ge=1, le=10_000, description="50 messages a page")] = 1,
) -> list[Message]:
    """Return messages, the latest first; open ones unless `settled` says otherwise."""
    return find_messages(connection, Wanted(reason=reason, q=q or None, settled=settled, page=page))[0]


@routes.get("/api/v1/quarantine/counts", summary="The quarantine by reason and by day")
def read_counts(request: Request, connection: Database, _: Dispatcher) -> Counts:
    """Return open messages by reason, and all by day over the last 30 days."""
    return counts(connection, request.app.state.clock.now())


@routes.post("/api/v1/quarantine/replay", status_code=202, summary="Take all messages of a reason again")
def replay_reason(
    connection: Database, account: Dispatcher, reason: Annotated[str, Query(max_length=40)]
) -> Accepted:
    """Have every open message of a reason taken again by the worker."""
    ask_replay(connection, account, reason=reason)
    return Accepted()


@routes.post("/api/v1/quarantine/{quarantine_id}/replay", status_code=202, summary="Take one message again")
def replay_one(connection: Database, account: Dispatcher, quarantine_id: int) -> Accepted:
    """Have one message taken again by the worker; it stays with its new reason if it is refused again."""
    one_open(connection, quarantine_id)
    ask_replay(connection, account, ids=[quarantine_id])
    return Accepted()


@routes.post("/api/v1/quarantine/{quarantine_id}/dismiss", status_code=204, summary="Dismiss a message")
def dismiss_one(
    request: Request, connection: Database, account: Dispatcher, quarantine_id: int, farewell: Farewell
) -> Response:
    """Settle a message without taking it, with the reason why."""
    one_open(connection, quarantine_id)
    dismiss(connection, account, farewell.note, request.app.state.clock.now(), quarantine_id=quarantine_id)
    return Response(status_code=204)


def _shown(
    connection: Connection[DictRow], now: datetime, motif: str, q: str, regles: bool, suite: int
) -> dict[str, Any]:
    wanted = Wanted(reason=motif or None, q=q.strip() or None, settled=regles, page=suite)
    messages, found = find_messages(connection, wanted)
    return {
        "wanted": wanted,
        "messages": messages,
        "found": found,
        "size": PAGE,
        "counts": counts(connection, now, motif or None),
        "reason_words": reason_words,
        "settled_words": SETTLED,
        "dated": dated,
    }


@routes.get("/quarantaine", response_class=HTMLResponse, include_in_schema=False)
def quarantine_page(
    request: Request,
    connection: Database,
    account: Dispatcher,
    motif: Annotated[str, Query(max_length=40)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
    regles: bool = False,
    suite: Annotated[int, Query(ge=1, le=10_000)] = 1,
    fait: str = "",
) -> HTMLResponse:
    """Show the desk."""
    shown = _shown(connection, request.app.state.clock.now(), motif, q, regles, suite)
    return page(request, "quarantine/quarantine.html", account, done=_DONE.get(fait, ""), **shown)


@routes.post("/quarantaine/reprendre", include_in_schema=False)
def replay_form(
    connection: Database, account: Dispatcher, motif: Annotated[str, Form(max_length=40)]
) -> Response:
    """Take all of a reason again."""
    ask_replay(connection, account, reason=motif)
    return RedirectResponse(f"/quarantaine?motif={quote(motif, safe='')}&fait=reprise", 303)


@routes.post("/quarantaine/ecarter", include_in_schema=False)
def dismiss_reason_form(
    request: Request,
    connection: Database,
    account: Dispatcher,
    motif: Annotated[str, Form(max_length=40)],
    pourquoi: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Dismiss all of a reason."""
    dismiss(connection, account, pourquoi, request.app.state.clock.now(), reason=motif)
    return RedirectResponse("/quarantaine?fait=ecartes", 303)


@routes.post("/quarantaine/{quarantine_id}/reprendre", include_in_schema=False)
def replay_one_form(connection: Database, account: Dispatcher, quarantine_id: int) -> Response:
    """Take one again."""
    one_open(connection, quarantine_id)
    ask_replay(connection, account, ids=[quarantine_id])
    return RedirectResponse("/quarantaine?fait=reprise", 303)


@routes.post("/quarantaine/{quarantine_id}/ecarter", include_in_schema=False)
def dismiss_form(
    request: Request,
    connection: Database,
    account: Dispatcher,
    quarantine_id: int,
    pourquoi: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Dismiss one."""
    one_open(connection, quarantine_id)
    dismiss(connection, account, pourquoi, request.app.state.clock.now(), quarantine_id=quarantine_id)
    return RedirectResponse("/quarantaine?fait=ecarte", 303)
