"""From an order of stops to a route: times, loads, pauses, kilometres and cents.

It knows the best timing of a given order; it refuses to change the order or to add a stop. A broken
rule does not stop it (plan mode): times go on, and ``checker`` says what breaks.

A stop is served in the earliest window it can reach; with several windows per stop, waiting for a
later one is not explored. The start is as late as it can be without ending later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing.book import Book
from routing.loads import loads_along, loads_fit
from routing.model import Load, Route, Vehicle, Visit
from routing.walk import Halt, Walk, best_walk, pauses_kept

COST_DENOMINATOR = 18_000
"""Cents per km are thousandths per metre, cents per hour 3,600ths per second: 18,000 divides by both."""
MAX_KNOWN = 20_000
"""Timings remembered: some 60 MB on rounds of forty stops."""
FAR_S = 10**9
"""More than any time there is."""


@dataclass(frozen=True, slots=True)
class Timed:
    """An order judged from inside: enough to compare orders, turned into a Route by ``route``."""

    walk: Walk
    distance_m: int
    cost_cents: int
    habits_cents: int
    feasible: bool

    @property
    def price_cents(self) -> int:
        """What orders are compared by: the route's cost and the habits it breaks."""
        return self.cost_cents + self.habits_cents


def route_cost_cents(vehicle: Vehicle, distance_m: int, duration_s: int) -> int:
    """Fixed, per km, per hour and per hour of overtime, rounded once, half up."""
    variable = 18 * distance_m * vehicle.cost_per_km_cents + 5 * duration_s * vehicle.cost_per_hour_cents
    if vehicle.max_duration_s is not None:
        variable += 5 * max(0, duration_s - vehicle.max_duration_s) * vehicle.overtime_per_hour_cents
    return vehicle.fixed_cost_cents + (2 * variable + COST_DENOMINATOR) // (2 * COST_DENOMINATOR)


def timed(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> Timed:
    """The best timing of this order of tasks and unloading sites, feasible or not."""
    key = vehicle.id, tuple(stops)
    if key not in book.known:
        if len(book.known) >= MAX_KNOWN:
            book.known.clear()
        book.known[key] = _timed(book, vehicle, stops)
    return book.known[key]


def longest_s(vehicle: Vehicle) -> int:
    """The longest route, overtime included."""
    shift = vehicle.shift_end_s - vehicle.shift_start_s
    if vehicle.max_duration_s is None:
        return shift
    return min(shift, vehicle.max_duration_s + vehicle.max_overtime_s)


def _timed(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> Timed:
    places = [vehicle.start, *(book.place_of(stop) for stop in stops), vehicle.end]
    legs = [book.leg(a, b) for a, b in pairwise(places)]
    driving = [leg[1] if leg else 0 for leg in legs]
    halts, earliest = _halts(book, vehicle, stops)
    walk = best_walk(vehicle, halts, driving, earliest)
    distance = sum(leg[0] for leg in legs if leg)
    feasible = (
        None not in legs
        and walk.missed == 0
        and walk.end_s <= vehicle.shift_end_s
        and walk.duration_s <= longest_s(vehicle)
        and loads_fit(book, vehicle, stops)
        and pauses_kept(vehicle, driving, walk)
        and _rides_kept(book, stops, walk)
    )
    return Timed(
        walk=walk,
        distance_m=distance,
        cost_cents=route_cost_cents(vehicle, distance, walk.duration_s),
        habits_cents=book.habits_cents(vehicle.id, stops),
        feasible=feasible,
    )


def _halts(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> tuple[list[Halt], int]:
    """How long and when each stop; and the earliest start. A trip waits for what it has to deliver."""
    halts: list[Halt] = []
    ready = 0
    for stop in reversed(stops):
        task = book.tasks.get(stop)
        if task is not None:
            ready = max(ready, task.release_s)
            halts.append((task.service_s, task.windows))
            continue
        site = book.sites[stop]
        windows = () if site.window is None else (site.window,)
        if ready > 0:
            first, last = site.window or (0, FAR_S)
            windows = ((max(first, ready - site.service_s), last),)
            ready = 0
        halts.append((site.service_s, windows))
    halts.reverse()
    return halts, max(vehicle.shift_start_s, ready)


def _rides_kept(book: Book, stops: Sequence[str], walk: Walk) -> bool:
    left = walk.start_s
    for stop, begin in zip(stops, walk.begins, strict=True):
        task = book.tasks.get(stop)
        if task is None:
            left = begin + book.sites[stop].service_s
        elif task.max_ride_s is not None and begin - left > task.max_ride_s:
            return False
    return True


def route(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> Route:
    """The order with its best timing, visit by visit."""
    best = timed(book, vehicle, stops)
    walk, loads = best.walk, loads_along(book, vehicle, stops)
    visits = [_visit("start", vehicle.start, vehicle.start, walk.start_s, walk.start_s, 0, loads[0])]
    for i, stop in enumerate(stops):
        visits += _pauses(walk, i, visits[-1])
        service = book.tasks[stop].service_s if stop in book.tasks else book.sites[stop].service_s
        kind = "collect" if stop in book.tasks else "unload"
        place = book.place_of(stop)
        visits.append(_visit(kind, stop, place, walk.arrivals[i], walk.begins[i], service, loads[i + 1]))
    visits += _pauses(walk, len(stops), visits[-1])
    visits.append(_visit("end", vehicle.end, vehicle.end, walk.end_s, walk.end_s, 0, visits[-1].load))
    return Route(
        vehicle=vehicle.id,
        visits=tuple(visits),
        distance_m=best.distance_m,
        duration_s=walk.duration_s,
        cost_cents=best.cost_cents,
    )


def _visit(kind: str, ref: str, place: str, arrival: int, start: int, service: int, load: Load) -> Visit:
    return Visit(
        kind=kind,  # type: ignore[arg-type]
        ref=ref,
        place=place,
        arrival_s=arrival,
        start_s=start,
        departure_s=start + service,
        load=load,
    )


def _pauses(walk: Walk, position: int, before: Visit) -> list[Visit]:
    found: list[Visit] = []
    now = before.departure_s
    for pause in walk.pauses:
        if pause.position == position:
            found.append(
                _visit("break", before.place, before.place, now, pause.begin_s, pause.duration_s, before.load)
            )
            now = found[-1].departure_s
    return found
