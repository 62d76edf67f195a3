"""Where a task may go in the orders there are, what that really adds, and the unloading trips it needs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

import numpy as np

from routing.alone import never_served
from routing.book import NO_ROAD_S, Book
from routing.loads import loads_along, loads_fit, room_for
from routing.model import Load, Task, Vehicle
from routing.schedule import Orders
from routing.timing import FAR_S, Timed, longest_s, timed

TRIES = 20
"""Cheapest insertion places compared for one task; the others are tried only when none of these will do."""
PAIR_TRIES = 8
"""Places tried for each end of a shipment."""
MAX_GAPS = 2_000
"""Orders whose gaps are remembered: a few kilobytes each."""

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
    places = [one for one in positions(book, orders, task) if worth is None or one[0] <= worth]
    found = cheapest(book, orders, task, nsmallest(TRIES, places))
    if found is None and len(places) > TRIES:
        found = cheapest(book, orders, task, sorted(places)[TRIES:], first=True)
    return found


def detour_cents(book: Book, orders: Orders, task: Task, worth: int) -> int | None:
    """What serving it would add at least: the shortest detour, or more where that one does not fit."""
    if task.id in book.mates:
        found = _best_pair(book, orders, task)
        return None if found is None else found[0]
    places = nsmallest(TRIES, positions(book, orders, task))
    if places and places[0][0] > worth:
        return places[0][0]
    best = cheapest(book, orders, task, places)
    return None if best is None else best[0]


def _best_pair(book: Book, orders: Orders, task: Task) -> Insertion | None:
    """Both ends in one route, each near its own cheapest places."""
    pickup, delivery = (task.id, book.mates[task.id])[:: 1 if task.id in book.pickups else -1]
    best: Insertion | None = None
    for identifier in sorted(book.allowed[pickup]):
        vehicle, stops = book.vehicles[identifier], list(orders.get(identifier, ()))
        now = timed(book, vehicle, stops).price_cents if stops else 0
        only = {identifier: stops}
        firsts = nsmallest(PAIR_TRIES, positions(book, only, book.tasks[pickup], identifier))
        lasts = nsmallest(PAIR_TRIES, positions(book, only, book.tasks[delivery], identifier))
        for _, _, i in firsts:
            for j in sorted({j for _, _, j in lasts if j >= i} | {i}):
                order = [*stops[:i], pickup, *stops[i:j], delivery, *stops[j:]]
                judged = timed(book, vehicle, order)
                added = judged.price_cents - now
                if judged.feasible and (best is None or added < best[0]):
                    best = added, identifier, order
    return best


def cheapest(
    book: Book, orders: Orders, task: Task, places: Iterable[tuple[int, str, int]], *, first: bool = False
) -> Insertion | None:
    """The best of these places once timed; with ``first``, the first that will do."""
    best: Insertion | None = None
    before: dict[str, int] = {}
    for guess, identifier, position in places:
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
    again = with_unloads(book, vehicle, stops)
    if not loads_fit(book, vehicle, again):
        return
    yield again, timed(book, vehicle, again)
    if book.problem.end_empty and again[-1] in book.sites and len(book.sites) > 1:
        for site in book.sites:
            if site != again[-1]:
                yield [*again[:-1], site], timed(book, vehicle, [*again[:-1], site])


def positions(
    book: Book, orders: Orders, task: Task, only: str | None = None
) -> Iterator[tuple[int, str, int]]:
    """Every place the task may go: a guess of the added cents (the detour), vehicle, position."""
    here = book.at[task.place]
    idle: set[str] = set()
    for identifier in sorted(book.allowed[task.id]) if only is None else [only]:
        vehicle, stops = book.vehicles[identifier], orders.get(identifier, ())
        if not stops:
            if book.twins[identifier] in idle:
                continue  # another truck just like it stands idle too
            idle.add(book.twins[identifier])
        gaps = _gaps(book, vehicle, stops)
        metres, seconds = book.grids
        extra_s = seconds[gaps.before, here] + seconds[here, gaps.after] - gaps.seconds
        extra_m = metres[gaps.before, here] + metres[here, gaps.after] - gaps.metres
        cents = extra_m * vehicle.cost_per_km_cents // 1000
        cents += (extra_s + task.service_s) * vehicle.cost_per_hour_cents // 3600
        opening_cents = (0 if stops else vehicle.fixed_cost_cents) + book.habits_cents(identifier, (task.id,))
        cents += opening_cents
        low, high = room_for(book, task.id, stops)
        for i in np.flatnonzero(extra_s <= min(gaps.spare_s - task.service_s, NO_ROAD_S // 2)):
            if low <= gaps.first + int(i) <= high:
                yield int(cents[i]), identifier, gaps.first + int(i)


@dataclass(frozen=True, slots=True)
class _Gaps:
    """The places between two stops of one order, as arrays, and the time its day has left."""

    first: int
    before: Any
    after: Any
    metres: Any
    seconds: Any
    spare_s: int


def _gaps(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> _Gaps:
    key = vehicle.id, tuple(stops)
    found: _Gaps | None = book.gaps.get(key)
    if found is None:
        if len(book.gaps) >= MAX_GAPS:
            book.gaps.clear()
        first = len(book.prefixes.get(vehicle.id, ()))
        places = [vehicle.start, *(book.place_of(stop) for stop in stops), vehicle.end]
        ranks = np.array([book.at[place] for place in places[first:]])
        before, after = ranks[:-1], ranks[1:]
        metres, seconds = (
            np.where(grid[before, after] < NO_ROAD_S, grid[before, after], 0) for grid in book.grids
        )
        found = _Gaps(first, before, after, metres, seconds, _spare_s(book, vehicle, stops))
        book.gaps[key] = found
    return found


def _spare_s(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> int:
    """Time left in the day. A wait may swallow what is added, so with one there is no telling."""
    if not stops:
        return FAR_S
    walk = timed(book, vehicle, stops).walk
    if walk.waits:
        return FAR_S
    return min(vehicle.shift_end_s - walk.end_s, longest_s(vehicle) - walk.duration_s)


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
