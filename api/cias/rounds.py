"""A day's meals as a routing problem: doors, vans, the cold room, and people who like what they are used to.

The same driver is a price (`routing.model.Habit`). The usual time is a window around it: narrow if the
whole day can still be served so, wider if not, none at last. Knows no database and no engine; solving is
the caller's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from routing.book import open_book
from routing.construct import mend
from routing.model import Clock, Habit, Matrix, Place, Plan, Problem, Seconds, Task, Vehicle
from routing.schedule import Orders

SERVICE_S = 180
"""At the door: ring, greet, put into the fridge, look how the person is. An assumption; each file may say
its own."""
COLD_RIDE_S = 4 * 3600
"""From the cold room to the door at most, in a refrigerated van: an assumption, a setting of the round."""
STRANGER_CENTS = 600
"""What it costs when another than the usual driver rings: twelve minutes of a driver, by choice."""
STEADY_S = (900, 1800, 3600)
"""How far a usual time may slip, either way: first "the usual half hour", further where somebody found no
room."""
TRIES, NEIGHBOURS = 20, 4
"""How often hours are loosened around the doors that found no room, and how many doors around each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Somebody who gets meals that day. `usual_van` and `usual_s` are what they are used to, where there is
    a habit."""

    id: str
    lat: float
    lon: float
    trays: int
    service_s: Seconds = SERVICE_S
    windows: tuple[tuple[Clock, Clock], ...] = ()
    usual_van: str | None = None
    usual_s: Clock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Van:
    """A van and its driver for a half-day, from and to places of its own (None: the cold room)."""

    id: str
    trays: int
    starts_s: Clock
    ends_s: Clock
    start: Place | None = None
    end: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is to be carried."""

    cold_room: Place
    doors: tuple[Door, ...]
    vans: tuple[Van, ...]
    cold_ride_s: Seconds = COLD_RIDE_S
    stranger_cents: int = STRANGER_CENTS


def places_of(day: Day) -> tuple[Place, ...]:
    """The cold room, the doors, and where vans start and end: what a travel matrix is asked for, in this
    order."""
    places = [day.cold_room, *(Place(id=one.id, lat=one.lat, lon=one.lon) for one in day.doors)]
    known = {one.id for one in places}
    for van in day.vans:
        for place in (van.start, van.end):
            if place is not None and place.id not in known:
                places.append(place)
                known.add(place.id)
    return tuple(places)


def problem_of(day: Day, matrix: Matrix, steady_s: Mapping[str, Seconds]) -> Problem:
    """The day as `routing` takes it; whoever is in `steady_s` is served so long before or after their usual
    time."""
    vans = {one.id for one in day.vans}
    return Problem(
        places=places_of(day),
        matrix=matrix,
        tasks=tuple(_task(one, day, steady_s.get(one.id)) for one in day.doors),
        vehicles=tuple(_vehicle(one, day.cold_room) for one in day.vans),
        habits=tuple(
            Habit(task=one.id, vehicle=one.usual_van, price_cents=day.stranger_cents)
            for one in day.doors
            if one.usual_van in vans and one.usual_van is not None
        ),
    )


def steadiest(
    day: Day, matrix: Matrix, solve: Callable[[Problem, Orders], Plan | None]
) -> tuple[Problem, Plan] | None:
    """The plan that serves everybody and keeps their drivers and hours as well as can be.

    Yesterday's rounds are taken up, who is new is put in; around each door that finds no room the nearest
    ones may slip a step further (`STEADY_S`, then at will), until all have room. `solve` goes on from
    there. Should it leave somebody out all the same, it is asked once more with no usual time held, and the
    fuller plan wins. None when no plan was found at all.
    """
    held, orders = _loosened(day, matrix)
    best: tuple[Problem, Plan] | None = None
    for hours in (held, {}) if held else ({},):
        problem = problem_of(day, matrix, hours)
        plan = solve(problem, orders)
        if plan is not None and (best is None or len(plan.unserved) < len(best[1].unserved)):
            best = problem, plan
        if plan is not None and plan.complete:
            break
    return best


