"""The problem said in PyVRP's words, and its solutions said back in ours.

It knows how each of our rules becomes one of the library's; it refuses to search. With ``pyvrp_places``,
``pyvrp_pool`` and ``pyvrp_engine`` it alone imports the library. Everything is whole: a unit of PyVRP's cost
is 1/18,000 cent times what all rates have in common. What is only approximated here (see
``engines.EXPRESSES``) costs quality, never correctness: orders are mended, timed and judged elsewhere.

- A way home passes by the cheapest unloading site when trucks must come home empty: the arc from a
  task to the end holds that detour; other visits to sites are the library's reload depots.
- Who may serve what is a load nobody else has room for: one dimension for each distinct set of trucks.
- Several windows are as many clients of one group; a missing road takes longer than the day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd
from typing import Any

from pyvrp import (
    Activity,
    ActivityType,
    Client,
    ClientGroup,
    Location,
    ProblemData,
    Shipment,
    VehicleType,
)

from routing.alone import never_served
from routing.book import NO_ROAD_S, Book
from routing.insertion import nearest_site
from routing.loads import loads_along
from routing.model import Task, Vehicle
from routing.ortools_net import Departure
from routing.pyvrp_places import Costs, Places
from routing.schedule import Orders
from routing.timing import longest_s

MAX_RELOADS = 30
ALWAYS_S = 2**40
"""The end of a window that never closes."""
MAX_COST = 10**13
"""The library's own limit for one arc is 2**44: beyond it, costs are rounded to coarser units."""
DROP_TRIPS = 20
"""A required task left out costs so many times the dearest way out and back, when it may be left out."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The library's data with our names for its parts."""

    data: Any
    book: Book
    clients: Sequence[str]
    shipments: Sequence[tuple[str, str]]
    sites: Sequence[str]
    """By depot number; "" for a terminal."""
    fleet: Sequence[tuple[str, ...]]
    """By vehicle type: the vehicles that are that type."""
    second_cost: float
    """Cost of a second on the road, for penalties and neighbourhoods."""


def build(book: Book, *, droppable: bool = False) -> Scene:
    """The whole problem, prefixes cut off: their vehicles start where the prefix ends.

    With ``droppable`` a required task may be left out, at a price no detour reaches.
    """
    problem = book.problem
    costs = Costs(_common_unit(book))
    fixed = {stop for prefix in book.prefixes.values() for stop in prefix}
    todo = [t for t in problem.tasks if t.id not in fixed and never_served(book, t) is None]
    done_groups = {book.group_of[stop].id for stop in fixed if stop in book.group_of}
    todo = [t for t in todo if t.id not in book.group_of or book.group_of[t.id].id not in done_groups]
    todo = [t for t in todo if _windows(t)]
    places = Places(book, todo)
    limits = _limits(book, todo)
    drop = costs.cents(_dearest_trip_cents(book) * DROP_TRIPS) if droppable else None
    clients, names, groups = _clients(book, todo, places, limits, costs, drop)
    types, fleet, profiles = _fleet(book, places, limits, costs)
    horizon = max(vehicle.shift_end_s for vehicle in problem.vehicles)
    distances, durations = [], []
    for vehicle in profiles:
        metres, seconds = places.matrices(vehicle, costs, horizon)
        distances.append(metres)
        durations.append(seconds)
    ends = [(one.pickup, one.delivery) for one in problem.shipments if one.pickup not in fixed]
    ends = [pair for pair in ends if all(one in places.task_at for one in pair)]
    ends = [(a, b) for a, b in ends if _windows(book.tasks[b])[0][1] >= _windows(book.tasks[a])[0][0]]
    data = ProblemData(
        locations=[Location(0, 0) for _ in places.ranks],
        clients=clients,
        depots=places.depots(),
        vehicle_types=types,
        distance_matrices=distances,
        duration_matrices=durations,
        groups=groups,
        shipments=[_shipment(book, *pair, places, limits, costs) for pair in ends],
    )
    second = distances[0].sum() / max(1, durations[0][durations[0] < horizon].sum())
    second += min(costs.second(vehicle.cost_per_hour_cents) for vehicle in problem.vehicles)
    return Scene(data, book, names, ends, places.sites(), fleet, max(1.0, float(second)))


