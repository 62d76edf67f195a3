"""The nouns of `routing.campaign` and its smallest verbs: visits, roads, trips, and a search's state.

Numbers only: cents, seconds, shares of a truck. A trip leaves the hub (spot 0), fills the truck and comes
back to unload; its `sums` are the prices of its columns together on each day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

LEAST = 1.0
"""A cent: smaller gains are rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """One row a column. Position in `spot` of the column's place; cents and share of a truck by day."""

    spot: tuple[int, ...]
    prices: tuple[tuple[float, ...], ...]
    later: tuple[float, ...]
    """Cents of not coming on any of these days."""
    share: tuple[tuple[float, ...], ...]
    service_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Roads between spots, spot 0 being the hub: cents and seconds, stopping there included; near spots."""

    cents: tuple[tuple[float, ...], ...]
    seconds: tuple[tuple[int, ...], ...]
    near: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What the days offer: seconds of trucks on each, of one truck; what a trip and an outing cost.

    `taken` are the seconds that other streams have of the same trucks on each day, `weeks` the week (0 the
    first) of each day and `week_s` the seconds left in each week; empty where nothing is shared or bounded.
    """

    seconds: tuple[int, ...]
    shift_s: int
    unload_s: int
    trip_cents: float
    outing_cents: float
    taken: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    week_s: tuple[int, ...] = ()


@dataclass(slots=True)
class Trip:
    """Stops in order, with what follows from them; `day` is a position in the list of days."""

    stops: list[int]
    share: float
    """The part of the truck it fills on its day."""
    sums: list[float]
    """Infinite on days when its columns are too full for one truck."""
    cents: float
    seconds: int
    day: int = 0
    born: int = 0
    """When it came into the search: a visit looks again only where a near trip is younger than its look."""
    straight: bool = False


@dataclass(slots=True)
class Search:
    """What a search changes: the trips, and in which one each visit is."""

    visits: Visits
    ground: Ground
    fleet: Fleet
    trips: list[Trip] = field(default_factory=list)
    trip_of: dict[int, Trip] = field(default_factory=dict)
    near: dict[int, list[int]] = field(default_factory=dict)
    clock: int = 0
    """Trips put so far."""
    looked: dict[int, int] = field(default_factory=dict)
    """When each visit last looked for a better place and found none."""


def alone(search: Search, one: int) -> Trip:
    """The trip of this visit and no other."""
    spot, cents, seconds = search.visits.spot[one], search.ground.cents, search.ground.seconds
    way = seconds[0][spot] + seconds[spot][0]
    sums = list(search.visits.prices[one])
    day = sums.index(min(sums))
    return Trip(
        stops=[one],
        share=search.visits.share[one][day],
        sums=sums,
        cents=cents[0][spot] + cents[spot][0] + search.fleet.trip_cents,
        seconds=way + search.visits.service_s + search.fleet.unload_s,
        day=day,
    )


def put(search: Search, trip: Trip) -> None:
    """Add a trip."""
    search.clock += 1
    trip.born = search.clock
    search.trips.append(trip)
    for one in trip.stops:
        search.trip_of[one] = trip


def remove(search: Search, trip: Trip) -> None:
    """Take a trip out, its visits with it."""
    search.trips = [one for one in search.trips if one is not trip]
    for one in trip.stops:
        if search.trip_of.get(one) is trip:
            del search.trip_of[one]


def build(search: Search, stops: list[int]) -> Trip | None:
    """A trip from its stops, None when the truck or the shift is too small for it."""
    spots = [0, *(search.visits.spot[one] for one in stops), 0]
    pairs = list(pairwise(spots))
    seconds = sum(search.ground.seconds[a][b] for a, b in pairs)
    seconds += search.visits.service_s * len(stops) + search.fleet.unload_s
    if seconds > search.fleet.shift_s:
        return None
    visits = search.visits
    sums = [sum(column) for column in zip(*(visits.prices[one] for one in stops), strict=True)]
    day = sums.index(min(sums))
    share = sum(visits.share[one][day] for one in stops)
    if share > 1.0 and len(stops) > 1:
        shares = [sum(column) for column in zip(*(visits.share[one] for one in stops), strict=True)]
        sums = [cents if part <= 1.0 else inf for cents, part in zip(sums, shares, strict=True)]
        day = sums.index(min(sums))
        share = shares[day]
        if share > 1.0:
            return None
    cents = sum(search.ground.cents[a][b] for a, b in pairs) + search.fleet.trip_cents
    return Trip(stops=stops, share=share, sums=sums, cents=cents, seconds=seconds, day=day)


def gap(stops: Sequence[int], spot: Sequence[int], cents: Sequence[Sequence[float]], at: int) -> float:
    """Cents of road that leaving out the stop at this position spares."""
    here = spot[stops[at]]
    before = spot[stops[at - 1]] if at else 0
    after = spot[stops[at + 1]] if at + 1 < len(stops) else 0
    return cents[before][here] + cents[here][after] - cents[before][after]
