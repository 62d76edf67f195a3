"""The network: nothing is asked twice, nothing is lost when the engine stops, and a plan names its roads."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql
from services import Database

from api.settings import Settings
from api.travel.cache import UNKNOWN, Cache, blank
from api.travel.choice import travel_times
from api.travel.network import Network, missing_tables, runs
from api.travel.osrm import osrm
from routing.model import Place
from routing.travel import GreatCircle
from store.connection import connect
from tests.api.road_server import RoadServer, made_up_m, road_server

pytestmark = pytest.mark.db

PLACES = [Place(id=f"p{n}", lat=round(50.5 + (n * 37 % 23) / 300, 5), lon=2.0 + n / 200) for n in range(23)]
FLOWN = GreatCircle().name


@pytest.fixture
def server() -> Iterator[RoadServer]:
    """Made-up roads on a free port."""
    with road_server() as one:
        yield one


def network(database: Database, server: RoadServer, *, table: int = 5, places: int = 100) -> Network:
    """A process's own network over this database."""
    shelf = Cache(dsn=database.dsn, role="glaneur_worker", days=30, places=places)
    return Network(osrm(server.url, "driving"), shelf, GreatCircle(), seconds=10, table=table)


def kept(database: Database, table: str) -> int:
    """How many rows the cache holds."""
    with connect(database.dsn) as connection:
        query = sql.SQL("SELECT count(*) AS n FROM {}").format(sql.Identifier(table))
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row["n"])


def test_tables_are_cut_and_kept_for_every_process(plain_database: Database, server: RoadServer) -> None:
    """23 places by tables of 5: each leg once, exact, asymmetric; the next process asks nothing."""
    found = network(plain_database, server).travel(PLACES)
    for row, a in enumerate(PLACES):
        for column, b in enumerate(PLACES):
            assert found.matrix.distance_m[row][column] == round(made_up_m(a, b))
            assert found.matrix.duration_s[row][column] == round(made_up_m(a, b) * 0.06)
    assert found.matrix.source == "route, par OSRM (driving)"
    assert found.remark == ""
    assert set(found.off_road_m) == {4}
    assert all(len(one.path.split(";")) <= 10 for one in server.asked)
    asked = len(server.asked)
    again = network(plain_database, server).travel(PLACES[::-1])
    assert len(server.asked) == asked
    assert again.matrix.distance_m[0][1] == round(made_up_m(PLACES[-1], PLACES[-2]))
    assert again.off_road_m == found.off_road_m[::-1]


def test_a_new_place_costs_its_row_and_its_column(plain_database: Database, server: RoadServer) -> None:
    """One new point beside 22 known ones: 44 legs, not 23 × 23 again; twins at one spot cost nothing."""
    network(plain_database, server).travel(PLACES[:22])
    server.asked.clear()
    twin = Place(id="twin", lat=PLACES[0].lat + 1e-7, lon=PLACES[0].lon)
    found = network(plain_database, server).travel([*PLACES, twin])
    assert server.cells == 44
    assert found.matrix.distance_m[0][-1] == found.matrix.distance_m[-1][0] == 0


def test_a_server_that_stops_is_said_and_left_alone(
    plain_database: Database, server: RoadServer, caplog: pytest.LogCaptureFixture
) -> None:
    """What is kept still serves; else the great circle does and says why; nobody waits twice."""
    one = network(plain_database, server)
    one.travel(PLACES[:6])
    server.answer = lambda _: (500, b"")
    server.asked.clear()
    assert one.travel(PLACES[:6]).matrix.source == "route, par OSRM (driving)"
    assert server.asked == []
    flown = one.travel(PLACES)
    assert flown.matrix.distance_m == GreatCircle().matrix(PLACES).distance_m
    assert flown.matrix.source == f"{FLOWN}, car OSRM est en panne (HTTP 500)"
    assert flown.remark == f"OSRM est en panne (HTTP 500) : distances à {FLOWN}."
    assert len(server.asked) == 1
    assert one.travel(PLACES) == flown
    assert one.ways(PLACES) == (None,) * 22
    assert len(server.asked) == 1
    assert server.url not in caplog.text
    assert "est en panne" in caplog.text


def test_half_an_answer_is_kept(plain_database: Database, server: RoadServer) -> None:
    """A server that fails midway was not asked for nothing: the next try asks for the rest alone."""
    answer = server.answer
    server.answer = lambda asked: answer(asked) if len(server.asked) < 12 else (500, b"")
    assert "vol d'oiseau" in network(plain_database, server).travel(PLACES).matrix.source
    # Eleven tables: two rows of 5 × (5 + 5 + 5 + 5 + 3) less 5 ways to oneself, and the next row's first.
    assert kept(plain_database, "travel_leg") == 2 * (5 * 23 - 5) + 25
    server.answer = answer
    server.asked.clear()
    assert "OSRM" in network(plain_database, server).travel(PLACES).matrix.source
    assert server.cells <= 23 * 23 - 245


def test_ways_are_drawn_once_and_phones_never_wait(plain_database: Database, server: RoadServer) -> None:
    """Legs that follow each other are one question; a leg without a road leaves the others drawn."""
    one = network(plain_database, server)
    path = [PLACES[0], PLACES[1], PLACES[1], PLACES[2]]
    assert one.ways(path, ask=False) == (None, None, None)
    assert server.asked == []
    first, nothing, third = one.ways(path)
    assert nothing is None
    assert first is not None
    assert third is not None
    assert first.line == (
        (2.0, 50.5), (2.005, 50.5), (2.005, round(PLACES[1].lat, 5)),
    )  # fmt: skip
    assert first.turns[0].text == "Partir sur Rue du Départ"
    assert len(server.asked) == 1
    assert network(plain_database, server).ways(path, ask=False) == (first, None, third)
    answer = server.answer
    server.answer = lambda asked: (400, b'{"code":"NoRoute"}') if "2.025" in asked.path else answer(asked)
    drawn = one.ways(PLACES[2:8])
    assert [way is None for way in drawn] == [False, False, True, True, False]


