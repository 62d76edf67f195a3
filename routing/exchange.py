"""Two visits of full trips change places: what moving one of them alone cannot do, for want of room.

Part of the search of `routing.campaign`: a truck that leaves for urgent columns is filled with what lies
near, and a column taken early there may be worth less in it than a pressing one left for tomorrow.
"""

from math import inf
from operator import add

from routing.trips import LEAST, Search, Trip, build, put, remove


def exchange(search: Search, one: int) -> float:
    """Give this visit's place to the near one for which all is cheapest then; returns the cents spared."""
    here = search.trip_of.get(one)
    if here is None or here.share + search.visits.share[one][here.day] <= 1.0:
        return 0.0  # there is room: what is worth coming moves in by itself
    best, with_whom = -LEAST, None
    least = min(here.sums)
    bare = [a - b for a, b in zip(here.sums, search.visits.prices[one], strict=True)]
    for other in search.near[one]:
        there = search.trip_of.get(other)
        if there is here:
            continue
        total = _change(search, one, here, bare, least, other, there)
        if total < best:
            best, with_whom = total, other
    if with_whom is None:
        return 0.0
    return _done(search, one, here, with_whom, search.trip_of.get(with_whom))


def _change(
    search: Search, one: int, here: Trip, bare: list[float], least: float, other: int, there: Trip | None
) -> float:
    """Cents that it would add (less than nothing: spare); infinite when a truck is too small for it."""
    visits = search.visits
    mine, its = visits.share[one], visits.share[other]
    if here.share - mine[here.day] + its[here.day] > 1.0:
        return inf
    total: float = min(map(add, bare, visits.prices[other])) - least
    if there is None:
        total += visits.later[one] - visits.later[other]
    elif there.share - its[there.day] + mine[there.day] > 1.0:
        return inf
    else:
        rest = zip(there.sums, visits.prices[other], visits.prices[one], strict=True)
        total += min([a - b + c for a, b, c in rest]) - min(there.sums)
        total += _road(search, there, other, one)
    return total + _road(search, here, one, other)


def _road(search: Search, trip: Trip, out: int, into: int) -> float:
    """Cents of road that putting one visit in the place of another adds."""
    spot, cents, stops = search.visits.spot, search.ground.cents, trip.stops
    at = stops.index(out)
    before = spot[stops[at - 1]] if at else 0
    after = spot[stops[at + 1]] if at + 1 < len(stops) else 0
    a, b = spot[out], spot[into]
    return cents[before][b] + cents[b][after] - cents[before][a] - cents[a][after]


def _done(search: Search, one: int, here: Trip, other: int, there: Trip | None) -> float:
    """Make the exchange if the trips built anew bear it."""
    first = build(search, [other if stop == one else stop for stop in here.stops])
    if first is None:
        return 0.0
    gain = here.cents + min(here.sums) - first.cents - min(first.sums)
    if there is None:
        gain += search.visits.later[other] - search.visits.later[one]
        second = None
    else:
        second = build(search, [one if stop == other else stop for stop in there.stops])
        if second is None:
            return 0.0
        gain += there.cents + min(there.sums) - second.cents - min(second.sums)
    if gain < LEAST:
        return 0.0
    remove(search, here)
    if there is not None and second is not None:
        remove(search, there)
        put(search, second)
    put(search, first)
    return gain
