"""The document between the API, which knows who gets what, and the worker, which only solves it.

Numbers of people, places, trays, hours: no name, no diet, nothing sealed. The worker adds the travel matrix,
so that a move by hand is judged by the same roads.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict

from api.cias.rounds import Day, Door, Van
from api.french import PARIS
from routing.document import read, write
from routing.model import Clock, Matrix, Place

USUAL_HOUR_S = 900
"""A quarter of an hour either way of the usual time is still the usual half hour."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DoorAsked(_Frozen):
    """One person's delivery. `usual_driver` and `usual_s` are what they are used to, from past rounds."""

    person: int
    lat: float
    lon: float
    meals: tuple[str, ...]
    windows: tuple[tuple[int, int], ...] = ()
    usual_driver: int | None = None
    usual_shift: int | None = None
    usual_s: int | None = None


class VanAsked(_Frozen):
    """One half-day of a van; `start` and `end` are (lat, lon)."""

    shift: int
    driver: int | None
    trays: int
    starts_s: int
    ends_s: int
    start: tuple[float, float]
    end: tuple[float, float]


class LeftOut(_Frozen):
    """Somebody who could not even be asked for, and why, in French."""

    person: int
    text: str


class DayAsked(_Frozen):
    """What `meals.planning.problem` holds."""

    day: date
    cold_room: tuple[float, float]
    ride_s: int
    doors: tuple[DoorAsked, ...]
    vans: tuple[VanAsked, ...]
    left_out: tuple[LeftOut, ...] = ()
    matrix: dict[str, object] | None = None


def day_of(asked: DayAsked) -> Day:
    """The document as `api.cias.rounds` takes it: a door is its person's number, a van its shift's."""
    return Day(
        cold_room=_place("room", asked.cold_room),
        doors=tuple(
            Door(
                id=str(one.person),
                lat=one.lat,
                lon=one.lon,
                trays=len(one.meals),
                windows=one.windows,
                usual_van=_usual_van(one, asked.vans),
                usual_s=one.usual_s,
            )
            for one in asked.doors
        ),
        vans=tuple(_van(one, asked.cold_room) for one in asked.vans),
        cold_ride_s=asked.ride_s,
    )


def with_matrix(asked: DayAsked, matrix: Matrix) -> DayAsked:
    """The same day with its roads."""
    return asked.model_copy(update={"matrix": write(matrix)})


def matrix_of(asked: DayAsked) -> Matrix | None:
    """The roads the worker found; None before it has."""
    found = read(Matrix, asked.matrix) if asked.matrix is not None else None
    return found if isinstance(found, Matrix) else None


def usual_word(door: DoorAsked, van: VanAsked, start_s: Clock) -> str:
    """`kept`, or what is not as usual: `hour`, `driver`, `both`; `new` for who has no habit yet."""
    if door.usual_s is None:
        return "new"
    hour = abs(start_s - door.usual_s) <= USUAL_HOUR_S
    return {(True, True): "kept", (True, False): "hour", (False, True): "driver", (False, False): "both"}[
        _same_driver(door, van), hour
    ]


def instant(day: date, seconds: Clock) -> datetime:
    """Seconds after midnight in Paris as an instant."""
    return (datetime.combine(day, time(), PARIS) + timedelta(seconds=seconds)).astimezone(UTC)


def _same_driver(door: DoorAsked, van: VanAsked) -> bool:
    if door.usual_driver is not None and van.driver is not None:
        return door.usual_driver == van.driver
    return door.usual_shift == van.shift


def _usual_van(door: DoorAsked, vans: Sequence[VanAsked]) -> str | None:
    """The usual driver's van today; of two half-days the one that is out at the usual time."""
    theirs = [one for one in vans if _same_driver(door, one)]
    at = door.usual_s or 0
    theirs.sort(key=lambda one: not one.starts_s <= at <= one.ends_s)
    return str(theirs[0].shift) if theirs else None


def _van(one: VanAsked, room: tuple[float, float]) -> Van:
    return Van(
        id=str(one.shift),
        trays=one.trays,
        starts_s=one.starts_s,
        ends_s=one.ends_s,
        start=None if one.start == room else _place(_name(one.start), one.start),
        end=None if one.end == room else _place(_name(one.end), one.end),
    )


def _name(where: tuple[float, float]) -> str:
    return f"{where[0]},{where[1]}"


def _place(name: str, where: tuple[float, float]) -> Place:
    return Place(id=name, lat=where[0], lon=where[1])


def orders_of(doors: Mapping[int, Sequence[int]]) -> dict[str, tuple[str, ...]]:
    """Shifts and people as `routing` names them; a van that stays home has no order."""
    return {str(shift): tuple(map(str, people)) for shift, people in doors.items() if people}
