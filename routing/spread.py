"""Give each trip its day: few outings, no day or week over its hours, hours alike from day to day.

Last step of `routing.campaign`. The hours that the same trucks already give to other streams count: a day
that has them is fuller, and a truck that is out anyway costs no outing more.
"""

from math import inf

from routing.trips import Search, Trip


def spread(search: Search) -> None:
    """Set `day` of every trip. The dearest to move choose first, then each once more with all others known.

    A trip for which no day has hours keeps its cheapest day: that it does not fit is said, not hidden.
    """
    fleet, days = search.fleet, range(len(search.fleet.seconds))
    given = list(fleet.taken) or [0] * len(fleet.seconds)
    used = [0] * len(fleet.seconds)
    weekly = [0] * len(fleet.week_s)
    mean = (sum(trip.seconds for trip in search.trips) + sum(given)) / max(1, len(fleet.seconds))

    def trucks(seconds: int) -> int:
        return -(-seconds // fleet.shift_s)

    def cost(trip: Trip, day: int) -> float:
        if used[day] + trip.seconds > fleet.seconds[day]:
            return inf
        if weekly and weekly[fleet.weeks[day]] + trip.seconds > fleet.week_s[fleet.weeks[day]]:
            return inf
        before = given[day] + used[day]
        after = before + trip.seconds
        outings = trucks(after) - trucks(before)
        uneven = max(0.0, after - max(mean, fleet.shift_s)) / fleet.shift_s
        return trip.sums[day] + outings * fleet.outing_cents + uneven * fleet.outing_cents / 2

    def regret(trip: Trip) -> float:
        return -(sorted(trip.sums)[1] - min(trip.sums)) if len(trip.sums) > 1 else 0.0

    def settle(trip: Trip) -> None:
        trip.day = min(days, key=lambda day: (cost(trip, day), trip.sums[day]))
        count(trip, 1)

    def count(trip: Trip, sign: int) -> None:
        used[trip.day] += sign * trip.seconds
        if weekly:
            weekly[fleet.weeks[trip.day]] += sign * trip.seconds

    for trip in sorted(search.trips, key=regret):
        settle(trip)
    for trip in search.trips:
        count(trip, -1)
        settle(trip)
