"""The pages of rounds: the days and the form, one planning while it is computed and once it is there.

Every form works by a whole page; htmx and the island `planning.ts` make it lighter. What the forms do is
done by the same functions as the JSON API (`rounds_api`), which this module's router includes.
"""

import json
from datetime import date, timedelta
from itertools import cycle
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import TypeAdapter, ValidationError

from api.auth import Account, Dispatcher
from api.database import Database
from api.dispatch import dial, requests, rounds_api
from api.dispatch.changes import change_rounds
from api.dispatch.drafts import SQL
from api.dispatch.publishing import publish, withdraw
from api.dispatch.reading import read_trucks
from api.dispatch.round_models import Changed, NewPlanning, Publication, RoundChange, Withdrawal
from api.dispatch.round_views import read_documents, read_planning
from api.dispatch.sharing import weeks_of
from api.french import PARIS
from api.pages import page

routes = APIRouter(tags=["rounds"], include_in_schema=False)
_CHANGES: TypeAdapter[list[RoundChange]] = TypeAdapter(list[RoundChange])
_VERSIONS: TypeAdapter[dict[int, int]] = TypeAdapter(dict[int, int])
_PAST_DAYS = 7
# One a truck, dark enough to read white figures on; the rounds are numbered and named too.
_COLOURS = ("#1d4ed8", "#b45309", "#7e22ce", "#0f766e", "#be123c", "#4d7c0f")


@routes.get("/tournees")
def days_page(
    request: Request, connection: Database, account: Dispatcher, jour: date | None = None, flux: str = ""
) -> HTMLResponse:
    """Show the days' plannings and the form for another."""
    return _days(request, connection, account, jour, flux)


def _days(
    request: Request,
    connection: Database,
    account: Account,
    day: date | None,
    stream: str,
    *,
    problem: str = "",
    status: int = 200,
) -> HTMLResponse:
    now = request.app.state.clock.now()
    today = now.astimezone(PARIS).date()
    streams = connection.execute(SQL["streams"]).fetchall()
    chosen = stream or (streams[0]["code"] if streams else "")
    day = day or requests.next_working_day(now)
    return page(
        request,
        "dispatch/rounds.html",
        account,
        status=status,
        streams=streams,
        stream=chosen,
        day=day,
        today=today,
        last_day=today + requests.FURTHEST,
        vehicles=requests.vehicles_on(connection, day, chosen),
        refused=(),
        plannings=connection.execute(
            SQL["plannings_of_days"], {"from": today - timedelta(days=_PAST_DAYS)}
        ).fetchall(),
        seconds=request.app.state.settings.planning_seconds,
        services=dial.SERVICES,
        service=dial.USUAL,
        problem=problem,
    )


@routes.get("/tournees/camions")
def vehicles_part(
    request: Request,
    connection: Database,
    account: Dispatcher,
    jour: date,
    flux: str,
    camions: Annotated[list[str] | None, Query()] = None,
    offerts: Annotated[list[str] | None, Query()] = None,
) -> HTMLResponse:
    """Show the trucks that carry a stream on a day: a part of the form, renewed when these change."""
    vehicles = requests.vehicles_on(connection, jour, flux)
    refused = set(offerts or ()) - set(camions or ())
    return page(request, "dispatch/_vehicles.html", account, vehicles=vehicles, refused=refused)


@routes.get("/tournees/service")
def dial_part(
    request: Request,
    connection: Database,
    account: Dispatcher,
    jour: date,
    flux: str,
    service: float = dial.USUAL,
    camions: Annotated[list[str] | None, Query()] = None,
) -> HTMLResponse:
    """Show what each service level is expected to cost: a part of the form, asked for by people."""
    state = request.app.state
    shown = dial.read(connection, jour, flux, camions or (), state.clock.now(), state.travel)
    labels = {row["code"]: row["label"] for row in connection.execute(SQL["streams"])}
    values = {"service": service, "label": labels.get(flux, flux), "day": jour}
    return page(request, "dispatch/_dial.html", account, dial=shown, **values)


@routes.post("/tournees")
def request_planning(
    request: Request,
    connection: Database,
    account: Dispatcher,
    jour: Annotated[date, Form()],
    flux: Annotated[str, Form()],
    camions: Annotated[list[str] | None, Form()] = None,
    secondes: Annotated[int, Form(ge=1, le=600)] = 20,
    service: Annotated[float, Form(ge=90, le=99.95)] = dial.USUAL,
) -> Response:
    """Ask for a planning and show it."""
    clock = request.app.state.clock
    try:
        if not camions:
            raise HTTPException(422, "Choisissez au moins un camion.")
        wanted = NewPlanning(
            day=jour, stream=flux, vehicles=camions, budget_s=secondes, service_percent=service
        )
        planning_id = requests.request_planning(connection, account, wanted, clock.now(), secondes)
    except HTTPException as error:
        if error.status_code != 422:
            raise
        return _days(request, connection, account, jour, flux, problem=str(error.detail), status=422)
    return RedirectResponse(f"/tournees/{planning_id}", 303)


