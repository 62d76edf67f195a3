"""A day planned by roads: the plan names them, the map and the phone draw them, and an outage is said."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from services import Database

from api.dispatch.planning import build_problem, rig_of
from api.dispatch.reading import read_trucks
from api.dispatch.selection import Selection
from api.settings import Settings
from api.travel.cache import Cache
from api.travel.command import report
from api.travel.network import Network
from api.travel.osrm import osrm
from routing.travel import GreatCircle, Rig
from store.connection import connect
from store.territory import load_territory
from tests.api.conftest import sign_in
from tests.api.little_territory import document
from tests.api.road_server import RoadServer, road_server
from tests.api.rounds_desk import change, planning, publish
from tests.api.rounds_territory import ask, driver_id, run

pytestmark = pytest.mark.db


@pytest.fixture
def server() -> Iterator[RoadServer]:
    """Made-up roads on a free port."""
    with road_server() as one:
        yield one


def network(database: Database, server: RoadServer, role: str) -> Network:
    """A process's network."""
    shelf = Cache(dsn=database.dsn, role=role, days=30, places=100)
    return Network(osrm(server.url, "driving"), shelf, GreatCircle(), seconds=10, table=50)


def planned_by_road(office: TestClient, grown: Database, server: RoadServer) -> dict[str, Any]:
    """A planning of tomorrow's glass by made-up roads, as the API shows it."""
    assert isinstance(office.app, FastAPI)
    office.app.state.travel = network(grown, server, "glaneur_api")
    number = ask(office)
    assert run(grown.dsn, number, travel=network(grown, server, "glaneur_worker")).status == "done"
    return planning(office, number)


def test_a_day_by_road(office: TestClient, grown: Database, server: RoadServer) -> None:
    """The plan says its roads; the worker had them drawn, so that map and phone ask nobody."""
    one = planned_by_road(office, grown, server)
    assert one["travel"] == "route, par OSRM (driving)"
    assert any("/route/" in asked.path for asked in server.asked)
    asked = len(server.asked)
    rounds = office.get(f"/api/v1/plannings/{one['id']}/ways").json()
    assert [found["round"] for found in rounds] == [round_["id"] for round_ in one["rounds"]]
    stops = [stop for stop in one["rounds"][0]["stops"] if stop["lat"] is not None]
    ways = {found["stop"]: found["way"] for found in rounds[0]["stops"]}
    assert list(ways) == [stop["id"] for stop in stops[1:]]
    first = ways[stops[1]["id"]]
    assert first["line"][0] == [round(stops[0]["lon"], 5), round(stops[0]["lat"], 5)]
    assert first["turns"][0]["text"] == "Partir sur Rue du Départ"
    with connect(grown.dsn) as connection:
        driver = driver_id(connection)
    assert publish(office, one["rounds"][0], driver).status_code == 200
    sign_in(office, "chauffeur")
    told = office.get(f"/api/v1/driver/round?round={one['rounds'][0]['id']}").json()["round"]
    assert [stop["way"] for stop in told["stops"] if stop["id"] == stops[1]["id"]] == [first]
    assert told["stops"][0]["way"] is None
    assert len(server.asked) == asked


def test_who_is_far_from_a_road_is_said(office: TestClient, grown: Database, server: RoadServer) -> None:
    """Known from the planning's own questions: a list for programs, and a sentence on the column's page."""
    planned_by_road(office, grown, server)
    found = office.get("/api/v1/travel/far").json()
    assert [(one["kind"], one["code"], one["off_road_m"]) for one in found] == [("point", "PAV-14", 700)]
    assert "À 700 m de la route la plus proche" in office.get("/colonnes/G4").text
    assert "de la route la plus proche" not in office.get("/colonnes/G1").text


