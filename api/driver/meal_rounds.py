"""The round of meals as its driver needs it: doors, keys, trays. Whose file was opened is logged.

A phone asks often: it says which version it holds, and while that one stands no file is opened again. Of
those it opens the log keeps one line a day for each person, not one for each tap on the way.
"""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal

from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account
from api.cias.asking import books
from api.cias.files import access_note_of, health_of, note_reading_of_the_day
from api.cias.sealed import unseal
from api.driver.meal_documents import Departure, MealDoor, MealRound, Tray
from meals.calendar import book_at
from meals.french import DIETS, TEXTURES
from store.queries import named_queries

SQL = named_queries("api.driver", "meals.sql")
COLD_C = Decimal("3.0")
"""Liaison froide where no rule is loaded (arrêté of 21 December 2009, annex I)."""
WELLBEING = "wellbeing"
"""The sealed column of `meals.door_event`, as `api.cias.sealed` binds it."""


def limit_on(connection: Connection[DictRow], day: date) -> Decimal:
    """°C above which trays of this day are kept back: the rule in force, +3 °C where none is."""
    book = book_at(books(connection), day)
    return COLD_C if book is None else book.cold_c


def read_round(
    connection: Connection[DictRow], key: bytes, account: Account, row: DictRow, held: str, now: datetime
) -> MealRound | None:
    """The round of this row, unsealed and logged; None when the phone's version still stands."""
    doors = connection.execute(SQL["meal_doors"], {"round_id": row["id"]}).fetchall()
    departure = departure_of(connection, row["id"], now)
    limit = limit_on(connection, row["day"])
    version = _version([row, *doors, departure.model_dump(mode="json"), limit])
    if version == held:
        return None
    ids = [one["beneficiary_id"] for one in doors]
    note_reading_of_the_day(connection, account, ids, "round", now)
    return MealRound(
        id=row["id"],
        version=version,
        day=row["day"],
        status=row["status"],
        van=row["van"],
        shift=row["shift"],
        distance_m=row["distance_m"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        limit_c=float(limit),
        departure=departure,
        doors=[_door(key, one) for one in doors],
    )


def departure_of(connection: Connection[DictRow], round_id: int, at: datetime) -> Departure:
    """What was last measured on leaving, up to this instant."""
    wanted = {"round_id": round_id, "at": at}
    row = connection.execute(SQL["departure_measured"], wanted).fetchone()
    if row is None:
        return Departure(state="to_measure", celsius=None, at=None)
    state = "warm" if row["celsius"] > row["limit_c"] else "cold"
    return Departure(state=state, celsius=float(row["celsius"]), at=row["happened_at"])  # type: ignore[arg-type]


def _door(key: bytes, row: DictRow) -> MealDoor:
    file = {**row, "id": row["beneficiary_id"]}
    health = health_of(key, file)
    texture = () if health.texture == "whole" else (TEXTURES[health.texture],)
    label = ", ".join((*texture, *(DIETS[one] for one in health.diets)))
    wellbeing, words = "", ""
    if row["wellbeing"] is not None:
        said = json.loads(unseal(key, str(row["beneficiary_id"]), WELLBEING, row["wellbeing"]))
        wellbeing, words = said["state"], said["note"]
    return MealDoor.model_validate(
        {
            **{name: row[name] for name in MealDoor.model_fields if name in row},
            "access_note": access_note_of(key, file),
            "trays": [_tray(meal, label) for meal in row["meals"]],
            "celsius": None if row["celsius"] is None else float(row["celsius"]),
            "wellbeing": wellbeing or None,
            "note": row["note"] or words,
        }
    )


def _tray(meal: str, label: str) -> Tray:
    """A meal's number is `person:day:moment`."""
    _, day, moment = meal.split(":")
    return Tray.model_validate({"day": day, "moment": moment, "label": label})


def _version(content: object) -> str:
    text = json.dumps(content, default=lambda one: one.hex() if isinstance(one, bytes) else str(one))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
