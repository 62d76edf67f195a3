"""The independent judge: every rule of the model that a plan breaks.

It shares no code with the engines nor with the timing: it looks only at the problem and at the
plan's own figures, and adds everything up again. A plan with no violation may still be incomplete:
``Plan.complete`` and ``Plan.unserved`` say so, and are checked here too.
"""

from collections import Counter
from collections.abc import Iterator

from routing.checker_route import route_violations
from routing.model import Plan, Problem, Task, Violation

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
        "other_chosen",
    ]
)


def violations(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Every broken rule, in the plan's order; empty when the plan can be driven as written."""
    found = list(_names(problem, plan))
    if not found:  # what follows looks things up by id
        for route in plan.routes:
            found += route_violations(problem, route)
        found += _served(problem, plan)
        found += _locks(problem, plan)
        found += _together(problem, plan)
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
        if task.id in left and not _reason_holds(problem, task, left[task.id].code, set(times)):
            yield Violation(code="false_reason", text="Le motif donné est faux.", ref=task.id)


def _reason_holds(problem: Problem, task: Task, code: str, served: set[str]) -> bool:
    """False only when the facts contradict the reason; a full day cannot be checked here."""
    bound = {pin.vehicle for pin in problem.pins if pin.task == task.id}
    bound |= {one.vehicle for one in problem.successions if task.id in one.tasks}
    able = [one for one in problem.vehicles if (task.vehicles is None or one.id in task.vehicles)]
    able = [one for one in able if not bound or one.id in bound]
    able = [one for one in able if set(task.skills) <= set(one.skills)]
    others = {other for group in problem.groups if task.id in group.tasks for other in group.tasks}
    ends = {end for one in problem.shipments for end in (one.pickup, one.delivery)}
    if code == "other_chosen":
        return bool(others & served)
    if code == "no_vehicle":
        return not able or task.id in ends
    if code == "too_big" and task.id not in ends:
        needs = [load for load in (task.load, task.deliver) if load]
        stuck = not problem.unloading_sites  # what a truck set out with then stays on board
        return not any(
            all(
                n[d] + (one.aboard.get(d, 0) if stuck else 0) <= one.capacity.get(d, 0)
                for n in needs
                for d in n
            )
            for one in able
        )
    if code == "no_site":
        return problem.end_empty and not problem.unloading_sites and any(task.load.values())
    if code == "too_dear":
        return not task.required
    return True


def _together(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Groups, shipments, and trucks that have a load to bring home whatever is planned."""
    at = {
        visit.ref: (route.vehicle, i)
        for route in plan.routes
        for i, visit in enumerate(route.visits)
        if visit.kind == "collect"
    }
    for group in problem.groups:
        if sum(task in at for task in group.tasks) > 1:
            yield Violation(code="group", text="Plusieurs arrêts d'un groupe sont servis.", ref=group.id)
    for one in problem.shipments:
        first, last = at.get(one.pickup), at.get(one.delivery)
        if (first is None) != (last is None):
            yield Violation(code="shipment", text="Pris sans être livré, ou l'inverse.", ref=one.pickup)
        elif first and last and (first[0] != last[0] or first[1] >= last[1]):
            text = "Livré par un autre camion, ou avant d'être pris."
            yield Violation(code="shipment", text=text, vehicle=last[0], ref=one.delivery)
    out = {route.vehicle for route in plan.routes}
    for vehicle in problem.vehicles:
        if problem.end_empty and any(vehicle.aboard.values()) and vehicle.id not in out:
            yield Violation(code="end_empty", text="Parti chargé, il n'a pas de retour.", vehicle=vehicle.id)


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
    for line in problem.successions:
        for task in line.tasks:
            if by.get(task, line.vehicle) != line.vehicle:
                text = "Cet arrêt est verrouillé sur un autre camion."
                yield Violation(code="succession", text=text, vehicle=by[task], ref=task)
        asked = [task for task in line.tasks if by.get(task) == line.vehicle]
        driven = [stop for stop in stops.get(line.vehicle, ()) if stop in asked]
        if driven != asked:
            text = "L'ordre verrouillé des arrêts n'est pas respecté."
            yield Violation(code="succession", text=text, vehicle=line.vehicle)
    for prefix in problem.prefixes:
        if stops.get(prefix.vehicle, ())[: len(prefix.stops)] != prefix.stops:
            text = "Le début verrouillé de la tournée n'est pas respecté."
            yield Violation(code="prefix", text=text, vehicle=prefix.vehicle)


def _totals(problem: Problem, plan: Plan) -> Iterator[Violation]:
    by = {
        visit.ref: route.vehicle for route in plan.routes for visit in route.visits if visit.kind == "collect"
    }
    grouped = {task for group in problem.groups for task in group.tasks}
    left = [task for task in problem.tasks if task.id not in by and task.id not in grouped]
    groups = [group for group in problem.groups if not any(task in by for task in group.tasks)]
    expected = {
        "distance_m": sum(route.distance_m for route in plan.routes),
        "duration_s": sum(route.duration_s for route in plan.routes),
        "cost_cents": sum(route.cost_cents for route in plan.routes),
        "lost_prizes_cents": sum(one.prize_cents for one in left if not one.required)
        + sum(one.prize_cents for one in groups if not one.required),
        "complete": not any(one.required for one in left) and not any(one.required for one in groups),
        "habits_cents": sum(
            one.price_cents for one in problem.habits if by.get(one.task, one.vehicle) != one.vehicle
        ),
    }
    for name, value in expected.items():
        if getattr(plan, name) != value:
            yield Violation(code="total", text=f"Le total {name} est faux.", ref=None)
    price = plan.cost_cents + plan.lost_prizes_cents + plan.habits_cents
    if plan.complete and plan.bound_cents is not None and plan.bound_cents > price:
        yield Violation(code="total", text="La borne dépasse le prix du plan.")
