"""From a network's topic to rows: real envelopes and payloads, real databases of both editions."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from ingest import batch
from ingest.batch import Written
from ingest.codecs.library import Library, read_scripts
from ingest.envelopes.routes import ROUTES
from ingest.letter import Letter
from ingest.message import Limits
from ingest.replay import Replayed, replay
from ingest.uplinks import DEFAULT_NETWORKS, Networks
from tests.ingest.network import EUI, event, register, uplink
from tests.ingest.probe import letter

pytestmark = [pytest.mark.db, pytest.mark.xdist_group("ingest_batch")]

Connection = psycopg.Connection[DictRow]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SENT = NOW - timedelta(minutes=2)
TLD = "01755C03670101048244030500 00"  # 92 %, 25.7 °C, 836 mm, upright


def write(
    connection: Connection,
    letters: Sequence[Letter],
    networks: Networks = DEFAULT_NETWORKS,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Written:
    """A batch from a process that has just begun."""
    return batch.write(connection, letters, limits, {}, networks)


def rows(connection: Connection, query: str) -> list[DictRow]:
    return connection.execute(query.encode()).fetchall()


def refusals(connection: Connection) -> list[str]:
    return [row["reason"] for row in rows(connection, "SELECT reason FROM quarantine ORDER BY id")]


@pytest.fixture
def dropped(tmp_path: Path) -> Iterator[Networks]:
    """Networks with two codecs dropped in: one that works and one that loops for ever."""
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/bin.js").write_text(
        "function decodeUplink(i) { return {data: {distance: i.bytes[0] * 10, battery: 50}}; }"
    )
    (tmp_path / "acme/loop.js").write_text("function decodeUplink(i) { while (true) {} }")
    with Library(read_scripts(tmp_path)) as library:
        yield Networks(ROUTES, library)


def test_an_uplink_is_stored_whole(ingesting: Connection, database: Database) -> None:
    """Bytes, codec, version, port, counter, instants, the best gateway's radio; and the state moves."""
    register(database.dsn, "milesight-iot/em400-tld")
    assert write(ingesting, [uplink(TLD, 7, SENT, NOW)]) == Written(readings=1)
    (row,) = rows(ingesting, "SELECT * FROM reading")
    known = {
        "measured_at": SENT, "sent_at": SENT, "received_at": NOW, "container_id": 1, "distance_mm": 836,
        "temperature_c": pytest.approx(25.7), "battery_percent": 92, "battery_v": None, "tilt_deg": 0,
        "rssi_dbm": -71, "snr_db": 9.25, "gateway": "near", "quality": "ok", "raw": bytes.fromhex(TLD),
        "codec": "milesight-iot/em400-tld", "codec_version": "1", "f_port": 85, "f_cnt": 7,
    }  # fmt: skip
    assert {name: row[name] for name in known} == known
    assert row["fill_percent"] == pytest.approx((2000 - 836) / 18, abs=0.01)
    (state,) = rows(ingesting, "SELECT * FROM container_state")
    assert state["distance_mm"] == 836


def test_the_same_uplink_twice_is_one(ingesting: Connection, database: Database) -> None:
    """Redelivered, in one batch or later, dated by its network or by us, numbered or not."""
    register(database.dsn, "milesight-iot/em400-tld")
    dated = uplink(TLD, 1, SENT, NOW, deduplicationId=str(uuid4()))
    undated = uplink(TLD, 2, None, NOW)
    again = Letter(undated.topic, undated.payload, NOW + timedelta(seconds=30))
    assert write(ingesting, [dated, undated, again, dated]) == Written(readings=2, repeated=2)
    assert write(ingesting, [again, dated]) == Written(repeated=2)


