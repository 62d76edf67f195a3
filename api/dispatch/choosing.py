"""Which columns a day's round must, may or need not empty, by their risks. Pure: rows in, decisions out.

Puts what the database knows into `routing.policy`'s terms and its answer back into stops, each with its
sentence. `api.dispatch.selection` keeps the facts (a column planned already, a level unknown, a column
full); the policy decides about all others. Sentences are in French, for the dispatcher and the driver.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from math import sqrt
from statistics import median

from api.dispatch.planning import FLOWN, OUTING_CENTS, Site, Truck, rig_of
from api.dispatch.selection import (
    Column,
    LeftAlone,
    Lift,
    Need,
    Selection,
    Stop,
    judge,
    left_alone,
    stop_of,
)
from api.french import NBSP, PARIS, day, number
from routing.curve import Point, curve
from routing.horizon import Costs, Horizon, Roads, roads
from routing.model import Place
from routing.policy import Choice, choose
from routing.risk import DAYS, Outlook
from routing.travel import TravelTimes
from routing.worth import for_service

SERVICES = (0.95, 0.98, 0.99, 0.995, 0.999)
"""The positions of the dial that the form offers."""
COSTS = Costs(outing_cents=OUTING_CENTS)
DOUBT = {"ok": 3.0, "noisy": 6.0}
"""Standard deviation of the level by quality of the probe, in points; `UNTRUSTED` for any other."""
UNTRUSTED = 15.0
SCATTER = 4.0
"""Variance that a day adds around the usual filling, points squared; an assumption until forecasts come."""
PACE_DOUBT = 0.25
"""How far off the usual pace may be, as a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the policy is asked for one stream and day."""

    horizon: Horizon
    roads: Roads
    service_day: date
    source: str = ""
    """What computed distances and times."""


def ask(
    columns: Sequence[Column],
    trucks: Sequence[Truck],
    sites: Sequence[Site],
    service_day: date,
    now: datetime,
    travel: TravelTimes = FLOWN,
) -> Asked:
    """Put the columns that can be judged, the trucks and the coming days of service together."""
    judged = [one for one in columns if one.fill_percent is not None and not one.planned]
    paces = [one.rate_percent_per_day for one in judged if one.rate_percent_per_day]
    usual = median(paces) if paces else 2.0
    days = tuple(k for k in range(DAYS) if k == 0 or (service_day + timedelta(days=k)).weekday() < 5)
    hub = _hub(trucks, sites)
    points = {one.point_code: Place(id=one.point_code, lat=one.lat, lon=one.lon) for one in judged}
    places = [hub, *points.values()]
    horizon = Horizon(
        columns=tuple(_outlook(one, service_day, now, usual) for one in judged),
        days=days,
        seconds=(sum(truck.shift_s - truck.break_s for truck in trucks),) * len(days),
        shift_s=max((truck.shift_s - truck.break_s for truck in trucks), default=0),
        capacity_l=max((truck.capacity_l for truck in trucks), default=1),
        capacity_kg=max((truck.capacity_kg for truck in trucks), default=1),
        costs=replace(COSTS, unload_s=sites[0].service_s if sites else COSTS.unload_s),
    )
    names = [place.id for place in places]
    matrix = travel.travel(places, rig_of(trucks)).matrix
    return Asked(
        horizon=horizon,
        roads=roads(names, matrix, hub.id, horizon.costs),
        service_day=service_day,
        source=matrix.source,
    )


def select(
    columns: Sequence[Column],
    asked: Asked,
    now: datetime,
    service: float,
    kept: frozenset[int] = frozenset(),
) -> Selection:
    """Sort the columns of a stream into stops to plan and columns left alone; people ask for `kept`."""
    found = choose(for_service(asked.horizon, asked.roads, service), asked.roads)
    choices = {int(choice.column): choice for choice in found.choices}
    lifts: dict[str, list[tuple[Column, Lift]]] = defaultdict(list)
    left: list[LeftAlone] = []
    prizes: dict[int, int] = {}
    for column in columns:
        lift = _decided(column, judge(column, asked.service_day, now), choices.get(column.id), asked)
        if column.id in kept and lift.need != "required" and not column.planned:
            lift = replace(lift, need="required", why=f"{lift.why.rstrip('.')}, gardée à la demande.")
        if lift.need == "left":
            left.append(left_alone(column, lift))
        else:
            lifts[column.point_code].append((column, lift))
            prizes[column.id] = choices[column.id].prize_cents if column.id in choices else 0
    stops = (_stop(pairs, prizes) for pairs in lifts.values())
    return Selection(tuple(stops), tuple(left))


def expected(asked: Asked, services: Sequence[float] = SERVICES) -> tuple[Point, ...]:
    """What each position of the dial is expected to cost in the coming days."""
    return curve(asked.horizon, asked.roads, services)


def _stop(pairs: Sequence[tuple[Column, Lift]], prizes: Mapping[int, int]) -> Stop:
    stop = stop_of(pairs[0][0], [lift for _, lift in pairs])
    return replace(stop, prize_cents=sum(prizes[lift.container_id] for lift in stop.lifts))


def _hub(trucks: Iterable[Truck], sites: Iterable[Site]) -> Place:
    """Where trips begin and end, for deciding when: the unloading site, else the depot."""
    for lat, lon in (*((one.lat, one.lon) for one in sites), *((one.lat, one.lon) for one in trucks)):
        return Place(id="hub", lat=lat, lon=lon)
    return Place(id="hub", lat=0.0, lon=0.0)


def _outlook(column: Column, service_day: date, now: datetime, usual: float) -> Outlook:
    """The level on the morning of the day and at the end of each of the next, unclipped."""
    pace = usual if column.rate_percent_per_day is None else max(0.0, column.rate_percent_per_day)
    unsure = pace * (PACE_DOUBT if column.rate_percent_per_day is not None else 1.0)
    start, since = _start(column, now)
    morning = max(now, datetime.combine(service_day, time(), PARIS))
    doubt = DOUBT.get(column.quality, UNTRUSTED)
    mean, sd = [], []
    for step in range(DAYS + 1):
        at = datetime.combine(service_day + timedelta(days=step), time(), PARIS) if step else morning
        known = _foreseen(column, at)
        if known is not None:
            mean.append(known[0])
            sd.append(known[1])
            continue
        gone = max(0.0, (at - since).total_seconds() / 86_400)
        mean.append(start + pace * gone)
        sd.append(sqrt(doubt**2 + SCATTER * gone + (unsure * gone) ** 2))
    return Outlook(
        id=str(column.id),
        place=column.point_code,
        volume_l=column.volume_l,
        density_kg_m3=column.density_kg_m3,
        mean=tuple(mean),
        sd=tuple(sd),
    )


def _foreseen(column: Column, at: datetime) -> tuple[float, float] | None:
    """The worker's forecast at an instant, on from its last day at its mean pace; None before its first."""
    if not column.ends or not column.mean or not column.sd or at < column.ends[0]:
        return None
    known = list(zip(column.ends, column.mean, column.sd, strict=True))
    for (a, mean_a, sd_a), (b, mean_b, sd_b) in pairwise(known):
        if at <= b:
            part = (at - a) / (b - a)
            return mean_a + (mean_b - mean_a) * part, sd_a + (sd_b - sd_a) * part
    (first, mean_first, _), (last, mean_last, sd_last) = known[0], known[-1]
    more = (at - last) / (last - first) if last > first else 0.0
    return mean_last + (mean_last - mean_first) * more, sd_last


