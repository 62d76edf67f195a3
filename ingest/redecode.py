"""`python -m ingest redecode`: read stored bytes again with each device's codec of today.

Only what a codec derives is rewritten; a message keeps its identity, its bytes and its radio. One whose bytes
today's codec refuses is left as it is, and counted. Hours and days are counted again by themselves; the
worker is asked, in the same transaction, to believe the containers anew, as after a corrected mounting
(`api/devices/recompute.py`): states, alerts and emptyings become what they would have been. An
administrator's act: no process of the platform may rewrite readings, so the owner's login is needed.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from math import isclose
from operator import add, itemgetter
from typing import Any
from uuid import UUID

import psycopg
from procrastinate.exceptions import AlreadyEnqueued
from psycopg.rows import DictRow

from ingest.batch import prepare
from ingest.directory import Device, devices_named
from ingest.envelopes.model import Uplink
from ingest.message import Limits, Measurement, Refused
from ingest.readings import level_in, store_readings
from ingest.settings import BadSettings, read_networks
from ingest.uplinks import Networks, measurements
from store.connection import connect
from store.queries import named_queries
from store.queue import defer_once

_QUERIES = named_queries("ingest", "redecode.sql")
_LOG = logging.getLogger("ingest")
_AT_ONCE = 500  # messages in one transaction
# Timely or not was judged when they came.
_ANY_TIME = Limits(future_s=40 * 365 * 86_400, late_s=40 * 365 * 86_400)
_DERIVED = (
    "container_id", "distance_mm", "fill_percent", "temperature_c", "battery_percent", "battery_v",
    "tilt_deg", "fire", "quality", "codec", "codec_version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Redecoded:
    """What decoding again did, or would do: in messages, then in rows."""

    messages: int = 0
    refused: int = 0
    changed: int = 0
    added: int = 0
    removed: int = 0

    @property
    def moved(self) -> bool:
        """Whether any row is not what it was."""
        return bool(self.changed or self.added or self.removed)

    def __add__(self, other: "Redecoded") -> "Redecoded":
        return Redecoded(*map(add, asdict(self).values(), asdict(other).values()))


def redecode(
    connection: psycopg.Connection[DictRow],
    networks: Networks,
    serial: str | None = None,
    since: datetime | None = None,
    dry_run: bool = False,
) -> Redecoded:
    """Decode again what came through networks; the connection is in autocommit."""
    prepare(connection)
    total = Redecoded()
    for device in connection.execute(_QUERIES["devices"], {"serial": serial}).fetchall():
        done = Redecoded()
        for batch in _batches(connection, device["id"], since):
            with connection.transaction(), connection.cursor() as cursor:
                read = _again(cursor, device, batch, networks, dry_run)
                if read.moved and not dry_run:
                    _ask_refold(connection, device["id"], since)
            done += read
            _LOG.info("device %s: %d messages read again", device["serial"], done.messages)
        total += done
    return total


def _ask_refold(connection: psycopg.Connection[DictRow], device_id: int, since: datetime | None) -> None:
    """Have the worker believe every container this device hung in anew, once the transaction commits.

    Asked with each batch, so that a redecoding that is killed leaves nothing behind; a job that waits serves.
    """
    row = connection.execute(_QUERIES["hung_in"], {"device_id": device_id, "since": since}).fetchone()
    if row is None or not row["containers"]:
        return
    with suppress(AlreadyEnqueued), connection.transaction():
        defer_once(
            connection,
            "recompute",
            f"redecoded/{device_id}",
            device_ids=[],
            container_ids=row["containers"],
            since=row["since"].isoformat(),
            until=None,
        )


def _batches(
    connection: psycopg.Connection[DictRow], device_id: int, since: datetime | None
) -> Iterator[list[DictRow]]:
    after: UUID | None = None
    while True:
        asked = {"device_id": device_id, "since": since, "after": after, "most": _AT_ONCE}
        rows = connection.execute(_QUERIES["messages"], asked).fetchall()
        if not rows:
            return
        yield rows
        after = rows[-1]["message_id"]


def _again(
    cursor: psycopg.Cursor[DictRow],
    row: DictRow,
    stored: Sequence[DictRow],
    networks: Networks,
    dry_run: bool,
) -> Redecoded:
    messages = [list(rows) for _, rows in groupby(stored, itemgetter("message_id"))]
    read = [(rows, measurements_of(rows[0], row, networks)) for rows in messages]
    instants = [m.measured_at for _, found in read if not isinstance(found, Refused) for m in found]
    instants += [one["measured_at"] for one in stored]
    named = devices_named(cursor, (), (row["dev_eui"],), min(instants), max(instants))
    device = named.by_eui[row["dev_eui"]]
    total = Redecoded(messages=len(messages))
    for rows, found in read:
        if isinstance(found, Refused) or not found:
            total += Redecoded(refused=1)
            continue
        total += _compare(cursor, device, rows, found, dry_run)
    return total


def measurements_of(
    stored: DictRow, device: DictRow, networks: Networks
) -> tuple[Measurement, ...] | Refused:
    """Return what the bytes of a stored message say to the device's codec of today."""
    uplink = Uplink(
        network="",
        device_eui=device["dev_eui"],
        message_id=stored["message_id"],
        f_port=stored["f_port"],
        f_cnt=stored["f_cnt"],
        payload=bytes(stored["raw"]),
        received_at=stored["sent_at"],
        rssi_dbm=stored["rssi_dbm"],
        snr_db=stored["snr_db"],
        gateway=stored["gateway"],
    )
    speaker = Device(device["id"], device["serial"], device["codec"], device["dev_eui"], ())
    return measurements(
        uplink, stored["sent_at"], speaker, stored["received_at"], _ANY_TIME, networks.library
    )


