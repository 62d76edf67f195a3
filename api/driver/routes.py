"""The driver's round on a phone, with or without network: the page, its service worker, the JSON API."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, Driver
from api.database import Database
from api.driver.documents import (
    EventResults,
    Round,
    RoundAnswer,
    RoundChoices,
    StopEvents,
)
from api.driver.events import take_events
from api.french import PARIS
from api.pages import page, service_worker
from api.travel.ways import drawn, read_stops
from store.queries import named_queries

routes = APIRouter(tags=["driver"])

_SQL = named_queries("api.driver")
# What the page is made of: the service worker keeps these files, and the scripts they import.
_SHELL = ("base.css", "base.js", "driver.css", "driver.js", "driver-meals.js", "icon.svg")

Chosen = Annotated[
    int | None, Query(ge=1, lt=2**63, description="a round of one's own; any for a dispatcher")
]


@routes.get("/chauffeur", response_class=HTMLResponse, include_in_schema=False)
def driver_page(request: Request, account: Driver) -> HTMLResponse:
    """Show the page's shell: the phone keeps it, and fills it with the round it holds."""
    return page(request, "driver/driver.html", account)


@routes.get("/chauffeur/sw.js", include_in_schema=False)
def driver_worker() -> Response:
    """Serve the service worker. Open to all: a phone whose session expired must still get the new version."""
    return service_worker("driver-worker.js", _SHELL, "/chauffeur")


@routes.get("/api/v1/driver/round", summary="The round to drive")
def read_round(request: Request, connection: Database, account: Driver, round: Chosen = None) -> RoundAnswer:
    """Return the signed-in driver's published round of the day, or the next one; null when there is none.

    With `round`, that one: a driver may read their own, a dispatcher any published one.
    """
    if round is not None:
        return RoundAnswer(round=_chosen_round(request, connection, account, round))
    row = connection.execute(
        _SQL["round_of_driver"], {"account_id": account.id, "today": _today(request)}
    ).fetchone()
    return RoundAnswer(round=_chosen_round(request, connection, account, row["id"]) if row else None)


def _chosen_round(
    request: Request, connection: Connection[DictRow], account: Account, round_id: int
) -> Round:
    row = connection.execute(_SQL["round_by_id"], {"round_id": round_id}).fetchone()
    if row is None:
        raise HTTPException(404, "Cette tournée n'est pas publiée.")
    if row.pop("driver_id") != account.id and account.role == "driver":
        raise HTTPException(403, "Cette tournée n'est pas la vôtre.")
    stops = connection.execute(_SQL["stops_of_round"], {"round_id": round_id}).fetchall()
    containers: dict[int, list[DictRow]] = {stop["id"]: [] for stop in stops}
    for container in connection.execute(_SQL["containers_of_round"], {"round_id": round_id}):
        # A stop that planning added since the line above was read has no place here: next reading.
        containers.setdefault(container["stop_id"], []).append(container)
    # A phone in a village waits for nobody: the roads are those found when the round was planned.
    places = read_stops(connection, planning=None, round=round_id)
    ways = {
        one.stop: one.way
        for found in drawn(places, request.app.state.travel, ask=False)
        for one in found.stops
    }
    told = [{**stop, "containers": containers[stop["id"]], "way": ways.get(stop["id"])} for stop in stops]
    return Round.model_validate({**row, "stops": told})


@routes.get("/api/v1/driver/rounds", summary="Rounds one may open")
def read_rounds(request: Request, connection: Database, account: Driver) -> RoundChoices:
    """Return the published rounds of today and later: one's own, or all of them for a dispatcher."""
    driver_id = account.id if account.role == "driver" else None
    rows = connection.execute(
        _SQL["rounds_to_choose"], {"today": _today(request), "driver_id": driver_id}
    ).fetchall()
    return RoundChoices.model_validate({"rounds": rows})


@routes.post("/api/v1/driver/events", summary="Tell what happened at stops")
def add_events(request: Request, connection: Database, account: Driver, body: StopEvents) -> EventResults:
    """Keep the events, each once by its `event_id`, and say what became of each.

    Sending a batch again is harmless: what is known answers `already`. `refused` comes with the reason
    in French; the others of the batch are kept all the same.
    """
    return EventResults(results=take_events(connection, account, body.events, request.app.state.clock))


def _today(request: Request) -> str:
    return str(request.app.state.clock.now().astimezone(PARIS).date().isoformat())
