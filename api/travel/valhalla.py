"""Valhalla: its truck knows heights, weights and truck speeds by class of road; it is told the fleet's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from routingpy.routers import Valhalla
from routingpy.utils import decode_polyline6

from api.travel.engines import Table, lonlat, read_line, read_table, read_ways, understood, whole
from api.travel.wire import Unanswered, Wire
from routing.model import Place
from routing.travel import ANY_RIG, Rig, Turn, Way, great_circle_m


@dataclass(frozen=True, slots=True)
class ValhallaService:
    """A valhalla_service; `profile` is its costing: truck, or auto for a pickup."""

    api: Valhalla
    profile: str
    name: str = "Valhalla"
    most_via: int = 20
    """Its own limit for trucks (service_limits.truck.max_locations)."""

    def heeds(self, rig: Rig) -> Rig:
        """All of it, for a truck."""
        return rig if self.profile == "truck" else ANY_RIG

    def table(self, sources: Sequence[Place], targets: Sequence[Place], rig: Rig) -> Table:
        """Ask `sources_to_targets`, which does not tell where places were put; `locate` does."""
        split = len(sources)
        with understood():
            found = self.api.matrix(
                lonlat([*sources, *targets]),
                profile=self.profile,
                sources=list(range(split)),
                destinations=list(range(split, split + len(targets))),
                options=_options(rig),
                units="km",
            )
            answered = found.raw["sources_to_targets"]
            off = self._off_road([*sources, *targets])
            return read_table(
                [[_metres(cell["distance"]) for cell in row] for row in answered],
                [[cell["time"] for cell in row] for row in answered],
                off[:split],
                off[split:],
            )

    def _off_road(self, places: Sequence[Place]) -> list[float | None]:
        """How far each place is from the nearest road; None for all from a server that does not tell."""
        asked = {
            "locations": [{"lon": place.lon, "lat": place.lat} for place in places],
            "costing": self.profile,
            "verbose": False,
        }
        try:  # routingpy has no `locate`
            answered = self.api.client._request("/locate", post_params=asked)
        except Unanswered as error:
            if error.down:
                raise
            return [None] * len(places)
        return [_nearest(place, one["edges"]) for place, one in zip(places, answered, strict=True)]

    def ways(self, places: Sequence[Place], rig: Rig) -> tuple[Way, ...]:
        """Ask `route`; its sentences come in French."""
        with understood():
            found = self.api.directions(
                lonlat(places),
                profile=self.profile,
                options=_options(rig),
                units="km",
                language="fr-FR",
                instructions=True,
            )
            return read_ways(places, found.raw["trip"]["legs"], _way)


def _options(rig: Rig) -> dict[str, float]:
    """Metres and tonnes."""
    known = (
        ("height", rig.height_mm),
        ("width", rig.width_mm),
        ("length", rig.length_mm),
        ("weight", rig.weight_kg),
    )
    return {name: value / 1000 for name, value in known if value is not None}


def _metres(kilometres: Any) -> Any:
    return None if kilometres is None else kilometres * 1000


def _nearest(place: Place, edges: Any) -> float | None:
    points = [Place(id="", lat=one["correlated_lat"], lon=one["correlated_lon"]) for one in edges or ()]
    return min((great_circle_m(place, point) for point in points), default=None)


def _way(leg: Any) -> Way:
    turns = [
        Turn(
            text=str(one["instruction"]).rstrip("."),
            distance_m=whole(_metres(one["length"])) or 0,
            duration_s=whole(one["time"]) or 0,
        )
        for one in leg.get("maneuvers", ())
    ]
    return Way(line=read_line(decode_polyline6(leg["shape"])), turns=tuple(turns))


def valhalla(url: str, profile: str) -> ValhallaService:
    """The server at this address."""
    return ValhallaService(Valhalla(base_url=url, client=Wire), profile)
