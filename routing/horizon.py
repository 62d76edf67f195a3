"""What the policy is asked: columns and days of service, what work costs, and the roads between stops.

Nouns, and a matrix read once. Distances come in as a matrix, days as offsets from today.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.campaign import Ground
from routing.model import CONTAINER_SERVICE_S, SITE_SERVICE_S, Matrix
from routing.risk import Outlook

NO_ROAD_CENTS = 1e7
"""Where no road is known: more than any visit is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What driving and working cost, whole cents; seconds at stops and at the unloading site."""

    per_km_cents: int = 100
    per_hour_cents: int = 3000
    outing_cents: int = 3000
    site_service_s: int = SITE_SERVICE_S
    container_service_s: int = CONTAINER_SERVICE_S
    unload_s: int = 1200

    def seconds_cents(self, seconds: float) -> float:
        """Cents of that much work."""
        return seconds * self.per_hour_cents / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """One stream over the coming days. `days` are the offsets of its days of service, today (0) first.

    `seconds` is what the trucks offer on each of them together, `shift_s` what one offers; capacities are
    one truck's, in litres and kilograms. `taken` are seconds that other streams have of the same trucks on
    each day, `weeks` each day's week (0 the first) and `week_s` the seconds that the crews have left in each
    week: `routing.crews` sets them; empty, nothing is shared or bounded.
    """

    columns: tuple[Outlook, ...]
    days: tuple[int, ...]
    seconds: tuple[int, ...]
    shift_s: int
    capacity_l: int
    capacity_kg: int
    costs: Costs = Costs()
    cents_l: float = 100.0
    taken: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    week_s: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """The ground of a stream, read once from a matrix: the hub is where trucks start and unload."""

    ground: Ground
    spot_of: dict[str, int]
    metres: tuple[tuple[int, ...], ...]


def roads(places: Sequence[str], matrix: Matrix, hub: str, costs: Costs) -> Roads:
    """Turn a matrix into cents and seconds from stop to stop; a new stop takes the site's time."""
    names = [hub, *(place for place in places if place != hub)]
    at = [places.index(name) for name in names]
    stop = costs.site_service_s
    metres, seconds, cents = [], [], []
    for a in at:
        far = [matrix.distance_m[a][b] for b in at]
        long = [matrix.duration_s[a][b] for b in at]
        metres.append(tuple(value or 0 for value in far))
        row = [(value or 0) + (stop if b not in (a, at[0]) else 0) for b, value in zip(at, long, strict=True)]
        seconds.append(tuple(row))
        cents.append(
            tuple(
                NO_ROAD_CENTS
                if one is None or two is None
                else one * costs.per_km_cents / 1000 + costs.seconds_cents(time)
                for one, two, time in zip(far, long, row, strict=True)
            )
        )
    near = tuple(
        tuple(b for b in sorted(range(1, len(row)), key=row.__getitem__) if b != a)
        for a, row in enumerate(cents)
    )
    ground = Ground(cents=tuple(cents), seconds=tuple(seconds), near=near)
    return Roads(ground=ground, spot_of={name: i for i, name in enumerate(names)}, metres=tuple(metres))
