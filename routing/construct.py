"""A plan without a solver: cheapest insertion, unloading trips where the truck would overflow.

It makes the first answer and mends what an engine returns (a route that cannot be driven, a dropped
stop that fits after all, an optional stop not worth its detour, a trip to unload nothing).
``insertion`` knows where a task may go, ``reasons`` why one stays out.
"""

from collections.abc import Callable, Sequence
from random import Random

from routing.book import Book
from routing.insertion import best_insertion, with_unloads
from routing.loads import loads_along, put_in_succession
from routing.model import Task, Vehicle
from routing.schedule import Orders
from routing.timing import FAR_S, timed

NEVER: Callable[[], bool] = lambda: False  # noqa: E731 - a named default reads better than a nested def


def construct(book: Book, *, seed: int, stop: Callable[[], bool] = NEVER) -> dict[str, list[str]]:
    """Orders from nothing but the prefixes: required tasks first, the far ones before the near ones."""
    return mend(book, out_already(book), seed=seed, stop=stop)


def out_already(book: Book) -> dict[str, list[str]]:
    """The trucks that are out whatever is planned: a locked beginning, or a load to bring home."""
    start: dict[str, list[str]] = {}
    for vehicle in book.problem.vehicles:
        prefix = book.prefixes.get(vehicle.id, ())
        if prefix or (book.problem.end_empty and any(vehicle.aboard.values())):
            start[vehicle.id] = _homeward(book, vehicle, prefix)
    return start


def _homeward(book: Book, vehicle: Vehicle, prefix: Sequence[str]) -> list[str]:
    """A locked beginning brought home: as it is, with what it must leave somewhere, through a site."""
    owed = [book.mates[stop] for stop in prefix if stop in book.pickups and book.mates[stop] not in prefix]
    prefix = [*prefix, *owed]
    nearest = with_unloads(book, vehicle, prefix)
    ways = [nearest, list(prefix), *([*prefix, site] for site in book.sites)]
    return next((stops for stops in ways if timed(book, vehicle, stops).feasible), nearest)


def mend(book: Book, orders: Orders, *, seed: int, stop: Callable[[], bool] = NEVER) -> dict[str, list[str]]:
    """Make each route drivable, drop what is not worth its detour, then insert what fits and pays.

    ``stop`` is asked between insertions; the orders returned are whole whenever it says so.
    """
    mended = {vehicle: _drivable(book, book.vehicles[vehicle], stops) for vehicle, stops in orders.items()}
    mended = {vehicle: stops for vehicle, stops in mended.items() if stops}
    for vehicle, stops in out_already(book).items():
        mended.setdefault(vehicle, stops)
    for vehicle in list(mended):
        _drop_unpaid(book, book.vehicles[vehicle], mended)
    served = {one for stops in mended.values() for one in stops}
    missing = [task for task in book.problem.tasks if _wanted(book, task.id, served)]
    Random(seed).shuffle(missing)  # noqa: S311 - ties only, nothing secret
    missing.sort(key=lambda task: (book.worth(task.id) is not None, -_farness(book, task)))
    for task in missing:
        if stop():
            break
        group = book.group_of.get(task.id)
        if group is not None and not served.isdisjoint(group.tasks):
            continue
        worth = pair_worth(book, task)
        best = best_insertion(book, mended, task, worth)
        if best is not None and (worth is None or best[0] <= worth):
            mended[best[1]] = best[2]
            served |= {task.id, book.mates.get(task.id, task.id)}
    return mended


def _wanted(book: Book, task: str, served: set[str]) -> bool:
    return task not in served and (task not in book.mates or task in book.pickups)


def pair_worth(book: Book, task: Task) -> int | None:
    """The prize lost without the task, and without its shipment's other end; None when it must be served."""
    mine = book.worth(task.id)
    other = book.worth(book.mates[task.id]) if task.id in book.mates else 0
    return None if mine is None or other is None else mine + other


