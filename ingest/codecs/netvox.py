"""Netvox R718X (ultrasonic distance) and R718PE (top-mounted level): eleven bytes, big-endian.

Format: Netvox's application command document and the R718PE user manual. Port 6 reports, port 7 answers a
setting.
"""

from collections.abc import Callable

from ingest.codecs.codec import Codec
from ingest.codecs.model import Extra, Foreign, Quality, Sample, sample
from ingest.codecs.wire import i16, of_length, u16

_REPORT, _SETTING = 6, 7
_R718X, _R718PE = 0x34, 0xB1
_ANSWERS = {
    0x81: "report_interval", 0x82: "report_interval", 0x83: "on_distance", 0x84: "on_distance",
    0x85: "fill_max_distance", 0x86: "fill_max_distance", 0x8B: "dead_zone", 0x8C: "dead_zone",
}  # fmt: skip
_READ = {0x84, 0x86, 0x8C}


def _reader(model: int) -> Callable[[bytes, int], tuple[Sample, ...]]:
    def read(payload: bytes, port: int) -> tuple[Sample, ...]:
        of_length(payload, 11)
        if payload[1] != model:
            raise Foreign(f"device type {payload[1]:02x}, {model:02x} expected")
        if port == _SETTING:
            return (_setting(payload),)
        if payload[0] != 1:
            raise Foreign(f"version {payload[0]}, 1 is read here")
        return (_report(payload),)

    return read


def _report(payload: bytes) -> Sample:
    if payload[2] == 0:
        extra: dict[str, Extra] = {"kind": "description", "firmware": payload[3] / 10, "hardware": payload[4]}
        return sample(extra=extra)
    if payload[2] != 1:
        raise Foreign(f"no report type {payload[2]:02x}")
    distance = u16(payload, 5)
    quality: Quality = "no_echo" if distance == 0xFFFF else "ok"
    raw: dict[str, object] = {"battery_v": (payload[3] & 0x7F) / 10}
    if payload[1] == _R718X:
        raw |= {"temperature_c": i16(payload, 7) / 10, "fill_percent": payload[9], "tilt_deg": payload[10]}
    else:
        raw["fill_percent"] = payload[7]
    if quality != "ok":
        del raw["fill_percent"]  # the device computes it from the distance it did not get
    extra = {"battery_low": bool(payload[3] & 0x80), "on": payload[4] != 0}
    return sample(quality, distance_mm=distance, extra=extra, **raw)


def _setting(payload: bytes) -> Sample:
    what = _ANSWERS.get(payload[0])
    if what is None:
        raise Foreign(f"no answer {payload[0]:02x}")
    extra: dict[str, Extra] = {"kind": "parameters", "setting": what}
    if payload[0] == 0x82:
        extra |= {"min_interval_s": u16(payload, 2), "max_interval_s": u16(payload, 4)}
        extra |= {"battery_change_v": payload[6] / 10, "distance_change_mm": u16(payload, 7)}
    elif payload[0] in _READ:
        extra["value_mm"] = u16(payload, 2)
    else:
        extra["accepted"] = payload[2] == 0
    return sample(extra=extra)


CODECS = (
    Codec(("netvox/r718x",), "1", (_REPORT, _SETTING), _reader(_R718X)),
    Codec(("netvox/r718pe",), "1", (_REPORT, _SETTING), _reader(_R718PE)),
)
