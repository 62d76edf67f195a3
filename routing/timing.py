"""From an order of stops to a route: times, loads, the pause, kilometres and cents.

It knows the best timing of a given order; it refuses to change the order or to add a stop. A broken
rule does not stop it (plan mode): times go on, and ``checker`` says what breaks.

A stop is served in the earliest window it can reach; with several windows per stop, waiting for a
later one is not explored. The start is as late as it can be without ending later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from routing.model import Load, Problem, Route, Task, UnloadingSite, Vehicle, Visit, Window

COST_DENOMINATOR = 18_000
"""Cents per km are thousandths per metre, cents per hour 3,600ths per second: 18,000 divides by both."""
MAX_KNOWN = 20_000
"""Timings remembered: some 60 MB on rounds of forty stops."""


@dataclass(frozen=True, slots=True)
class Book:
    """A validated problem with its look-ups; built once, never changed."""

    problem: Problem
    at: Mapping[str, int]
    tasks: Mapping[str, Task]
    sites: Mapping[str, UnloadingSite]
    vehicles: Mapping[str, Vehicle]
    prefixes: Mapping[str, tuple[str, ...]]
    allowed: Mapping[str, frozenset[str]]
    """Vehicles that may serve each task, after its own list, the pins and the prefixes."""
    dimensions: tuple[str, ...]
    """Of load, in all tasks."""
    known: dict[tuple[str, tuple[str, ...]], "Timed"] = field(default_factory=dict)
    """Timings already made: the same orders come back by the thousand. Nothing else depends on it."""

    def leg(self, origin: str, target: str) -> tuple[int, int] | None:
        """Metres and seconds from one place to another; None without a road."""
        i, j = self.at[origin], self.at[target]
        metres, seconds = self.problem.matrix.distance_m[i][j], self.problem.matrix.duration_s[i][j]
        return None if metres is None or seconds is None else (metres, seconds)

    def place_of(self, stop: str) -> str:
        """Where a task or an unloading site is."""
        return self.tasks[stop].place if stop in self.tasks else self.sites[stop].place


def open_book(problem: Problem) -> Book:
    """Index a problem that ``validate.refusals`` found nothing against."""
    everyone = frozenset(vehicle.id for vehicle in problem.vehicles)
    bound = {pin.task: frozenset((pin.vehicle,)) for pin in problem.pins}
    for prefix in problem.prefixes:
        bound |= {stop: frozenset((prefix.vehicle,)) for stop in prefix.stops}
    return Book(
        problem=problem,
        at={place.id: i for i, place in enumerate(problem.places)},
        tasks={task.id: task for task in problem.tasks},
        sites={site.id: site for site in problem.unloading_sites},
        vehicles={vehicle.id: vehicle for vehicle in problem.vehicles},
        prefixes={prefix.vehicle: prefix.stops for prefix in problem.prefixes if prefix.stops},
        allowed={
            task.id: (everyone if task.vehicles is None else frozenset(task.vehicles))
            & bound.get(task.id, everyone)
            for task in problem.tasks
        },
        dimensions=tuple(sorted({dimension for task in problem.tasks for dimension in task.load})),
    )


@dataclass(frozen=True, slots=True)
class Walk:
    """One timing of an order: arrival and service start at each stop, and where the pause fell."""

    start_s: int
    end_s: int
    arrivals: tuple[int, ...]
    begins: tuple[int, ...]
    missed: int
    pause_at: int | None
    """The pause is taken just before driving towards this stop (the number of stops: towards the end)."""

    @property
    def duration_s(self) -> int:
        """From leaving the start to reaching the end, the pause included."""
        return self.end_s - self.start_s

    @property
    def waits(self) -> bool:
        """Whether the truck stands before a closed stop."""
        return any(arrival < begin for arrival, begin in zip(self.arrivals, self.begins, strict=True))


@dataclass(frozen=True, slots=True)
class Timed:
    """An order judged from inside: enough to compare orders, turned into a Route by ``route``."""

    walk: Walk
    distance_m: int
    cost_cents: int
    feasible: bool


def opening(windows: Sequence[Window], moment: int) -> int | None:
    """The earliest service start at or after ``moment``; None when every window has closed."""
    if not windows:
        return moment
    possible = [max(moment, first) for first, last in windows if moment <= last]
    return min(possible, default=None)


def route_cost_cents(vehicle: Vehicle, distance_m: int, duration_s: int) -> int:
    """Fixed, per km and per hour, rounded once, half up."""
    variable = 18 * distance_m * vehicle.cost_per_km_cents + 5 * duration_s * vehicle.cost_per_hour_cents
    return vehicle.fixed_cost_cents + (2 * variable + COST_DENOMINATOR) // (2 * COST_DENOMINATOR)


def timed(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> Timed:
    """The best timing of this order of tasks and unloading sites, feasible or not."""
    key = vehicle.id, tuple(stops)
    if key not in book.known:
        if len(book.known) >= MAX_KNOWN:
            book.known.clear()
        book.known[key] = _timed(book, vehicle, stops)
    return book.known[key]


def _timed(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> Timed:
    places = [vehicle.start, *(book.place_of(stop) for stop in stops), vehicle.end]
    legs = [book.leg(a, b) for a, b in pairwise(places)]
    walk = _best_walk(book, vehicle, stops, [leg[1] if leg else 0 for leg in legs])
    distance = sum(leg[0] for leg in legs if leg)
    longest = vehicle.max_duration_s
    feasible = (
        None not in legs
        and walk.missed == 0
        and walk.end_s <= vehicle.shift_end_s
        and (longest is None or walk.duration_s <= longest)
        and loads_fit(book, vehicle, stops)
        and _pause_kept(book, vehicle, stops, walk)
    )
    cost = route_cost_cents(vehicle, distance, walk.duration_s)
    return Timed(walk=walk, distance_m=distance, cost_cents=cost, feasible=feasible)


def loads_after(book: Book, stops: Sequence[str]) -> list[dict[str, int]]:
    """What is on board after each stop, by dimension."""
    on_board = dict.fromkeys(book.dimensions, 0)
    after = []
    for stop in stops:
        if stop in book.tasks:
            task = book.tasks[stop]
            on_board = {d: quantity + task.load.get(d, 0) for d, quantity in on_board.items()}
        else:
            on_board = dict.fromkeys(on_board, 0)
        after.append(on_board)
    return after


def loads_fit(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> bool:
    """Whether the truck never overflows and, when asked, comes home empty."""
    after = loads_after(book, stops)
    if any(quantity > vehicle.capacity.get(d, 0) for load in after for d, quantity in load.items()):
        return False
    return not (book.problem.end_empty and after and any(after[-1].values()))


def route(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> Route:
    """The order with its best timing, visit by visit."""
    best = timed(book, vehicle, stops)
    walk, loads = best.walk, loads_after(book, stops)
    empty: Load = dict.fromkeys(loads[0], 0) if loads else {}
    visits = [_visit("start", vehicle.start, vehicle.start, walk.start_s, walk.start_s, 0, empty)]
    for i, stop in enumerate(stops):
        visits += _pause(vehicle, walk, i, visits[-1])
        service = book.tasks[stop].service_s if stop in book.tasks else book.sites[stop].service_s
        kind = "collect" if stop in book.tasks else "unload"
        place = book.place_of(stop)
        visits.append(_visit(kind, stop, place, walk.arrivals[i], walk.begins[i], service, loads[i]))
    visits += _pause(vehicle, walk, len(stops), visits[-1])
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


def _pause(vehicle: Vehicle, walk: Walk, position: int, before: Visit) -> list[Visit]:
    if walk.pause_at != position or vehicle.pause is None:
        return []
    at = before.departure_s
    return [_visit("break", before.place, before.place, at, at, vehicle.pause.duration_s, before.load)]


def _halts(book: Book, stops: Sequence[str]) -> list[tuple[int, tuple[Window, ...]]]:
    halts: list[tuple[int, tuple[Window, ...]]] = []
    for stop in stops:
        if stop in book.tasks:
            halts.append((book.tasks[stop].service_s, book.tasks[stop].windows))
        else:
            site = book.sites[stop]
            halts.append((site.service_s, () if site.window is None else (site.window,)))
    return halts


def _best_walk(book: Book, vehicle: Vehicle, stops: Sequence[str], legs: Sequence[int]) -> Walk:
    """Without a pause when none is due; else with the pause that costs least, late rather than early."""
    halts = _halts(book, stops)
    plain = _walk(vehicle, halts, legs, None)
    if vehicle.pause is None or plain.duration_s <= vehicle.pause.latest_after_s:
        return plain
    waits = plain.waits
    best: Walk | None = None
    for position in range(len(halts), -1, -1):
        if not waits and _pause_start(plain, halts, position) - plain.start_s > vehicle.pause.latest_after_s:
            continue  # the pause changes nothing before it: too late without even trying
        walk = _walk(vehicle, halts, legs, position)
        if _pause_start(walk, halts, position) - walk.start_s > vehicle.pause.latest_after_s:
            continue
        if best is None or (walk.missed, walk.duration_s) < (best.missed, best.duration_s):
            best = walk
        if not waits and walk.missed == 0:
            break  # without waiting every position costs the same: the latest is the one people want
    return best or plain


def _pause_start(walk: Walk, halts: Sequence[tuple[int, tuple[Window, ...]]], position: int) -> int:
    return walk.start_s if position == 0 else walk.begins[position - 1] + halts[position - 1][0]


def _pause_kept(book: Book, vehicle: Vehicle, stops: Sequence[str], walk: Walk) -> bool:
    if vehicle.pause is None or walk.duration_s <= vehicle.pause.latest_after_s:
        return True
    if walk.pause_at is None:
        return False
    began = _pause_start(walk, _halts(book, stops), walk.pause_at)
    return began - walk.start_s <= vehicle.pause.latest_after_s


def _walk(
    vehicle: Vehicle,
    halts: Sequence[tuple[int, tuple[Window, ...]]],
    legs: Sequence[int],
    pause_at: int | None,
) -> Walk:
    """Leave at the shift's start, then again as late as keeps the same end."""
    first = _walk_from(vehicle, halts, legs, pause_at, vehicle.shift_start_s)
    if first.missed or not first.waits:
        return first
    pause_s = vehicle.pause.duration_s if vehicle.pause else 0
    latest = first.end_s
    for i in range(len(halts), -1, -1):
        latest -= legs[i] + (pause_s if pause_at == i else 0)
        if i > 0:
            service, windows = halts[i - 1]
            latest = min(latest - service, _closing(windows, first.begins[i - 1], latest - service))
    return _walk_from(vehicle, halts, legs, pause_at, max(latest, vehicle.shift_start_s))


def _closing(windows: Sequence[Window], begin: int, otherwise: int) -> int:
    return max((last for start, last in windows if start <= begin <= last), default=otherwise)


def _walk_from(
    vehicle: Vehicle,
    halts: Sequence[tuple[int, tuple[Window, ...]]],
    legs: Sequence[int],
    pause_at: int | None,
    start: int,
) -> Walk:
    pause_s = vehicle.pause.duration_s if vehicle.pause else 0
    now, missed = start, 0
    arrivals, begins = [], []
    for i, (service, windows) in enumerate(halts):
        now += legs[i] + (pause_s if pause_at == i else 0)
        begin = opening(windows, now)
        missed += begin is None
        arrivals.append(now)
        begins.append(now if begin is None else begin)
        now = begins[-1] + service
    now += legs[len(halts)] + (pause_s if pause_at == len(halts) else 0)
    return Walk(start, now, tuple(arrivals), tuple(begins), missed, pause_at)
