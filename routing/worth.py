"""What one visit is worth on average, and the price of a litre that keeps a service level.

Both are what `routing.policy` weighs a day's trips against: a visit made early is one of these spent sooner,
a visit made late risks litres at that price. It knows the map and the fleet as a whole; it chooses nothing.
"""

import itertools
from dataclasses import replace

from routing.horizon import NO_ROAD_CENTS, Horizon, Roads
from routing.risk import Outlook, cents_per_litre, level_on, rate, refusal

FULL_SHARE = 0.9
"""How full of its own volume a column is taken to be when a visit in the future is priced."""
LOCAL_RANK = 5
"""The near neighbour (0 the nearest) that a future trip likely visits too: about one column in six is."""
HALF = 0.5
"""How full the last truck of a day comes back, on average."""
MANY = 2.0
"""Loads from one day of service to the next from which trucks fill up, whichever columns they empty."""
MARGINAL = 0.5
"""The part of a visit's mean cost that one visit more adds where trucks fill up. A tour of n stops in an area
grows as the square root of n (Beardwood, Halton and Hammersley 1959): the next stop adds half the mean road.
Taken for the work on site too, which measured best."""
EMPTIED = 2 / 3
"""How full columns are emptied, as a rule, where trucks fill up: one visit's worth lasts for no more."""
DIAL, DIAL_MANY = 6.0, 20.0
"""The price of a litre per what columns looked at one by one would need: a trip that waits for all its
columns lets some of them wait longer. The second where trucks fill up. Set so that about the service asked
for is seen, on other seeds than those `make bench NAME=policy` measures, then frozen: all of them."""


def worths(horizon: Horizon, known: Roads) -> list[float]:
    """Cents of one visit of each column in a well filled trip of its own day.

    Its part of the way out and back (the part of the truck it fills), the way to a near neighbour, and the
    work on site: the continuous approximation of a delivery tour (Daganzo 1984), each term read off the map.
    Where many trucks fill up in a day, the way out goes with the litres, whenever they are fetched: a visit
    less spares none of it but for the day's last truck.
    """
    costs, cents, near = horizon.costs, known.ground.cents, known.ground.near
    used = {known.spot_of[column.place] for column in horizon.columns}
    found: dict[int, float] = {}
    unfilled, part_of = HALF / max(1.0, _loads(horizon)), MARGINAL if fills(horizon) else 1.0
    for spot in used:
        close = itertools.islice((other for other in near[spot] if other in used), LOCAL_RANK + 1)
        ways = [cents[spot][other] for other in close]
        found[spot] = ways[-1] if ways else NO_ROAD_CENTS  # nobody near: a trip of its own
    result = []
    for column in horizon.columns:
        spot = known.spot_of[column.place]
        out = cents[0][spot] + cents[spot][0] + costs.seconds_cents(costs.unload_s)
        part = min(1.0, share_of(horizon, column, FULL_SHARE * 100))
        way = min(out, unfilled * out * part + found[spot])  # a trip of its own is the most
        result.append(part_of * (way + costs.seconds_cents(costs.container_service_s)))
    return result


def fills(horizon: Horizon) -> bool:
    """Whether enough is brought for trucks to fill up on every day of service, whatever is chosen."""
    return _loads(horizon) >= MANY


def carried(horizon: Horizon, known: Roads) -> list[float]:
    """Cents of the way out that what lies in each column costs whenever it is fetched, where trucks fill up.

    Litres taken today are not carried later: by the radial bound (Haimovich and Rinnooy Kan 1985) they cost
    their part of a truck times its way out and back, all but what the day's last truck leaves empty.
    """
    cents, costs = known.ground.cents, horizon.costs
    filled = 1.0 - HALF / max(1.0, _loads(horizon))
    result = []
    for column in horizon.columns:
        spot = known.spot_of[column.place]
        out = cents[0][spot] + cents[spot][0] + costs.seconds_cents(costs.unload_s)
        result.append(filled * out * min(1.0, share_of(horizon, column, level_on(column, 0)[0])))
    return result


def for_service(horizon: Horizon, known: Roads, service: float) -> Horizon:
    """The same horizon with the dial set so that about this part of the litres finds room (0.995)."""
    sound = replace(horizon, columns=tuple(one for one in horizon.columns if unusable(one, known) is None))
    cents_l = cents_per_litre(sound.columns, worths(sound, known), service, _gap(horizon))
    return replace(horizon, cents_l=(DIAL_MANY if fills(sound) else DIAL) * cents_l)


def unusable(column: Outlook, known: Roads) -> str | None:
    """Why nothing can be decided for this column, in French, or None."""
    if column.place not in known.spot_of:
        return "le point n'est pas sur la carte des trajets"
    return refusal(column)


def share_of(horizon: Horizon, column: Outlook, percent: float) -> float:
    """The part of a truck that this level of a column fills."""
    litres = column.volume_l * max(0.0, min(100.0, percent)) / 100
    weight = litres * column.density_kg_m3 / 1000
    return max(litres / max(1, horizon.capacity_l), weight / max(1, horizon.capacity_kg))


def _gap(horizon: Horizon) -> float:
    """Days from one day of service to the next, on average."""
    days = horizon.days
    return max(1.0, (days[-1] - days[0]) / max(1, len(days) - 1)) if days else 1.0


def _loads(horizon: Horizon) -> float:
    """How many trucks what is brought from one day of service to the next fills, on average."""
    return _gap(horizon) * sum(share_of(horizon, column, rate(column)) for column in horizon.columns)