def test_one_uplink_many_instants(ingesting: Connection, database: Database) -> None:
    """A history record falls in its own past; one too old for us does not keep the others out."""
    register(database.dsn, "milesight-iot/em500-udl")
    past = [int((SENT - timedelta(days=days)).timestamp()) for days in (3, 6, 90)]
    history = "".join(f"20ce{at.to_bytes(4, 'little').hex()}2c01" for at in past)
    assert write(ingesting, [uplink(f"017564 03821e00 {history}", 3, SENT, NOW)]).readings == 3
    stored = rows(ingesting, "SELECT measured_at, distance_mm, sent_at FROM reading ORDER BY measured_at")
    assert [(row["measured_at"], row["distance_mm"]) for row in stored] == [
        (SENT - timedelta(days=6), 300), (SENT - timedelta(days=3), 300), (SENT, 30)
    ]  # fmt: skip
    assert {row["sent_at"] for row in stored} == {SENT}
    (state,) = rows(ingesting, "SELECT measured_at FROM container_state")
    assert state["measured_at"] == SENT


def test_a_held_back_uplink_is_ordinary_late_data(ingesting: Connection, database: Database) -> None:
    """A ThingPark frame its gateway kept for four days lands in its place; the state does not go back."""
    register(database.dsn, "milesight-iot/em400-tld")
    said = {"DevEUI": EUI, "FPort": 85, "FCntUp": 3, "payload_hex": TLD.replace(" ", ""), "Late": 1,
            "Time": (SENT - timedelta(days=4)).isoformat()}  # fmt: skip
    late = Letter(f"mqtt/things/{EUI}/uplink", json.dumps({"DevEUI_uplink": said}).encode(), NOW)
    assert write(ingesting, [uplink(TLD, 9, SENT, NOW), late]) == Written(readings=2)
    assert write(ingesting, [late]) == Written(repeated=1)
    (state,) = rows(ingesting, "SELECT measured_at FROM container_state")
    assert state["measured_at"] == SENT


def test_a_level_without_a_distance_is_believed(ingesting: Connection, database: Database) -> None:
    """A probe that computes the level itself: stored, folded, no fault."""
    register(database.dsn, "aiut/alevelV2")
    assert write(ingesting, [uplink("81affbd1e158", 1, SENT, NOW, port=3)]).readings == 1
    (row,) = rows(ingesting, "SELECT fill_percent, distance_mm, quality FROM reading")
    assert (row["fill_percent"], row["distance_mm"], row["quality"]) == (pytest.approx(90.1), None, "ok")
    (state,) = rows(ingesting, "SELECT fill_percent, quality FROM container_state")
    assert (state["fill_percent"], state["quality"]) == (pytest.approx(90.1), "ok")


def test_each_refusal_has_its_reason(ingesting: Connection, database: Database, dropped: Networks) -> None:
    """Never an exception, never data; and the honest neighbour is stored."""
    register(database.dsn, "milesight-iot/em400-tld")
    register(database.dsn, "acme/gone", "GLN-2", "24E124713B000002")
    register(database.dsn, "acme/loop", "GLN-3", "24E124713B000003")
    letters = [
        uplink(TLD, 1, SENT, NOW, eui="24E124713B0000FF"),
        uplink(TLD, 1, SENT, NOW, eui="24E124713B000002"),
        uplink(TLD, 1, SENT, NOW, port=2),
        uplink(TLD, 1, SENT, NOW, eui="24E124713B000003"),
        uplink(TLD, 2, NOW + timedelta(hours=1), NOW),
        uplink(TLD, 3, NOW - timedelta(days=31), NOW),
        Letter(f"application/9/device/{EUI}/event/up", b"{", NOW),
        Letter(f"application/9/device/{EUI}/event/up", b"[1]", NOW),
        uplink(TLD, 4, SENT, NOW),
    ]
    assert write(ingesting, letters, dropped) == Written(readings=1, quarantined=8)
    assert sorted(refusals(ingesting)) == [
        "codec_timeout", "in_the_future", "malformed", "no_codec", "not_json", "not_this_device", "too_late",
        "unknown_device",
    ]  # fmt: skip