def _common_unit(book: Book) -> int:
    """What every rate is a multiple of, in 18,000ths of a cent."""
    problem = book.problem
    rates = [18_000]
    for vehicle in problem.vehicles:
        rates += [18 * vehicle.cost_per_km_cents, 5 * vehicle.cost_per_hour_cents]
        rates.append(5 * vehicle.overtime_per_hour_cents)
    farthest = max((value or 0 for row in problem.matrix.distance_m for value in row), default=0)
    prices = [one.fixed_cost_cents for one in problem.vehicles] + [one.prize_cents for one in problem.tasks]
    prices += [one.prize_cents for one in problem.groups] + [one.price_cents for one in problem.habits]
    dearest = max(farthest * max(rates), max(rates) * 86_400, 18_000 * max(prices))
    return max(1, reduce(gcd, rates), dearest // MAX_COST)


def _dearest_trip_cents(book: Book) -> int:
    dearest = 1
    for vehicle in book.problem.vehicles:
        legs = [book.leg(vehicle.start, t.place) for t in book.problem.tasks]
        metres, seconds = (max((leg[i] for leg in legs if leg), default=0) for i in (0, 1))
        cost = metres * vehicle.cost_per_km_cents // 500 + seconds * vehicle.cost_per_hour_cents // 1800
        dearest = max(dearest, cost + vehicle.fixed_cost_cents)
    return min(dearest, MAX_COST // 18_000)


def _limits(book: Book, todo: Sequence[Task]) -> list[frozenset[str]]:
    everyone = frozenset(book.vehicles)
    sets = {book.allowed[task.id] for task in todo} - {everyone}
    return sorted(sets, key=sorted)


def _asks(book: Book, task: Task, limits: Sequence[frozenset[str]], load: Mapping[str, int]) -> list[int]:
    """Its load in each dimension, then one unit in the dimension of the trucks it admits."""
    return [load.get(d, 0) for d in book.dimensions] + [int(book.allowed[task.id] == one) for one in limits]


def _windows(task: Task) -> Sequence[tuple[int, int]]:
    """When it may be served: not in windows that close before what it is brought is ready."""
    return [(first, last) for first, last in task.windows or ((0, ALWAYS_S),) if last >= task.release_s]


def _clients(
    book: Book,
    todo: Sequence[Task],
    places: Places,
    limits: Sequence[frozenset[str]],
    costs: Costs,
    drop: int | None,
) -> tuple[list[Any], list[str], list[Any]]:
    clients: list[Any] = []
    names: list[str] = []
    groups: list[Any] = []
    ranks: dict[str, int] = {}
    for task in todo:
        if task.id in book.mates:
            continue
        group = book.group_of.get(task.id)
        windows = _windows(task)
        key = None if group is None and len(windows) == 1 else (group.id if group else task.id)
        worth = book.worth(task.id)
        prize = drop if worth is None else costs.cents(worth)
        if key is not None and key not in ranks:
            ranks[key] = len(groups)
            groups.append(ClientGroup(required=prize is None))
        for first, last in windows:
            if key is not None:
                groups[ranks[key]].add_client(len(clients))
            clients.append(
                Client(
                    location=places.task_at[task.id],
                    delivery=_asks(book, task, (), task.deliver) + [0] * len(limits),
                    pickup=_asks(book, task, limits, task.load),
                    service_duration=task.service_s,
                    tw_early=first,
                    release_time=task.release_s,
                    prize=prize or 0,
                    required=prize is None and key is None,
                    group=None if key is None else ranks[key],
                    tw_late=last,
                )
            )
            names.append(task.id)
    return clients, names, groups


def _shipment(
    book: Book, pickup: str, delivery: str, places: Places, limits: Sequence[frozenset[str]], costs: Costs
) -> Any:
    one, other = book.tasks[pickup], book.tasks[delivery]
    (a, b), (c, d) = _windows(one)[0], _windows(other)[0]
    return Shipment(
        pickup_location=places.task_at[pickup],
        delivery_location=places.task_at[delivery],
        pickup_tw_early=a,
        pickup_tw_late=b,
        pickup_service_duration=one.service_s,
        delivery_tw_early=c,
        delivery_tw_late=d,
        delivery_service_duration=other.service_s,
        amount=_asks(book, one, limits, one.load),
        prize=costs.cents((book.worth(pickup) or 0) + (book.worth(delivery) or 0)),
        required=one.required,
    )


def _fleet(
    book: Book, places: Places, limits: Sequence[frozenset[str]], costs: Costs
) -> tuple[list[Any], list[tuple[str, ...]], list[Vehicle]]:
    """Types of vehicles that nothing tells apart, and one vehicle for each travel profile."""
    profiles: dict[Any, int] = {}
    stands: list[Vehicle] = []
    kinds: dict[Any, list[str]] = {}
    options: dict[Any, dict[str, Any]] = {}
    plain = not book.habits
    for vehicle in book.problem.vehicles:
        rates = vehicle.cost_per_km_cents, vehicle.cost_per_hour_cents, "" if plain else vehicle.id
        if rates not in profiles:
            profiles[rates] = len(stands)
            stands.append(vehicle)
        chosen = _vehicle(book, vehicle, places, limits, costs)
        chosen["profile"] = profiles[rates]
        key = tuple(sorted((name, str(value)) for name, value in chosen.items()))
        kinds.setdefault(key, []).append(vehicle.id)
        options[key] = chosen
    types = [VehicleType(num_available=len(kinds[key]), **options[key]) for key in kinds]
    return types, [tuple(names) for names in kinds.values()], stands


def _vehicle(
    book: Book, vehicle: Vehicle, places: Places, limits: Sequence[frozenset[str]], costs: Costs
) -> dict[str, Any]:
    begin: Departure = places.departures[vehicle.id]
    out = vehicle.id in book.prefixes
    late = vehicle.shift_end_s - _reserve_s(vehicle, begin)
    worked = begin.clock_s - vehicle.shift_start_s if out else 0
    longest = max(0, longest_s(vehicle) - _reserve_s(vehicle, begin) - worked)
    longest = min(longest, _longest_ride_s(book, vehicle, out=out))
    shift = longest
    if vehicle.max_duration_s is not None:
        shift = max(0, min(longest, vehicle.max_duration_s - worked))
    return {
        "capacity": [vehicle.capacity.get(d, 0) for d in book.dimensions]
        + [len(book.tasks) + 1 if vehicle.id in one else 0 for one in limits],
        "start_depot": places.start(vehicle),
        "end_depot": places.end(vehicle),
        "fixed_cost": 0 if out else costs.cents(vehicle.fixed_cost_cents),
        "tw_early": min(begin.clock_s, late) if late >= 0 else 0,
        "tw_late": max(late, 0),
        "shift_duration": shift,
        "unit_distance_cost": 1,
        "unit_duration_cost": costs.second(vehicle.cost_per_hour_cents),
        "initial_load": [min(begin.load.get(d, 0), vehicle.capacity.get(d, 0)) for d in book.dimensions]
        + [0] * len(limits),
        "reload_depots": places.reloads(),
        "max_reloads": MAX_RELOADS if places.reloads() else 0,
        "max_overtime": max(0, longest - shift),
        "unit_overtime_cost": costs.second(vehicle.overtime_per_hour_cents),
    }


def _longest_ride_s(book: Book, vehicle: Vehicle, *, out: bool) -> int:
    """No route on which every stop has a ride's limit lasts longer: the last of them, then its way home."""
    limits = [one.max_ride_s for one in book.problem.tasks]
    if book.sites or out or not limits or any(one is None for one in limits):
        return NO_ROAD_S
    home = book.grids[1][:, book.at[vehicle.end]]
    return max(
        int(one.max_ride_s + one.service_s + min(home[book.at[one.place]], NO_ROAD_S))
        for one in book.problem.tasks
        if one.max_ride_s is not None
    )


def _reserve_s(vehicle: Vehicle, begin: Departure) -> int:
    """Time kept for the pauses that the library does not know."""
    longest = longest_s(vehicle)
    due = 0
    if vehicle.pause is not None and not begin.paused and longest > vehicle.pause.latest_after_s:
        due = vehicle.pause.duration_s
    if vehicle.lunch is not None and begin.clock_s < vehicle.lunch.window[1] < vehicle.shift_end_s:
        due = max(due, vehicle.lunch.duration_s)
    if vehicle.driving is not None and longest > vehicle.driving.limit_s * 4 // 3:
        due = max(due, vehicle.driving.rest_s)
    return due


def orders_of(scene: Scene, solution: Any) -> dict[str, list[str]]:
    """A solution as orders, prefixes included, the implied trip to a site before the end made explicit."""
    book = scene.book
    free = {i: list(names) for i, names in enumerate(scene.fleet)}
    found: dict[str, list[str]] = {name: list(prefix) for name, prefix in book.prefixes.items()}
    for route in solution.routes():
        vehicle = free[route.vehicle_type()].pop(0)
        stops = found.setdefault(vehicle, [])
        for step in route:
            if step.type == ActivityType.CLIENT:
                stops.append(scene.clients[step.idx])
            elif step.type == ActivityType.DEPOT:
                if scene.sites[step.idx]:
                    stops.append(scene.sites[step.idx])
            else:
                stops.append(scene.shipments[step.idx][step.type == ActivityType.DELIVERY])
    if book.problem.end_empty:
        for name, stops in found.items():
            vehicle_of = book.vehicles[name]
            if stops and stops[-1] in book.tasks and any(loads_along(book, vehicle_of, stops)[-1].values()):
                stops += nearest_site(book, vehicle_of, stops, vehicle_of.end)
    return found


def visits_of(scene: Scene, orders: Orders) -> list[tuple[int, list[Any]]]:
    """Orders as the library's activities by vehicle type, prefixes and last trips to a site left out."""
    clients: dict[str, int] = {}
    for i, name in enumerate(scene.clients):
        clients.setdefault(name, i)
    depots = {site: i for i, site in enumerate(scene.sites) if site}
    ends = {
        stop: Activity(kind, i)
        for i, pair in enumerate(scene.shipments)
        for stop, kind in zip(pair, (ActivityType.PICKUP, ActivityType.DELIVERY), strict=True)
    }
    routes = []
    for kind, names in enumerate(scene.fleet):
        for vehicle in names:
            todo = list(orders.get(vehicle, ()))[len(scene.book.prefixes.get(vehicle, ())) :]
            while todo and todo[-1] in depots and scene.book.problem.end_empty:
                todo.pop()
            steps = []
            for stop in todo:
                if stop in clients:
                    steps.append(Activity(ActivityType.CLIENT, clients[stop]))
                elif stop in ends:
                    steps.append(ends[stop])
                elif stop in depots:
                    steps.append(Activity(ActivityType.DEPOT, depots[stop]))
            if steps:
                routes.append((kind, steps))
    return routes