@routes.get("/tournees/{planning_id}")
def planning_page(
    request: Request, connection: Database, account: Dispatcher, planning_id: int
) -> HTMLResponse:
    """Show one planning: its progress, or its rounds."""
    return _result(request, connection, account, planning_id, "dispatch/planning.html")


@routes.get("/tournees/{planning_id}/resultat")
def result_part(
    request: Request, connection: Database, account: Dispatcher, planning_id: int
) -> HTMLResponse:
    """Show the same without the frame, for htmx."""
    return _result(request, connection, account, planning_id, "dispatch/_result.html")


def _result(
    request: Request,
    connection: Database,
    account: Account,
    planning_id: int,
    template: str,
    changed: Changed | None = None,
) -> HTMLResponse:
    planning = changed.planning if changed else read_planning(connection, planning_id)
    if planning is None:
        raise HTTPException(404, "Ce plan n'existe pas.")
    documents = read_documents(connection, planning_id)
    undo = [change.model_dump() for change in changed.undo] if changed else []
    vehicles = requests.vehicles_on(connection, planning.day)
    names = {one.code: one.name for one in vehicles}
    trucks = read_trucks(connection, [one.id for one in vehicles if one.code in planning.vehicles])
    sites = {one.id for one in documents.problem.unloading_sites} if documents else set()
    context: dict[str, Any] = {
        "planning": planning,
        "effects": changed.effects if changed else [],
        "undo": json.dumps(undo),
        "versions": json.dumps({str(one.id): one.version for one in planning.rounds}),
        "drivers": connection.execute(SQL["drivers"]).fetchall(),
        "colours": dict(zip(planning.vehicles, cycle(_COLOURS), strict=False)),
        "vehicle_names": {code: names.get(code, code) for code in planning.vehicles},
        "crews": weeks_of(connection, trucks, planning.day),
        "sites": connection.execute(
            "SELECT code, name FROM unloading_site WHERE code = ANY(%s) ORDER BY name", (list(sites),)
        ).fetchall(),
        "today": request.app.state.clock.now().astimezone(PARIS).date(),
    }
    return page(request, template, account, **context)


@routes.post("/tournees/{planning_id}/changements")
def change(
    request: Request,
    connection: Database,
    account: Dispatcher,
    planning_id: int,
    changes: Annotated[str, Form()],
    versions: Annotated[str, Form()],
) -> Response:
    """Apply changes (JSON, as the API takes them) and show their effect."""
    try:
        wanted, seen = _CHANGES.validate_json(changes), _VERSIONS.validate_json(versions)
    except ValidationError as error:
        raise HTTPException(422, "Ce changement n'est pas compris : rechargez la page.") from error
    state = request.app.state
    changed = change_rounds(connection, account, planning_id, seen, wanted, state.clock.now(), state.travel)
    return _shown(request, connection, account, planning_id, changed)


@routes.post("/tournees/{planning_id}/publier/{round_id}")
def publish_round(
    request: Request,
    connection: Database,
    account: Dispatcher,
    planning_id: int,
    round_id: int,
    version: Annotated[int, Form()],
    chauffeur: Annotated[int, Form()] = 0,
) -> Response:
    """Publish one round."""
    wanted = Publication(version=version, driver=chauffeur)
    publish(connection, account, round_id, wanted, request.app.state.clock.now())
    return _shown(request, connection, account, planning_id)


@routes.post("/tournees/{planning_id}/retirer/{round_id}")
def withdraw_round(
    request: Request,
    connection: Database,
    account: Dispatcher,
    planning_id: int,
    round_id: int,
    version: Annotated[int, Form()],
    vers: Annotated[str, Form()] = "draft",
) -> Response:
    """Take one round back, or give it up."""
    to = Withdrawal(version=version, to="cancelled" if vers == "cancelled" else "draft")
    withdraw(connection, account, round_id, to)
    return _shown(request, connection, account, planning_id)


@routes.post("/tournees/{planning_id}/recalculer")
def replan(request: Request, connection: Database, account: Dispatcher, planning_id: int) -> Response:
    """Plan the drafts again."""
    requests.request_replanning(connection, account, planning_id, request.app.state.settings.planning_seconds)
    return _shown(request, connection, account, planning_id)


@routes.post("/tournees/{planning_id}/annuler")
def cancel(request: Request, connection: Database, account: Dispatcher, planning_id: int) -> Response:
    """Cancel the computation."""
    requests.request_cancel(connection, account, planning_id)
    return _shown(request, connection, account, planning_id)


def _shown(
    request: Request, connection: Database, account: Account, planning_id: int, changed: Changed | None = None
) -> Response:
    """Answer htmx with the result, a plain form with the page."""
    if request.headers.get("hx-request"):
        return _result(request, connection, account, planning_id, "dispatch/_result.html", changed)
    return RedirectResponse(f"/tournees/{planning_id}", 303)


routes.include_router(rounds_api.routes, include_in_schema=True)
