"""Where things are, for PyVRP: its locations and depots, and the cost and time between them.

Terminals first, then unloading sites, then tasks; see ``pyvrp_model`` for what the arcs mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyvrp import Depot

from routing.book import Book
from routing.model import Task, Vehicle
from routing.ortools_net import departure


@dataclass(frozen=True, slots=True)
class Costs:
    """Rates in the library's units."""

    unit: int

    def metre(self, vehicle: Vehicle) -> int:
        """A metre of this vehicle."""
        return 18 * vehicle.cost_per_km_cents // self.unit

    def second(self, cents_per_hour: int) -> int:
        """A second at this rate."""
        return 5 * cents_per_hour // self.unit

    def cents(self, cents: int) -> int:
        """So many cents."""
        return 18_000 * cents // self.unit


class Places:
    """Locations of the library: start and end terminals, sites, then tasks, each with our place's rank."""

    def __init__(self, book: Book, todo: Sequence[Task]) -> None:
        self.book = book
        self.departures = {v.id: departure(book, v) for v in book.problem.vehicles}
        terminals = [("", one.place, False) for one in self.departures.values()]
        terminals += [("", v.end, True) for v in book.problem.vehicles]
        self.terminals = list(dict.fromkeys(terminals))
        self.terminals += [(site.id, site.place, False) for site in book.problem.unloading_sites]
        self.ranks = [book.at[place] for _, place, _ in self.terminals] + [book.at[t.place] for t in todo]
        self.task_at = {task.id: len(self.terminals) + i for i, task in enumerate(todo)}
        self.ends = [i for i, (_, _, is_end) in enumerate(self.terminals) if is_end]

    def sites(self) -> list[str]:
        """The unloading site that each depot is; "" for a terminal."""
        return [site for site, _, _ in self.terminals]

    def start(self, vehicle: Vehicle) -> int:
        """The depot it leaves from."""
        return self.terminals.index(("", self.departures[vehicle.id].place, False))

    def end(self, vehicle: Vehicle) -> int:
        """The depot it comes home to."""
        return self.terminals.index(("", vehicle.end, True))

    def reloads(self) -> list[int]:
        """The depots that are unloading sites."""
        return [i for i, (site, _, _) in enumerate(self.terminals) if site]

    def depots(self) -> list[Any]:
        """All of them, in order, with their hours and service."""
        found = []
        for i, (site, _, _) in enumerate(self.terminals):
            one = self.book.sites.get(site)
            if one is None:
                found.append(Depot(i))
            elif one.window is None:
                found.append(Depot(i, service_duration=one.service_s))
            else:
                found.append(Depot(i, *one.window, one.service_s))
        return found

    def matrices(self, vehicle: Vehicle, costs: Costs, horizon: int) -> tuple[Any, Any]:
        """Costs and seconds between locations, for the profile this vehicle stands for."""
        book = self.book
        far = horizon + 1
        rows = np.array(self.ranks)
        matrix = book.problem.matrix
        metres = _grid(matrix.distance_m, 0)[np.ix_(rows, rows)] * costs.metre(vehicle)
        seconds = _grid(matrix.duration_s, far)[np.ix_(rows, rows)]
        first_task = len(self.terminals)
        if book.problem.end_empty and any(any(task.load.values()) for task in book.problem.tasks):
            rate = costs.second(vehicle.cost_per_hour_cents)
            sites = self.reloads()
            loaded = np.array([any(book.tasks[task].load.values()) for task in self.task_at])
            for end in self.ends if sites else ():
                service = np.array([book.sites[self.terminals[i][0]].service_s for i in sites])
                via = seconds[first_task:, sites] + service + seconds[sites, end]
                price = metres[first_task:, sites] + metres[sites, end] + via * rate
                best = price.argmin(axis=1)
                pick = np.arange(len(best))
                detour = (metres[first_task:, sites] + metres[sites, end])[pick, best]
                metres[first_task:, end] = np.where(loaded, detour, metres[first_task:, end])
                late = np.minimum(via[pick, best], far)
                seconds[first_task:, end] = np.where(loaded, late, seconds[first_task:, end])
        for task, at in self.task_at.items():
            extra = book.habits_cents(vehicle.id, (task,))
            if extra:
                metres[:, at] += costs.cents(extra)
        np.fill_diagonal(metres, 0)
        np.fill_diagonal(seconds, 0)
        return metres, seconds


def _grid(rows: Sequence[Sequence[int | None]], hole: int) -> Any:
    return np.array([[hole if value is None else value for value in row] for row in rows], dtype=np.int64)
