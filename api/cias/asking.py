"""Orders, cancellations, absences and deliveries: judged by `meals`, kept once by their own number,
answered in French.

Requests about one person wait for each other, so that two people on two telephones get two honest answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Json
from pydantic import TypeAdapter

from api.cias.files import SQL, people_of
from api.cias.outcomes import said_at_doors
from api.french import PARIS
from meals.document import parse
from meals.kitchen import deliveries
from meals.model import STRICT, Accepted, Book, Course, Declined, Dish, Event, Menu, Order, Service, Settled
from meals.prices import Grid
from meals.rules import read_book, read_grid
from meals.settle import answer, settle

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_COURSES = TypeAdapter(tuple[Course, ...])
LOOK_BACK_DAYS, LOOK_AHEAD_DAYS = 7, 400
CARRIED_AHEAD_DAYS = 6
"""A delivery brings meals of so many days after it at most."""


class Unknown(Exception):
    """No such person; the message is a French sentence."""


def ask(
    connection: Connection[DictRow],
    key: bytes,
    event: Event,
    asked_by: int | None,
    relative: int | None = None,
) -> Accepted | Declined:
    """Judge one request and keep it with its answer. The same number again gets the first answer.

    `asked_by` is an account of staff, `relative` an access of the family.
    """
    if connection.execute(SQL["hold_person"], {"id": int(event.person)}).fetchone() is None:
        raise Unknown("Cette personne n'a pas de dossier.")
    known = connection.execute(SQL["known_request"], {"id": UUID(event.id)}).fetchone()
    if known is not None:
        return _again(event, known)
    rows = connection.execute(SQL["one_person"], {"id": int(event.person)}).fetchall()
    around = event.at.date()
    before = granted(connection, [int(event.person)])
    first, last = around - timedelta(LOOK_BACK_DAYS), around + timedelta(LOOK_AHEAD_DAYS)
    given = answer(service_of(connection, key, rows, first, last, before), before, event)
    connection.execute(
        SQL["add_request"],
        {
            "id": UUID(event.id),
            "at": event.at,
            "person": int(event.person),
            "document": Json(EVENT.dump_python(event, mode="json")),
            "asked_by": asked_by,
            "relative": relative,
            "rule": given.rule if isinstance(given, Declined) else None,
            "answer": given.text,
        },
    )
    if isinstance(given, Accepted):
        _tell_rounds(connection, key, rows, event)
    return given


def _tell_rounds(connection: Connection[DictRow], key: bytes, rows: Sequence[DictRow], event: Event) -> None:
    """A round that is planned or published brings what is ordered now: trays are counted again, and who takes
    nothing any more has no door. What the driver spoke of stands."""
    wanted = {"person": int(event.person), "from": event.at.astimezone(PARIS).date()}
    for door in connection.execute(SQL["doors_ahead"], wanted).fetchall():
        last = door["day"] + timedelta(CARRIED_AHEAD_DAYS)
        meals = settled(connection, key, rows, door["day"], last)[1].meals
        held = [one.meals for one in deliveries(meals) if one.day == door["day"]]
        if not held:
            connection.execute(SQL["drop_door_ahead"], {"id": door["id"]})
        elif list(held[0]) != door["meals"]:
            connection.execute(SQL["change_door_ahead"], {"id": door["id"], "meals": list(held[0])})


def service_of(
    connection: Connection[DictRow],
    key: bytes,
    rows: Sequence[DictRow],
    first: date,
    last: date,
    events: Sequence[Event] = (),
) -> Service:
    """What requests of these people are judged by: rules, dishes, the menus of these days, their files.

    Also the menus that these events ordered, whatever their day: an order without its menu would be judged
    as one that never held, and what was asked after it would be judged otherwise too.
    """
    ordered = sorted({one.day for one in events if isinstance(one, Order)})
    return Service(
        books=books(connection),
        dishes=tuple(
            Dish(
                id=row["code"],
                name=row["name"],
                diets=tuple(row["diets"]),
                textures=tuple(row["textures"]),
                allergens=None if row["allergens"] is None else tuple(row["allergens"]),
            )
            for row in connection.execute(SQL["dishes"]).fetchall()
        ),
        menus=tuple(
            Menu(
                day=row["day"],
                moment=row["moment"],
                choice=row["choice"],
                courses=_COURSES.validate_python(row["courses"]),
            )
            for row in connection.execute(
                SQL["menus"], {"first": first, "last": last, "ordered": ordered}
            ).fetchall()
        ),
        people=people_of(connection, key, rows),
    )


def settled(
    connection: Connection[DictRow], key: bytes, rows: Sequence[DictRow], first: date, last: date
) -> tuple[Service, Settled]:
    """Every meal of these people and days. Granted requests that no longer hold are among the answers,
    declined."""
    events = granted(connection, [row["id"] for row in rows])
    service = service_of(connection, key, rows, first, last, events)
    return service, settle(service, events, first, last)


def granted(connection: Connection[DictRow], ids: Sequence[int]) -> list[Event]:
    """The requests of these people that were granted, oldest first; then what drivers said at their
    doors."""
    rows = connection.execute(SQL["requests"], {"ids": list(ids)}).fetchall()
    return [*(EVENT.validate_python(row["document"]) for row in rows), *said_at_doors(connection, ids)]


def books(connection: Connection[DictRow]) -> tuple[Book, ...]:
    """The rules that were voted, oldest first."""
    found = [read_book(row["document"]) for row in connection.execute(SQL["books"]).fetchall()]
    return tuple(one for one in found if isinstance(one, Book))


def load_book(connection: Connection[DictRow], text: str) -> Book | tuple[str, ...]:
    """Put rules in force from their own day; with a fault nothing changes."""
    book = read_book(text)
    if isinstance(book, Book):
        connection.execute(SQL["add_book"], {"valid_from": book.valid_from, "document": text})
    return book


def load_grid(connection: Connection[DictRow], text: str) -> Grid | tuple[str, ...]:
    """Put prices in force from their own day; with a fault nothing changes."""
    grid = read_grid(text)
    if isinstance(grid, Grid):
        connection.execute(SQL["add_grid"], {"valid_from": grid.valid_from, "document": text})
    return grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the kitchen offers: dishes, and menus made of them."""

    __pydantic_config__ = STRICT

    dishes: tuple[Dish, ...] = ()
    menus: tuple[Menu, ...] = ()


