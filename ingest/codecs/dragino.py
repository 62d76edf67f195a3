"""Dragino LDDS, DDS, LLDS and NDDS probes: fixed frames, big-endian, told apart by port and length.

Format: the vendor's user manuals (distance 0 is a probe that is not there, a distance below the probe's
reach is not one; since firmware 1.1.4 the LDDS75 says 20 mm for all of those).
"""

from collections.abc import Callable

from ingest.codecs.codec import Codec
from ingest.codecs.model import Extra, Foreign, Quality, Sample, instant, sample
from ingest.codecs.wire import i16, of_length, u16, u32

# Three Dragino batteries and every supply they name lie inside; anything else is another device's bytes.
_SUPPLY_MV = (1500, 6000)
_PROBE_ABSENT_C = 327.6  # a DS18B20 that is not connected
_DATA, _LOG, _STATUS = 2, 3, 5


def _supply(payload: bytes, at: int = 0) -> float:
    millivolts = u16(payload, at) & 0x3FFF
    if not _SUPPLY_MV[0] <= millivolts <= _SUPPLY_MV[1]:
        raise Foreign(f"a supply of {millivolts} mV")
    return millivolts / 1000


def _echo(distance: int, nearest: int) -> Quality:
    if distance in (0, 0xFFFF):
        return "sensor_fault"
    return "blind_zone" if distance < nearest else "ok"


def _probe(raw: int, quality: Quality) -> tuple[float | None, Quality]:
    """Temperature of the optional outside probe, and the quality once its absence is counted."""
    celsius = raw / 10
    if celsius in (_PROBE_ABSENT_C, -_PROBE_ABSENT_C, 3276.7, -3276.8):
        return None, "no_temperature_sensor" if quality == "ok" else quality
    return celsius, quality


def _ultrasonic(nearest: int) -> Callable[[bytes, int], tuple[Sample, ...]]:
    def read(payload: bytes, port: int) -> tuple[Sample, ...]:
        if port == _LOG:
            return _log(payload, nearest)
        if port == _STATUS:
            return (_status(payload),)
        return (_current(payload, nearest),)

    return read


def _current(payload: bytes, nearest: int) -> Sample:
    of_length(payload, 4, 5, 8)
    volts = _supply(payload)
    if len(payload) == 4:  # the first firmware's way of saying that the probe is not there
        return sample("sensor_fault", battery_v=volts)
    distance = u16(payload, 2)
    quality = _echo(distance, nearest)
    extra: dict[str, Extra] = {"interrupt": bool(payload[4] & 1)}
    if len(payload) == 5:
        return sample(quality, distance_mm=distance, battery_v=volts, extra=extra)
    if payload[7] & 1 == 0:
        quality = "sensor_fault"
    celsius, quality = _probe(i16(payload, 5), quality)
    return sample(quality, distance_mm=distance, battery_v=volts, temperature_c=celsius, extra=extra)


def _log(payload: bytes, nearest: int) -> tuple[Sample, ...]:
    """The device's memory, asked for by a downlink: a flag byte, then records of 11 bytes."""
    if len(payload) < 12 or len(payload) % 11 != 1:
        raise Foreign(f"{len(payload)} bytes are not a flag and records of 11", "truncated")
    past = []
    for at in range(1, len(payload), 11):
        when = instant(u32(payload, at + 7))
        if when is None:
            continue
        distance = u16(payload, at + 4)
        celsius, quality = _probe(i16(payload, at + 2), _echo(distance, nearest))
        volts = _supply(payload, at)
        past.append(
            sample(quality, measured_at=when, distance_mm=distance, temperature_c=celsius, battery_v=volts)
        )
    return tuple(past)


def _status(payload: bytes) -> Sample:
    of_length(payload, 7)
    version = u16(payload, 1)
    firmware = f"{version >> 8 & 15}.{version >> 4 & 15}.{version & 15}"
    extra: dict[str, Extra] = {"kind": "description", "model": payload[0], "firmware": firmware}
    return sample(battery_v=_supply(payload, 5), extra=extra)


