"""A setting as the MQTT message that carries it, on our own topic or a LoRaWAN network's. Pure.

Knows topics and JSON of ChirpStack, The Things Stack and ThingPark, and how each names a device. Refuses to
know who sends it and what comes back: ingest reads the answers (`ingest/downlinks.py`), by the id given here.

Sources: ChirpStack v4 `integration.DownlinkCommand` (id, devEui, confirmed, fPort, data) on `command/down`;
The Things Stack's MQTT server, `down/push` with `correlation_ids`, which come back with every event of that
downlink; ThingPark's MQTT connector, `DevEUI_downlink` on the twin of its uplink topic, of which nothing
comes back that names the downlink. Of Live Objects and LORIOT no MQTT downlink is known: nothing is guessed.
"""

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.devices.frames import Frame, Setting, Unfit, frame, native_field

CORRELATION = "glaneur:"
"""Before the downlink's id in The Things Stack's correlation ids, which others use too."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TTS_PATH = re.compile(r"([a-z0-9-]{2,36}(?:@[a-z0-9-]{2,36})?)/([a-z0-9-]{2,36})")
_NO_DOWNLINK = {"liveobjects": "Live Objects", "loriot": "LORIOT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How a device is named: by its serial here, by `dev_eui` and `network_path` on its network."""

    serial: str
    codec: str
    network: str
    dev_eui: str | None
    network_path: str


@dataclass(frozen=True, slots=True)
class Message:
    """What to publish, at whose broker (a network's name in `device`); `qos` is the most that one takes."""

    broker: str
    topic: str
    payload: bytes
    qos: int


def path_problem(network: str, path: str) -> str:
    """Say in French what is wrong with a device's name on its network; empty when nothing is."""
    if network == "chirpstack" and not _UUID.fullmatch(path):
        return "Pour ChirpStack, indiquez l'identifiant de l'application (UUID en minuscules)."
    if network == "tts" and not _TTS_PATH.fullmatch(path):
        return "Pour The Things Stack, indiquez application@locataire/appareil (bornes@ttn/eui-1234)."
    return ""


def network_problem(network: str) -> str:
    """Say in French why nothing can be sent to the devices of a network; empty when it can."""
    if network not in _NO_DOWNLINK:
        return ""
    name = _NO_DOWNLINK[network]
    return (
        f"L'envoi de réglages n'est pas possible par {name} : changez le réglage dans le portail de {name}."
    )


def message(target: Target, downlink_id: UUID, setting: Setting, at: datetime) -> Message | Unfit:
    """Return the message that tells `target` its new setting at that instant, or why there is none."""
    if target.network == "native":
        return _native(target, downlink_id, setting)
    if problem := network_problem(target.network):
        return Unfit(problem)
    if problem := path_problem(target.network, target.network_path):
        return Unfit(problem)
    made = frame(target.codec, setting)
    if isinstance(made, Unfit):
        return made
    if target.network == "thingpark":
        return _thingpark(target, made, at)
    return (
        _chirpstack(target, downlink_id, made)
        if target.network == "chirpstack"
        else _tts(target, downlink_id, made)
    )


def _native(target: Target, downlink_id: UUID, setting: Setting) -> Message | Unfit:
    field = native_field(setting)
    if isinstance(field, Unfit):
        return field
    document = {"v": 1, "id": str(downlink_id), "set": {field[0]: field[1]}}
    return Message("native", f"glaneur/1/{target.serial}/down", _json(document), 1)


def _chirpstack(target: Target, downlink_id: UUID, made: Frame) -> Message:
    eui = (target.dev_eui or "").lower()
    document = {
        "id": str(downlink_id),
        "devEui": eui,
        "confirmed": True,
        "fPort": made.f_port,
        "data": b64encode(made.payload).decode(),
    }
    topic = f"application/{target.network_path}/device/{eui}/command/down"
    return Message("chirpstack", topic, _json(document), 1)


def _tts(target: Target, downlink_id: UUID, made: Frame) -> Message:
    application, device = target.network_path.split("/")
    downlink = {
        "f_port": made.f_port,
        "frm_payload": b64encode(made.payload).decode(),
        "confirmed": True,
        "priority": "NORMAL",
        "correlation_ids": [f"{CORRELATION}{downlink_id}"],
    }
    topic = f"v3/{application}/devices/{device}/down/push"
    return Message("tts", topic, _json({"downlinks": [downlink]}), 0)  # its server takes QoS 0 only


def _thingpark(target: Target, made: Frame, at: datetime) -> Message:
    eui = target.dev_eui or ""
    downlink = {
        "Time": at.isoformat(timespec="milliseconds"),
        "DevEUI": eui,
        "FPort": made.f_port,
        "payload_hex": made.payload.hex(),
    }
    return Message("thingpark", f"mqtt/things/{eui}/downlink", _json({"DevEUI_downlink": downlink}), 1)


def _json(document: dict[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
