"""The rounds of one day for `bench.policy`, the same way for every policy: prizes in, trips out.

PyVRP, prize-collecting as in the paper that the one-day policy is from, goes on from the trips of
`routing.campaign`. A trip is a vehicle, as long as a shift with its unloading, one truck full; what a visit's
prize does not pay for is left. Reproducible: so many steps, whatever the clock.
"""

import warnings
from math import ceil
from typing import Any

import numpy as np
from pyvrp import ActivityType, Client, Depot, Location, ProblemData, Route, Solution, VehicleType
from pyvrp import solve as pyvrp_solve
from pyvrp.exceptions import PenaltyBoundWarning, ScalingWarning
from pyvrp.stop import MaxIterations

from routing.campaign import Fleet, Ground, Trip, Visits, campaign
from routing.trips import Search, build

STEPS = 1000
"""Of PyVRP, on each day of each policy."""
UNIT = 10
"""Of a cent: PyVRP counts in whole numbers."""
FULL = 100_000
"""A truck's load in whole numbers; a visit's part is rounded up."""


def rounds(visits: Visits, ground: Ground, fleet: Fleet) -> list[Trip]:
    """The trips of the only day that `visits` have prices for."""
    start = campaign(visits, ground, fleet)
    data = _data(visits, ground, fleet, len(start) + 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        warnings.simplefilter("ignore", ScalingWarning)
        known = Solution(data, [Route(data, trip.stops, 0) for trip in start])
        best = pyvrp_solve(
            data, MaxIterations(STEPS), seed=1, collect_stats=False, display=False, initial_solution=known
        ).best
    if not best.is_feasible():
        return start
    search = Search(visits, ground, fleet)
    found: list[Trip] = []
    for route in best.routes():
        trip = build(search, [one.idx for one in route if one.type == ActivityType.CLIENT])
        if trip is None:  # a truck filled to the last drop, which rounding takes for more
            return start
        found.append(trip)
    return found


def _data(visits: Visits, ground: Ground, fleet: Fleet, vehicles: int) -> ProblemData:
    spots = [0, *dict.fromkeys(visits.spot)]
    rank = {spot: i for i, spot in enumerate(spots)}
    truck = VehicleType(
        num_available=vehicles,
        capacity=[FULL],
        fixed_cost=round(UNIT * fleet.trip_cents),
        shift_duration=fleet.shift_s - fleet.unload_s,
    )
    clients = [
        Client(
            location=rank[spot],
            delivery=[min(FULL, ceil(FULL * share[0]))],
            service_duration=visits.service_s,
            prize=max(0, round(UNIT * (later - prices[0]))),
            required=False,
        )
        for spot, share, later, prices in zip(
            visits.spot, visits.share, visits.later, visits.prices, strict=True
        )
    ]
    cents = np.array([[ground.cents[a][b] for b in spots] for a in spots])
    seconds: Any = np.array([[ground.seconds[a][b] for b in spots] for a in spots], dtype=np.int64)
    places = [Location(0, 0) for _ in spots]
    whole: Any = (UNIT * cents).round().astype(np.int64)  # the library's types ask for an array of no shape
    return ProblemData(places, clients, [Depot(location=0)], [truck], [whole], [seconds])
