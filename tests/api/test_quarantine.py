"""The quarantine desk: what lies there, taken again once mended, dismissed with a word, forgotten late."""

import base64
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from services import Database

from api.quarantine import jobs
from api.quarantine.jobs import ReplayFailed, purge, replay
from ingest.batch import prepare, write
from ingest.letter import Letter
from ingest.message import Limits
from store.connection import connect
from tests.api.conftest import make_app, sign_in
from tests.api.little_territory import now, seed
from tests.api.queue_worker import work_off
from tests.ingest.probe import letter


def refuse(dsn: str, *letters: Letter) -> None:
    """Have ingest refuse these."""
    with connect(dsn, "glaneur_ingest", autocommit=True) as connection:
        prepare(connection)
        assert write(connection, letters, Limits(), {}).quarantined == len(letters)


def stranger(number: int = 1, hours: float = 1) -> Letter:
    at = (now() - timedelta(hours=hours)).replace(microsecond=0)
    return letter("GLN-0100", at, number, at, distance=1000)


def broken(payload: bytes = b"\x00\xff{", hours: float = 1) -> Letter:
    return Letter("glaneur/1/GLN-0001/up", payload, now() - timedelta(hours=hours))


def messages(client: TestClient, filters: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/quarantine{filters}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def test_what_lies_there_on_every_edition(database: Database) -> None:
    """Reason in French, detail, times, and the bytes safely; counts by reason and by day."""
    seed(database.dsn, states=False)
    refuse(database.dsn, stranger(), broken(), broken(), Letter("else/where", b"hello", now()))
    with TestClient(make_app(database.dsn)) as client:
        sign_in(client, "regulation")
        found = {one["reason"]: one for one in messages(client)}
        assert found.keys() == {"unknown_device", "not_json", "unknown_topic"}
        assert found["unknown_device"]["reason_label"] == "Sonde inconnue"
        assert found["unknown_device"]["payload_form"] == "JSON"
        assert found["not_json"]["payload"] == "0000  00 ff 7b"
        assert found["not_json"]["times"] == 2
        assert found["unknown_topic"]["topic"] == "else/where"
        counts = client.get("/api/v1/quarantine/counts").json()
        assert {one["reason"]: one["messages"] for one in counts["reasons"]} == dict.fromkeys(found, 1)
        assert {one["reason"]: one["times"] for one in counts["reasons"]}["not_json"] == 2
        assert sum(day["messages"] for day in counts["days"]) == 3
        assert len(messages(client, "?reason=not_json")) == 1
        assert len(messages(client, "?q=WHERE")) == 1
        assert messages(client, "?settled=true") == []
        assert messages(client, "?page=2") == []


def test_registering_the_probe_and_taking_its_messages_again(
    dispatcher: TestClient, territory: Database
) -> None:
    """By reason: the ones that can be taken become readings of the right container, the others stay."""
    refuse(territory.dsn, stranger(1, 5), stranger(2, 1), letter("GLN-0101", now(), 1, now(), distance=900))
    dispatcher.post("/api/v1/devices/GLN-0006/unmount", json={"at": "2026-01-02T00:00:00Z"})
    body = {"serial": "GLN-0100", "container": "P2", "mounted_from": (now() - timedelta(days=1)).isoformat()}
    assert dispatcher.post("/api/v1/devices", json=body).status_code == 201
    assert dispatcher.post("/api/v1/quarantine/replay?reason=unknown_device").status_code == 202
    work_off(territory.dsn)
    (left,) = messages(dispatcher)
    assert left["detail"] == "no device has the serial GLN-0101"
    assert left["replayed_at"] is not None
    settled = messages(dispatcher, "?settled=true")
    assert [one["settled_because"] for one in settled] == ["replayed", "replayed"]
    with connect(territory.dsn) as connection:
        rows = connection.execute(
            "SELECT c.code, r.fill_percent FROM reading r JOIN container c ON c.id = r.container_id"
        ).fetchall()
    assert rows == [{"code": "P2", "fill_percent": 50.0}] * 2


def test_a_lorawan_device_registered_late_gets_its_uplinks(
    dispatcher: TestClient, territory: Database
) -> None:
    """First the device, then its codec: each replay says what is wrong still, the last one takes it."""
    uplink = {
        "deduplicationId": "57433366-50a6-4dc2-8145-2df1bbc70d9e",
        "time": (now() - timedelta(hours=2)).isoformat(),
        "deviceInfo": {"devEui": "24e124713d000001"},
        "fCnt": 2,
        "fPort": 85,
        "data": base64.b64encode(bytes.fromhex("01755C03824408040000")).decode(),
    }
    topic = "application/32dafeb5-0865-4edd-bf1c-3f8d9b07af52/device/24e124713d000001/event/up"
    refuse(territory.dsn, Letter(topic, json.dumps(uplink).encode(), now() - timedelta(hours=2)))
    (one,) = messages(dispatcher)
    assert one["reason"] == "unknown_device"
    body = {
        "codec": "decentlab/dl-mbx",
        "report_interval_s": 3600,
        "network": "chirpstack",
        "dev_eui": "24E124713D000001",
        "network_path": "32dafeb5-0865-4edd-bf1c-3f8d9b07af52",
    }
    assert dispatcher.post("/api/v1/devices", json=body | {"serial": "EM-1"}).status_code == 201
    dispatcher.post(f"/api/v1/quarantine/{one['id']}/replay")
    work_off(territory.dsn)
    (still,) = messages(dispatcher)
    assert (still["id"], still["reason"]) == (one["id"], "not_this_device")
    body["codec"] = "milesight-iot/em310-udl"
    assert dispatcher.put("/api/v1/devices/EM-1", json=body).status_code == 200
    dispatcher.post(f"/api/v1/quarantine/{one['id']}/replay")
    work_off(territory.dsn)
    assert messages(dispatcher) == []
    (said,) = dispatcher.get("/api/v1/devices/EM-1/messages").json()
    assert (said["distance_mm"], said["battery_percent"]) == (2116, 92)
    assert (said["codec"], said["raw_form"]) == ("milesight-iot/em310-udl", "hexadécimal")


def test_taking_one_message_again_is_recorded(dispatcher: TestClient, territory: Database) -> None:
    refuse(territory.dsn, broken())
    (one,) = messages(dispatcher)
    assert dispatcher.post(f"/api/v1/quarantine/{one['id']}/replay").json() == {"asked": True}
    work_off(territory.dsn)
    assert [left["id"] for left in messages(dispatcher)] == [one["id"]]
    with connect(territory.dsn) as connection:
        rows = connection.execute(
            "SELECT action, subject FROM people.audit WHERE action <> 'sign_in'"
        ).fetchall()
    assert rows == [{"action": "replay_quarantine", "subject": f"quarantine/{one['id']}"}]


def test_dismissing_needs_a_word_and_is_recorded(dispatcher: TestClient, territory: Database) -> None:
    """It stays to be read among the settled; a settled message is not settled twice."""
    refuse(territory.dsn, broken())
    (one,) = messages(dispatcher)
    address = f"/api/v1/quarantine/{one['id']}/dismiss"
    assert dispatcher.post(address, json={"note": ""}).status_code == 422
    assert dispatcher.post(address, json={"note": "\u0000 \u0007 "}).status_code == 422
    assert dispatcher.post(address, json={"note": "sonde\u0000 d'essai"}).status_code == 204
    assert messages(dispatcher) == []
    (settled,) = messages(dispatcher, "?settled=true")
    assert (settled["settled_because"], settled["settled_note"]) == ("dismissed", "sonde d'essai")
    assert dispatcher.post(address, json={"note": "encore"}).json() == {"error": "Ce message est déjà réglé."}
    assert dispatcher.post(f"/api/v1/quarantine/{one['id']}/replay").status_code == 409
    assert dispatcher.post("/api/v1/quarantine/999999/replay").status_code == 404
    with connect(territory.dsn) as connection:
        row = connection.execute(
            "SELECT detail FROM people.audit WHERE action = 'dismiss_quarantine'"
        ).fetchone()
    assert row == {"detail": {"messages": 1, "reason": None}}


def test_a_dismissed_message_that_comes_again_is_back_on_the_desk(
    dispatcher: TestClient, territory: Database
) -> None:
    """What was said of the past holds for the past."""
    refuse(territory.dsn, broken())
    (one,) = messages(dispatcher)
    dispatcher.post(f"/api/v1/quarantine/{one['id']}/dismiss", json={"note": "sonde d'essai"})
    refuse(territory.dsn, broken())
    (again,) = messages(dispatcher)
    assert (again["id"], again["times"]) == (one["id"], 2)


def test_only_what_is_settled_and_old_is_forgotten_and_it_is_said(
    territory: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Open messages stay for ever; the log tells how many went and why they had been there."""
    refuse(territory.dsn, broken(b"a"), broken(b"b"), broken(b"c"), broken(b"d"))
    with connect(territory.dsn) as connection:
        connection.execute("UPDATE quarantine SET first_at = first_at - interval '500 days'")
        connection.execute("UPDATE quarantine SET last_at = first_at")
        ids = [row["id"] for row in connection.execute("SELECT id FROM quarantine ORDER BY id")]
        old, fresh = now() - timedelta(days=450), now() - timedelta(days=3)
        for number, at, because in ((0, old, "dismissed"), (1, old, "replayed"), (2, fresh, "dismissed")):
            connection.execute(
                "UPDATE quarantine SET settled_at = %s, settled_because = %s WHERE id = %s",
                (at, because, ids[number]),
            )
    with caplog.at_level(logging.INFO), connect(territory.dsn, "glaneur_worker") as connection:
        assert purge(connection, 400) == 2
        assert purge(connection, 400) == 0
        rows = connection.execute("SELECT id FROM quarantine ORDER BY id").fetchall()
    assert [row["id"] for row in rows] == ids[2:]
    said = [record.getMessage() for record in caplog.records if "forgotten" in record.getMessage()]
    assert said == [
        f"quarantine: 1 settled message(s) older than 400 days forgotten (not_json, {because})"
        for because in ("dismissed", "replayed")
    ]


def test_many_messages_are_taken_some_at_a_time(territory: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one process can hold; each message is tried once."""
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    refuse(territory.dsn, *(broken(b"%d" % number) for number in range(5)))
    assert replay(territory.dsn, None, "malformed") == {"refused": 5, "taken": 0, "incomplete": 0, "gone": 0}


def test_a_process_that_fails_is_an_error_of_the_job(
    territory: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last words are the job's; nothing is settled."""
    refuse(territory.dsn, broken())
    monkeypatch.setenv("GLANEUR_MAX_BYTES", "none")
    with pytest.raises(ReplayFailed, match="GLANEUR_MAX_BYTES must be a whole number"):
        replay(territory.dsn, None, "not_json")


def test_reasons_unknown_to_the_desk_are_shown_all_the_same(
    as_person: Callable[[str], TestClient], territory: Database
) -> None:
    """A codec may bring reasons of its own before the desk has words for them."""
    refuse(territory.dsn, broken())
    with connect(territory.dsn) as connection:
        connection.execute("UPDATE quarantine SET reason = 'new_reason'")
    (one,) = messages(as_person("admin"))
    assert (one["reason_label"], one["meaning"]) == ("new_reason", "Le message a été refusé.")