def _compare(
    cursor: psycopg.Cursor[DictRow],
    device: Device,
    stored: Sequence[DictRow],
    found: Sequence[Measurement],
    dry_run: bool,
) -> Redecoded:
    """Bring the rows of one message in line with what its bytes say now."""
    before = {row["measured_at"]: row for row in stored}
    after: dict[datetime, Measurement] = {}
    for one in found:
        after.setdefault(one.measured_at, one)
    derived = {at: _derived(one, device) for at, one in after.items()}
    changed = [at for at in after.keys() & before.keys() if not _same(before[at], derived[at])]
    added = [(after[at], device) for at in after.keys() - before.keys()]
    removed = before.keys() - after.keys()
    if not dry_run:
        key = {"device_id": device.id, "message_id": stored[0]["message_id"]}
        for at in changed:
            cursor.execute(_QUERIES["rewrite"], {**key, **derived[at], "measured_at": at})
        for at in removed:
            cursor.execute(_QUERIES["forget"], {**key, "measured_at": at})
        if added:
            store_readings(cursor, added)
            cursor.execute("DELETE FROM incoming")  # emptied at commit, and there may be more before that
    return Redecoded(changed=len(changed), added=len(added), removed=len(removed))


def _derived(one: Measurement, device: Device) -> dict[str, Any]:
    place = device.place_at(one.measured_at)
    level = level_in(one, place)
    derived = {name: getattr(one, name, None) for name in _DERIVED}
    return derived | {
        "container_id": None if place is None else place.container_id,
        "fill_percent": level.percent,
        "quality": level.quality,
    }


def _same(row: Mapping[str, Any], derived: Mapping[str, Any]) -> bool:
    """Whether nothing moved; the database keeps numbers in single precision."""
    for name in _DERIVED:
        old, new = row[name], derived[name]
        if isinstance(old, float) and isinstance(new, int | float):
            if not isclose(old, new, rel_tol=1e-5, abs_tol=1e-5):
                return False
        elif old != new:
            return False
    return True


def main(arguments: Sequence[str]) -> int:
    """The command: prints one JSON line of counts; exit status 2 for a wrong call."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="python -m ingest redecode", description="Read stored bytes again.")
    parser.add_argument("--device", metavar="SERIAL", help="one device; all of those on a network otherwise")
    parser.add_argument("--since", metavar="INSTANT", type=_instant, help="measured since, in RFC 3339")
    parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
    asked = parser.parse_args(arguments)
    dsn = os.environ.get("GLANEUR_DATABASE", "")
    if not dsn:
        parser.error("GLANEUR_DATABASE says where the database is")
    try:
        networks = read_networks(os.environ)
    except BadSettings as error:
        parser.error(str(error))
    with (
        networks.library,
        connect(dsn, autocommit=True, application="glaneur-redecode") as connection,
    ):
        done = redecode(connection, networks, asked.device, asked.since, asked.dry_run)
    sys.stdout.write(json.dumps(asdict(done)) + "\n")
    return 0


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("an instant has a time zone, as in 2026-11-01T00:00:00Z")
    return at


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
