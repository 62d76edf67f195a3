"""Read the past again after a mounting or a calibration changed: readings, then states and their events.

A reading's container and level are derived from the dated mountings and the container's calibration; when
these change, the readings of the period are derived afresh, and the containers concerned are believed anew
by folding their last 60 days, as ingest does reading by reading. Rules are `fill`'s; this module moves rows.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.range import Range

from api.devices.refold import rebuild
from fill.level import fill_percent
from fill.model import Calibration
from store.clock import read_clock
from store.queries import named_queries
from store.rollups import REFOLDED_DAYS

FOLDED = timedelta(days=REFOLDED_DAYS)
_AT_ONCE = 5_000
_CHANNEL_IDS = 500

_SQL = named_queries("api.devices", "recompute.sql")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a run did: readings looked at, readings that changed, containers believed anew."""

    readings: int
    changed: int
    containers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a device hung during a time, and how a distance reads there."""

    during: Range[datetime]
    container_id: int
    calibration: Calibration


def recompute(
    connection: Connection[DictRow],
    device_ids: Sequence[int],
    container_ids: Sequence[int],
    since: datetime,
    until: datetime | None,
) -> Recomputed:
    """Derive the readings of these devices between two instants again, then their containers' states.

    `container_ids` are believed anew even when no reading moved. One transaction: pages see all of it or
    nothing. Running it twice changes nothing the second time.
    """
    concerned = set(container_ids)
    looked = changed = 0
    with connection.transaction():
        # First, so that ingest and we never wait for each other; ingest takes them in the same order.
        connection.execute(_SQL["lock_states"], {"containers": sorted(concerned)})
        for device_id in sorted(set(device_ids)):
            places = _places(connection, device_id)
            for rows in _batches(connection, device_id, since, until):
                moved = [new for row in rows if (new := _derived(row, places)) is not None]
                concerned |= {row["container_id"] for row, _ in moved if row["container_id"] is not None}
                concerned |= {place.container_id for _, (place, *_) in moved if place is not None}
                _write(connection, moved)
                looked, changed = looked + len(rows), changed + len(moved)
        now = read_clock(connection).now()
        for container_id in sorted(concerned):
            rebuild(connection, container_id, now - FOLDED, now, (since, until))
        _announce(connection, sorted(concerned))
    _log.info("recomputed: %d readings, %d changed, %d containers", looked, changed, len(concerned))
    return Recomputed(looked, changed, tuple(sorted(concerned)))


_New = tuple[_Place | None, float | None, str]


def _places(connection: Connection[DictRow], device_id: int) -> list[_Place]:
    rows = connection.execute(_SQL["places"], {"device_id": device_id})
    return [
        _Place(
            row["during"],
            row["container_id"],
            Calibration(**{name: row[name] for name in Calibration.__slots__}),
        )
        for row in rows
    ]


def _batches(
    connection: Connection[DictRow], device_id: int, since: datetime, until: datetime | None
) -> Iterator[list[DictRow]]:
    """Yield the device's readings of the period, in order, some thousands at a time."""
    after: datetime | None = None
    message: object = None
    while True:
        rows = connection.execute(
            _SQL["readings"],
            {
                "device_id": device_id,
                "since": since,
                "until": until,
                "after": after,
                "message": message,
                "at_most": _AT_ONCE,
            },
        ).fetchall()
        if rows:
            yield rows
        if len(rows) < _AT_ONCE:
            return
        after, message = rows[-1]["measured_at"], rows[-1]["message_id"]


def _derived(row: DictRow, places: Sequence[_Place]) -> tuple[DictRow, _New] | None:
    """Return what a reading means now, or None when that is what is written already."""
    place = next((one for one in places if row["measured_at"] in one.during), None)
    percent, quality = None, row["quality"]
    if row["distance_mm"] is not None:  # without one the quality is the probe's own word
        level = None if place is None else fill_percent(row["distance_mm"], place.calibration)
        percent, quality = (None, "ok") if level is None else (level.percent, level.quality)
    elif quality == "ok":
        percent = row["fill_percent"]  # the level the probe computed itself
    same_level = percent == row["fill_percent"] or (
        percent is not None and row["fill_percent"] is not None and abs(percent - row["fill_percent"]) < 1e-3
    )
    container_id = None if place is None else place.container_id
    if same_level and container_id == row["container_id"] and quality == row["quality"]:
        return None
    return row, (place, percent, quality)


def _write(connection: Connection[DictRow], moved: Sequence[tuple[DictRow, _New]]) -> None:
    if not moved:
        return
    connection.execute(
        _SQL["write_readings"],
        {
            "device_id": moved[0][0]["device_id"],
            "first": moved[0][0]["measured_at"],
            "last": moved[-1][0]["measured_at"],
            "at": [row["measured_at"] for row, _ in moved],
            "message": [row["message_id"] for row, _ in moved],
            "container": [None if new[0] is None else new[0].container_id for _, new in moved],
            "fill": [new[1] for _, new in moved],
            "quality": [new[2] for _, new in moved],
        },
    )


def _announce(connection: Connection[DictRow], containers: Sequence[int]) -> None:
    for start in range(0, len(containers), _CHANNEL_IDS):
        event = json.dumps({"topic": "containers", "containers": containers[start : start + _CHANNEL_IDS]})
        connection.execute(_SQL["announce"], {"event": event})
