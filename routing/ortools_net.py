"""What the OR-Tools model is about: its nodes, where its vehicles start from, and its way back to orders.

A locked beginning (prefix) is not given to the library as a constraint: the vehicle simply starts
where its prefix ends, at that time and with that load.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from routing.alone import never_served
from routing.book import Book
from routing.loads import loads_along
from routing.model import Problem, Vehicle
from routing.timing import timed


@dataclass(frozen=True, slots=True)
class Node:
    """A task, or one possible visit of an unloading site, or (stop None) a terminal."""

    place: int
    stop: str | None
    service_s: int = 0


@dataclass(frozen=True, slots=True)
class Departure:
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
    nodes: Sequence[Node]
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


def departure(book: Book, vehicle: Vehicle) -> Departure:
    """The prefix is timed without what follows: the start may turn out later, never earlier."""
    prefix = book.prefixes.get(vehicle.id, ())
    if not prefix:
        return Departure(vehicle.start, vehicle.shift_start_s, vehicle.aboard, False)
    walk = timed(book, vehicle, prefix).walk
    clock = walk.begins[-1] + _service(book, prefix[-1])
    late = vehicle.pause is not None and clock - walk.start_s > vehicle.pause.latest_after_s
    if late and vehicle.pause is not None and not any(one.position < len(prefix) for one in walk.pauses):
        clock += vehicle.pause.duration_s
    return Departure(book.place_of(prefix[-1]), clock, loads_along(book, vehicle, prefix)[-1], late)


def _service(book: Book, stop: str) -> int:
    return book.tasks[stop].service_s if stop in book.tasks else book.sites[stop].service_s


def nodes(book: Book, seed: int) -> list[Node]:
    """Tasks still to plan, shuffled by the seed (ties break by position), then unloading visits."""
    fixed = {stop for prefix in book.prefixes.values() for stop in prefix}
    done = {book.group_of[stop].id for stop in fixed if stop in book.group_of}
    tasks = [t for t in book.problem.tasks if t.id not in fixed and never_served(book, t) is None]
    tasks = [t for t in tasks if t.id not in book.group_of or book.group_of[t.id].id not in done]
    Random(seed).shuffle(tasks)  # noqa: S311 - variety, nothing secret
    nodes = [Node(book.at[task.place], task.id, task.service_s) for task in tasks]
    copies = _unloading_copies(book.problem)
    for site in book.problem.unloading_sites:
        nodes += [Node(book.at[site.place], site.id, site.service_s)] * copies
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
