"""Our OSRM provider on a real OSRM, built from an extract drawn here: what its roads forbid, we plan by.

Run by `make test-osrm`. The country's measures are known (`country`): blocks of 500 m, one bridge for trucks.
"""

from itertools import pairwise

import pytest
from osrm_server import OsrmServer
from services import Database

from api.dispatch.round_views import read_planning
from api.dispatch.solving import run_planning
from api.travel.cache import Cache
from api.travel.command import all_places, cut_off, far_from_roads, measured
from api.travel.network import Network
from api.travel.osrm import osrm
from routing.checker import violations
from routing.model import Matrix, Place, Plan, Problem, Task, Vehicle
from routing.solve import solve
from routing.travel import GreatCircle
from store.connection import connect
from tests.api.little_territory import seed, set_state
from tests.api.rounds_territory import tomorrow
from tests.osrm.country import BLOCK_M, BRIDGE, ONE_WAY, RIVER, crossroads

pytestmark = [pytest.mark.osrm, pytest.mark.db]

NEAR = pytest.approx  # OSRM measures on its own sphere: within 5 in 1,000 of ours


def network(database: Database, roads: OsrmServer, role: str = "glaneur_worker", table: int = 50) -> Network:
    """A process's network over the real server."""
    shelf = Cache(dsn=database.dsn, role=role, days=30, places=500)
    return Network(osrm(roads.url, "driving"), shelf, GreatCircle(), seconds=20, table=table)


def test_a_river_a_weak_bridge_and_a_one_way_street(plain_database: Database, roads: OsrmServer) -> None:
    """Trucks cross where the bridge bears them; the one-way street is longer to come back."""
    west, east = crossroads(RIVER, 0, "west"), crossroads(RIVER + 1, 0, "east")
    one_way_west, one_way_east = crossroads(0, ONE_WAY, "from"), crossroads(3, ONE_WAY, "to")
    places = [west, east, one_way_west, one_way_east]
    found = network(plain_database, roads).travel(places)
    metres = found.matrix.distance_m
    assert metres[0][1] == NEAR((2 * BRIDGE + 1) * BLOCK_M, rel=0.005)  # 500 m as the crow flies
    assert metres[2][3] == NEAR(3 * BLOCK_M, rel=0.005)
    assert metres[3][2] == NEAR(5 * BLOCK_M, rel=0.005)
    assert found.off_road_m == (0, 0, 0, 0)
    seconds = found.matrix.duration_s
    assert seconds[2][3] is not None
    assert seconds[2][3] >= 3 * BLOCK_M * 3.6 / 38  # a tertiary road at a truck's pace, no faster
    assert found.matrix.source == "route, par OSRM (driving)"


def test_an_island_and_a_field(plain_database: Database, roads: OsrmServer) -> None:
    """No road is a value, both ways; who lies far from any is told how far."""
    places = [crossroads(0, 0, "town"), crossroads(3, -8, "island"), crossroads(0, 7.4, "field")]
    found = network(plain_database, roads).travel(places)
    assert found.unreachable(places) == (
        ("town", "island"), ("island", "town"), ("island", "field"), ("field", "island"),
    )  # fmt: skip
    assert found.off_road_m[:2] == (0, 0)
    assert found.off_road_m[2] == NEAR(1.4 * BLOCK_M, rel=0.01)


def test_small_tables_make_the_same_matrix(plain_database: Database, roads: OsrmServer) -> None:
    """Seventy places by tables of 50 and by tables of 7, and OSRM's own limit of 100 places is never met."""
    places = [crossroads(column, row) for column in range(10) for row in range(7)]
    whole = network(plain_database, roads).travel(places)
    with connect(plain_database.dsn) as connection:
        connection.execute("DELETE FROM travel_place")
    cut = network(plain_database, roads, table=7).travel(places)
    assert "OSRM" in whole.matrix.source
    assert cut.matrix == whole.matrix


def test_the_way_is_the_road(plain_database: Database, roads: OsrmServer) -> None:
    """The line goes over the bridge that bears trucks; the turns are French and as long as in the matrix."""
    west, east = crossroads(RIVER, 0), crossroads(RIVER + 1, 0)
    one = network(plain_database, roads)
    (way,) = one.ways([west, east])
    assert way is not None
    bridge = crossroads(RIVER, BRIDGE)
    assert min(abs(lat - bridge.lat) + abs(lon - bridge.lon) for lon, lat in way.line) < 2e-5
    said = [turn.text for turn in way.turns]
    assert said[0] == f"Partir sur Rue de la Colonne {RIVER}"
    assert any("Pont du Rang 3" in text for text in said)
    assert said[-1].startswith("Arrivée")
    metres = one.travel([west, east]).matrix.distance_m[0][1]
    assert sum(turn.distance_m for turn in way.turns) == NEAR(metres, abs=5)