def _loosened(day: Day, matrix: Matrix) -> tuple[dict[str, Seconds], Orders]:
    """How far each usual time may slip so that everybody finds room beside it, and the orders that show
    it."""
    steps = {one.id: 0 for one in day.doors if one.usual_s is not None}
    held: dict[str, Seconds] = {}
    orders: Orders = _usual_orders(day)
    hopeless: set[str] | None = None
    for _ in range(TRIES):
        held = {one: STEADY_S[step] for one, step in steps.items() if step < len(STEADY_S)}
        book = open_book(problem_of(day, matrix, held))
        orders = mend(book, _usual_orders(day), seed=1)
        served = {stop for stops in orders.values() for stop in stops}
        out = [one.id for one in day.doors if one.id not in served]
        if out and hopeless is None:
            hopeless = _hopeless(day, matrix)
        out = [one for one in out if one not in (hopeless or ())]
        if not out or not held:
            break
        for one in {near for door in out for near in _around(day, matrix, door)} & set(steps):
            steps[one] += 1
    return held, orders


def _hopeless(day: Day, matrix: Matrix) -> set[str]:
    """Who finds no room even with nobody's hour held: loosening their neighbours' would help nobody."""
    orders = mend(open_book(problem_of(day, matrix, {})), _usual_orders(day), seed=1)
    return {one.id for one in day.doors} - {stop for stops in orders.values() for stop in stops}


def _usual_orders(day: Day) -> Orders:
    orders: dict[str, list[str]] = {}
    for one in sorted(day.doors, key=lambda one: one.usual_s or 0):
        if one.usual_van is not None and one.usual_s is not None:
            orders.setdefault(one.usual_van, []).append(one.id)
    return orders


def _around(day: Day, matrix: Matrix, door: str) -> set[str]:
    """This door and its nearest ones, by the way to them."""
    rank = 1 + next(n for n, one in enumerate(day.doors) if one.id == door)
    ways = matrix.duration_s[rank]
    near = sorted(range(len(day.doors)), key=lambda n: (ways[n + 1] is None, ways[n + 1] or 0))
    return {day.doors[n].id for n in near[: NEIGHBOURS + 1]}


def usual(plan: Plan) -> dict[str, tuple[str, Clock]]:
    """Who was served by which van and when: what people get used to."""
    return {
        visit.ref: (route.vehicle, visit.start_s)
        for route in plan.routes
        for visit in route.visits
        if visit.kind == "collect"
    }


def with_usual(day: Day, known: dict[str, tuple[str, Clock]]) -> Day:
    """The same day, of people who are used to these vans and hours."""
    doors = [
        replace(one, usual_van=known[one.id][0], usual_s=known[one.id][1]) if one.id in known else one
        for one in day.doors
    ]
    return replace(day, doors=tuple(doors))


def _task(door: Door, day: Day, steady_s: Seconds | None) -> Task:
    return Task(
        id=door.id,
        place=door.id,
        deliver={"trays": door.trays},
        service_s=door.service_s,
        windows=_windows(door, steady_s),
        max_ride_s=day.cold_ride_s,
    )


def _windows(door: Door, steady_s: Seconds | None) -> tuple[tuple[Clock, Clock], ...]:
    if steady_s is None or door.usual_s is None:
        return door.windows
    first, last = max(0, door.usual_s - steady_s), door.usual_s + steady_s
    if not door.windows:
        return ((first, last),)
    both = [(max(first, one[0]), min(last, one[1])) for one in door.windows]
    kept = tuple(one for one in both if one[0] <= one[1])
    # What the person asked for stands above what they are used to.
    return kept or door.windows


def _vehicle(van: Van, cold_room: Place) -> Vehicle:
    return Vehicle(
        id=van.id,
        start=(van.start or cold_room).id,
        end=(van.end or cold_room).id,
        capacity={"trays": van.trays},
        shift_start_s=van.starts_s,
        shift_end_s=van.ends_s,
        cost_per_km_cents=45,
        cost_per_hour_cents=3000,
    )
