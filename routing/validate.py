"""What makes a problem refusable before any solver sees it: the field and the reason.

It knows shapes, ranges and references. It does not judge whether a stop can be served: a stop
that no truck can serve is left unserved with its reason, the rest of the day is planned.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from routing.model import Matrix, Problem, Reason, Task, Vehicle

MAX_QUANTITY = 10**9
"""No single quantity may exceed this: sums of a day's worth stay far inside 64-bit integers."""
MAX_CLOCK_S = 7 * 86_400
MAX_DISTANCE_M = 5_000_000
MAX_RATE_CENTS = 1_000_000
MAX_STOPS = 5_000
"""Tasks; a matrix of that side already weighs gigabytes as a document."""


def refusals(problem: Problem) -> tuple[Reason, ...]:
    """Every reason to refuse this problem, empty when it can be planned. Never raises."""
    found = list(_duplicates(problem))
    found += _sizes(problem)
    found += _places(problem)
    found += _matrix(problem.matrix, len(problem.places))
    if not found:  # the rest looks things up by id
        found += _tasks(problem)
        found += _vehicles(problem)
        found += _sites(problem)
        found += _locks(problem)
        found += _successions(problem)
        found += _together(problem)
        found += _habits(problem)
    return tuple(found)


def _sizes(problem: Problem) -> Iterator[Reason]:
    if not problem.vehicles:
        yield Reason(code="no_vehicle", field="vehicles", text="Aucun camion : rien ne peut être planifié.")
    if len(problem.tasks) > MAX_STOPS:
        yield Reason(code="too_many", field="tasks", text=f"Plus de {MAX_STOPS} arrêts.")


def _duplicates(problem: Problem) -> Iterator[Reason]:
    groups: dict[str, Iterable[str]] = {
        "places": [place.id for place in problem.places],
        "vehicles": [vehicle.id for vehicle in problem.vehicles],
        "tasks": [task.id for task in problem.tasks],
        "unloading_sites": [site.id for site in problem.unloading_sites],
        "pins": [pin.task for pin in problem.pins],
        "prefixes": [prefix.vehicle for prefix in problem.prefixes],
        "groups": [group.id for group in problem.groups],
        "habits": [f"{one.task} → {one.vehicle}" for one in problem.habits],
    }
    groups["tasks, unloading_sites"] = [*set(groups["tasks"]), *set(groups["unloading_sites"])]
    for name, ids in groups.items():
        for identifier, count in Counter(ids).items():
            if count > 1:
                yield Reason(code="duplicate", field=name, text=f"« {identifier} » figure plusieurs fois.")


def _places(problem: Problem) -> Iterator[Reason]:
    for i, place in enumerate(problem.places):
        if not (math.isfinite(place.lat) and -90 <= place.lat <= 90):
            yield Reason(code="range", field=f"places[{i}].lat", text="Latitude hors de -90 à 90.")
        if not (math.isfinite(place.lon) and -180 <= place.lon <= 180):
            yield Reason(code="range", field=f"places[{i}].lon", text="Longitude hors de -180 à 180.")


def _matrix(matrix: Matrix, size: int) -> Iterator[Reason]:
    limits = (
        ("distance_m", matrix.distance_m, MAX_DISTANCE_M),
        ("duration_s", matrix.duration_s, MAX_CLOCK_S),
    )
    for name, rows, limit in limits:
        where = f"matrix.{name}"
        if len(rows) != size:
            yield Reason(code="matrix_size", field=where, text=f"{len(rows)} lignes pour {size} lieux.")
            continue
        for i, row in enumerate(rows):
            if len(row) != size:
                text = f"{len(row)} colonnes pour {size} lieux."
                yield Reason(code="matrix_size", field=f"{where}[{i}]", text=text)
            elif any(value is not None and not 0 <= value <= limit for value in row):
                text = f"Valeur négative ou supérieure à {limit}."
                yield Reason(code="range", field=f"{where}[{i}]", text=text)
    yield from _matrix_holes(matrix, size)


def _matrix_holes(matrix: Matrix, size: int) -> Iterator[Reason]:
    if {len(matrix.distance_m), len(matrix.duration_s)} != {size}:
        return
    for i, (metres, seconds) in enumerate(zip(matrix.distance_m, matrix.duration_s, strict=True)):
        if [m is None for m in metres] != [s is None for s in seconds]:
            text = "Distance connue sans durée, ou durée sans distance."
            yield Reason(code="matrix_hole", field=f"matrix[{i}]", text=text)


def _within(value: int, limit: int, field: str) -> Iterator[Reason]:
    if not 0 <= value <= limit:
        yield Reason(code="range", field=field, text=f"{value} n'est pas entre 0 et {limit}.")


def _load(load: Mapping[str, int], field: str) -> Iterator[Reason]:
    for dimension, quantity in load.items():
        yield from _within(quantity, MAX_QUANTITY, f"{field}.{dimension}")


