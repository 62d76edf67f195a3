"""Writes the native probe contract (ingest/README.md): topics and JSON bytes.

Knows names, units and order of fields. Refuses to know why a value is what it is, and shares nothing
with the decoder of ingest, so that a misreading on either side shows.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

VERSION = 1
ONLINE = b"online"
OFFLINE = b"offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One measurement as the probe says it; exactly one of distance_mm and distance_error is set."""

    serial: str
    boot: int
    seq: int
    at: datetime
    distance_mm: int | None
    distance_error: str | None  # no_echo or blind_zone
    temperature_c: float
    battery_percent: int
    tilt_deg: int
    rssi_dbm: int
    snr_db: float


def up_topic(serial: str) -> str:
    """Where a probe publishes its measurements."""
    return f"glaneur/{VERSION}/{serial}/up"


def status_topic(serial: str) -> str:
    """Where a probe, or the broker in its place, says whether it is there (retained)."""
    return f"glaneur/{VERSION}/{serial}/status"


def rfc3339(at: datetime) -> str:
    """UTC to the second, with the letter Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def encode(message: Message) -> bytes:
    """Return the payload: one JSON object in UTF-8, without spaces."""
    distance: dict[str, object]
    if message.distance_error is not None:
        distance = {"error": message.distance_error}
    else:
        distance = {"value": message.distance_mm, "unit": "mm"}
    document = {
        "v": VERSION,
        "boot": message.boot,
        "seq": message.seq,
        "time": rfc3339(message.at),
        "distance": distance,
        "temperature": {"value": message.temperature_c, "unit": "Cel"},
        "battery": {"value": message.battery_percent, "unit": "%"},
        "tilt": {"value": message.tilt_deg, "unit": "deg"},
        "rssi": {"value": message.rssi_dbm, "unit": "dBm"},
        "snr": {"value": message.snr_db, "unit": "dB"},
    }
    return json.dumps(document, separators=(",", ":")).encode()
