"""Pipiot LevelSense (ultrasonic and laser): fixed frames whose first byte says which.

Format: the decoder and example of akenza-io/device-type-library (types/pipiot/levelSense). The ultrasonic
distance is the canonical one: the laser's byte of the extended frame reaches half a metre only.
"""

from ingest.codecs.codec import Codec
from ingest.codecs.model import Extra, Foreign, Quality, Sample, sample
from ingest.codecs.wire import of_length, u16

_PLAIN, _POSITION, _RADIO_TEST, _EXTENDED = 0, 1, 2, 3
_OVERHEATED, _TILTED, _NO_ULTRASOUND, _NO_ACCELEROMETER = 0x20, 0x10, 0x04, 0x01


def _read(payload: bytes, _port: int) -> tuple[Sample, ...]:
    kind = payload[0] >> 4 & 7
    if payload[0] & 0x8F:
        raise Foreign(f"reserved bits are set in {payload[0]:02x}")
    if kind == _EXTENDED:
        of_length(payload, 12)
        return (_frame(payload, 2 * u16(payload, 3), {"laser_mm": 2 * payload[5]}, payload[8:11]),)
    if kind == _PLAIN:
        of_length(payload, 9)
        return (_frame(payload, 10 * payload[2], {"laser_mm": 10 * payload[3]}, payload[6:9]),)
    if kind in (_POSITION, _RADIO_TEST):
        return (sample(extra={"kind": "position" if kind == _POSITION else "radio_test"}),)
    raise Foreign(f"no frame {kind}")


def _frame(payload: bytes, distance: int, extra: dict[str, Extra], tail: bytes) -> Sample:
    flags, (warmth, angle, battery) = payload[1], tail
    quality: Quality = "ok"
    if flags & _NO_ULTRASOUND:
        quality = "sensor_fault"
    elif distance == 0:
        quality = "no_echo"
    raw: dict[str, object] = {"tilted": bool(flags & _TILTED)}
    raw["temperature_c"] = warmth - 256 if warmth > 127 else warmth
    if angle < 180 and not flags & _NO_ACCELEROMETER:
        raw["tilt_deg"] = angle
    if 0 < battery <= 200:
        raw["battery_v"] = battery * 0.025 + 3
    extra["overheated"] = bool(flags & _OVERHEATED)
    return sample(quality, distance_mm=distance, extra=extra, **raw)


CODECS = (Codec(("pipiot/levelSense",), "1", (), _read),)
