"""OSRM, Valhalla and OpenRouteService: we ask in their words, read what they say, and say what fails."""

import json
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest

from api.travel.engines import Engine
from api.travel.openrouteservice import openrouteservice
from api.travel.osrm import osrm
from api.travel.osrm_words import instruction
from api.travel.valhalla import valhalla
from api.travel.wire import TRIES, Unanswered, at_most
from routing.model import Place
from routing.travel import ANY_RIG, Rig
from tests.api.road_server import Asked, RoadServer, recorded, road_server

A, B = Place(id="a", lat=50.52248, lon=2.0), Place(id="b", lat=50.52248, lon=2.02828)
C, D = Place(id="c", lat=50.4, lon=2.0), Place(id="d", lat=50.51349, lon=2.04242)
RIG = Rig(height_mm=3800, weight_kg=26_000)
KEY = "5b3ce3597851110001cf6248-very-secret"


def test_osrm_tells_figures_roads_and_turns() -> None:
    """A real OSRM's replies: a one-way street, an island no road leads to, a place 250 m from any."""
    with road_server() as server:
        server.answer = lambda asked: (200, recorded(f"osrm_{asked.path.split('/')[1]}"))
        engine = osrm(server.url, "driving")
        table = engine.table([A, B, C, D], [A, B, C, D], RIG)
        ways = engine.ways([A, B, D], RIG)
    assert table.distance_m[0] == (0, 2005, None, 2752)
    assert table.distance_m[1][:2] == (3006, 0)
    assert table.duration_s[0][2] is table.duration_s[2][1] is None
    assert table.sources_off_m == table.targets_off_m == (0, 0, 250, 200)
    assert [turn.text for turn in ways[1].turns] == [
        "Partir sur Rue de la Colonne 4",
        "Tourner à gauche : Pont du Rang 3",
        "Continuer : Route du Rang 3 (D 103)",
        "Arrivée",
    ]
    assert ways[0].line[0] == (2.0, 50.52248)
    assert ways[0].line[-1] == ways[1].line[0]
    asked = server.asked[0]
    assert (
        asked.path
        == "/table/v1/driving/2,50.52248;2.02828,50.52248;2,50.4;2.04242,50.51349;"
        + (asked.path.partition(";2.04242,50.51349;")[2])
    )
    assert asked.query["sources"] == "0;1;2;3"
    assert asked.query["destinations"] == "4;5;6;7"
    assert asked.query["annotations"] == "duration,distance"
    assert engine.heeds(RIG) == ANY_RIG


def test_valhalla_is_told_the_truck() -> None:
    """Height and weight go as metres and tonnes; kilometres come back as metres, `locate` tells the rest."""
    replies = {
        "sources_to_targets": "valhalla_matrix",
        "locate": "valhalla_locate",
        "route": "valhalla_route",
    }
    with road_server() as server:
        server.answer = lambda asked: (200, _valhalla(asked, replies))
        engine = valhalla(server.url, "truck")
        table = engine.table([A, B, C], [A, B, C], RIG)
        ways = engine.ways([A, B, D], RIG)
    matrix, _, route = server.asked
    assert matrix.body["costing_options"] == {"truck": {"height": 3.8, "weight": 26.0}}
    assert matrix.body["sources"] == matrix.body["targets"]
    assert route.body["directions_options"]["language"] == "fr-FR"
    assert table.distance_m == ((0, 2005, None), (3006, 0, None), (None, None, 0))
    assert table.duration_s[1] == (262, 0, None)
    assert table.sources_off_m == (102, 0, None)
    assert [turn.text for turn in ways[1].turns][:2] == [
        "Tournez à droite sur Rue de la Colonne 4",
        "Tournez à gauche sur Pont du Rang 3",
    ]
    assert ways[1].turns[0].distance_m == 1000
    assert ways[0].line == ((2.0, 50.52248), (2.01414, 50.52248), (2.02828, 50.52248))
    assert engine.heeds(RIG) == RIG
    assert valhalla(server.url, "auto").heeds(RIG) == ANY_RIG


def _valhalla(asked: Asked, replies: dict[str, str]) -> bytes:
    reply = json.loads(recorded(replies[asked.path.strip("/")]))
    return json.dumps(reply * 2 if asked.path == "/locate" else reply).encode()


def test_valhalla_without_locate_still_tells_distances() -> None:
    """Where places were put is then not known, and nothing else is lost."""
    with road_server() as server:
        server.answer = lambda asked: (
            (404, b"{}") if asked.path == "/locate" else (200, recorded("valhalla_matrix"))
        )
        table = valhalla(server.url, "truck").table([A, B, C], [A, B, C], ANY_RIG)
    assert table.sources_off_m == (None, None, None)
    assert table.distance_m[0][1] == 2005