def test_a_vendors_own_codec_reads_its_device(
    ingesting: Connection, database: Database, dropped: Networks
) -> None:
    """Dropped into the folder, named by the device, kept with the digest of its text as version."""
    register(database.dsn, "acme/bin")
    assert write(ingesting, [uplink("64", 1, SENT, NOW, port=1)], dropped) == Written(readings=1)
    (row,) = rows(ingesting, "SELECT distance_mm, battery_percent, codec, codec_version FROM reading")
    assert (row["distance_mm"], row["battery_percent"], row["codec"]) == (1000, 50, "acme/bin")
    assert row["codec_version"].startswith("js-")


def test_other_events_are_counted_and_never_quarantined(ingesting: Connection, database: Database) -> None:
    """Joins (which say that the device is there), logs, frames without bytes, our own commands."""
    register(database.dsn, "milesight-iot/em400-tld")
    info = {"deviceInfo": {"devEui": EUI.lower()}, "time": SENT.isoformat()}
    letters = [
        event("join", info, NOW),
        event("join", {"deviceInfo": {"devEui": "24e124713b0000ff"}}, NOW),
        event("status", info | {"margin": 7, "externalPowerSource": True}, NOW),
        event("status", {"deviceInfo": {"devEui": "24e124713b0000ff"}, "batteryLevel": 50}, NOW),
        event("log", info | {"level": "ERROR", "code": "UPLINK_MIC", "description": "wrong"}, NOW),
        event("txack", info, NOW),
        event("location", info, NOW),
        uplink("", 5, SENT, NOW),
    ]
    assert write(ingesting, letters) == Written(statuses=1, events=8)
    assert refusals(ingesting) == []
    assert rows(ingesting, "SELECT online, since FROM device_contact") == [{"online": True, "since": NOW}]


def test_the_networks_word_on_a_battery_counts(ingesting: Connection, database: Database) -> None:
    """Stored once, seen in the state and by the alert; it never hides the frame that brought it."""
    register(database.dsn, "milesight-iot/em400-tld")
    info = {"deviceInfo": {"devEui": EUI.lower()}, "time": SENT.isoformat(), "margin": 7}
    status = event("status", info | {"batteryLevel": 9.5}, NOW)
    late = event("status", info | {"batteryLevel": 9, "time": (NOW - timedelta(days=40)).isoformat()}, NOW)
    bare = uplink("04824403", 3, SENT, NOW)
    assert write(ingesting, [status, late]) == Written(readings=1, alerts=1, quarantined=1)
    assert write(ingesting, [status, bare]) == Written(readings=1, repeated=1)
    found = rows(
        ingesting, "SELECT battery_percent, distance_mm, codec, raw FROM reading ORDER BY measured_at"
    )
    assert [(row["battery_percent"], row["distance_mm"]) for row in found] == [(9.5, None), (None, 836)]
    assert (found[0]["codec"], bytes(found[0]["raw"])) == ("chirpstack-status", status.payload)
    (state,) = rows(ingesting, "SELECT * FROM container_state")
    assert (state["battery_percent"], state["distance_mm"], state["measured_at"]) == (9.5, 836, SENT)
    assert rows(ingesting, "SELECT kind FROM alert WHERE closed_at IS NULL") == [{"kind": "low_battery"}]


def test_the_probes_own_alarms_count(ingesting: Connection, database: Database, tmp_path: Path) -> None:
    """Fire opens its alert and is kept as evidence; full is 100 %, or a level against the probe."""
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/bin.js").write_text(
        "function decodeUplink(i) { return {data: {full: !!(i.bytes[0] & 1), fire: !!(i.bytes[0] & 2),"
        " distance: i.bytes[0] & 4 ? 'no echo' : undefined}}; }"
    )
    register(database.dsn, "acme/bin")
    with Library(read_scripts(tmp_path)) as library:
        known = Networks(ROUTES, library)
        at = [SENT - timedelta(hours=hours) for hours in (3, 2, 1, 0)]
        flags = ("00", "02", "01", "05")
        letters = [uplink(one, n, at[n], NOW, port=1) for n, one in enumerate(flags)]
        assert write(ingesting, letters, known) == Written(readings=4, alerts=1)
    found = rows(ingesting, "SELECT fill_percent, fire, quality FROM reading ORDER BY measured_at")
    assert [(row["fill_percent"], row["fire"], row["quality"]) for row in found] == [
        (None, False, "ok"), (None, True, "ok"), (100, False, "ok"), (None, False, "saturated")
    ]  # fmt: skip
    (alert,) = rows(ingesting, "SELECT * FROM alert")
    assert (alert["kind"], alert["opened_at"], alert["closed_at"]) == ("fire", at[1], at[2])
    assert alert["sentence"] == "La sonde signale elle-même un feu."


