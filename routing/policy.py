"""Which columns to empty today, which only in passing and at what prize, and on which day the others.

It looks two weeks ahead: from each column's outlook (`routing.risk`) it plans trips on the days of service
(`routing.campaign`), so that a column emptied early is one that lies beside a truck's way, and a truck goes
out when enough is worth it. Only today's part is acted upon; tomorrow all is planned again with what the
probes have said since. `routing.solve` then decides exactly: due columns are required, the others optional
at a prize that says what leaving them costs later.

One dial, `Horizon.cents_l`: the price of a litre that finds no room; `for_service` sets it from a service
level. Distances come in as a matrix, days as offsets from today; it knows no clock and no database.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from routing.campaign import Fleet, Ground, Trip, Visits, campaign, leaving
from routing.model import CONTAINER_SERVICE_S, SITE_SERVICE_S, Matrix
from routing.risk import (
    DAYS,
    Outlook,
    cents_per_litre,
    level_on,
    price_later,
    prices,
    probability_full,
    rate,
    refusal,
)

Need = Literal["due", "joined", "optional", "left"]

FULL_SHARE = 0.9
"""How full of its own volume a column is taken to be when a visit in the future is priced."""
LOCAL_RANK = 5
"""The near neighbour (0 the nearest) that a future trip likely visits too: about one column in six is."""
HALF = 0.5
"""How full the last truck of a day comes back, on average."""
DIAL = 6.0
"""The price of a litre per what columns looked at one by one would need: a trip that waits for all its
columns lets some of them wait longer. Set so that about the service asked for is seen, on other seeds than
those `make bench NAME=policy` measures, then frozen."""
SURE = 0.9
"""Above this probability of being full before the next service, a column is due whatever it costs."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is decided for one column. `risks` are probabilities of being full before the visit of each day.

    `due`: waiting for the next service would cost more than a trip of its own, or its trip leaves for
    it first. `joined`: not urgent, cheap beside today's trips. `optional`: better on `day`, or later (None),
    yet worth `prize_cents` today. `left`: worth nothing today. `detour_m` is what it adds to its trip.
    """

    column: str
    need: Need
    day: int | None
    prize_cents: int
    level: float
    risk_today: float
    risk_next: float
    detour_m: int
    mates: int
    """Other columns in its trip."""
    crowded: bool = False
    """Its trip would be cheaper on another day, but for the crews' hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """The choices, in the order of the columns, and what the coming days look like."""

    choices: tuple[Choice, ...]
    metres: tuple[int, ...]
    seconds: tuple[int, ...]
    days: int
    """How many days ahead were planned."""
    refused: tuple[tuple[str, str], ...] = ()
    """Columns without a usable outlook, each with why, in French."""


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
    unfilled = HALF / max(1.0, _loads(horizon))
    for spot in used:
        close = itertools.islice((other for other in near[spot] if other in used), LOCAL_RANK + 1)
        ways = [cents[spot][other] for other in close]
        found[spot] = ways[-1] if ways else NO_ROAD_CENTS  # nobody near: a trip of its own
    result = []
    for column in horizon.columns:
        spot = known.spot_of[column.place]
        out = cents[0][spot] + cents[spot][0] + costs.seconds_cents(costs.unload_s)
        part = min(1.0, _share(horizon, column, FULL_SHARE * 100))
        way = min(out, unfilled * out * part + found[spot])  # a trip of its own is the most
        result.append(way + costs.seconds_cents(costs.container_service_s))
    return result


def for_service(horizon: Horizon, known: Roads, service: float) -> Horizon:
    """The same horizon with the dial set so that about this part of the litres finds room (0.995)."""
    sound = [one for one in horizon.columns if refusal(one) is None and one.place in known.spot_of]
    usable = replace(horizon, columns=tuple(sound))
    cents_l = cents_per_litre(sound, worths(usable, known), service, _gap(horizon))
    return replace(horizon, cents_l=DIAL * cents_l)


def choose(horizon: Horizon, known: Roads, seed: int = 1) -> Campaign:
    """Decide for every column. Nothing is refused silently: what cannot be judged is named."""
    refused = [(one.id, why) for one in horizon.columns if (why := _unusable(one, known))]
    names = {name for name, _ in refused}
    columns = tuple(one for one in horizon.columns if one.id not in names)
    reach = _reach(columns)
    ahead = sum(day <= reach for day in horizon.days)
    usable = replace(
        horizon,
        columns=columns,
        days=horizon.days[:ahead],
        seconds=horizon.seconds[:ahead],
        taken=horizon.taken[:ahead],
        weeks=horizon.weeks[:ahead],
    )
    span = usable.days[-1] + 1 if usable.days else 0
    worth = worths(usable, known)
    visits = _visits(usable, known, worth)
    trips = campaign(visits, known.ground, _fleet(usable), seed)
    trip_of = {one: trip for trip in trips for one in trip.stops}
    choices = tuple(
        _choice(usable, known, visits, worth[one], one, trip_of.get(one)) for one in range(len(columns))
    )
    metres, seconds = [0] * len(horizon.days), [0] * len(horizon.days)
    for trip in trips:
        spots = [0, *(visits.spot[one] for one in trip.stops), 0]
        metres[trip.day] += sum(known.metres[a][b] for a, b in itertools.pairwise(spots))
        seconds[trip.day] += trip.seconds
    return Campaign(
        choices=choices, metres=tuple(metres), seconds=tuple(seconds), refused=tuple(refused), days=span
    )


