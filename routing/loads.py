"""What is on board along an order of stops, and whether it fits. No time, no cost."""

from collections.abc import Sequence

from routing.book import Book
from routing.model import Vehicle


def loads_along(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> list[dict[str, int]]:
    """What is on board when leaving the start, then after each stop, by dimension."""
    now = {d: vehicle.aboard.get(d, 0) + book.brought(stops, d) for d in book.dimensions}
    along = [now]
    for i, stop in enumerate(stops):
        if stop in book.tasks:
            takes = book.takes[stop]
            now = {d: quantity + takes[d] for d, quantity in now.items()}
        else:
            now = {d: book.brought(stops[i + 1 :], d) for d in book.dimensions}
        along.append(now)
    return along


def loads_fit(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> bool:
    """Whether the truck never overflows and, when asked, comes home empty."""
    for dimension in book.dimensions:
        room = vehicle.capacity.get(dimension, 0)
        aboard = vehicle.aboard.get(dimension, 0)
        aboard += book.brought(stops, dimension) if book.delivers else 0
        if aboard > room:
            return False
        for i, stop in enumerate(stops):
            if stop in book.takes:
                aboard += book.takes[stop][dimension]
            else:
                aboard = book.brought(stops[i + 1 :], dimension) if book.delivers else 0
            if aboard > room:
                return False
        if book.problem.end_empty and aboard and stops:
            return False
    return pairs_kept(book, stops) and in_succession(book, stops)


def pairs_kept(book: Book, stops: Sequence[str]) -> bool:
    """Whether each shipment here is picked up first and left afterwards, and each group served once."""
    if not book.mates and not book.group_of:
        return True
    seen: set[str] = set()
    groups: set[str] = set()
    for stop in stops:
        if stop in book.mates and stop not in book.pickups and book.mates[stop] not in seen:
            return False
        group = book.group_of.get(stop)
        if group is not None:
            if group.id in groups:
                return False
            groups.add(group.id)
        seen.add(stop)
    return all(book.mates[stop] in seen for stop in seen if stop in book.mates)


def in_succession(book: Book, stops: Sequence[str]) -> bool:
    """Whether the tasks whose order is locked come in that order."""
    last: dict[int, int] = {}
    for stop in stops if book.ranks else ():
        if stop in book.ranks:
            line, place = book.ranks[stop]
            if place < last.get(line, place):
                return False
            last[line] = place
    return True


def put_in_succession(book: Book, stops: Sequence[str]) -> list[str]:
    """The same stops, those whose order is locked dealt in that order over the positions they have."""
    if in_succession(book, stops):
        return list(stops)
    sorted_lines: dict[int, list[str]] = {}
    for stop in sorted((one for one in stops if one in book.ranks), key=lambda one: book.ranks[one]):
        sorted_lines.setdefault(book.ranks[stop][0], []).append(stop)
    return [sorted_lines[book.ranks[stop][0]].pop(0) if stop in book.ranks else stop for stop in stops]


def room_for(book: Book, task: str, stops: Sequence[str]) -> tuple[int, int]:
    """The first and last position at which the task may be put into this order."""
    low, high = 0, len(stops)
    if task not in book.ranks:
        return low, high
    line, place = book.ranks[task]
    for i, stop in enumerate(stops):
        other = book.ranks.get(stop)
        if other is not None and other[0] == line:
            if other[1] < place:
                low = i + 1
            else:
                high = min(high, i)
    return low, high
