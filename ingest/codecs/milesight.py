"""Milesight EM and WS probes: a chain of (channel, type, data), little-endian.

Format: the tables of the READMEs of Milesight-IoT/SensorDecoders and of the user guides. NB-IoT models wrap
the same chain in a frame that also names the SIM card: its identifiers are read over and never kept.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ingest.codecs.codec import Codec
from ingest.codecs.model import Foreign, Quality, Sample, instant, sample
from ingest.codecs.wire import Cursor, i16le, i32le, u16, u16le, u32le

# The application port is 85 unless set otherwise; 1 and 207 are in published messages of these devices.
_PORTS = (85, 1, 207)

# Length of what follows ff + type: the description a device gives of itself when it joins, and its
# answer to a new reporting interval (ff 03).
_ATTRIBUTES = {0x01: 1, 0x03: 2, 0x09: 2, 0x0A: 2, 0x0B: 1, 0x0F: 1, 0x16: 8, 0xFE: 1, 0xFF: 2}

_EXCEPTIONS: dict[int, Quality] = {0: "ok", 1: "blind_zone", 2: "no_echo", 3: "sensor_fault"}
_ALARMS = {0: "released", 1: "threshold", 2: "mutation"}


class _Reading(dict[str, Any]):
    """What the chain has said so far; `past` are its dated readings."""

    def __init__(self) -> None:
        super().__init__(quality="ok", extra={})
        self.past: list[Sample] = []

    def finished(self) -> tuple[Sample, ...]:
        """Return the present sample (unless the chain held the past only), then the past ones."""
        now = sample(**self)
        return (now, *self.past) if now.measures or now.extra or not self.past else tuple(self.past)


Channel = tuple[int, Callable[[_Reading, bytes], None]]


def _battery(said: _Reading, data: bytes) -> None:
    said["battery_percent"] = None if data[0] == 0xFF else data[0]


def _temperature(said: _Reading, data: bytes) -> None:
    raw = i16le(data)
    if raw in (0x7FFF, -0x8000):
        said["extra"]["temperature_fault"] = True
        _worsen(said, "implausible")
    else:
        said["temperature_c"] = raw / 10


def _worsen(said: _Reading, quality: Quality) -> None:
    if said["quality"] in ("ok", "implausible"):
        said["quality"] = quality


def _distance(said: _Reading, data: bytes) -> None:
    raw = u16le(data)
    # 0xFFFD to 0xFFFF are Milesight's words for beyond the range, not read, and no measurement.
    if raw >= 0xFFFD:
        _worsen(said, "out_of_range" if raw == 0xFFFD else "sensor_fault")
    else:
        said["distance_mm"] = raw


def _tilt(said: _Reading, data: bytes) -> None:
    if data[0] > 1:
        raise Foreign(f"position is {data[0]}, not 0 or 1")
    said["tilted"] = data[0] == 1


def _temperature_alarm(said: _Reading, data: bytes) -> None:
    _temperature(said, data)
    said["extra"]["temperature_alarm"] = _ALARMS.get(data[2], "unknown")


def _distance_alarm(said: _Reading, data: bytes) -> None:
    _distance(said, data)
    said["extra"]["distance_alarm"] = _ALARMS.get(data[2], "unknown")


def _mutation(said: _Reading, data: bytes) -> None:
    _distance(said, data)
    said["extra"]["distance_change_mm"] = i16le(data, 2)
    said["extra"]["distance_alarm"] = _ALARMS.get(data[4], "unknown")


def _exception(said: _Reading, data: bytes) -> None:
    _distance(said, data)
    _worsen(said, _EXCEPTIONS.get(data[2], "sensor_fault"))


def _location(said: _Reading, data: bytes) -> None:
    said["extra"] |= {"longitude": i32le(data) / 1e6, "latitude": i32le(data, 4) / 1e6}


def _signal(said: _Reading, data: bytes) -> None:
    said["extra"]["radar_signal_dbm"] = i16le(data) / 100


def _remaining(said: _Reading, data: bytes) -> None:
    said["fill_percent"] = data[0]


def _past(said: _Reading, data: bytes) -> None:
    """A dated reading: EM500 says the distance only, EM410 the temperature and an event as well."""
    at = instant(u32le(data))
    if at is None:
        said["extra"]["undated_readings"] = said["extra"].get("undated_readings", 0) + 1
        return
    then = _Reading()
    _distance(then, data[4:6])
    if len(data) > 6:
        _temperature(then, data[6:8])
        then["extra"]["distance_change_mm"] = i16le(data, 8)
        then["tilted"] = bool(data[10] & 0x20)
        if data[10] & 0x04:
            _worsen(then, "blind_zone")
    said.past.append(sample(measured_at=at, **then))


_COMMON: dict[int, Channel] = {0x0175: (1, _battery)}
_EM400: dict[int, Channel] = _COMMON | {
    0x0367: (2, _temperature),
    0x0482: (2, _distance),
    0x0500: (1, _tilt),
    0x0688: (9, _location),
    0x8367: (3, _temperature_alarm),
    0x8482: (3, _distance_alarm),
}
_EM410: dict[int, Channel] = _EM400 | {
    0x06C7: (2, _signal),
    0x9482: (5, _mutation),
    0xB482: (3, _exception),
    0x20CE: (11, _past),
}
_EM310: dict[int, Channel] = _COMMON | {0x0382: (2, _distance), 0x0400: (1, _tilt)}
_EM500: dict[int, Channel] = _COMMON | {
    0x0382: (2, _distance),
    0x8382: (3, _distance_alarm),
    0x83E9: (5, _mutation),
    0x20CE: (6, _past),
}
_WS201: dict[int, Channel] = _COMMON | {0x0382: (2, _distance), 0x04D6: (1, _remaining)}


def _chain(channels: Mapping[int, Channel], payload: bytes) -> tuple[Sample, ...]:
    said, cursor = _Reading(), Cursor(payload)
    while cursor.left:
        head = u16(cursor.take(2), 0)
        if head >> 8 == 0xFF and head & 0xFF in _ATTRIBUTES:
            _attribute(said, head & 0xFF, cursor.take(_ATTRIBUTES[head & 0xFF]))
            continue
        if head not in channels:
            raise Foreign(f"no channel {head:04x} in this model, at byte {cursor.at - 2}")
        length, read = channels[head]
        read(said, cursor.take(length))
    return said.finished()


def _attribute(said: _Reading, kind: int, data: bytes) -> None:
    said["extra"].setdefault("kind", "description")
    if kind in (0x09, 0x0A):
        name = "hardware" if kind == 0x09 else "firmware"
        said["extra"][name] = f"{data[0]}.{data[1] >> 4}" if kind == 0x09 else f"{data[0]}.{data[1]:x}"
    elif kind == 0x03:
        said["extra"] |= {"kind": "parameters", "report_interval_s": u16le(data)}


# start 02, id 2, length 2, flag 1, frame count 2, protocol 1, firmware 4, hardware 4, serial 16, IMEI 15,
# IMSI 15, ICCID 20, signal 1, length of the chain 2.
_NBIOT_HEAD = 86


def _nbiot(payload: bytes) -> tuple[Sample, ...]:
    if payload[:1] != b"\x02":
        return _chain(_EM400, payload)
    if len(payload) < _NBIOT_HEAD:
        raise Foreign(f"{len(payload)} bytes, the head alone has {_NBIOT_HEAD}", "truncated")
    if u16(payload, 3) + 5 != len(payload) or u16(payload, 84) != len(payload) - _NBIOT_HEAD:
        raise Foreign(f"the frame's lengths do not match its {len(payload)} bytes", "truncated")
    now, *past = _chain(_EM400, payload[_NBIOT_HEAD:])
    signal = payload[83]
    # 3GPP TS 27.007 +CSQ: 0 is -113 dBm or less, 2 dB a step, 99 unknown.
    strength = {"signal_dbm": 2 * signal - 113} if signal <= 31 else {}
    fields = {name: getattr(now, name) for name in now.__slots__ if name != "extra"}
    return (Sample(**fields, extra={**now.extra, **strength}), *past)


def _model(channels: Mapping[int, Channel]) -> Callable[[bytes, int], tuple[Sample, ...]]:
    return lambda payload, _port: _chain(channels, payload)


def _em400(payload: bytes, _port: int) -> tuple[Sample, ...]:
    # The same probe sends either form over NB-IoT's UDP, TCP or MQTT; 02 starts no channel.
    return _nbiot(payload)


CODECS = (
    *(
        Codec((f"milesight-iot/em400-{kind}", f"milesight/EM400-{kind.upper()}", *more), "1", _PORTS, _em400)
        for kind, *more in (
            ("tld", "milesight-iot/em400-tld-nbiot", "milesight/EM400-TLD-NBIOT"),
            ("udl", "milesight-iot/em400-udl-nbiot", "milesight/EM400-UDL-NBIOT", "milesight/EM400-ULD"),
            ("mud", "milesight-iot/em400-mud-nbiot", "milesight/EM400-MUD-NBIOT"),
        )
    ),
    Codec(("milesight-iot/em410-rdl", "milesight/EM410-RDL"), "1", _PORTS, _model(_EM410)),
    Codec(("milesight-iot/em310-udl", "milesight/EM310-UDL"), "1", _PORTS, _model(_EM310)),
    Codec(("milesight-iot/em500-udl", "milesight/EM500-UDL"), "1", _PORTS, _model(_EM500)),
    Codec(("milesight-iot/ws201", "milesight/WS201"), "1", _PORTS, _model(_WS201)),
)
