"""Pepperl+Fuchs WILSEN.sonic: a chain of (length, identifier of two bytes, data), big-endian.

Format: the vendor's interface description; the length counts the identifier and the data.
"""

from ingest.codecs.codec import Codec
from ingest.codecs.model import Extra, Foreign, Quality, Sample, sample
from ingest.codecs.wire import Cursor, f32, u16, u32

_NO_ECHO = 0xFFFF
_COUNTERS = {0x3101: (2, "transmissions"), 0x3102: (2, "positions"), 0x3103: (4, "measurements")}
_SIZES = {
    0x0201: 4, 0x0B01: 2, 0x0B02: 2, 0x0B06: 1, 0x0B07: 1, 0x5101: 1, 0x5001: 4, 0x5002: 4,
    **{number: size for number, (size, _) in _COUNTERS.items()},
}  # fmt: skip


def _read(payload: bytes, _port: int) -> tuple[Sample, ...]:
    raw: dict[str, object] = {}
    extra: dict[str, Extra] = {}
    quality: Quality = "ok"
    cursor = Cursor(payload)
    while cursor.left:
        length = cursor.take(1)[0]
        if length < 3:
            raise Foreign(f"a field of {length} bytes, at byte {cursor.at - 1}")
        field = cursor.take(length)
        number, data = u16(field, 0), field[2:]
        if _SIZES.get(number, len(data)) != len(data):
            raise Foreign(f"field {number:04x} has {len(data)} bytes, {_SIZES[number]} expected")
        if number in (0x0B01, 0x0B02):
            distance = u16(data, 0)
            quality = "no_echo" if distance in (0, _NO_ECHO) else quality
            raw["distance_mm"] = distance if number == 0x0B02 else distance * 10
        elif not _plain(number, data, raw):
            _aside(number, data, extra)
    return (sample(quality, extra=extra, **raw),)


def _plain(number: int, data: bytes, raw: dict[str, object]) -> bool:
    if number == 0x0201:
        raw["temperature_c"] = round(f32(data), 1)
    elif number == 0x0B06:
        raw["fill_percent"] = data[0]
    elif number == 0x5101:
        raw["battery_v"] = data[0] / 10
    else:
        return False
    return True


def _aside(number: int, data: bytes, extra: dict[str, Extra]) -> None:
    if number == 0x0B07:
        extra["amplitude"] = data[0]
    elif number in (0x5001, 0x5002):
        signed = int.from_bytes(data, "big", signed=True)
        extra["latitude" if number == 0x5001 else "longitude"] = signed / 1e6
    elif number == 0x2A25:
        text = data.split(b"\0")[0]
        if not text.isalnum():
            raise Foreign("the serial number is not letters and digits")
        extra["serial"] = text.decode("ascii")
    elif number in _COUNTERS:
        extra[_COUNTERS[number][1]] = u32(data, 0) if len(data) == 4 else u16(data, 0)
    elif number >> 12 == 0xF:
        extra["kind"] = "parameters"
        extra[f"setting_{number:04x}"] = data.hex()
    else:
        raise Foreign(f"no field {number:04x}")


CODECS = (
    Codec(("pepperl-fuchs/wilsen-sonic-level", "pepperlFuchs/wilsenSonicLevel"), "1", (1,), _read),
    Codec(("pepperl-fuchs/wilsen-sonic-distance", "pepperlFuchs/wilsenSonicDistance"), "1", (1,), _read),
)
