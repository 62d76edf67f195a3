"""What one transaction does with a batch of messages: everything they change, or nothing.

Order matters: readings are inserted first, and only those that were not there yet are folded, so that a
message delivered twice counts once. The caller acknowledges after this returned, and never before.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from hashlib import blake2b
from operator import add, sub
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

from fill.level import IMPLAUSIBLE, SATURATED, Level, fill_percent
from ingest.directory import Device, Place, devices_named
from ingest.message import Limits, Measurement, Refused, Status, decode
from ingest.states import Cursor, Heard, Known, Row, fold_readings, remember
from store.queries import named_queries

_QUERIES = named_queries("ingest")
_LOG = logging.getLogger("ingest")

_TYPES = (
    "timestamptz", "int4", "uuid", "timestamptz", "int4", "int4", "float4", "float4",
    "float4", "int2", "int2", "float4", "text", "text", "bytea",
)  # fmt: skip
_NOTIFY_BYTES = 7_900  # PostgreSQL takes less than 8,000
_KEPT_BYTES = 65_536  # of a refused message: enough to see what it was
_NO_FACT = Level(None, "ok")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it came: topic, bytes, and our clock's UTC instant of reception."""

    topic: str
    payload: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch became, in numbers. `repeated` readings were there already."""

    readings: int = 0
    repeated: int = 0
    quarantined: int = 0
    statuses: int = 0
    alerts: int = 0
    emptyings: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(*map(add, astuple(self), astuple(other)))

    def __sub__(self, other: "Written") -> "Written":
        return Written(*map(sub, astuple(self), astuple(other)))


@dataclass(frozen=True, slots=True)
class _Mail:
    """A batch, decoded and sorted by what must be done with it."""

    measured: tuple[tuple[Letter, Measurement], ...]
    said: tuple[tuple[Letter, Status], ...]
    refused: tuple[tuple[Letter, Refused], ...]


@dataclass(frozen=True, slots=True)
class _Located:
    """A measurement of a registered device, and where that device hung, if anywhere."""

    measurement: Measurement
    device_id: int
    place: Place | None


def prepare(connection: psycopg.Connection[DictRow]) -> None:
    """Make on this connection what `write` needs."""
    connection.execute(_QUERIES["make_incoming"])


def write_surely(
    connection: psycopg.Connection[DictRow], letters: Sequence[Letter], limits: Limits, known: Known
) -> Written:
    """Write a batch; a letter the database or a rule chokes on is quarantined alone, its neighbours are kept.

    Raises `psycopg.Error` when the database itself fails: what is not written yet may be tried again.
    """
    try:
        return write(connection, letters, limits, known)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        cause: Exception = error
    except psycopg.Error:
        raise
    except Exception as error:  # a fault of ours must cost one message, not the stream
        cause = error
    if len(letters) > 1:
        half = len(letters) // 2
        first = write_surely(connection, letters[:half], limits, known)
        return first + write_surely(connection, letters[half:], limits, known)
    _LOG.error("a message could not be stored: %s", type(cause).__name__, exc_info=cause)
    refused = Refused("not_storable", f"{type(cause).__name__}: {ascii(str(cause))[:200]}")
    with connection.transaction(), connection.cursor() as cursor:
        return Written(quarantined=_quarantine(cursor, ((letters[0], refused),)))


def write(
    connection: psycopg.Connection[DictRow], letters: Sequence[Letter], limits: Limits, known: Known
) -> Written:
    """Decode and write a batch in one transaction; `known` is the connection's own, empty when it opens."""
    mail = _sorted(letters, limits)
    with connection.transaction(), connection.cursor() as cursor:
        devices = _devices(cursor, mail)
        ours = [(one, devices[one.serial]) for _, one in mail.measured if one.serial in devices]
        new = _store_readings(cursor, ours)
        changes = fold_readings(
            cursor,
            (Heard(one.measurement, one.device_id, one.place) for one in new if one.place is not None),
            known,
        )
        statuses = _write_contacts(
            cursor, {devices[one.serial].id: one for _, one in mail.said if one.serial in devices}
        )
        quarantined = _quarantine(cursor, (*mail.refused, *_strangers(mail, devices)))
        _announce(cursor, tuple(changes.states))
    remember(known, changes)
    return Written(len(new), len(ours) - len(new), quarantined, statuses, changes.alerts, changes.emptyings)


def _sorted(letters: Sequence[Letter], limits: Limits) -> _Mail:
    measured: list[tuple[Letter, Measurement]] = []
    said: list[tuple[Letter, Status]] = []
    refused: list[tuple[Letter, Refused]] = []
    for letter in letters:
        found = decode(letter.topic, letter.payload, letter.received_at, limits)
        if isinstance(found, Refused):
            refused.append((letter, found))
        elif isinstance(found, Status):
            said.append((letter, found))
        else:
            measured.extend((letter, one) for one in found)
    return _Mail(tuple(measured), tuple(said), tuple(refused))