def _window(window: tuple[int, int], field: str) -> Iterator[Reason]:
    yield from _within(window[0], MAX_CLOCK_S, f"{field}[0]")
    yield from _within(window[1], MAX_CLOCK_S, f"{field}[1]")
    if window[0] > window[1]:
        yield Reason(code="window", field=field, text="La fenêtre se ferme avant de s'ouvrir.")


def _known(identifier: str, among: set[str], field: str) -> Iterator[Reason]:
    if identifier not in among:
        yield Reason(code="unknown", field=field, text=f"« {identifier} » n'est défini nulle part.")


def _tasks(problem: Problem) -> Iterator[Reason]:
    places = {place.id for place in problem.places}
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    for i, task in enumerate(problem.tasks):
        where = f"tasks[{i}]"
        yield from _known(task.place, places, f"{where}.place")
        yield from _load(task.load, f"{where}.load")
        yield from _within(task.service_s, MAX_CLOCK_S, f"{where}.service_s")
        yield from _within(task.prize_cents, MAX_QUANTITY, f"{where}.prize_cents")
        yield from _load(task.deliver, f"{where}.deliver")
        yield from _within(task.release_s, MAX_CLOCK_S, f"{where}.release_s")
        if task.max_ride_s is not None:
            yield from _within(task.max_ride_s, MAX_CLOCK_S, f"{where}.max_ride_s")
        for j, window in enumerate(task.windows):
            yield from _window(window, f"{where}.windows[{j}]")
        for vehicle in task.vehicles or ():
            yield from _known(vehicle, vehicles, f"{where}.vehicles")


def _vehicles(problem: Problem) -> Iterator[Reason]:
    places = {place.id for place in problem.places}
    for i, vehicle in enumerate(problem.vehicles):
        where = f"vehicles[{i}]"
        yield from _known(vehicle.start, places, f"{where}.start")
        yield from _known(vehicle.end, places, f"{where}.end")
        yield from _load(vehicle.capacity, f"{where}.capacity")
        yield from _window((vehicle.shift_start_s, vehicle.shift_end_s), f"{where}.shift")
        yield from _vehicle_numbers(vehicle, where)


def _vehicle_numbers(vehicle: Vehicle, where: str) -> Iterator[Reason]:
    yield from _within(vehicle.cost_per_km_cents, MAX_RATE_CENTS, f"{where}.cost_per_km_cents")
    yield from _within(vehicle.cost_per_hour_cents, MAX_RATE_CENTS, f"{where}.cost_per_hour_cents")
    yield from _within(vehicle.fixed_cost_cents, MAX_QUANTITY, f"{where}.fixed_cost_cents")
    yield from _load(vehicle.aboard, f"{where}.aboard")
    yield from _within(vehicle.max_overtime_s, MAX_CLOCK_S, f"{where}.max_overtime_s")
    yield from _within(vehicle.overtime_per_hour_cents, MAX_RATE_CENTS, f"{where}.overtime_per_hour_cents")
    if vehicle.max_duration_s is not None:
        yield from _within(vehicle.max_duration_s, MAX_CLOCK_S, f"{where}.max_duration_s")
    if vehicle.pause is not None:
        yield from _within(vehicle.pause.duration_s, MAX_CLOCK_S, f"{where}.pause.duration_s")
        yield from _within(vehicle.pause.latest_after_s, MAX_CLOCK_S, f"{where}.pause.latest_after_s")

    if vehicle.lunch is not None:
        yield from _within(vehicle.lunch.duration_s, MAX_CLOCK_S, f"{where}.lunch.duration_s")
        yield from _window(vehicle.lunch.window, f"{where}.lunch.window")
    if vehicle.driving is not None:
        rule = vehicle.driving
        yield from _within(rule.limit_s, MAX_CLOCK_S, f"{where}.driving.limit_s")
        yield from _within(rule.rest_s, MAX_CLOCK_S, f"{where}.driving.rest_s")
        for i, part in enumerate(rule.parts):
            yield from _within(part, rule.rest_s, f"{where}.driving.parts[{i}]")


def _sites(problem: Problem) -> Iterator[Reason]:
    places = {place.id for place in problem.places}
    for i, site in enumerate(problem.unloading_sites):
        where = f"unloading_sites[{i}]"
        yield from _known(site.place, places, f"{where}.place")
        yield from _within(site.service_s, MAX_CLOCK_S, f"{where}.service_s")
        if site.window is not None:
            yield from _window(site.window, f"{where}.window")


def _locks(problem: Problem) -> Iterator[Reason]:
    tasks = {task.id: task for task in problem.tasks}
    stops = set(tasks) | {site.id for site in problem.unloading_sites}
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    bound = {pin.task: pin.vehicle for pin in problem.pins}
    for i, pin in enumerate(problem.pins):
        yield from _known(pin.task, set(tasks), f"pins[{i}].task")
        yield from _known(pin.vehicle, vehicles, f"pins[{i}].vehicle")
        task = tasks.get(pin.task)
        if task is not None and task.vehicles is not None and pin.vehicle not in task.vehicles:
            text = f"« {pin.task} » n'admet pas le camion « {pin.vehicle} »."
            yield Reason(code="contradiction", field=f"pins[{i}]", text=text)
    fixed: set[str] = set()
    for i, prefix in enumerate(problem.prefixes):
        yield from _known(prefix.vehicle, vehicles, f"prefixes[{i}].vehicle")
        for j, stop in enumerate(prefix.stops):
            where = f"prefixes[{i}].stops[{j}]"
            yield from _known(stop, stops, where)
            if stop in tasks and (stop in fixed or bound.get(stop, prefix.vehicle) != prefix.vehicle):
                text = f"« {stop} » est déjà verrouillé ailleurs."
                yield Reason(code="contradiction", field=where, text=text)
            fixed.add(stop)


