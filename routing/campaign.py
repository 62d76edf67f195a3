"""Which columns to empty on which of the next days, by trips: the search inside `routing.policy`.

A trip leaves the hub, fills the truck and comes back to unload. Its day is the one where the prices of its
columns (`routing.risk`) are lowest together, so putting two columns in one trip costs what one of them
loses by moving to the other's day, and saves the road between. Three steps: multi-day savings (Clarke and
Wright 1964, with that loss in the saving), insertion of columns that need not come yet but are worth the
detour, then moves of one column among its near neighbours until nothing improves. Days are evened out last.

Knows numbers only: visits, cents, seconds. Road costs are an estimate for deciding *when*; the order of
today's stops is `routing.solve`'s work.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from operator import add
from random import Random

NEAR = 14
"""Neighbours among which a visit looks for another trip."""
AROUND = 60
"""Neighbours known of each visit: the columns of one day are a few in a hundred of those of a town."""
PASSES = 6
"""Rounds of moves: later ones find little."""
LEAST = 1.0
"""A cent: smaller gains are rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """One row a column. Position in `spot` of the column's place; cents by day; share of a truck it fills."""

    spot: tuple[int, ...]
    prices: tuple[tuple[float, ...], ...]
    later: tuple[float, ...]
    """Cents of not coming on any of these days."""
    share: tuple[float, ...]
    service_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Roads between spots, spot 0 being the hub: cents and seconds, stopping there included; near spots."""

    cents: tuple[tuple[float, ...], ...]
    seconds: tuple[tuple[int, ...], ...]
    near: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What the days offer: seconds of trucks on each, of one truck; what a trip and an outing cost."""

    seconds: tuple[int, ...]
    shift_s: int
    unload_s: int
    trip_cents: float
    outing_cents: float


@dataclass(slots=True)
class Trip:
    """Stops in order, with what follows from them; `day` is a position in the list of days."""

    stops: list[int]
    share: float
    sums: list[float]
    cents: float
    seconds: int
    day: int = 0


@dataclass(slots=True)
class _Search:
    visits: Visits
    ground: Ground
    fleet: Fleet
    trips: list[Trip] = field(default_factory=list)
    trip_of: dict[int, Trip] = field(default_factory=dict)
    near: dict[int, list[int]] = field(default_factory=dict)


def campaign(visits: Visits, ground: Ground, fleet: Fleet, seed: int = 1) -> list[Trip]:
    """The trips of the coming days. What is in none is better left for later."""
    search = _Search(visits, ground, fleet)
    if not fleet.seconds or not visits.spot:
        return []
    _neighbours(search)
    wanted = [one for one in range(len(visits.spot)) if min(visits.prices[one]) < visits.later[one]]
    for one in wanted:
        _put(search, _alone(search, one))
    _savings(search, wanted)
    _prune(search)
    order = list(range(len(visits.spot)))
    shuffle = Random(seed)  # noqa: S311 - ties only, nothing secret
    for number in range(PASSES):
        shuffle.shuffle(order)
        gained = sum(_move(search, one) for one in order)
        _prune(search)
        if number < PASSES - 1:
            gained += _dissolve(search)
        for trip in search.trips:
            _straighten(search, trip)
        if gained < LEAST:
            break
    _spread(search)
    return search.trips


def leaving(trip: Trip, visits: Visits, ground: Ground, one: int) -> float:
    """Cents that taking `one` out of its trip would spare on the road."""
    return _gap(trip.stops, visits.spot, ground.cents, trip.stops.index(one))


def _profit(search: _Search, trip: Trip) -> float:
    """What a trip spares of later costs, less its own."""
    return sum(search.visits.later[one] for one in trip.stops) - min(trip.sums) - trip.cents


def _prune(search: _Search) -> None:
    """Leave out of each trip what is not worth its detour, then the trips that are worth nothing."""
    visits, ground = search.visits, search.ground
    for trip in list(search.trips):
        stops, best = list(trip.stops), trip
        while len(stops) > 1:
            day = best.sums.index(min(best.sums))

            def worth(at: int, stops: list[int] = stops, day: int = day) -> float:
                one = stops[at]
                return (
                    visits.later[one] - visits.prices[one][day] - _gap(stops, visits.spot, ground.cents, at)
                )

            least = min(range(len(stops)), key=worth)
            if worth(least) >= 0:
                break
            del stops[least]
            best = _trip(search, list(stops)) or best
        if _profit(search, best) < LEAST:
            _remove(search, trip)
        elif best is not trip:
            _remove(search, trip)
            _put(search, best)


def _neighbours(search: _Search) -> None:
    at: dict[int, list[int]] = {}
    for one, spot in enumerate(search.visits.spot):
        at.setdefault(spot, []).append(one)
    for one, spot in enumerate(search.visits.spot):
        found = [other for other in at[spot] if other != one]
        for place in search.ground.near[spot]:
            if len(found) >= AROUND:
                break
            found += at.get(place, ())
        search.near[one] = found


