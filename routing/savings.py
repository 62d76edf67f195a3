"""Trips by multi-day savings: Clarke and Wright 1964, with what the better days given up cost in the saving.

First near visits whose days agree, then whole trips wherever they lie, best first.
"""

from collections.abc import Sequence
from heapq import heappop, heappush
from operator import add

from routing.trips import LEAST, Search, Trip, build, put, remove

NEAR = 14
"""Neighbours among which a visit looks for another trip."""
SAME_DAYS = 0.1
"""Near visits are joined first only while the better days given up cost less than this part of the road."""


def join_visits(search: Search, among: Sequence[int]) -> None:
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
        saved = first.cents + second.cents - joined.cents
        loss = min(joined.sums) - min(first.sums) - min(second.sums)
        if loss < SAME_DAYS * saved:
            remove(search, first)
            remove(search, second)
            put(search, joined)


def _joined(search: Search, first: Trip, second: Trip, a: int, b: int) -> Trip | None:
    left = first.stops if first.stops[-1] == a else first.stops[::-1]
    right = second.stops if second.stops[0] == b else second.stops[::-1]
    if left[-1] != a or right[0] != b:
        return None
    return build(search, left + right)


def join_trips(search: Search) -> None:
    """Join whole trips, best first, wherever they lie: one day's across the map before two days' nearby."""
    trips = dict(enumerate(search.trips))
    heap: list[tuple[float, int, int]] = []

    def offer(first: int, second: int) -> None:
        a, b = trips[first], trips[second]
        if a.share + b.share <= 1.0:
            gain = _end_gain(search, a, b)
            if gain > LEAST:
                heappush(heap, (-gain, first, second))

    for first in trips:
        for second in range(first):
            offer(first, second)
    number = len(trips)
    while heap:
        _, first, second = heappop(heap)
        if first not in trips or second not in trips:
            continue
        joined = _best_join(search, trips[first], trips[second])
        if joined is None:
            continue
        remove(search, trips.pop(first))
        remove(search, trips.pop(second))
        put(search, joined)
        trips[number] = joined
        for other in trips:
            if other != number:
                offer(number, other)
        number += 1


def _end_gain(search: Search, a: Trip, b: Trip) -> float:
    cents, spot = search.ground.cents, search.visits.spot
    saved: float = max(
        cents[spot[x]][0] + cents[0][spot[y]] - cents[spot[x]][spot[y]]
        for x in (a.stops[0], a.stops[-1])
        for y in (b.stops[0], b.stops[-1])
    )
    loss: float = min(map(add, a.sums, b.sums)) - min(a.sums) - min(b.sums)
    return saved + search.fleet.trip_cents - loss


def _best_join(search: Search, a: Trip, b: Trip) -> Trip | None:
    ways = [build(search, x + y) for x in (a.stops, a.stops[::-1]) for y in (b.stops, b.stops[::-1])]
    sound = [way for way in ways if way is not None]
    return min(sound, key=lambda way: way.cents) if sound else None