def test_the_cache_is_bounded_and_grows_old(plain_database: Database, server: RoadServer) -> None:
    """More places than it may hold: the last used stay. After its days everything is asked again."""
    small = network(plain_database, server, places=10)
    small.travel(PLACES[:8])
    small.travel(PLACES[8:16])
    assert kept(plain_database, "travel_place") == 10
    assert "OSRM" in small.travel(PLACES).matrix.source
    assert kept(plain_database, "travel_place") == 10
    small.travel(PLACES[:4])
    server.asked.clear()
    small.travel(PLACES[:4])
    assert server.asked == []
    with connect(plain_database.dsn) as connection:
        connection.execute("UPDATE travel_place SET found_at = now() - INTERVAL '31 days'")
    small.travel(PLACES[:4])
    assert server.cells == 16
    assert kept(plain_database, "travel_place") == 4


def test_two_processes_learn_at_once(plain_database: Database, server: RoadServer) -> None:
    """Eight at once, the same places in other orders: all are right, none waits for ever."""
    failed: list[BaseException] = []

    def learn(turn: int) -> None:
        try:
            places = PLACES[turn:] + PLACES[:turn]
            found = network(plain_database, server).travel(places)
            assert found.matrix.distance_m[1][0] == round(made_up_m(places[1], places[0]))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=learn, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert kept(plain_database, "travel_leg") == 23 * 22


def test_a_cache_out_of_reach_costs_questions_only(
    server: RoadServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The engine is asked each time, and the log says why, without the database's address."""
    shelf = Cache(dsn="postgresql://nobody:secret@127.0.0.1:1/x", role="r", days=1, places=9)
    one = Network(osrm(server.url, "driving"), shelf, GreatCircle(), seconds=10, table=50)
    with caplog.at_level(logging.WARNING):
        assert "OSRM" in one.travel(PLACES[:3]).matrix.source
        assert one.ways(PLACES[:2])[0] is not None
    assert "secret" not in caplog.text
    assert "cannot be read" in caplog.text


@given(
    size=st.integers(1, 12),
    most=st.integers(2, 5),
    fresh=st.sets(st.integers(0, 11)),
    told=st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11))),
)
def test_tables_cover_what_is_missing(
    size: int, most: int, fresh: set[int], told: set[tuple[int, int]]
) -> None:
    """Each missing leg is asked, no table is too large, no row or column is asked in vain."""
    grid = blank([(number, 0) for number in range(size)])
    grid.ids = {(number, 0): number for number in range(size) if number not in fresh}
    for row, column in told:
        if row < size and column < size:
            grid.metres[row][column] = 0
    missing = {(a, b) for a in range(size) for b in range(size) if grid.metres[a][b] == UNKNOWN}
    tables = list(missing_tables(grid, most))
    asked = {(a, b) for rows, columns in tables for a in rows for b in columns}
    assert missing <= asked
    for rows, columns in tables:
        assert 0 < len(rows) <= most
        assert 0 < len(columns) <= most
        assert all(any((a, b) in missing for b in columns) for a in rows)
        assert all(any((a, b) in missing for a in rows) for b in columns)


def test_legs_that_follow_each_other_are_one_path() -> None:
    """And a path ends where the engine's limit is, or where the next leg begins elsewhere."""
    a, b, c, d = ((n, n) for n in range(4))
    assert list(runs([(a, b), (b, c), (c, d)], 3)) == [[a, b, c], [c, d]]
    assert list(runs([(a, b), (c, d)], 9)) == [[a, b], [c, d]]


def test_the_settings_choose(plain_database: Database) -> None:
    """None is the great circle with its own detour; each engine has its truck's profile."""
    base: dict[str, Any] = {"database": plain_database.dsn}
    flown = travel_times(Settings(**base, travel_detour=1.42, travel_speed_kmh=44), "glaneur_api")
    assert flown.name == "vol d'oiseau × 1,42 à 44 km/h"
    names: dict[Any, str] = {
        "osrm": "route, par OSRM (driving)",
        "valhalla": "route, par Valhalla (truck)",
        "openrouteservice": "route, par OpenRouteService (driving-hgv)",
    }
    for engine, name in names.items():
        one = travel_times(Settings(**base, travel=engine, travel_url="http://127.0.0.1:1"), "glaneur_api")
        assert one.name == name
    refused: list[dict[str, Any]] = [
        {"travel": "osrm"},
        {"travel": "osrm", "travel_url": "file:///etc/passwd"},
        {"travel": "x"},
    ]
    for wrong in refused:
        with pytest.raises(ValueError, match="travel"):
            Settings(**base, **wrong)


def test_a_place_and_its_legs_go_together(plain_database: Database, server: RoadServer) -> None:
    """Everything kept may be deleted at any time."""
    network(plain_database, server).travel(PLACES[:3])
    network(plain_database, server).ways(PLACES[:3])
    with connect(plain_database.dsn) as connection:
        connection.execute("DELETE FROM travel_place")
    assert kept(plain_database, "travel_leg") == kept(plain_database, "travel_way") == 0
