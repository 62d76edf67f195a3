"""The dispatcher's edits of a plan: pure changes of order, and the judgement of what they give.

An order is what each vehicle does, stop by stop; a change makes another order or is refused with a
sentence. Nothing here moves a stop by itself: only where nobody said the position, the one that
lengthens the way least is taken. Times, loads and broken rules come from `routing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.dispatch.planning import Legs
from api.french import NBSP, number
from routing.checker import violations
from routing.model import Plan, Problem, Refused, Violation
from routing.schedule import schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stop of an order; `stop_id` is its row, None before it has one."""

    ref: str
    stop_id: int | None = None
    locked: bool = False


Orders = Mapping[str, tuple[Step, ...]]
"""For each vehicle code, its tasks and unloading sites in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Put a stop on `vehicle`, at `position` among the others there; None: where the way lengthens least."""

    stop_id: int
    vehicle: str
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """Put a task or an unloading site (`ref`) on `vehicle`."""

    ref: str
    vehicle: str
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Take a stop out of the plan."""

    stop_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Keep a stop on its truck when planning again, or no longer."""

    stop_id: int
    locked: bool


Change = Move | Add | Drop | Lock


@dataclass(frozen=True, slots=True)
class NotPossible:
    """A change that makes no sense, with the sentence for whoever asked."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an order gives, and the rules it breaks."""

    plan: Plan
    violations: tuple[Violation, ...]

    def of(self, vehicle: str) -> tuple[Violation, ...]:
        """The broken rules of one vehicle's round."""
        return tuple(one for one in self.violations if one.vehicle == vehicle)


def apply(orders: Orders, change: Change, problem: Problem) -> Orders | NotPossible:
    """Return the orders after one change."""
    match change:
        case Add():
            if change.ref in {task.id for task in problem.tasks} and _served(orders, change.ref):
                return NotPossible("Ce point est déjà dans une tournée de ce plan.")
            return _insert(orders, Step(ref=change.ref), change.vehicle, change.position, problem)
        case Drop():
            step = _find(orders, change.stop_id)
            return _GONE if step is None else _without(orders, change.stop_id)
        case Lock():
            return _relocked(orders, change)
        case Move():
            step = _find(orders, change.stop_id)
            if step is None:
                return _GONE
            rest = _without(orders, change.stop_id)
            return _insert(rest, step, change.vehicle, change.position, problem)


_GONE = NotPossible("Cet arrêt n'est plus dans le plan : la page est à jour maintenant.")


def _find(orders: Orders, stop_id: int) -> Step | None:
    return next((step for steps in orders.values() for step in steps if step.stop_id == stop_id), None)


def _served(orders: Orders, ref: str) -> bool:
    return any(step.ref == ref for steps in orders.values() for step in steps)


def _without(orders: Orders, stop_id: int) -> Orders:
    return {
        vehicle: tuple(step for step in steps if step.stop_id != stop_id) for vehicle, steps in orders.items()
    }


def _relocked(orders: Orders, change: Lock) -> Orders | NotPossible:
    step = _find(orders, change.stop_id)
    if step is None:
        return _GONE
    return {
        vehicle: tuple(replace(one, locked=change.locked) if one is step else one for one in steps)
        for vehicle, steps in orders.items()
    }


def _insert(
    orders: Orders, step: Step, vehicle: str, position: int | None, problem: Problem
) -> Orders | NotPossible:
    if vehicle not in {one.id for one in problem.vehicles}:
        return NotPossible("Ce camion ne fait pas partie de ce plan.")
    steps = orders.get(vehicle, ())
    where = _cheapest(steps, step, vehicle, problem) if position is None else position
    where = min(max(where, 0), len(steps))
    return {**orders, vehicle: (*steps[:where], step, *steps[where:])}


def _cheapest(steps: Sequence[Step], step: Step, vehicle: str, problem: Problem) -> int:
    """The position that adds the fewest metres; a task never goes after the last unloading."""
    place = {task.id: task.place for task in problem.tasks}
    place |= {site.id: site.place for site in problem.unloading_sites}
    truck = next(one for one in problem.vehicles if one.id == vehicle)
    way = [truck.start, *(place[one.ref] for one in steps), truck.end]
    legs = Legs.of(problem)
    here = place[step.ref]
    tasks = {task.id for task in problem.tasks}
    last = len(steps)
    if step.ref in tasks:
        unloadings = [number for number, one in enumerate(steps) if one.ref not in tasks]
        last = unloadings[-1] if unloadings else last

    def added(number: int) -> int:
        before, after = way[number], way[number + 1]
        return legs.metres(before, here) + legs.metres(here, after) - legs.metres(before, after)

    return min(range(last + 1), key=added)


def judge(problem: Problem, orders: Orders) -> Judgement | NotPossible:
    """Time, price and check the orders as they are."""
    plan = schedule(problem, {vehicle: [step.ref for step in steps] for vehicle, steps in orders.items()})
    if isinstance(plan, Refused):
        return NotPossible(" ".join(reason.text for reason in plan.reasons))
    return Judgement(plan, violations(problem, plan))


def pair_steps(
    steps: Sequence[Step], kinds: Sequence[str], technical: Mapping[str, int]
) -> tuple[tuple[int | None, bool], ...]:
    """For each visit of a route, the row it already has and its lock; start, break and end keep theirs."""
    ahead = iter(steps)
    pairs = []
    for kind in kinds:
        if kind in ("collect", "unload"):
            step = next(ahead)
            pairs.append((step.stop_id, step.locked))
        else:
            pairs.append((technical.get(kind), False))
    return tuple(pairs)


def sentence(problem: Problem, judgement: Judgement, broken: Violation, names: Mapping[str, str]) -> str:
    """Write a broken rule with where it happens and its figures; `names` are those of stops."""
    name = names.get(broken.ref or "")
    where = f"{name}{NBSP}: " if name else ""
    truck = next((one for one in problem.vehicles if one.id == broken.vehicle), None)
    route = next((one for one in judgement.plan.routes if one.vehicle == broken.vehicle), None)
    if truck is None or route is None:
        return where + broken.text
    if broken.code == "capacity":
        visit = next(one for one in route.visits if one.ref == broken.ref)
        over = [
            f"{number(visit.load[name])}{NBSP}{unit} pour {number(truck.capacity.get(name, 0))}"
            for name, unit in (("l", "litres"), ("kg", "kg"))
            if visit.load.get(name, 0) > truck.capacity.get(name, 0)
        ]
        return f"{where}la benne déborde ({', '.join(over)})." if over else where + broken.text
    if broken.code == "shift":
        late = max(0, route.visits[-1].arrival_s - truck.shift_end_s)
        return f"La tournée finit {-(-late // 60)}{NBSP}min après la fin du service." if late else broken.text
    return where + broken.text
