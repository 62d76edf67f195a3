"""A validated problem with its look-ups: built once, never changed, handed to whoever plans.

It knows who may serve what, what belongs together and what a stop changes on board; it refuses to
know when things happen (``timing``) or in what order (``construct``, the engines).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from routing.model import Group, Habit, Problem, Task, UnloadingSite, Vehicle

NO_ROAD_S = 10**9
"""Longer, and farther, than anything ``validate`` lets through."""

if TYPE_CHECKING:
    from routing.timing import Timed


@dataclass(frozen=True, slots=True)
class Book:
    """A problem that ``validate.refusals`` found nothing against, and its look-ups."""

    problem: Problem
    at: Mapping[str, int]
    tasks: Mapping[str, Task]
    sites: Mapping[str, UnloadingSite]
    vehicles: Mapping[str, Vehicle]
    prefixes: Mapping[str, tuple[str, ...]]
    allowed: Mapping[str, frozenset[str]]
    """Vehicles that may serve each task: its own list, skills, locks, its shipment's other end."""
    dimensions: tuple[str, ...]
    """Of load, in all tasks and trucks on the road."""
    group_of: Mapping[str, Group]
    mates: Mapping[str, str]
    """The other end of a shipment, both ways."""
    pickups: frozenset[str]
    takes: Mapping[str, Mapping[str, int]]
    """What each task changes on board, by dimension; negative when more is left than taken."""
    habits: Mapping[str, tuple[Habit, ...]]
    twins: Mapping[str, str]
    """For each vehicle, the first one that nothing tells it apart from."""
    ranks: Mapping[str, tuple[int, int]]
    """Of each task whose place in an order is locked: its succession's number, and its place in it."""
    delivers: bool
    """Whether any task is brought something from where its trip starts."""
    grids: tuple[Any, Any]
    """Metres and seconds as arrays, ``NO_ROAD_S`` in both where there is no road."""
    gaps: dict[tuple[str, tuple[str, ...]], Any] = field(default_factory=dict)
    """Where tasks may be put into orders seen before (``gaps``). Nothing else depends on it."""
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

    def worth(self, task: str) -> int | None:
        """The prize lost without it; None when it (or one of its group) must be served."""
        group = self.group_of.get(task)
        if group is not None:
            return None if group.required else group.prize_cents
        one = self.tasks[task]
        return None if one.required else one.prize_cents

    def brought(self, stops: Sequence[str], dimension: str) -> int:
        """What the trip that starts with these stops has to deliver."""
        total = 0
        for stop in stops:
            if stop in self.sites:
                break
            total += self.tasks[stop].deliver.get(dimension, 0)
        return total

    def habits_cents(self, vehicle: str, stops: Sequence[str]) -> int:
        """The price of the habits that this vehicle breaks by serving these stops."""
        if not self.habits:
            return 0
        known = (one for stop in stops for one in self.habits.get(stop, ()))
        return sum(one.price_cents for one in known if one.vehicle != vehicle)

    def lost(self, served: set[str]) -> tuple[int, int]:
        """Required tasks and groups that nobody serves, and the prizes lost besides."""
        left = [one for one in self.problem.tasks if one.id not in served and one.id not in self.group_of]
        groups = [one for one in self.problem.groups if served.isdisjoint(one.tasks)]
        missing = sum(one.required for one in left) + sum(one.required for one in groups)
        prizes = sum(one.prize_cents for one in left if not one.required)
        return missing, prizes + sum(one.prize_cents for one in groups if not one.required)


def open_book(problem: Problem) -> Book:
    """Index a problem that ``validate.refusals`` found nothing against."""
    tasks = {task.id: task for task in problem.tasks}
    loads = [load for task in problem.tasks for load in (task.load, task.deliver)]
    loads += [vehicle.aboard for vehicle in problem.vehicles]
    dimensions = tuple(sorted({dimension for load in loads for dimension in load}))
    mates = {one.pickup: one.delivery for one in problem.shipments}
    habits: dict[str, tuple[Habit, ...]] = {}
    for habit in problem.habits:
        habits[habit.task] = (*habits.get(habit.task, ()), habit)
    return Book(
        problem=problem,
        at={place.id: i for i, place in enumerate(problem.places)},
        tasks=tasks,
        sites={site.id: site for site in problem.unloading_sites},
        vehicles={vehicle.id: vehicle for vehicle in problem.vehicles},
        prefixes={prefix.vehicle: prefix.stops for prefix in problem.prefixes if prefix.stops},
        allowed=_allowed(problem),
        dimensions=dimensions,
        group_of={task: group for group in problem.groups for task in group.tasks},
        mates=mates | {delivery: pickup for pickup, delivery in mates.items()},
        pickups=frozenset(mates),
        takes=_takes(problem, dimensions),
        habits=habits,
        twins=_twins(problem),
        grids=(_grid(problem.matrix.distance_m), _grid(problem.matrix.duration_s)),
        ranks={task: (i, j) for i, one in enumerate(problem.successions) for j, task in enumerate(one.tasks)},
        delivers=any(task.deliver for task in problem.tasks),
    )


def _grid(rows: Sequence[Sequence[int | None]]) -> Any:
    whole = [[NO_ROAD_S if value is None else value for value in row] for row in rows]
    return np.array(whole, dtype=np.int64).reshape(len(rows), -1)


def _twins(problem: Problem) -> dict[str, str]:
    named = {one.vehicle for one in problem.pins} | {one.vehicle for one in problem.prefixes}
    named |= {one.vehicle for one in problem.habits} | {one.vehicle for one in problem.successions}
    named |= {vehicle for task in problem.tasks for vehicle in task.vehicles or ()}
    first: dict[str, str] = {}
    twins = {}
    for vehicle in problem.vehicles:
        key = vehicle.id if vehicle.id in named else repr(replace(vehicle, id=""))
        twins[vehicle.id] = first.setdefault(key, vehicle.id)
    return twins


def _takes(problem: Problem, dimensions: Sequence[str]) -> dict[str, dict[str, int]]:
    takes = {
        task.id: {d: task.load.get(d, 0) - task.deliver.get(d, 0) for d in dimensions}
        for task in problem.tasks
    }
    loads = {task.id: task.load for task in problem.tasks}
    for one in problem.shipments:
        takes[one.delivery] = {d: -loads[one.pickup].get(d, 0) for d in dimensions}
    return takes


def _allowed(problem: Problem) -> dict[str, frozenset[str]]:
    everyone = frozenset(vehicle.id for vehicle in problem.vehicles)
    able = {vehicle.id: frozenset(vehicle.skills) for vehicle in problem.vehicles}
    bound = {pin.task: frozenset((pin.vehicle,)) for pin in problem.pins}
    for prefix in problem.prefixes:
        bound |= {stop: frozenset((prefix.vehicle,)) for stop in prefix.stops}
    for line in problem.successions:
        bound |= {task: frozenset((line.vehicle,)) for task in line.tasks}
    allowed = {}
    for task in problem.tasks:
        named = everyone if task.vehicles is None else frozenset(task.vehicles)
        named &= bound.get(task.id, everyone)
        if task.skills:
            named = frozenset(one for one in named if able[one].issuperset(task.skills))
        allowed[task.id] = named
    for shipment in problem.shipments:
        both = allowed[shipment.pickup] & allowed[shipment.delivery]
        allowed[shipment.pickup] = allowed[shipment.delivery] = both
    return allowed
