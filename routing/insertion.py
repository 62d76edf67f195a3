"""Where a task may go in the orders there are, what that really adds, and the unloading trips it needs."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from routing.alone import never_served
from routing.book import Book
from routing.gaps import Place, places
from routing.loads import loads_along, loads_fit
from routing.model import Load, Task, Vehicle
from routing.schedule import Orders
from routing.timing import Timed, timed

TRIES = 20
"""Cheapest insertion places compared for one task; the others are tried only when none of these will do."""
PAIR_TRIES = 8
"""Places tried for each end of a shipment."""

Insertion = tuple[int, str, list[str]]
"""The cents it really adds, the vehicle and its new order."""


def best_insertion(book: Book, orders: Orders, task: Task, worth: int | None) -> Insertion | None:
    """The cheapest place for the task (and its shipment's other end); None when it fits nowhere.

    Places whose detour alone costs more than ``worth`` are not tried.
    """
    if never_served(book, task) is not None:
        return None
    if task.id in book.mates:
        return _best_pair(book, orders, task)
    ranked = places(book, orders, task, worth=worth)
    found = cheapest(book, orders, task, islice(ranked, TRIES))
    return cheapest(book, orders, task, ranked, first=True) if found is None else found


def detour_cents(book: Book, orders: Orders, task: Task, worth: int) -> int | None:
    """What serving it would add at least: the shortest detour, or more where that one does not fit."""
    if task.id in book.mates:
        found = _best_pair(book, orders, task)
        return None if found is None else found[0]
    nearest = list(islice(places(book, orders, task), TRIES))
    if nearest and nearest[0][0] > worth:
        return nearest[0][0]
    best = cheapest(book, orders, task, nearest)
    return None if best is None else best[0]


def _best_pair(book: Book, orders: Orders, task: Task) -> Insertion | None:
    """Both ends in one route, each near its own cheapest places."""
    pickup, delivery = (task.id, book.mates[task.id])[:: 1 if task.id in book.pickups else -1]
    best: Insertion | None = None
    for identifier in sorted(book.allowed[pickup]):
        vehicle, stops = book.vehicles[identifier], list(orders.get(identifier, ()))
        now = timed(book, vehicle, stops).price_cents if stops else 0
        only = {identifier: stops}
        firsts = list(islice(places(book, only, book.tasks[pickup], only=identifier), PAIR_TRIES))
        lasts = list(islice(places(book, only, book.tasks[delivery], only=identifier), PAIR_TRIES))
        for _, _, i in firsts:
            for j in sorted({j for _, _, j in lasts if j >= i} | {i}):
                order = [*stops[:i], pickup, *stops[i:j], delivery, *stops[j:]]
                judged = timed(book, vehicle, order)
                added = judged.price_cents - now
                if judged.feasible and (best is None or added < best[0]):
                    best = added, identifier, order
    return best


def cheapest(
    book: Book, orders: Orders, task: Task, tried: Iterable[Place], *, first: bool = False
) -> Insertion | None:
    """The best of these places once timed; with ``first``, the first that will do."""
    best: Insertion | None = None
    before: dict[str, int] = {}
    for guess, identifier, position in tried:
        if best is not None and guess > best[0]:
            break
        vehicle, stops = book.vehicles[identifier], orders.get(identifier, ())
        if identifier not in before:
            before[identifier] = timed(book, vehicle, stops).price_cents if stops else 0
        for order, judged in _variants(book, vehicle, [*stops[:position], task.id, *stops[position:]]):
            added = judged.price_cents - before[identifier]
            if judged.feasible and (best is None or added < best[0]):
                best = added, identifier, order
        if first and best is not None:
            break
    return best


def _variants(book: Book, vehicle: Vehicle, stops: list[str]) -> Iterator[tuple[list[str], Timed]]:
    """The order as it stands when the load fits; else with the unloading trips placed afresh."""
    if loads_fit(book, vehicle, stops):
        yield stops, timed(book, vehicle, stops)
        return
    if not book.sites:
        return
    again = with_unloads(book, vehicle, stops)
    if not loads_fit(book, vehicle, again):
        return
    yield again, timed(book, vehicle, again)
    if book.problem.end_empty and again[-1] in book.sites and len(book.sites) > 1:
        for site in book.sites:
            if site != again[-1]:
                yield [*again[:-1], site], timed(book, vehicle, [*again[:-1], site])


def with_unloads(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> list[str]:
    """The same tasks in the same order, with the nearest unloading site wherever the truck would overflow.

    The vehicle's prefix stays as given; unloading trips after it are placed afresh. Where trips carry
    what they deliver, or stops belong together, the order is left as it is but for the last trip.
    """
    fixed = book.prefixes.get(vehicle.id, ())
    done = list(fixed) if tuple(stops[: len(fixed)]) == fixed else []
    if book.delivers or book.mates:
        done = list(stops)
        on_board: Load = loads_along(book, vehicle, done)[-1]
    else:
        on_board = loads_along(book, vehicle, done)[-1]
        for stop in stops[len(done) :]:
            if stop not in book.tasks:
                continue
            load = book.tasks[stop].load
            if any(on_board.get(d, 0) + load[d] > vehicle.capacity.get(d, 0) for d in load) and any(
                on_board.values()
            ):
                done += nearest_site(book, vehicle, done, book.tasks[stop].place)
                on_board = {}
            done.append(stop)
            on_board = {d: on_board.get(d, 0) + load.get(d, 0) for d in {*on_board, *load}}
    if book.problem.end_empty and any(on_board.values()):
        done += nearest_site(book, vehicle, done, vehicle.end)
    return done


def nearest_site(book: Book, vehicle: Vehicle, done: Sequence[str], target: str) -> list[str]:
    """The site that adds the least driving between the last stop and the next place; [] without a road."""
    here = book.place_of(done[-1]) if done else vehicle.start
    best: list[tuple[int, str]] = []
    for site in book.sites.values():
        to, on = book.leg(here, site.place), book.leg(site.place, target)
        if to is not None and on is not None:
            best.append((to[1] + site.service_s + on[1], site.id))
    return [min(best)[1]] if best else []
