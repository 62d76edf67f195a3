"""The terminal's protocol over HTTP: a hello, a scan, a journal of what was decided alone, the list.

A terminal is known by its key (`Authorization: Bearer …`). What it sends tells its own clock, whose error is
taken off its instants and kept. The whole protocol is in README.md of this folder. A scan is answered on the
event loop, without a thread: changing threads cost more than the answer.
"""

import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, HTTPException, Query, Request, Response

from access.model import Brought, Refused, Scan
from api.auth import allow
from api.database import Database
from api.gate import documents
from api.gate.allow_list import Lists, TooBusy, newest_version
from api.gate.badges import BadCode, BadNumber, badge_hash, is_code, read_code
from api.gate.clocks import milliseconds, note_clock
from api.gate.scans import ForeignScan, Heard, Judged, Shown, UnknownTerminal, Unsettled, judge_now
from api.gate.terminals import SUSPECTS_BY_TERMINAL, Key, Speaking, within_rate, wrong_key
from api.gate.verdicts import day_of
from api.gate.wire import CLOCK_TOPIC, JOURNAL_TOPIC, LIST_TOPIC
from api.settings import Settings

routes = APIRouter(prefix="/api/v1/gate", tags=["gate"])

MOST_AGE = timedelta(minutes=5)
"""An older scan was decided by the terminal long ago: it belongs to the journal."""

FOREIGN = "Cet identifiant de passage est celui d'une autre borne."
BUSY = "Cette demande n'a pas pu être traitée : la borne décide seule."
SUSPECT = frozenset({"unknown_badge", "forged_code", "expired_code", "replayed_code", "from_the_future"})

_log = logging.getLogger("api.gate")
_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Clé absente, inconnue ou révoquée"},
    429: {"description": "Trop de demandes : voir Retry-After"},
    503: {"description": "Pas de décision : la borne décide seule"},
}


@routes.post(
    "/scans",
    summary="Decide a scan",
    response_model=documents.DecisionOut,
    responses=_ERRORS | {409: {"description": FOREIGN}, 422: {"description": "Demande illisible"}},
)
async def scan(request: Request, key: Key, asked: documents.ScanAsked) -> Response:
    """Answer whether the gate opens. The same id again gets the same answer and counts nothing twice."""
    now: datetime = request.app.state.clock.now()
    if key is None:
        raise wrong_key(request)
    within_rate(key)
    error = asked.sent_at - now
    if now - (asked.scan.at - error) > MOST_AGE:
        raise HTTPException(422, "Ce passage est ancien : il se transmet par le journal.")
    shown = _shown(request, asked.scan, error, opened=None)
    told = await _judged(request, key, shown, now)
    if told.terminal is not None and told.rule in SUSPECT:
        _log.warning("terminal %s: refused by %s", told.terminal.name, told.rule)
        if not allow(SUSPECTS_BY_TERMINAL, "suspects", str(told.terminal.id)):
            raise HTTPException(429, "Trop de badges refusés en une minute.", {"Retry-After": "60"})
    return _answer(told)


@routes.post(
    "/journal", summary="Record scans decided alone", response_model=documents.JournalOut, responses=_ERRORS
)
async def journal(request: Request, key: Key, sent: documents.JournalIn) -> documents.JournalOut:
    """Record each entry once, in order; rights are counted again and overruns marked, never refused.

    Each entry is recorded by itself: what was recorded before a fault stays so.
    """
    now: datetime = request.app.state.clock.now()
    if key is None:
        raise wrong_key(request)
    within_rate(key)
    error = sent.sent_at - now
    answer = documents.JournalOut(recorded=[], refused={})
    for entry in sent.entries:
        try:
            await _judged(request, key, _shown(request, entry, error, opened=entry.opened), now)
        except HTTPException as refusal:
            if refusal.status_code not in (409, 422):
                raise
            answer.refused[str(entry.id)] = str(refusal.detail)
        else:
            answer.recorded.append(entry.id)
    return answer


