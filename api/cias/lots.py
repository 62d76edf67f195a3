"""Traceability: which lots a day's dish was made of, who got one, and which ones somebody got.

A tray is what `meals` settles for it: dish, day it was made, the person's texture. A meal that came back
(nobody there, refused, kept back) is shown with its fate, for it left the kitchen all the same.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel, Field, StringConstraints

from api.auth import Account, record
from api.cias.asking import settled
from api.cias.files import SQL as FILES
from api.cias.files import note_reading
from meals.model import Handed, Meal, Moment, Service, Settled, Texture
from store.queries import named_queries

SQL = named_queries("api.cias", "lots.sql")
LONGEST_SHELF_DAYS = 10
"""A tray is eaten so many days after it was made at most, whatever the book: how far meals are looked for."""
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class LotWish(BaseModel):
    """A lot that went into a dish of a day; `texture` empty when it went into all of them."""

    made: date
    dish: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,60}$")]
    texture: Texture | Literal[""] = ""
    lot: Word
    supplier: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""


class Lot(LotWish):
    """A lot as it is kept."""

    id: int
    dish_name: str


class Got(BaseModel):
    """Somebody who got a tray with the lot in it, and what became of the tray."""

    person: int
    name: str
    phone: str
    address: str
    day: date
    moment: Moment
    delivery: date | None
    handed: Handed | None


class LotOfPerson(BaseModel):
    """A dish somebody got, and the lots it was made of."""

    day: date
    moment: Moment
    dish_name: str
    made: date
    handed: Handed | None
    lots: list[Lot]


def add_lot(connection: Connection[DictRow], account: Account, wish: LotWish, now: datetime) -> int | None:
    """Keep it; the same again is the one there is (None). Raises `LookupError` for an unknown dish."""
    if connection.execute(SQL["dish_known"], {"dish": wish.dish}).fetchone() is None:
        raise LookupError("Ce plat n'est pas sur la carte.")
    values = {**wish.model_dump(), "now": now, "account": account.id}
    row = connection.execute(SQL["add_lot"], values).fetchone()
    if row is None:
        return None
    record(connection, account, "add_lot", f"meal_lot/{row['id']}")
    return int(row["id"])


def lots_between(connection: Connection[DictRow], first: date, last: date, lot: str = "") -> list[Lot]:
    """Lots of dishes made on these days, the newest first; `lot`: whose number begins so."""
    wanted = {"first": first, "last": last, "lot": lot.strip().replace("%", "").replace("_", "\\_")}
    return [Lot(**row) for row in connection.execute(SQL["lots"], wanted).fetchall()]


def lot_of(connection: Connection[DictRow], number: int) -> Lot | None:
    """One lot, or None."""
    row = connection.execute(SQL["lot"], {"id": number}).fetchone()
    return Lot(**row) if row else None


def who_got(
    connection: Connection[DictRow], key: bytes, account: Account, lot: Lot, now: datetime
) -> list[Got]:
    """Everybody whose tray had this dish of that day in that texture. Reading their files is logged."""
    first, last = lot.made, lot.made + timedelta(days=LONGEST_SHELF_DAYS)
    rows = connection.execute(FILES["people_served"], {"first": first, "last": last}).fetchall()
    service, found = settled(connection, key, rows, first, last)
    textures = _textures(service)
    got = [
        one
        for one in found.meals
        if _made_of(one, lot.dish, lot.made) and lot.texture in ("", textures[one.person])
    ]
    names = {str(row["id"]): row for row in rows}
    note_reading(connection, account, sorted({int(one.person) for one in got}), "kitchen", now)
    record(connection, account, "trace_lot", f"meal_lot/{lot.id}", people=len({one.person for one in got}))
    return sorted((_got(one, names[one.person]) for one in got), key=lambda one: (one.name, one.day))


def lots_of_person(
    connection: Connection[DictRow],
    key: bytes,
    account: Account,
    person: int,
    first: date,
    last: date,
    now: datetime,
) -> list[LotOfPerson]:
    """What this person got from `first` to `last`, dish by dish. The reading of their file is logged."""
    rows = connection.execute(FILES["one_person"], {"id": person}).fetchall()
    if not rows:
        raise LookupError("Cette personne n'a pas de dossier.")
    service, found = settled(connection, key, rows, first, last)
    note_reading(connection, account, [person], "kitchen", now)
    record(connection, account, "trace_person", f"beneficiary/{person}")
    texture = _textures(service)[str(person)]
    known = lots_between(connection, first - timedelta(days=LONGEST_SHELF_DAYS), last)
    names = {row["code"]: row["name"] for row in connection.execute(SQL["dish_names"]).fetchall()}
    return [
        LotOfPerson(
            day=meal.day,
            moment=meal.moment,
            dish_name=names.get(part.dish, part.dish),
            made=meal.made,
            handed=meal.handed,
            lots=[
                one
                for one in known
                if (one.made, one.dish) == (meal.made, part.dish) and one.texture in ("", texture)
            ],
        )
        for meal in _travelled(found)
        if meal.made is not None
        for part in meal.tray
    ]


def _travelled(found: Settled) -> list[Meal]:
    return [one for one in found.meals if one.status == "ordered"]


def _textures(service: Service) -> dict[str, str]:
    return {one.id: one.texture for one in service.people}


def _made_of(meal: Meal, dish: str, made: date) -> bool:
    return meal.status == "ordered" and meal.made == made and any(one.dish == dish for one in meal.tray)


def _got(meal: Meal, row: DictRow) -> Got:
    return Got(
        person=row["id"],
        name=row["name"],
        phone=row["phone"],
        address=row["address"],
        day=meal.day,
        moment=meal.moment,
        delivery=meal.delivery,
        handed=meal.handed,
    )
