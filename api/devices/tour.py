"""The order in which a technician goes round: short, by car, from one place and back. Pure.

Straight lines, nearest neighbour then 2-opt: for a day's fifty visits it comes within a few percent of the
best, and roads would not change the order by much. Rounds of trucks are `routing`'s, with their hours and
loads.
"""

from collections.abc import Callable, Hashable, Sequence
from math import asin, cos, radians, sin, sqrt
from typing import TypeVar

EARTH_M = 6_371_000
Place = tuple[float, float]
Thing = TypeVar("Thing")


def metres(here: Place, there: Place) -> float:
    """Return the distance over the ground between two (latitude, longitude) in degrees."""
    (lat1, lon1), (lat2, lon2) = here, there
    half = sin(radians(lat2 - lat1) / 2) ** 2
    half += cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * asin(sqrt(min(1.0, half)))


def round_trip(start: Place, places: Sequence[Place]) -> list[int]:
    """Return the indices of `places` in the order of a short round from `start` and back."""
    left, order, here = set(range(len(places))), [], start
    while left:
        nearest = min(left, key=lambda one: (metres(here, places[one]), one))
        left.discard(nearest)
        order.append(nearest)
        here = places[nearest]
    return _untangled(start, places, order)


def _untangled(start: Place, places: Sequence[Place], order: list[int]) -> list[int]:
    """Turn around stretches of the round while that makes it shorter."""
    stops = [start, *(places[one] for one in order), start]
    better = True
    while better:
        better = False
        for first in range(1, len(stops) - 2):
            for last in range(first + 1, len(stops) - 1):
                before = metres(stops[first - 1], stops[first]) + metres(stops[last], stops[last + 1])
                after = metres(stops[first - 1], stops[last]) + metres(stops[first], stops[last + 1])
                if after < before - 1:  # a metre: rounding must not turn it back and forth
                    stops[first : last + 1] = stops[first : last + 1][::-1]
                    order[first - 1 : last] = order[first - 1 : last][::-1]
                    better = True
    return order


def by_commune(
    start: Place,
    visits: Sequence[Thing],
    commune: Callable[[Thing], Hashable],
    place: Callable[[Thing], Place],
) -> list[list[Thing]]:
    """Return the visits commune by commune, communes as a round from `start`.

    And each as a round from the last.
    """
    groups: dict[Hashable, list[Thing]] = {}
    for visit in visits:
        groups.setdefault(commune(visit), []).append(visit)
    lists = list(groups.values())
    here, ordered = start, []
    for index in round_trip(start, [_middle([place(one) for one in group]) for group in lists]):
        group = lists[index]
        within = [group[one] for one in round_trip(here, [place(one) for one in group])]
        ordered.append(within)
        here = place(within[-1])
    return ordered


def _middle(places: Sequence[Place]) -> Place:
    return sum(lat for lat, _ in places) / len(places), sum(lon for _, lon in places) / len(places)
