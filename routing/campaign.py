"""Which columns to empty on which of the next days, by trips: the search inside `routing.policy`.

A trip leaves the hub, fills the truck and comes back to unload. Its day is the one where the prices of its
columns (`routing.risk`) are lowest together, so putting two columns in one trip costs what one of them
loses by moving to the other's day, and saves the road between. Three steps: multi-day savings (Clarke and
Wright 1964, with that loss in the saving), insertion of columns that need not come yet but are worth the
detour, then moves of one column among its near neighbours until nothing improves. Days are evened out last.

Knows numbers only: visits, cents, seconds. Road costs are an estimate for deciding *when*; the order of
today's stops is `routing.solve`'s work.
"""

from operator import add
from random import Random

from routing.exchange import exchange
from routing.savings import NEAR, join_trips, join_visits
from routing.spread import spread
from routing.trips import LEAST, Fleet, Ground, Search, Trip, Visits, alone, build, gap, put, remove

__all__ = ["Fleet", "Ground", "Trip", "Visits", "campaign", "leaving"]

AROUND = 60
"""Neighbours known of each visit: the columns of one day are a few in a hundred of those of a town."""
PASSES = 4
"""Rounds of moves: later ones find little."""


def campaign(visits: Visits, ground: Ground, fleet: Fleet, seed: int = 1) -> list[Trip]:
    """The trips of the coming days. What is in none is better left for later."""
    search = Search(visits, ground, fleet)
    if not fleet.seconds or not visits.spot:
        return []
    _neighbours(search)
    wanted = [one for one in range(len(visits.spot)) if min(visits.prices[one]) < visits.later[one]]
    for one in wanted:
        put(search, alone(search, one))
    join_visits(search, wanted)
    join_trips(search)
    _prune(search)
    order = list(range(len(visits.spot)))
    shuffle = Random(seed)  # noqa: S311 - ties only, nothing secret
    for number in range(PASSES):
        shuffle.shuffle(order)
        gained = sum(_move(search, one) + exchange(search, one) for one in order)
        _prune(search)
        if number < PASSES - 1:
            gained += _dissolve(search)
        for trip in search.trips:
            _straighten(search, trip)
        if gained < LEAST:
            break
    spread(search)
    return search.trips


def leaving(trip: Trip, visits: Visits, ground: Ground, one: int) -> float:
    """Cents that taking `one` out of its trip would spare on the road."""
    return gap(trip.stops, visits.spot, ground.cents, trip.stops.index(one))


def _profit(search: Search, trip: Trip) -> float:
    """What a trip spares of later costs, less its own."""
    return sum(search.visits.later[one] for one in trip.stops) - min(trip.sums) - trip.cents


def _prune(search: Search) -> None:
    """Leave out of each trip what is not worth its detour, then the trips that are worth nothing."""
    visits, ground = search.visits, search.ground
    for trip in list(search.trips):
        stops, best = list(trip.stops), trip
        while len(stops) > 1:
            day = best.sums.index(min(best.sums))

            def worth(at: int, stops: list[int] = stops, day: int = day) -> float:
                one = stops[at]
                return visits.later[one] - visits.prices[one][day] - gap(stops, visits.spot, ground.cents, at)

            least = min(range(len(stops)), key=worth)
            if worth(least) >= 0:
                break
            del stops[least]
            best = build(search, list(stops)) or best
        if _profit(search, best) < LEAST:
            remove(search, trip)
        elif best is not trip:
            remove(search, trip)
            put(search, best)


def _neighbours(search: Search) -> None:
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


def _move(search: Search, one: int) -> float:
    """Put one visit where it costs least: in a near trip, alone, where it is, or nowhere."""
    visits, fleet = search.visits, search.fleet
    prices, here = visits.prices[one], search.trip_of.get(one)
    if _nothing_new(search, one, here):
        return 0.0
    search.looked[one] = search.clock
    if here is None:
        now = visits.later[one]
    elif len(here.stops) == 1:
        now = here.cents + min(here.sums)
    else:
        without = min([a - b for a, b in zip(here.sums, prices, strict=True)])
        now = leaving(here, visits, search.ground, one) + min(here.sums) - without
    best, where = visits.later[one], None
    own = alone(search, one)
    if own.cents + min(prices) < best:
        best, where = own.cents + min(prices), (own, 0)
    for trip, at, total in _openings(search, one, here, best):
        if total < best:
            best, where = total, (trip, at)
    if now - best < LEAST:
        return 0.0
    grown = None if where is None or where[0] is own else _grown(search, *where, one)
    if where is not None and where[0] is not own and grown is None:
        return 0.0
    _take_out(search, one)
    if grown is not None and where is not None:
        remove(search, where[0])
        put(search, grown)
    elif where is not None and own.seconds <= fleet.shift_s:
        put(search, own)
    return now - best


