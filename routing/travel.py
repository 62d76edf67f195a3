"""How far and how long between places: one protocol, and the offline answer to it.

A real road engine (OSRM, Valhalla…) lives outside this pure package and answers the same protocol.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, ceil, cos, radians, sin, sqrt
from typing import Protocol

from routing.model import Matrix, Place

EARTH_RADIUS_M = 6_371_009
"""Mean radius (IUGG)."""
DETOUR = 1.3
"""Road metres per great-circle metre. An assumption, the middle of the 1.2–1.4 commonly quoted for
road networks; not measured on this territory. A sparse or cut-off area needs more."""
SPEED_KMH = 40
"""Mean speed of a collection truck between stops on rural roads, villages included: an assumption."""


class TravelTimes(Protocol):
    """Anything that can fill a matrix; ``name`` is shown to people beside the plan, in French."""

    @property
    def name(self) -> str:
        """What computed the figures."""
        ...

    def matrix(self, places: Sequence[Place]) -> Matrix:
        """Metres and seconds between all places, in their order; None where no road is known."""
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

    def matrix(self, places: Sequence[Place]) -> Matrix:
        """Symmetric, zero on the diagonal, rounded up to whole metres and seconds."""
        metres = [[ceil(great_circle_m(a, b) * self.detour) for b in places] for a in places]
        pace = 3.6 / self.speed_kmh
        return Matrix(
            distance_m=tuple(tuple(row) for row in metres),
            duration_s=tuple(tuple(ceil(value * pace) for value in row) for row in metres),
            source=self.name,
        )


def great_circle_m(a: Place, b: Place) -> float:
    """Metres between two places on a sphere (haversine), accurate to about 0.5 %."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half = sin((lat_b - lat_a) / 2) ** 2
    half += cos(lat_a) * cos(lat_b) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))