def _successions(problem: Problem) -> Iterator[Reason]:
    """Orders that can be kept: known tasks, each locked once, nothing else that says otherwise."""
    tasks = {task.id: task for task in problem.tasks}
    bound = {pin.task: pin.vehicle for pin in problem.pins}
    bound |= {stop: prefix.vehicle for prefix in problem.prefixes for stop in prefix.stops}
    begun = {prefix.vehicle: [one for one in prefix.stops if one in tasks] for prefix in problem.prefixes}
    mates = {one.delivery: one.pickup for one in problem.shipments}
    seen: set[str] = set()
    for i, line in enumerate(problem.successions):
        where = f"successions[{i}]"
        yield from _known(line.vehicle, {vehicle.id for vehicle in problem.vehicles}, f"{where}.vehicle")
        for j, task in enumerate(line.tasks):
            yield from _known(task, set(tasks), f"{where}.tasks[{j}]")
            said = (tasks[task].vehicles if task in tasks else None) or (line.vehicle,)
            elsewhere = bound.get(task, line.vehicle) != line.vehicle or line.vehicle not in said
            if task in seen or elsewhere or mates.get(task) in line.tasks[j:]:
                text = f"« {task} » est déjà verrouillé ailleurs, ou dans un autre ordre."
                yield Reason(code="contradiction", field=f"{where}.tasks[{j}]", text=text)
            seen.add(task)
        done = [task for task in begun.get(line.vehicle, ()) if task in line.tasks]
        if done != list(line.tasks[: len(done)]):
            text = "Le début verrouillé de la tournée contredit cet ordre."
            yield Reason(code="contradiction", field=f"{where}.tasks", text=text)


def _together(problem: Problem) -> Iterator[Reason]:
    """Groups and shipments: known tasks, each in one at most, and nothing that contradicts itself."""
    tasks = {task.id: task for task in problem.tasks}
    bound: set[str] = set()
    for i, group in enumerate(problem.groups):
        where = f"groups[{i}]"
        yield from _within(group.prize_cents, MAX_QUANTITY, f"{where}.prize_cents")
        if not group.tasks:
            yield Reason(code="empty", field=f"{where}.tasks", text="Un groupe sans arrêt.")
        for j, task in enumerate(group.tasks):
            yield from _known(task, set(tasks), f"{where}.tasks[{j}]")
            yield from _bound_once(task, bound, f"{where}.tasks[{j}]")
            if task in tasks and (tasks[task].required or tasks[task].prize_cents):
                text = f"« {task} » est d'un groupe : c'est le groupe qui est obligatoire, ou a un prix."
                yield Reason(code="contradiction", field=f"{where}.tasks[{j}]", text=text)
    for i, one in enumerate(problem.shipments):
        where = f"shipments[{i}]"
        for end, task in (("pickup", one.pickup), ("delivery", one.delivery)):
            yield from _known(task, set(tasks), f"{where}.{end}")
            yield from _bound_once(task, bound, f"{where}.{end}")
        if one.pickup in tasks and one.delivery in tasks:
            yield from _shipment(tasks[one.pickup], tasks[one.delivery], where)
    if problem.shipments and problem.unloading_sites:
        text = "Aucun moteur ne sait mêler vidages et enlèvements à livrer : planifiez-les à part."
        yield Reason(code="not_expressible", field="shipments", text=text)


def _bound_once(task: str, bound: set[str], where: str) -> Iterator[Reason]:
    if task in bound:
        text = f"« {task} » est déjà dans un groupe ou un enlèvement."
        yield Reason(code="contradiction", field=where, text=text)
    bound.add(task)


def _shipment(pickup: Task, delivery: Task, where: str) -> Iterator[Reason]:
    if delivery.load or delivery.deliver or pickup.deliver:
        text = "Ce qui est livré est ce qui a été pris : la livraison n'a pas de charge à elle."
        yield Reason(code="contradiction", field=f"{where}.delivery", text=text)
    if pickup.required != delivery.required:
        text = "Les deux bouts sont obligatoires, ou aucun."
        yield Reason(code="contradiction", field=where, text=text)


def _habits(problem: Problem) -> Iterator[Reason]:
    tasks = {task.id for task in problem.tasks}
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    for i, one in enumerate(problem.habits):
        yield from _known(one.task, tasks, f"habits[{i}].task")
        yield from _known(one.vehicle, vehicles, f"habits[{i}].vehicle")
        yield from _within(one.price_cents, MAX_QUANTITY, f"habits[{i}].price_cents")
