"""The office's pages: a day's kitchen and doors, files, a person's weeks, telephone orders, labels to
print."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record, require
from api.cias.asking import Unknown, ask, books, settled
from api.cias.bill_pdf import euros
from api.cias.bill_runs import month_text
from api.cias.bills import bills_of, years_of
from api.cias.concerns import SQL as CONCERNS
from api.cias.files import SQL, Health, access_note_of, health_of, note_reading, supports_of
from api.cias.labels_pdf import FORMATS
from api.database import Database
from api.family.relatives import relatives_of
from api.french import PARIS
from api.pages import page
from meals.calendar import book_at, trip, week_of
from meals.french import ALLERGENS, DIETS, MOMENTS, REASONS, TEXTURES
from meals.kitchen import contains_text, deliveries, labels, production
from meals.model import (
    Absence,
    Accepted,
    Cancel,
    Declined,
    Event,
    Meal,
    Moment,
    Order,
    Reason,
    Service,
    Settled,
)
from meals.settle import below_minimum

routes = APIRouter(tags=["meals"], include_in_schema=False)

Office = Annotated[Account, Depends(require("cias"))]
WEEKS_SHOWN = 4
CARRIED_AHEAD_DAYS = 6
STATES = {
    "ordered": ("commandé", "ok"),
    "pending": ("menu à venir", "info"),
    "cancelled": ("annulé", "info"),
    "late": ("annulé, dû", "plan"),
    "undeliverable": ("impossible", "urgent"),
}
HANDED = {
    "delivered": "livré",
    "neighbour": "chez un voisin",
    "absent": "absent",
    "refused": "refusé",
    "blocked": "retenu",
}


def health_key(request: Request) -> bytes:
    """The key of the sealed columns; 503 with a sentence when the installation has none."""
    key: bytes | None = request.app.state.settings.meals_health_key
    if key is None:
        raise HTTPException(503, "Le portage de repas n'est pas réglé : GLANEUR_HEALTH_KEY manque.")
    return key


Key = Annotated[bytes, Depends(health_key)]


@routes.get("/portage", response_class=HTMLResponse)
def day_page(
    request: Request,
    connection: Database,
    account: Office,
    key: Key,
    jour: Annotated[date | None, Query()] = None,
) -> HTMLResponse:
    """What is carried on one day: doors, what was cooked for it, and what needs the office's eye."""
    now = request.app.state.clock.now()
    chosen = jour or now.astimezone(PARIS).date()
    rows, service, found = _carried(connection, key, chosen)
    note_reading(connection, account, [row["id"] for row in rows], "kitchen", now)
    carried = [one for one in found.meals if one.delivery == chosen and one.status == "ordered"]
    made = sorted({one.made for one in carried if one.made is not None})
    names = {str(row["id"]): row for row in rows}
    return page(
        request,
        "cias/day.html",
        account,
        chosen=chosen,
        before=chosen - timedelta(days=1),
        after=chosen + timedelta(days=1),
        doors=[(one, names[one.person]) for one in deliveries(carried)],
        trays=len(carried),
        kitchens=[production(service, carried, one, now) for one in made],
        dishes={one.id: one.name for one in service.dishes},
        unwell=[
            (one, names[one.person])
            for one in found.meals
            if one.status == "undeliverable" and one.day >= chosen
        ],
        overturned=[one for one in found.answers if isinstance(one, Declined)],
        short=[(names[who], count) for who, count in _short(service, found, chosen)],
        rules=books(connection),
        concerns=connection.execute(CONCERNS["open_counts"]).fetchone(),
        moments=MOMENTS,
        textures=TEXTURES,
        diets=DIETS,
    )


@routes.get("/portage/etiquettes", response_class=HTMLResponse)
def labels_page(
    request: Request, connection: Database, account: Office, key: Key, jour: date
) -> HTMLResponse:
    """The labels of one day's trays, to be printed and stuck."""
    rows, service, found = _carried(connection, key, jour)
    note_reading(connection, account, [row["id"] for row in rows], "kitchen", request.app.state.clock.now())
    names = {str(row["id"]): row["name"] for row in rows}
    made = labels(service, [one for one in found.meals if one.delivery == jour])
    shown = sorted(((names[one.person], one, contains_text(one)) for one in made), key=lambda one: one[0])
    return page(
        request, "cias/labels.html", account, chosen=jour, labels=shown, moments=MOMENTS, formats=FORMATS
    )


@routes.get("/portage/dossiers", response_class=HTMLResponse)
def files_page(
    request: Request, connection: Database, account: Office, q: Annotated[str, Query(max_length=64)] = ""
) -> HTMLResponse:
    """Everybody's file, nothing sealed; those who left at the end."""
    wanted = q.strip().casefold()
    files = [row for row in connection.execute(SQL["files"]).fetchall() if wanted in row["name"].casefold()]
    return page(request, "cias/files.html", account, files=files, q=q)


