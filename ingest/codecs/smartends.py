"""SmartEnds BrighterBins: frames packed by bits; the last two bits say which.

Format: the decoder and examples of akenza-io/device-type-library (types/smartEnds/brighterBins). Depth maps
(several points of the surface) are not read: their unit is in no document we have.
"""

from typing import Any

from ingest.codecs.codec import Codec
from ingest.codecs.model import Extra, Foreign, Quality, Sample, sample
from ingest.codecs.wire import bits, of_length

_NO_BATTERY, _NO_LEVEL, _NO_ANSWER, _BAD_SETTINGS = 63, 127, 511, 510


def _battery(payload: bytes, at: int) -> int | None:
    value = bits(payload, at, 6)
    return None if value == _NO_BATTERY else min(2 * value, 100)


def _level(payload: bytes, at: int, battery: int, warmth: int, **raw: object) -> Sample:
    value = bits(payload, at, 7)
    quality: Quality = "sensor_fault" if value == _NO_LEVEL else "ok"
    return _with(payload, quality, battery, warmth, fill_percent=None if value == _NO_LEVEL else value, **raw)


def _distance(payload: bytes, at: int, battery: int, warmth: int, **raw: object) -> Sample:
    value = bits(payload, at, 9)
    quality: Quality = "sensor_fault" if value in (_NO_ANSWER, _BAD_SETTINGS) else "ok"
    return _with(payload, quality, battery, warmth, distance_mm=10 * value, **raw)


def _with(payload: bytes, quality: Quality, battery: int, warmth: int, **raw: Any) -> Sample:
    celsius = bits(payload, warmth, 7) - 40
    return sample(quality, battery_percent=_battery(payload, battery), temperature_c=celsius, **raw)


def _read(payload: bytes, _port: int) -> tuple[Sample, ...]:
    kind = payload[-1] & 3
    if kind == 0:
        of_length(payload, 3)
        return (_level(payload, 15, battery=2, warmth=8),)
    if kind == 1:
        of_length(payload, 3)
        return (_distance(payload, 13, battery=0, warmth=6),)
    if kind == 2:
        of_length(payload, 12)
        volts = bits(payload, 87, 4) / 10 + 2.2
        extra: dict[str, Extra] = {"kind": "description", "hardware": bits(payload, 30, 6)}
        return (sample(battery_percent=_battery(payload, 81), battery_v=volts, extra=extra),)
    return (_event(payload, payload[-1] >> 2 & 7),)


def _event(payload: bytes, kind: int) -> Sample:
    if kind in (0, 5):
        of_length(payload, 9)
        if kind == 0:
            return _distance(payload, 57, battery=44, warmth=50)
        return _level(payload, 59, battery=44, warmth=50)
    if kind == 1:
        of_length(payload, 12)
        return _distance(payload, 81, battery=68, warmth=74, fire=bool(bits(payload, 64, 1)))
    if kind == 3:
        of_length(payload, 9)
        return sample(extra={"kind": "description"})
    raise Foreign(f"no message {kind}")


CODECS = (Codec(("smartEnds/brighterBins",), "1", (1,), _read),)
