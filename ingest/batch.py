"""What one transaction does with a batch of messages: everything they change, or nothing.

Order matters: readings are inserted first, and only those that were not there yet are folded, so that a
message delivered twice counts once. The caller acknowledges after this returned, and never before.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime
from operator import add, sub
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

from ingest.answers import write_answers
from ingest.directory import NOBODY, Device, Directory, Kept, devices_kept, devices_named
from ingest.envelopes.model import Uplink
from ingest.gate import write_gate
from ingest.letter import Letter
from ingest.mail import Mail, sent_at, sort
from ingest.message import Limits, Measurement, Refused
from ingest.quarantine import keep
from ingest.readings import store_readings
from ingest.states import Cursor, Known, fold_readings, remember
from ingest.uplinks import DEFAULT_NETWORKS, Networks, instants, measurements, report
from store.queries import named_queries

_QUERIES = named_queries("ingest")
_LOG = logging.getLogger("ingest")

_NOTIFY_BYTES = 7_900  # PostgreSQL takes less than 8,000

Refusals = list[tuple[Letter, Refused]]
Ours = list[tuple[Measurement, Device]]


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch became, in numbers. `repeated` readings were there already; `events` ask for nothing.

    `late` readings are among `readings`: stored, but older than what is believed of their container. How many
    are depends on who else writes, so they make no difference between two of these.
    """

    readings: int = 0
    repeated: int = 0
    quarantined: int = 0
    statuses: int = 0
    alerts: int = 0
    emptyings: int = 0
    events: int = 0
    late: int = field(default=0, compare=False)

    def __add__(self, other: "Written") -> "Written":
        return Written(*map(add, astuple(self), astuple(other)))

    def __sub__(self, other: "Written") -> "Written":
        return Written(*map(sub, astuple(self), astuple(other)))


def prepare(connection: psycopg.Connection[DictRow]) -> None:
    """Make on this connection what `write` needs."""
    connection.execute(_QUERIES["make_incoming"])


def write_surely(
    connection: psycopg.Connection[DictRow],
    letters: Sequence[Letter],
    limits: Limits,
    known: Known,
    networks: Networks = DEFAULT_NETWORKS,
    kept: Kept | None = None,
) -> Written:
    """Write a batch; a letter the database or a rule chokes on is quarantined alone, its neighbours are kept.

    Raises `psycopg.Error` when the database itself fails: what is not written yet may be tried again.
    """
    try:
        return write(connection, letters, limits, known, networks, kept)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        cause: Exception = error
    except psycopg.Error:
        raise
    except Exception as error:  # a fault of ours must cost one message, not the stream
        cause = error
    if len(letters) > 1:
        half = len(letters) // 2
        first = write_surely(connection, letters[:half], limits, known, networks, kept)
        return first + write_surely(connection, letters[half:], limits, known, networks, kept)
    _LOG.error("a message could not be stored: %s", type(cause).__name__, exc_info=cause)
    refused = Refused("not_storable", f"{type(cause).__name__}: {ascii(str(cause))[:200]}")
    with connection.transaction(), connection.cursor() as cursor:
        return Written(quarantined=keep(cursor, ((letters[0], refused),)))


def write(
    connection: psycopg.Connection[DictRow],
    letters: Sequence[Letter],
    limits: Limits,
    known: Known,
    networks: Networks = DEFAULT_NETWORKS,
    kept: Kept | None = None,
) -> Written:
    """Read and write a batch in one transaction.

    `known` and `kept` are the connection's own, empty at first; without `kept` all is asked anew.
    """
    mail = sort(letters, limits, networks)
    with connection.transaction(), connection.cursor() as cursor:
        devices = _devices(cursor, mail, limits, kept)
        ours = [
            (one, devices.by_serial[one.serial])
            for _, one in mail.measured
            if one.serial in devices.by_serial
        ]
        decoded, undecoded, mute = _decode_uplinks(cursor, mail, devices, limits, networks)
        given, new = store_readings(cursor, ours + decoded)
        changes = fold_readings(cursor, new, known)
        statuses = _write_contacts(cursor, mail, devices)
        write_answers(cursor, ((answer, letter.received_at) for letter, answer in mail.answers))
        gateless = write_gate(cursor, mail.gates)
        quarantined = keep(cursor, (*mail.refused, *undecoded, *gateless, *mail.strangers(devices)))
        _announce(cursor, tuple(changes.states))
    remember(known, changes)
    events = len(mail.events) + len(mail.joined) + len(mail.answers) + mute + len(mail.gates) - len(gateless)
    return Written(
        len(new), given - len(new), quarantined, statuses, changes.alerts, changes.emptyings, events,
        changes.late,
    )  # fmt: skip


