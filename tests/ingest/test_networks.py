"""The whole way of a LoRaWAN uplink: a network's topic, a real Mosquitto, ingest, a row.

Published envelopes of the five networks, as they were recorded, on the topics the networks use; a wide late
window, because the oldest dates from 2017.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row
from services import BrokerAddress, Database

from ingest.codecs.registry import decode
from ingest.envelopes.model import Uplink
from ingest.envelopes.routes import read
from ingest.message import Limits
from tests.ingest.envelopes.published import MESSAGES, Message
from tests.ingest.network import register
from tests.ingest.probe import settle
from tests.ingest.running import ingesting, know_session, publisher, readings, settings_for, wait_for

pytestmark = [pytest.mark.db, pytest.mark.broker]

# One recorded message a network; Live Objects' has no probe of ours in it, so it bears the bytes of one.
NUMBERS = {"chirpstack": 24, "things-stack": 28, "thingpark": 16, "loriot": 33, "live-objects": 39}
STRANGER = MESSAGES[22]
TLD = "01755C0367010104824408050000"
TWENTY_YEARS = Limits(late_s=20 * 365 * 86_400)


def recorded(network: str, number: int) -> tuple[Message, str, str]:
    """A published message whose device has an EUI of its own, its codec, and that EUI."""
    one = MESSAGES[NUMBERS[network]]
    text = json.dumps(one.document)
    known = read(one.topic, one.payload)
    assert isinstance(known, Uplink)
    eui = f"24E124713B0000{number:02X}"
    for spelling in (str.upper, str.lower):
        text = text.replace(spelling(known.device_eui), spelling(eui))
    document = json.loads(text)
    codec = one.codec or "milesight-iot/em400-tld"
    if one.codec is None:
        document["value"]["payload"] = TLD
        document["metadata"]["network"]["lora"]["port"] = 85
    return replace(one, document=document), codec, eui


def rows(dsn: str, query: str) -> list[DictRow]:
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        return connection.execute(query.encode()).fetchall()


def test_five_networks_from_topic_to_row(timescale_database: Database, broker: BrokerAddress) -> None:
    """Codec and version, raw bytes, port, counter, instant and radio of each; a repetition is one row."""
    dsn = timescale_database.dsn
    settle(dsn, probes=5)
    sent = {network: recorded(network, at) for at, network in enumerate(NUMBERS, start=1)}
    for at, (_, codec, eui) in enumerate(sent.values(), start=1):
        register(dsn, codec, f"GLN-{at}", eui)
    settings = settings_for(dsn, broker, limits=TWENTY_YEARS)
    know_session(settings)
    with ingesting(settings) as running, publisher(broker) as publish:
        for message, _, _ in sent.values():
            publish(message.topic, message.payload)
            publish(message.topic, message.payload)  # a network that sends again
        publish(STRANGER.topic, STRANGER.payload)
        publish(sent["loriot"][0].topic, b'{"cmd":"rx"}')
        wait_for(lambda: len(rows(dsn, "SELECT FROM quarantine")) == 2)
        done = running.end()
    assert (done.readings, done.repeated, done.quarantined) == (5, 5, 2)
    found = {
        row["serial"]: row for row in rows(dsn, "SELECT * FROM reading JOIN device d ON d.id = device_id")
    }
    for at, (message, codec, _) in enumerate(sent.values(), start=1):
        uplink = read(message.topic, message.payload)
        assert isinstance(uplink, Uplink)
        said = decode(codec, uplink.payload, uplink.f_port)
        assert isinstance(said, tuple)
        row = found[f"GLN-{at}"]
        wanted = {
            "codec": codec, "codec_version": "1", "raw": uplink.payload, "f_port": uplink.f_port,
            "f_cnt": uplink.f_cnt, "measured_at": uplink.received_at, "sent_at": uplink.received_at,
            "rssi_dbm": uplink.rssi_dbm, "gateway": uplink.gateway, "distance_mm": said[0].distance_mm,
            "message_id": uplink.message_id,
        }  # fmt: skip
        assert {name: row[name] for name in wanted} == wanted, message.network
        assert row["snr_db"] == pytest.approx(uplink.snr_db)
        assert row["rssi_dbm"] is not None
        assert row["container_id"] is None or row["fill_percent"] is not None or row["quality"] != "ok"
    quarantined = rows(dsn, "SELECT reason, topic, payload FROM quarantine ORDER BY reason")
    assert [row["reason"] for row in quarantined] == ["malformed", "unknown_device"]
    assert bytes(quarantined[1]["payload"]) == STRANGER.payload
    assert quarantined[1]["topic"] == STRANGER.topic


def test_a_frame_the_gateway_held_back_lands_in_its_place(
    timescale_database: Database, broker: BrokerAddress
) -> None:
    """ThingPark's `Late`: four days old, after today's; stored in its hour, and the state stays today's."""
    dsn = timescale_database.dsn
    settle(dsn, probes=1)
    message, codec, eui = recorded("thingpark", 1)
    register(dsn, codec, "GLN-1", eui)
    now = datetime.now(UTC).replace(microsecond=0)
    settings = settings_for(dsn, broker)
    know_session(settings)

    def frame(counter: int, at: datetime, late: int) -> bytes:
        changed = {"Time": at.isoformat(), "FCntUp": counter, "Late": late}
        return json.dumps({"DevEUI_uplink": message.document["DevEUI_uplink"] | changed}).encode()

    with ingesting(settings) as running, publisher(broker) as publish:
        publish(message.topic, frame(9, now, 0))
        wait_for(lambda: readings(dsn) == 1)
        publish(message.topic, frame(3, now - timedelta(days=4), 1))
        publish(message.topic, frame(1, now - timedelta(days=40), 1))
        wait_for(lambda: len(rows(dsn, "SELECT FROM quarantine")) == 1)
        assert running.end().readings == 2
    assert rows(dsn, "SELECT reason FROM quarantine") == [{"reason": "too_late"}]
    stored = rows(dsn, "SELECT measured_at, f_cnt FROM reading ORDER BY measured_at")
    assert [(row["measured_at"], row["f_cnt"]) for row in stored] == [(now - timedelta(days=4), 3), (now, 9)]
    assert rows(dsn, "SELECT measured_at FROM container_state") == [{"measured_at": now}]