def test_openrouteservice_gets_its_key_and_the_truck() -> None:
    """The key goes as a header; a place off every road has no location; segments become ways."""
    with road_server(json="openrouteservice_matrix", geojson="openrouteservice_directions") as server:
        engine = openrouteservice(server.url, "driving-hgv", KEY)
        table = engine.table([A, B, C], [A, B, C], RIG)
        ways = engine.ways([A, B, D], RIG)
    matrix, directions = server.asked
    assert matrix.path == "/v2/matrix/driving-hgv/json"
    assert matrix.headers["Authorization"] == KEY
    assert matrix.body["metrics"] == ["distance", "duration"]
    assert directions.body["options"]["profile_params"]["restrictions"] == {"height": 3.8, "weight": 26.0}
    assert table.distance_m == ((0, 2005, None), (3006, 0, None), (None, None, None))
    assert table.sources_off_m == (0, 612, None)
    assert [len(way.line) for way in ways] == [3, 3]
    assert ways[1].turns[0].text == "Tournez à droite sur Rue de la Colonne 4"


TABLE = {
    "distances": [[0.0, 1.0], [1.0, 0.0]],
    "durations": [[0.0, 1.0], [1.0, 0.0]],
    "sources": [{"distance": 1.0}, {"distance": 1.0}],
    "destinations": [{"distance": 1.0}, {"distance": 1.0}],
}


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"<html>welcome</html>",
        b"[]",
        b"null",
        b"{}",
        json.dumps(TABLE | {"distances": None}).encode(),
        json.dumps(TABLE | {"distances": [[0.0, 1.0]]}).encode(),
        json.dumps(TABLE | {"durations": [[0.0], [1.0]]}).encode(),
        json.dumps(TABLE | {"distances": [[0.0, -1.0], [1.0, 0.0]]}).encode(),
        json.dumps(TABLE | {"distances": [[0.0, 1e300], [1.0, 0.0]]}).encode(),
        json.dumps(TABLE | {"distances": [[0.0, float("nan")], [1.0, 0.0]]}).encode(),
        json.dumps(TABLE | {"distances": [[0.0, "far"], [1.0, 0.0]]}).encode(),
        json.dumps(TABLE | {"sources": [{"distance": 1.0}, None]}).encode(),
        b"[" * 100_000,
    ],
)
def test_another_answer_than_a_table_is_refused(reply: bytes) -> None:
    """Whatever comes back, it is one exception, and nobody else need stop asking."""
    with road_server() as server:
        server.answer = lambda _: (200, reply)
        with pytest.raises(Unanswered, match="autre chose que des distances") as caught:
            osrm(server.url, "driving").table([A, B], [A, B], ANY_RIG)
    assert not caught.value.down
    with road_server() as server:
        server.answer = lambda _: (200, reply)
        for engine in (osrm(server.url, "driving"), valhalla(server.url, "truck")):
            with pytest.raises(Unanswered):
                engine.ways([A, B], ANY_RIG)


