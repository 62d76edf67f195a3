"""The office's rounds of meals over JSON: plan, look, move, give, publish, withdraw; concerns, their end."""

from datetime import date, datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.cias import round_acts as acts
from api.cias.concerns import Office as Tells
from api.cias.concerns import close
from api.cias.day_problem import SQL, CannotPlan, ask_planning
from api.cias.desk import Key, Office
from api.cias.round_documents import (
    Asked,
    Assignment,
    Closing,
    Concerns,
    Move,
    Planning,
    PlanWish,
    Rounds,
    Said,
)
from api.cias.round_views import concerns_of, planning_of, rounds_of
from api.database import Database
from api.driver.meal_documents import DoorEvent
from api.driver.meal_events import Desk, take_meal_events

routes = APIRouter(tags=["meals"])
Number = Annotated[int, Path(ge=1, lt=2**63)]


def the_time(request: Request) -> datetime:
    """The platform's time."""
    now: datetime = request.app.state.clock.now()
    return now


Now = Annotated[datetime, Depends(the_time)]


@routes.post("/api/v1/meals/plannings", summary="Plan a day's rounds of meals", status_code=202)
def plan(connection: Database, account: Office, key: Key, now: Now, body: PlanWish) -> Asked:
    """Ask the worker for a day's rounds; a planning of that day that waits already is the answer."""
    try:
        number = ask_planning(connection, key, account, body.day, now, budget_s=body.seconds, seed=body.seed)
    except CannotPlan as why:
        raise HTTPException(409, str(why)) from why
    return Asked(planning=number)


@routes.get("/api/v1/meals/plannings/{number}", summary="How far a planning of meals is")
def read_planning(connection: Database, account: Office, number: Number) -> Planning:
    """Its status, its sentence, and who has no place in it."""
    found = planning_of(connection, number)
    if found is None:
        raise HTTPException(404, "Ce plan n'existe pas.")
    return found


@routes.get("/api/v1/meals/rounds", summary="Rounds of meals of a day")
def read_rounds(connection: Database, account: Office, day: Annotated[date, Query()]) -> Rounds:
    """Published rounds and the latest plan's drafts, with everybody's door."""
    return rounds_of(connection, day)


@routes.post("/api/v1/meals/plannings/{number}/moves", summary="Move a person by hand")
def move(connection: Database, account: Office, number: Number, body: Move) -> Said:
    """Put a person elsewhere; refused with the rule it would break."""
    _checked(acts.move, connection, account, number, body.person, body.shift, body.position)
    return Said(sentence="Déplacement noté, horaires recalculés.")


@routes.post("/api/v1/meals/rounds/{number}/driver", summary="Give a round of meals to a driver")
def assign(connection: Database, account: Office, number: Number, body: Assignment) -> Said:
    """Give it to a driver, or take a draft back."""
    _checked(acts.assign, connection, account, number, body.driver)
    return Said(sentence="Livreur noté.")


@routes.post("/api/v1/meals/rounds/{number}/publish", summary="Publish a round of meals")
def publish(connection: Database, account: Office, key: Key, now: Now, number: Number) -> Said:
    """Show it to its driver, brought up to date with the orders as they stand."""
    return Said(sentence=str(_checked(acts.publish, connection, key, account, number, now)))


@routes.post("/api/v1/meals/rounds/{number}/withdraw", summary="Withdraw a round of meals")
def withdraw(connection: Database, account: Office, number: Number) -> Said:
    """Take it back from its driver, as long as the van has not left."""
    _checked(acts.withdraw, connection, account, number)
    return Said(sentence="Tournée retirée.")


@routes.post("/api/v1/meals/rounds/{number}/block", summary="Keep back what is left of a warm round")
def block(
    request: Request, connection: Database, account: Office, key: Key, now: Now, number: Number
) -> Said:
    """Every door without a word is marked `blocked`; only when the last departure was too warm."""
    return Said(sentence=keep_back(request, connection, account, key, now, number))


@routes.get("/api/v1/meals/concerns", summary="What the office must see to")
def read_concerns(
    connection: Database, account: Office, key: Key, now: Now, closed: bool = False
) -> Concerns:
    """What is open, the gravest first; with `closed` also what was closed in the last two weeks."""
    return Concerns(concerns=concerns_of(connection, key, account, now, closed=closed))


@routes.post("/api/v1/meals/concerns/{number}/close", summary="Close a concern")
def close_concern(connection: Database, account: Office, now: Now, number: Number, body: Closing) -> Said:
    """Say what came of it; the first closing stands."""
    end_concern(connection, account, now, number, body.outcome)
    return Said(sentence="Signalement clos.")


def end_concern(
    connection: Connection[DictRow], account: Account, now: datetime, number: int, outcome: str
) -> None:
    """Close it and record it, or refuse with a sentence."""
    done = close(connection, number, account.id, outcome.strip(), now)
    if done is None:
        raise HTTPException(404, "Ce signalement n'existe pas.")
    if not done:
        raise HTTPException(409, "Ce signalement est déjà clos.")
    record(connection, account, "close_concern", f"meal_concern/{number}")


def keep_back(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    key: bytes,
    now: datetime,
    number: int,
) -> str:
    """Mark what is left of a warm round as kept back; return a sentence."""
    left = connection.execute(SQL["doors_to_do"], {"id": number}).fetchall()
    desk = Desk(
        connection=connection,
        account=account,
        key=key,
        clock=request.app.state.clock,
        office=Tells(public_url=request.app.state.settings.public_url),
    )
    words = [
        DoorEvent(event_id=uuid4(), door_id=one["id"], kind="blocked", note="", happened_at=now)
        for one in left
    ]
    results = take_meal_events(desk, words)
    refused = [one.sentence for one in results if one.outcome == "refused"]
    if refused:
        raise HTTPException(409, "La dernière température de départ n'est pas au-dessus de la limite.")
    return f"{len(words)} portes notées « retenu »." if words else "Aucune porte n'attend plus."


def _checked(act: object, *words: object) -> object:
    """The act's answer, or 409 with its sentence."""
    assert callable(act)  # noqa: S101 - only functions of `acts` are given
    try:
        answer: object = act(*words)
    except acts.Impossible as why:
        raise HTTPException(409, str(why)) from why
    return answer
