"""Which device a serial or a DevEUI names, and in which container it hung at an instant.

Asked of the database in each batch's own transaction, so that a probe mounted, moved or registered a moment
ago is seen at once, by every process. What was answered is kept only as long as the database says, in that
same transaction, that nothing of it changed (migration 0015): to ask it all costs 25 µs a message where each
batch names a thousand other devices, to ask whether it changed a tenth of one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

import psycopg
from psycopg.rows import DictRow
from psycopg.types.range import Range

from fill.model import Calibration, Shape
from store.queries import named_queries

_QUERIES = named_queries("ingest")
_KEPT_AT_MOST = 20_000  # devices, about 1 kB each
_DATED = ("empty_distance_mm", "full_distance_mm", "dead_zone_mm")
_SHARED = ("volume_l", "plan_percent", "urgent_percent", "report_interval_s")


@dataclass(frozen=True, slots=True)
class Place:
    """A container, and how a distance reads in it."""

    container_id: int
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device and where it hung: dated calibrations first, the first that holds counts.

    `codec` reads what its network carries.
    """

    id: int
    serial: str
    codec: str
    dev_eui: str | None
    mountings: tuple[tuple[Range[datetime], Place], ...]

    def place_at(self, instant: datetime) -> Place | None:
        """Return where the device hung then, or None when it hung nowhere."""
        for during, place in self.mountings:
            if instant in during:
                return place
        return None


@dataclass(frozen=True, slots=True)
class Directory:
    """The registered devices among those asked for, by the name they speak under."""

    by_serial: Mapping[str, Device]
    by_eui: Mapping[str, Device]


NOBODY = Directory({}, {})


@dataclass(slots=True)
class Kept:
    """What a connection has asked so far, true as long as the database's `version` is this one."""

    version: DictRow | None = None
    by_serial: dict[str, Device] = field(default_factory=dict)
    by_eui: dict[str, Device] = field(default_factory=dict)


def devices_kept(
    cursor: psycopg.Cursor[DictRow], kept: Kept, serials: Collection[str], euis: Collection[str]
) -> Directory:
    """Return the devices of these serials or DevEUIs, and perhaps others, with all their mountings."""
    if not serials and not euis:
        return NOBODY
    version = cursor.execute(_QUERIES["directory_version"]).fetchone()
    if version != kept.version or len(kept.by_serial) > _KEPT_AT_MOST:
        kept.by_serial.clear()
        kept.by_eui.clear()
        # Read before the devices are: a change in between is seen as one by the next batch.
        kept.version = version
    found = devices_named(
        cursor,
        [serial for serial in serials if serial not in kept.by_serial],
        [eui for eui in euis if eui not in kept.by_eui],
        None,
        None,
    )
    kept.by_serial.update(found.by_serial)
    kept.by_eui.update(found.by_eui)
    return Directory(kept.by_serial, kept.by_eui)


def devices_named(
    cursor: psycopg.Cursor[DictRow],
    serials: Collection[str],
    euis: Collection[str],
    first: datetime | None,
    last: datetime | None,
) -> Directory:
    """Return the devices of these serials or DevEUIs, with their mountings between two instants.

    None is the beginning, and the end, of time.
    """
    if not serials and not euis:
        return NOBODY
    asked = {"serials": list(serials), "euis": list(euis), "first": first, "last": last}
    cursor.execute(_QUERIES["devices_named"], asked, binary=True)
    found: dict[int, DictRow] = {}
    mountings: dict[int, list[tuple[Range[datetime], Place]]] = {}
    dated: dict[int, list[tuple[Range[datetime], Place]]] = {}
    for row in cursor:
        found[row["id"]] = row
        held = mountings.setdefault(row["id"], [])
        if row["container_id"] is not None:
            held.append((row["during"], Place(row["container_id"], _calibration(row))))
        if row["dated"] is not None:
            place = Place(row["container_id"], _calibration(row, "dated_"))
            dated.setdefault(row["id"], []).append((row["dated"], place))
    devices = [
        Device(
            number,
            row["serial"],
            row["codec"],
            row["dev_eui"],
            (*dated.get(number, ()), *mountings[number]),
        )
        for number, row in found.items()
    ]
    return Directory(
        {one.serial: one for one in devices},
        {one.dev_eui: one for one in devices if one.dev_eui is not None},
    )


def _calibration(row: DictRow, before: str = "") -> Calibration:
    shape = tuple((height, volume) for height, volume in row[before + "shape"])
    return _made(shape, *(row[before + name] for name in _DATED), *(row[name] for name in _SHARED))


@lru_cache(4096)
def _made(shape: Shape, *values: int) -> Calibration:
    """Most containers are of a few kinds, and checking a calibration takes longer than finding it."""
    return Calibration(**dict(zip((*_DATED, *_SHARED), values, strict=True)), shape=shape)