@routes.post("/hello", summary="Say one's clock, learn one's place", responses=_ERRORS)
def hello(
    request: Request, connection: Database, terminal: Speaking, said: documents.Hello
) -> documents.Welcome:
    """Measure the terminal's clock, and tell it what it needs to decide alone. Asked at every start."""
    now: datetime = request.app.state.clock.now()
    settings: Settings = request.app.state.settings
    note_clock(connection, terminal, said, now)
    book = request.app.state.shelf.at(connection, day_of(now))
    site = None if book is None else book.sites.get(terminal.site)
    signer = settings.gate_signer
    return documents.Welcome(
        terminal=terminal.name,
        site=terminal.site,
        offline="refuse" if site is None else site.offline,
        heard_at=now,
        clock_error_ms=milliseconds(said.sent_at - now),
        list_version=newest_version(connection),
        list_key=None if signer is None else signer.public_key().public_bytes_raw().hex(),
        journal_topic=JOURNAL_TOPIC.format(name=terminal.name),
        clock_topic=CLOCK_TOPIC.format(name=terminal.name),
        list_topic=LIST_TOPIC,
    )


@routes.get(
    "/list", summary="The signed list to decide with", response_class=Response,
    responses=_ERRORS | {200: {"content": {"application/octet-stream": {}}}},
)  # fmt: skip
def allow_list(
    request: Request, connection: Database, terminal: Speaking, since: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Give the list, whole or since a version, as signed bytes (README.md says how to read them)."""
    settings: Settings = request.app.state.settings
    if settings.gate_signer is None:
        raise HTTPException(503, "Cette installation n'a pas de clé pour signer les listes.")
    lists: Lists = request.app.state.lists
    try:
        body = lists.get(connection, settings.gate_signer, request.app.state.clock.now(), since)
    except TooBusy:
        raise HTTPException(503, "La liste change : redemandez-la.", {"Retry-After": "5"}) from None
    return Response(body, media_type="application/octet-stream")


async def _judged(request: Request, key: bytes, shown: Shown, now: datetime) -> Judged:
    state = request.app.state
    try:
        try:
            async with state.gate_pool.connection() as connection:
                return await judge_now(connection, state.shelf, key, shown, now)
        except psycopg.OperationalError:
            # A connection that a restart of the database broke, once: the pool has thrown it away.
            await state.gate_pool.check()
            async with state.gate_pool.connection() as connection:
                return await judge_now(connection, state.shelf, key, shown, now)
    except UnknownTerminal:
        raise wrong_key(request) from None
    except ForeignScan:
        _log.warning("a terminal used the scan id of another")
        raise HTTPException(409, FOREIGN) from None
    except Unsettled:
        raise HTTPException(503, BUSY, {"Retry-After": "1"}) from None


def _answer(told: Judged) -> Response:
    stages = (("look", told.look_s), ("decide", told.decide_s), ("record", told.record_s))
    timing = ", ".join(f"{name};dur={seconds * 1000:.2f}" for name, seconds in stages)
    body = json.dumps(told.answer, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, media_type="application/json", headers={"Server-Timing": timing})


def _shown(request: Request, given: documents.ScanIn, error: timedelta, opened: bool | None) -> Shown:
    settings: Settings = request.app.state.settings
    try:
        made = Scan(
            at=given.at - error,
            site="",  # the terminal's own, which the database knows
            vehicle=given.vehicle,
            trailer=given.trailer,
            brought=tuple(Brought(**one.model_dump()) for one in given.brought),
            override=given.override,
        )
    except (Refused, OverflowError) as refusal:
        raise HTTPException(422, f"Passage illisible : {refusal}.") from None
    heard = Heard(
        said_at=given.at, error_ms=milliseconds(error), source="live", seq=getattr(given, "seq", None)
    )
    return named(settings, Shown(id=given.id, badge=None, scan=made, opened=opened, heard=heard), given.badge)


def named(settings: Settings, shown: Shown, badge: str) -> Shown:
    """A scan with the badge that was shown, be it a number or a code; the text itself is forgotten here."""
    key, signer = settings.gate_badge_key, settings.gate_signer
    if key is None:
        raise HTTPException(503, "Cette installation n'a pas de clé de badges.")
    if is_code(badge):
        if signer is None:
            return replace(shown, forged=True)
        try:
            code = read_code(badge, signer.public_key())
        except BadCode:
            return replace(shown, forged=True)
        return replace(shown, badge=code.badge, code=code)
    try:
        return replace(shown, badge=badge_hash(badge, key))
    except BadNumber:
        return shown  # unknown, and recorded as such
