"""Elsys ELT probes: a chain of (type, data), big-endian.

Format: the vendor's payload document, of which the types and lengths below are the table.
"""

from ingest.codecs.codec import Codec
from ingest.codecs.model import Extra, Foreign, Quality, Sample, sample
from ingest.codecs.wire import Cursor, i16, u16, u32

# Port 5 by default; the examples of the device repository carry 1.
_PORTS = (5, 1)

# Bytes of data behind each type.
_LENGTHS = {
    0x01: 2, 0x02: 1, 0x03: 3, 0x04: 2, 0x05: 1, 0x06: 2, 0x07: 2, 0x08: 2, 0x09: 6, 0x0A: 2, 0x0B: 4,
    0x0C: 2, 0x0D: 1, 0x0E: 2, 0x0F: 1, 0x10: 4, 0x11: 1, 0x12: 1, 0x13: 65, 0x14: 4, 0x15: 2, 0x16: 2,
    0x17: 4, 0x18: 2, 0x19: 2, 0x1A: 1, 0x1B: 4, 0x1C: 2, 0x3D: 4,
}  # fmt: skip
_TEMPERATURE, _HUMIDITY, _ACCELERATION, _SUPPLY, _DISTANCE, _PRESSURE = 0x01, 0x02, 0x03, 0x07, 0x0E, 0x14
_PLAUSIBLE_HPA = (300, 1200)


def _read(payload: bytes, _port: int) -> tuple[Sample, ...]:
    raw: dict[str, object] = {}
    extra: dict[str, Extra] = {}
    quality: Quality = "ok"
    cursor = Cursor(payload)
    while cursor.left:
        kind = cursor.take(1)[0]
        if kind not in _LENGTHS:
            raise Foreign(f"no type {kind:02x}, at byte {cursor.at - 1}")
        data = cursor.take(_LENGTHS[kind])
        if kind == _TEMPERATURE:
            raw["temperature_c"] = i16(data, 0) / 10
        elif kind == _HUMIDITY:
            raw["humidity_percent"] = data[0]
        elif kind == _SUPPLY:
            raw["battery_v"] = u16(data, 0) / 1000
        elif kind == _DISTANCE:
            # 0 and 65535: the module heard nothing it could time.
            raw["distance_mm"] = u16(data, 0)
            quality = "no_echo" if raw["distance_mm"] in (0, 0xFFFF) else "ok"
        else:
            _aside(kind, data, extra)
    return (sample(quality, extra=extra, **raw),)


def _aside(kind: int, data: bytes, extra: dict[str, Extra]) -> None:
    if kind == _ACCELERATION:
        # 63 is 1 g on each axis; which axis is upright depends on how the box was fixed.
        signed = (byte - 256 if byte > 127 else byte for byte in data)
        extra |= dict(zip(("acceleration_x", "acceleration_y", "acceleration_z"), signed, strict=True))
    elif kind == _PRESSURE:
        hectopascals = u32(data, 0) / 1000
        if _PLAUSIBLE_HPA[0] <= hectopascals <= _PLAUSIBLE_HPA[1]:
            extra["pressure_hpa"] = hectopascals
    elif kind in (0x0F, 0x05):
        extra["movements"] = data[0]


CODECS = (
    Codec(("elsys/elt-ultrasonic",), "1", _PORTS, _read),
    Codec(("elsys/elt-2", "elsys/elt-lite"), "1", _PORTS, _read),
    Codec(("elsys/elt-2-ultrasonic",), "1", _PORTS, _read),
    Codec(("elsys/elt-2-ultrasonic-snow",), "1", _PORTS, _read),
)
