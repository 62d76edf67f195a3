"""How far and how long between places: one protocol, and the offline answer to it.

A real road engine (OSRM, Valhalla…) lives outside this pure package (`api.travel`) and answers the same
protocol. Knows no network, no cache and no key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import asin, ceil, cos, radians, sin, sqrt
from typing import Protocol

from routing.model import Matrix, Metres, Place, Seconds

EARTH_RADIUS_M = 6_371_009
"""Mean radius (IUGG)."""
DETOUR = 1.3
"""Road metres per great-circle metre. An assumption, the middle of the 1.2–1.4 commonly quoted for
road networks; not measured on this territory. A sparse or cut-off area needs more."""
SPEED_KMH = 40
"""Mean speed of a collection truck between stops on rural roads, villages included: an assumption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """What a truck needs of a road: millimetres and kilograms (loaded); None where it is not known."""

    height_mm: int | None = None
    width_mm: int | None = None
    length_mm: int | None = None
    weight_kg: int | None = None


ANY_RIG = Rig()
"""Nothing is known of the truck: the engine's own habits hold."""


def widest(rigs: Iterable[Rig]) -> Rig:
    """The rig that passes only where all of these do: a plan has one matrix for all its trucks."""
    known = list(rigs)
    most: dict[str, int | None] = {
        name: max((value for one in known if (value := getattr(one, name)) is not None), default=None)
        for name in Rig.__slots__
    }
    return Rig(**most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """What was found between places: integer matrices, asymmetric when the roads are.

    ``off_road_m`` is how far each place lies from the road it was put on, None where nobody knows.
    ``remark`` is a French sentence when this is not what was asked for; the matrix names its true source.
    """

    matrix: Matrix
    off_road_m: tuple[Metres | None, ...]
    remark: str = ""

    def unreachable(self, places: Sequence[Place]) -> tuple[tuple[str, str], ...]:
        """The pairs between which the engine knows no road, by the places' names."""
        rows = zip(places, self.matrix.distance_m, strict=True)
        return tuple(
            (a.id, b.id) for a, row in rows for b, value in zip(places, row, strict=True) if value is None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One instruction of a way, in French, and how far and long to go on after it."""

    text: str
    distance_m: Metres
    duration_s: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The road from one place to another: (longitude, latitude) along it, and the turns."""

    line: tuple[tuple[float, float], ...]
    turns: tuple[Turn, ...] = ()


class TravelTimes(Protocol):
    """Anything that says how far and how long it is between places, and draws the way."""

    @property
    def name(self) -> str:
        """What computes the figures, as shown to people, in French."""
        ...

    def travel(self, places: Sequence[Place], rig: Rig = ANY_RIG) -> Travel:
        """Metres and seconds between all places, in their order; never raises for a silent engine."""
        ...

    def ways(
        self, places: Sequence[Place], rig: Rig = ANY_RIG, *, ask: bool = True
    ) -> tuple[Way | None, ...]:
        """The way from each place to the next, None where none is known: draw a straight line.

        Without ``ask``, only what is at hand: nobody waits for an engine.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GreatCircle:
    """« Vol d'oiseau × détour »: distance on the sphere times a factor, at one mean speed."""

    detour: float = DETOUR
    speed_kmh: float = SPEED_KMH

    @property
    def name(self) -> str:
        """Says what it is, so that nobody takes it for a road distance."""
        return f"vol d'oiseau × {self.detour:g} à {self.speed_kmh:g} km/h".replace(".", ",")

    def travel(self, places: Sequence[Place], rig: Rig = ANY_RIG) -> Travel:
        """Any truck goes as the crow flies; nobody looked for a road."""
        return Travel(matrix=self.matrix(places), off_road_m=(None,) * len(places))

    def ways(
        self, places: Sequence[Place], rig: Rig = ANY_RIG, *, ask: bool = True
    ) -> tuple[Way | None, ...]:
        """None known."""
        return (None,) * max(0, len(places) - 1)

    def matrix(self, places: Sequence[Place]) -> Matrix:
        """Symmetric, zero on the diagonal, rounded up to whole metres and seconds."""
        pace = 3.6 / self.speed_kmh
        metres = thrifty((ceil(great_circle_m(a, b) * self.detour) for b in places) for a in places)
        seconds = thrifty((ceil((value or 0) * pace) for value in row) for row in metres)
        return Matrix(distance_m=metres, duration_s=seconds, source=self.name)


def thrifty(rows: Iterable[Iterable[int | None]]) -> tuple[tuple[int | None, ...], ...]:
    """Rows in which equal numbers are one object: a million legs then weigh a quarter."""
    same: dict[int | None, int | None] = {}
    return tuple(tuple(same.setdefault(value, value) for value in row) for row in rows)


def great_circle_m(a: Place, b: Place) -> float:
    """Metres between two places on a sphere (haversine), accurate to about 0.5 %."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half = sin((lat_b - lat_a) / 2) ** 2
    half += cos(lat_a) * cos(lat_b) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


def extended(matrix: Matrix, places: Sequence[Place], travel: Travel) -> Matrix:
    """Put the last of ``places`` into ``matrix``; what was known between the others does not change.

    ``travel`` covers all ``places``. Where it has another source than the matrix, the source says so.
    """
    old, new = len(places) - 1, travel.matrix

    def grown(
        known: tuple[tuple[int | None, ...], ...], found: tuple[tuple[int | None, ...], ...]
    ) -> tuple[tuple[int | None, ...], ...]:
        return (*((*known[row], found[row][old]) for row in range(old)), found[old])

    both = matrix.source
    if new.source and new.source not in both:
        both = f"{both} ; pour {places[-1].id.rpartition('/')[2]}, {new.source}"
    return replace(
        matrix,
        distance_m=grown(matrix.distance_m, new.distance_m),
        duration_s=grown(matrix.duration_s, new.duration_s),
        source=both,
    )
