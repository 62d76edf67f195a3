"""A file typed by the office: one form makes or changes it, and keeps what was typed when it is wrong."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.auth import Account, record
from api.cias.desk import Key, Office
from api.cias.files import SQL, FileDraft, access_note_of, health_of, note_reading, save_file
from api.cias.imports import sentences
from api.cias.statistics import SQL as COMMUNES
from api.database import Database
from api.french import PARIS
from api.pages import page
from meals.french import ALLERGENS, DAYS, DIETS, TEXTURES

routes = APIRouter(tags=["meals"], include_in_schema=False)

TEXTS = (
    "reference", "name", "address", "insee", "phone", "lat", "lon", "since", "until", "end", "window_from",
    "window_until", "access_note", "habit_from", "choice", "quotient_from", "quotient",
)  # fmt: skip
LISTS = ("lunch", "dinner")
HEALTH_LISTS = ("diets", "allergens")
HEALTH_TEXTS = ("texture", "note")
ENDS = {"death": "décès", "moved": "déménagement", "ended": "fin du service"}


async def _typed(request: Request) -> FormData:
    return await request.form()


Typed = Annotated[FormData, Depends(_typed)]


@routes.get("/portage/dossiers/nouveau", response_class=HTMLResponse)
def new_file(request: Request, connection: Database, account: Office) -> HTMLResponse:
    """An empty form."""
    today = request.app.state.clock.now().astimezone(PARIS).date()
    return _form(request, connection, account, None, {"since": today, "choice": "A", "texture": "whole"})


@routes.get("/portage/dossiers/{person}/modifier", response_class=HTMLResponse)
def change_file(
    request: Request, connection: Database, account: Office, key: Key, person: int
) -> HTMLResponse:
    """The form with what is known. The reading is logged."""
    row = _row(connection, person)
    note_reading(connection, account, [person], "file", request.app.state.clock.now())
    health = health_of(key, row)
    known: dict[str, Any] = {name: row.get(name) for name in TEXTS} | {
        "end": row["end_reason"],
        "second": row["second"],
        "access_note": access_note_of(key, row),
        **health.model_dump(),
    }
    for name in ("window_from", "window_until"):
        known[name] = f"{row[name]:%H:%M}" if row[name] is not None else None
    habit = _habit(connection, person)
    known |= {"lunch": habit["lunch"], "dinner": habit["dinner"], "choice": habit["choice"]}
    return _form(request, connection, account, person, known)


@routes.post("/portage/dossiers/nouveau")
def make(request: Request, connection: Database, account: Office, key: Key, typed: Typed) -> Response:
    """Write a new file; a reference that exists already is somebody else's."""
    draft = _draft(typed, None)
    if isinstance(draft, tuple):
        return _form(request, connection, account, None, _said(typed), draft)
    if connection.execute(SQL["known_reference"], {"reference": draft.reference}).fetchone() is not None:
        problem = "Cette référence est celle d'un dossier qui existe déjà : rien n'est changé."
        return _form(request, connection, account, None, _said(typed), (problem,), status=409)
    return _saved(connection, account, key, draft)


@routes.post("/portage/dossiers/{person}/modifier")
def change(
    request: Request, connection: Database, account: Office, key: Key, person: int, typed: Typed
) -> Response:
    """Write over a file; habits and income that were not touched stay as they are."""
    row = _row(connection, person)
    draft = _draft(typed, _habit(connection, person), reference=row["reference"])
    if isinstance(draft, tuple):
        return _form(request, connection, account, person, _said(typed), draft)
    return _saved(connection, account, key, draft)


def _saved(connection: Connection[DictRow], account: Account, key: bytes, draft: FileDraft) -> Response:
    number = save_file(connection, key, draft)
    record(connection, account, "meals.file", str(number))
    return RedirectResponse(f"/portage/dossiers/{number}", 303)


def _draft(
    typed: FormData, habit: Mapping[str, Any] | None, reference: str = ""
) -> FileDraft | tuple[str, ...]:
    """What was typed as a draft, or every French sentence that says what is wrong."""
    said = _said(typed)
    given: dict[str, Any] = {name: said[name] for name in TEXTS if said[name]}
    given |= {name: [int(one) for one in said[name] if one.isdigit()] for name in LISTS}
    given["second"] = bool(said["second"])
    health = {name: said[name] for name in HEALTH_LISTS} | {n: said[n] for n in HEALTH_TEXTS if said[n]}
    if reference:
        given["reference"] = reference
    if habit is not None:
        same = all(list(given[name]) == list(habit[name]) for name in LISTS)
        if same and given.get("choice", "A") == habit["choice"]:
            # Nothing new: writing it from another day on would say that it changed then.
            given |= {"lunch": (), "dinner": ()}
            given.pop("habit_from", None)
        elif "habit_from" not in given:
            return ("habit_from : dites à partir de quel jour ces repas changent.",)
        if "quotient" in given and "quotient_from" not in given:
            return ("quotient_from : dites à partir de quel jour ce revenu compte.",)
    try:
        return FileDraft.model_validate(given | {"health": health})
    except ValidationError as error:
        return tuple(dict.fromkeys(sentences(error)))


def _said(typed: FormData) -> dict[str, Any]:
    found: dict[str, Any] = {name: str(typed.get(name) or "").strip() for name in (*TEXTS, *HEALTH_TEXTS)}
    found |= {name: [str(one) for one in typed.getlist(name)] for name in (*LISTS, *HEALTH_LISTS)}
    found["second"] = typed.get("second") == "oui"
    return found


def _form(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    person: int | None,
    known: Mapping[str, Any],
    problems: tuple[str, ...] = (),
    status: int = 200,
) -> HTMLResponse:
    today = request.app.state.clock.now().astimezone(PARIS).date()
    values = {name: _text(known.get(name)) for name in (*TEXTS, *HEALTH_TEXTS)}
    lists = {name: [str(one) for one in known.get(name) or ()] for name in (*LISTS, *HEALTH_LISTS)}
    monday = today + timedelta(days=7 - today.weekday())
    return page(
        request,
        "cias/file_form.html",
        account,
        status=422 if problems and status == 200 else status,
        person=person,
        v=values,
        chosen=lists,
        second=bool(known.get("second")),
        monday=monday,
        today=today,
        problems=problems,
        communes=connection.execute(COMMUNES["commune_names"]).fetchall(),
        weekdays=list(enumerate(DAYS, 1)),
        diets=DIETS,
        textures=TEXTURES,
        allergens=ALLERGENS,
        ends=ENDS,
    )


def _text(value: Any) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _row(connection: Connection[DictRow], person: int) -> DictRow:
    row = connection.execute(SQL["one_person"], {"id": person}).fetchone()
    if row is None:
        raise HTTPException(404, "Cette personne n'a pas de dossier.")
    return row


def _habit(connection: Connection[DictRow], person: int) -> dict[str, Any]:
    rows = connection.execute(SQL["habits"], {"ids": [person]}).fetchall()
    return rows[-1] if rows else {"lunch": [], "dinner": [], "choice": "A"}
