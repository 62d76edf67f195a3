"""The problem said in OR-Tools' words: dimensions, costs, what may be dropped, who may go.

It knows how each of our rules becomes one of the routing library's; it refuses to search. Matrices
are registered, never Python callbacks (measured: 6.5 times faster). Every task is droppable at a
price: with mandatory tasks and unloading trips the library returned nothing on days that have a plan.
A rule only approximated here (see ``_pause``, and ``ortools_net`` for prefixes) costs quality, never
correctness: what comes out is timed and judged elsewhere.
"""

from collections.abc import Sequence
from typing import Any

from ortools.constraint_solver import pywrapcp

from routing.model import Problem, Vehicle
from routing.ortools_net import Departure, Net, Node, departure, nodes
from routing.timing import Book, opening

SCALE = 1000
"""The engine counts in thousandths of a cent: metres times cents per km need no rounding."""
MAX_PENALTY = 10**14
NO_ROAD_S = 10**8
"""Longer than any horizon: the time dimension then forbids the arc."""


def build(book: Book, *, drop_factor: int, seed: int) -> Net:
    """The whole model, ready to search. ``drop_factor`` prices a dropped required task (see ``Run``)."""
    problem = book.problem
    departures = [departure(book, vehicle) for vehicle in problem.vehicles]
    stops = nodes(book, seed)
    terminals: dict[str, int] = {}
    for begin, vehicle in zip(departures, problem.vehicles, strict=True):
        for place in (begin.place, vehicle.end):
            if place not in terminals:
                terminals[place] = len(stops)
                stops.append(Node(book.at[place], None))
    manager = pywrapcp.RoutingIndexManager(
        len(stops),
        len(problem.vehicles),
        [terminals[begin.place] for begin in departures],
        [terminals[vehicle.end] for vehicle in problem.vehicles],
    )
    net = Net(pywrapcp.RoutingModel(manager), manager, stops, book)
    _add_costs(net)
    _add_time(net, departures)
    _add_loads(net, departures)
    _add_choice(net, drop_factor)
    return net


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


def _add_time(net: Net, departures: Sequence[Departure]) -> None:
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
    for v, vehicle in enumerate(problem.vehicles):
        pause = _pause(net, v, departures[v])
        free = may_wait and not pause and vehicle.id not in net.book.prefixes
        start = (
            departures[v].clock_s if free or not may_wait else _late_start(net.book, vehicle, departures[v])
        )
        _add_day(net, time, v, start, free)
        if pause:
            visits = [net.nodes[net.manager.IndexToNode(index)].service_s for index in range(model.Size())]
            time.SetBreakIntervalsOfVehicle(pause, v, visits)
        if may_wait:
            time.SetSlackCostCoefficientForVehicle(vehicle.cost_per_hour_cents * SCALE // 3600, v)


def _add_day(net: Net, time: Any, v: int, start: int, free: bool) -> None:
    """The shift and the longest day; only a free start may be later than the earliest."""
    vehicle = net.book.problem.vehicles[v]
    begin, end = time.CumulVar(net.model.Start(v)), time.CumulVar(net.model.End(v))
    _limit(begin, start, vehicle.shift_end_s if free else start)
    _limit(end, start, vehicle.shift_end_s)
    if vehicle.max_duration_s is None:
        return
    if free:
        time.SetSpanUpperBoundForVehicle(vehicle.max_duration_s, v)
    elif vehicle.id in net.book.prefixes:
        _limit(end, start, vehicle.shift_start_s + vehicle.max_duration_s)
    else:
        _limit(end, start, start + vehicle.max_duration_s)


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


def _pause(net: Net, v: int, begin: Departure) -> list[Any]:
    """Between two visits, or after the end when the route is over by then.

    A pause bound to a start that may move (two constraints on the interval) was tried: the search
    then found next to nothing, so a vehicle with a pause leaves at one moment chosen beforehand.
    """
    vehicle = net.book.problem.vehicles[v]
    longest = vehicle.shift_end_s - vehicle.shift_start_s
    longest = min(longest, vehicle.max_duration_s) if vehicle.max_duration_s is not None else longest
    if vehicle.pause is None or begin.paused or longest <= vehicle.pause.latest_after_s:
        return []
    prefixed = vehicle.id in net.book.prefixes
    start = vehicle.shift_start_s if prefixed else _late_start(net.book, vehicle, begin)
    first = max(start, begin.clock_s)
    last = max(first, start + vehicle.pause.latest_after_s)
    interval = net.model.solver().FixedDurationIntervalVar
    return [interval(first, last, vehicle.pause.duration_s, False, f"pause{v}")]


def _late_start(book: Book, vehicle: Vehicle, begin: Departure) -> int:
    """The earliest moment worth leaving: before it, every task the vehicle may serve is still closed."""
    if vehicle.id in book.prefixes:
        return begin.clock_s
    worth = []
    for task in book.problem.tasks:
        leg = book.leg(vehicle.start, task.place)
        first = opening(task.windows, vehicle.shift_start_s)
        if leg is not None and first is not None and vehicle.id in book.allowed[task.id]:
            worth.append(first - leg[1])
    return max(vehicle.shift_start_s, min([*worth, vehicle.shift_end_s]) if worth else 0)


def _add_loads(net: Net, departures: Sequence[Departure]) -> None:
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
        for v, begin in enumerate(departures):
            aboard = begin.load.get(dimension, 0)
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
            # SetAllowedVehiclesForIndex takes no list in 9.15's Python; -1 keeps the task droppable
            model.VehicleVar(index).SetValues([-1, *sorted(rank[one] for one in book.allowed[task.id])])
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
