"""Rows of `reading`: what is not there yet is inserted, and exactly that is returned."""

from collections.abc import Iterable
from dataclasses import dataclass

from fill.level import IMPLAUSIBLE, SATURATED, Level, level_of
from ingest.directory import Device, Place
from ingest.message import Measurement
from ingest.states import Cursor, reading_of
from store.queries import named_queries

_QUERIES = named_queries("ingest")

_TYPES = (
    "timestamptz", "int4", "uuid", "timestamptz", "int4", "int4", "float4",
    "float4", "float4", "float4", "int2", "int2", "float4", "text", "text",
    "text", "text", "int2", "int8", "timestamptz", "bool", "bytea",
)  # fmt: skip
_NO_FACT = Level(None, "ok")


@dataclass(frozen=True, slots=True)
class Located:
    """A measurement of a registered device, and where that device hung, if anywhere."""

    measurement: Measurement
    device_id: int
    place: Place | None


def store_readings(cursor: Cursor, known: Iterable[tuple[Measurement, Device]]) -> tuple[int, list[Located]]:
    """Insert what is not there yet; return how many were given, and exactly those that are new."""
    located: dict[tuple[object, ...], Located] = {}
    given = 0
    for one, device in known:
        given += 1
        # Of two samples of one message for one instant the first is the newer.
        key = (device.id, one.message_id, one.measured_at)
        located.setdefault(key, Located(one, device.id, device.place_at(one.measured_at)))
    if not located:
        return given, []
    with cursor.copy(_QUERIES["copy_incoming"]) as copy:
        copy.set_types(_TYPES)
        for place in located.values():
            copy.write_row(reading_row(place))
    cursor.execute(_QUERIES["store_readings"], binary=True)
    if cursor.rowcount == len(located):  # the ordinary case: nothing came twice
        return given, list(located.values())
    return given, [located[row["device_id"], row["message_id"], row["measured_at"]] for row in cursor]


def reading_row(one: Located) -> tuple[object, ...]:
    """Return the row of a measurement, in the order of `copy_incoming`."""
    m = one.measurement
    level = level_in(m, one.place)
    return (
        m.measured_at, one.device_id, m.message_id, m.received_at,
        None if one.place is None else one.place.container_id, m.distance_mm, level.percent,
        m.temperature_c, m.battery_percent, m.battery_v, m.tilt_deg, m.rssi_dbm, m.snr_db, m.gateway,
        level.quality, m.codec, m.codec_version, m.f_port, m.f_cnt, m.sent_at, m.fire, m.raw,
    )  # fmt: skip


def level_in(m: Measurement, place: Place | None) -> Level:
    """Return what this one echo says; a message without a distance says nothing, which is no fault."""
    if m.distance_mm is None and m.echo_error is None:
        return _NO_FACT if m.fill_percent is None else Level(m.fill_percent, "ok")
    if place is not None:
        return level_of(reading_of(m), place.calibration)
    if m.echo_error is None:
        return _NO_FACT
    return SATURATED if m.echo_error == "blind_zone" else IMPLAUSIBLE