_CARD = TypeAdapter(Card)


def load_card(connection: Connection[DictRow], text: str | bytes) -> Card | tuple[str, ...]:
    """Dishes and menus as `meals` writes them, each over the one of the same name or day; or every fault."""
    card = parse(_CARD, text)
    if not isinstance(card, Card):
        return card
    known = {one.id for one in card.dishes}
    known |= {row["code"] for row in connection.execute(SQL["dishes"]).fetchall()}
    named = {dish for menu in card.menus for course in menu.courses for dish in course.dishes}
    if named - known:
        return tuple(f"menus: dish {one!r} is not described" for one in sorted(named - known))
    store_card(connection, card)
    return card


def store_card(connection: Connection[DictRow], card: Card) -> None:
    """Write dishes and menus that were read and found right."""
    for dish in card.dishes:
        wanted: dict[str, Any] = {
            "code": dish.id,
            "name": dish.name,
            "diets": list(dish.diets),
            "textures": list(dish.textures),
        }
        wanted["allergens"] = None if dish.allergens is None else list(dish.allergens)
        connection.execute(SQL["save_dish"], wanted)
    for menu in card.menus:
        courses = Json(_COURSES.dump_python(menu.courses, mode="json"))
        wanted = {"day": menu.day, "moment": menu.moment, "choice": menu.choice, "courses": courses}
        connection.execute(SQL["save_menu"], wanted)


def _again(event: Event, known: DictRow) -> Accepted | Declined:
    if known["beneficiary_id"] != int(event.person):
        return Declined(
            event=event.id, rule="known", text="Ce numéro de demande est celui d'une autre demande."
        )
    if known["rule"] is None:
        return Accepted(event=event.id, text=known["answer"])
    return Declined(event=event.id, rule=known["rule"], text=known["answer"])
