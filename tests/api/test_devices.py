"""Devices in life, by the JSON API: registered, mounted, replaced, corrected, changed, by whom."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from services import Database

from store.connection import connect
from tests.api.conftest import make_app, sign_in
from tests.api.little_territory import add_reading, now, seed
from tests.api.queue_worker import work_off

EUI = "24E124713D000001"
APPLICATION = "32dafeb5-0865-4edd-bf1c-3f8d9b07af52"


def iso(at: datetime) -> str:
    return at.isoformat()


def register(client: TestClient, serial: str, **more: Any) -> Any:
    return client.post("/api/v1/devices", json={"serial": serial, **more})


def audit(database: Database) -> list[str]:
    with connect(database.dsn) as connection:
        rows = connection.execute("SELECT action FROM people.audit WHERE action <> 'sign_in' ORDER BY id")
        return [row["action"] for row in rows]


def jobs(database: Database) -> list[dict[str, Any]]:
    with connect(database.dsn) as connection:
        rows = connection.execute("SELECT args FROM jobs.procrastinate_jobs WHERE task_name = 'recompute'")
        return [row["args"] for row in rows]


def test_registering_on_every_edition(database: Database) -> None:
    """What the list shows comes from one view that every edition must run."""
    seed(database.dsn)
    with connect(database.dsn) as connection:
        for step in range(60):
            add_reading(connection, "V1", now() - timedelta(hours=12 * step), 50.0)
        connection.execute(
            "UPDATE reading SET rssi_dbm = -90, snr_db = 7,"
            " battery_percent = 90 - extract(epoch FROM now() - measured_at) / 2592000.0 * -3"
        )
    with TestClient(make_app(database.dsn)) as client:
        sign_in(client, "regulation")
        devices = {one["serial"]: one for one in client.get("/api/v1/devices").json()}
        assert len(devices) == 6
        heard = devices["GLN-0001"]
        assert (heard["container"], heard["commune"], heard["presence"]) == ("V1", "Fruges", "heard")
        assert heard["battery_per_month"] == pytest.approx(-3, abs=0.01)
        assert (heard["rssi_dbm"], heard["snr_db"], heard["messages_day"]) == (-90, 7, 2)
        assert devices["GLN-0006"]["presence"] == "never"
        series = client.get("/api/v1/devices/GLN-0001/series?days=7").json()
        assert sum(day["messages"] for day in series["days"]) == 14
        assert {point["rssi_dbm"] for point in series["points"]} == {-90}
        (last, *_) = client.get("/api/v1/devices/GLN-0001/messages").json()
        assert (last["container"], last["distance_mm"], last["raw_form"]) == ("V1", 1000, "hexadécimal")


def test_a_registered_probe_is_there_and_recorded(dispatcher: TestClient, territory: Database) -> None:
    answer = register(dispatcher, "GLN-0100", report_interval_s=7200)
    assert answer.status_code == 201
    assert answer.json()["presence"] == "never"
    assert dispatcher.get("/api/v1/devices/GLN-0100").json()["report_interval_s"] == 7200
    assert audit(territory) == ["register_device"]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"serial": "GLN-0001"}, 422, "La sonde GLN-0001 est déjà déclarée."),
        ({"serial": "É1"}, 422, "Le numéro de série doit avoir"),
        ({"serial": "A", "codec": "pas un nom"}, 422, "Le décodeur « pas un nom » n'existe pas"),
        ({"serial": "A", "network": "loriot"}, 422, "le DevEUI est nécessaire"),
        ({"serial": "A", "network": "sigfox"}, 422, "« network » n’est pas valable"),
        ({"serial": "A", "container": "X9"}, 422, "La colonne « X9 » n'existe pas."),
        (
            {"serial": "A", "container": "V1"},
            422,
            "La colonne V1 porte déjà la sonde GLN-0001 depuis le 1er janv.",
        ),
        ({"serial": "A", "mounted_from": "hier"}, 422, "« mounted_from »"),
    ],
)
def test_a_refused_registration_says_why_and_writes_nothing(
    dispatcher: TestClient, territory: Database, body: dict[str, Any], status: int, sentence: str
) -> None:
    answer = dispatcher.post("/api/v1/devices", json=body)
    assert (answer.status_code, sentence in answer.json()["error"]) == (status, True), answer.text
    assert len(dispatcher.get("/api/v1/devices").json()) == 6
    assert audit(territory) == []


def test_a_dev_eui_belongs_to_one_device(dispatcher: TestClient) -> None:
    """Written with colons or in small letters, it is the same."""
    first = register(
        dispatcher, "EM-1", network="chirpstack", dev_eui="24:e1:24:71:3d:00:00:01", network_path=APPLICATION
    )
    assert first.json()["dev_eui"] == EUI
    second = register(dispatcher, "EM-2", network="chirpstack", dev_eui=EUI.lower(), network_path=APPLICATION)
    assert second.json() == {"error": f"Le DevEUI {EUI} est déjà celui d'une autre sonde."}


CSV = (
    "serial;codec;report_interval_s;container;mounted_from\n"
    "GLN-0200;native;7200;;\n"
    "GLN-0001;native;;;\n"
    "GLN 0201;native;;;\n"
    "GLN-0202;native;;V1;2026-11-01\n"
    "GLN-0203;native;;P2;2025-06-01\n"
)


def send(client: TestClient, text: str, dry_run: bool = False) -> Any:
    address = "/api/v1/devices/import" + ("?dry_run=true" if dry_run else "")
    return client.post(address, files={"file": ("sondes.csv", text.encode(), "text/csv")})


def test_a_file_takes_its_good_rows_and_reports_the_others(
    dispatcher: TestClient, territory: Database
) -> None:
    """Each refused row has its line and its reason; a trial says the same and writes nothing."""
    with connect(territory.dsn) as connection:
        connection.execute("UPDATE mounting SET during = tstzrange('2026-01-01Z', NULL) WHERE device_id = 6")
    trial = send(dispatcher, CSV, dry_run=True).json()
    assert len(dispatcher.get("/api/v1/devices").json()) == 6
    assert audit(territory) == []
    assert jobs(territory) == []
    report = send(dispatcher, CSV).json()
    assert report == trial | {"dry_run": False}
    assert report["taken"] == [{"line": 2, "serial": "GLN-0200"}]
    reasons = {row["line"]: row["reason"] for row in report["refused"]}
    assert reasons[3] == "La sonde GLN-0001 est déjà déclarée."
    assert reasons[4].startswith("Le numéro de série doit avoir")
    assert reasons[5].startswith("La colonne V1 porte déjà la sonde GLN-0001 depuis le")
    assert reasons[6].startswith("La colonne P2 porte déjà la sonde GLN-0006 depuis le")
    assert len(dispatcher.get("/api/v1/devices").json()) == 7


def test_a_file_that_is_none_is_refused_whole(dispatcher: TestClient) -> None:
    answer = send(dispatcher, "nom\nA\n")
    assert (answer.status_code, "doit nommer les colonnes" in answer.json()["error"]) == (422, True)
    assert send(dispatcher, "x" * 2_000_001).status_code == 413


def test_replacing_is_one_act(dispatcher: TestClient, territory: Database) -> None:
    """The old mounting ends at the very instant at which the new one begins, and the past is read again."""
    register(dispatcher, "GLN-0100")
    at = (now() - timedelta(hours=3)).replace(microsecond=0)
    answer = dispatcher.post("/api/v1/devices/GLN-0001/replace", json={"by": "GLN-0100", "at": iso(at)})
    assert answer.status_code == 200, answer.text
    (new,) = answer.json()
    (old,) = dispatcher.get("/api/v1/devices/GLN-0001/mountings").json()
    assert (new["container"], old["container"], new["until"]) == ("V1", "V1", None)
    assert datetime.fromisoformat(old["until"]) == datetime.fromisoformat(new["since"]) == at
    assert audit(territory) == ["register_device", "replace"]
    (job,) = jobs(territory)
    assert (datetime.fromisoformat(job["since"]), job["until"], len(job["device_ids"])) == (at, None, 2)


def test_a_replacement_that_cannot_be_leaves_the_old_probe_where_it_was(dispatcher: TestClient) -> None:
    """The new one hangs elsewhere: nothing of the act remains."""
    answer = dispatcher.post("/api/v1/devices/GLN-0001/replace", json={"by": "GLN-0002"})
    assert answer.status_code == 409
    assert answer.json()["error"].startswith(
        "La sonde GLN-0002 est déjà montée dans P1 depuis le 1er janv. 2026"
    )
    assert dispatcher.get("/api/v1/devices/GLN-0001").json()["container"] == "V1"


def test_unmounting_and_mounting_again(dispatcher: TestClient, territory: Database) -> None:
    one = now() - timedelta(days=2)
    assert dispatcher.post("/api/v1/devices/GLN-0001/unmount", json={"at": iso(one)}).status_code == 200
    assert dispatcher.get("/api/v1/devices/GLN-0001").json()["container"] is None
    again = dispatcher.post("/api/v1/devices/GLN-0001/unmount", json={})
    assert again.json() == {"error": "Cette sonde n'est montée nulle part."}
    answer = dispatcher.post("/api/v1/devices/GLN-0001/mountings", json={"container": "V1"})
    assert answer.status_code == 201
    assert len(answer.json()) == 2
    assert audit(territory) == ["unmount", "mount"]


@pytest.mark.parametrize(
    ("act", "body", "sentence"),
    [
        ("mountings", {"container": "V2"}, "La sonde GLN-0001 est déjà montée dans V1 depuis le"),
        ("mountings", {"container": "V2", "since": "2099-01-01T00:00:00Z"}, "n'est pas encore venu"),
        ("unmount", {"at": "2025-12-31T00:00:00Z"}, "Le démontage doit être après le montage"),
        ("replace", {"by": "GLN-0001"}, "Une sonde ne se remplace pas par elle-même."),
    ],
)
def test_what_is_in_the_way_is_named(
    dispatcher: TestClient, act: str, body: dict[str, Any], sentence: str
) -> None:
    answer = dispatcher.post(f"/api/v1/devices/GLN-0001/{act}", json=body)
    assert (answer.status_code, sentence in answer.json()["error"]) == (409, True), answer.text


def test_a_corrected_mounting_moves_its_readings_once_the_worker_has_passed(
    dispatcher: TestClient, territory: Database
) -> None:
    """From the form to the level: GLN-0001 was in P2 all the time, says the technician."""
    dispatcher.post("/api/v1/devices/GLN-0006/unmount", json={"at": "2026-01-02T00:00:00Z"})
    with connect(territory.dsn) as connection:
        add_reading(connection, "V1", now() - timedelta(hours=5), 40.0)
        add_reading(connection, "V1", now() - timedelta(hours=1), 41.0)
    body = {
        "container": "V1",
        "since": "2026-01-01T00:00:00Z",
        "instead": {"container": "P2", "since": "2026-01-02T00:00:00Z", "until": None},
    }
    answer = dispatcher.post("/api/v1/devices/GLN-0001/mountings/correct", json=body)
    assert answer.status_code == 200, answer.text
    work_off(territory.dsn)
    found = {one["code"]: one for one in dispatcher.get("/api/v1/containers").json()}
    assert found["P2"]["fill_percent"] == pytest.approx(41, abs=1)
    assert found["P2"]["quality"] == "ok"
    assert found["V1"]["fill_percent"] is None
    assert found["V1"]["alerts_open"] == 0
    again = dispatcher.post("/api/v1/devices/GLN-0001/mountings/correct", json=body)
    assert again.json() == {"error": "Ce montage a changé entre-temps : rechargez la page."}


def test_a_calibration_reads_the_levels_again_from_its_date(
    dispatcher: TestClient, territory: Database
) -> None:
    """And leaves those before as they were."""
    with connect(territory.dsn) as connection:
        add_reading(connection, "V3", now() - timedelta(days=9), 50.0)
        add_reading(connection, "V3", now() - timedelta(hours=1), 50.0)
    body = {
        "empty_distance_mm": 2000,
        "full_distance_mm": 0,
        "dead_zone_mm": 100,
        "since": iso(now() - timedelta(days=5)),
    }
    assert dispatcher.put("/api/v1/containers/V3/calibration", json=body).status_code == 204
    work_off(territory.dsn)
    with connect(territory.dsn) as connection:
        rows = connection.execute("SELECT fill_percent FROM reading ORDER BY measured_at").fetchall()
    assert [row["fill_percent"] for row in rows] == [50.0, 50.0]  # 1,000 mm of 2,000: the same by chance
    body["full_distance_mm"] = 500
    assert dispatcher.put("/api/v1/containers/V3/calibration", json=body).status_code == 204
    work_off(territory.dsn)
    with connect(territory.dsn) as connection:
        rows = connection.execute("SELECT fill_percent FROM reading ORDER BY measured_at").fetchall()
    assert [row["fill_percent"] for row in rows] == [50.0, pytest.approx(66.67, abs=0.01)]
    wrong = dispatcher.put("/api/v1/containers/V3/calibration", json=body | {"full_distance_mm": 2000})
    assert (wrong.status_code, "doit dépasser" in wrong.json()["error"]) == (422, True)


def test_changing_what_a_device_is(dispatcher: TestClient, territory: Database) -> None:
    """The audit holds before and after; nothing changed is nothing recorded."""
    body = {"codec": "milesight/EM400-TLD", "report_interval_s": 3600, "network": "tts", "dev_eui": EUI}
    refused = dispatcher.put("/api/v1/devices/GLN-0001", json=body)
    assert "The Things Stack" in refused.json()["error"]
    body["network_path"] = "bornes@ttn/eui-1"
    assert dispatcher.put("/api/v1/devices/GLN-0001", json=body).json()["network"] == "tts"
    assert dispatcher.put("/api/v1/devices/GLN-0001", json=body).status_code == 200
    assert audit(territory) == ["change_device"]
    with connect(territory.dsn) as connection:
        row = connection.execute("SELECT detail FROM people.audit WHERE action = 'change_device'").fetchone()
    assert row is not None
    assert row["detail"]["report_interval_s"] == [14400, 3600]


@pytest.mark.parametrize(
    ("filters", "serials"),
    [
        ("q=gln-0003", ["GLN-0003"]),
        ("q=v2", ["GLN-0004"]),
        ("insee=62463", ["GLN-0005", "GLN-0006"]),
        ("presence=never&network=native&insee=62463", ["GLN-0005", "GLN-0006"]),
        ("unmounted=true", []),
        ("network=loriot", []),
        ("page=2", []),
    ],
)
def test_filters(dispatcher: TestClient, filters: str, serials: list[str]) -> None:
    found = dispatcher.get(f"/api/v1/devices?{filters}").json()
    assert [one["serial"] for one in found] == serials


def test_an_unknown_device_is_said_so(dispatcher: TestClient) -> None:
    for method, address in (("get", ""), ("get", "/series"), ("post", "/access"), ("get", "/downlinks")):
        answer = getattr(dispatcher, method)(f"/api/v1/devices/GLN-9999{address}")
        assert (answer.status_code, answer.json()) == (404, {"error": "Cette sonde n'est pas déclarée."})


def test_a_driver_has_no_business_here(as_person: Callable[[str], TestClient], client: TestClient) -> None:
    """Nor a stranger; nor a page without its token."""
    assert client.get("/api/v1/devices").status_code == 401
    driver = as_person("chauffeur")
    for address in ("/api/v1/devices", "/api/v1/quarantine", "/sondes", "/quarantaine", "/sondes-nouvelles"):
        assert driver.get(address).status_code == 403, address
    assert register(driver, "GLN-0100").status_code == 403
    dispatcher = as_person("regulation")
    del dispatcher.headers["X-CSRF-Token"]
    assert register(dispatcher, "GLN-0100").status_code == 403


def test_two_changes_of_mountings_at_once_do_not_cross(territory: Database) -> None:
    """A transaction that read the mountings before a change commits before it, or sees it."""
    with connect(territory.dsn) as reader, TestClient(make_app(territory.dsn)) as client:
        sign_in(client, "regulation")
        reader.execute("SELECT * FROM mounting")  # a batch of ingest under way
        busy = client.post("/api/v1/devices/GLN-0001/unmount", json={})
        assert busy.status_code == 503
        assert busy.json() == {"error": "D'autres changements sont en cours : réessayez dans un instant."}
        reader.commit()
        assert client.post("/api/v1/devices/GLN-0001/unmount", json={}).status_code == 200


def test_another_codec_says_how_the_past_is_read_again(dispatcher: TestClient) -> None:
    """The form says the command that rereads the stored bytes; nothing of it for another interval."""
    register(dispatcher, "EM-1", codec="milesight-iot/em310-udl", network="thingpark", dev_eui=EUI)
    form = {"decodeur": "milesight-iot/em310-udl", "intervalle_min": "60", "reseau": "thingpark",
            "dev_eui": EUI, "csrf_token": dispatcher.headers["X-CSRF-Token"]}  # fmt: skip
    same = dispatcher.post("/sondes/EM-1/modifier", data=form, follow_redirects=True)
    assert "La sonde est modifiée." in same.text
    assert "redecode" not in same.text
    other = dispatcher.post(
        "/sondes/EM-1/modifier", data=form | {"decodeur": "dragino/ldds75"}, follow_redirects=True
    )
    assert "glaneur redecode --device EM-1" in other.text
