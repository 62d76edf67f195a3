"""What changes at a site, by the JSON API: skips, haulage, the register, stocks, duty, hours, incidents.

The pages' forms send the same documents. Every change is in the audit log; messages are French sentences.
"""

from datetime import time
from typing import Annotated
from uuid import UUID, uuid4

import psycopg
from fastapi import APIRouter, HTTPException, Path, Request
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Agent, Dispatcher, record
from api.database import Database
from api.gate.agent import book_now
from api.gate.agent_events import SQL as AGENT_SQL
from api.gate.openings import BadHours, read_hours
from api.gate.register import close_rotation, correct
from api.gate.site_documents import (
    CarrierIn,
    ClosingIn,
    CorrectionIn,
    Done,
    DoneIn,
    DutyIn,
    ExceptionIn,
    HazardIn,
    LevelIn,
    MoveIn,
    OutletIn,
    PlaceIn,
    PlanIn,
    PlanOut,
    Reason,
    SkipIn,
)
from api.gate.site_plan import plan_rotations
from api.gate.site_views import SQL, midnight

routes = APIRouter(prefix="/api/v1", tags=["déchetterie : site"])

SiteCode = Annotated[str, Path(max_length=40)]
Row = Annotated[int, Path(ge=1, lt=2**31)]


def known(request: Request, connection: Connection[DictRow], site: str) -> None:
    """404 when the rule book has no such site."""
    if site not in book_now(request, connection).sites:
        raise HTTPException(404, "Ce site n'est pas au règlement.")


def tell(connection: Connection[DictRow], site: str) -> None:
    """Open pages of this site read it again."""
    connection.execute(AGENT_SQL["tell_site"], {"site": site})


@routes.put("/sites/{site}/place", summary="Say where a site is and who runs it")
def save_place(
    request: Request, connection: Database, account: Dispatcher, site: SiteCode, body: PlaceIn
) -> Done:
    """Keep the facts that the public page and the register of waste need."""
    known(request, connection, site)
    connection.execute(SQL["save_place"], {"site": site, **body.model_dump()})
    record(connection, account, "site_place", f"site/{site}")
    return Done(id=site)


@routes.put("/outlets", summary="Add or change an outlet")
def save_outlet(connection: Database, account: Dispatcher, body: OutletIn) -> Done:
    """Keep where skips are emptied, by its code."""
    if body.opens_s >= body.closes_s:
        raise HTTPException(422, "L'exutoire ferme avant d'ouvrir.")
    row = connection.execute(SQL["save_outlet"], body.model_dump()).fetchone()
    record(connection, account, "outlet", f"outlet/{body.code}")
    return Done(id=str(row["id"] if row else ""))


@routes.put("/carriers", summary="Add or change a carrier")
def save_carrier(connection: Database, account: Dispatcher, body: CarrierIn) -> Done:
    """Keep who drives waste away, by name."""
    row = connection.execute(SQL["save_carrier"], body.model_dump()).fetchone()
    number = row["id"] if row else 0
    record(connection, account, "carrier", f"carrier/{number}")
    return Done(id=str(number))


@routes.put("/sites/{site}/skips", summary="Add or change a skip")
def save_skip(
    request: Request, connection: Database, account: Dispatcher, site: SiteCode, body: SkipIn
) -> Done:
    """Keep a skip by its code; a probe is mounted by naming its container."""
    known(request, connection, site)
    container = None
    if body.container:
        container = connection.execute(SQL["container_named"], {"code": body.container}).fetchone()
        if container is None:
            raise HTTPException(422, f"Aucune sonde n'est déclarée sous le code {body.container}.")
    values = body.model_dump() | {"site": site, "container_id": container["id"] if container else None}
    try:
        row = connection.execute(SQL["save_skip"], values).fetchone()
    except psycopg.errors.UniqueViolation:
        raise HTTPException(409, "Cette sonde est déjà sur une autre benne.") from None
    except psycopg.errors.ForeignKeyViolation:
        raise HTTPException(422, "Cet exutoire ou ce transporteur n'existe pas.") from None
    if row is None:
        raise HTTPException(409, "Ce code est celui d'une benne d'un autre site.")
    record(connection, account, "skip", f"skip/{row['id']}", site=site)
    tell(connection, site)
    return Done(id=str(row["id"]))