def _start(column: Column, now: datetime) -> tuple[float, datetime]:
    """The last credible level and when; a full column goes on from the hour it was full."""
    if column.full_at is not None and column.full_at <= now:
        return 100.0, column.full_at
    return column.fill_percent or 0.0, column.measured_at or now


def _decided(column: Column, fact: Lift, choice: Choice | None, asked: Asked) -> Lift:
    """The facts win: planned, unknown or full already; the policy decides the rest, and says why."""
    if choice is None or (fact.need == "required" and fact.why.startswith("Pleine")):
        return fact
    level, after = f"À {choice.level:.0f}{NBSP}%", _day_of(asked, 1)
    risk = f"{percent(choice.risk_next)} de risque de déborder d'ici {after}"
    if choice.need == "due":
        if fact.need == "required":
            why = f"{fact.why.rstrip('.')} ({risk})."
        elif choice.risk_next < 0.01:
            why = f"{level}, la plus pressée d'une tournée qui vaut mieux aujourd'hui que plus tard ({risk})."
        else:
            why = f"{level}, {risk}."
        return replace(fact, need="required", why=why)
    if choice.need == "joined":
        others = f"{choice.mates} autre{'s' if choice.mates > 1 else ''}"
        return replace(fact, need="optional", why=f"{level}, regroupée avec {others} ({risk}).")
    if fact.need == "left":
        return fact
    planned = f", mieux vaut {_named(asked, choice.day)}" if choice.day else ", peut attendre"
    if choice.day and choice.crowded:
        planned = f", prévue {_named(asked, choice.day)}, quand les équipes ont des heures"
    need: Need = "optional" if choice.need == "optional" else "left"
    return replace(fact, need=need, why=f"{level}{planned} ({risk}).")


def _day_of(asked: Asked, number_of: int) -> str:
    days = asked.horizon.days
    return _named(asked, days[number_of] if len(days) > number_of else DAYS)


def _named(asked: Asked, offset: int) -> str:
    return day(asked.service_day + timedelta(days=offset))


def percent(probability: float) -> str:
    """Write a probability as people read it: « 63 % », « 0,4 % », « moins de 0,1 % »."""
    value = 100 * probability
    if value < 0.1:
        return f"moins de 0,1{NBSP}%"
    return f"{number(value, 0 if value >= 1 else 1)}{NBSP}%"
