"""A meals' office for tests: rules, prices, menus, two people, and who works there."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Json

from api.auth import Account, create_account
from api.cias.asking import load_book, load_card, load_grid
from api.cias.imports import import_people
from tests.api.little_territory import PASSWORD
from tests.meals.kit import BOOKS, DISHES, GRIDS, menus

KEY = "0f" * 32
SECRET = bytes.fromhex(KEY)
OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)
EARLY_NOVEMBER = datetime(2026, 11, 3, 9, tzinfo=UTC)
EARLY_DECEMBER = datetime(2026, 12, 3, 9, tzinfo=UTC)
PEOPLE = (
    "reference;name;since;address;insee;phone;diets;allergens;note;access_note;lunch;quotient;support_payer;"
    "support_per_meal;support_per_month\n"
    "r1;Madeleine Carpentier;2020-01-01;2 rue du Lavoir;62364;0321000000;no_pork;eggs;aime le calme;"
    "clé chez la voisine;1 2 3 4 5;9000;APA du Pas-de-Calais;2.00;30.00\n"
    "r2;Léon Delattre;2020-01-01;place de l'Église;62463;;;;;;1 2 4 5;;;;\n"
)

VAN = (
    "INSERT INTO meals.cold_room (code, name, lat, lon) VALUES ('c', 'Cuisine', 50.5, 2) "
    "ON CONFLICT DO NOTHING",
    "INSERT INTO meals.van (code, name, cold_room_id, trays) SELECT 'v', 'Van', id, 40 "
    "FROM meals.cold_room ON CONFLICT DO NOTHING",
    "INSERT INTO meals.shift (van_id, name, weekdays, starts, ends) "
    "SELECT id, 'matin', '{1,2,3,4,5}', '08:00', '13:00' FROM meals.van ON CONFLICT DO NOTHING",
)
DOOR = (
    "WITH p AS (INSERT INTO meals.planning (day, requested_at, status) "
    "VALUES (%(day)s, %(at)s, 'done') RETURNING id), "
    "r AS (INSERT INTO meals.round (planning_id, day, shift_id, status, distance_m, starts_at, ends_at) "
    "SELECT p.id, %(day)s, s.id, 'done', 1000, %(at)s, %(end)s FROM p, meals.shift s RETURNING id) "
    "INSERT INTO meals.door (round_id, position, beneficiary_id, arrival_at, departure_at, meals, usual) "
    "SELECT r.id, 1, %(person)s, %(at)s, %(at)s, '{x}', 'kept' FROM r RETURNING id, round_id"
)


def card(first: date, days: int) -> str:
    """Menus from a day on, as the kitchen's file."""
    kept = ("id", "name", "diets", "textures", "allergens")
    dishes = [{key: getattr(one, key) for key in kept} for one in DISHES]
    offered = [
        {
            "day": one.day.isoformat(),
            "moment": one.moment,
            "choice": one.choice,
            "courses": [{"name": course.name, "dishes": course.dishes} for course in one.courses],
        }
        for one in menus(first, days)
    ]
    return json.dumps({"dishes": dishes, "menus": offered})


def furnish(dsn: str, first: date = date(2026, 9, 1), days: int = 110) -> None:
    """Everything an office needs from `first` on, and its people."""
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        load_book(connection, (BOOKS / "haut_pays.toml").read_text(encoding="utf-8"))
        load_grid(connection, (GRIDS / "haut_pays.toml").read_text(encoding="utf-8"))
        load_card(connection, card(first, days))
        report = import_people(connection, SECRET, PEOPLE)
        assert report.people == 2, report.faults
        for login, name, role in (
            ("portage", "Inès Roussel", "cias"),
            ("portage2", "Hugo Lefèvre", "cias"),
            ("argent", "Nadia Caron", "finance"),
        ):
            create_account(connection, login=login, display_name=name, password=PASSWORD, role=role)


def account(connection: Connection[DictRow], login: str) -> Account:
    """Somebody who works here, as a request knows them."""
    row = connection.execute(
        "SELECT id, login, display_name, role, '' AS csrf_token FROM people.account WHERE login = %s", [login]
    ).fetchone()
    assert row is not None
    return Account(**row)


def number(connection: Connection[DictRow], reference: str) -> int:
    """The number of a file."""
    row = connection.execute("SELECT id FROM people.beneficiary WHERE reference = %s", [reference]).fetchone()
    assert row is not None
    return int(row["id"])


def asked(connection: Connection[DictRow], person: int, at: datetime, **document: object) -> None:
    """A request that was granted at an instant of the past."""
    whole = {"id": str(uuid4()), "at": at.isoformat(), "person": str(person)} | document
    connection.execute(
        "INSERT INTO meals.request (id, at, beneficiary_id, document, answer) VALUES (%s, %s, %s, %s, 'oui')",
        [whole["id"], at, person, Json(whole)],
    )


def drive(
    connection: Connection[DictRow], person: int, day: date, kind: str, celsius: float | None = 2.0
) -> tuple[int, int]:
    """A round of one door on a day, and what the driver said there; the numbers of round and door."""
    morning = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    for statement in VAN:
        connection.execute(statement.encode())
    end = morning + timedelta(hours=4)
    row = connection.execute(DOOR, {"day": day, "at": morning, "end": end, "person": person}).fetchone()
    assert row is not None
    connection.execute(
        "INSERT INTO meals.door_event (event_id, door_id, kind, celsius, note, happened_at) "
        "VALUES (%s, %s, %s, %s, 'chez la voisine', %s)",
        [uuid4(), row["id"], kind, celsius, morning],
    )
    connection.execute(
        "INSERT INTO meals.temperature (event_id, round_id, door_id, celsius, limit_c, happened_at) "
        "VALUES (%s, %s, %s, %s, 3, %s)",
        [uuid4(), row["round_id"], row["id"], celsius, morning],
    )
    return int(row["round_id"]), int(row["id"])
