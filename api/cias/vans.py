"""Cold rooms, vans and their half-days: one document, from a file, the API or the page's forms.

Nothing is deleted: who is not `active` is planned no more. A driver is an account's login; instants of a
half-day are Paris clock times, points WGS 84 degrees, `ride_s` the longest way out of the cold.
"""

from datetime import time
from typing import Annotated, Self

from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from meals.document import parse
from store.queries import named_queries

SQL = named_queries("api.cias", "vans.sql")
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Lon = Annotated[float, Field(ge=-180, le=180)]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColdRoom(_Line):
    """Where trays are kept cold and loaded."""

    code: Code
    name: Name
    lat: Lat
    lon: Lon
    ride_s: Annotated[int, Field(ge=600, le=86400)] = 14400


class VanLine(_Line):
    """A van and how many trays it holds."""

    code: Code
    name: Name
    cold_room: Code
    trays: Annotated[int, Field(ge=1, le=1000)]
    active: bool = True


class Shift(_Line):
    """A half-day of a van; `start` and `end` are places of its own, null for the cold room."""

    van: Code
    name: Name
    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1, max_length=7)]
    starts: time
    ends: time
    driver: str | None = None
    start: tuple[Lat, Lon] | None = None
    end: tuple[Lat, Lon] | None = None
    active: bool = True

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.ends <= self.starts:
            raise ValueError("ends: not after starts")
        return self


class Fleet(_Line):
    """All of it, or the part that is to be written."""

    cold_rooms: tuple[ColdRoom, ...] = ()
    vans: tuple[VanLine, ...] = ()
    shifts: tuple[Shift, ...] = ()


_FLEET = TypeAdapter(Fleet)


def read_fleet(text: str | bytes) -> Fleet | tuple[str, ...]:
    """The file as a fleet, or all that is wrong with it."""
    return parse(_FLEET, text)


def fleet_of(connection: Connection[DictRow]) -> Fleet:
    """What is known now."""
    return Fleet(
        cold_rooms=tuple(
            ColdRoom(**{name: row[name] for name in ColdRoom.model_fields})
            for row in connection.execute(SQL["rooms"])
        ),
        vans=tuple(
            VanLine(**{name: row[name] for name in VanLine.model_fields})
            for row in connection.execute(SQL["vans"])
        ),
        shifts=tuple(_shift(row) for row in connection.execute(SQL["shifts"])),
    )


def save_fleet(connection: Connection[DictRow], fleet: Fleet) -> tuple[str, ...]:
    """Write each line over the one of the same code or name; return what names nothing known, in French.

    With a fault the caller must roll back.
    """
    faults = []
    drivers = {row["login"] for row in connection.execute(SQL["logins"])}
    for room in fleet.cold_rooms:
        connection.execute(SQL["save_room"], room.model_dump())
    for van in fleet.vans:
        if connection.execute(SQL["save_van"], van.model_dump()).fetchone() is None:
            faults.append(f"Le fourgon {van.code} nomme une chambre froide inconnue : {van.cold_room}.")
    for shift in fleet.shifts:
        if shift.driver is not None and shift.driver not in drivers:
            faults.append(f"La demi-journée {shift.van} {shift.name} nomme un livreur inconnu.")
        elif connection.execute(SQL["save_shift"], _values(shift)).fetchone() is None:
            faults.append(f"La demi-journée {shift.name} nomme un fourgon inconnu : {shift.van}.")
    return tuple(faults)


def _values(shift: Shift) -> dict[str, object]:
    start, end = shift.start or (None, None), shift.end or (None, None)
    ends = {"start_lat": start[0], "start_lon": start[1], "end_lat": end[0], "end_lon": end[1]}
    days = sorted(set(shift.weekdays))
    return {**shift.model_dump(exclude={"start", "end"}), **ends, "weekdays": days}


def _shift(row: DictRow) -> Shift:
    return Shift(
        van=row["van"],
        name=row["name"],
        weekdays=tuple(row["weekdays"]),
        starts=row["starts"],
        ends=row["ends"],
        driver=row["driver"],
        start=None if row["start_lat"] is None else (row["start_lat"], row["start_lon"]),
        end=None if row["end_lat"] is None else (row["end_lat"], row["end_lon"]),
        active=row["active"],
    )