def _four(payload: bytes, port: int) -> tuple[Sample, ...]:
    """Four probes on one box: the first is the distance, the others go along."""
    if port == _STATUS:
        return (_status(payload),)
    if port == _LOG:
        if len(payload) % 11:
            raise Foreign(f"{len(payload)} bytes are not records of 11", "truncated")
        starts = range(0, len(payload), 11)
        dated = ((instant(u32(payload, at + 7)), _channels(payload, at + 1, 3)) for at in starts)
        return tuple(_several(found, measured_at=when) for when, found in dated if when is not None)
    of_length(payload, 11)
    if payload[10] == 2:
        return (sample(extra={"kind": "parameters", "parameters": payload[:10].hex()}),)
    return (_several(_channels(payload, 2, 4), battery_v=_supply(payload)),)


def _channels(payload: bytes, at: int, count: int) -> list[int]:
    return [u16(payload, at + 2 * channel) for channel in range(count)]


def _several(distances: list[int], **raw: object) -> Sample:
    others: dict[str, Extra] = {f"distance_{n}_mm": mm for n, mm in enumerate(distances[1:], 2) if mm}
    return sample(_echo(distances[0], 20), distance_mm=distances[0], extra=others, **raw)


def _lidar(payload: bytes, port: int) -> tuple[Sample, ...]:
    if port == _STATUS:
        return (_status(payload),)
    of_length(payload, 11)
    if payload[10] == 2:
        return (sample(extra={"kind": "parameters", "parameters": payload[:10].hex()}),)
    # The manual believes a distance whose signal is above 100 and not 65535.
    signal = u16(payload, 6)
    quality: Quality = "ok" if 100 <= signal < 0xFFFF else "no_echo"
    celsius, quality = _probe(i16(payload, 2), quality)
    raw = {"distance_mm": u16(payload, 4), "battery_v": _supply(payload), "temperature_c": celsius}
    return (sample(quality, extra={"lidar_signal": signal}, **raw),)


def _radar(payload: bytes, port: int) -> tuple[Sample, ...]:
    """The vendor's only example fits neither millimetres nor centimetres: distances stay as sent."""
    if port == _STATUS:
        return (_status(payload),)
    of_length(payload, 7)
    extra = {"distance_1_raw": u16(payload, 2), "distance_2_raw": u16(payload, 4)}
    return (sample(battery_v=_supply(payload), extra=extra),)


def _nbiot(nearest: int) -> Callable[[bytes, int], tuple[Sample, ...]]:
    """Identifier 8, version 2, supply 2, signal 1, mode 1, interrupt 1, then (distance 2, instant 4) each."""

    def read(payload: bytes, _port: int) -> tuple[Sample, ...]:
        if len(payload) < 21 or (len(payload) - 15) % 6:
            raise Foreign(f"{len(payload)} bytes are not a head of 15 and readings of 6", "truncated")
        extra: dict[str, Extra] = {"firmware": u16(payload, 8), "interrupt": bool(payload[14])}
        if payload[12] <= 31:  # 3GPP TS 27.007 +CSQ
            extra["signal_dbm"] = 2 * payload[12] - 113
        distance = u16(payload, 15)
        now = sample(
            _echo(distance, nearest),
            measured_at=instant(u32(payload, 17)),
            distance_mm=distance,
            battery_v=_supply(payload, 10),
            extra=extra,
        )
        return (now, *_earlier(payload[21:], nearest))

    return read


def _earlier(readings: bytes, nearest: int) -> list[Sample]:
    past = []
    for at in range(0, len(readings), 6):
        distance, when = u16(readings, at), instant(u32(readings, at + 2))
        if when is not None:
            past.append(sample(_echo(distance, nearest), measured_at=when, distance_mm=distance))
    return past


_PORTS = (_DATA, _LOG, _STATUS)
# Below this the answer is a word, not a distance. The manuals' reach (280 mm for a 75) is not used: older
# firmware does measure there.
_NEAREST = {"75": 21, "45": 21, "20": 20}

CODECS = (
    *(
        Codec(
            (f"dragino/ldds{kind}", f"dragino/dds{kind}-lb", f"dragino/dds{kind}-ls"),
            "1",
            _PORTS,
            _ultrasonic(mm),
        )
        for kind, mm in _NEAREST.items()
    ),
    *(Codec((f"dragino/ndds{kind}",), "1", (_DATA,), _nbiot(_NEAREST[kind])) for kind in ("75", "20")),
    Codec(("dragino/ldds04", "dragino/dds04-lb", "dragino/dds04-ls"), "1", _PORTS, _four),
    Codec(("dragino/llds12",), "1", (_DATA, _STATUS), _lidar),
    Codec(("dragino/lmds200",), "1", (_DATA, _STATUS), _radar),
)
