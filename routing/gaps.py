"""The gaps between the stops of the orders there are, as arrays: where a task may go, cheapest guess first.

It knows detours; it refuses to know windows and loads, so a place it names may still not do. All trucks'
gaps lie in one array each: on 1,000 optional stops, 500 of them out, looking truck by truck made the
judging of one plan last 1.4 s.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from routing.book import NO_ROAD_S, Book
from routing.loads import room_for
from routing.model import Task, Vehicle
from routing.schedule import Orders
from routing.timing import FAR_S, longest_s, timed

MAX_GAPS = 2_000
"""Orders whose gaps are remembered: a few kilobytes each."""

Place = tuple[int, str, int]
"""A guess of the added cents (the detour), the vehicle, and the position in its order."""


def places(
    book: Book, orders: Orders, task: Task, *, worth: int | None = None, only: str | None = None
) -> Iterator[Place]:
    """Every place where the task may go, the cheapest first; those above ``worth`` are left out."""
    trucks = book.allowed[task.id] if only is None else frozenset((only,))
    fleet = _fleet(book, orders, trucks)
    if fleet is None:
        return
    here, gaps = book.at[task.place], fleet.gaps
    metres, seconds = book.grids
    extra_s = seconds[gaps[_BEFORE], here] + seconds[here, gaps[_AFTER]] - gaps[_SECONDS]
    kept = np.flatnonzero(extra_s <= np.minimum(gaps[_SPARE] - task.service_s, NO_ROAD_S // 2))
    if task.id in book.ranks:
        room = np.array([room_for(book, task.id, orders.get(one, ())) for one in fleet.vehicles])
        low, high = room[gaps[_OWNER, kept]].T
        kept = kept[(low <= gaps[_POSITION, kept]) & (gaps[_POSITION, kept] <= high)]
    near = gaps[:, kept]
    extra_m = metres[near[_BEFORE], here] + metres[here, near[_AFTER]] - near[_METRES]
    cents = extra_m * near[_PER_KM] // 1000
    cents += (extra_s[kept] + task.service_s) * near[_PER_HOUR] // 3600 + near[_OPENING]
    if task.id in book.habits:
        broken = np.array([book.habits_cents(one, (task.id,)) for one in fleet.vehicles])
        cents += broken[near[_OWNER]]
    order = np.argsort(cents, kind="stable")  # of equals, the first truck's first place
    if worth is not None:
        order = order[: int(np.count_nonzero(cents <= worth))]
    for i in order:
        yield int(cents[i]), fleet.vehicles[near[_OWNER, i]], int(near[_POSITION, i])


_OWNER, _POSITION, _BEFORE, _AFTER, _METRES, _SECONDS, _SPARE, _PER_KM, _PER_HOUR, _OPENING = range(10)
"""The rows of a fleet's gaps: the truck's rank and the position, the places' ranks on either side, the leg
between them, the seconds its day has left, its rates, and what putting it on the road costs."""


@dataclass(frozen=True, slots=True)
class _Fleet:
    """All gaps of some trucks in some orders."""

    orders: tuple[tuple[str, ...], ...]
    vehicles: tuple[str, ...]
    gaps: Any


def _fleet(book: Book, orders: Orders, trucks: frozenset[str]) -> _Fleet | None:
    """The gaps of these trucks, those of the last orders remembered; None without any."""
    names = tuple(sorted(trucks))
    key = "", names
    now = tuple(tuple(orders.get(one, ())) for one in names)
    last: _Fleet | None = book.gaps.get(key)
    if last is not None and last.orders == now:
        return last
    parts = []
    idle: set[str] = set()
    for rank, (name, stops) in enumerate(zip(names, now, strict=True)):
        if not stops:
            if book.twins[name] in idle:
                continue  # another truck just like it stands idle too
            idle.add(book.twins[name])
        part = _gaps(book, book.vehicles[name], stops).copy()
        part[_OWNER] = rank
        parts.append(part)
    if not parts:
        return None
    book.gaps[key] = found = _Fleet(now, names, np.concatenate(parts, axis=1))
    return found


def _gaps(book: Book, vehicle: Vehicle, stops: tuple[str, ...]) -> Any:
    """One truck's, whatever its rank."""
    key = vehicle.id, stops
    found = book.gaps.get(key)
    if found is None:
        if len(book.gaps) >= MAX_GAPS:
            book.gaps.clear()
        first = len(book.prefixes.get(vehicle.id, ()))
        stages = [vehicle.start, *(book.place_of(stop) for stop in stops), vehicle.end]
        ranks = np.array([book.at[place] for place in stages[first:]])
        found = np.zeros((10, len(ranks) - 1), dtype=np.int64)
        found[_POSITION] = np.arange(first, first + len(ranks) - 1)
        found[_BEFORE], found[_AFTER] = ranks[:-1], ranks[1:]
        for row, grid in zip((_METRES, _SECONDS), book.grids, strict=True):
            legs = grid[ranks[:-1], ranks[1:]]
            found[row] = np.where(legs < NO_ROAD_S, legs, 0)
        found[_SPARE] = _spare_s(book, vehicle, stops)
        found[_PER_KM], found[_PER_HOUR] = vehicle.cost_per_km_cents, vehicle.cost_per_hour_cents
        found[_OPENING] = 0 if stops else vehicle.fixed_cost_cents
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
