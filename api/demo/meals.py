"""The demonstration's meals: an invented service of 120 people, its kitchen, vans and who works there.

Knows what the office would do: load rules, prices and the card, import files, describe vans. The documents
and the people who then live by them are the simulator's.
"""

import json
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.asking import load_book, load_card, load_grid
from api.cias.imports import import_people
from store.queries import named_queries

Row = dict[str, Any]

OFFICE = ("portage", "Inès Roussel", "cias")
DRIVERS = (
    ("livreur1", "Nadia Fourgon", "driver"),
    ("livreur2", "Yann Plateau", "driver"),
    ("livreur3", "Odile Portière", "driver"),
)
_SQL = named_queries("api.demo", "meals.sql")


def furnish_meals(connection: Connection[DictRow], world: Row, people_csv: str, key: bytes) -> None:
    """Write the world's documents; accounts are there already, a van for each driver."""
    loaded = (
        load_book(connection, world["book"]),
        load_grid(connection, world["grid"]),
        load_card(connection, json.dumps(world["card"])),
        import_people(connection, key, people_csv).faults or None,
    )
    assert not any(isinstance(one, tuple) for one in loaded), loaded  # noqa: S101 - the simulator's own documents
    for room in world["cold_rooms"]:
        connection.execute(_SQL["add_cold_room"], room)
    for (login, _, _), van in zip(DRIVERS, world["vans"], strict=True):
        connection.execute(_SQL["add_van"], van)
        for shift in van["shifts"]:
            connection.execute(_SQL["add_shift"], {**shift, "van": van["code"], "driver": login})
    for one in world["relatives"]:
        connection.execute(_SQL["add_relative"], one)


def told_to_the_simulator(connection: Connection[DictRow]) -> Row:
    """What an installer would tell the simulator: the platform's own numbers of people."""
    rows = connection.execute(_SQL["numbers"]).fetchall()
    return {"people": {row["reference"]: row["id"] for row in rows}}
