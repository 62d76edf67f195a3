"""The terminal's protocol over HTTP: a scan, a journal of scans decided alone, the list to decide with.

A terminal is known by its key (`Authorization: Bearer …`). What it sends tells its own clock, whose error is
taken off its instants and kept. The whole protocol is in README.md of this folder.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request, Response
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from access.model import Brought, Refused, Scan, Trailer
from api.database import Database
from api.gate.allow_list import make_list
from api.gate.badges import BadNumber, badge_hash
from api.gate.scans import ForeignScan, Shown, Terminal, judge
from api.gate.terminals import Speaking
from api.settings import Settings
from store.queries import named_queries

routes = APIRouter(prefix="/api/v1/gate", tags=["gate"])

_SQL = named_queries("api.gate")
MOST_ENTRIES = 500
MOST_AGE = timedelta(minutes=5)
"""An older scan was decided by the terminal long ago: it belongs to the journal."""

Word = Annotated[str, Field(min_length=1, max_length=40)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BroughtIn(_Strict):
    """One material of a load."""

    material: Word
    volume_l: int = 0
    weight_kg: int = 0
    pieces: int = 0


class ScanIn(_Strict):
    """A badge shown at the gate. `id` is the terminal's own, kept when it asks again."""

    id: UUID
    at: AwareDatetime
    badge: Annotated[str, Field(max_length=100)]
    vehicle: Word = "car"
    trailer: Trailer = "none"
    brought: list[BroughtIn] = Field(default_factory=list, max_length=20)
    override: Annotated[str, Field(max_length=200)] | None = None


class ScanAsked(_Strict):
    """A scan to decide now; `sent_at` is the terminal's clock when it sends."""

    sent_at: AwareDatetime
    scan: ScanIn


class EntryIn(ScanIn):
    """A scan that the terminal decided alone."""

    opened: bool


class JournalIn(_Strict):
    """Scans decided alone, in the order they happened."""

    sent_at: AwareDatetime
    entries: list[EntryIn] = Field(max_length=MOST_ENTRIES)


class LeftOut(BaseModel):
    """What remains of one allowance."""

    rule: str
    unit: str
    material: str | None
    limit: int
    used: int
    renewed_at: datetime | None


class ChargeOut(BaseModel):
    """One priced quantity, in euros."""

    rule: str
    clause: str
    material: str | None
    quantity: int
    unit: str
    amount: str


class DecisionOut(BaseModel):
    """Open or not, by which rule, and what to display."""

    id: UUID
    opens: bool
    rule: str
    text: str
    left: list[LeftOut]
    warnings: list[str]
    charges: list[ChargeOut]
    overruns: list[str]
    refused_by: str | None


class JournalOut(BaseModel):
    """The entries that are recorded for good and may be forgotten by the terminal; the others say why not."""

    recorded: list[UUID]
    refused: dict[str, str]


@routes.post("/scans", summary="Decide a scan", response_model=DecisionOut)
def scan(request: Request, connection: Database, terminal: Speaking, asked: ScanAsked) -> dict[str, Any]:
    """Answer whether the gate opens. The same id again gets the same answer and counts nothing twice."""
    now = request.app.state.clock.now()
    error = _note_clock(connection, terminal, asked.sent_at, now)
    if now - (asked.scan.at - error) > MOST_AGE:
        raise HTTPException(422, "Ce passage est ancien : il se transmet par le journal.")
    shown = _shown(request, terminal, asked.scan, error, opened=None)
    try:
        return judge(connection, request.app.state.shelf, terminal, shown, now)
    except ForeignScan:
        raise HTTPException(409, "Cet identifiant de passage est celui d'une autre borne.") from None


@routes.post("/journal", summary="Record scans decided alone", response_model=JournalOut)
def journal(request: Request, connection: Database, terminal: Speaking, sent: JournalIn) -> JournalOut:
    """Record each entry once, in order; rights are counted again and overruns marked, never refused."""
    now = request.app.state.clock.now()
    error = _note_clock(connection, terminal, sent.sent_at, now)
    answer = JournalOut(recorded=[], refused={})
    for entry in sent.entries:
        try:
            with connection.transaction():
                shown = _shown(request, terminal, entry, error, opened=entry.opened)
                judge(connection, request.app.state.shelf, terminal, shown, now)
        except HTTPException as refusal:
            answer.refused[str(entry.id)] = str(refusal.detail)
        except ForeignScan:
            answer.refused[str(entry.id)] = "Cet identifiant de passage est celui d'une autre borne."
        else:
            answer.recorded.append(entry.id)
    return answer


@routes.get("/list", summary="The signed list to decide with", response_class=Response)
def allow_list(
    request: Request, connection: Database, terminal: Speaking, since: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Give the list, whole or since a version, as signed bytes (README.md says how to read them)."""
    settings: Settings = request.app.state.settings
    signer = settings.gate_signer
    if signer is None:
        raise HTTPException(503, "Cette installation n'a pas de clé pour signer les listes.")
    body = make_list(connection, signer, request.app.state.clock.now(), since)
    return Response(body, media_type="application/octet-stream")


def _note_clock(
    connection: Connection[DictRow], terminal: Terminal, sent_at: datetime, now: datetime
) -> timedelta:
    error = sent_at - now
    milliseconds = max(-(2**31), min(2**31 - 1, error // timedelta(milliseconds=1)))
    connection.execute(
        _SQL["terminal_seen"], {"terminal": terminal.id, "now": now, "clock_error_ms": milliseconds}
    )
    return error


def _shown(
    request: Request, terminal: Terminal, given: ScanIn, error: timedelta, opened: bool | None
) -> Shown:
    settings: Settings = request.app.state.settings
    key = settings.gate_badge_key
    if key is None:
        raise HTTPException(503, "Cette installation n'a pas de clé de badges.")
    try:
        badge = badge_hash(given.badge, key)
    except BadNumber:
        badge = None  # unknown, and recorded as such
    try:
        made = Scan(
            at=given.at - error,
            site=terminal.site,
            vehicle=given.vehicle,
            trailer=given.trailer,
            brought=tuple(Brought(**one.model_dump()) for one in given.brought),
            override=given.override,
        )
    except (Refused, OverflowError) as refusal:
        raise HTTPException(422, f"Passage illisible : {refusal}.") from None
    return Shown(id=given.id, badge=badge, scan=made, opened=opened)
