"""OpenRouteService: `driving-hgv` knows trucks; ways heed the fleet's size, its matrix takes no size.

Its public service wants a key and limits questions by the minute and the day: the cache answers most of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from routingpy.routers import ORS

from api.travel.engines import Table, lonlat, read_line, read_table, read_ways, understood, whole
from api.travel.wire import Wire
from routing.model import Place
from routing.travel import ANY_RIG, Rig, Turn, Way


@dataclass(frozen=True, slots=True)
class OpenRouteService:
    """A server of version 2 of its API."""

    api: ORS
    profile: str
    name: str = "OpenRouteService"
    most_via: int = 50
    """The public service's own limit."""

    def heeds(self, rig: Rig) -> Rig:
        """All of it, for a truck."""
        return rig if self.profile == "driving-hgv" else ANY_RIG

    def table(self, sources: Sequence[Place], targets: Sequence[Place], rig: Rig) -> Table:
        """Ask `matrix`; a place too far from any road has no location in the answer."""
        split = len(sources)
        with understood():
            found = self.api.matrix(
                lonlat([*sources, *targets]),
                profile=self.profile,
                sources=list(range(split)),
                destinations=list(range(split, split + len(targets))),
                metrics=["distance", "duration"],
            )
            return read_table(
                found.distances,
                found.durations,
                [_off(one) for one in found.raw["sources"]],
                [_off(one) for one in found.raw["destinations"]],
            )

    def ways(self, places: Sequence[Place], rig: Rig) -> tuple[Way, ...]:
        """Ask `directions` as GeoJSON; its sentences come in French."""
        with understood():
            found = self.api.directions(
                lonlat(places), profile=self.profile, language="fr", options=_options(rig)
            )
            feature = found.raw["features"][0]
            points, ends = feature["geometry"]["coordinates"], feature["properties"]["way_points"]
            segments = feature["properties"]["segments"]
            pieces = [
                (points[a : b + 1], segment) for (a, b), segment in zip(pairwise(ends), segments, strict=True)
            ]
            return read_ways(places, pieces, _way)


def _off(one: Any) -> Any:
    return None if one is None else one.get("snapped_distance")


def _options(rig: Rig) -> dict[str, Any] | None:
    """Metres and tonnes."""
    known = (
        ("height", rig.height_mm),
        ("width", rig.width_mm),
        ("length", rig.length_mm),
        ("weight", rig.weight_kg),
    )
    limits = {name: value / 1000 for name, value in known if value is not None}
    return {"vehicle_type": "hgv", "profile_params": {"restrictions": limits}} if limits else None


def _way(piece: Any) -> Way:
    points, segment = piece
    turns = [
        Turn(
            text=str(step["instruction"]).rstrip("."),
            distance_m=whole(step["distance"]) or 0,
            duration_s=whole(step["duration"]) or 0,
        )
        for step in segment.get("steps", ())
    ]
    return Way(line=read_line(points), turns=tuple(turns))


def openrouteservice(url: str, profile: str, key: str | None) -> OpenRouteService:
    """The server at this address; a server of one's own wants no key."""
    return OpenRouteService(ORS(base_url=url, api_key=key, client=Wire), profile)
