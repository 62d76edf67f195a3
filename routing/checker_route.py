"""One route judged: travel, opening hours, permissions, pauses, loads, cost. Part of ``checker``.

Like it, it shares no code with the engines nor with the timing.
"""

from collections import Counter
from collections.abc import Iterator

from routing.model import Problem, Route, Vehicle, Violation, Visit

Broken = tuple[str, str, Visit | None]


def route_violations(problem: Problem, route: Route) -> Iterator[Violation]:
    """Every rule that this route breaks; what it names is known to exist."""
    vehicle = next(one for one in problem.vehicles if one.id == route.vehicle)
    kinds = [visit.kind for visit in route.visits]
    if len(kinds) < 2 or kinds[0] != "start" or kinds[-1] != "end" or {"start", "end"} & set(kinds[1:-1]):
        text = "La tournée doit aller d'un départ à une arrivée."
        yield Violation(code="shape", text=text, vehicle=vehicle.id)
        return
    rules = (_steps(problem, vehicle, route), _day(vehicle, route), _pauses(problem, vehicle, route))
    for rule in (*rules, _loads(problem, vehicle, route), _trips(problem, route)):
        for code, text, visit in rule:
            yield Violation(code=code, text=text, vehicle=vehicle.id, ref=visit.ref if visit else None)


def _steps(problem: Problem, vehicle: Vehicle, route: Route) -> Iterator[Broken]:
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
        if visit.start_s < visit.arrival_s or service not in (None, visit.departure_s - visit.start_s):
            yield "service_time", "La durée sur place n'est pas celle prévue.", visit
        if windows and not any(first <= visit.start_s <= last for first, last in windows):
            yield "window", "Fermé à l'heure du passage.", visit
        previous = visit
    if metres != route.distance_m:
        yield "total", "La distance annoncée n'est pas celle du trajet.", route.visits[-1]


def _asked(
    problem: Problem, vehicle: Vehicle, visit: Visit, previous: Visit | None
) -> tuple[str, int | None, tuple[tuple[int, int], ...], bool]:
    """Where the visit must be, how long it lasts, when it may start, and whether this truck may."""
    if visit.kind == "collect":
        task = next(one for one in problem.tasks if one.id == visit.ref)
        allowed = task.vehicles is None or vehicle.id in task.vehicles
        return task.place, task.service_s, task.windows, allowed and set(task.skills) <= set(vehicle.skills)
    if visit.kind == "unload":
        site = next(one for one in problem.unloading_sites if one.id == visit.ref)
        return site.place, site.service_s, () if site.window is None else (site.window,), True
    if visit.kind == "break" and previous is not None:
        return previous.place, None, (), True
    return (vehicle.end if visit.kind == "end" else vehicle.start), 0, (), True


def _day(vehicle: Vehicle, route: Route) -> Iterator[Broken]:
    """Shift, longest day, and the route's own duration and cost."""
    start, end = route.visits[0].departure_s, route.visits[-1].arrival_s
    if route.visits[0].departure_s != route.visits[0].arrival_s or route.visits[-1].departure_s != end:
        yield "service_time", "Le départ et l'arrivée ne durent pas.", None
    if start < vehicle.shift_start_s or end > vehicle.shift_end_s:
        yield "shift", "La tournée dépasse les heures de service.", None
    over = 0 if vehicle.max_duration_s is None else max(0, end - start - vehicle.max_duration_s)
    if over > vehicle.max_overtime_s:
        yield "max_duration", "La tournée dure plus que le maximum autorisé.", None
    if route.duration_s != end - start:
        yield "total", "La durée annoncée n'est pas celle de la tournée.", None
    exact_18000ths = (
        route.distance_m * vehicle.cost_per_km_cents * 18
        + route.duration_s * vehicle.cost_per_hour_cents * 5
        + over * vehicle.overtime_per_hour_cents * 5
    )
    if abs((route.cost_cents - vehicle.fixed_cost_cents) * 18_000 - exact_18000ths) > 9_000:
        yield "total", "Le coût annoncé n'est pas celui de la tournée.", None


