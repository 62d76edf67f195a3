"""The demonstration's meals: an invented service of 120 people, its kitchen, vans and who works there.

Knows what the office would do: load rules, prices and the card, import files, describe vans. The documents
and the people who then live by them are the simulator's.
"""

import json
import secrets
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.alerts.subscriptions import phone
from api.cias.asking import load_book, load_card, load_grid
from api.cias.imports import import_people
from api.cias.vans import read_fleet, save_fleet
from api.family.access import CARD_LIFETIME, CARD_SIGNS, add_key
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
FAMILIES = 10
"""Families who ask on their own page; the door lets thirty an hour in from one address."""
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
) -> str:
    """Take the drawn world in, and write for the simulator what an installer would tell it.

    Return the code of a card for whoever looks: that of a relative who may see and do everything.
    """
    if drawing.wait(60) != 0:
        raise RuntimeError("the simulator did not draw the meals' world")
    world = json.loads((folder / FOLDER / "world.json").read_text(encoding="utf-8"))
    people = (folder / FOLDER / "people.csv").read_text(encoding="utf-8")
    relatives = furnish_meals(connection, world, people, bytes.fromhex(key.key))
    told = folder / INSTALLED
    told.touch(0o600)
    told.write_text(json.dumps(told_to_the_simulator(connection, relatives)), encoding="utf-8")
    connection.execute(_SQL["subscribe_office"], {"login": OFFICE[0]})
    return _card(connection, _one_to_show(world, relatives))


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


def furnish_meals(connection: Connection[DictRow], world: Row, people_csv: str, key: bytes) -> list[Row]:
    """Write the world's documents, accounts being there; return the relatives with their numbers."""
    fleet = read_fleet(json.dumps({name: world[name] for name in ("cold_rooms", "vans", "shifts")}))
    faults = [
        load_book(connection, world["book"]),
        load_grid(connection, world["grid"]),
        load_card(connection, json.dumps(world["card"])),
        import_people(connection, key, people_csv).faults,
        fleet if isinstance(fleet, tuple) else save_fleet(connection, fleet),
    ]
    # Our own documents: a fault is one of the simulator, or of the platform.
    assert not any(one for one in faults if isinstance(one, tuple)), faults  # noqa: S101
    found = []
    for one in world["relatives"]:
        row = connection.execute(_SQL["add_relative"], {**one, "phone": phone(one["phone"])}).fetchone()
        assert row is not None  # noqa: S101 - relatives are those of the world's people
        found.append({**one, "id": row["id"]})
    return found


def told_to_the_simulator(connection: Connection[DictRow], relatives: Sequence[Row]) -> Row:
    """What an installer would tell the simulator: the platform's numbers of people, some codes."""
    rows = connection.execute(_SQL["numbers"]).fetchall()
    ordering = {one["beneficiary"]: one["id"] for one in relatives if "order" in one["rights"]}
    families = [
        {"reference": reference, "code": _card(connection, number)}
        for reference, number in list(ordering.items())[:FAMILIES]
    ]
    return {"people": {row["reference"]: row["id"] for row in rows}, "families": families}


def _card(connection: Connection[DictRow], relative: int) -> str:
    return add_key(connection, "card", [relative], CARD_LIFETIME, CARD_SIGNS)


def _one_to_show(world: Row, relatives: Sequence[Row]) -> int:
    """A relative with every right, of somebody who eats every day."""
    daily = {one["reference"] for one in world["people"] if len(one["lunch"].split()) == 7}
    best = max(relatives, key=lambda one: (len(one["rights"]), one["beneficiary"] in daily, -int(one["id"])))
    return int(best["id"])
