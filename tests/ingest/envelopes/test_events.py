"""What is not an uplink: joins, statuses, logs and the fate of downlinks, each as its own value."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.envelopes.model import (
    DeviceStatus,
    DownlinkEvent,
    Event,
    Ignored,
    Joined,
    NetworkLog,
    Refused,
    Uplink,
)
from ingest.envelopes.routes import read

EUI = "0102030405060708"
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TIME = "2026-11-22T10:00:00.000000000Z"
INFO = {"deviceInfo": {"devEui": EUI.lower(), "applicationId": "a"}, "time": TIME}


def chirpstack(kind: str, document: dict[str, Any]) -> Event | Refused:
    return read(f"application/a/device/{EUI.lower()}/event/{kind}", json.dumps(INFO | document).encode())


def things_stack(kind: str, document: dict[str, Any]) -> Event | Refused:
    said = {
        "end_device_ids": {"device_id": "d", "dev_eui": EUI},
        "received_at": TIME,
        "correlation_ids": ["as:x"],
    }
    return read(f"v3/app@tenant/devices/d/{kind}", json.dumps(said | document).encode())


def thingpark(document: dict[str, Any]) -> Event | Refused:
    return read(f"mqtt/things/{EUI}/uplink", json.dumps(document).encode())


def loriot(document: dict[str, Any]) -> Event | Refused:
    return read("loriot/app", json.dumps({"EUI": EUI, "ts": 1795341600000} | document).encode())


def told(network: str, state: str, **more: Any) -> DownlinkEvent:
    said: dict[str, Any] = {"network": network, "device_eui": EUI, "at": AT, "state": state}
    return DownlinkEvent(**said | more)


CASES = [
    (chirpstack("join", {"devAddr": "00189440"}), Joined(network="chirpstack", device_eui=EUI, at=AT)),
    (
        chirpstack("status", {"margin": 10, "batteryLevel": 87.4}),
        DeviceStatus(
            network="chirpstack",
            device_eui=EUI,
            at=AT,
            battery_percent=87.4,
            external_power=False,
            margin_db=10,
        ),
    ),
    (
        chirpstack("status", {"externalPowerSource": True}),
        DeviceStatus(
            network="chirpstack",
            device_eui=EUI,
            at=AT,
            battery_percent=None,
            external_power=True,
            margin_db=0,
        ),
    ),
    (
        chirpstack("status", {"batteryLevelUnavailable": True, "margin": -5}),
        DeviceStatus(
            network="chirpstack",
            device_eui=EUI,
            at=AT,
            battery_percent=None,
            external_power=False,
            margin_db=-5,
        ),
    ),
    (
        chirpstack(
            "log", {"level": "ERROR", "code": "UPLINK_MIC", "description": "MIC of uplink\u0000 frame"}
        ),
        NetworkLog(
            network="chirpstack",
            device_eui=EUI,
            at=AT,
            level="ERROR",
            code="UPLINK_MIC",
            description="MIC of uplink frame",
        ),
    ),
    (
        chirpstack("log", {"description": "x"}),  # INFO and UNKNOWN are zero: left out
        NetworkLog(
            network="chirpstack", device_eui=EUI, at=AT, level="INFO", code="UNKNOWN", description="x"
        ),
    ),
    (
        chirpstack("ack", {"queueItemId": "q-1", "acknowledged": True, "fCntDown": 12}),
        told("chirpstack", "acknowledged", queue_id="q-1", f_cnt=12),
    ),
    (chirpstack("ack", {"queueItemId": "q-1"}), told("chirpstack", "refused", queue_id="q-1", f_cnt=0)),
    (
        chirpstack("txack", {"queueItemId": "q-1", "fCntDown": 3, "gatewayId": "g"}),
        told("chirpstack", "sent", queue_id="q-1", f_cnt=3),
    ),
    (chirpstack("location", {}), Ignored(network="chirpstack", what="location")),
    (chirpstack("integration", {}), Ignored(network="chirpstack", what="integration")),
    (
        things_stack("join", {"join_accept": {"session_key_id": "s"}}),
        Joined(network="things-stack", device_eui=EUI, at=AT),
    ),
    (
        things_stack(
            "down/queued", {"downlink_queued": {"f_port": 85, "correlation_ids": ["ours:1", "as:x"]}}
        ),
        told("things-stack", "queued", correlation_ids=("ours:1", "as:x"), f_cnt=0),
    ),
    (
        things_stack("down/sent", {"downlink_sent": {"f_cnt": 7}}),
        told("things-stack", "sent", correlation_ids=("as:x",), f_cnt=7),
    ),
    (
        things_stack("down/ack", {"downlink_ack": {"f_cnt": 7, "correlation_ids": ["ours:1"]}}),
        told("things-stack", "acknowledged", correlation_ids=("ours:1", "as:x"), f_cnt=7),
    ),
    (
        things_stack("down/nack", {"downlink_nack": {"f_cnt": 7, "correlation_ids": ["ours:1"]}}),
        told("things-stack", "refused", correlation_ids=("ours:1", "as:x"), f_cnt=7),
    ),
    (
        things_stack(
            "down/failed",
            {
                "downlink_failed": {
                    "downlink": {"f_cnt": 7, "correlation_ids": ["ours:1"]},
                    "error": {"name": "too_long", "message_format": "payload too long"},
                }
            },
        ),
        told(
            "things-stack", "failed", correlation_ids=("ours:1", "as:x"), f_cnt=7, detail="payload too long"
        ),
    ),
    (
        things_stack("location/solved", {"location_solved": {}}),
        Ignored(network="things-stack", what="location_solved"),
    ),
    (
        things_stack("service/data", {"service_data": {}}),
        Ignored(network="things-stack", what="service_data"),
    ),
    (
        thingpark({"DevEUI_join": {"DevEUI": EUI, "Time": TIME}}),
        Joined(network="thingpark", device_eui=EUI, at=AT),
    ),
    (
        thingpark({"DevEUI_downlink_Sent": {"DevEUI": EUI, "Time": TIME, "FCntDn": 4, "DeliveryStatus": 1}}),
        told("thingpark", "sent", f_cnt=4),
    ),
    (
        thingpark(
            {
                "DevEUI_downlink_Sent": {
                    "DevEUI": EUI,
                    "Time": TIME,
                    "FCntDn": 4,
                    "DeliveryStatus": 0,
                    "DeliveryFailedCause1": "A1",
                    "CorrelationID": "c",
                }
            }
        ),
        told("thingpark", "failed", f_cnt=4, detail="A1", correlation_ids=("c",)),
    ),
    (thingpark({"DevEUI_notification": {}}), Ignored(network="thingpark", what="DevEUI_notification")),
    (loriot({"cmd": "tx", "seqdn": 9}), told("loriot", "queued", queue_id="9")),
    (loriot({"cmd": "txd", "seqdn": 9}), told("loriot", "sent", queue_id="9")),
    (loriot({"cmd": "tx", "error": "queue full"}), told("loriot", "failed", detail="queue full")),
    (loriot({"cmd": "cq"}), Ignored(network="loriot", what="cq")),
]


@pytest.mark.parametrize(("found", "wanted"), CASES, ids=lambda one: type(one).__name__)
def test_event_is_recognised(found: object, wanted: object) -> None:
    """Exactly the value wanted: nothing of these goes to the quarantine."""
    assert found == wanted


def test_zero_left_out_is_zero() -> None:
    """Port 0, counter 0, an SNR of exactly 0: proto3's JSON says none of them."""
    found = chirpstack(
        "up", {"deduplicationId": "u", "data": "", "rxInfo": [{"gatewayId": "g", "rssi": -90}]}
    )
    assert isinstance(found, Uplink)
    assert (found.f_port, found.f_cnt, found.payload, found.rssi_dbm, found.snr_db) == (0, 0, b"", -90, 0)
    found = things_stack("up", {"uplink_message": {"rx_metadata": [{"gateway_ids": {}, "rssi": -90}]}})
    assert isinstance(found, Uplink)
    assert (found.f_port, found.f_cnt, found.payload, found.snr_db) == (0, 0, b"", 0)