def _alone(search: _Search, one: int) -> Trip:
    spot, cents, seconds = search.visits.spot[one], search.ground.cents, search.ground.seconds
    way = seconds[0][spot] + seconds[spot][0]
    sums = list(search.visits.prices[one])
    return Trip(
        stops=[one],
        share=search.visits.share[one],
        sums=sums,
        cents=cents[0][spot] + cents[spot][0] + search.fleet.trip_cents,
        seconds=way + search.visits.service_s + search.fleet.unload_s,
        day=sums.index(min(sums)),
    )


def _put(search: _Search, trip: Trip) -> None:
    search.trips.append(trip)
    for one in trip.stops:
        search.trip_of[one] = trip


def _remove(search: _Search, trip: Trip) -> None:
    search.trips = [one for one in search.trips if one is not trip]
    for one in trip.stops:
        if search.trip_of.get(one) is trip:
            del search.trip_of[one]


def _savings(search: _Search, among: Sequence[int]) -> None:
    """Join trips at their ends while the road saved outweighs the better days given up."""
    cents, spot, prices = search.ground.cents, search.visits.spot, search.visits.prices
    wanted, pairs = set(among), []
    for a in among:
        mates = [b for b in search.near[a] if b in wanted]
        if len(mates) > NEAR:
            best = search.trip_of[a].day
            mates.sort(key=lambda b: abs(search.trip_of[b].day - best))  # near enough all: the day decides
            mates = mates[:NEAR]
        for b in mates:
            saved = cents[spot[a]][0] + cents[0][spot[b]] - cents[spot[a]][spot[b]]
            loss = min(map(add, prices[a], prices[b])) - min(prices[a]) - min(prices[b])
            pairs.append((saved - loss, a, b))
    pairs.sort(reverse=True)
    for _, a, b in pairs:
        first, second = search.trip_of[a], search.trip_of[b]
        if first is second or first.share + second.share > 1.0:
            continue
        joined = _joined(search, first, second, a, b)
        if joined is None:
            continue
        gain = first.cents + second.cents - joined.cents + min(first.sums) + min(second.sums)
        if gain - min(joined.sums) > LEAST:
            _remove(search, first)
            _remove(search, second)
            _put(search, joined)


def _joined(search: _Search, first: Trip, second: Trip, a: int, b: int) -> Trip | None:
    left = first.stops if first.stops[-1] == a else first.stops[::-1]
    right = second.stops if second.stops[0] == b else second.stops[::-1]
    if left[-1] != a or right[0] != b:
        return None
    return _trip(search, left + right)


def _trip(search: _Search, stops: list[int]) -> Trip | None:
    """A trip from its stops, None when the truck or the shift is too small for it."""
    spots = [0, *(search.visits.spot[one] for one in stops), 0]
    pairs = list(itertools.pairwise(spots))
    seconds = sum(search.ground.seconds[a][b] for a, b in pairs)
    seconds += search.visits.service_s * len(stops) + search.fleet.unload_s
    share = sum(search.visits.share[one] for one in stops)
    if seconds > search.fleet.shift_s or (share > 1.0 and len(stops) > 1):
        return None
    sums = [sum(column) for column in zip(*(search.visits.prices[one] for one in stops), strict=True)]
    cents = sum(search.ground.cents[a][b] for a, b in pairs) + search.fleet.trip_cents
    return Trip(stops=stops, share=share, sums=sums, cents=cents, seconds=seconds, day=sums.index(min(sums)))


def _gap(stops: Sequence[int], spot: Sequence[int], cents: Sequence[Sequence[float]], at: int) -> float:
    here = spot[stops[at]]
    before = spot[stops[at - 1]] if at else 0
    after = spot[stops[at + 1]] if at + 1 < len(stops) else 0
    return cents[before][here] + cents[here][after] - cents[before][after]


def _move(search: _Search, one: int) -> float:
    """Put one visit where it costs least: in a near trip, alone, where it is, or nowhere."""
    visits, fleet = search.visits, search.fleet
    prices, here = visits.prices[one], search.trip_of.get(one)
    if here is None:
        now = visits.later[one]
    elif len(here.stops) == 1:
        now = here.cents + min(here.sums)
    else:
        without = min([a - b for a, b in zip(here.sums, prices, strict=True)])
        now = leaving(here, visits, search.ground, one) + min(here.sums) - without
    best, where = visits.later[one], None
    alone = _alone(search, one)
    if alone.cents + min(prices) < best:
        best, where = alone.cents + min(prices), (alone, 0)
    for trip, at, road in _openings(search, one, here, best):
        if road >= best - min(prices):
            continue
        after = [a + b for a, b in zip(trip.sums, prices, strict=True)]
        total = road + min(after) - min(trip.sums)
        if total < best:
            best, where = total, (trip, at)
    if now - best < LEAST:
        return 0.0
    grown = None if where is None or where[0] is alone else _grown(search, *where, one)
    if where is not None and where[0] is not alone and grown is None:
        return 0.0
    _take_out(search, one)
    if grown is not None and where is not None:
        _remove(search, where[0])
        _put(search, grown)
    elif where is not None and alone.seconds <= fleet.shift_s:
        _put(search, alone)
    return now - best


