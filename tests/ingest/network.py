"""ChirpStack's side of its contract: envelopes around a device's bytes, and devices on a network."""

import json
from base64 import b64encode
from datetime import datetime
from typing import Any

import psycopg

from ingest.letter import Letter

EUI = "24E124713B000001"


def register(dsn: str, codec: str, serial: str = "GLN-1", eui: str = EUI) -> None:
    """Put a device of `settle` on a network."""
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "UPDATE device SET codec = %s, dev_eui = %s, network = 'chirpstack' WHERE serial = %s",
            (codec, eui, serial),
        )


def uplink(
    data: str,
    f_cnt: int,
    at: datetime | None,
    received_at: datetime,
    port: int = 85,
    eui: str = EUI,
    **more: Any,
) -> Letter:
    """An `up` event around bytes in hexadecimal; `at` None leaves the network's instant out."""
    said: dict[str, Any] = {
        "deviceInfo": {"devEui": eui.lower()},
        "devAddr": "00bd2103",
        "fPort": port,
        "fCnt": f_cnt,
        "data": b64encode(bytes.fromhex(data)).decode(),
        "rxInfo": [
            {"gatewayId": "far", "rssi": -119, "snr": -3.5},
            {"gatewayId": "near", "rssi": -71, "snr": 9.25},
        ],
    } | more
    if at is not None:
        said["time"] = at.isoformat()
    return event("up", said, received_at, eui)


def event(kind: str, said: dict[str, Any], received_at: datetime, eui: str = EUI) -> Letter:
    """Any event of a device."""
    topic = f"application/9d1/device/{eui.lower()}/event/{kind}"
    return Letter(topic, json.dumps(said).encode(), received_at)
