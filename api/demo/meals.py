"""The demonstration's meals: an invented service of 120 people, its kitchen, vans and who works there.

Knows what the office would do: load rules, prices and the card, import files, describe vans. The documents
and the people who then live by them are the simulator's.
"""

import json
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
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
FOLDER, INSTALLED = "repas", "repas.json"
PLAN_SECONDS = 5
"""What the planner may take: two cores also serve pages, readings and the trucks' plan."""
_SQL = named_queries("api.demo", "meals.sql")


@dataclass(frozen=True, slots=True)
class HealthKey:
    """The key of the sealed columns, of this run only, in hexadecimal."""

    key: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)

    def environment(self) -> dict[str, str]:
        """As the platform's processes want it."""
        return {"GLANEUR_HEALTH_KEY": self.key}


def draw_meals(simulator: Path, folder: Path, seed: int, first: date) -> subprocess.Popen[bytes]:
    """Have the simulator draw the meals' world beside what else is prepared."""
    words = (
        "meals-world",
        "--seed",
        str(seed),
        "--first",
        first.isoformat(),
        "--folder",
        str(folder / FOLDER),
    )
    return subprocess.Popen([sys.executable, str(simulator), *words])  # noqa: S603


def equip_meals(
    connection: Connection[DictRow], drawing: subprocess.Popen[bytes], folder: Path, key: HealthKey
) -> None:
    """Take the drawn world in, and write for the simulator what an installer would tell it."""
    if drawing.wait(60) != 0:
        raise RuntimeError("the simulator did not draw the meals' world")
    world = json.loads((folder / FOLDER / "world.json").read_text(encoding="utf-8"))
    people = (folder / FOLDER / "people.csv").read_text(encoding="utf-8")
    furnish_meals(connection, world, people, bytes.fromhex(key.key))
    told = folder / INSTALLED
    told.touch(0o600)
    told.write_text(json.dumps(told_to_the_simulator(connection)), encoding="utf-8")


def people_at_work(simulator: Path, folder: Path) -> list[str]:
    """The simulator's arguments: families, the office and drivers, at the platform's address and clock."""
    return [
        str(simulator), "meals",
        "--world", str(folder / FOLDER / "world.json"),
        "--installed", str(folder / INSTALLED),
        "--office", OFFICE[0],
        "--drivers", ",".join(login for login, _, _ in DRIVERS),
        "--plan-seconds", str(PLAN_SECONDS),
    ]  # fmt: skip


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
