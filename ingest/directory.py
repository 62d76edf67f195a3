"""Which device a serial or a DevEUI names, and in which container it hung at an instant.

Asked of the database in each batch's own transaction, by one query for all its names: nothing is cached,
so a probe mounted, moved or registered a moment ago is seen at once, by every process.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import psycopg
from psycopg.rows import DictRow
from psycopg.types.range import Range

from fill.model import Calibration
from store.queries import named_queries

_QUERY = named_queries("ingest")["devices_named"]
_CALIBRATION = (
    "volume_l", "empty_distance_mm", "full_distance_mm", "dead_zone_mm", "plan_percent", "urgent_percent",
    "report_interval_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A container, and how a distance reads in it."""

    container_id: int
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device and its mountings, which never overlap. `codec` reads what its network carries."""

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


def devices_named(
    cursor: psycopg.Cursor[DictRow],
    serials: Collection[str],
    euis: Collection[str],
    first: datetime,
    last: datetime,
) -> Directory:
    """Return the devices of these serials or DevEUIs, with their mountings between two instants."""
    if not serials and not euis:
        return NOBODY
    asked = {"serials": list(serials), "euis": list(euis), "first": first, "last": last}
    cursor.execute(_QUERY, asked, binary=True)
    found: dict[int, DictRow] = {}
    mountings: dict[int, list[tuple[Range[datetime], Place]]] = {}
    for row in cursor:
        found[row["id"]] = row
        held = mountings.setdefault(row["id"], [])
        if row["container_id"] is not None:
            held.append((row["during"], Place(row["container_id"], _calibration(row))))
    devices = [
        Device(number, row["serial"], row["codec"], row["dev_eui"], tuple(mountings[number]))
        for number, row in found.items()
    ]
    return Directory(
        {one.serial: one for one in devices},
        {one.dev_eui: one for one in devices if one.dev_eui is not None},
    )


def _calibration(row: DictRow) -> Calibration:
    return _made(*(row[name] for name in _CALIBRATION))


@lru_cache(4096)
def _made(*values: int) -> Calibration:
    """Most containers are of a few kinds, and checking a calibration takes longer than finding it."""
    return Calibration(**dict(zip(_CALIBRATION, values, strict=True)))
