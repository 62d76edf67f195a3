"""The JSON API of plannings and rounds; the pages do nothing that is not here."""

from datetime import date
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from api.auth import Dispatcher
from api.database import Database
from api.dispatch import requests
from api.dispatch.changes import change_rounds
from api.dispatch.drafts import SQL
from api.dispatch.publishing import publish, withdraw
from api.dispatch.round_models import (
    Changed,
    NewPlanning,
    PlanningOut,
    Publication,
    Replanning,
    RoundChanges,
    RoundOut,
    VehicleOut,
    Withdrawal,
)
from api.dispatch.round_views import read_planning, read_problem, read_round, read_rounds
from routing import document

routes = APIRouter(prefix="/api/v1", tags=["rounds"])


@routes.get("/vehicles", summary="Trucks, and what keeps them on a day")
def list_vehicles(
    request: Request,
    connection: Database,
    account: Dispatcher,
    day: date | None = None,
    stream: str | None = None,
) -> list[VehicleOut]:
    """Return active trucks; `day` is the next working day when not given."""
    now = request.app.state.clock.now()
    return requests.vehicles_on(connection, day or requests.next_working_day(now), stream)


@routes.post("/plannings", status_code=202, summary="Ask for a planning")
def create_planning(
    request: Request, response: Response, connection: Database, account: Dispatcher, wanted: NewPlanning
) -> PlanningOut:
    """Queue a planning; follow it by `GET /api/v1/plannings/{id}` or the live event `planning`."""
    settings, clock = request.app.state.settings, request.app.state.clock
    planning_id = requests.request_planning(
        connection, account, wanted, clock.now(), settings.planning_seconds
    )
    response.headers["Location"] = f"/api/v1/plannings/{planning_id}"
    return _planning(connection, planning_id)


@routes.get("/plannings/{planning_id}", summary="A planning and its rounds")
def get_planning(connection: Database, account: Dispatcher, planning_id: int) -> PlanningOut:
    """Return how far a planning is, its rounds and what they leave out."""
    return _planning(connection, planning_id)


@routes.get("/plannings/{planning_id}/problem", summary="The planner's problem, to replay")
def get_problem(connection: Database, account: Dispatcher, planning_id: int) -> dict[str, Any]:
    """Return the document that `python -m routing` takes."""
    problem = read_problem(connection, planning_id)
    if problem is None:
        raise HTTPException(404, "Ce plan n'a pas (encore) de problème enregistré.")
    written: dict[str, Any] = document.write(problem)
    return written


@routes.post("/plannings/{planning_id}/cancel", summary="Cancel a planning")
def cancel_planning(connection: Database, account: Dispatcher, planning_id: int) -> PlanningOut:
    """Ask the planner to stop; its rounds of before, if any, stay."""
    requests.request_cancel(connection, account, planning_id)
    return _planning(connection, planning_id)


@routes.post("/plannings/{planning_id}/replan", status_code=202, summary="Plan again with locks")
def replan(
    request: Request, connection: Database, account: Dispatcher, planning_id: int, wanted: Replanning
) -> PlanningOut:
    """Plan the draft rounds again; locked stops stay on their trucks, published rounds do not move."""
    seconds = wanted.budget_s or request.app.state.settings.planning_seconds
    requests.request_replanning(connection, account, planning_id, seconds)
    return _planning(connection, planning_id)


@routes.get("/rounds", summary="The rounds of a day")
def list_rounds(connection: Database, account: Dispatcher, day: date) -> list[RoundOut]:
    """Return every round of the day that was not given up, with its stops."""
    ids = [row["id"] for row in connection.execute(SQL["rounds_of_day"], {"day": day})]
    return read_rounds(connection, ids)


@routes.get("/rounds/{round_id}", summary="One round")
def get_round(connection: Database, account: Dispatcher, round_id: int) -> RoundOut:
    """Return one round with its stops and the rules it breaks."""
    one = read_round(connection, round_id)
    if one is None:
        raise HTTPException(404, "Cette tournée n'existe pas.")
    return one


@routes.post("/rounds/{round_id}/changes", summary="Change draft rounds")
def post_changes(
    request: Request, connection: Database, account: Dispatcher, round_id: int, wanted: RoundChanges
) -> Changed:
    """Apply changes, all or none, to the rounds of this round's planning, and say what they do."""
    row = connection.execute(SQL["planning_of_round"], {"id": round_id}).fetchone()
    if row is None:
        raise HTTPException(404, "Cette tournée n'existe pas.")
    state = request.app.state
    return change_rounds(
        connection,
        account,
        row["planning_id"],
        wanted.versions,
        wanted.changes,
        state.clock.now(),
        state.travel,
    )


@routes.post("/rounds/{round_id}/publish", summary="Hand a round to a driver")
def publish_round(
    request: Request, connection: Database, account: Dispatcher, round_id: int, wanted: Publication
) -> RoundOut:
    """Publish a draft that breaks no rule; the driver's phone shows it at once."""
    return publish(connection, account, round_id, wanted, request.app.state.clock.now())


@routes.post("/rounds/{round_id}/withdraw", summary="Take a round back")
def withdraw_round(connection: Database, account: Dispatcher, round_id: int, wanted: Withdrawal) -> RoundOut:
    """Make a published round a draft again while nothing is done, or give a draft up."""
    return withdraw(connection, account, round_id, wanted)


def _planning(connection: Database, planning_id: int) -> PlanningOut:
    found = read_planning(connection, planning_id)
    if found is None:
        raise HTTPException(404, "Ce plan n'existe pas.")
    return found
