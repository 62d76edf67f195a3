"""The office's page of cold rooms, vans and half-days: what planning goes out with."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import ValidationError

from api.auth import Account, record
from api.cias.desk import Office
from api.cias.vans import SQL, Fleet, save_fleet
from api.database import Database
from api.pages import page

routes = APIRouter(tags=["meals"], include_in_schema=False)

Text = Annotated[str, Form(max_length=100)]
Days = Annotated[list[int], Form(max_length=7)]
WEEK = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")


@routes.get("/portage/vehicules", response_class=HTMLResponse)
def vans_page(request: Request, connection: Database, account: Office) -> HTMLResponse:
    """Everything known, and the forms to change it."""
    return _vans(request, connection, account)


@routes.post("/portage/vehicules/chambre")
def room_form(
    request: Request,
    connection: Database,
    account: Office,
    code: Text,
    nom: Text,
    lat: Text,
    lon: Text,
    minutes: Text = "240",
) -> Response:
    """A cold room, new or changed."""
    room = {"code": code, "name": nom, "lat": _number(lat), "lon": _number(lon)}
    ride = _number(minutes)
    room["ride_s"] = None if ride is None else round(ride * 60)
    return _save(request, connection, account, {"cold_rooms": [room]})


@routes.post("/portage/vehicules/fourgon")
def van_form(
    request: Request,
    connection: Database,
    account: Office,
    code: Text,
    nom: Text,
    chambre: Text,
    plateaux: Text,
    service: bool = Form(False),
) -> Response:
    """A van, new or changed."""
    van = {"code": code, "name": nom, "cold_room": chambre, "trays": _number(plateaux), "active": service}
    return _save(request, connection, account, {"vans": [van]})


@routes.post("/portage/vehicules/demi-journee")
def shift_form(
    request: Request,
    connection: Database,
    account: Office,
    fourgon: Text,
    nom: Text,
    debut: Text,
    fin: Text,
    jours: Days = [],  # noqa: B006 - FastAPI makes a new list for each request
    livreur: Text = "",
    depart: Text = "",
    arrivee: Text = "",
    service: bool = Form(False),
) -> Response:
    """A half-day, new or changed; places of its own are written « 50,51 ; 2,13 »."""
    shift = {"van": fourgon, "name": nom, "starts": debut, "ends": fin, "weekdays": jours, "active": service}
    shift |= {"driver": livreur or None, "start": _point(depart), "end": _point(arrivee)}
    return _save(request, connection, account, {"shifts": [shift]})


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ".").strip())
    except ValueError:
        return None


def _point(text: str) -> list[float | None] | None:
    if not text.strip():
        return None
    parts = text.split(";") if ";" in text else text.split()
    return [_number(one) for one in parts]


def _save(
    request: Request, connection: Connection[DictRow], account: Account, given: dict[str, Any]
) -> Response:
    try:
        fleet = Fleet.model_validate(given)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][-1])
        names = {
            "lat": "la latitude",
            "lon": "la longitude",
            "ends": "l'heure de fin",
            "trays": "les plateaux",
        }
        names |= {"weekdays": "les jours", "start": "le départ", "end": "l'arrivée", "code": "le code"}
        return _vans(request, connection, account, problem=f"À revoir : {names.get(field, 'un champ')}.")
    faults = save_fleet(connection, fleet)
    if faults:
        connection.rollback()
        return _vans(request, connection, account, problem=" ".join(faults))
    record(connection, account, "save_vans", "meal_vans")
    return RedirectResponse("/portage/vehicules", 303)


def _vans(
    request: Request, connection: Connection[DictRow], account: Account, *, problem: str = ""
) -> HTMLResponse:
    return page(
        request,
        "cias/vans.html",
        account,
        status=422 if problem else 200,
        rooms=connection.execute(SQL["rooms"]).fetchall(),
        vans=connection.execute(SQL["vans"]).fetchall(),
        shifts=connection.execute(SQL["shifts"]).fetchall(),
        drivers=connection.execute(SQL["logins"]).fetchall(),
        week=WEEK,
        problem=problem,
    )
