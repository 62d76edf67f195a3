"""Every place where a task may go is named, the cheapest guess first, and no other: against plain loops."""

from itertools import islice

from hypothesis import given

from routing.book import Book, open_book
from routing.construct import construct
from routing.gaps import Place, places
from routing.loads import room_for
from routing.model import Matrix, Problem, Task
from routing.schedule import Orders
from routing.timing import FAR_S, longest_s, timed
from routing.validate import refusals
from tests.routing.days import line, problems, truck


def slowly(book: Book, orders: Orders, task: Task) -> list[Place]:
    """The same by hand, one gap at a time."""
    found: list[Place] = []
    idle: set[str] = set()
    for name in sorted(book.allowed[task.id]):
        vehicle, stops = book.vehicles[name], list(orders.get(name, ()))
        if not stops and book.twins[name] in idle:
            continue
        idle |= set() if stops else {book.twins[name]}
        spare = FAR_S
        if stops and not timed(book, vehicle, stops).walk.waits:
            walk = timed(book, vehicle, stops).walk
            spare = min(vehicle.shift_end_s - walk.end_s, longest_s(vehicle) - walk.duration_s)
        way = [vehicle.start, *map(book.place_of, stops), vehicle.end]
        low, high = room_for(book, task.id, stops)
        for i in range(max(low, len(book.prefixes.get(name, ()))), high + 1):
            to, on = book.leg(way[i], task.place), book.leg(task.place, way[i + 1])
            before = book.leg(way[i], way[i + 1]) or (0, 0)
            if (
                to is None
                or on is None
                or to[1] + on[1] - before[1] > min(spare - task.service_s, FAR_S // 2)
            ):
                continue
            metres, seconds = (to[j] + on[j] - before[j] for j in (0, 1))
            cents = metres * vehicle.cost_per_km_cents // 1000
            cents += (seconds + task.service_s) * vehicle.cost_per_hour_cents // 3600
            cents += 0 if stops else vehicle.fixed_cost_cents
            found.append((cents + book.habits_cents(name, (task.id,)), name, i))
    return sorted(found)


@given(problems())
def test_as_plain_loops_find_them(problem: Problem) -> None:
    """Whatever the rules: idle trucks alike once, prefixes untouched, locked orders kept, habits priced."""
    if refusals(problem):
        return
    book = open_book(problem)
    orders = construct(book, seed=1)
    for task in problem.tasks:
        if book.allowed[task.id]:
            rest = {one: [stop for stop in stops if stop != task.id] for one, stops in orders.items()}
            for now in (orders, rest):  # what is remembered of the one must not answer for the other
                assert list(places(book, now, task)) == slowly(book, now, task)


def test_a_prize_ends_the_list() -> None:
    """Places dearer than the stop is worth are not named; a single truck may be asked for."""
    book = open_book(line(8, 30, vehicles=(truck("a"), truck("b", cost_per_km_cents=300))))
    orders: Orders = {"a": ["t1", "quai"], "b": []}
    task = book.tasks["t2"]
    known = list(places(book, orders, task))
    assert known == sorted(known)
    assert {one[1] for one in known} == {"a", "b"}
    assert list(places(book, orders, task, worth=known[1][0])) == known[:2]
    assert {one[1] for one in places(book, orders, task, only="b")} == {"b"}
    assert list(islice(places(book, orders, task), 1)) == known[:1]


def test_no_road_is_no_place() -> None:
    """Where the matrix has a hole on the way in or out, nothing may go."""
    problem = line(8)
    grids = (problem.matrix.distance_m, problem.matrix.duration_s)
    metres, seconds = (tuple((*row[:2], None) for row in grid[:2]) + grid[2:] for grid in grids)
    book = open_book(line(8, matrix=Matrix(distance_m=metres, duration_s=seconds)))
    assert list(places(book, {}, book.tasks["t1"])) == []