def test_best_reception_is_kept() -> None:
    """Of three gateways, the one that heard it loudest."""
    heard = [{"gatewayId": f"g{n}", "rssi": rssi, "snr": n} for n, rssi in enumerate((-110, -80, -95))]
    found = chirpstack("up", {"rxInfo": heard})
    assert isinstance(found, Uplink)
    assert (found.gateway, found.rssi_dbm, found.snr_db) == ("g1", -80, 1)


@pytest.mark.parametrize("late", [1, "1", True])
def test_thingpark_late_frame_is_marked(late: object) -> None:
    """With its root node and without it, the gateway's held-back frame says so."""
    frame = {
        "DevEUI": EUI,
        "Time": TIME,
        "FPort": 85,
        "FCntUp": 4,
        "payload_hex": "0011",
        "LrrRSSI": "-101.0",
    }
    for document in ({"DevEUI_uplink": frame | {"Late": late}}, frame | {"Late": late}):
        found = thingpark(document)
        assert isinstance(found, Uplink)
        assert (found.late, found.f_port, found.f_cnt, found.payload) == (True, 85, 4, b"\x00\x11")
        assert found.rssi_dbm == -101
    prompt = thingpark(frame)
    assert isinstance(prompt, Uplink)
    assert not prompt.late


def test_thingpark_with_and_without_its_root_are_one_message() -> None:
    """Two connectors of one network must not double a reading."""
    frame = {"DevEUI": EUI, "Time": TIME, "FPort": 85, "FCntUp": 4, "payload_hex": "0011"}
    with_root, without = thingpark({"DevEUI_uplink": frame}), thingpark(frame)
    assert isinstance(with_root, Uplink)
    assert with_root == without


