"""A probe's side of the contract, written from ingest/README.md alone, and a small territory for it."""

import json
from datetime import datetime
from typing import Any

import psycopg

from ingest.letter import Letter

UNITS = {"distance": "mm", "temperature": "Cel", "battery": "%", "tilt": "deg", "rssi": "dBm", "snr": "dB"}


def document(at: datetime, seq: int, boot: int = 1, **facts: Any) -> dict[str, Any]:
    """What a probe says; `distance="no_echo"` for an error."""
    said: dict[str, Any] = {"v": 1, "boot": boot, "seq": seq, "time": at.isoformat()}
    for name, value in facts.items():
        said[name] = {"error": value} if isinstance(value, str) else {"value": value, "unit": UNITS[name]}
    return said


def up(serial: str, at: datetime, seq: int, boot: int = 1, **facts: Any) -> tuple[str, bytes]:
    """Topic and payload of one measurement."""
    return f"glaneur/1/{serial}/up", json.dumps(document(at, seq, boot, **facts)).encode()


def letter(serial: str, at: datetime, seq: int, received_at: datetime, boot: int = 1, **facts: Any) -> Letter:
    """The same, as ingest holds it once received."""
    return Letter(*up(serial, at, seq, boot, **facts), received_at)


def settle(dsn: str, probes: int = 2) -> None:
    """Columns C1, C2… (empty at 2,000 mm, full at 200), with GLN-1, GLN-2… mounted since 2020."""
    with psycopg.connect(dsn) as connection:
        connection.execute("INSERT INTO commune VALUES ('62364', 'Fruges', '62310', 2400, 50.515, 2.133)")
        connection.execute("INSERT INTO stream VALUES ('verre', 'Verre', '#2e7d32', 330)")
        connection.execute(
            "INSERT INTO point (code, name, insee, lat, lon) VALUES ('P', 'Place', '62364', 50.5, 2.1)"
        )
        for number in range(1, probes + 1):
            connection.execute(
                "INSERT INTO container (code, point_id, stream, volume_l, empty_distance_mm,"
                " full_distance_mm) SELECT %s, id, 'verre', 4000, 2000, 200 FROM point",
                (f"C{number}",),
            )
            connection.execute("INSERT INTO device (serial) VALUES (%s)", (f"GLN-{number}",))
            mount(connection, f"GLN-{number}", f"C{number}", "2020-01-01Z", None)


def mount(connection: psycopg.Connection[Any], serial: str, code: str, start: str, end: str | None) -> None:
    """Hang a device in a container from an instant to another."""
    connection.execute(
        "INSERT INTO mounting SELECT d.id, c.id, tstzrange(%s, %s)"
        " FROM device d, container c WHERE d.serial = %s AND c.code = %s",
        (start, end, serial, code),
    )