def _openings(search: _Search, one: int, here: Trip | None, most: float) -> list[tuple[Trip, int, float]]:
    """Places beside near neighbours, in trips other than its own and with room, with the cents of road."""
    spot, cents = search.visits.spot, search.ground.cents
    prices = search.visits.prices[one]
    me, room, seen, found = spot[one], 1.0 - search.visits.share[one], 0, []
    for other in search.near[one]:
        trip = search.trip_of.get(other)
        if trip is None:
            continue
        if trip is here or trip.share > room or min(map(add, trip.sums, prices)) - min(trip.sums) >= most:
            continue
        seen += 1
        if seen > NEAR:
            break
        at = trip.stops.index(other)
        before = spot[trip.stops[at - 1]] if at else 0
        after = spot[trip.stops[at + 1]] if at + 1 < len(trip.stops) else 0
        mate = spot[other]
        found.append((trip, at, cents[before][me] + cents[me][mate] - cents[before][mate]))
        found.append((trip, at + 1, cents[mate][me] + cents[me][after] - cents[mate][after]))
    return found


def _grown(search: _Search, trip: Trip, at: int, one: int) -> Trip | None:
    return _trip(search, [*trip.stops[:at], one, *trip.stops[at:]])


def _take_out(search: _Search, one: int) -> None:
    trip = search.trip_of.get(one)
    if trip is None:
        return
    _remove(search, trip)
    rest = [other for other in trip.stops if other != one]
    kept = _trip(search, rest) if rest else None
    if kept is not None:
        _put(search, kept)


def _dissolve(search: _Search) -> float:
    """Empty the least filled trips into others when that is cheaper as a whole."""
    total = 0.0
    for trip in sorted(search.trips, key=lambda one: one.share)[: 2 + len(search.trips) // 3]:
        if all(trip is not one for one in search.trips):
            continue
        before = [(list(one.stops), one.day) for one in search.trips]
        old = _total(search)
        _remove(search, trip)
        for one in trip.stops:
            _move(search, one)
        new = _total(search)
        if new > old - LEAST:
            search.trips, search.trip_of = [], {}
            for stops, _ in before:
                again = _trip(search, stops)
                if again is not None:
                    _put(search, again)
        else:
            total += old - new
    return total


def _total(search: _Search) -> float:
    out = sum(later for one, later in enumerate(search.visits.later) if one not in search.trip_of)
    return out + sum(trip.cents + min(trip.sums) for trip in search.trips)


def _straighten(search: _Search, trip: Trip) -> None:
    """2-opt: turn a stretch round while that shortens the trip."""
    spot, cents, stops = search.visits.spot, search.ground.cents, trip.stops
    improved = len(stops) > 2
    while improved:
        improved = False
        spots = [0, *(spot[one] for one in stops), 0]
        for a in range(len(stops) - 1):
            for b in range(a + 1, len(stops)):
                old = cents[spots[a]][spots[a + 1]] + cents[spots[b + 1]][spots[b + 2]]
                new = cents[spots[a]][spots[b + 1]] + cents[spots[a + 1]][spots[b + 2]]
                if new < old - LEAST:
                    stops[a : b + 1] = stops[a : b + 1][::-1]
                    spots = [0, *(spot[one] for one in stops), 0]
                    improved = True
    fresh = _trip(search, stops)
    if fresh is not None:
        trip.cents, trip.seconds = fresh.cents, fresh.seconds


def _spread(search: _Search) -> None:
    """Give each trip its day: few outings, no day over its hours, hours alike. The dearest to move first."""
    fleet, days = search.fleet, range(len(search.fleet.seconds))
    used = [0] * len(fleet.seconds)
    mean = sum(trip.seconds for trip in search.trips) / max(1, len(fleet.seconds))

    def cost(trip: Trip, day: int) -> float:
        after = used[day] + trip.seconds
        if after > fleet.seconds[day]:
            return inf
        # Only the day's first: with more trucks out, hours are what they are whichever day has them.
        outings = 0 if used[day] else 1
        uneven = max(0.0, after - max(mean, fleet.shift_s)) / fleet.shift_s
        return trip.sums[day] + outings * fleet.outing_cents + uneven * fleet.outing_cents / 2

    def regret(trip: Trip) -> float:
        return -(sorted(trip.sums)[1] - min(trip.sums)) if len(trip.sums) > 1 else 0.0

    for trip in sorted(search.trips, key=regret):
        trip.day = min(days, key=lambda day: (cost(trip, day), trip.sums[day]))
        used[trip.day] += trip.seconds
    for trip in search.trips:
        used[trip.day] -= trip.seconds
        trip.day = min(days, key=lambda day: (cost(trip, day), trip.sums[day]))
        used[trip.day] += trip.seconds