def test_loriot_forms_of_one_frame_are_one_message() -> None:
    """An rx first, a gw with all receptions after: one identity, one instant."""
    first = loriot({"cmd": "rx", "fcnt": 3, "port": 85, "data": "0011", "rssi": -90, "snr": 5})
    second = loriot(
        {"cmd": "gw", "fcnt": 3, "port": 85, "data": "0011", "gws": [{"gweui": "g", "rssi": -80}]}
    )
    assert isinstance(first, Uplink)
    assert isinstance(second, Uplink)
    assert (first.message_id, first.received_at) == (second.message_id, second.received_at)
    assert second.gateway == "g"


def test_identity_without_a_number_is_session_counter_port_and_payload() -> None:
    """Each of them changed makes another message; the reception's details do not."""
    base = {"session_key_id": "s", "f_cnt": 5, "f_port": 85, "frm_payload": "AAE="}
    same = things_stack(
        "up", {"uplink_message": base | {"rx_metadata": [{"rssi": -1}]}, "correlation_ids": ["z"]}
    )
    first = things_stack("up", {"uplink_message": base})
    assert isinstance(first, Uplink)
    assert isinstance(same, Uplink)
    assert same.message_id == first.message_id
    for change in ({"session_key_id": "t"}, {"f_cnt": 6}, {"f_port": 2}, {"frm_payload": "AAI="}):
        other = things_stack("up", {"uplink_message": base | change})
        assert isinstance(other, Uplink)
        assert other.message_id != first.message_id


def test_answers_go_where_the_network_takes_them() -> None:
    """The downlink topic follows from the uplink's."""
    found = chirpstack("up", {})
    assert isinstance(found, Uplink)
    assert found.downlink_topic == f"application/a/device/{EUI.lower()}/command/down"
    found = things_stack("up", {"uplink_message": {}})
    assert isinstance(found, Uplink)
    assert found.downlink_topic == "v3/app@tenant/devices/d/down/push"
