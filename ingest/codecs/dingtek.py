"""Dingtek DF and DC probes: 80 00 device type length … 81, big-endian.

Format: the examples and decoders of TheThingsNetwork/lorawan-devices (vendor/dingtek). The "level" of these
probes is the distance to the surface; DF556 alone weighs the liquid and says its height.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ingest.codecs.codec import Codec
from ingest.codecs.model import Extra, Foreign, Quality, Sample, sample
from ingest.codecs.wire import f32le, u16

_PARAMETERS = 0x03
_LENGTH_AT, _SHORTEST = 4, 12
# What the probes send when nothing came back (published example of DF701, a laser of 4 m).
_NO_ECHO = (9999, 0xFFFF)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where one model puts its alarms: names of the four nibbles, None where it has none."""

    alarms: tuple[str | None, str | None, str | None, str | None]
    thermometer: bool = True
    tilts: bool = False
    distance: bool = True


_BIN = _Layout(("full", "fire", "tilted", "battery_low"), tilts=True)
_MANHOLE = _Layout(("full", None, "motion", "battery_low"), tilts=True)
_TANK = _Layout(("empty", None, None, "battery_low"))
_OIL = _Layout(("level_alarm", None, None, "battery_low"))
_LASER = _Layout(("full", None, None, "battery_low"), thermometer=False)
_PRESSURE = _Layout(("level_alarm", None, None, "battery_low"), thermometer=False, distance=False)


def _reader(layout: _Layout) -> Callable[[bytes, int], tuple[Sample, ...]]:
    return lambda payload, _port: (_read(layout, payload),)


def _read(layout: _Layout, payload: bytes) -> Sample:
    if payload[:2] != b"\x80\x00":
        raise Foreign("does not start with 80 00")
    if len(payload) < _SHORTEST or payload[_LENGTH_AT] > len(payload):
        raise Foreign(f"ends too early, at byte {len(payload)}", "truncated")
    if payload[_LENGTH_AT] != len(payload) or payload[-1] != 0x81:
        raise Foreign("its length or its last byte is not as announced")
    if payload[3] == _PARAMETERS:
        return _parameters(payload)
    if payload[3] not in (0x01, 0x02):
        raise Foreign(f"no message type {payload[3]:02x}")
    return _heartbeat(layout, payload)


def _heartbeat(layout: _Layout, payload: bytes) -> Sample:
    # With a position there are eight bytes more, before the temperature. The models without a
    # thermometer say their voltage instead, two bytes after the alarms.
    plain = 17 if layout.thermometer else 18
    if len(payload) not in (plain, plain + 8):
        raise Foreign(f"{len(payload)} bytes, {plain} or {plain + 8} expected", "truncated")
    extra: dict[str, Extra] = {}
    rest = 8
    if len(payload) == plain + 8:
        extra = {"longitude": round(f32le(payload, 8), 6), "latitude": round(f32le(payload, 12), 6)}
        rest = 16
    raw: dict[str, object] = _alarms(layout, payload[rest + 3], payload[rest + 4], extra)
    if layout.thermometer:
        # One byte for -56 to 200 °C: the vendor reads it unsigned, which makes a frost of 236 °C.
        raw["temperature_c"] = payload[rest] - 256 if payload[rest] > 200 else payload[rest]
        # The nibble before the angle is its sign; from upright there is none.
        if layout.tilts:
            raw["tilt_deg"] = payload[rest + 2]
        extra["counter"] = u16(payload, rest + 5)
    else:
        raw["battery_v"] = u16(payload, rest + 5) / 100
        extra["counter"] = u16(payload, rest + 7)
    level = u16(payload, 5)
    quality: Quality = "ok"
    if level in _NO_ECHO:
        quality = "no_echo" if layout.distance else "sensor_fault"
    elif layout.distance:
        raw["distance_mm"] = level
    else:
        extra["level_mm"] = level
    return sample(quality, extra=extra, **raw)


def _alarms(layout: _Layout, first: int, second: int, extra: dict[str, Extra]) -> dict[str, object]:
    raw: dict[str, object] = {}
    for name, nibble in zip(layout.alarms, (first >> 4, first & 15, second >> 4, second & 15), strict=True):
        if name in ("full", "fire", "tilted"):
            raw[name] = nibble != 0
        elif name is not None:
            extra[name] = nibble != 0
    return raw


def _parameters(payload: bytes) -> Sample:
    """An echo of the settings; the units of the intervals differ by model, so they stay as sent."""
    return sample(
        extra={
            "kind": "parameters",
            "firmware": f"{payload[5]}.{payload[6]}",
            "parameters": payload[7:-1].hex(),
        }
    )


CODECS = (
    *(Codec((f"dingtek/{name}",), "1", (3,), _reader(_BIN)) for name in ("df702", "df703")),
    *(Codec((f"dingtek/{name}",), "1", (3,), _reader(_MANHOLE)) for name in ("dc410", "dc413")),
    Codec(("dingtek/df530",), "1", (3,), _reader(_TANK)),
    Codec(("dingtek/df555",), "1", (3,), _reader(_OIL)),
    Codec(("dingtek/df556",), "1", (3,), _reader(_PRESSURE)),
    Codec(("dingtek/df701",), "1", (3,), _reader(_LASER)),
)
