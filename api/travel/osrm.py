"""OSRM: what moves, and how fast on which road, was chosen when its data was built (`deploy/osrm`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from routingpy.routers import OSRM

from api.travel.engines import Table, lonlat, read_line, read_table, read_ways, understood, whole
from api.travel.osrm_words import instruction
from api.travel.wire import Wire
from routing.model import Place
from routing.travel import ANY_RIG, Rig, Turn, Way


@dataclass(frozen=True, slots=True)
class Osrm:
    """An osrm-routed; `profile` is only a word in its addresses, unless a proxy sorts by it."""

    api: OSRM
    profile: str
    name: str = "OSRM"
    most_via: int = 90
    """It takes 500 (max-viaroute-size); this keeps addresses under 2 kB."""

    def heeds(self, rig: Rig) -> Rig:
        """Nothing: the rig was built in."""
        return ANY_RIG

    def table(self, sources: Sequence[Place], targets: Sequence[Place], rig: Rig) -> Table:
        """Ask the service `table`; its waypoints tell how far they are from what was asked."""
        split = len(sources)
        with understood():
            found = self.api.matrix(
                lonlat([*sources, *targets]),
                profile=self.profile,
                sources=list(range(split)),
                destinations=list(range(split, split + len(targets))),
                generate_hints="false",
            )
            return read_table(
                found.distances,
                found.durations,
                [one["distance"] for one in found.raw["sources"]],
                [one["distance"] for one in found.raw["destinations"]],
            )

    def ways(self, places: Sequence[Place], rig: Rig) -> tuple[Way, ...]:
        """Ask the service `route`; the line of a leg is that of its steps."""
        with understood():
            found = self.api.directions(
                lonlat(places),
                profile=self.profile,
                steps=True,
                geometries="geojson",
                overview="simplified",
                generate_hints="false",
            )
            return read_ways(places, found.raw["routes"][0]["legs"], _way)


def _way(leg: Any) -> Way:
    points = [point for step in leg["steps"] for point in step["geometry"]["coordinates"]]
    turns = [
        Turn(text=text, distance_m=whole(step["distance"]) or 0, duration_s=whole(step["duration"]) or 0)
        for step in leg["steps"]
        if (text := instruction(step))
    ]
    return Way(line=read_line(points), turns=tuple(turns))


def osrm(url: str, profile: str) -> Osrm:
    """The server at this address."""
    return Osrm(OSRM(base_url=url, client=Wire), profile)
