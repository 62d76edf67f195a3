"""A small day of meals: a book that carries every day, menus, six people around Fruges, two vans.

`furnish` writes it; `published` adds a round of today for `livreuse`, her doors the six people in order.
Names are invented. What is sealed opens with `KEY`.
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from api.auth import create_account
from api.cias.asking import load_book, load_card
from api.cias.imports import import_people
from api.french import PARIS
from tests.api.little_territory import PASSWORD
from tests.meals.kit import DISHES, menus

KEY = "0f" * 32
BOOK = """
name = "Tous les jours (exemple)"
source = "exemple"
valid_from = 2020-01-01
moments = ["lunch"]
closed_on_holidays = false
[carried]
1 = 0
2 = 0
3 = 0
4 = 0
5 = 0
6 = 0
7 = 0
[[order_until]]
days_before = 1
at = 10:00:00
"""
NAMES = (
    "Madeleine Carpentier", "Léon Delattre", "Odile Fournier", "Gaston Hecquet", "Simone Lemaire",
    "Paul Wattel",
)  # fmt: skip
PEOPLE = "reference;name;since;address;insee;phone;lat;lon;texture;access_note;lunch\n" + "".join(
    f"r{n};{name};2020-01-01;{n} rue du Lavoir;62364;03 21 00 00 0{n};{50.51 + n / 200};2.13;"
    f"{'mixed' if n == 2 else 'whole'};{'clé chez la voisine' if n == 1 else ''};1 2 3 4 5 6 7\n"
    for n, name in enumerate(NAMES, 1)
)


def today() -> date:
    """The day in Paris."""
    return datetime.now(UTC).astimezone(PARIS).date()


def furnish(dsn: str) -> None:
    """Rules, six weeks of menus, six people, a van with a morning, and who works there."""
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        load_book(connection, BOOK)
        load_card(connection, _card(today() - timedelta(days=10)))
        report = import_people(connection, bytes.fromhex(KEY), PEOPLE)
        assert report.people == len(NAMES), report.faults
        for login, name, role in (
            ("portage", "Inès Roussel", "cias"),
            ("livreuse", "Nadia Brunet", "driver"),
            ("livreur", "Yann Cocquerel", "driver"),
        ):
            create_account(connection, login=login, display_name=name, password=PASSWORD, role=role)
        connection.execute(
            """
            WITH room AS (INSERT INTO meals.cold_room (code, name, lat, lon)
                          VALUES ('cuisine', 'Cuisine de Fruges', 50.5128, 2.1235) RETURNING id),
            van AS (INSERT INTO meals.van (code, name, cold_room_id, trays)
                    SELECT code, name, id, 30 FROM room, (VALUES ('blanc', 'Fourgon blanc'),
                                                                 ('vert', 'Fourgon vert')) AS v (code, name)
                    RETURNING id, code)
            INSERT INTO meals.shift (van_id, name, weekdays, starts, ends, driver_id)
            SELECT van.id, 'matin', '{1,2,3,4,5,6,7}', '08:00', '13:00', a.id
            FROM van JOIN people.account a
              ON a.login = CASE van.code WHEN 'blanc' THEN 'livreuse' ELSE 'livreur' END
            """
        )


def published(dsn: str, login: str = "livreuse", day: date | None = None) -> int:
    """A published round of six doors, five minutes apart from 9 h on; return its number."""
    chosen = day or today()
    nine = datetime.combine(chosen, datetime.min.time(), PARIS) + timedelta(hours=9)
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        row = connection.execute(
            """
            WITH planned AS (
                INSERT INTO meals.planning (day, status, requested_at)
                VALUES (%(day)s, 'done', now()) RETURNING id)
            INSERT INTO meals.round (planning_id, day, shift_id, driver_id, status, distance_m, starts_at,
                                     ends_at, published_at)
            SELECT p.id, %(day)s, s.id, a.id, 'published', 23400, %(from)s, %(until)s, now()
            FROM planned p, people.account a, meals.shift s
            WHERE a.login = %(login)s AND s.driver_id = a.id
            RETURNING id
            """,
            {"day": chosen, "from": nine, "until": nine + timedelta(hours=3), "login": login},
        ).fetchone()
        assert row is not None
        connection.execute(
            """
            INSERT INTO meals.door (round_id, position, beneficiary_id, arrival_at, departure_at, meals)
            SELECT %(round)s, row_number() OVER (ORDER BY reference), id,
                   %(nine)s + row_number() OVER (ORDER BY reference) * INTERVAL '5 minutes',
                   %(nine)s + row_number() OVER (ORDER BY reference) * INTERVAL '5 minutes'
                       + INTERVAL '3 minutes',
                   ARRAY[id || ':' || %(day)s || ':lunch']
            FROM people.beneficiary
            """,
            {"round": row["id"], "nine": nine, "day": chosen.isoformat()},
        )
    return int(row["id"])


def doors(connection: Connection[DictRow], round_id: int) -> list[int]:
    """The doors' numbers in order."""
    rows = connection.execute(
        "SELECT id FROM meals.door WHERE round_id = %s ORDER BY position", [round_id]
    ).fetchall()
    return [row["id"] for row in rows]


def at(minutes_ago: float = 0) -> str:
    """An instant a little ago."""
    return (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()


def departure(round_id: int, celsius: float = 2.1, minutes_ago: float = 60) -> dict[str, Any]:
    """A departure as the phone says it."""
    return {
        "event_id": str(uuid4()), "round_id": round_id, "kind": "departure", "celsius": celsius,
        "happened_at": at(minutes_ago),
    }  # fmt: skip


def said(door: int, kind: str = "delivered", minutes_ago: float = 10, **more: Any) -> dict[str, Any]:
    """A tap at a door as the phone says it."""
    return {
        "event_id": str(uuid4()), "door_id": door, "kind": kind, "happened_at": at(minutes_ago), **more,
    }  # fmt: skip


def send(client: TestClient, *events: dict[str, Any]) -> list[dict[str, str]]:
    """Post them; return what became of each."""
    answer = client.post("/api/v1/driver/meals/events", json={"events": list(events)})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, str]] = answer.json()["results"]
    return results


def _card(first: date) -> str:
    dishes = [
        {
            "id": one.id,
            "name": one.name,
            "diets": one.diets,
            "textures": one.textures,
            "allergens": one.allergens,
        }
        for one in DISHES
    ]
    days = [
        {
            "day": one.day.isoformat(), "moment": one.moment, "choice": one.choice,
            "courses": [{"name": course.name, "dishes": course.dishes} for course in one.courses],
        }
        for one in menus(first, 42)
    ]  # fmt: skip
    return json.dumps({"dishes": dishes, "menus": days})
