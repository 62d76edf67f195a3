"""What a driver reads: which round, with all a phone needs, and the page's shell with its service worker."""

import json
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from fastapi.testclient import TestClient
from services import Database

from api.french import PARIS
from store.connection import connect
from tests.api.little_round import seed_round, today

LAVOIR, STADE, QUAY = 1, 4, 5


@pytest.fixture
def round_id(territory: Database) -> int:
    """A round published for the driver, today."""
    return seed_round(territory.dsn)


def test_the_round_is_all_a_phone_needs(driver: TestClient, round_id: int) -> None:
    """Names, places, hours, containers with their expected fill: the page works from this alone."""
    found = driver.get("/api/v1/driver/round").json()["round"]
    assert {key: value for key, value in found.items() if key != "stops"} == {
        "id": round_id, "day": today().isoformat(), "version": 1, "status": "published",
        "vehicle": "Camion grue 1", "stream": "Verre", "distance_m": 41200,
    }  # fmt: skip
    kinds = ["start", "collect", "collect", "break", "collect", "unload", "end"]
    assert [stop["kind"] for stop in found["stops"]] == kinds
    stade = found["stops"][STADE]
    assert (stade["name"], stade["commune"], stade["status"]) == ("Parking du Stade", "Hucqueliers", "to_do")
    expected = [("P2", "Papier", 60.0, 1800), ("V3", "Verre", 41.0, 1230)]
    found_here = [(c["code"], c["stream"], c["fill_percent"], c["volume_l"]) for c in stade["containers"]]
    assert found_here == expected
    assert found["stops"][LAVOIR]["access_note"] == "Marche arrière"
    assert found["stops"][QUAY]["name"] == "Fruges"
    assert datetime.fromisoformat(stade["arrival_at"]) == datetime.combine(today(), time(7, 20), PARIS)


# (days from today, status) of each round there is, and which of them the driver should see.
SEEN: list[tuple[list[tuple[int, str]], int | None]] = [
    ([], None),
    ([(0, "draft"), (0, "cancelled")], None),
    ([(1, "published"), (0, "published"), (-1, "published")], 1),
    ([(1, "published"), (0, "done")], 1),
    ([(0, "done"), (0, "published")], 1),
    ([(3, "published"), (1, "published")], 1),
    ([(-1, "published"), (2, "published")], 1),
    ([(-1, "published"), (-2, "published"), (-1, "done")], 0),
]


def test_which_round(driver: TestClient, territory: Database) -> None:
    """Today's before tomorrow's, the one to drive before the one driven, and never a draft."""
    for rounds, expected in SEEN:
        with connect(territory.dsn) as connection:
            connection.execute("DELETE FROM round")
        ids = [seed_round(territory.dsn, day=today() + timedelta(days=d), status=s) for d, s in rounds]
        found = driver.get("/api/v1/driver/round").json()["round"]
        assert (found and found["id"]) == (None if expected is None else ids[expected]), rounds


def test_a_driver_opens_their_own_rounds_and_a_dispatcher_any(
    territory: Database, as_person: Callable[[str], TestClient]
) -> None:
    """Reading another's round is refused in French; the lists hold what one may open."""
    own, other = seed_round(territory.dsn), seed_round(territory.dsn, login=None)
    draft = seed_round(territory.dsn, status="draft")
    client = as_person("chauffeur")
    path = "/api/v1/driver/round?round="
    assert client.get(f"{path}{own}").json()["round"]["id"] == own
    assert client.get(f"{path}{other}").json() == {"error": "Cette tournée n'est pas la vôtre."}
    assert client.get(f"{path}{draft}").status_code == 404
    assert [one["id"] for one in client.get("/api/v1/driver/rounds").json()["rounds"]] == [own]
    client = as_person("regulation")
    assert client.get(f"{path}{other}").json()["round"]["id"] == other
    choices = client.get("/api/v1/driver/rounds").json()["rounds"]
    assert [(one["id"], one["driver"]) for one in choices] == [(own, "Dominique Chauffeur"), (other, None)]
    assert client.get("/api/v1/driver/round").json() == {"round": None}


def test_the_service_worker_names_every_file_of_the_page(client: TestClient) -> None:
    """Open to all, always revalidated, allowed over /chauffeur; each named file is served."""
    answer = client.get("/chauffeur/sw.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["service-worker-allowed"] == "/chauffeur"
    first = answer.text.splitlines()[0]
    shell = json.loads(first.removeprefix("self.SHELL = ").removesuffix(";"))
    assert {name.split("/")[2].split("-")[0] for name in shell["files"]} >= {"base", "driver", "icon"}
    for name in shell["files"]:
        assert client.get(name).status_code == 200, name


def test_the_page_needs_a_sign_in(client: TestClient, as_person: Callable[[str], TestClient]) -> None:
    """A stranger goes to the form and comes back; the page holds no round, only where to put it."""
    assert client.get("/chauffeur").headers["location"] == "/connexion?suite=/chauffeur"
    assert client.get("/api/v1/driver/round").status_code == 401
    body = as_person("chauffeur").get("/chauffeur").text
    assert 'data-account="chauffeur"' in body
