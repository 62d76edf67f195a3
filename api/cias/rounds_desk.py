"""The office's pages of rounds and concerns: plan, look, move, give, publish, print; close worries."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account
from api.cias import round_acts as acts
from api.cias.avis import WORDS, mine, subscribe, unsubscribe
from api.cias.day_problem import SQL, CannotPlan, ask_planning
from api.cias.desk import HANDED, Key, Office
from api.cias.round_documents import PlannedRound, Rounds
from api.cias.round_views import concerns_of, rounds_of
from api.cias.rounds_api import Now, Number, end_concern, keep_back
from api.database import Database
from api.driver.meal_rounds import SQL as DRIVER
from api.driver.meal_rounds import read_round
from api.french import PARIS
from api.pages import page

routes = APIRouter(tags=["meals"], include_in_schema=False)

Day = Annotated[date, Form()]
USUAL = {
    "kept": ("habituel", ""),
    "hour": ("autre heure", "plan"),
    "driver": ("autre livreur", "plan"),
    "both": ("autre livreur et heure", "plan"),
    "new": ("nouveau", "info"),
}
TONES = {"delivered": "ok", "neighbour": "ok", "absent": "plan", "refused": "plan", "blocked": "urgent"}
STATES = {"to_do": ("à livrer", ""), **{kind: (word, TONES[kind]) for kind, word in HANDED.items()}}
LATE_MINUTES = 30


@routes.get("/portage/tournees", response_class=HTMLResponse)
def rounds_page(
    request: Request,
    connection: Database,
    account: Office,
    now: Now,
    jour: Annotated[date | None, Query()] = None,
    dit: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """A day's rounds as they are planned and driven."""
    chosen = jour or now.astimezone(PARIS).date()
    return _rounds(request, connection, account, chosen, done=SAID.get(dit, ""))


@routes.post("/portage/tournees/calculer")
def plan_form(
    request: Request, connection: Database, account: Office, key: Key, now: Now, jour: Day
) -> Response:
    """Ask the worker for the day."""
    try:
        ask_planning(connection, key, account, jour, now)
    except CannotPlan as why:
        return _rounds(request, connection, account, jour, problem=str(why))
    return _back(jour, "calcul")


@routes.post("/portage/tournees/deplacer")
def move_form(
    request: Request,
    connection: Database,
    account: Office,
    jour: Day,
    plan: Annotated[int, Form(ge=1)],
    personne: Annotated[int, Form(ge=1)],
    fourgon: Annotated[int, Form(ge=1)],
    rang: Annotated[int, Form(ge=1, le=1000)],
) -> Response:
    """Move somebody, or give a place to who has none."""
    try:
        acts.move(connection, account, plan, personne, fourgon, rang)
    except acts.Impossible as why:
        return _rounds(request, connection, account, jour, problem=str(why))
    return _back(jour, "place")


@routes.post("/portage/tournees/{number}/livreur")
def driver_form(
    request: Request,
    connection: Database,
    account: Office,
    number: Number,
    jour: Day,
    livreur: Annotated[str, Form(pattern=r"^\d{0,9}$")] = "",
) -> Response:
    """Give a round to a driver."""
    try:
        acts.assign(connection, account, number, int(livreur) if livreur else None)
    except acts.Impossible as why:
        return _rounds(request, connection, account, jour, problem=str(why))
    return _back(jour, "livreur")


@routes.post("/portage/tournees/{number}/publier")
def publish_form(
    request: Request, connection: Database, account: Office, key: Key, now: Now, number: Number, jour: Day
) -> Response:
    """Publish; what changed since the plan is said."""
    try:
        said = acts.publish(connection, key, account, number, now)
    except acts.Impossible as why:
        return _rounds(request, connection, account, jour, problem=str(why))
    return _rounds(request, connection, account, jour, done=said)


@routes.post("/portage/tournees/{number}/retirer")
def withdraw_form(
    request: Request, connection: Database, account: Office, number: Number, jour: Day
) -> Response:
    """Take a round back."""
    try:
        acts.withdraw(connection, account, number)
    except acts.Impossible as why:
        return _rounds(request, connection, account, jour, problem=str(why))
    return _back(jour, "retrait")


@routes.post("/portage/tournees/{number}/retenir")
def block_form(
    request: Request, connection: Database, account: Office, key: Key, now: Now, number: Number, jour: Day
) -> Response:
    """Keep back what is left of a warm round."""
    said = keep_back(request, connection, account, key, now, number)
    return _rounds(request, connection, account, jour, done=said)