def _reach(columns: Sequence[Outlook]) -> float:
    """How many days ahead to plan: what fills in a week needs no fortnight, and shorter is quicker."""
    spans = sorted(100.0 / rate(one) for one in columns)
    return max(3.0, min(float(DAYS), 0.75 * spans[len(spans) // 2])) if spans else float(DAYS)


def _gap(horizon: Horizon) -> float:
    """Days from one day of service to the next, on average."""
    days = horizon.days
    return max(1.0, (days[-1] - days[0]) / max(1, len(days) - 1)) if days else 1.0


def _loads(horizon: Horizon) -> float:
    """How many trucks what is brought from one day of service to the next fills, on average."""
    return _gap(horizon) * sum(_share(horizon, column, rate(column)) for column in horizon.columns)


def _unusable(column: Outlook, known: Roads) -> str | None:
    if column.place not in known.spot_of:
        return "le point n'est pas sur la carte des trajets"
    return refusal(column)


def _share(horizon: Horizon, column: Outlook, percent: float) -> float:
    """The part of a truck that this level of a column fills."""
    litres = column.volume_l * max(0.0, min(100.0, percent)) / 100
    weight = litres * column.density_kg_m3 / 1000
    return max(litres / max(1, horizon.capacity_l), weight / max(1, horizon.capacity_kg))


def _visits(horizon: Horizon, known: Roads, worth: Sequence[float]) -> Visits:
    days, cents_l = horizon.days, horizon.cents_l
    service = horizon.costs.seconds_cents(horizon.costs.container_service_s)
    rows = [tuple(prices(one, days, v, cents_l)) for one, v in zip(horizon.columns, worth, strict=True)]
    beyond = days[-1] + 1
    later = [
        price_later(one, beyond, v, cents_l) - service for one, v in zip(horizon.columns, worth, strict=True)
    ]
    return Visits(
        spot=tuple(known.spot_of[one.place] for one in horizon.columns),
        prices=tuple(rows),
        later=tuple(later),
        share=tuple(
            tuple(_share(horizon, one, level_on(one, day)[0]) for day in days) for one in horizon.columns
        ),
        service_s=horizon.costs.container_service_s,
    )


def _fleet(horizon: Horizon) -> Fleet:
    costs = horizon.costs
    return Fleet(
        seconds=horizon.seconds,
        shift_s=horizon.shift_s,
        unload_s=costs.unload_s,
        trip_cents=costs.seconds_cents(costs.unload_s),
        outing_cents=costs.outing_cents,
        taken=horizon.taken,
        weeks=horizon.weeks,
        week_s=horizon.week_s,
    )


def _choice(
    horizon: Horizon, known: Roads, visits: Visits, worth: float, one: int, trip: Trip | None
) -> Choice:
    column, row = horizon.columns[one], visits.prices[one]
    service = horizon.costs.seconds_cents(horizon.costs.container_service_s)
    today, after = horizon.days[0], (horizon.days[1] if len(horizon.days) > 1 else DAYS)
    later = price_later(column, after, worth, horizon.cents_l)
    road = leaving(trip, visits, known.ground, one) if trip else 0.0
    if trip is not None and trip.day > 0:
        later = min(later, road + service + row[trip.day])
    prize = later - row[0]
    need: Need = "optional" if prize > service else "left"
    if _pressing(horizon, known, visits, one):  # even when no truck has the hours: that must be said
        need = "due"
    elif trip is not None and trip.day == 0:
        need = "due" if _first(visits, trip) == one else "joined"
    day = today if need == "due" else horizon.days[trip.day] if trip else None
    return Choice(
        column=column.id,
        need=need,
        day=day,
        prize_cents=max(0, min(10**7, round(prize))),
        level=column.mean[0],
        risk_today=probability_full(column, today),
        risk_next=probability_full(column, after),
        detour_m=_detour_m(known, visits, trip, one) if trip else 0,
        mates=len(trip.stops) - 1 if trip else 0,
        crowded=trip is not None and trip.sums[trip.day] > min(trip.sums),
    )


def _pressing(horizon: Horizon, known: Roads, visits: Visits, one: int) -> bool:
    """Whether it is all but sure to overflow by the next service, or waiting costs a trip of its own."""
    spot, costs = visits.spot[one], horizon.costs
    own = known.ground.cents[0][spot] + known.ground.cents[spot][0] + costs.seconds_cents(costs.unload_s)
    after = horizon.days[1] if len(horizon.days) > 1 else DAYS
    if probability_full(horizon.columns[one], after) >= SURE:
        return True
    return _lost_by_waiting(visits, one) >= own


def _first(visits: Visits, trip: Trip) -> int:
    """The column that its trip leaves for: the one that loses most by waiting."""
    return max(trip.stops, key=lambda one: _lost_by_waiting(visits, one))


def _lost_by_waiting(visits: Visits, one: int) -> float:
    row = visits.prices[one]
    return (row[1] if len(row) > 1 else visits.later[one]) - row[0]


def _detour_m(known: Roads, visits: Visits, trip: Trip, one: int) -> int:
    at = trip.stops.index(one)
    here = visits.spot[one]
    before = visits.spot[trip.stops[at - 1]] if at else 0
    after = visits.spot[trip.stops[at + 1]] if at + 1 < len(trip.stops) else 0
    return max(0, known.metres[before][here] + known.metres[here][after] - known.metres[before][after])
