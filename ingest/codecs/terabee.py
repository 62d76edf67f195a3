"""Terabee LoRa Level Monitoring XL (time of flight): six bytes, big-endian.

Format: the vendor's decoder and example in TheThingsNetwork/lorawan-devices (vendor/terabee).
"""

from ingest.codecs.codec import Codec
from ingest.codecs.model import Extra, Foreign, Quality, Sample, sample
from ingest.codecs.wire import of_length, u16

_WORDS: dict[int, Quality] = {0: "blind_zone", 1: "sensor_fault", 0xFFFF: "out_of_range"}
_RESET, _RADIO, _SUPPLY, _PROBE = 1, 2, 4, 8


def _read(payload: bytes, _port: int) -> tuple[Sample, ...]:
    of_length(payload, 6)
    errors = payload[5]
    if errors > 15:
        raise Foreign(f"error bits {errors:02x}")
    distance = u16(payload, 0)
    quality = "sensor_fault" if errors & _PROBE else _WORDS.get(distance, "ok")
    level = payload[2] if payload[2] != 255 and quality == "ok" else None
    volts = None if errors & _SUPPLY else u16(payload, 3) / 1000
    extra: dict[str, Extra] = {"error_bits": errors} if errors else {}
    return (sample(quality, distance_mm=distance, fill_percent=level, battery_v=volts, extra=extra),)


CODECS = (Codec(("terabee/lora-lm-xl",), "1", (1,), _read),)