def _nothing_new(search: Search, one: int, here: Trip | None) -> bool:
    """Whether its own trip and those around are as when it last found nothing better."""
    since = search.looked.get(one, -1)
    if here is not None and here.born > since:
        return False
    trip_of = search.trip_of
    return since >= 0 and all(
        (trip := trip_of.get(other)) is None or trip.born <= since for other in search.near[one]
    )


def _openings(search: Search, one: int, here: Trip | None, most: float) -> list[tuple[Trip, int, float]]:
    """Places beside near neighbours, in other trips with room, with the cents that it all adds."""
    spot, cents, trip_of = search.visits.spot, search.ground.cents, search.trip_of
    prices = search.visits.prices[one]
    me, share, seen, found = spot[one], search.visits.share[one], 0, []
    from_me = cents[me]
    days: dict[int, float] = {}  # what the days of a trip would add, by trip
    for other in search.near[one]:
        trip = trip_of.get(other)
        if trip is None or trip is here or trip.share + share[trip.day] > 1.0:
            continue
        added = days.get(trip.born)
        if added is None:
            added = days[trip.born] = min(map(add, trip.sums, prices)) - min(trip.sums)
        if added >= most:
            continue
        seen += 1
        if seen > NEAR:
            break
        stops, mate = trip.stops, spot[other]
        at = stops.index(other)
        before = spot[stops[at - 1]] if at else 0
        after = spot[stops[at + 1]] if at + 1 < len(stops) else 0
        to_mate, here_to = from_me[mate], cents[mate]
        found.append((trip, at, added + cents[before][me] + to_mate - cents[before][mate]))
        found.append((trip, at + 1, added + here_to[me] + from_me[after] - here_to[after]))
    return found


def _grown(search: Search, trip: Trip, at: int, one: int) -> Trip | None:
    return build(search, [*trip.stops[:at], one, *trip.stops[at:]])


def _take_out(search: Search, one: int) -> None:
    trip = search.trip_of.get(one)
    if trip is None:
        return
    remove(search, trip)
    rest = [other for other in trip.stops if other != one]
    kept = build(search, rest) if rest else None
    if kept is not None:
        put(search, kept)


def _dissolve(search: Search) -> float:
    """Empty the least filled trips into others when that is cheaper as a whole."""
    total = 0.0
    for trip in sorted(search.trips, key=lambda one: one.share)[: 2 + len(search.trips) // 3]:
        if all(trip is not one for one in search.trips):
            continue
        before, where = list(search.trips), dict(search.trip_of)
        old = _total(search)
        remove(search, trip)
        for one in trip.stops:
            _move(search, one)
        new = _total(search)
        if new > old - LEAST:
            search.trips, search.trip_of = before, where  # no trip is changed in place, only replaced
        else:
            total += old - new
    return total


def _total(search: Search) -> float:
    out = sum(later for one, later in enumerate(search.visits.later) if one not in search.trip_of)
    return out + sum(trip.cents + min(trip.sums) for trip in search.trips)


def _straighten(search: Search, trip: Trip) -> None:
    """2-opt: turn a stretch round while that shortens the trip."""
    spot, cents, stops = search.visits.spot, search.ground.cents, trip.stops
    improved = len(stops) > 2 and not trip.straight
    trip.straight = True
    while improved:
        improved = False
        spots = [0, *(spot[one] for one in stops), 0]
        for a in range(len(stops) - 1):
            first, second = cents[spots[a]], cents[spots[a + 1]]
            edge = first[spots[a + 1]] - LEAST
            for b in range(a + 1, len(stops)):
                left, right = spots[b + 1], spots[b + 2]
                if first[left] + second[right] < edge + cents[left][right]:
                    stops[a : b + 1] = stops[a : b + 1][::-1]
                    spots = [0, *(spot[one] for one in stops), 0]
                    second, edge = cents[spots[a + 1]], first[spots[a + 1]] - LEAST
                    improved = True
    fresh = build(search, stops)
    if fresh is not None:
        trip.cents, trip.seconds = fresh.cents, fresh.seconds