@routes.post("/skips/{skip}/levels", summary="Say how full a skip is")
def add_level(request: Request, connection: Database, account: Agent, skip: Row, body: LevelIn) -> Done:
    """Keep what was seen now."""
    row = _skip(connection, skip)
    event = uuid4()
    values = {"event_id": event, "skip": skip, "at": request.app.state.clock.now(), "account": account.id}
    connection.execute(AGENT_SQL["add_level"], values | {"percent": body.percent})
    record(connection, account, "skip_level", f"skip/{skip}", percent=body.percent)
    tell(connection, row["site"])
    return Done(id=str(event))


@routes.post("/skips/{skip}/haulage", summary="Ask for a skip to be taken away")
def ask_haulage(request: Request, connection: Database, account: Agent, skip: Row, body: Reason) -> Done:
    """Put it among what waits; one request at a time for a skip."""
    row = _skip(connection, skip)
    values = {"skip": skip, "at": request.app.state.clock.now(), "account": account.id, "event_id": None}
    made = connection.execute(AGENT_SQL["ask_haulage"], values | {"reason": body.reason}).fetchone()
    if made is None:
        raise HTTPException(409, "L'enlèvement de cette benne est déjà demandé.")
    record(connection, account, "haulage", f"haulage/{made['id']}", skip=skip)
    tell(connection, row["site"])
    return Done(id=str(made["id"]))


def _skip(connection: Connection[DictRow], skip: int) -> DictRow:
    row = connection.execute(SQL["skip"], {"skip": skip}).fetchone()
    if row is None:
        raise HTTPException(404, "Cette benne n'existe pas.")
    return row


@routes.post("/haulages/plan", summary="Plan the rotations that wait")
def plan(request: Request, connection: Database, account: Dispatcher, body: PlanIn) -> PlanOut:
    """Plan one day's rotations of every site: one skip at a time, each to its outlet."""
    book = book_now(request, connection)
    return plan_rotations(connection, account, book, body.day, request.app.state.travel)


@routes.post("/haulages/{haulage}/cancel", summary="Cancel a request")
def cancel(connection: Database, account: Agent, haulage: Row, body: Reason) -> Done:
    """Take it off what waits; 409 when it is over."""
    values = {"haulage": haulage, "note": body.reason}
    if connection.execute(SQL["cancel_haulage"], values).fetchone() is None:
        raise HTTPException(409, "Cet enlèvement est déjà terminé ou annulé.")
    record(connection, account, "haulage_cancelled", f"haulage/{haulage}")
    return Done(id=str(haulage))


@routes.post("/haulages/{haulage}/done", summary="A skip has left: its weighbridge slip")
def done(request: Request, connection: Database, account: Agent, haulage: Row, body: DoneIn) -> Done:
    """Write the register's line and set the skip down empty; refused when the register could not be kept."""
    now = request.app.state.clock.now()
    number, site = close_rotation(connection, account, haulage, body, now)
    tell(connection, site)
    return Done(id=str(number), sentence=f"Inscrit au registre, ligne {number}.")


@routes.post("/outgoing/{number}/correction", summary="Correct a line of the register")
def correction(
    request: Request, connection: Database, account: Dispatcher, number: Row, body: CorrectionIn
) -> Done:
    """Write a new line that replaces this one, which stays."""
    return Done(id=str(correct(connection, account, number, body, request.app.state.clock.now())))


@routes.put("/sites/{site}/hazards", summary="Add or change a stock of hazardous waste")
def save_hazard(
    request: Request, connection: Database, account: Dispatcher, site: SiteCode, body: HazardIn
) -> Done:
    """Keep a kind of waste and how much of it a site may hold."""
    known(request, connection, site)
    row = connection.execute(SQL["save_hazard"], {"site": site, **body.model_dump()}).fetchone()
    number = row["id"] if row else 0
    record(connection, account, "hazard", f"hazard/{number}", site=site)
    return Done(id=str(number))


