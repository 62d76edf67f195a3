"""The independent judge: every rule of the model that a plan breaks.

It shares no code with the engines nor with the timing: it looks only at the problem and at the
plan's own figures, and adds everything up again. A plan with no violation may still be incomplete:
``Plan.complete`` and ``Plan.unserved`` say so, and are checked here too.
"""

from collections import Counter
from collections.abc import Iterator

from routing.model import Plan, Problem, Route, Task, Vehicle, Violation, Visit

CODES = frozenset(
    [
        "no_vehicle",
        "too_big",
        "no_site",
        "no_road",
        "closed",
        "too_far",
        "day_full",
        "too_dear",
        "out_of_time",
        "removed",
    ]
)


def violations(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Every broken rule, in the plan's order; empty when the plan can be driven as written."""
    found = list(_names(problem, plan))
    if not found:  # what follows looks things up by id
        for route in plan.routes:
            found += _route(problem, route)
        found += _served(problem, plan)
        found += _locks(problem, plan)
        found += _totals(problem, plan)
    return tuple(found)


def _names(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Whatever the plan names must exist; a vehicle has one route at most."""
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    places = {place.id for place in problem.places}
    tasks = {task.id for task in problem.tasks}
    known = {"collect": tasks, "unload": {site.id for site in problem.unloading_sites}}
    for vehicle, count in Counter(route.vehicle for route in plan.routes).items():
        if vehicle not in vehicles:
            yield Violation(code="unknown", text="Camion inconnu.", vehicle=vehicle)
        if count > 1:
            yield Violation(code="duplicate", text="Plusieurs tournées pour un camion.", vehicle=vehicle)
    for route in plan.routes:
        for visit in route.visits:
            if visit.ref not in known.get(visit.kind, places) or visit.place not in places:
                yield Violation(code="unknown", text="Arrêt inconnu.", vehicle=route.vehicle, ref=visit.ref)
    for one in plan.unserved:
        if one.task not in tasks or one.code not in CODES:
            yield Violation(
                code="unknown", text="Tâche ou motif inconnu parmi les non servies.", ref=one.task
            )


def _route(problem: Problem, route: Route) -> Iterator[Violation]:
    vehicle = next(one for one in problem.vehicles if one.id == route.vehicle)

    def broken(code: str, text: str, visit: Visit | None = None) -> Violation:
        return Violation(code=code, text=text, vehicle=vehicle.id, ref=visit.ref if visit else None)

    kinds = [visit.kind for visit in route.visits]
    if len(kinds) < 2 or kinds[0] != "start" or kinds[-1] != "end" or {"start", "end"} & set(kinds[1:-1]):
        yield broken("shape", "La tournée doit aller d'un départ à une arrivée.")
        return
    for code, text, visit in _steps(problem, vehicle, route):
        yield broken(code, text, visit)
    for code, text in _day(vehicle, route):
        yield broken(code, text)
    for code, text, visit in _loads(problem, vehicle, route):
        yield broken(code, text, visit)


def _steps(problem: Problem, vehicle: Vehicle, route: Route) -> Iterator[tuple[str, str, Visit]]:
    """Places, travel, service, opening hours, permissions, visit by visit."""
    index = {place.id: i for i, place in enumerate(problem.places)}
    previous: Visit | None = None
    metres = 0
    for visit in route.visits:
        place, service, windows, allowed = _asked(problem, vehicle, visit, previous)
        if not allowed:
            yield "not_allowed", "Ce camion n'est pas autorisé à cet arrêt.", visit
        if visit.place != place:
            yield "place", "L'arrêt n'est pas au bon lieu.", visit
        if previous is not None:
            distance: int | None = 0
            seconds: int | None = 0
            if visit.kind != "break":
                distance = problem.matrix.distance_m[index[previous.place]][index[visit.place]]
                seconds = problem.matrix.duration_s[index[previous.place]][index[visit.place]]
            if distance is None or seconds is None:
                yield "no_road", "Aucune route connue jusqu'à cet arrêt.", visit
            metres += distance or 0
            if visit.arrival_s != previous.departure_s + (seconds or 0):
                yield "travel_time", "L'heure d'arrivée ne suit pas du trajet.", visit
        if visit.start_s < visit.arrival_s or visit.departure_s != visit.start_s + service:
            yield "service_time", "La durée sur place n'est pas celle prévue.", visit
        if windows and not any(first <= visit.start_s <= last for first, last in windows):
            yield "window", "Fermé à l'heure du passage.", visit
        previous = visit
    if metres != route.distance_m:
        yield "total", "La distance annoncée n'est pas celle du trajet.", route.visits[-1]


def _asked(
    problem: Problem, vehicle: Vehicle, visit: Visit, previous: Visit | None
) -> tuple[str, int, tuple[tuple[int, int], ...], bool]:
    """Where the visit must be, how long it lasts, when it may start, and whether this truck may."""
    if visit.kind == "collect":
        task = next(one for one in problem.tasks if one.id == visit.ref)
        allowed = task.vehicles is None or vehicle.id in task.vehicles
        return task.place, task.service_s, task.windows, allowed
    if visit.kind == "unload":
        site = next(one for one in problem.unloading_sites if one.id == visit.ref)
        return site.place, site.service_s, () if site.window is None else (site.window,), True
    if visit.kind == "break" and previous is not None:
        return previous.place, vehicle.pause.duration_s if vehicle.pause else 0, (), True
    return (vehicle.end if visit.kind == "end" else vehicle.start), 0, (), True


def _day(vehicle: Vehicle, route: Route) -> Iterator[tuple[str, str]]:
    """Shift, longest day, pause, and the route's own duration and cost."""
    start, end = route.visits[0].departure_s, route.visits[-1].arrival_s
    if route.visits[0].departure_s != route.visits[0].arrival_s or route.visits[-1].departure_s != end:
        yield "service_time", "Le départ et l'arrivée ne durent pas."
    if start < vehicle.shift_start_s or end > vehicle.shift_end_s:
        yield "shift", "La tournée dépasse les heures de service."
    if vehicle.max_duration_s is not None and end - start > vehicle.max_duration_s:
        yield "max_duration", "La tournée dure plus que le maximum autorisé."
    if route.duration_s != end - start:
        yield "total", "La durée annoncée n'est pas celle de la tournée."
    yield from _pauses(vehicle, route, start, end)
    exact_18000ths = (
        route.distance_m * vehicle.cost_per_km_cents * 18 + route.duration_s * vehicle.cost_per_hour_cents * 5
    )
    if abs((route.cost_cents - vehicle.fixed_cost_cents) * 18_000 - exact_18000ths) > 9_000:
        yield "total", "Le coût annoncé n'est pas celui de la tournée."


def _pauses(vehicle: Vehicle, route: Route, start: int, end: int) -> Iterator[tuple[str, str]]:
    pauses = [visit for visit in route.visits if visit.kind == "break"]
    if vehicle.pause is None:
        if pauses:
            yield "break", "Une pause que ce camion n'a pas."
    elif len(pauses) > 1 or any(one.start_s - start > vehicle.pause.latest_after_s for one in pauses):
        yield "break", "La pause commence trop tard, ou se répète."
    elif not pauses and end - start > vehicle.pause.latest_after_s:
        yield "break", "Il manque la pause."


def _loads(problem: Problem, vehicle: Vehicle, route: Route) -> Iterator[tuple[str, str, Visit]]:
    tasks = {task.id: task for task in problem.tasks}
    aboard: Counter[str] = Counter()
    for visit in route.visits:
        if visit.kind == "collect":
            aboard.update(tasks[visit.ref].load)
        elif visit.kind == "unload":
            aboard.clear()
        if +aboard != +Counter(visit.load):
            yield "load", "La charge annoncée n'est pas celle qui est à bord.", visit
        for dimension, quantity in aboard.items():
            if quantity > vehicle.capacity.get(dimension, 0):
                yield "capacity", f"Capacité dépassée ({dimension}).", visit
    if problem.end_empty and +aboard:
        yield "end_empty", "Le camion rentre sans avoir vidé.", route.visits[-1]


def _served(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Each task once: in one route, or among the unserved with a reason that is not plainly false."""
    times = Counter(visit.ref for route in plan.routes for visit in route.visits if visit.kind == "collect")
    left = {one.task: one for one in plan.unserved}
    if len(left) != len(plan.unserved):
        yield Violation(code="duplicate", text="Une tâche figure plusieurs fois parmi les non servies.")
    for task in problem.tasks:
        if times[task.id] > 1:
            yield Violation(code="duplicate", text="Arrêt servi plusieurs fois.", ref=task.id)
        if times[task.id] and task.id in left:
            yield Violation(code="duplicate", text="Arrêt à la fois servi et non servi.", ref=task.id)
        if not times[task.id] and task.id not in left:
            yield Violation(code="forgotten", text="Arrêt oublié sans motif.", ref=task.id)
        if task.id in left and not _reason_holds(problem, task, left[task.id].code):
            yield Violation(code="false_reason", text="Le motif donné est faux.", ref=task.id)


def _reason_holds(problem: Problem, task: Task, code: str) -> bool:
    """False only when the facts contradict the reason; a full day cannot be checked here."""
    bound = {pin.vehicle for pin in problem.pins if pin.task == task.id}
    able = [one for one in problem.vehicles if (task.vehicles is None or one.id in task.vehicles)]
    able = [one for one in able if not bound or one.id in bound]
    if code == "no_vehicle":
        return not able
    if code == "too_big":
        return not any(all(task.load[d] <= one.capacity.get(d, 0) for d in task.load) for one in able)
    if code == "no_site":
        return problem.end_empty and not problem.unloading_sites and any(task.load.values())
    if code == "too_dear":
        return not task.required
    return True


def _locks(problem: Problem, plan: Plan) -> Iterator[Violation]:
    by = {
        visit.ref: route.vehicle for route in plan.routes for visit in route.visits if visit.kind == "collect"
    }
    for pin in problem.pins:
        if by.get(pin.task, pin.vehicle) != pin.vehicle:
            text = "Cet arrêt est verrouillé sur un autre camion."
            yield Violation(code="pin", text=text, vehicle=by[pin.task], ref=pin.task)
    stops = {
        route.vehicle: tuple(visit.ref for visit in route.visits if visit.kind in ("collect", "unload"))
        for route in plan.routes
    }
    for prefix in problem.prefixes:
        if stops.get(prefix.vehicle, ())[: len(prefix.stops)] != prefix.stops:
            text = "Le début verrouillé de la tournée n'est pas respecté."
            yield Violation(code="prefix", text=text, vehicle=prefix.vehicle)


def _totals(problem: Problem, plan: Plan) -> Iterator[Violation]:
    tasks = {task.id: task for task in problem.tasks}
    left = [tasks[one.task] for one in plan.unserved]
    expected = {
        "distance_m": sum(route.distance_m for route in plan.routes),
        "duration_s": sum(route.duration_s for route in plan.routes),
        "cost_cents": sum(route.cost_cents for route in plan.routes),
        "lost_prizes_cents": sum(task.prize_cents for task in left if not task.required),
        "complete": all(not task.required for task in left),
    }
    for name, value in expected.items():
        if getattr(plan, name) != value:
            yield Violation(code="total", text=f"Le total {name} est faux.", ref=None)
