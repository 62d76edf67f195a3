"""Lots in pages, JSON and CSV: enter them, who got one, what somebody got."""

import csv
import io
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel, ValidationError

from api.auth import Account
from api.cias.desk import HANDED, Key, Office
from api.cias.files import SQL as FILES
from api.cias.lots import (
    SQL,
    Got,
    Lot,
    LotOfPerson,
    LotWish,
    add_lot,
    lot_of,
    lots_between,
    lots_of_person,
    who_got,
)
from api.cias.rounds_api import Now, Number
from api.database import Database
from api.french import PARIS
from api.pages import page
from meals.french import MOMENTS, TEXTURES

routes = APIRouter(tags=["meals"])
SHOWN_DAYS, LOOKED_BACK_DAYS = 14, 30
NO_NUMBER = "Il manque le numéro de lot, ou il est trop long."
COLUMNS = ("nom", "telephone", "adresse", "jour", "repas", "livre_le", "remise")


class Lots(BaseModel):
    """Lots of some days."""

    lots: list[Lot]


class Traced(BaseModel):
    """Who got a lot."""

    lot: Lot
    people: list[Got]


class Kept(BaseModel):
    """The lot's number, null when it was known already."""

    id: int | None


@routes.get("/api/v1/meals/lots", summary="Lots of the kitchen")
def read_lots(connection: Database, account: Office, first: date, last: date, lot: str = "") -> Lots:
    """Lots of dishes made from `first` to `last`; `lot`: whose number begins so."""
    return Lots(lots=lots_between(connection, first, last, lot))


@routes.post("/api/v1/meals/lots", summary="Enter a lot", status_code=201)
def write_lot(connection: Database, account: Office, now: Now, body: LotWish) -> Kept:
    """Keep which lot went into a dish of a day; the same again changes nothing."""
    try:
        return Kept(id=add_lot(connection, account, body, now))
    except LookupError as why:
        raise HTTPException(422, str(why)) from why


@routes.get("/api/v1/meals/lots/{number}/people", summary="Who got a lot")
def read_people(connection: Database, account: Office, key: Key, now: Now, number: Number) -> Traced:
    """Everybody whose tray it was in, with their phone, and what became of the tray. Logged."""
    lot = _known(connection, number)
    return Traced(lot=lot, people=who_got(connection, key, account, lot, now))


@routes.get("/portage/lots", response_class=HTMLResponse, include_in_schema=False)
def lots_page(
    request: Request,
    connection: Database,
    account: Office,
    now: Now,
    q: Annotated[str, Query(max_length=80)] = "",
) -> HTMLResponse:
    """Lots entered lately, or those whose number begins so, and the form of a new one."""
    return _lots(request, connection, account, now.astimezone(PARIS).date(), q=q)


@routes.post("/portage/lots", include_in_schema=False)
def lot_form(
    request: Request,
    connection: Database,
    account: Office,
    now: Now,
    jour: Annotated[date, Form()],
    plat: Annotated[str, Form(max_length=60)],
    lot: Annotated[str, Form(max_length=200)] = "",
    texture: Annotated[str, Form(max_length=20)] = "",
    fournisseur: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Enter a lot."""
    given = {"made": jour, "dish": plat, "texture": texture, "lot": lot, "supplier": fournisseur}
    today = now.astimezone(PARIS).date()
    try:
        add_lot(connection, account, LotWish.model_validate(given), now)
    except ValidationError:
        return _lots(
            request, connection, account, today, problem="Il manque le numéro de lot, ou il est trop long."
        )
    except LookupError as why:
        return _lots(request, connection, account, today, problem=str(why))
    return RedirectResponse("/portage/lots", 303)


@routes.get("/portage/lots/personne/{person}", response_class=HTMLResponse, include_in_schema=False)
def person_page(
    request: Request, connection: Database, account: Office, key: Key, now: Now, person: Number
) -> HTMLResponse:
    """What somebody got over the last month, and of which lots."""
    today = now.astimezone(PARIS).date()
    first = today - timedelta(days=LOOKED_BACK_DAYS)
    try:
        found: list[LotOfPerson] = lots_of_person(connection, key, account, person, first, today, now)
    except LookupError as why:
        raise HTTPException(404, str(why)) from why
    row = connection.execute(FILES["one_person"], {"id": person}).fetchone()
    return page(
        request, "cias/lots_person.html", account, file=row, parts=found[::-1], moments=MOMENTS, handed=HANDED
    )


@routes.get("/portage/lots/{number}.csv", include_in_schema=False)
def lot_csv(connection: Database, account: Office, key: Key, now: Now, number: Number) -> Response:
    """Who to call, as a file."""
    lot = _known(connection, number)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(COLUMNS)
    for one in who_got(connection, key, account, lot, now):
        said = HANDED.get(one.handed or "", "")
        words = (one.name, one.phone, one.address, one.day, MOMENTS[one.moment], one.delivery, said)
        # A name that begins like a formula must not become one in a spreadsheet.
        writer.writerow(["'" + str(word) if str(word)[:1] in "=+-@" else word for word in words])
    headers = {"Content-Disposition": f'attachment; filename="lot-{number}.csv"', "Cache-Control": "no-store"}
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@routes.get("/portage/lots/{number}", response_class=HTMLResponse, include_in_schema=False)
def lot_page(
    request: Request, connection: Database, account: Office, key: Key, now: Now, number: Number
) -> HTMLResponse:
    """Who got this lot."""
    lot = _known(connection, number)
    people = who_got(connection, key, account, lot, now)
    return page(
        request,
        "cias/lot.html",
        account,
        lot=lot,
        people=people,
        moments=MOMENTS,
        textures=TEXTURES,
        handed=HANDED,
    )


def _known(connection: Connection[DictRow], number: int) -> Lot:
    lot = lot_of(connection, number)
    if lot is None:
        raise HTTPException(404, "Ce lot n'existe pas.")
    return lot


def _lots(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    today: date,
    *,
    q: str = "",
    problem: str = "",
) -> HTMLResponse:
    # A number is looked for however old it is: a recall comes late.
    first = date(2000, 1, 1) if q else today - timedelta(days=SHOWN_DAYS)
    found = lots_between(connection, first, today + timedelta(days=1), q)
    dishes = connection.execute(SQL["dish_names"]).fetchall()
    return page(
        request,
        "cias/lots.html",
        account,
        status=422 if problem else 200,
        lots=found,
        q=q,
        today=today,
        dishes=sorted(dishes, key=lambda one: one["name"]),
        textures=TEXTURES,
        problem=problem,
    )
