"""How columns are read, and since when: dated, of a model, or taken from a level somebody sees."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from services import Database

from api.devices.calibrating import shape_of_text, text_of_shape
from api.devices.recompute import recompute
from api.devices.registry import Refusal
from store.connection import connect
from tests.api.little_territory import add_reading, container_id, now
from tests.api.queue_worker import work_off

pytestmark = pytest.mark.db

MOUNTED = "GLN-0001"  # in V1, which is empty at 1,650 mm and full at 350


def levels(territory: Database) -> list[float | None]:
    """All levels, the oldest first."""
    with connect(territory.dsn) as connection:
        rows = connection.execute("SELECT fill_percent FROM reading ORDER BY measured_at").fetchall()
    return [row["fill_percent"] for row in rows]


def test_reading_the_past_again_gives_the_past(dispatcher: TestClient, territory: Database) -> None:
    """Two calibrations in turn: whatever is read again, each level is of its own time's calibration."""
    with connect(territory.dsn) as connection:
        for days in (20, 9, 2):
            add_reading(connection, "V1", now() - timedelta(days=days), 50.0)  # 1,000 mm
    for days, full in ((4, 0), (12, 500)):  # the later first: an earlier one ends where it begins
        since = (now() - timedelta(days=days)).isoformat()
        body = {"empty_distance_mm": 2000, "full_distance_mm": full, "dead_zone_mm": 100, "since": since}
        assert dispatcher.put("/api/v1/containers/V1/calibration", json=body).status_code == 204
    work_off(territory.dsn)
    expected = [50.0, pytest.approx(66.67, abs=0.01), 50.0]
    assert levels(territory) == expected
    with connect(territory.dsn) as connection:
        device = connection.execute("SELECT id FROM device WHERE serial = %s", (MOUNTED,)).fetchone()
        assert device is not None
        ids = [device["id"]], [container_id(connection, "V1")]
        connection.execute("UPDATE reading SET fill_percent = 1")
        connection.commit()
        recompute(connection, *ids, now() - timedelta(days=30), None)
        connection.commit()
    assert levels(territory) == expected


def test_a_model_lends_its_shape(dispatcher: TestClient, territory: Database) -> None:
    """A cone: half of the height is a fifth of the volume, told as a table; a model never changes."""
    model = {
        "code": "CONE-3", "name": "Conique 3 m³", "volume_l": 3000, "empty_distance_mm": 1650,
        "full_distance_mm": 350, "dead_zone_mm": 100, "shape": [[500, 200]],
    }  # fmt: skip
    assert dispatcher.post("/api/v1/container-models", json=model).status_code == 201
    again = dispatcher.post("/api/v1/container-models", json=model)
    assert (again.status_code, again.json()) == (422, {"error": "Un modèle porte déjà ce code."})
    falls = dispatcher.post(
        "/api/v1/container-models", json=model | {"code": "X", "shape": [[500, 600], [400, 700]]}
    )
    assert falls.status_code == 422
    assert dispatcher.get("/api/v1/container-models").json() == [model]
    with connect(territory.dsn) as connection:
        add_reading(connection, "V1", now() - timedelta(hours=1), 50.0)
    since = (now() - timedelta(days=1)).isoformat()
    body = {"empty_distance_mm": 1650, "full_distance_mm": 350, "model": "CONE-3", "since": since}
    assert dispatcher.put("/api/v1/containers/V1/calibration", json=body).status_code == 204
    work_off(territory.dsn)
    assert levels(territory) == [20.0]
    found = dispatcher.get("/api/v1/containers/V1/calibration").json()
    assert found["table"][0][0] == 1650
    assert len(found["table"]) == 3
    assert (found["model"], found["how"]) == ("Conique 3 m³", "typed")
    unknown = dispatcher.put("/api/v1/containers/V1/calibration", json=body | {"model": "Y"})
    assert unknown.json() == {"error": "Ce modèle de colonne n'existe pas."}


def test_a_column_seen_empty(dispatcher: TestClient, territory: Database) -> None:
    """The newest distance becomes the empty one since the mounting; what is implausible changes nothing."""
    address = "/api/v1/containers/V1/calibration"
    seen = {"seen": "empty", "whole_mounting": True}
    refused = dispatcher.post(f"{address}/observed", json=seen)
    assert "n'a encore rien mesuré ici" in refused.json()["error"]
    with connect(territory.dsn) as connection:
        add_reading(connection, "V1", now() - timedelta(days=9), 50.0)
        add_reading(connection, "V1", now() - timedelta(hours=5), 1.0)
        add_reading(connection, "V1", now() - timedelta(hours=1), 4.0)  # 1,598 mm
    found = dispatcher.post(f"{address}/observed", json=seen)
    assert found.status_code == 200, found.text
    assert (found.json()["empty_distance_mm"], found.json()["how"]) == (1598, "observed")
    work_off(territory.dsn)
    assert levels(territory)[-1] == 0
    assert levels(territory)[0] == pytest.approx(47.9, abs=0.1)
    full = dispatcher.post(f"{address}/observed", json={"seen": "full"})
    assert full.status_code == 422
    assert "la colonne est-elle bien pleine ?" in full.json()["error"].replace("\u00a0", " ")
    assert dispatcher.get(address).json() == found.json()
    with connect(territory.dsn) as connection:
        connection.execute("DELETE FROM reading")
        add_reading(connection, "V1", now() - timedelta(days=3), 4.0)
    assert "trop ancienne" in dispatcher.post(f"{address}/observed", json=seen).json()["error"]
    nowhere = dispatcher.get("/api/v1/containers/NONE/calibration")
    assert nowhere.status_code == 404


def test_the_page_says_why_not(dispatcher: TestClient, territory: Database) -> None:
    """The forms of the device's page: taken leads back, refused shows the sentence."""
    with connect(territory.dsn) as connection:
        add_reading(connection, "V1", now() - timedelta(hours=1), 60.0)
    form = {"vue": "empty", "valable": "mesure", "csrf_token": dispatcher.headers["X-CSRF-Token"]}
    refused = dispatcher.post(f"/sondes/{MOUNTED}/observer", data=form)
    assert refused.status_code == 409
    assert "la colonne est-elle bien vide" in refused.text.replace("\u00a0", " ")
    typed = {"vide_mm": "1700", "plein_mm": "400", "aveugle_mm": "100", "forme": "50 : 20,5\n75 : 60"}
    form = {**typed, "csrf_token": dispatcher.headers["X-CSRF-Token"]}
    taken = dispatcher.post(f"/sondes/{MOUNTED}/etalonner", data=form, follow_redirects=False)
    assert taken.status_code == 303
    assert dispatcher.get("/api/v1/containers/V1/calibration").json()["shape"] == [[500, 205], [750, 600]]
    assert "50 : 20,5" in dispatcher.get(f"/sondes/{MOUNTED}").text


def test_shapes_are_typed_as_people_write() -> None:
    """Commas, percents, empty lines; anything else is refused with how to write it."""
    assert shape_of_text("25 % : 10,5\n\n50:20 %") == ((250, 105), (500, 200))
    assert shape_of_text(text_of_shape([[250, 105], [500, 200]])) == ((250, 105), (500, 200))
    for wrong in ("a : b", "12", "1e400 : 2", "nan : 3"):
        with pytest.raises(Refusal, match="hauteur"):
            shape_of_text(wrong)