def _pauses(problem: Problem, vehicle: Vehicle, route: Route) -> Iterator[Broken]:
    """Each pause due is taken in time, and no other is."""
    start, end = route.visits[0].departure_s, route.visits[-1].arrival_s
    taken = [visit for visit in route.visits if visit.kind == "break"]
    pause, lunch, driving = vehicle.pause, vehicle.lunch, vehicle.driving
    lengths = {one.duration_s for one in (pause, lunch) if one is not None}
    lengths |= {driving.rest_s, *driving.parts} if driving else set()
    for one in taken:
        if one.departure_s - one.start_s not in lengths:
            yield "service_time" if lengths else "break", "La pause n'est pas de celles prévues.", one
    if len(taken) > 1 and lunch is None and driving is None:
        yield "break", "La pause se répète.", taken[1]
    if pause is not None and end - start > pause.latest_after_s:
        if not any(
            _lasts(one) >= pause.duration_s and _after(one, start) <= pause.latest_after_s for one in taken
        ):
            yield "break", "Il manque la pause, ou elle commence trop tard.", None
    elif pause is not None and any(_after(one, start) > pause.latest_after_s for one in taken):
        yield "break", "La pause commence trop tard.", None
    if lunch is not None and start < lunch.window[1] < end:
        first, last = lunch.window
        if not any(_lasts(one) >= lunch.duration_s and first <= one.start_s <= last for one in taken):
            yield "break", "Il manque le repas, ou il n'est pas à son heure.", None
    if driving is not None:
        yield from _at_the_wheel(problem, vehicle, route)


def _lasts(visit: Visit) -> int:
    return visit.departure_s - visit.start_s


def _after(visit: Visit, start: int) -> int:
    return visit.start_s - start


def _at_the_wheel(problem: Problem, vehicle: Vehicle, route: Route) -> Iterator[Broken]:
    """Driving time since the last sufficient rest, in one piece or in both parts."""
    index = {place.id: i for i, place in enumerate(problem.places)}
    rule = vehicle.driving
    if rule is None:
        return
    driven, half_rested = 0, False
    here = route.visits[0].place
    for visit in route.visits[1:]:
        if visit.kind == "break":
            enough = rule.parts[1] if half_rested else rule.rest_s
            if _lasts(visit) >= min(enough, rule.rest_s):
                driven, half_rested = 0, False
            elif _lasts(visit) >= rule.parts[0]:
                half_rested = True
            continue
        driven += problem.matrix.duration_s[index[here]][index[visit.place]] or 0
        here = visit.place
        if driven > rule.limit_s:
            yield "driving", "Trop longtemps au volant sans repos.", visit
            return


def _loads(problem: Problem, vehicle: Vehicle, route: Route) -> Iterator[Broken]:
    tasks = {task.id: task for task in problem.tasks}
    left_here = {one.delivery: tasks[one.pickup].load for one in problem.shipments}
    aboard: Counter[str] = Counter(vehicle.aboard)
    for i, visit in enumerate(route.visits):
        if visit.kind == "unload":
            aboard.clear()
        if visit.kind in ("start", "unload"):  # a trip begins with all that it delivers
            for later in route.visits[i + 1 :]:
                if later.kind == "unload":
                    break
                if later.kind == "collect":
                    aboard.update(tasks[later.ref].deliver)
        elif visit.kind == "collect":
            aboard.update(tasks[visit.ref].load)
            aboard.subtract(tasks[visit.ref].deliver)
            aboard.subtract(left_here.get(visit.ref, {}))
        if +aboard != +Counter(visit.load):
            yield "load", "La charge annoncée n'est pas celle qui est à bord.", visit
        for dimension, quantity in aboard.items():
            if quantity > vehicle.capacity.get(dimension, 0):
                yield "capacity", f"Capacité dépassée ({dimension}).", visit
    if problem.end_empty and +aboard:
        yield "end_empty", "Le camion rentre sans avoir vidé.", route.visits[-1]


def _trips(problem: Problem, route: Route) -> Iterator[Broken]:
    """What is delivered: ready when its trip starts, and not too long on the way."""
    tasks = {task.id: task for task in problem.tasks}
    left = route.visits[0].departure_s
    for visit in route.visits:
        if visit.kind == "unload":
            left = visit.departure_s
        if visit.kind != "collect":
            continue
        task = tasks[visit.ref]
        if left < task.release_s:
            yield "release", "Le camion part avant que ce qu'il livre soit prêt.", visit
        if task.max_ride_s is not None and visit.start_s - left > task.max_ride_s:
            yield "ride", "Trop de temps depuis le départ du trajet.", visit