@routes.get("/portage/dossiers/{person}", response_class=HTMLResponse)
def file_page(request: Request, connection: Database, account: Office, key: Key, person: int) -> HTMLResponse:
    """One person: what they may eat, their next weeks, and the telephone's forms. The reading is logged."""
    return _file(request, connection, account, key, person, said=None)


@routes.post("/portage/dossiers/{person}/{what}")
def telephone(
    request: Request,
    connection: Database,
    account: Office,
    key: Key,
    person: int,
    what: str,
    demande: Annotated[UUID, Form()],
    jour: Annotated[date, Form()],
    repas: Annotated[Moment, Form()] = "lunch",
    choix: Annotated[str, Form(pattern=r"^[A-Z]$")] = "A",
    motif: Annotated[Reason, Form()] = "choice",
    retour: Annotated[date | None, Form()] = None,
) -> Response:
    """An order, a cancellation or an absence by telephone; the same form sent twice is one request."""
    now = request.app.state.clock.now()
    asked: dict[str, Any] = {"id": str(demande), "at": now, "person": str(person)}
    event: Event
    match what:
        case "commander":
            event = Order(**asked, day=jour, moment=repas, choice=choix)
        case "annuler":
            event = Cancel(**asked, day=jour, moment=repas, reason=motif)
        case "absence":
            event = Absence(**asked, first=jour, last=(retour or jour), reason=motif)
        case _:
            raise HTTPException(404, "Cette action n'existe pas.")
    try:
        given = ask(connection, key, event, account.id)
    except Unknown as why:
        raise HTTPException(404, str(why)) from why
    record(connection, account, f"meals.{event.kind}", str(person), request=str(demande))
    return _file(request, connection, account, key, person, said=given)


def _file(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    key: bytes,
    person: int,
    *,
    said: Accepted | Declined | None,
) -> HTMLResponse:
    now = request.app.state.clock.now()
    rows = connection.execute(SQL["one_person"], {"id": person}).fetchall()
    if not rows:
        raise HTTPException(404, "Cette personne n'a pas de dossier.")
    note_reading(connection, account, [person], "file", now)
    today = now.astimezone(PARIS).date()
    monday = today - timedelta(days=today.weekday())
    last = monday + timedelta(days=7 * WEEKS_SHOWN - 1)
    service, found = settled(connection, key, rows, monday, last)
    health: Health = health_of(key, rows[0])
    issued = bills_of(connection, person)
    return page(
        request,
        "cias/file.html",
        account,
        status=409 if isinstance(said, Declined) else 200,
        file=rows[0],
        health=health,
        access_note=access_note_of(key, rows[0]),
        weeks=_weeks(found, monday, last),
        limits=_limits(service.books, monday, last, now),
        menus=_menus_by_slot(service.menus),
        dishes={one.id: one.name for one in service.dishes},
        supports=supports_of(connection, [person]).get(person, ()),
        bills=issued,
        years=years_of(issued),
        euros=euros,
        month_text=month_text,
        said=said,
        fresh=uuid4,
        today=today,
        states=STATES,
        handed=HANDED,
        moments=MOMENTS,
        reasons=REASONS,
        textures=TEXTURES,
        relatives=relatives_of(connection, person),
        their_diets=", ".join(DIETS[one] for one in health.diets),
        their_allergens=", ".join(ALLERGENS[one] for one in health.allergens),
    )


def _carried(
    connection: Connection[DictRow], key: bytes, day: date
) -> tuple[list[DictRow], Service, Settled]:
    """Everybody a delivery of this day may reach; the meals of its whole week, and all that it may carry."""
    last = day + timedelta(days=CARRIED_AHEAD_DAYS)
    rows = connection.execute(SQL["people_served"], {"first": day, "last": day}).fetchall()
    first = week_of(day)[0]
    service, found = settled(connection, key, rows, first, max(last, week_of(day)[-1]))
    return rows, service, found


def _short(service: Service, found: Settled, day: date) -> list[tuple[str, int]]:
    """Who has some meals in this day's week, but fewer than the rules ask for."""
    week = week_of(day)
    meals = [one for one in found.meals if one.day in week]
    return [(who, count) for who, _, count in below_minimum(service, meals)]


def _weeks(found: Settled, first: date, last: date) -> list[tuple[date, list[tuple[date, list[Meal]]]]]:
    by_day: dict[date, list[Meal]] = defaultdict(list)
    for meal in found.meals:
        by_day[meal.day].append(meal)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        (days[n], [(day, by_day.get(day, [])) for day in days[n : n + 7]]) for n in range(0, len(days), 7)
    ]


def _limits(rules: tuple[Any, ...], first: date, last: date, now: datetime) -> dict[date, datetime]:
    """Until when each day's meal may still be ordered; days that are closed already are left out."""
    found = {}
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        book = book_at(rules, day)
        way = trip(book, day) if book is not None else None
        if way is not None and way.order_until >= now:
            found[day] = way.order_until
    return found


def _menus_by_slot(menus: tuple[Any, ...]) -> dict[date, list[Any]]:
    found: dict[date, list[Any]] = defaultdict(list)
    for menu in menus:
        found[menu.day].append(menu)
    return found
