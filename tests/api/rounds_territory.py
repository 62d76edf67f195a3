"""The little territory grown for planning: eight glass points, two trucks, two drivers. Names are invented.

Glass: `V1` 93 % and `V2` 74 % are due (little territory), `V3` 12 % is quiet; `G1` 96 % and `G2` 80 %
are due, `G3` 60 % lies beside the road and `G4` 45 % far from it, `G5` has never been heard. GRUE-1 and
GRUE-2 carry glass. Levels at a day's start follow the hour of the run, so `G4` is not what a trip past `V3`
would be made for: at whatever hour the policy lets `V3` be.
"""

from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import create_account
from api.dispatch.planning import FLOWN
from api.dispatch.solving import Outcome, run_planning
from routing.child import solve_in_child
from routing.model import Plan, Problem, Refused
from routing.solve import solve
from routing.travel import TravelTimes
from store.connection import connect
from store.territory import load_territory
from tests.api.little_territory import PASSWORD, document, now, seed, set_state

GLASS = (
    ("G1", "PAV-11", "Rue du Moulin", 50.5300, 2.1000, 96.0, 6.0, 16.0),
    ("G2", "PAV-12", "Place Verte", 50.5400, 2.0700, 80.0, 4.0, 120.0),
    ("G3", "PAV-13", "Chemin du Gué", 50.5350, 2.0860, 60.0, 3.0, 320.0),
    ("G4", "PAV-14", "Route de la Mer", 50.7200, 2.4500, 45.0, 3.0, 440.0),
    ("G5", "PAV-15", "Sente du Bois", 50.5200, 2.1200, None, None, None),
)


def seed_rounds(dsn: str) -> None:
    """Write the grown territory."""
    seed(dsn)
    seed_more(dsn)


def seed_more(dsn: str) -> None:
    """Grow the little territory, there already."""
    whole = document()
    calibration = {
        key: whole["containers"][0][key] for key in whole["containers"][0] if key.endswith(("_l", "_mm"))
    }
    truck = whole["vehicles"][0] | {"code": "GRUE-2", "name": "Camion grue 2", "capacity_l": 15000}
    grown = {
        "points": [
            {"code": point, "name": name, "insee": "62364", "lat": lat, "lon": lon, "access_note": ""}
            for _, point, name, lat, lon, *_ in GLASS
        ],
        "containers": [
            {"code": code, "point": point, "stream": "verre", **calibration} for code, point, *_ in GLASS
        ],
        "devices": [{"serial": f"GLN-1{code}", "report_interval_s": 14400} for code, *_ in GLASS],
        "mountings": [
            {"device": f"GLN-1{code}", "container": code, "from": "2026-01-01T00:00:00Z"}
            for code, *_ in GLASS
        ],
        "vehicles": [truck],
    }
    with connect(dsn) as connection:
        load_territory(connection, grown)
        create_account(
            connection, login="chauffeur2", display_name="Maxime Second", password=PASSWORD, role="driver"
        )
        for code, _, _, _, _, fill, rate, full_in in GLASS:
            if fill is not None and full_in is not None:
                full_at = now() + timedelta(hours=full_in)
                set_state(connection, code, fill_percent=fill, rate_percent_per_day=rate, full_at=full_at)


def tomorrow() -> date:
    """The next day in Paris, whatever day it is: tests plan on Sundays too."""
    return datetime.now(ZoneInfo("Europe/Paris")).date() + timedelta(days=1)


def ask(client: TestClient, **wanted: object) -> int:
    """Ask for a glass planning of tomorrow, in one second; return its number."""
    body = {"day": tomorrow().isoformat(), "stream": "verre", "budget_s": 1} | wanted
    answer = client.post("/api/v1/plannings", json=body)
    assert answer.status_code == 202, answer.text
    number: int = answer.json()["id"]
    return number


def run(dsn: str, planning: int, *, in_child: bool = False, travel: TravelTimes = FLOWN) -> Outcome:
    """Do what the worker would do; unless `in_child`, the solver runs here, briefly, to be quick."""

    def solve_here(problem: Problem, **_: Any) -> Plan | Refused:
        return solve(problem, seconds=20, seed=1, steps=20)

    with patch("api.dispatch.solving.solve_in_children", solve_in_child if in_child else solve_here):
        outcome = run_planning(dsn, planning, travel=travel)
    assert outcome is not None
    return outcome


def driver_id(connection: Connection[DictRow], login: str = "chauffeur") -> int:
    """The number of an account."""
    row = connection.execute("SELECT id FROM people.account WHERE login = %s", (login,)).fetchone()
    assert row is not None
    return int(row["id"])
