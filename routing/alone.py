"""Why a task could not be served even alone, by an empty truck: certain reasons, before any search."""

from collections.abc import Sequence
from itertools import pairwise

from routing.book import Book
from routing.loads import loads_fit
from routing.model import Task, Vehicle
from routing.timing import timed


def never_served(book: Book, task: Task) -> tuple[str, str] | None:
    """The code and sentence when no truck may or can carry this task at all; certain, not a guess."""
    allowed = [book.vehicles[vehicle] for vehicle in sorted(book.allowed[task.id])]
    if not allowed:
        return "no_vehicle", "Aucun camion n'est autorisé à cet arrêt."
    alone = alone_with(book, task.id)
    site = _any_site(book)
    ways = ([*alone, *site], [*site, *alone, *site])  # a truck on the road may have to unload first
    if not any(loads_fit(book, vehicle, stops) for vehicle in allowed for stops in ways):
        if book.problem.end_empty and not book.sites and any(task.load.values()):
            return "no_site", "Aucun site de vidage : le camion ne pourrait pas rentrer vide."
        return "too_big", "La charge à prendre dépasse la capacité de chaque camion autorisé."
    return None


def alone_with(book: Book, task: str) -> list[str]:
    """The task, with its shipment's other end in the order they must come."""
    mate = book.mates.get(task)
    if mate is None:
        return [task]
    return [task, mate] if task in book.pickups else [mate, task]


def _any_site(book: Book) -> list[str]:
    return list(book.sites)[:1]


def not_alone(book: Book, task: Task) -> tuple[str, str] | None:
    """Why the task would fail even as the only stop of an empty truck; None when it would not."""
    trials = []
    for identifier in sorted(book.allowed[task.id] - set(book.prefixes)):
        vehicle = book.vehicles[identifier]
        alone = alone_with(book, task.id)
        ways = [alone, *([*alone, site] for site in book.sites)]
        if any(vehicle.aboard.values()):
            ways += [[one, *alone, other] for one in book.sites for other in book.sites]
        for stops in ways:
            if loads_fit(book, vehicle, stops):
                if timed(book, vehicle, stops).feasible:
                    return None
                trials.append((vehicle, stops))
    if not trials:
        return None
    with_road = [(vehicle, stops) for vehicle, stops in trials if _road(book, vehicle, stops)]
    if not with_road:
        return "no_road", "Aucune route connue jusqu'à cet arrêt."
    if all(timed(book, vehicle, stops).walk.missed for vehicle, stops in with_road):
        return "closed", "Fermé aux heures où un camion peut y être."
    return "too_far", "Un camion qui n'irait que là ne rentrerait pas avant la fin de son service."


def _road(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> bool:
    places = [vehicle.start, *(book.place_of(stop) for stop in stops), vehicle.end]
    return all(book.leg(a, b) is not None for a, b in pairwise(places))
