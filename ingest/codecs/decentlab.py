"""Decentlab DL-MBX (ultrasonic) and DL-LID (laser): protocol 2, big-endian words behind a word of flags.

Format: the vendor's datasheets and its examples in TheThingsNetwork/lorawan-devices (vendor/decentlab).
"""

from ingest.codecs.codec import Codec
from ingest.codecs.model import Foreign, Quality, Sample, sample
from ingest.codecs.wire import u16

_HEAD = 5
# The port is 1; a public integration example carries 5.
_PORTS = (1, 5)
_LID = ("minimum", "maximum", "median", "percentile_10", "percentile_25", "percentile_75", "percentile_90")


def _groups(payload: bytes, sizes: tuple[int, int]) -> tuple[list[int] | None, list[int] | None, int]:
    """Return the words of the two sensors a device has (None when absent) and the device's number."""
    if len(payload) < _HEAD:
        raise Foreign(f"{len(payload)} bytes, the head alone has {_HEAD}", "truncated")
    if payload[0] != 2:
        raise Foreign(f"protocol {payload[0]}, 2 is read here")
    flags = u16(payload, 3)
    if flags == 0 or flags > 3:
        raise Foreign(f"flags {flags:04x} of another device")
    found: list[list[int] | None] = []
    at = _HEAD
    for bit, size in enumerate(sizes):
        if not flags >> bit & 1:
            found.append(None)
            continue
        found.append([u16(payload, at + 2 * word) for word in range(size)])
        at += 2 * size
    if at != len(payload):
        reason = "truncated" if at > len(payload) else "foreign"
        raise Foreign(f"{len(payload)} bytes, the flags announce {at}", reason)
    return found[0], found[1], u16(payload, 1)


def _volts(battery: list[int] | None) -> float | None:
    return None if battery is None else battery[0] / 1000


def _mbx(payload: bytes, _port: int) -> tuple[Sample, ...]:
    echo, battery, device = _groups(payload, (2, 1))
    if echo is None:
        return (sample(battery_v=_volts(battery), extra={"device_id": device}),)
    # 15 samples, of which `valid` counted; MaxBotix modules answer 9999 when nothing comes back.
    distance, valid = echo
    quality: Quality = "no_echo" if valid == 0 or distance >= 9999 else "ok"
    extra = {"device_id": device, "valid_samples": valid}
    return (sample(quality, distance_mm=distance, battery_v=_volts(battery), extra=extra),)


def _lid(payload: bytes, _port: int) -> tuple[Sample, ...]:
    echo, battery, device = _groups(payload, (11, 1))
    if echo is None:
        return (sample(battery_v=_volts(battery), extra={"device_id": device}),)
    average, *middle, most_frequent, samples, duration = echo
    extra = {"device_id": device} | {f"{n}_mm": v for n, v in zip(_LID, middle, strict=True)}
    extra |= {
        "most_frequent_mm": most_frequent,
        "samples": samples,
        "acquisition_ms": round(duration / 1.024),
    }
    quality: Quality = "no_echo" if samples == 0 else "ok"
    return (sample(quality, distance_mm=average, battery_v=_volts(battery), extra=extra),)


CODECS = (
    Codec(("decentlab/dl-mbx", "decentlab/MBX"), "1", _PORTS, _mbx),
    Codec(("decentlab/dl-lid", "decentlab/LID"), "1", _PORTS, _lid),
)
