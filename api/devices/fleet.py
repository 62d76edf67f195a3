"""Devices as pages and API show them: rows become values, with their trends. Reads only."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from fastapi import HTTPException
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel

from api.devices.words import downlink_state
from api.payload import readable
from store.queries import named_queries

PAGE = 200
WEAK_PERCENT = 25
_POINTS = 500
_SQL = named_queries("api.devices")
_DOWNLINKS = named_queries("api.devices", "downlinks.sql")

Presence = Literal["heard", "late", "never"]
Network = Literal["native", "chirpstack", "tts", "thingpark", "liveobjects", "loriot"]


class Device(BaseModel):
    """A device now.

    `online` is what it told our broker (native probes only); `battery_per_month` is in points.
    """

    serial: str
    codec: str
    network: Network
    dev_eui: str | None
    network_path: str
    report_interval_s: int
    container: str | None
    stream_label: str | None
    commune: str | None
    point_name: str | None
    mounted_since: datetime | None
    heard_at: datetime | None
    presence: Presence
    online: bool | None
    contact_since: datetime | None
    battery_percent: float | None
    battery_v: float | None
    battery_per_month: float | None = None
    rssi_dbm: float | None = None
    snr_db: float | None = None
    messages_day: int = 0
    access_since: datetime | None


class Mounting(BaseModel):
    """Where a device hung, from `since` to `until` (null: still)."""

    container: str
    commune: str
    point_name: str
    since: datetime
    until: datetime | None


class Downlink(BaseModel):
    """A setting asked of a device and what became of it; units in the documentation of the request."""

    id: UUID
    kind: str
    value: int
    state: Literal["waiting", "sent", "transmitted", "acknowledged", "failed"]
    requested_at: datetime
    sent_at: datetime | None
    transmitted_at: datetime | None
    acknowledged_at: datetime | None
    failed_at: datetime | None
    error: str
    tries: int


class Said(BaseModel):
    """A message as decoded, and as it came (`raw`: JSON, text or hexadecimal)."""

    measured_at: datetime
    received_at: datetime
    container: str | None
    distance_mm: int | None
    fill_percent: float | None
    temperature_c: float | None
    battery_percent: float | None
    battery_v: float | None
    tilt_deg: int | None
    rssi_dbm: int | None
    snr_db: float | None
    quality: str
    codec: str
    raw: str
    raw_form: str


class SeriesPoint(BaseModel):
    """Averages over one step of the period."""

    at: datetime
    battery_percent: float | None
    rssi_dbm: float | None
    snr_db: float | None


class Day(BaseModel):
    """One day in Paris: number of messages, lowest battery, median radio."""

    day: date
    messages: int
    battery_percent: float | None
    rssi_dbm: float | None
    snr_db: float | None


class DeviceSeries(BaseModel):
    """The figures of a period, for charts and tables."""

    since: datetime
    now: datetime
    points: list[SeriesPoint]
    days: list[Day]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which devices are wanted; None and False want all."""

    q: str | None = None
    insee: str | None = None
    presence: str | None = None
    network: str | None = None
    unmounted: bool = False
    weak: bool = False
    serial: str | None = None
    page: int = 1


def _rows(connection: Connection[DictRow], wanted: Wanted, now: datetime) -> list[DictRow]:
    parameters = {name: getattr(wanted, name) for name in Wanted.__slots__}
    paging = {"weak_percent": WEAK_PERCENT, "at_most": PAGE, "skip": PAGE * (wanted.page - 1)}
    rows = connection.execute(_SQL["devices"], parameters | paging).fetchall()
    ids = [row["id"] for row in rows]
    found = connection.execute(_SQL["trends"], {"ids": ids, "now": now})
    trends = {row["device_id"]: row for row in found}
    return [{**row, **trends.get(row["id"], {})} for row in rows]


def find_devices(connection: Connection[DictRow], wanted: Wanted, now: datetime) -> tuple[list[Device], int]:
    """Return one page of devices by serial, and how many there are in all."""
    rows = _rows(connection, wanted, now)
    return [Device(**row) for row in rows], rows[0]["found"] if rows else 0


def device_row(connection: Connection[DictRow], serial: str, now: datetime) -> DictRow:
    """Return the row of one device, with its database ids; raises 404."""
    rows = _rows(connection, Wanted(serial=serial), now)
    if not rows:
        raise HTTPException(404, "Cette sonde n'est pas déclarée.")
    return rows[0]


def figures(connection: Connection[DictRow]) -> DictRow:
    """Return the fleet in numbers."""
    row = connection.execute(_SQL["figures"], {"weak_percent": WEAK_PERCENT}).fetchone()
    assert row is not None  # noqa: S101 - counts always answer
    return row


def mountings_of(connection: Connection[DictRow], device_id: int) -> list[Mounting]:
    """Return where a device hung, the latest first."""
    return [Mounting(**row) for row in connection.execute(_SQL["mountings"], {"id": device_id})]


def downlinks_of(connection: Connection[DictRow], device_id: int) -> list[Downlink]:
    """Return the last settings asked of a device."""
    rows = connection.execute(_DOWNLINKS["of_device"], {"device_id": device_id})
    stages = ("sent_at", "transmitted_at", "acknowledged_at", "failed_at")
    return [Downlink(state=downlink_state(*(row[name] for name in stages)), **row) for row in rows]  # type: ignore[arg-type]


def messages_of(connection: Connection[DictRow], device_id: int, at_most: int = 20) -> list[Said]:
    """Return the last messages of a device, decoded and raw."""
    found = []
    for row in connection.execute(_SQL["messages"], {"id": device_id, "at_most": at_most}):
        raw = readable(row.pop("raw"))
        found.append(Said(**row, raw=raw.text, raw_form=raw.form))
    return found


def series_of(connection: Connection[DictRow], device_id: int, now: datetime, days: int) -> DeviceSeries:
    """Return battery, radio and messages of the last days."""
    since = now - timedelta(days=days)
    period: dict[str, Any] = {
        "id": device_id,
        "since": since,
        "now": now,
        "step": timedelta(days=days) / _POINTS,
    }
    return DeviceSeries(
        since=since,
        now=now,
        points=[SeriesPoint(**row) for row in connection.execute(_SQL["series"], period)],
        days=[Day(**row) for row in connection.execute(_SQL["by_day"], period)],
    )
