"""Which device a serial names, and in which container it hung at an instant.

Asked of the database in each batch's own transaction, by one query for all its serials: nothing is cached,
so a probe mounted, moved or registered a moment ago is seen at once, by every process.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import DictRow
from psycopg.types.range import Range

from fill.model import Calibration
from store.queries import named_queries

_QUERY = named_queries("ingest")["devices_named"]


@dataclass(frozen=True, slots=True)
class Place:
    """A container, and how a distance reads in it."""

    container_id: int
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device and its mountings, which never overlap."""

    id: int
    mountings: tuple[tuple[Range[datetime], Place], ...]

    def place_at(self, instant: datetime) -> Place | None:
        """Return where the device hung then, or None when it hung nowhere."""
        for during, place in self.mountings:
            if instant in during:
                return place
        return None


def devices_named(
    cursor: psycopg.Cursor[DictRow], serials: Collection[str], first: datetime, last: datetime
) -> dict[str, Device]:
    """Return the registered devices among `serials`, with their mountings between two instants."""
    if not serials:
        return {}
    cursor.execute(_QUERY, {"serials": list(serials), "first": first, "last": last}, binary=True)
    ids: dict[str, int] = {}
    mountings: dict[str, list[tuple[Range[datetime], Place]]] = {}
    for row in cursor:
        ids[row["serial"]] = row["id"]
        held = mountings.setdefault(row["serial"], [])
        if row["container_id"] is not None:
            held.append((row["during"], Place(row["container_id"], _calibration(row))))
    return {serial: Device(ids[serial], tuple(held)) for serial, held in mountings.items()}


def _calibration(row: DictRow) -> Calibration:
    return Calibration(
        volume_l=row["volume_l"],
        empty_distance_mm=row["empty_distance_mm"],
        full_distance_mm=row["full_distance_mm"],
        dead_zone_mm=row["dead_zone_mm"],
        plan_percent=row["plan_percent"],
        urgent_percent=row["urgent_percent"],
        report_interval_s=row["report_interval_s"],
    )
