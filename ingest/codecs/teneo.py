"""Teneo filling degree sensor (laser): a byte of battery, centimetres, and at times a status and the air.

Format: the vendor's decoder and examples in TheThingsNetwork/lorawan-devices (vendor/teneo-iot).
"""

from ingest.codecs.codec import Codec
from ingest.codecs.model import Quality, Sample, sample
from ingest.codecs.wire import of_length, u16

_DATA, _ERROR, _CHARGING = 1, 2, 3
_NOTHING_IN_REACH = 4


def _quality(status: int) -> Quality:
    if status == 0:
        return "ok"
    return "no_echo" if status == _NOTHING_IN_REACH else "sensor_fault"


def _read(payload: bytes, port: int) -> tuple[Sample, ...]:
    volts = 2 + payload[0] / 10
    if port == _CHARGING:
        return (sample(battery_v=volts, extra={"charging": True}),)
    if port == _ERROR:
        of_length(payload, 2)
        quality = _quality(payload[1])
        found = quality if quality != "ok" else "sensor_fault"
        return (sample(found, battery_v=volts, extra={"status": payload[1]}),)
    of_length(payload, 3, 4, 7, 8)
    raw: dict[str, object] = {"distance_mm": u16(payload, 1) * 10, "battery_v": volts}
    status = payload[3] if len(payload) in (4, 8) else 0
    if len(payload) >= 7:
        raw |= {"temperature_c": u16(payload, -4 % len(payload)) / 100}
        raw |= {"humidity_percent": u16(payload, len(payload) - 2) / 100}
    return (sample(_quality(status), extra={"status": status} if status else None, **raw),)


CODECS = (Codec(("teneo-iot/filling-degree-sensor",), "1", (_DATA, _ERROR, _CHARGING), _read),)