def test_temperature_alone_is_no_bad_echo(ingesting: Connection, database: Database) -> None:
    """A probe whose alarm frames carry a temperature only is not called implausible."""
    register(database.dsn, "milesight-iot/em400-tld")
    level = uplink("04824403", 0, SENT - timedelta(hours=2), NOW)
    warm = [uplink("03670101", n, SENT - timedelta(minutes=20 - n), NOW) for n in range(1, 7)]
    assert write(ingesting, [level, *warm]) == Written(readings=7)
    (state,) = rows(ingesting, "SELECT * FROM container_state")
    assert (state["quality"], state["distance_mm"]) == ("ok", 836)
    assert (state["measured_at"], state["temperature_c"]) == (
        SENT - timedelta(minutes=14),
        pytest.approx(25.7),
    )
    assert rows(ingesting, "SELECT kind FROM alert") == []


def test_a_native_probe_acknowledges_its_downlink(ingesting: Connection, database: Database) -> None:
    """The answer is noted, and the interval it confirms is the one expected from now on; others' are not."""
    asked = uuid4()
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO downlink (id, device_id, kind, value, requested_at, sent_at)"
            " SELECT %s, id, 'interval', 3600, %s, %s FROM device WHERE serial = 'GLN-1'",
            (asked, SENT, SENT),
        )
    answer = json.dumps({"id": str(asked), "ok": True}).encode()
    stranger = Letter("glaneur/1/GLN-2/ack", answer, NOW)
    assert write(ingesting, [stranger]) == Written(events=1)
    assert rows(ingesting, "SELECT acknowledged_at FROM downlink") == [{"acknowledged_at": None}]
    written = write(
        ingesting, [Letter("glaneur/1/GLN-1/ack", answer, NOW), Letter("glaneur/1/GLN-1/ack", b"?", NOW)]
    )
    assert written == Written(events=1, quarantined=1)
    assert rows(ingesting, "SELECT acknowledged_at FROM downlink") == [{"acknowledged_at": NOW}]
    assert rows(ingesting, "SELECT report_interval_s AS s FROM device WHERE serial = 'GLN-1'") == [
        {"s": 3600}
    ]


def test_the_right_codec_mends_what_was_refused(ingesting: Connection, database: Database) -> None:
    """Register the device, assign its codec, replay: each step changes the reason, the last one settles."""
    write(ingesting, [uplink(TLD, 1, SENT, NOW), letter("GLN-2", SENT, 1, NOW, distance=900)])
    assert refusals(ingesting) == ["unknown_device"]
    (held,) = rows(ingesting, "SELECT id FROM quarantine")
    register(database.dsn, "native")
    assert replay(ingesting, [held["id"]], Limits()) == Replayed(refused=1)
    assert refusals(ingesting) == ["no_codec"]
    register(database.dsn, "milesight-iot/em400-tld")
    assert replay(ingesting, [held["id"]], Limits()) == Replayed(taken=1)
    (row,) = rows(ingesting, "SELECT distance_mm, received_at FROM reading WHERE f_cnt = 1")
    assert (row["distance_mm"], row["received_at"]) == (836, NOW)
    settled: Any = rows(ingesting, "SELECT settled_because FROM quarantine")
    assert settled == [{"settled_because": "replayed"}]
