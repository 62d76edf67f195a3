"""How PyVRP's search begins: what broken rules cost at first, and how far its moves look."""

import pytest

from routing.book import open_book
from routing.pyvrp_engine import PyvrpSearch, first_penalties
from tests.routing.days import line, waste_day


def test_a_mean_load_too_much_costs_a_mean_leg() -> None:
    """By hand: km 0, 5, 8 and 10; legs of a minute a kilometre; loads of 1,000 kg."""
    search = PyvrpSearch(open_book(line(8, 10)), seed=1)
    data, second = search.scene.data, search.scene.second_cost
    loads, late, _ = first_penalties(data, second)
    mean_leg_s = float(data.duration_matrix(0).mean())
    assert 0 < mean_leg_s < 3600
    assert loads == [pytest.approx(second * mean_leg_s / 1000)]
    assert late == second


def test_a_search_goes_on_where_it_stopped() -> None:
    """In slices or at a stretch, the same seed finds the same orders, and the first step already has some."""
    book = open_book(waste_day(3))
    found: list[list[object]] = [[], []]
    whole = PyvrpSearch(book, seed=7)
    whole.run(found[0].append, lambda: False, iterations=200)
    sliced = PyvrpSearch(book, seed=7)
    for _ in range(4):
        sliced.run(found[1].append, lambda: False, iterations=50)
    assert found[0] == found[1]
    assert whole.feasible()


def test_it_goes_on_from_the_plan_it_takes() -> None:
    """Wherever it stood: nothing dearer than that plan is accepted in the first steps after it."""
    book = open_book(waste_day(3))
    best: list[dict[str, list[str]]] = []
    PyvrpSearch(book, seed=7).run(best.append, lambda: False, iterations=200)
    search = PyvrpSearch(book, seed=8)
    search.run(lambda _: None, lambda: False, iterations=1)
    search.take(best[-1])
    taken = price(search)
    for _ in range(40):
        search.run(lambda _: None, lambda: False, iterations=1)
        assert price(search) <= taken


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
    loads, late, _ = first_penalties(large.scene.data, large.scene.second_cost)
    assert large._penalties.penalties()[:2] == (loads, late)
    assert usual._penalties.penalties()[0][0] > 100 * loads[0]
    widest = [max(map(len, one._search.neighbours.values())) for one in (usual, large)]
    assert widest[0] > widest[1] == 1