@pytest.mark.parametrize(
    ("status", "body", "tries", "down", "words"),
    [
        (
            400,
            b'{"code": "NoRoute", "message": "x"}',
            1,
            False,
            r"refuse la demande \(HTTP 400, NoRoute\)",
        ),
        (400, b'{"error_code": 171, "error": "No edges"}', 1, False, r"HTTP 400, 171"),
        (404, b'{"error": {"code": 6010, "message": "x"}}', 1, False, r"HTTP 404, 6010"),
        (400, b'{"code": "<script>alert(1)</script>"}', 1, False, r"\(HTTP 400\)"),
        (401, b"", 1, True, "refuse notre clé"),
        (403, b"", 1, True, "refuse notre clé"),
        (429, b"", TRIES, True, "limite le nombre de demandes"),
        (500, b"", 1, True, "est en panne"),
        (503, b"", TRIES, True, "est en panne"),
        (302, b"", 1, False, "refuse la demande"),
    ],
)
def test_a_refusal_is_one_sentence(
    status: int,
    body: bytes,
    tries: int,
    down: bool,
    words: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tried again only where that may help; the key is nowhere in what is said or logged."""
    monkeypatch.setattr("api.travel.wire.PAUSES_S", (0.01, 0.01))
    caplog.set_level(logging.DEBUG)
    with road_server() as server:
        server.answer = lambda _: (status, body)
        server.headers = {"Location": "/elsewhere"} if status == 302 else {}
        with pytest.raises(Unanswered, match=words) as caught:
            openrouteservice(server.url, "driving-hgv", KEY).table([A, B], [A, B], ANY_RIG)
    assert len(server.asked) == tries
    assert caught.value.down is down
    assert KEY not in f"{caught.value!r} {caught.getrepr(chain=True)} {caplog.text}"


def test_a_server_that_is_not_there_and_one_that_is_slow() -> None:
    """Both end within the time given, and say that it does not answer."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{held.getsockname()[1]}"
        with at_most(0.2), pytest.raises(Unanswered, match="ne répond pas") as caught:
            osrm(gone, "driving").table([A, B], [A, B], ANY_RIG)
    assert caught.value.down
    with road_server() as server:
        server.delay_s = 1.0
        with at_most(0.1), pytest.raises(Unanswered, match="ne répond pas"):
            osrm(server.url, "driving").table([A, B], [A, B], ANY_RIG)


def test_an_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a table can be is not read to its end."""
    monkeypatch.setattr("api.travel.wire.LARGEST_ANSWER", 100_000)
    monkeypatch.setattr("api.travel.wire.PAUSES_S", (0.01, 0.01))
    with road_server() as server:
        server.answer = lambda _: (200, b" " * 2_000_000)
        with pytest.raises(Unanswered):
            osrm(server.url, "driving").table([A, B], [A, B], ANY_RIG)


def test_every_engine_keeps_the_protocol() -> None:
    """Names for people, limits, and no address in what is printed of them by mistake."""
    makers: list[Callable[[], Engine]] = [
        lambda: osrm("http://127.0.0.1:1", "driving"),
        lambda: valhalla("http://127.0.0.1:1", "truck"),
        lambda: openrouteservice("http://127.0.0.1:1", "driving-hgv", KEY),
    ]
    for make in makers:
        engine = make()
        assert engine.name
        assert engine.most_via >= 20
        assert KEY not in repr(engine)


def _manoeuvre(kind: str, modifier: str | None = None, **more: Any) -> dict[str, Any]:
    exit_number = more.pop("exit", None)
    act = {"type": kind} | ({"modifier": modifier} if modifier else {})
    return {"maneuver": act | ({"exit": exit_number} if exit_number else {}), **more}


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (_manoeuvre("depart", name="Grand-Rue"), "Partir sur Grand-Rue"),
        (
            _manoeuvre("turn", "left", name="Grand-Rue", ref="D 928"),
            "Tourner à gauche : Grand-Rue (D 928)",
        ),
        (_manoeuvre("turn", "slight right", ref="D 928"), "Tourner légèrement à droite : D 928"),
        (_manoeuvre("end of road", "right", name=""), "Au bout de la route, tourner à droite"),
        (_manoeuvre("continue", "uturn"), "Faire demi-tour"),
        (_manoeuvre("fork", "slight left", name="D 343"), "Serrer à gauche : D 343"),
        (_manoeuvre("merge", "slight right", name="A 26"), "S'insérer à droite : A 26"),
        (_manoeuvre("off ramp", "slight right"), "Prendre la bretelle à droite"),
        (_manoeuvre("roundabout", "right", exit=1), "Entrer dans le rond-point et prendre la 1re sortie"),
        (
            _manoeuvre("rotary", "right", exit=3, name="D 126"),
            "Entrer dans le rond-point et prendre la 3e sortie : D 126",
        ),
        (_manoeuvre("roundabout"), "Entrer dans le rond-point"),
        (_manoeuvre("exit roundabout", "right"), ""),
        (_manoeuvre("new name", "straight", name="D 77"), "Continuer : D 77"),
        (_manoeuvre("notification", "straight"), ""),
        (_manoeuvre("something new", "sharp left"), "Tourner franchement à gauche"),
        (_manoeuvre("something new", "sideways"), "Continuer tout droit"),
        (_manoeuvre("arrive", "left"), "Arrivée, à gauche"),
    ],
)
def test_osrm_manoeuvres_in_french(step: dict[str, Any], words: str) -> None:
    """A driver reads them at a glance."""
    assert instruction(step) == words


def test_the_server_of_these_tests_counts_legs() -> None:
    """The ruler of the cache's tests is right."""
    with road_server() as server:
        osrm(server.url, "driving").table([A, B], [A, B, D], ANY_RIG)
        assert isinstance(server, RoadServer)
        assert server.cells == 6
