"""Public benchmark files become the problems their sets mean, scored as their sets score."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from routing.document import parse
from routing.files import best_known, read_pvrpif, read_text
from routing.model import Problem, Refused
from routing.schedule import schedule
from routing.validate import refusals
from tests.routing.days import planned

CVRP = """NAME : tiny
TYPE : CVRP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 3 4
3 0 7
DEMAND_SECTION
1 0
2 6
3 7
DEPOT_SECTION
 1
 -1
EOF
"""

SOLOMON = """tiny

VEHICLE
NUMBER     CAPACITY
  2         20

CUSTOMER
CUST NO.  XCOORD.    YCOORD.     DEMAND  READY TIME   DUE DATE   SERVICE TIME

    0      0         0          0          0        240          0
    1      1         1         6         30        60         10
    2      0         2         7          0        240         10
"""

TRIPS = """NAME: tiny
TYPE: MTVRPTWR
DIMENSION: 3
VEHICLES: 1
CAPACITY: 10
SERVICE_TIME: 10
NODE_COORD_SECTION
1 0 0
2 3 4
3 0 7
DEMAND_SECTION
1 0
2 6
3 7
TIME_WINDOW_SECTION
1 0 100
2 0 90
3 0 90
RELEASE_TIME_SECTION
1 0
2 20
3 0
PRIZE_SECTION
1 0
2 0
3 12
VEHICLES_RELOAD_DEPOT_SECTION
1 1
DEPOT_SECTION
1
EOF
"""


def problem(text: str) -> Problem:
    found = read_text(text)
    assert isinstance(found, Problem), found
    assert refusals(found) == ()
    return found


def test_cvrp_distances_are_rounded() -> None:
    """5 and 7 from the depot, √18 = 4.24 → 4 between: two routes cost 24."""
    found = problem(CVRP)
    assert found.matrix.distance_m[0] == (0, 5, 7)
    assert found.matrix.distance_m[1] == (5, 0, 4)
    assert planned(schedule(found, {"v1": ["1"], "v2": ["2"]})).cost_cents == 24
    assert [task.load for task in found.tasks] == [{"u": 6}, {"u": 7}]


def test_solomon_is_scaled_and_truncated() -> None:
    """DIMACS: 10 × √2 = 14; times are scaled too; the fleet is the file's."""
    found = problem(SOLOMON)
    assert found.matrix.distance_m[0] == (0, 14, 20)
    assert len(found.vehicles) == 2
    assert found.tasks[0].windows == ((300, 600),)
    assert found.tasks[0].service_s == 100
    assert found.vehicles[0].shift_end_s == 2400


def test_trips_releases_and_prizes() -> None:
    """What is delivered leaves with its trip, once released; a prize makes a stop optional."""
    found = problem(TRIPS)
    assert [task.deliver for task in found.tasks] == [{"u": 6}, {"u": 7}]
    assert found.tasks[0].release_s == 200
    assert [task.required for task in found.tasks] == [True, False]
    assert found.tasks[1].prize_cents == 120
    plan = planned(schedule(found, {"v1": ["2", "reload", "1"]}))
    assert plan.cost_cents == 140 + 100
    assert plan.routes[0].visits[2].departure_s >= 200


@pytest.mark.parametrize(
    "text",
    ["", "DIMENSION : x", CVRP.replace("3 0 7\n", "", 1), CVRP.replace("CAPACITY : 10\n", ""), "CUSTOMER\n"],
)
def test_unreadable_files_are_refused(text: str) -> None:
    """With a sentence, never an exception."""
    answer = read_text(text)
    assert isinstance(answer, Refused)
    assert answer.reasons[0].code == "malformed"


PVRPIF = json.dumps(
    {
        "info": {"maxDuration": 149.0, "maxCapacity": 107, "numVehicles": 2},
        "features": [
            {"properties": {"id": i, "type": kind, "demand": demand, "service": 5.0}}
            for i, (kind, demand) in enumerate(
                [("depot", 0.0), ("customer", 20.0), ("customer", 30.0), ("intermediateFacility", 0.0)]
            )
        ],
        "duration": [[0.0, 1.0, 2.0, 3.0]] * 4,
    }
)
REPORT = """Day: 0: Vehicle:0 time: 75.0
path    0.0  1.0  3.0   0.0
demand  0.0  20.0  0.0   0.0
Day: 1: Vehicle:0 time: 75.0
path    0.0  2.0  3.0   0.0
"""


def test_a_day_of_waste_collection() -> None:
    """Only the customers of the day; the facility is an unloading site; trucks come home empty."""
    found = read_pvrpif(PVRPIF, REPORT, 1)
    assert isinstance(found, Problem)
    assert [task.id for task in found.tasks] == ["2"]
    assert [site.place for site in found.unloading_sites] == ["3"]
    assert found.end_empty
    assert isinstance(read_pvrpif(PVRPIF, REPORT, 7), Refused)
    assert isinstance(read_pvrpif("{}", REPORT, 0), Refused)


def test_best_known() -> None:
    """Both ways in which solution files say it."""
    assert best_known("Route #1: 1\nCost 26362\n") == 26362
    assert best_known("Cost: 17341.5\nOptimal: True\n") == 17341.5
    assert best_known("Route #1: 1\n") is None


def test_read_command(tmp_path: Path) -> None:
    """A file in, a problem document out."""
    path = tmp_path / "tiny.vrp"
    path.write_text(CVRP)
    ran = subprocess.run(
        [sys.executable, "-m", "routing", "read", str(path), "--vehicles", "2"],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert ran.returncode == 0
    found = parse(Problem, ran.stdout)
    assert isinstance(found, Problem)
    assert len(found.vehicles) == 2
