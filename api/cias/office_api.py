"""The office over HTTP, for other software: the same rights, the same judgement, the same log of readings."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from psycopg.rows import DictRow

from api.auth import record
from api.cias.asking import Card, Unknown, ask, settled, store_card
from api.cias.bill_desk import Payer
from api.cias.bills import bills_of
from api.cias.count_desk import span
from api.cias.desk import Key, Office
from api.cias.documents import (
    Answered,
    Asked,
    BillDocument,
    CardDocument,
    DayDocument,
    DishDocument,
    DoorDocument,
    FileDocument,
    FileInList,
    FileSaved,
    HabitDocument,
    LineDocument,
    MealDocument,
    MenuDocument,
    StatisticsDocument,
    SupportDocument,
)
from api.cias.files import SQL, FileDraft, access_note_of, health_of, note_reading, save_file, supports_of
from api.cias.menus_desk import dishes, published
from api.cias.statistics import statistics
from api.database import Database
from meals.kitchen import deliveries
from meals.model import Absence, Cancel, Course, Event, Meal, Menu, Order

routes = APIRouter(prefix="/api/v1/meals", tags=["meals"])

NOBODY = "Cette personne n'a pas de dossier."
LONGEST_DAYS = 92


@routes.get("/files", summary="Everybody's file, nothing sealed")
def list_files(connection: Database, account: Office) -> list[FileInList]:
    """Those who are served and those who left; erased people are not there."""
    return [_listed(row) for row in connection.execute(SQL["files"]).fetchall()]


@routes.get("/files/{person}", summary="One file, health opened")
def read_file(request: Request, connection: Database, account: Office, key: Key, person: int) -> FileDocument:
    """The whole file. The reading is logged."""
    row = connection.execute(SQL["one_person"], {"id": person}).fetchone()
    if row is None:
        raise HTTPException(404, NOBODY)
    note_reading(connection, account, [person], "file", request.app.state.clock.now())
    listed = next(one for one in connection.execute(SQL["files"]).fetchall() if one["id"] == person)
    kept = ("address", "phone", "lat", "lon", "second", "window_from", "window_until")
    habits = connection.execute(SQL["habits"], {"ids": [person]}).fetchall()
    supports = supports_of(connection, [person]).get(person, ())
    return FileDocument(
        **_listed(listed).model_dump(),
        **{name: row[name] for name in kept},
        health=health_of(key, row),
        access_note=access_note_of(key, row),
        habits=tuple(
            HabitDocument(**{name: value for name, value in one.items() if name != "beneficiary_id"})
            for one in habits
        ),
        supports=tuple(
            SupportDocument(**{name: getattr(one, name) for name in SupportDocument.model_fields})
            for one in supports
        ),
    )


@routes.put("/files/{reference}", summary="Create a file, or write over the one of this reference")
def write_file(
    connection: Database, account: Office, key: Key, reference: str, draft: FileDraft
) -> FileSaved:
    """Health is sealed before it reaches the database."""
    if draft.reference != reference:
        raise HTTPException(422, "La référence de l'adresse et celle du dossier ne sont pas les mêmes.")
    number = save_file(connection, key, draft)
    record(connection, account, "meals.file", str(number))
    return FileSaved(id=number)


@routes.post("/files/{person}/requests", summary="Ask for something, once by its own number")
def request_meal(
    request: Request,
    response: Response,
    connection: Database,
    account: Office,
    key: Key,
    person: int,
    asked: Asked,
) -> Answered:
    """The answer is a value: 200 when granted, 409 with its rule and sentence when not."""
    event = _event(asked, person, request.app.state.clock.now())
    try:
        given = ask(connection, key, event, account.id)
    except Unknown as why:
        raise HTTPException(404, str(why)) from why
    record(connection, account, f"meals.{event.kind}", str(person), request=str(asked.id))
    rule = getattr(given, "rule", None)
    response.status_code = 200 if rule is None else 409
    return Answered(granted=rule is None, rule=rule, text=given.text)


@routes.get("/files/{person}/meals", summary="One person's meals between two days")
def meals_of(
    request: Request,
    connection: Database,
    account: Office,
    key: Key,
    person: int,
    de: Annotated[date, Query()],
    a: Annotated[date, Query()],
) -> list[MealDocument]:
    """Each meal with how it travels, whether it is due, and why not. The reading is logged."""
    if not 0 <= (a - de).days <= LONGEST_DAYS:
        raise HTTPException(422, f"La période va d'un jour à un autre, {LONGEST_DAYS} jours au plus.")
    rows = connection.execute(SQL["one_person"], {"id": person}).fetchall()
    if not rows:
        raise HTTPException(404, NOBODY)
    note_reading(connection, account, [person], "file", request.app.state.clock.now())
    service, found = settled(connection, key, rows, de, a)
    names = {one.id: one.name for one in service.dishes}
    return [_meal(one, names) for one in found.meals]


@routes.get("/files/{person}/bills", summary="One person's issued bills")
def bills_of_file(connection: Database, account: Payer, person: int) -> list[BillDocument]:
    """The newest first, with their lines; nothing of health."""
    if connection.execute(SQL["one_person"], {"id": person}).fetchone() is None:
        raise HTTPException(404, NOBODY)
    return [
        BillDocument(
            **{name: getattr(one, name) for name in BillDocument.model_fields if name != "lines"},
            lines=tuple(
                LineDocument(**{name: getattr(line, name) for name in LineDocument.model_fields})
                for line in one.lines
            ),
        )
        for one in bills_of(connection, person)
    ]


@routes.get("/menus", summary="Menus of some days, and every dish")
def read_menus(
    connection: Database, account: Office, de: Annotated[date, Query()], a: Annotated[date, Query()]
) -> CardDocument:
    """What is published."""
    return CardDocument(
        menus=tuple(
            MenuDocument.model_validate(
                {
                    "day": one.menu.day,
                    "moment": one.menu.moment,
                    "choice": one.menu.choice,
                    "courses": [{"name": part.name, "dishes": part.dishes} for part in one.menu.courses],
                }
            )
            for one in published(connection, de, a)
        ),
        dishes=tuple(
            DishDocument(
                code=one.id, name=one.name, diets=one.diets, textures=one.textures, allergens=one.allergens
            )
            for one in dishes(connection)
        ),
    )


@routes.put("/menus", summary="Publish a menu, over the one of its day, meal and choice")
def write_menu(connection: Database, account: Office, menu: MenuDocument) -> MenuDocument:
    """Every dish must be described; else nothing changes."""
    known = {one.id for one in dishes(connection)}
    unknown = sorted({dish for course in menu.courses for dish in course.dishes} - known)
    if unknown:
        raise HTTPException(409, f"« {unknown[0]} » n'est pas un plat de la carte.")
    courses = tuple(Course(name=one.name, dishes=one.dishes) for one in menu.courses)
    made = Menu(day=menu.day, moment=menu.moment, choice=menu.choice, courses=courses)
    store_card(connection, Card(menus=(made,)))
    record(connection, account, "meals.menu", f"{menu.day} {menu.moment} {menu.choice}")
    return menu


@routes.get("/days/{day}", summary="What is carried on one day")
def read_day(request: Request, connection: Database, account: Office, key: Key, day: date) -> DayDocument:
    """Each door with its trays. The readings are logged."""
    rows = connection.execute(SQL["people_served"], {"first": day, "last": day}).fetchall()
    note_reading(connection, account, [row["id"] for row in rows], "kitchen", request.app.state.clock.now())
    service, found = settled(connection, key, rows, day, day + timedelta(days=6))
    names = {one.id: one.name for one in service.dishes}
    who = {str(row["id"]): row for row in rows}
    meals = {one.id: one for one in found.meals if one.delivery == day}
    return DayDocument(
        day=day,
        doors=tuple(
            DoorDocument(
                person=int(stop.person),
                name=who[stop.person]["name"],
                address=who[stop.person]["address"],
                trays=stop.trays,
                meals=tuple(_meal(meals[one], names) for one in stop.meals),
            )
            for stop in deliveries(list(meals.values()))
        ),
    )


@routes.get("/statistics", summary="Counts between two days")
def read_statistics(
    request: Request,
    connection: Database,
    account: Office,
    key: Key,
    de: Annotated[date | None, Query()] = None,
    a: Annotated[date | None, Query()] = None,
) -> StatisticsDocument:
    """As the page counts them; small counts are the caller's to keep."""
    first, last = span(request, de, a)
    found, opened = statistics(connection, key, first, last)
    note_reading(connection, account, opened, "kitchen", request.app.state.clock.now())
    given = {name: getattr(found, name, None) for name in StatisticsDocument.model_fields}
    cold = {"excursions": found.chills["excursions"], "temperatures": found.chills["taken"]}
    return StatisticsDocument.model_validate(given | cold)


def _event(asked: Asked, person: int, now: Any) -> Event:
    common: dict[str, Any] = {"id": str(asked.id), "at": now, "person": str(person)}
    match asked.kind:
        case "order":
            return Order(**common, day=asked.day, moment=asked.moment, choice=asked.choice)
        case "cancel":
            return Cancel(**common, day=asked.day, moment=asked.moment, reason=asked.reason)
        case _:
            return Absence(**common, first=asked.day, last=asked.last or asked.day, reason=asked.reason)


def _listed(row: DictRow) -> FileInList:
    return FileInList(
        **{name: row[name] for name in FileInList.model_fields if name != "end"}, end=row["end_reason"]
    )


def _meal(meal: Meal, names: dict[str, str]) -> MealDocument:
    return MealDocument(
        person=int(meal.person),
        dishes=tuple(names[part.dish] for part in meal.tray),
        **{
            name: getattr(meal, name)
            for name in MealDocument.model_fields
            if name not in ("person", "dishes")
        },
    )
