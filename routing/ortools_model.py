"""The problem said in OR-Tools' words: nodes, dimensions, costs, what may be dropped.

It knows how each of our rules becomes one of the routing library's; it refuses to search. Matrices
are registered, never Python callbacks (measured: 6.5 times faster). Every task is droppable at a
price: with mandatory tasks and unloading trips the library returned nothing on days that have a plan.
A rule only approximated here (a prefix is timed apart, the end of several windows) costs quality,
never correctness: what comes out is timed and judged elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ortools.constraint_solver import pywrapcp

from routing.construct import never_served
from routing.model import Problem, Vehicle
from routing.timing import Book, loads_after, opening, timed

SCALE = 1000
"""The engine counts in thousandths of a cent: metres times cents per km need no rounding."""
MAX_PENALTY = 10**14
NO_ROAD_S = 10**8
"""Longer than any horizon: the time dimension then forbids the arc."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A task, or one possible visit of an unloading site, or (stop None) a terminal."""

    place: int
    stop: str | None
    service_s: int = 0


@dataclass(frozen=True, slots=True)
class _Departure:
    """Where a vehicle is once its prefix is done: the engine plans from there on."""

    place: str
    clock_s: int
    load: Mapping[str, int]
    paused: bool


@dataclass(frozen=True, slots=True)
class Net:
    """The library's model with our names for its nodes."""

    model: Any
    manager: Any
    nodes: Sequence[_Node]
    book: Book

    def orders(self) -> dict[str, list[str]]:
        """The current solution, prefixes included; only inside a solution callback."""
        found: dict[str, list[str]] = {}
        for v, vehicle in enumerate(self.book.problem.vehicles):
            stops = list(self.book.prefixes.get(vehicle.id, ()))
            index = self.model.NextVar(self.model.Start(v)).Value()
            while not self.model.IsEnd(index):
                stop = self.nodes[self.manager.IndexToNode(index)].stop
                if stop is not None:
                    stops.append(stop)
                index = self.model.NextVar(index).Value()
            if stops:
                found[vehicle.id] = stops
        return found


def build(book: Book, *, drop_factor: int, seed: int) -> Net:
    """The whole model, ready to search. ``drop_factor`` prices a dropped required task (see ``Run``)."""
    problem = book.problem
    departures = [_departure(book, vehicle) for vehicle in problem.vehicles]
    nodes = _nodes(book, seed)
    terminals: dict[str, int] = {}
    for departure, vehicle in zip(departures, problem.vehicles, strict=True):
        for place in (departure.place, vehicle.end):
            if place not in terminals:
                terminals[place] = len(nodes)
                nodes.append(_Node(book.at[place], None))
    manager = pywrapcp.RoutingIndexManager(
        len(nodes),
        len(problem.vehicles),
        [terminals[departure.place] for departure in departures],
        [terminals[vehicle.end] for vehicle in problem.vehicles],
    )
    net = Net(pywrapcp.RoutingModel(manager), manager, nodes, book)
    _add_costs(net)
    _add_time(net, departures)
    _add_loads(net, departures)
    _add_choice(net, drop_factor)
    return net


def _departure(book: Book, vehicle: Vehicle) -> _Departure:
    """The prefix is timed without what follows: the start may turn out later, never earlier."""
    prefix = book.prefixes.get(vehicle.id, ())
    if not prefix:
        return _Departure(vehicle.start, vehicle.shift_start_s, {}, False)
    walk = timed(book, vehicle, prefix).walk
    clock = walk.begins[-1] + _service(book, prefix[-1])
    late = vehicle.pause is not None and clock - walk.start_s > vehicle.pause.latest_after_s
    if late and vehicle.pause is not None and (walk.pause_at is None or walk.pause_at == len(prefix)):
        clock += vehicle.pause.duration_s
    return _Departure(book.place_of(prefix[-1]), clock, loads_after(book, prefix)[-1], late)


def _service(book: Book, stop: str) -> int:
    return book.tasks[stop].service_s if stop in book.tasks else book.sites[stop].service_s


def _nodes(book: Book, seed: int) -> list[_Node]:
    """Tasks still to plan, shuffled by the seed (ties break by position), then unloading visits."""
    fixed = {stop for prefix in book.prefixes.values() for stop in prefix}
    tasks = [t for t in book.problem.tasks if t.id not in fixed and never_served(book, t) is None]
    Random(seed).shuffle(tasks)  # noqa: S311 - variety, nothing secret
    nodes = [_Node(book.at[task.place], task.id, task.service_s) for task in tasks]
    copies = _unloading_copies(book.problem)
    for site in book.problem.unloading_sites:
        nodes += [_Node(book.at[site.place], site.id, site.service_s)] * copies
    return nodes