def _devices(cursor: Cursor, mail: Mail, limits: Limits, kept: Kept | None) -> Directory:
    if kept is not None:
        return devices_kept(cursor, kept, mail.serials(), mail.euis())
    spoken = [one.measured_at for _, one in mail.measured]
    # What an uplink dates is known once its device's codec read it; that needs the device.
    spoken += instants([letter for letter, _ in mail.uplinks], limits)
    spoken += instants([letter for letter, _ in mail.reports], limits)
    spoken = spoken or [letter.received_at for letter, _ in (*mail.said, *mail.joined)]
    if not spoken:
        return NOBODY
    return devices_named(cursor, mail.serials(), mail.euis(), min(spoken), max(spoken))


def _decode_uplinks(
    cursor: Cursor, mail: Mail, devices: Directory, limits: Limits, networks: Networks
) -> tuple[Ours, Refusals, int]:
    """Return the measurements of uplinks, the refusals, and how many had nothing to measure."""
    ours: Ours = []
    refused: Refusals = []
    mute = 0
    heard = [
        (letter, one, devices.by_eui[one.device_eui])
        for letter, one in mail.uplinks
        if one.device_eui in devices.by_eui
    ]
    earlier = _first_receptions(
        cursor, [(one, device.id) for _, one, device in heard if one.received_at is None]
    )
    for letter, uplink, device in heard:
        at = sent_at(uplink, letter, earlier)
        earlier.setdefault(uplink.message_id, at)
        found = measurements(uplink, at, device, letter.received_at, limits, networks.library)
        if isinstance(found, Refused):
            refused.append((letter, found))
            continue
        mute += not found
        ours.extend((one, device) for one in found)
    for letter, status in mail.reports:
        known = devices.by_eui.get(status.device_eui)
        told = None if known is None else report(status, letter, known, limits)
        if known is None or told is None:
            mute += 1
        elif isinstance(told, Refused):
            refused.append((letter, told))
        else:
            ours.append((told, known))
    return ours, refused, mute


def _first_receptions(cursor: Cursor, undated: Sequence[tuple[Uplink, int]]) -> dict[UUID, datetime]:
    """Return when uplinks that their network does not date were first received, for those stored already.

    Otherwise one that comes again would be another measurement.
    """
    if not undated:
        return {}
    asked = {"devices": [number for _, number in undated], "messages": [one.message_id for one, _ in undated]}
    cursor.execute(_QUERIES["first_receptions"], asked)
    return {row["message_id"]: row["sent_at"] for row in cursor}


def _write_contacts(cursor: Cursor, mail: Mail, devices: Directory) -> int:
    """Note who says it is connected, or not; a device that joins its network is."""
    said: dict[int, tuple[bool, datetime]] = {}
    for letter, joined in mail.joined:
        if joined.device_eui in devices.by_eui:
            said[devices.by_eui[joined.device_eui].id] = (True, letter.received_at)
    for _, status in mail.said:
        if status.serial in devices.by_serial:
            said[devices.by_serial[status.serial].id] = (status.online, status.received_at)
    rows = [
        {"device_id": device_id, "online": online, "since": since}
        for device_id, (online, since) in sorted(said.items())
    ]
    if rows:
        cursor.executemany(_QUERIES["write_contact"], rows)
    return len(rows)


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
