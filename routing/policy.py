"""Which columns to empty today, which only in passing and at what prize, and on which day the others.

It looks two weeks ahead: from each column's outlook (`routing.risk`) it plans trips on the days of service
(`routing.campaign`), so that a column emptied early is one that lies beside a truck's way, and a truck goes
out when enough is worth it. Only today's part is acted upon; tomorrow all is planned again with what the
probes have said since. `routing.solve` then decides exactly: due columns are required, the others optional
at a prize that says what leaving them costs later. Where trucks fill up every day whatever is chosen
(`routing.worth.fills`), a prize also holds the way out of its litres, and no truck leaves for one column.

One dial, `Horizon.cents_l`: the price of a litre that finds no room; `routing.worth` sets it from a service
level. It knows no clock and no database.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from routing.campaign import Fleet, Trip, Visits, campaign, leaving
from routing.horizon import Horizon, Roads
from routing.risk import DAYS, Outlook, level_on, price_later, prices, probability_full, rate
from routing.worth import EMPTIED, carried, fills, share_of, unusable, worths

Need = Literal["due", "joined", "optional", "left"]

SURE = 0.9
"""Above this probability of being full before the next service, a column is due whatever it costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is decided for one column. `risks` are probabilities of being full before the visit of each day.

    `due`: waiting for the next service would cost more than a trip of its own, or its trip leaves for
    it first (not where trucks fill up anyway). `joined`: not urgent, cheap beside today's trips.
    `optional`: better on `day`, or later (None), yet worth `prize_cents` today. `left`: worth nothing
    today. `detour_m` is what it adds to its trip.
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


def choose(horizon: Horizon, known: Roads, seed: int = 1) -> Campaign:
    """Decide for every column. Nothing is refused silently: what cannot be judged is named."""
    refused = [(one.id, why) for one in horizon.columns if (why := unusable(one, known))]
    names = {name for name, _ in refused}
    columns = tuple(one for one in horizon.columns if one.id not in names)
    whole = replace(horizon, columns=columns)
    worth = worths(whole, known)
    loads, full = ([None] * len(columns), 1.0) if not fills(whole) else (carried(whole, known), EMPTIED)
    reach = _reach(columns)
    ahead = sum(day <= reach for day in horizon.days)
    usable = replace(
        whole,
        days=horizon.days[:ahead],
        seconds=horizon.seconds[:ahead],
        taken=horizon.taken[:ahead],
        weeks=horizon.weeks[:ahead],
    )
    span = usable.days[-1] + 1 if usable.days else 0
    visits = _visits(usable, known, worth, full)
    trips = campaign(visits, known.ground, _fleet(usable), seed)
    trip_of = {one: trip for trip in trips for one in trip.stops}
    choices = tuple(
        _choice(usable, known, visits, worth[one], one, trip_of.get(one), loads[one])
        for one in range(len(columns))
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


def _visits(horizon: Horizon, known: Roads, worth: Sequence[float], full: float) -> Visits:
    days, cents_l = horizon.days, horizon.cents_l
    service = horizon.costs.seconds_cents(horizon.costs.container_service_s)
    rows = [tuple(prices(one, days, v, cents_l, full)) for one, v in zip(horizon.columns, worth, strict=True)]
    beyond = days[-1] + 1
    later = [
        price_later(one, beyond, v, cents_l, full) - service
        for one, v in zip(horizon.columns, worth, strict=True)
    ]
    return Visits(
        spot=tuple(known.spot_of[one.place] for one in horizon.columns),
        prices=tuple(rows),
        later=tuple(later),
        share=tuple(
            tuple(share_of(horizon, one, level_on(one, day)[0]) for day in days) for one in horizon.columns
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
    horizon: Horizon,
    known: Roads,
    visits: Visits,
    worth: float,
    one: int,
    trip: Trip | None,
    load: float | None,
) -> Choice:
    column = horizon.columns[one]
    service = horizon.costs.seconds_cents(horizon.costs.container_service_s)
    today, after = horizon.days[0], (horizon.days[1] if len(horizon.days) > 1 else DAYS)
    full = 1.0 if load is None else EMPTIED
    prize = price_later(column, after, worth, horizon.cents_l, full) - visits.prices[one][0]
    if load is None and trip is not None and trip.day > 0:
        road = leaving(trip, visits, known.ground, one)
        prize = min(prize, road + service + visits.prices[one][trip.day] - visits.prices[one][0])
    need: Need = "optional" if prize > service else "left"
    if _pressing(horizon, known, visits, one):  # even when no truck has the hours: that must be said
        need = "due"
    elif trip is not None and trip.day == 0:
        # Where trucks fill up anyway, none leaves for one column's sake.
        need = "due" if load is None and _first(visits, trip) == one else "joined"
    day = today if need == "due" else horizon.days[trip.day] if trip else None
    prize += load or 0.0
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
