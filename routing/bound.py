"""A price no complete plan can be below: simple, certain, and far from tight on large days.

Each task that must be served is entered by some arc: the cheapest into it and its service are added up
at the lowest rates of any truck, with one truck's fixed cost. It is a bound, not an estimate.
"""

from routing.book import Book
from routing.model import Task

MAX_TASKS = 1000
"""Beyond, working it out would cost seconds."""


def bound_cents(book: Book) -> int | None:
    """Cents, rounded down: no plan that serves every required task and group costs less."""
    problem = book.problem
    if len(problem.tasks) > MAX_TASKS:
        return None
    metre = min(vehicle.cost_per_km_cents for vehicle in problem.vehicles)
    second = min(vehicle.cost_per_hour_cents for vehicle in problem.vehicles)
    total = 0
    musts = [task for task in problem.tasks if task.required and task.id not in book.group_of]
    starts = {book.at[vehicle.start] for vehicle in problem.vehicles}
    others = {book.at[site.place] for site in problem.unloading_sites}
    others |= {book.at[task.place] for task in problem.tasks}
    for task in musts:
        arcs = _entering(book, task, starts | others, metre, second)
        total += min(arcs, default=0) + 5 * task.service_s * second
    fixed = min(vehicle.fixed_cost_cents for vehicle in problem.vehicles) if musts else 0
    return max(0, total // 18_000 + fixed - len(problem.vehicles))  # each route's cost is rounded once


def _entering(book: Book, task: Task, origins: set[int], metre: int, second: int) -> list[int]:
    """What each arc into the task costs, in 18,000ths of a cent; the task itself is not an origin."""
    here = book.at[task.place]
    shared = sum(one.place == task.place for one in book.problem.tasks) > 1
    found = []
    for origin in origins if shared else origins - {here} | ({here} & _elsewhere(book)):
        metres = book.problem.matrix.distance_m[origin][here]
        seconds = book.problem.matrix.duration_s[origin][here]
        if metres is not None and seconds is not None:
            found.append(18 * metres * metre + 5 * seconds * second)
    return found


def _elsewhere(book: Book) -> set[int]:
    """Places that are something besides a task: a start or a site may share one with it."""
    places = {vehicle.start for vehicle in book.problem.vehicles}
    return {book.at[place] for place in places | {site.place for site in book.problem.unloading_sites}}