def ruined(book: Book, orders: Orders, random: Random) -> dict[str, list[str]]:
    """The orders without a tenth to four tenths of their tasks, all near one of them."""
    fixed = {one for prefix in book.prefixes.values() for one in _locked(book, prefix)}
    tasks = [one for stops in orders.values() for one in stops if one in book.tasks and one not in fixed]
    gone: set[str] = set()
    if tasks:
        centre = book.tasks[random.choice(tasks)].place
        tasks.sort(key=lambda one: (book.leg(centre, book.tasks[one].place) or (0, FAR_S))[1])
        gone = set(tasks[: max(2, int(len(tasks) * random.uniform(0.1, 0.4)))])
        gone |= {book.mates[one] for one in gone if one in book.mates}
    kept = {
        vehicle: [stop for i, stop in enumerate(stops) if stop not in gone or _fixed(book, vehicle, i)]
        for vehicle, stops in orders.items()
    }
    return {vehicle: tidied(book, book.vehicles[vehicle], stops) for vehicle, stops in kept.items()}


def _locked(book: Book, prefix: Sequence[str]) -> set[str]:
    """A locked beginning, and what it owes: the other ends of its shipments."""
    return {*prefix, *(book.mates[one] for one in prefix if one in book.mates)}


def _fixed(book: Book, vehicle: str, position: int) -> bool:
    return position < len(book.prefixes.get(vehicle, ()))


def tidied(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> list[str]:
    """Without the trips that would unload nothing."""
    fixed = len(book.prefixes.get(vehicle.id, ()))
    if all(stop in book.tasks for stop in stops[fixed:]):
        return list(stops)
    loads = loads_along(book, vehicle, stops)
    kept: list[str] = list(stops[:fixed])
    since = loads[fixed]  # what is on board, whatever trips were left out since
    for position in range(fixed, len(stops)):
        if stops[position] in book.tasks or any(since.values()) or book.delivers:
            kept.append(stops[position])
        since = loads[position + 1]
    return kept


def _drivable(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> list[str]:
    """The order tidied; where an engine took a rule too lightly, without the stops that break it."""
    whole = tidied(book, vehicle, put_in_succession(book, stops))
    if not whole or timed(book, vehicle, whole).feasible:
        return whole
    again = with_unloads(book, vehicle, whole)
    if timed(book, vehicle, again).feasible:
        return again
    fixed = len(book.prefixes.get(vehicle.id, ()))
    kept = _homeward(book, vehicle, whole[:fixed]) if fixed or any(vehicle.aboard.values()) else []
    base = list(whole[:fixed])
    for stop in whole[fixed:]:
        if stop not in book.tasks or (stop in book.mates and stop not in book.pickups):
            continue
        longer = [*base, stop, *([book.mates[stop]] if stop in book.mates else [])]
        home = with_unloads(book, vehicle, longer)
        if timed(book, vehicle, home).feasible:
            base, kept = longer, home
    return kept


def _drop_unpaid(book: Book, vehicle: Vehicle, orders: dict[str, list[str]]) -> None:
    """Take out, one at a time, the optional stop whose absence saves most beyond its prize."""
    fixed = _locked(book, book.prefixes.get(vehicle.id, ()))
    while True:
        stops = orders[vehicle.id]
        now = timed(book, vehicle, stops).price_cents if stops else 0
        best: tuple[int, list[str]] | None = None
        for stop in stops:
            worth = pair_worth(book, book.tasks[stop]) if stop in book.tasks and stop not in fixed else None
            if worth is None:
                continue
            rest = [one for one in stops if one not in (stop, book.mates.get(stop))]
            rest = tidied(book, vehicle, rest)
            if not any(one in book.tasks for one in rest) and not any(vehicle.aboard.values()):
                rest = []
            after = timed(book, vehicle, rest) if rest else None
            gain = now - (after.price_cents if after else 0) - worth
            if (after is None or after.feasible) and gain > 0 and (best is None or gain > best[0]):
                best = gain, rest
        if best is None:
            return
        orders[vehicle.id] = best[1]


def _farness(book: Book, task: Task) -> int:
    legs = [book.leg(vehicle.start, task.place) for vehicle in book.problem.vehicles]
    return min((leg[1] for leg in legs if leg), default=0)