def _unloading_copies(problem: Problem) -> int:
    """Trips a day may need at one site: the fullest dimension in the smallest truck, one more per truck."""
    trips = 0
    for dimension in {d for task in problem.tasks for d in task.load}:
        rooms = [vehicle.capacity.get(dimension, 0) for vehicle in problem.vehicles]
        smallest = min((room for room in rooms if room > 0), default=0)
        total = sum(task.load.get(dimension, 0) for task in problem.tasks)
        trips = max(trips, -(-total // smallest) if smallest else 0)
    return min(trips, len(problem.tasks)) + len(problem.vehicles)


def _add_costs(net: Net) -> None:
    """Distance and time on arcs; the wait, when windows can cause one, is priced in ``_add_time``."""
    known: dict[tuple[int, int], int] = {}
    matrix = net.book.problem.matrix
    for v, vehicle in enumerate(net.book.problem.vehicles):
        rates = vehicle.cost_per_km_cents, vehicle.cost_per_hour_cents
        if rates not in known:
            rows = []
            for a in net.nodes:
                metres, seconds = matrix.distance_m[a.place], matrix.duration_s[a.place]
                rows.append(
                    [
                        (metres[b.place] or 0) * rates[0]
                        + ((seconds[b.place] or 0) + a.service_s) * rates[1] * SCALE // 3600
                        for b in net.nodes
                    ]
                )
            known[rates] = net.model.RegisterTransitMatrix(rows)
        net.model.SetArcCostEvaluatorOfVehicle(known[rates], v)
        net.model.SetFixedCostOfVehicle(vehicle.fixed_cost_cents * SCALE, v)


def _add_time(net: Net, departures: Sequence[_Departure]) -> None:
    problem, model = net.book.problem, net.model
    matrix = problem.matrix.duration_s
    rows = [[_drive(matrix[a.place][b.place]) + a.service_s for b in net.nodes] for a in net.nodes]
    horizon = max(vehicle.shift_end_s for vehicle in problem.vehicles)
    model.AddDimension(model.RegisterTransitMatrix(rows), horizon, horizon, False, "time")
    time = model.GetDimensionOrDie("time")
    for i, node in enumerate(net.nodes):
        if node.stop is not None:
            _restrict(time.CumulVar(net.manager.NodeToIndex(i)), _windows(net.book, node.stop), horizon)
    may_wait = _may_wait(problem)
    visits = [net.nodes[net.manager.IndexToNode(index)].service_s for index in range(model.Size())]
    for v, departure in enumerate(departures):
        free = may_wait and problem.vehicles[v].id not in net.book.prefixes
        _add_day(net, time, v, departure, free)
        _add_pause(net, time, v, departure, visits, free)
        if may_wait:
            rate = problem.vehicles[v].cost_per_hour_cents * SCALE // 3600
            time.SetSlackCostCoefficientForVehicle(rate, v)


def _add_day(net: Net, time: Any, v: int, departure: _Departure, free: bool) -> None:
    """The shift and the longest day; only a free start may be later than the earliest."""
    vehicle = net.book.problem.vehicles[v]
    begin, end = time.CumulVar(net.model.Start(v)), time.CumulVar(net.model.End(v))
    _limit(begin, departure.clock_s, vehicle.shift_end_s if free else departure.clock_s)
    _limit(end, departure.clock_s, vehicle.shift_end_s)
    if vehicle.max_duration_s is None:
        return
    if free:
        time.SetSpanUpperBoundForVehicle(vehicle.max_duration_s, v)
    else:
        _limit(end, departure.clock_s, vehicle.shift_start_s + vehicle.max_duration_s)


def _drive(seconds: int | None) -> int:
    return NO_ROAD_S if seconds is None else seconds


def _limit(variable: Any, low: int, high: int) -> None:
    """Narrow a variable; an empty range is left to the judge rather than raised as a failure."""
    if max(low, variable.Min()) <= min(high, variable.Max()):
        variable.SetRange(max(low, variable.Min()), min(high, variable.Max()))


def _windows(book: Book, stop: str) -> Sequence[tuple[int, int]]:
    if stop in book.tasks:
        return sorted(book.tasks[stop].windows)
    window = book.sites[stop].window
    return () if window is None else (window,)


def _restrict(variable: Any, windows: Sequence[tuple[int, int]], horizon: int) -> None:
    if not windows:
        return
    _limit(variable, windows[0][0], max(last for _, last in windows))
    covered = windows[0][1]
    for first, last in windows[1:]:
        if first > covered + 1 and first <= horizon:
            variable.RemoveInterval(covered + 1, first - 1)
        covered = max(covered, last)


def _may_wait(problem: Problem) -> bool:
    """Whether any stop can still be closed once a truck is out."""
    earliest = min(vehicle.shift_start_s for vehicle in problem.vehicles)
    windows: list[Sequence[tuple[int, int]]] = [task.windows for task in problem.tasks]
    windows += [(site.window,) for site in problem.unloading_sites if site.window is not None]
    return any(opening(one, earliest) != earliest or len(one) > 1 for one in windows)


def _add_pause(net: Net, time: Any, v: int, departure: _Departure, visits: Sequence[int], free: bool) -> None:
    """Between two visits, or after the end when the route is over by then; never before the start."""
    vehicle = net.book.problem.vehicles[v]
    longest = vehicle.shift_end_s - vehicle.shift_start_s
    longest = min(longest, vehicle.max_duration_s) if vehicle.max_duration_s is not None else longest
    if vehicle.pause is None or departure.paused or longest <= vehicle.pause.latest_after_s:
        return
    solver, latest = net.model.solver(), vehicle.pause.latest_after_s
    first = departure.clock_s
    last = vehicle.shift_end_s if free else max(first, vehicle.shift_start_s + latest)
    pause = solver.FixedDurationIntervalVar(first, last, vehicle.pause.duration_s, False, f"pause{v}")
    if free:
        begin = time.CumulVar(net.model.Start(v))
        solver.Add(pause.StartExpr() >= begin)
        solver.Add(pause.StartExpr() <= begin + latest)
    time.SetBreakIntervalsOfVehicle([pause], v, list(visits))


def _add_loads(net: Net, departures: Sequence[_Departure]) -> None:
    """An unloading visit takes off a whole truck, and slack gives back what was not on board."""
    book, model = net.book, net.model
    vehicles = book.problem.vehicles
    for dimension in sorted({d for task in book.problem.tasks for d in task.load}):
        room = max(vehicle.capacity.get(dimension, 0) for vehicle in vehicles)
        changes = [_change(book, node.stop, dimension, room) for node in net.nodes]
        capacities = [vehicle.capacity.get(dimension, 0) for vehicle in vehicles]
        vector = model.RegisterUnaryTransitVector(changes)
        model.AddDimensionWithVehicleCapacity(vector, room, capacities, False, dimension)
        loads = model.GetDimensionOrDie(dimension)
        for index in range(model.Size()):
            stop = net.nodes[net.manager.IndexToNode(index)].stop
            if stop is None or stop in book.tasks:
                loads.SlackVar(index).SetValue(0)
        for v, departure in enumerate(departures):
            aboard = departure.load.get(dimension, 0)
            _limit(loads.CumulVar(model.Start(v)), aboard, aboard)
            if book.problem.end_empty:
                _limit(loads.CumulVar(model.End(v)), 0, 0)


def _change(book: Book, stop: str | None, dimension: str, room: int) -> int:
    if stop is None:
        return 0
    return book.tasks[stop].load.get(dimension, 0) if stop in book.tasks else -room


def _add_choice(net: Net, drop_factor: int) -> None:
    """What each stop costs to leave out, and who may serve it."""
    book, model = net.book, net.model
    rank = {vehicle.id: v for v, vehicle in enumerate(book.problem.vehicles)}
    penalty = min(MAX_PENALTY, drop_factor * _dearest_trip(net))
    for i, node in enumerate(net.nodes):
        if node.stop is None:
            continue
        index = net.manager.NodeToIndex(i)
        if node.stop not in book.tasks:
            model.AddDisjunction([index], 0)
            continue
        task = book.tasks[node.stop]
        model.AddDisjunction([index], penalty if task.required else task.prize_cents * SCALE)
        if len(book.allowed[task.id]) < len(rank):
            model.SetAllowedVehiclesForIndex(sorted(rank[one] for one in book.allowed[task.id]), index)
    for vehicle in book.prefixes:
        model.SetVehicleUsedWhenEmpty(True, rank[vehicle])


def _dearest_trip(net: Net) -> int:
    """Thousandths of a cent to go out to the farthest task and back, at the dearest vehicle's rates."""
    book = net.book
    trips = [1]
    for vehicle in book.problem.vehicles:
        for task in book.problem.tasks:
            legs = [book.leg(vehicle.start, task.place), book.leg(task.place, vehicle.end)]
            metres = sum(leg[0] for leg in legs if leg)
            seconds = sum(leg[1] for leg in legs if leg) + task.service_s
            cents_k = (
                metres * vehicle.cost_per_km_cents + seconds * vehicle.cost_per_hour_cents * SCALE // 3600
            )
            trips.append(cents_k + vehicle.fixed_cost_cents * SCALE)
    return max(trips)
