"""AIUT ALevel V2 (gas tanks): six bytes packed by bits; it says a level in percent and no distance.

Format: the decoder and example of akenza-io/device-type-library (types/aiut/alevelV2).
"""

from ingest.codecs.codec import Codec
from ingest.codecs.model import Extra, Quality, Sample, sample
from ingest.codecs.wire import bits, of_length

_BATTERY = ("very_low", "low", "discharging", "healthy")


def _read(payload: bytes, _port: int) -> tuple[Sample, ...]:
    of_length(payload, 6)
    celsius = payload[2] - 256 if payload[2] > 127 else payload[2]
    removed, refilling, _high, _low, outside, unreadable = (bits(payload, 42 + n, 1) for n in range(6))
    quality: Quality = "sensor_fault" if removed or unreadable else "out_of_range" if outside else "ok"
    level = bits(payload, 32, 10) / 10 if quality == "ok" else None
    extra: dict[str, Extra] = {"battery": _BATTERY[payload[3] >> 6], "counter": payload[1]}
    extra |= {"refilling": bool(refilling), "removed": bool(removed)}
    return (sample(quality, fill_percent=level, temperature_c=celsius, extra=extra),)


CODECS = (Codec(("aiut/alevelV2",), "1", (3,), _read),)
