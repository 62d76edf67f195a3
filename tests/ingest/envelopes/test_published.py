"""Forty published messages of eight networks: from topic and bytes to the distance, as others read them."""

from datetime import datetime
from typing import Any

import pytest

from ingest.codecs.registry import decode
from ingest.envelopes.model import Uplink
from ingest.envelopes.routes import read
from tests.ingest.envelopes.published import MESSAGES, Message


def uplink(message: Message) -> Uplink:
    found = read(message.topic, message.payload)
    assert isinstance(found, Uplink), found
    return found


def test_all_of_them_are_there() -> None:
    """Nothing is skipped in silence; each network has its adapter."""
    assert len(MESSAGES) == 40
    assert {one.network for one in MESSAGES} == {
        "ChirpStack", "HTTP", "LORIOT", "ThingPark", "ThingParkEnterprise", "ThingsStackCommunity",
        "ThingsStackIndustries", "OrangeLiveObjects",
    }  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_envelope_says_what_is_published(message: Message) -> None:
    """Device, port, counter, radio and instant."""
    found = uplink(message)
    wanted = message.values
    assert found.device_eui == (message.eui or found.device_eui).upper()
    for ours, name in ((found.f_port, "lora_frame_port"), (found.f_cnt, "lora_frame_counter")):
        assert wanted.get(name, ours) == ours
    assert wanted.get("lora_rssi", found.rssi_dbm) == found.rssi_dbm
    assert wanted.get("lora_snr", found.snr_db) == found.snr_db
    assert found.received_at is not None
    if message.received_at is not None:
        # Others take the application server's instant, half a second after the network server's.
        apart = found.received_at - datetime.fromisoformat(message.received_at)
        assert abs(apart.total_seconds()) < 1


@pytest.mark.parametrize("message", [one for one in MESSAGES if one.codec], ids=str)
def test_topic_and_bytes_become_the_published_values(message: Message) -> None:
    """The whole way: envelope, payload, codec of the device, sample."""
    found = uplink(message)
    assert message.codec is not None
    samples = decode(message.codec, found.payload, found.f_port)
    assert isinstance(samples, tuple), samples
    (one,) = samples
    assert wanted(message.values) == {name: getattr(one, name) for name in wanted(message.values)}
    assert wanted(message.values), "nothing was compared"


def wanted(values: dict[str, Any]) -> dict[str, Any]:
    """The canonical values of what others publish, by their names."""
    names = {
        "distance": "distance_mm", "distance_average": "distance_mm", "temperature": "temperature_c",
        "battery": "battery_percent", "battery_voltage": "battery_v",
    }  # fmt: skip
    said = {names[name]: value for name, value in values.items() if name in names}
    return said | ({"tilted": values["position"] == "tilt"} if "position" in values else {})


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_redelivery_has_the_same_identity(message: Message) -> None:
    """The same bytes are the same message; another counter is another."""
    first = uplink(message)
    assert uplink(message).message_id == first.message_id


def test_identities_differ_where_the_messages_do() -> None:
    """Forty messages, of which the corpus gives some twice under two names."""
    found = [uplink(one) for one in MESSAGES]
    keys = {(one.network, one.device_eui, one.f_cnt, one.f_port, one.payload) for one in found}
    assert len({one.message_id for one in found}) == len(keys)


def test_live_objects_keeps_what_the_network_decoded() -> None:
    """No codec of ours: the decoded fields come along, and the payload beside them."""
    (message,) = [one for one in MESSAGES if one.adapter == "live-objects"]
    found = uplink(message)
    assert found.payload.hex() == "6d011f0179"
    assert found.decoded == {"temp_sol": 14, "humidity": 109, "batterie": 3.77}
