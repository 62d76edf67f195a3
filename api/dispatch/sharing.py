"""The hours of trucks that several streams share: what rounds have of them, what each stream may count on.

Reads the other streams that the same trucks serve and lets `routing.crews` give the hours out. Also the
week of each crew, as the planning page shows it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from psycopg import Connection
from psycopg.rows import DictRow

from api.dispatch import choosing
from api.dispatch.planning import Truck
from api.dispatch.reading import SQL, read_columns, read_sites, read_trucks
from routing import crews
from routing.travel import TravelTimes
from routing.worth import for_service

DAYS_SHOWN = 6
"""Monday to Saturday; Sunday joins them when somebody works then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A crew's day: seconds by stream, in the order of their labels."""

    day: date
    parts: tuple[tuple[str, int], ...]

    @property
    def seconds(self) -> int:
        """All streams together."""
        return sum(seconds for _, seconds in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A crew's week: its days, and the hours it may work."""

    name: str
    days: tuple[Day, ...]
    week_s: int

    @property
    def seconds(self) -> int:
        """All days together."""
        return sum(day.seconds for day in self.days)

    @property
    def over(self) -> bool:
        """Whether it is more than the crew may work."""
        return self.seconds > self.week_s


def shared(
    connection: Connection[DictRow],
    stream: str,
    asked: choosing.Asked,
    trucks: Sequence[Truck],
    now: datetime,
    service: float,
    travel: TravelTimes,
    planning: int | None = None,
) -> choosing.Asked:
    """The same question with the hours that rounds and the other streams leave to this one."""
    others = sorted({code for truck in trucks for code in truck.streams} - {stream})
    rows = connection.execute(SQL["vehicles_of_streams"], {"streams": others}).fetchall()
    chosen = {truck.id for truck in trucks}
    fleet = [*trucks, *read_trucks(connection, [row["id"] for row in rows if row["id"] not in chosen])]
    day = asked.service_day
    wanted = {stream: _set(asked, service)}
    for code in others:
        able = [truck for truck in fleet if code in truck.streams]
        columns, sites = read_columns(connection, code, now), read_sites(connection, code)
        other = choosing.ask(columns, able, sites, day, now, travel)
        if sites and other.horizon.columns:
            wanted[code] = _set(other, service)
    given = _given(connection, fleet, day, planning)
    able_to = [_crew(truck, asked, given, stream if truck.id not in chosen else "") for truck in fleet]
    return replace(asked, horizon=crews.share(wanted, able_to)[stream].horizon)


def weeks_of(connection: Connection[DictRow], trucks: Sequence[Truck], day: date) -> tuple[Week, ...]:
    """What each of these crews does in the week of `day`."""
    monday = day - timedelta(days=day.weekday())
    parts: dict[tuple[int, date], list[tuple[str, int]]] = defaultdict(list)
    for row in _rows(connection, [truck.id for truck in trucks], monday, monday + timedelta(days=6), None):
        parts[row["vehicle_id"], row["day"]].append((row["label"], row["seconds"]))
    sunday = any(one.weekday() == DAYS_SHOWN for _, one in parts)
    days = [monday + timedelta(days=n) for n in range(DAYS_SHOWN + sunday)]
    return tuple(
        Week(
            name=truck.name,
            days=tuple(Day(day=one, parts=tuple(parts.get((truck.id, one), ()))) for one in days),
            week_s=truck.week_s,
        )
        for truck in trucks
    )


def _set(asked: choosing.Asked, service: float) -> crews.Asked:
    return crews.Asked(horizon=for_service(asked.horizon, asked.roads, service), roads=asked.roads)


def _given(
    connection: Connection[DictRow], fleet: Sequence[Truck], day: date, planning: int | None
) -> dict[tuple[int, date], int]:
    monday = day - timedelta(days=day.weekday())
    found: dict[tuple[int, date], int] = defaultdict(int)
    last = day + timedelta(days=21)
    for row in _rows(connection, [truck.id for truck in fleet], monday, last, planning):
        found[row["vehicle_id"], row["day"]] += row["seconds"]
    return found


def _rows(
    connection: Connection[DictRow], ids: Sequence[int], first: date, last: date, planning: int | None
) -> list[DictRow]:
    key = {"ids": list(ids), "from": first, "to": last, "planning": planning}
    return connection.execute(SQL["hours_given"], key).fetchall()


def _crew(
    truck: Truck, asked: choosing.Asked, given: dict[tuple[int, date], int], without: str
) -> crews.Crew:
    """A truck as `routing.crews` sees it; `without` is a stream it is not asked to serve this time."""
    first = asked.service_day - timedelta(days=asked.service_day.weekday())
    days = [asked.service_day + timedelta(days=offset) for offset in asked.horizon.days]
    weeks = tuple((day - first).days // 7 for day in days)
    had = [0] * (max(weeks, default=0) + 1)
    for (vehicle, day), seconds in given.items():
        week = (day - first).days // 7
        if vehicle == truck.id and week < len(had):
            had[week] += seconds
    return crews.Crew(
        id=truck.code,
        streams=frozenset(truck.streams) - {without},
        seconds=tuple(max(0, truck.shift_s - truck.break_s - given.get((truck.id, day), 0)) for day in days),
        weeks=weeks,
        week_s=tuple(max(0, truck.week_s - seconds) for seconds in had),
    )