def test_the_command_measures_the_territory(
    grown: Database, server: RoadServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Detour and speed as the roads were made, and who is far; an outage, and no engine at all, are said."""
    settings = Settings(database=SecretStr(grown.dsn), travel="osrm", travel_url=server.url)
    assert report(settings) is False
    said = capsys.readouterr().out
    assert "Distances : route, par OSRM (driving) ; 10 lieux." in said
    assert "GLANEUR_TRAVEL_DETOUR=1.40 GLANEUR_TRAVEL_SPEED_KMH=60" in said
    assert "À 700 m d'une route : point/PAV-14, Route de la Mer (Fruges)." in said
    server.answer = lambda _: (500, b"")
    with connect(grown.dsn) as connection:
        connection.execute("DELETE FROM travel_place")
    assert report(settings) is False
    assert "OSRM est en panne" in capsys.readouterr().out
    assert report(Settings(database=SecretStr(grown.dsn))) is True
    assert "Aucun moteur de routes" in capsys.readouterr().out


def test_an_outage_is_written_on_the_plan(office: TestClient, grown: Database, server: RoadServer) -> None:
    """The rounds are planned all the same, and nobody takes their kilometres for the road's."""
    server.answer = lambda _: (500, b"")
    one = planned_by_road(office, grown, server)
    assert one["status"] == "done"
    assert one["rounds"]
    assert one["travel"] == "vol d'oiseau × 1,3 à 40 km/h, car OSRM est en panne (HTTP 500)"
    ways = office.get(f"/api/v1/plannings/{one['id']}/ways").json()
    assert {stop["way"] for found in ways for stop in found["stops"]} == {None}
    dial = office.get("/tournees/service", params={"jour": one["day"], "flux": "verre"}).text
    assert "car OSRM est en panne" in dial.replace("&#39;", "'")


def test_a_column_added_in_an_outage_moves_nothing_else(
    office: TestClient, grown: Database, server: RoadServer
) -> None:
    """The new stop's legs are the great circle's, which the plan says; the others keep their road figures."""
    one = planned_by_road(office, grown, server)
    aboard = {container["code"] for left in one["left_out"] for container in left["containers"]}
    with connect(grown.dsn) as connection:
        connection.execute("DELETE FROM travel_place")
    server.answer = lambda _: (500, b"")
    assert "G5" in aboard
    before = office.get(f"/api/v1/plannings/{one['id']}/problem").json()
    added = {"kind": "add", "container": "G5", "vehicle": one["rounds"][0]["vehicle"], "position": 0}
    after = change(office, one, added)["planning"]
    assert after["travel"].startswith("route, par OSRM (driving) ; pour PAV-15, vol d'oiseau × 1,3")
    problem = office.get(f"/api/v1/plannings/{one['id']}/problem").json()
    size = len(before["places"])
    rows = problem["matrix"]["distance_m"]
    assert [row[:size] for row in rows[:size]] == before["matrix"]["distance_m"]
    assert len(rows) == size + 1


def test_trucks_say_what_roads_they_need(plain_database: Database) -> None:
    """The measures of a territory document reach the engine; a plan heeds its largest truck."""
    whole = document()
    tall = whole["vehicles"][0] | {"code": "HAUT", "height_mm": 3800, "gross_weight_kg": 26_000}
    wide = whole["vehicles"][0] | {"code": "LARGE", "width_mm": 2550, "gross_weight_kg": 19_000}
    with connect(plain_database.dsn) as connection:
        load_territory(connection, whole | {"vehicles": [*whole["vehicles"], tall, wide]})
        ids = [row["id"] for row in connection.execute("SELECT id FROM vehicle ORDER BY id")]
        trucks = read_trucks(connection, ids)
    assert rig_of(trucks) == Rig(height_mm=3800, width_mm=2550, weight_kg=26_000)
    assert rig_of(trucks[:1]) == Rig()
    asked: list[Rig] = []

    class Told(GreatCircle):
        __slots__ = ()

        def travel(self, places: Any, rig: Rig = Rig()) -> Any:  # noqa: B008 - a frozen value
            asked.append(rig)
            return GreatCircle.travel(self, places, rig)

    build_problem(Selection((), ()), trucks, [], {}, Told())
    assert asked == [rig_of(trucks)]
