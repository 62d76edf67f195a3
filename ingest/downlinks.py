"""What probes and network servers answer to our downlinks. Sans I/O, no clock; never raises.

Knows four dialects: our native `…/ack`, ChirpStack's `ack`, `txack` and `log` events, The Things Stack's
`down/…` events. An answer names the downlink by the id that travelled with it. Refuses to know what was
asked: `answers` writes it down, if the device is indeed the one we asked.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic_core import from_json

from ingest.message import Refused

TOPICS = (
    "glaneur/1/+/ack",
    "application/+/device/+/event/ack",
    "application/+/device/+/event/txack",
    "application/+/device/+/event/log",
    "v3/+/devices/+/down/+",
)
"""Filters to subscribe to, each at the broker of its network."""

Outcome = Literal["transmitted", "acknowledged", "failed"]

_CORRELATION = "glaneur:"  # written before the id by who sends (api/devices/wire.py)
_ERROR_LENGTH = 200
_LARGEST = 65_536
_NATIVE = re.compile(r"glaneur/1/([A-Za-z0-9_.:-]{1,64})/ack")
_CHIRPSTACK = re.compile(r"application/[^/]+/device/([0-9A-Fa-f]{16})/event/(ack|txack|log)")
_TTS = re.compile(r"v3/([^/]+)/devices/([^/]+)/down/([a-z]+)")
_TTS_OUTCOMES: dict[str, Outcome] = {
    "sent": "transmitted",
    "ack": "acknowledged",
    "nack": "failed",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one downlink. Exactly one of `serial`, `dev_eui` and `network_path` says who answers."""

    downlink_id: UUID
    outcome: Outcome
    error: str = ""
    serial: str | None = None
    dev_eui: str | None = None
    network_path: str | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An event of the network that concerns no downlink of ours: nothing to do, nothing to quarantine."""


def read_answer(topic: str, payload: bytes) -> Answer | Elsewhere | Refused | None:
    """Return what an answer says; None when the topic is not one of answers."""
    native, chirpstack, tts = (_NATIVE.fullmatch(topic), _CHIRPSTACK.fullmatch(topic), _TTS.fullmatch(topic))
    if not (native or chirpstack or tts):
        return None
    if tts and tts[3] not in _TTS_OUTCOMES:
        return Elsewhere()  # queued, or our own push
    document = _document(payload)
    if isinstance(document, Refused):
        return document
    if native:
        return _native(native[1], document)
    if chirpstack:
        return _chirpstack(chirpstack[1].upper(), chirpstack[2], document)
    assert tts is not None  # noqa: S101 - for mypy: one of the three matched
    return _tts(f"{tts[1]}/{tts[2]}", _TTS_OUTCOMES[tts[3]], document)


def _document(payload: bytes) -> dict[str, Any] | Refused:
    if len(payload) > _LARGEST:
        return Refused("too_large", f"{len(payload)} bytes, {_LARGEST} accepted")
    try:
        document = from_json(payload, allow_inf_nan=False)
    except ValueError as error:
        return Refused("not_json", ascii(str(error))[:_ERROR_LENGTH])
    return document if type(document) is dict else Refused("malformed", "the answer is not a JSON object")


def _native(serial: str, document: dict[str, Any]) -> Answer | Refused:
    downlink_id = _uuid(document.get("id"))
    if downlink_id is None:
        return Refused("malformed", "id is not the UUID of a downlink")
    if type(document.get("ok")) is not bool:
        return Refused("malformed", "ok is neither true nor false")
    if document["ok"]:
        return Answer(downlink_id, "acknowledged", serial=serial)
    return Answer(downlink_id, "failed", _text(document.get("error")) or "refused", serial=serial)


def _chirpstack(dev_eui: str, event: str, document: dict[str, Any]) -> Answer | Elsewhere:
    if event == "log":
        return _chirpstack_log(dev_eui, document)
    downlink_id = _uuid(document.get("queueItemId"))
    if downlink_id is None:
        return Elsewhere()
    if event == "txack":
        return Answer(downlink_id, "transmitted", dev_eui=dev_eui)
    # proto3 in JSON: a false field may be absent.
    if document.get("acknowledged") is True:
        return Answer(downlink_id, "acknowledged", dev_eui=dev_eui)
    return Answer(downlink_id, "failed", "no_acknowledgement", dev_eui=dev_eui)


def _chirpstack_log(dev_eui: str, document: dict[str, Any]) -> Answer | Elsewhere:
    context = document.get("context")
    downlink_id = _uuid(context.get("queue_item_id")) if type(context) is dict else None
    if downlink_id is None or document.get("level") != "ERROR":
        return Elsewhere()
    error = _text(document.get("description")) or _text(document.get("code")) or "refused"
    return Answer(downlink_id, "failed", error, dev_eui=dev_eui)


def _tts(path: str, outcome: Outcome, document: dict[str, Any]) -> Answer | Elsewhere:
    event = next((value for key, value in document.items() if key.startswith("downlink_")), None)
    event = event if type(event) is dict else {}
    failed = event.get("downlink")
    places = (document, event, failed if type(failed) is dict else {})
    downlink_id = next((found for place in places if (found := _correlated(place))), None)
    if downlink_id is None:
        return Elsewhere()
    if outcome != "failed":
        return Answer(downlink_id, outcome, network_path=path)
    error = event.get("error")
    said = _text(error.get("message_format")) or _text(error.get("name")) if type(error) is dict else ""
    return Answer(downlink_id, "failed", said or "no_acknowledgement", network_path=path)


def _correlated(place: dict[str, Any]) -> UUID | None:
    ids = place.get("correlation_ids")
    for one in ids if type(ids) is list else ():
        if type(one) is str and one.startswith(_CORRELATION):
            return _uuid(one.removeprefix(_CORRELATION))
    return None


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if type(value) is str and len(value) == 36 else None
    except ValueError:
        return None


def _text(value: object) -> str:
    """Return a text as one short printable line: it comes from anyone and is shown to people."""
    if type(value) is not str:
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in value[:_ERROR_LENGTH]).strip()
