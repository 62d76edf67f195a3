"""Adnexo AX-DIST: little-endian; the port says what the bytes are.

Format: the decoder and examples of akenza-io/device-type-library (types/adnexo/ax-dist).
"""

from ingest.codecs.codec import Codec
from ingest.codecs.model import Extra, Foreign, Quality, Sample, sample
from ingest.codecs.wire import Cursor, i16le, of_length, u16le, u32le

_RESTART, _ACCEPTED, _PARAMETERS, _REFUSED = 2, 3, 4, 5
_MEASURED = {100: "regular", 101: "event", 102: "manual"}
_INVALID = 104
_PORTS = (*_MEASURED, _INVALID, _RESTART, _ACCEPTED, _PARAMETERS, _REFUSED)
_SETTINGS = {
    0x04: (4, "measure_interval"),
    0x05: (1, "send_every"),
    0x06: (4, "join_interval"),
    0x07: (1, "reed"),
}
_ASKED = {2: "restart", 3: "parameter_change", 4: "parameter_read"}
_NO_TEMPERATURE = 0x8000  # the temperature that is none


def _read(payload: bytes, port: int) -> tuple[Sample, ...]:
    if port in _MEASURED:
        return (_measured(payload, _MEASURED[port]),)
    if port == _INVALID:
        return (sample("no_echo"),)
    if port == _PARAMETERS:
        return (_parameters(payload),)
    if port == _REFUSED:
        extra: dict[str, Extra] = {"kind": "refused", "asked": _ASKED.get(payload[0], f"{payload[0]}")}
        return (sample(extra=extra),)
    return (sample(extra={"kind": "restart" if port == _RESTART else "parameters"}),)


def _measured(payload: bytes, why: str) -> Sample:
    of_length(payload, 6)
    distance = u16le(payload)
    quality: Quality = "no_echo" if distance == 0xFFFF else "ok"
    celsius = None if u16le(payload, 2) == _NO_TEMPERATURE else i16le(payload, 2) / 10
    volts = u16le(payload, 4) / 1000
    return sample(
        quality, distance_mm=distance, temperature_c=celsius, battery_v=volts, extra={"measured_because": why}
    )


def _parameters(payload: bytes) -> Sample:
    extra: dict[str, Extra] = {"kind": "parameters"}
    cursor = Cursor(payload)
    while cursor.left:
        number = cursor.take(1)[0]
        if number not in _SETTINGS:
            raise Foreign(f"no parameter {number:02x}")
        size, name = _SETTINGS[number]
        data = cursor.take(size)
        extra[name] = u32le(data) if size == 4 else data[0]
    return sample(extra=extra)


CODECS = (Codec(("adnexo/ax-dist",), "1", _PORTS, _read),)
