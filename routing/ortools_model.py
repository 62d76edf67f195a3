"""The problem said in OR-Tools' words: dimensions, costs, what may be dropped, who may go.

It knows how each of our rules becomes one of the routing library's; it refuses to search. Matrices
are registered, never Python callbacks (measured: 6.5 times faster). Every task is droppable at a
price: with mandatory tasks and unloading trips the library returned nothing on days that have a plan.
A rule only approximated here (see ``_pause``, and ``ortools_net`` for prefixes) costs quality, never
correctness: what comes out is timed and judged elsewhere.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ortools.constraint_solver import pywrapcp

from routing.book import Book
from routing.model import Problem, Vehicle
from routing.ortools_net import Departure, Net, Node, departure, nodes
from routing.timing import longest_s
from routing.walk import opening

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
    known: dict[tuple[int, int, str], int] = {}
    matrix = net.book.problem.matrix
    for v, vehicle in enumerate(net.book.problem.vehicles):
        rates = vehicle.cost_per_km_cents, vehicle.cost_per_hour_cents, vehicle.id if net.book.habits else ""
        broken = [
            net.book.habits_cents(vehicle.id, (b.stop,)) * SCALE if b.stop is not None else 0
            for b in net.nodes
        ]
        if rates not in known:
            rows = []
            for a in net.nodes:
                metres, seconds = matrix.distance_m[a.place], matrix.duration_s[a.place]
                rows.append(
                    [
                        (metres[b.place] or 0) * rates[0]
                        + ((seconds[b.place] or 0) + a.service_s) * rates[1] * SCALE // 3600
                        + extra
                        for b, extra in zip(net.nodes, broken, strict=True)
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
    transit = model.RegisterTransitMatrix(rows)
    model.AddDimension(transit, horizon, horizon, False, "time")
    _add_rides(net, transit, horizon)
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
    longest = vehicle.max_duration_s + vehicle.max_overtime_s
    if vehicle.max_overtime_s:
        dearer = vehicle.overtime_per_hour_cents * SCALE // 3600
        time.SetSoftSpanUpperBoundForVehicle(pywrapcp.BoundCost(vehicle.max_duration_s, dearer), v)
    if free:
        time.SetSpanUpperBoundForVehicle(longest, v)
    elif vehicle.id in net.book.prefixes:
        _limit(end, start, vehicle.shift_start_s + longest)
    else:
        _limit(end, start, start + longest)


def _add_rides(net: Net, transit: int, horizon: int) -> None:
    """Time since the start, waiting not counted: a meal's way from the cold room, as near as it gets."""
    rides = {task.id: task.max_ride_s for task in net.book.problem.tasks if task.max_ride_s is not None}
    if not rides:
        return
    net.model.AddDimension(transit, 0, horizon, True, "ride")
    ride = net.model.GetDimensionOrDie("ride")
    for i, node in enumerate(net.nodes):
        if node.stop in rides:
            _limit(ride.CumulVar(net.manager.NodeToIndex(i)), 0, rides[node.stop])


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
    """The pauses due: between two visits, or after the end when the route is over by then.

    A pause bound to a start that may move (two constraints on the interval) was tried: the search
    then found next to nothing, so a vehicle with a pause leaves at one moment chosen beforehand.
    """
    vehicle = net.book.problem.vehicles[v]
    longest = longest_s(vehicle)
    prefixed = vehicle.id in net.book.prefixes
    start = vehicle.shift_start_s if prefixed else _late_start(net.book, vehicle, begin)
    first = max(start, begin.clock_s)
    due: list[tuple[int, int, int]] = []
    if vehicle.lunch is not None and first <= vehicle.lunch.window[1]:
        opens, closes = vehicle.lunch.window
        due.append((max(first, opens), closes, vehicle.lunch.duration_s))
    rules = [(vehicle.driving.limit_s, vehicle.driving.rest_s)] if vehicle.driving is not None else []
    if vehicle.pause is not None and not begin.paused:
        rules.append((vehicle.pause.latest_after_s, vehicle.pause.duration_s))
    for after, lasts in rules:
        last = max(first, start + after)
        if longest > after and not any(late <= last and long >= lasts for _, late, long in due):
            due.append((first, last, lasts))
    interval = net.model.solver().FixedDurationIntervalVar
    return [interval(*one, False, f"pause{v}.{i}") for i, one in enumerate(due)]


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
    for dimension in book.dimensions:
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
            room_here = vehicles[v].capacity.get(dimension, 0)
            _limit(loads.CumulVar(model.Start(v)), aboard, room_here if book.delivers else aboard)
            if book.problem.end_empty:
                _limit(loads.CumulVar(model.End(v)), 0, 0)


def _change(book: Book, stop: str | None, dimension: str, room: int) -> int:
    if stop is None:
        return 0
    return book.takes[stop][dimension] if stop in book.tasks else -room


def _add_choice(net: Net, drop_factor: int) -> None:
    """What each stop costs to leave out, and who may serve it."""
    book, model = net.book, net.model
    rank = {vehicle.id: v for v, vehicle in enumerate(book.problem.vehicles)}
    penalty = min(MAX_PENALTY, drop_factor * _dearest_trip(net))
    grouped: dict[str, tuple[int, list[int]]] = {}
    for i, node in enumerate(net.nodes):
        if node.stop is None:
            continue
        index = net.manager.NodeToIndex(i)
        if node.stop not in book.tasks:
            model.AddDisjunction([index], 0)
            continue
        task = book.tasks[node.stop]
        worth = book.worth(task.id)
        price = penalty if worth is None else worth * SCALE
        group = book.group_of.get(task.id)
        if group is None:
            model.AddDisjunction([index], price)
        else:
            grouped.setdefault(group.id, (price, []))[1].append(index)
        if len(book.allowed[task.id]) < len(rank):
            # SetAllowedVehiclesForIndex takes no list in 9.15's Python; -1 keeps the task droppable
            model.VehicleVar(index).SetValues([-1, *sorted(rank[one] for one in book.allowed[task.id])])
    for price, indices in grouped.values():
        model.AddDisjunction(indices, price, 1)
    for vehicle in book.prefixes:
        model.SetVehicleUsedWhenEmpty(True, rank[vehicle])
    _add_pairs(net)


def _add_pairs(net: Net) -> None:
    """Both ends of a shipment: one vehicle, the pickup first, or neither; then the dispatcher's orders."""
    at = {node.stop: net.manager.NodeToIndex(i) for i, node in enumerate(net.nodes) if node.stop is not None}
    solver, time = net.model.solver(), net.model.GetDimensionOrDie("time")
    for one in net.book.problem.shipments:
        if one.pickup not in at or one.delivery not in at:
            continue
        first, last = at[one.pickup], at[one.delivery]
        net.model.AddPickupAndDelivery(first, last)
        solver.Add(net.model.VehicleVar(first) == net.model.VehicleVar(last))
        solver.Add(net.model.ActiveVar(first) == net.model.ActiveVar(last))
        solver.Add(time.CumulVar(first) <= time.CumulVar(last))
    for line in net.book.problem.successions:
        free = [at[task] for task in line.tasks if task in at]
        for first, last in pairwise(free):
            _add_after(net, time, first, last)


def _add_after(net: Net, time: Any, first: int, last: int) -> None:
    """Where both are served, one after the other; at the same moment the order is dealt afterwards."""
    model, end = net.model, time.CumulVar(net.model.End(0)).Max()
    both = model.ActiveVar(first) + model.ActiveVar(last)
    model.solver().Add(time.CumulVar(first) <= time.CumulVar(last) + (2 - both) * end)


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