@routes.get("/portage/tournees/{number}/feuille", response_class=HTMLResponse)
def sheet_page(
    request: Request, connection: Database, account: Office, key: Key, now: Now, number: Number
) -> HTMLResponse:
    """The round on paper, for the day the phones fail; whose file it opens is logged."""
    row = connection.execute(DRIVER["meal_round_any"], {"round_id": number}).fetchone()
    if row is None:
        raise HTTPException(404, "Cette tournée n'existe pas.")
    found = read_round(connection, key, account, row, "", now)
    return page(request, "cias/sheet.html", account, round=found)


@routes.get("/portage/signalements", response_class=HTMLResponse)
def concerns_page(
    request: Request, connection: Database, account: Office, key: Key, now: Now
) -> HTMLResponse:
    """What worries, the gravest first, and who wants to be told of it."""
    return _concerns(request, connection, account, key, now)


@routes.post("/portage/signalements/{number}/clore")
def close_form(
    request: Request,
    connection: Database,
    account: Office,
    key: Key,
    now: Now,
    number: Number,
    suite: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Close a concern with what came of it."""
    if not suite.strip():
        return _concerns(request, connection, account, key, now, problem="Dites ce qui a été fait.")
    try:
        end_concern(connection, account, now, number, suite)
    except HTTPException as why:
        return _concerns(request, connection, account, key, now, problem=str(why.detail))
    return RedirectResponse("/portage/signalements", 303)


@routes.post("/portage/signalements/avis")
def subscribe_form(
    request: Request,
    connection: Database,
    account: Office,
    key: Key,
    now: Now,
    voie: Annotated[str, Form(max_length=10)],
    adresse: Annotated[str, Form(max_length=200)],
    genres: Annotated[list[str], Form(max_length=10)] = [],  # noqa: B006 - a new list for each request
) -> Response:
    """Be told of some kinds of concerns."""
    try:
        subscribe(connection, account, voie, adresse, genres)
    except HTTPException as why:
        return _concerns(request, connection, account, key, now, problem=str(why.detail))
    return RedirectResponse("/portage/signalements", 303)


@routes.post("/portage/signalements/avis/{number}/retirer")
def unsubscribe_form(connection: Database, account: Office, number: Number) -> Response:
    """Be told no more."""
    unsubscribe(connection, account, number)
    return RedirectResponse("/portage/signalements", 303)


SAID = {
    "calcul": "Calcul demandé.",
    "place": "Déplacement noté, horaires recalculés.",
    "livreur": "Livreur noté.",
    "retrait": "Tournée retirée.",
}


def _back(day: date, said: str) -> RedirectResponse:
    return RedirectResponse(f"/portage/tournees?jour={day}&dit={said}", 303)


def _rounds(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    day: date,
    *,
    problem: str = "",
    done: str = "",
) -> HTMLResponse:
    if problem:
        connection.rollback()
    found: Rounds = rounds_of(connection, day)
    shifts = []
    if found.planning is not None and found.planning.status == "done":
        row = connection.execute(SQL["planning"], {"id": found.planning.id}).fetchone()
        asked = (row["problem"] if row else None) or {}
        vans = [one["shift"] for one in asked.get("vans", [])]
        shifts = connection.execute(SQL["shifts_to_choose"], {"ids": vans}).fetchall()
    return page(
        request,
        "cias/rounds.html",
        account,
        status=409 if problem else 200,
        chosen=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        planning=found.planning,
        rounds=found.rounds,
        late={one.id: _late_minutes(one) for one in found.rounds},
        drivers=connection.execute(SQL["drivers"]).fetchall(),
        shifts=shifts,
        usual=USUAL,
        states=STATES,
        problem=problem,
        done=done,
    )


def _late_minutes(found: PlannedRound) -> int:
    """How late the last door was told, when that is more than the office wants to know of; else 0."""
    told = [(one.said_at, one.departure_at) for one in found.doors if one.said_at and one.status != "to_do"]
    if not told or found.status != "published":
        return 0
    said_at, planned = max(told)
    minutes = int((said_at - planned).total_seconds() // 60)
    return minutes if minutes > LATE_MINUTES else 0


def _concerns(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    key: bytes,
    now: datetime,
    *,
    problem: str = "",
) -> HTMLResponse:
    found = concerns_of(connection, key, account, now, closed=True)
    return page(
        request,
        "cias/concerns.html",
        account,
        status=409 if problem else 200,
        open=[one for one in found if one.closed_at is None],
        closed=[one for one in found if one.closed_at is not None],
        kinds=WORDS,
        mine=mine(connection, account),
        problem=problem,
    )