def test_a_plan_by_road_is_not_the_crow_s(plain_database: Database, roads: OsrmServer) -> None:
    """Two trucks' halves: the river decides who serves whom, where the crow would cross it."""
    depot = crossroads(RIVER, 2, "depot")
    places = (depot, *(crossroads(column, row) for column in (3, 4, 5, 6) for row in (0, 1)))
    travel = network(plain_database, roads)

    def planned(matrix: Matrix) -> tuple[Problem, Plan]:
        truck = Vehicle(id="t", start="depot", end="depot", capacity={}, shift_start_s=0, shift_end_s=86_400)
        tasks = tuple(Task(id=place.id, place=place.id) for place in places[1:])
        problem = Problem(places=places, matrix=matrix, tasks=tasks, vehicles=(truck,))
        plan = solve(problem, seconds=20, seed=1, steps=60)
        assert isinstance(plan, Plan)
        assert plan.complete
        return problem, plan

    by_road, road_plan = planned(travel.travel(places).matrix)
    _, crow_plan = planned(GreatCircle().matrix(places))
    assert violations(by_road, road_plan) == ()
    crossings = sum(
        (int(a.place[0]) <= RIVER) != (int(b.place[0]) <= RIVER)
        for a, b in zip(road_plan.routes[0].visits[1:-2], road_plan.routes[0].visits[2:-1], strict=True)
    )
    assert crossings == 1
    assert road_plan.distance_m > crow_plan.distance_m


def test_a_day_from_the_database(plain_database: Database, roads: OsrmServer) -> None:
    """Columns on both banks, one on the island: a round over real roads, drawn, and who is left out why."""
    _settle(plain_database)
    with connect(plain_database.dsn, role="glaneur_api") as connection:
        row = connection.execute(
            "INSERT INTO planning (day, stream, vehicle_ids, budget_s, seed, service_percent)"
            " VALUES (%s, 'verre', ARRAY(SELECT id FROM vehicle), 2, 1, 99.5) RETURNING id",
            (tomorrow(),),
        ).fetchone()
        assert row is not None
    travel = network(plain_database, roads)
    outcome = run_planning(plain_database.dsn, row["id"], travel=travel)
    assert outcome is not None
    assert outcome.status == "done", outcome
    with connect(plain_database.dsn, role="glaneur_api") as connection:
        one = read_planning(connection, row["id"])
        far = far_from_roads(connection, travel, 500)
        places, rig = all_places(connection)
    found = measured(places, travel.travel(places, rig))
    assert one is not None
    assert one.travel == "route, par OSRM (driving)"
    assert [round_.violations for round_ in one.rounds] == [[]]
    served = {box.code for stop in one.rounds[0].stops for box in stop.containers}
    assert served == {"V1", "V2"}
    assert [(left.containers[0].code, left.required) for left in one.left_out] == [("V3", True)]
    assert "route" in one.left_out[0].why
    assert [place.code for place in far] == ["FRU"]
    assert far[0].off_road_m == NEAR(700, rel=0.01)
    assert found is not None
    assert 1.0 < found.detour < 3.0
    assert 5 < found.speed_kmh < 50
    assert cut_off(places, travel.travel(places, rig)) == ["point/PAV-3"]
    stops = [Place(id="", lat=s.lat, lon=s.lon) for s in one.rounds[0].stops if s.lat and s.lon]
    drawn = travel.ways(stops, ask=False)
    assert len(drawn) > 3
    assert all(way is not None or a == b for (a, b), way in zip(pairwise(stops), drawn, strict=True))


def _settle(database: Database) -> None:
    """The little territory, moved to the little country; V3 overflows on the island."""
    seed(database.dsn)
    spots = {"PAV-1": (1, 1), "PAV-2": (8, 1), "PAV-3": (3, -8)}
    with connect(database.dsn) as connection:
        for code, (column, row) in spots.items():
            place = crossroads(column, row)
            connection.execute(
                "UPDATE point SET lat = %s, lon = %s WHERE code = %s", (place.lat, place.lon, code)
            )
        depot, field = crossroads(0, 0), crossroads(0, 7.4)
        connection.execute("UPDATE depot SET lat = %s, lon = %s", (depot.lat, depot.lon))
        connection.execute("UPDATE unloading_site SET lat = %s, lon = %s", (field.lat, field.lon))
        set_state(connection, "V3", fill_percent=97.0, rate_percent_per_day=7.0)