def _devices(cursor: Cursor, mail: _Mail) -> dict[str, Device]:
    instants = [one.measured_at for _, one in mail.measured] or [one.received_at for _, one in mail.said]
    serials = {one.serial for _, one in mail.measured} | {one.serial for _, one in mail.said}
    return devices_named(cursor, serials, min(instants), max(instants)) if serials else {}


def _strangers(mail: _Mail, devices: Mapping[str, Device]) -> Iterator[tuple[Letter, Refused]]:
    everyone: tuple[tuple[Letter, Measurement | Status], ...] = (*mail.measured, *mail.said)
    for letter, one in everyone:
        if one.serial not in devices:
            yield letter, Refused("unknown_device", f"no device has the serial {one.serial}")


def _store_readings(cursor: Cursor, ours: Sequence[tuple[Measurement, Device]]) -> list[_Located]:
    """Insert what is not there yet; return exactly that."""
    unique = {(one.message_id, one.measured_at): (one, device) for one, device in ours}
    if not unique:
        return []
    located = {
        key: _Located(one, device.id, device.place_at(one.measured_at))
        for key, (one, device) in unique.items()
    }
    with cursor.copy(_QUERIES["copy_incoming"]) as copy:
        copy.set_types(_TYPES)
        for one in located.values():
            copy.write_row(_reading_row(one))
    cursor.execute(_QUERIES["store_readings"], binary=True)
    if cursor.rowcount == len(located):  # the ordinary case: nothing came twice
        return list(located.values())
    return [located[row["message_id"], row["measured_at"]] for row in cursor]


def _reading_row(one: _Located) -> tuple[object, ...]:
    m = one.measurement
    level = _level(m, one.place)
    return (
        m.measured_at, one.device_id, m.message_id, m.received_at,
        None if one.place is None else one.place.container_id,
        m.distance_mm, level.percent, m.temperature_c, m.battery_percent, m.tilt_deg, m.rssi_dbm, m.snr_db,
        level.quality, m.codec, m.raw,
    )  # fmt: skip


def _level(m: Measurement, place: Place | None) -> Level:
    """Return what this one echo says; a message without a distance says nothing, which is no fault."""
    if m.distance_mm is None and m.echo_error is None:
        return _NO_FACT
    if place is not None:
        return fill_percent(m.distance_mm, place.calibration, m.echo_error)
    if m.echo_error is None:
        return _NO_FACT
    return SATURATED if m.echo_error == "blind_zone" else IMPLAUSIBLE


def _write_contacts(cursor: Cursor, said: dict[int, Status]) -> int:
    rows = [
        {"device_id": device_id, "online": status.online, "since": status.received_at}
        for device_id, status in sorted(said.items(), key=lambda item: item[0])
    ]
    if rows:
        cursor.executemany(_QUERIES["write_contact"], rows)
    return len(rows)


def _quarantine(cursor: Cursor, refused: Sequence[tuple[Letter, Refused]]) -> int:
    """Keep what was refused; the same bytes on the same topic for the same reason are one row, counted."""
    rows: dict[tuple[UUID, str], Row] = {}
    for letter, why in refused:
        key = (payload_id(letter), why.reason)
        row = rows.setdefault(key, {
            "first_at": letter.received_at, "times": 0, "topic": _storable(letter.topic),
            "payload": letter.payload[:_KEPT_BYTES], "payload_id": key[0], "reason": why.reason,
        })  # fmt: skip
        row.update(times=row["times"] + 1, last_at=letter.received_at, detail=why.detail)
    if rows:
        # In one order, so that two processes never wait for each other.
        cursor.executemany(
            _QUERIES["quarantine"], [row for _, row in sorted(rows.items(), key=lambda item: item[0])]
        )
    return len(refused)


def payload_id(letter: Letter) -> UUID:
    """Return the identity of a refused message: 16 bytes of BLAKE2b over its topic and all its bytes."""
    digest = blake2b(letter.topic.encode("utf-8", "surrogatepass"), digest_size=16)
    digest.update(b"\0" + letter.payload)
    return UUID(bytes=digest.digest())


def _storable(topic: str) -> str:
    """PostgreSQL's text takes neither NUL nor half a character; MQTT forbids them, not every broker does."""
    return topic if topic.isprintable() else ascii(topic)


def _announce(cursor: Cursor, containers: Sequence[int]) -> None:
    """Tell listeners of `glaneur_live` which containers changed; sent by PostgreSQL at commit."""
    for payload in announcements(containers):
        cursor.execute(_QUERIES["announce"], {"payload": payload})


def announcements(containers: Sequence[int], limit: int = _NOTIFY_BYTES) -> Iterator[str]:
    """Yield live events of the topic `containers`, `limit` bytes at most, that name each container once."""
    head, tail = '{"topic":"containers","containers":[', "]}"
    room = limit - len(head) - len(tail)
    names: list[str] = []
    used = 0
    for container in containers:
        name = str(container)
        if names and used + len(name) + 1 > room:
            yield head + ",".join(names) + tail
            names, used = [], 0
        names.append(name)
        used += len(name) + 1
    if names:
        yield head + ",".join(names) + tail
