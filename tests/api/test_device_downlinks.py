"""Settings asked, carried by a real broker to a probe, and its answer brought back by ingest's code."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from services import BrokerAddress, Database

from api.mqtt import Broker, Unreachable, publish, read_broker
from api.settings import Settings
from ingest.answers import write_answers
from ingest.downlinks import Answer, read_answer
from store.connection import connect
from tests.api.little_territory import now
from tests.api.mqtt_client import Speaker, speaking
from tests.api.queue_worker import work_off

pytestmark = pytest.mark.broker

EUI = "24E124713D000001"
APPLICATION = "32dafeb5-0865-4edd-bf1c-3f8d9b07af52"
CHIRPSTACK = {
    "serial": "EM-1",
    "codec": "milesight-iot/em310-udl",
    "network": "chirpstack",
    "dev_eui": EUI,
    "network_path": APPLICATION,
}


@pytest.fixture
def brokers(broker: BrokerAddress) -> dict[str, Broker]:
    """One broker for all networks."""
    return dict.fromkeys(("native", "chirpstack", "thingpark", "tts"), read_broker(broker.url))


@pytest.fixture
def listener(broker: BrokerAddress) -> Iterator[Speaker]:
    """Who hears everything: the probe, or the network server."""
    with speaking(broker.host, broker.port, broker.username, broker.password) as speaker:
        speaker.subscribe("#")
        yield speaker


def ask(client: TestClient, serial: str, kind: str, value: int) -> dict[str, Any]:
    answer = client.post(f"/api/v1/devices/{serial}/downlinks", json={"kind": kind, "value": value})
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()[0]
    return found


def state(client: TestClient, serial: str) -> tuple[str, str]:
    (last, *_) = client.get(f"/api/v1/devices/{serial}/downlinks").json()
    return last["state"], last["error"]


def answered(territory: Database, topic: str, payload: bytes) -> int:
    """What ingest does of an answer, with ingest's rights."""
    answer = read_answer(topic, payload)
    assert isinstance(answer, Answer)
    with connect(territory.dsn, "glaneur_ingest") as connection, connection.cursor() as cursor:
        return write_answers(cursor, [(answer, now())])


def test_a_native_probe_is_told_and_answers(
    dispatcher: TestClient, territory: Database, brokers: dict[str, Broker], listener: Speaker
) -> None:
    """Queued with the request, sent by the worker, acknowledged: the interval expected changes."""
    asked = ask(dispatcher, "GLN-0001", "interval", 7200)
    assert state(dispatcher, "GLN-0001") == ("waiting", "")
    work_off(territory.dsn, brokers)
    topic, payload = listener.next()
    said = json.loads(payload)
    assert topic == "glaneur/1/GLN-0001/down"
    assert said == {"v": 1, "id": asked["id"], "set": {"report_interval_s": 7200}}
    assert state(dispatcher, "GLN-0001") == ("sent", "")
    listener.publish("glaneur/1/GLN-0001/ack", json.dumps({"id": said["id"], "ok": True}).encode())
    assert answered(territory, *listener.next()) == 1
    assert state(dispatcher, "GLN-0001") == ("acknowledged", "")
    assert dispatcher.get("/api/v1/devices/GLN-0001").json()["report_interval_s"] == 7200
    work_off(territory.dsn, brokers)
    assert listener.heard.empty()


def test_chirpstack_is_told_and_its_events_are_followed(
    dispatcher: TestClient, territory: Database, brokers: dict[str, Broker], listener: Speaker
) -> None:
    """Its queue item has our id: transmitted by a gateway, then acknowledged by the device."""
    dispatcher.post("/api/v1/devices", json=CHIRPSTACK)
    asked = ask(dispatcher, "EM-1", "interval", 600)
    work_off(territory.dsn, brokers)
    topic, payload = listener.next()
    assert topic == f"application/{APPLICATION}/device/{EUI.lower()}/command/down"
    assert json.loads(payload)["id"] == asked["id"]
    event = f"application/{APPLICATION}/device/{EUI.lower()}/event"
    answered(territory, f"{event}/txack", json.dumps({"queueItemId": asked["id"]}).encode())
    assert state(dispatcher, "EM-1") == ("transmitted", "")
    answered(territory, f"{event}/ack", json.dumps({"queueItemId": asked["id"]}).encode())
    assert state(dispatcher, "EM-1") == ("failed", "no_acknowledgement")


def test_thingpark_is_told(
    dispatcher: TestClient, territory: Database, brokers: dict[str, Broker], listener: Speaker
) -> None:
    """On the twin of the topic its uplinks come on; it stays "sent", for nothing answers by that name."""
    dispatcher.post("/api/v1/devices", json=CHIRPSTACK | {"network": "thingpark", "network_path": ""})
    ask(dispatcher, "EM-1", "interval", 600)
    work_off(territory.dsn, brokers)
    topic, payload = listener.next()
    assert topic == f"mqtt/things/{EUI}/downlink"
    assert json.loads(payload)["DevEUI_downlink"]["payload_hex"] == "ff035802"
    assert state(dispatcher, "EM-1") == ("sent", "")


