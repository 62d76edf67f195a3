"""A plan without a solver: cheapest insertion, unloading trips where the truck would overflow.

It makes the first answer, mends what an engine returns (a dropped stop that fits after all, an
optional stop not worth its detour, a trip to unload nothing), and says why a task stays out.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from random import Random

from routing.alone import never_served, not_alone
from routing.model import Load, Task, Unserved, Vehicle
from routing.schedule import Orders
from routing.timing import Book, Timed, loads_after, loads_fit, timed

NEVER: Callable[[], bool] = lambda: False  # noqa: E731 - a named default reads better than a nested def
FAR_S = 10**9
"""More than any time there is."""
TRIES = 20
"""Cheapest insertion places compared for one task; the others are tried only when none of these will do."""


def construct(book: Book, *, seed: int, stop: Callable[[], bool] = NEVER) -> dict[str, list[str]]:
    """Orders from nothing but the prefixes: required tasks first, the far ones before the near ones."""
    start: dict[str, list[str]] = {}
    for vehicle, prefix in book.prefixes.items():
        start[vehicle] = _homeward(book, book.vehicles[vehicle], prefix)
    return mend(book, start, seed=seed, stop=stop)


def _homeward(book: Book, vehicle: Vehicle, prefix: Sequence[str]) -> list[str]:
    """A locked beginning brought home: as it is, or through whichever site makes it feasible."""
    nearest = with_unloads(book, vehicle, prefix)
    ways = [nearest, list(prefix), *([*prefix, site] for site in book.sites)]
    return next((stops for stops in ways if timed(book, vehicle, stops).feasible), nearest)


def mend(book: Book, orders: Orders, *, seed: int, stop: Callable[[], bool] = NEVER) -> dict[str, list[str]]:
    """Drop what is not worth its detour, then insert every task that fits and pays.

    ``stop`` is asked between insertions; the orders returned are whole whenever it says so.
    """
    mended = {vehicle: _tidied(book, book.vehicles[vehicle], stops) for vehicle, stops in orders.items()}
    for vehicle in list(mended):
        _drop_unpaid(book, book.vehicles[vehicle], mended)
    served = {one for stops in mended.values() for one in stops}
    missing = [task for task in book.problem.tasks if task.id not in served]
    Random(seed).shuffle(missing)  # noqa: S311 - ties only, nothing secret
    missing.sort(key=lambda task: (not task.required, -_farness(book, task)))
    for task in missing:
        if stop():
            break
        worth = None if task.required else task.prize_cents
        best = _best_insertion(book, mended, task, worth)
        if best is not None and (worth is None or best[0] <= worth):
            mended[best[1]] = best[2]
    return mended


def ruined(book: Book, orders: Orders, random: Random) -> dict[str, list[str]]:
    """The orders without a tenth to four tenths of their tasks, all near one of them."""
    fixed = {stop for prefix in book.prefixes.values() for stop in prefix}
    tasks = [one for stops in orders.values() for one in stops if one in book.tasks and one not in fixed]
    gone: set[str] = set()
    if tasks:
        centre = book.tasks[random.choice(tasks)].place
        tasks.sort(key=lambda one: (book.leg(centre, book.tasks[one].place) or (0, FAR_S))[1])
        gone = set(tasks[: max(2, int(len(tasks) * random.uniform(0.1, 0.4)))])
    kept = {vehicle: [stop for stop in stops if stop not in gone] for vehicle, stops in orders.items()}
    return {vehicle: _tidied(book, book.vehicles[vehicle], stops) for vehicle, stops in kept.items()}


def with_unloads(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> list[str]:
    """The same tasks in the same order, with the nearest unloading site wherever the truck would overflow.

    The vehicle's prefix stays as given; unloading trips after it are placed afresh.
    """
    fixed = book.prefixes.get(vehicle.id, ())
    done = list(fixed) if tuple(stops[: len(fixed)]) == fixed else []
    todo = [stop for stop in stops[len(done) :] if stop in book.tasks]
    on_board: Load = loads_after(book, done)[-1] if done else {}
    for stop in todo:
        load = book.tasks[stop].load
        if any(on_board.get(d, 0) + load[d] > vehicle.capacity.get(d, 0) for d in load) and any(
            on_board.values()
        ):
            done += _nearest_site(book, vehicle, done, book.tasks[stop].place)
            on_board = {}
        done.append(stop)
        on_board = {d: on_board.get(d, 0) + load.get(d, 0) for d in {*on_board, *load}}
    if book.problem.end_empty and any(on_board.values()):
        done += _nearest_site(book, vehicle, done, vehicle.end)
    return done


def unserved(book: Book, orders: Orders, *, stop: Callable[[], bool] = NEVER) -> tuple[Unserved, ...]:
    """Every task in no order, with the reason that holds for these orders."""
    served = {one for stops in orders.values() for one in stops}
    return tuple(_reason(book, orders, task, stop) for task in book.problem.tasks if task.id not in served)


def _reason(book: Book, orders: Orders, task: Task, stop: Callable[[], bool]) -> Unserved:
    certain = never_served(book, task) or not_alone(book, task)
    if certain is not None:
        return Unserved(task=task.id, code=certain[0], text=certain[1])
    cost = None if task.required else _detour_cents(book, orders, task)
    if cost is not None and cost > task.prize_cents:
        text = f"Facultatif : le détour coûterait {_euros(cost)} ; son intérêt : {_euros(task.prize_cents)}."
        return Unserved(task=task.id, code="too_dear", text=text)
    if stop():
        text = "Le temps de calcul n'a pas suffi pour tout essayer."
        return Unserved(task=task.id, code="out_of_time", text=text)
    text = "Plus de place dans la journée à côté des autres arrêts."
    return Unserved(task=task.id, code="day_full", text=text)


def _detour_cents(book: Book, orders: Orders, task: Task) -> int | None:
    """What serving it would add at least: the shortest detour, or more where that one does not fit."""
    places = nsmallest(TRIES, _positions(book, orders, task))
    if places and places[0][0] > task.prize_cents:
        return places[0][0]
    best = _cheapest(book, orders, task, places)
    return None if best is None else best[0]


def _euros(cents: int) -> str:
    return f"{cents / 100:.2f} €".replace(".", ",")


def _farness(book: Book, task: Task) -> int:
    legs = [book.leg(vehicle.start, task.place) for vehicle in book.problem.vehicles]
    return min((leg[1] for leg in legs if leg), default=0)


def _nearest_site(book: Book, vehicle: Vehicle, done: Sequence[str], target: str) -> list[str]:
    """The site that adds the least driving between the last stop and the next place; [] without a road."""
    here = book.place_of(done[-1]) if done else vehicle.start
    best: list[tuple[int, str]] = []
    for site in book.sites.values():
        to, on = book.leg(here, site.place), book.leg(site.place, target)
        if to is not None and on is not None:
            best.append((to[1] + site.service_s + on[1], site.id))
    return [min(best)[1]] if best else []


def _tidied(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> list[str]:
    """Without the trips that would unload nothing."""
    fixed = len(book.prefixes.get(vehicle.id, ()))
    kept: list[str] = list(stops[:fixed])
    for stop in stops[fixed:]:
        before = loads_after(book, kept)
        if stop in book.tasks or (before and any(before[-1].values())):
            kept.append(stop)
    return kept


def _drop_unpaid(book: Book, vehicle: Vehicle, orders: dict[str, list[str]]) -> None:
    """Take out, one at a time, the optional stop whose absence saves most beyond its prize."""
    fixed = set(book.prefixes.get(vehicle.id, ()))
    while True:
        stops = orders[vehicle.id]
        now = timed(book, vehicle, stops) if stops else None
        best: tuple[int, list[str]] | None = None
        for stop in stops:
            if stop not in book.tasks or stop in fixed or book.tasks[stop].required:
                continue
            rest = _tidied(book, vehicle, [one for one in stops if one != stop])
            rest = rest if any(one in book.tasks for one in rest) else []
            after = timed(book, vehicle, rest) if rest else None
            saving = (now.cost_cents if now else 0) - (after.cost_cents if after else 0)
            gain = saving - book.tasks[stop].prize_cents
            if (after is None or after.feasible) and gain > 0 and (best is None or gain > best[0]):
                best = gain, rest
        if best is None:
            return
        orders[vehicle.id] = best[1]


def _best_insertion(
    book: Book, orders: Orders, task: Task, worth: int | None
) -> tuple[int, str, list[str]] | None:
    """The cents it really adds, the vehicle and its new order; None when it fits nowhere.

    Places whose detour alone costs more than ``worth`` are not tried.
    """
    if never_served(book, task) is not None:
        return None
    places = [one for one in _positions(book, orders, task) if worth is None or one[0] <= worth]
    found = _cheapest(book, orders, task, nsmallest(TRIES, places))
    if found is None and len(places) > TRIES:
        found = _cheapest(book, orders, task, sorted(places)[TRIES:], first=True)
    return found


def _cheapest(
    book: Book, orders: Orders, task: Task, places: Iterable[tuple[int, str, int]], *, first: bool = False
) -> tuple[int, str, list[str]] | None:
    best: tuple[int, str, list[str]] | None = None
    before: dict[str, int] = {}
    for guess, identifier, position in places:
        if best is not None and guess > best[0]:
            break
        vehicle, stops = book.vehicles[identifier], orders.get(identifier, ())
        if identifier not in before:
            before[identifier] = timed(book, vehicle, stops).cost_cents if stops else 0
        for order, judged in _variants(book, vehicle, [*stops[:position], task.id, *stops[position:]]):
            added = judged.cost_cents - before[identifier]
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


def _positions(book: Book, orders: Orders, task: Task) -> Iterator[tuple[int, str, int]]:
    """Every place the task may go: a guess of the added cents (the detour), vehicle, position."""
    matrix, here = book.problem.matrix, book.at[task.place]
    metres_out, seconds_out = matrix.distance_m[here], matrix.duration_s[here]
    for identifier in sorted(book.allowed[task.id]):
        vehicle, stops = book.vehicles[identifier], orders.get(identifier, ())
        spare = _spare_s(book, vehicle, stops) - task.service_s
        places = [vehicle.start, *(book.place_of(stop) for stop in stops), vehicle.end]
        ranks = [book.at[place] for place in places]
        for position in range(len(book.prefixes.get(identifier, ())), len(stops) + 1):
            a, b = ranks[position], ranks[position + 1]
            into, out = matrix.duration_s[a][here], seconds_out[b]
            if into is None or out is None:
                continue
            seconds = into + out - (matrix.duration_s[a][b] or 0)
            if seconds > spare:
                continue
            metres = (matrix.distance_m[a][here] or 0) + (metres_out[b] or 0) - (matrix.distance_m[a][b] or 0)
            cents = metres * vehicle.cost_per_km_cents // 1000
            cents += (seconds + task.service_s) * vehicle.cost_per_hour_cents // 3600
            yield cents + (0 if stops else vehicle.fixed_cost_cents), identifier, position


def _spare_s(book: Book, vehicle: Vehicle, stops: Sequence[str]) -> int:
    """Time left in the day. A wait may swallow what is added, so with one there is no telling."""
    if not stops:
        return FAR_S
    walk = timed(book, vehicle, stops).walk
    if walk.waits:
        return FAR_S
    longest = FAR_S if vehicle.max_duration_s is None else vehicle.max_duration_s
    return min(vehicle.shift_end_s - walk.end_s, longest - walk.duration_s)
