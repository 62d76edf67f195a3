"""What a road engine is to us: two questions, a table between places and the ways along a list of them.

OSRM, Valhalla and OpenRouteService answer them (`osrm`, `valhalla`, `openrouteservice`), each through
`routingpy`. This module knows what their answers must look like; it refuses to know any of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any, Protocol

from api.travel.wire import Unanswered
from routing.model import Place
from routing.travel import Rig, Way

Row = tuple[int | None, ...]
LARGEST = 10**9
"""Metres or seconds: more is a mistake of the engine, and would not fit the solvers' integers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Metres and seconds from each source to each target; None where no road is known, of both alike.

    `sources_off_m` and `targets_off_m` are how far each lies from the road it was put on.
    """

    distance_m: tuple[Row, ...]
    duration_s: tuple[Row, ...]
    sources_off_m: Row
    targets_off_m: Row


class Engine(Protocol):
    """One engine with one profile."""

    @property
    def name(self) -> str:
        """Its name, as people read it."""
        ...

    @property
    def profile(self) -> str:
        """What moves, in the engine's own word."""
        ...

    @property
    def most_via(self) -> int:
        """Most places in one question for ways."""
        ...

    def heeds(self, rig: Rig) -> Rig:
        """The part of the rig on which its figures depend."""
        ...

    def table(self, sources: Sequence[Place], targets: Sequence[Place], rig: Rig) -> Table:
        """Ask once; raises `Unanswered`."""
        ...

    def ways(self, places: Sequence[Place], rig: Rig) -> tuple[Way, ...]:
        """Ask once for the way from each place to the next; raises `Unanswered`."""
        ...


@contextmanager
def understood() -> Iterator[None]:
    """Turn an answer of another shape than the engine's documentation says into `Unanswered`."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError):
        raise Unanswered("a répondu autre chose que des distances", down=False) from None


def lonlat(places: Iterable[Place]) -> list[list[float]]:
    """Places as the engines read them."""
    return [[place.lon, place.lat] for place in places]


def whole(value: Any) -> int | None:
    """Metres or seconds, rounded; None stays None. Raises ValueError for what is none of these."""
    if value is None:
        return None
    if isinstance(value, bool) or not isfinite(value) or not 0 <= value < LARGEST:
        raise ValueError
    rounded: int = round(value)
    return rounded


def read_table(distances: Any, durations: Any, sources_off: Any, targets_off: Any) -> Table:
    """Check sizes and values; raises ValueError or TypeError."""
    sources, targets = _row(sources_off), _row(targets_off)
    metres, seconds = [_row(row) for row in distances], [_row(row) for row in durations]
    if len(metres) != len(sources) or len(seconds) != len(sources):
        raise ValueError
    for a, b in zip(metres, seconds, strict=True):
        if len(a) != len(targets) or len(b) != len(targets):
            raise ValueError
    known = [
        [x is not None and y is not None for x, y in zip(a, b, strict=True)]
        for a, b in zip(metres, seconds, strict=True)
    ]
    return Table(
        distance_m=_where(known, metres),
        duration_s=_where(known, seconds),
        sources_off_m=sources,
        targets_off_m=targets,
    )


def _row(values: Iterable[Any]) -> Row:
    return tuple(whole(value) for value in values)


def _where(known: list[list[bool]], rows: list[Row]) -> tuple[Row, ...]:
    return tuple(
        tuple(value if there else None for value, there in zip(row, mask, strict=True))
        for row, mask in zip(rows, known, strict=True)
    )


def read_line(points: Iterable[Any]) -> tuple[tuple[float, float], ...]:
    """(longitude, latitude) pairs to 1/100,000 degree, without repeats."""
    line = [(round(float(point[0]), 5), round(float(point[1]), 5)) for point in points]
    return tuple(line[:1] + [b for a, b in pairwise(line) if a != b])


def read_ways(places: Sequence[Place], legs: Iterable[Any], read: Callable[[Any], Way]) -> tuple[Way, ...]:
    """One way for each step along the places, or ValueError."""
    ways = tuple(read(leg) for leg in legs)
    if len(ways) != len(places) - 1:
        raise ValueError
    return ways
