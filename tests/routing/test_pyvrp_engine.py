"""How PyVRP's search begins: what broken rules cost at first, and how far its moves look."""

from dataclasses import replace

import pytest
from pyvrp import PenaltyParams, Route, Solution

from routing.book import open_book
from routing.pyvrp_engine import PyvrpSearch, first_penalties
from routing.pyvrp_model import orders_of, visits_of
from tests.routing.days import line, waste_day


def forever() -> float:
    """Seconds left."""
    return 3600.0


def test_a_mean_load_too_much_costs_a_mean_leg() -> None:
    """By hand: km 0, 8 and 10; legs of a minute a kilometre; loads of 1,000 kg. Lateness as the library's."""
    search = PyvrpSearch(open_book(line(8, 10, unloading_sites=(), end_empty=False)), seed=1)
    data, second, library = search.scene.data, search.scene.second_cost, PenaltyParams()
    loads, late, _ = first_penalties(data, second, library)
    mean_leg_s = float(data.duration_matrix(0).mean())
    assert 0 < mean_leg_s < 3600
    assert loads == [pytest.approx(second * mean_leg_s / 1000)]
    assert late == library.midpoint_penalties(data)[1]


def test_where_more_than_loads_binds_all_is_the_librarys() -> None:
    """Trips to unload, or a window: there cheap overloads lead astray."""
    plain = line(8, 10, unloading_sites=(), end_empty=False)
    bound = replace(plain, tasks=(replace(plain.tasks[0], windows=((0, 43_200),)), *plain.tasks[1:]))
    for day, usual in ((plain, False), (bound, True), (line(8, 10), True)):
        search = PyvrpSearch(open_book(day), seed=1)
        data, library = search.scene.data, PenaltyParams()
        first = first_penalties(data, search.scene.second_cost, library)
        assert (first == library.midpoint_penalties(data)) is usual


def test_a_search_goes_on_where_it_stopped() -> None:
    """In slices or at a stretch, the same seed finds the same orders, and the first step already has some."""
    book = open_book(waste_day(3))
    found: list[list[object]] = [[], []]
    whole = PyvrpSearch(book, seed=7)
    whole.run(found[0].append, lambda: False, left=forever, iterations=200)
    sliced = PyvrpSearch(book, seed=7)
    for _ in range(4):
        sliced.run(found[1].append, lambda: False, left=forever, iterations=50)
    assert found[0] == found[1]
    assert whole.feasible()


def test_it_goes_on_from_the_plan_it_takes() -> None:
    """Wherever it stood: nothing dearer than that plan is accepted in the first steps after it."""
    book = open_book(waste_day(3))
    best: list[dict[str, list[str]]] = []
    PyvrpSearch(book, seed=7).run(best.append, lambda: False, left=forever, iterations=200)
    search = PyvrpSearch(book, seed=8)
    search.run(lambda _: None, lambda: False, left=forever, iterations=1)
    search.take(best[-1])
    taken = price(search)
    for _ in range(40):
        search.run(lambda _: None, lambda: False, left=forever, iterations=1)
        assert price(search) <= taken


def test_the_routes_it_came_by_are_combined(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the step that is due, with what is known then; it goes on from what comes out, and tells it."""
    book = open_book(replace(waste_day(3, 12), unloading_sites=(), end_empty=False))
    better: list[dict[str, list[str]]] = []
    PyvrpSearch(book, seed=7).run(better.append, lambda: False, left=forever, iterations=300)
    monkeypatch.setattr("routing.pyvrp_engine.COMBINE_FIRST_LEAST", 5)
    monkeypatch.setattr("routing.pyvrp_engine.COMBINE_FIRST", 0)
    search = PyvrpSearch(book, seed=8)
    asked: list[float] = []

    def combined(known: Solution, seconds: float) -> tuple[Solution, bool]:
        asked.append(seconds)
        data = search.scene.data
        return Solution(data, [Route(data, *one[::-1]) for one in visits_of(search.scene, better[-1])]), True

    monkeypatch.setattr(search._pool, "combined", combined)
    found: list[dict[str, list[str]]] = []
    assert search.run(found.append, lambda: False, left=forever, iterations=5) == 5
    assert len(asked) == 1
    assert asked == [forever()]  # with steps, no share of a time that differs from run to run
    assert search._best is not None
    assert orders_of(search.scene, search._best) == found[-1]
    assert price(search) == search._penalties.cost_evaluator().cost(search._best)
    search.run(found.append, lambda: False, left=forever, iterations=2)
    assert len(asked) == 1  # the next is due at step 8
    polls = iter((False, True, False, True))
    search.run(found.append, lambda: next(polls), left=float)
    assert len(asked) == 1  # it is, but there is no time
    search.run(found.append, lambda: next(polls), left=forever)
    assert len(asked) > 1
    assert all(0 < seconds < 1.5 for seconds in asked[1:])


def test_where_trucks_unload_on_their_way_none_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cost time there and brought nothing."""
    monkeypatch.setattr("routing.pyvrp_engine.COMBINE_FIRST_LEAST", 5)
    monkeypatch.setattr("routing.pyvrp_engine.COMBINE_FIRST", 0)
    search = PyvrpSearch(open_book(waste_day(3)), seed=8)
    monkeypatch.setattr(search._pool, "combined", lambda *_: pytest.fail("asked"))
    assert search.run(lambda _: None, lambda: False, left=forever, iterations=6) == 6


def price(search: PyvrpSearch) -> int:
    """What the search stands at, broken rules included: not always its best."""
    assert search._current is not None
    return int(search._penalties.cost_evaluator().penalised_cost(search._current))


def test_a_large_day_begins_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """From `MANY_STOPS` on: the penalties above, and moves that look at fewer stops."""
    book = open_book(line(3, 5, 8, 10))
    usual = PyvrpSearch(book, seed=1)
    monkeypatch.setattr("routing.pyvrp_engine.MANY_STOPS", 2)
    monkeypatch.setattr("routing.pyvrp_engine.NEIGHBOURS_MANY", 1)
    large = PyvrpSearch(book, seed=1)
    loads, late, _ = first_penalties(large.scene.data, large.scene.second_cost, PenaltyParams())
    assert late == large.scene.second_cost
    assert large._penalties.penalties()[:2] == (loads, late)
    assert usual._penalties.penalties()[0][0] > 100 * loads[0]
    widest = [max(map(len, one._search.neighbours.values())) for one in (usual, large)]
    assert widest[0] > widest[1] == 1