@routes.post("/hazards/{hazard}/moves", summary="Waste in or out of a stock")
def move(request: Request, connection: Database, account: Agent, hazard: Row, body: MoveIn) -> Done:
    """Count kilograms in or out, once; never below zero. Beyond the limit it is taken, and said."""
    row = connection.execute(SQL["hold_hazard"], {"hazard": hazard}).fetchone()
    if row is None:
        raise HTTPException(404, "Ce stock n'existe pas.")
    if body.kg == 0 or row["kg"] + body.kg < 0:
        raise HTTPException(422, f"Le stock est de {row['kg']} kg : ce mouvement n'est pas possible.")
    at = request.app.state.clock.now()
    values = {"event_id": body.event_id, "hazard": hazard, "at": at, "kg": body.kg, "note": body.note}
    if connection.execute(SQL["add_move"], values | {"account": account.id}).fetchone() is None:
        return Done(id=str(body.event_id), sentence="Déjà noté.")
    record(connection, account, "hazard_move", f"hazard/{hazard}", kg=body.kg)
    tell(connection, row["site"])
    full = row["kg"] + body.kg > row["limit_kg"]
    return Done(
        id=str(body.event_id), sentence=f"Le seuil de {row['limit_kg']} kg est dépassé." if full else ""
    )


@routes.post("/sites/{site}/duty", summary="Put an agent on duty")
def add_duty(
    request: Request, connection: Database, account: Dispatcher, site: SiteCode, body: DutyIn
) -> Done:
    """Keep who works on a day."""
    known(request, connection, site)
    try:
        begins, ends = time.fromisoformat(body.begins), time.fromisoformat(body.ends)
    except ValueError:
        raise HTTPException(422, "Ces heures n'existent pas.") from None
    if begins >= ends:
        raise HTTPException(422, "Le service finit avant de commencer.")
    start = midnight(body.day)
    values = {
        "site": site, "account": body.account,
        "begins_at": start.replace(hour=begins.hour, minute=begins.minute),
        "ends_at": start.replace(hour=ends.hour, minute=ends.minute),
    }  # fmt: skip
    row = connection.execute(SQL["add_duty"], values).fetchone()
    if row is None:
        raise HTTPException(422, "Ce compte n'est pas celui d'un agent.")
    record(connection, account, "duty", f"duty/{row['id']}", site=site)
    return Done(id=str(row["id"]))


@routes.delete("/duty/{duty}", summary="Take an agent off duty")
def remove_duty(connection: Database, account: Dispatcher, duty: Row) -> Done:
    """Forget this stretch."""
    if connection.execute(SQL["remove_duty"], {"duty": duty}).fetchone() is None:
        raise HTTPException(404, "Ce service n'existe pas.")
    record(connection, account, "duty_removed", f"duty/{duty}")
    return Done(id=str(duty))


@routes.post("/sites/{site}/exceptions", summary="Publish other hours for a day")
def publish(
    request: Request, connection: Database, account: Agent, site: SiteCode, body: ExceptionIn
) -> Done:
    """Close a site on a day, or give it other hours: for gates, agents and the public page at once."""
    known(request, connection, site)
    try:
        read_hours(body.hours)
    except BadHours as problem:
        raise HTTPException(422, str(problem)) from None
    now = request.app.state.clock.now()
    values = body.model_dump() | {"site": site, "now": now, "account": account.id}
    row = connection.execute(SQL["add_exception"], values).fetchone()
    connection.execute(SQL["books_again"])
    number = row["id"] if row else 0
    record(connection, account, "opening_exception", f"site/{site}", day=str(body.day), number=number)
    tell(connection, site)
    return Done(id=str(number))


@routes.post("/incidents/{incident}/close", summary="Close an incident")
def close(request: Request, connection: Database, account: Agent, incident: UUID, body: ClosingIn) -> Done:
    """Say what was done."""
    values = {"incident": incident, "now": request.app.state.clock.now(), "account": account.id}
    row = connection.execute(SQL["close_incident"], values | {"closing": body.closing}).fetchone()
    if row is None:
        raise HTTPException(409, "Cet incident n'existe pas ou est déjà clos.")
    record(connection, account, "incident_closed", f"incident/{incident}")
    tell(connection, row["site"])
    return Done(id=str(incident))