def test_a_network_that_takes_no_settings_says_so_before_anyone_asks(dispatcher: TestClient) -> None:
    """The page of the probe holds the sentence, and no form."""
    dispatcher.post("/api/v1/devices", json=CHIRPSTACK | {"network": "liveobjects", "network_path": ""})
    page = dispatcher.get("/sondes/EM-1").text
    assert "pas possible par Live Objects" in page
    assert 'name="reglage"' not in page


def test_what_waits_for_a_broker_is_kept_and_can_be_taken_back(
    dispatcher: TestClient, territory: Database, brokers: dict[str, Broker], listener: Speaker
) -> None:
    """No broker set, then one that is away: both wait, are counted, and the one not cancelled goes later."""
    first, second = ask(dispatcher, "GLN-0001", "fire", 65), ask(dispatcher, "GLN-0001", "tilt", 40)
    work_off(territory.dsn)
    away = Broker(host="127.0.0.1", port=1, username=None)
    work_off(territory.dsn, {"native": away})
    tries = {one["id"]: one["tries"] for one in dispatcher.get("/api/v1/devices/GLN-0001/downlinks").json()}
    assert tries[first["id"]] == tries[second["id"]] >= 1
    address = f"/api/v1/devices/GLN-0001/downlinks/{first['id']}"
    assert dispatcher.delete(address).status_code == 204
    assert dispatcher.delete(address).status_code == 409
    ask(dispatcher, "GLN-0002", "tilt", 45)
    work_off(territory.dsn, brokers)
    told = {json.loads(listener.next()[1])["id"] for _ in range(2)}
    assert second["id"] in told
    assert first["id"] not in told
    assert listener.heard.empty()


def test_a_sleeping_probe_finds_its_setting_when_it_wakes(
    dispatcher: TestClient, territory: Database, brokers: dict[str, Broker], broker: BrokerAddress
) -> None:
    """The broker keeps it for the probe's own session."""
    who = (broker.host, broker.port, broker.username, broker.password, "GLN-0001", 3600)
    with speaking(*who) as probe:
        probe.subscribe("glaneur/1/GLN-0001/down")
    asked = ask(dispatcher, "GLN-0001", "full_distance", 420)
    work_off(territory.dsn, brokers)
    with speaking(*who) as probe:
        _, payload = probe.next()
    assert json.loads(payload) == {"v": 1, "id": asked["id"], "set": {"full_distance_mm": 420}}


@pytest.mark.parametrize(
    ("serial", "kind", "value", "sentence"),
    [
        ("GLN-0001", "interval", 5, "va de 60 à 604800 s"),
        ("EM-1", "fire", 60, "ne sait pas recevoir le seuil de température"),
        ("EM-2", "interval", 600, "n'est pas possible par LORIOT"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_once(
    dispatcher: TestClient, serial: str, kind: str, value: int, sentence: str
) -> None:
    """Not after hours of waiting for a probe."""
    dispatcher.post("/api/v1/devices", json=CHIRPSTACK)
    other = CHIRPSTACK | {"serial": "EM-2", "network": "loriot", "dev_eui": "24E124713D000002"}
    dispatcher.post("/api/v1/devices", json=other)
    answer = dispatcher.post(f"/api/v1/devices/{serial}/downlinks", json={"kind": kind, "value": value})
    assert (answer.status_code, sentence in answer.json()["error"]) == (422, True)
    assert dispatcher.get(f"/api/v1/devices/{serial}/downlinks").json() == []


def test_a_device_changed_since_it_was_asked_fails_with_its_reason(
    dispatcher: TestClient, territory: Database, brokers: dict[str, Broker], listener: Speaker
) -> None:
    dispatcher.post("/api/v1/devices", json=CHIRPSTACK)
    ask(dispatcher, "EM-1", "interval", 600)
    changed = {name: value for name, value in CHIRPSTACK.items() if name != "serial"}
    body = changed | {"codec": "elsys/elt-2", "report_interval_s": 600}
    assert dispatcher.put("/api/v1/devices/EM-1", json=body).status_code == 200
    work_off(territory.dsn, brokers)
    assert state(dispatcher, "EM-1")[0] == "failed"
    assert "ne sait pas recevoir" in state(dispatcher, "EM-1")[1]
    assert listener.heard.empty()


def test_publishing_says_which_messages_the_broker_has(brokers: dict[str, Broker]) -> None:
    """A wrong password is an error, not a silence."""
    wrong = Broker(host=brokers["native"].host, port=brokers["native"].port, username="x", password="y")
    with pytest.raises(Unreachable, match="refused us"):
        publish(wrong, [], lambda _: None)


@pytest.mark.parametrize("url", ["http://x", "mqtt://", "mqtt://x:99999"])
def test_a_broker_s_address_is_checked_when_settings_are_read(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's message is its own
        Settings(database="postgresql://x", broker=url)  # type: ignore[arg-type]


def test_settings_name_the_broker_of_each_network() -> None:
    """ChirpStack's is ours unless another is given; The Things Stack's is its own. No password shows."""
    given = {"broker": "mqtt://worker:secret@h", "broker_tts": "mqtts://a%40ttn:k@e"}
    settings = Settings(database="postgresql://x", **given)  # type: ignore[arg-type]
    assert settings.brokers["native"] == settings.brokers["chirpstack"] == settings.brokers["thingpark"]
    assert settings.brokers["tts"] == Broker(host="e", port=8883, username="a@ttn", password="k", tls=True)
    assert "secret" not in repr(settings) + repr(settings.brokers)
