"""The routes a search came by: priced as the library does, and put together into plans that it accepts."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pyvrp import CostEvaluator, Route, Solution

from routing.book import open_book
from routing.model import Problem
from routing.pyvrp_engine import PyvrpSearch
from routing.pyvrp_model import orders_of, visits_of
from routing.pyvrp_pool import RoutePool
from routing.schedule import Orders
from routing.validate import refusals
from tests.routing.days import line, problems, truck, waste_day


def solution(search: PyvrpSearch, orders: Orders) -> Solution:
    """These orders for the library."""
    data = search.scene.data
    return Solution(data, [Route(data, visits, kind) for kind, visits in visits_of(search.scene, orders)])


def test_two_plans_each_good_at_one_end_make_one_good_at_both() -> None:
    """Two near places and two far ones: each plan has one pair in one truck, and goes twice to the other."""
    road = line(10, 11, 40, 41, vehicles=tuple(truck(f"v{i}") for i in range(4)))
    search = PyvrpSearch(open_book(road), seed=1)
    one = solution(search, {"v0": ["t1", "t2"], "v1": ["t3"], "v2": ["t4"]})
    other = solution(search, {"v0": ["t1"], "v1": ["t2"], "v2": ["t3", "t4"]})
    pool = RoutePool(search.scene.data)
    pool.add(one)
    pool.add(other)
    found, done = pool.combined(one, 60)
    assert done
    together = sorted(sorted(stops) for stops in orders_of(search.scene, found).values() if stops)
    assert [[one for one in stops if one != "quai"] for stops in together] == [["t1", "t2"], ["t3", "t4"]]


@settings(max_examples=40, deadline=None)
@given(problems())
def test_its_prices_are_the_librarys(problem: Problem) -> None:
    """Putting together what one plan has gives that plan at its price; more routes never a dearer one."""
    if refusals(problem):
        return
    check(problem)


@settings(max_examples=3, deadline=None)
@given(st.integers(1, 1000))
def test_days_of_waste_too(seed: int) -> None:
    """Several trips, two kinds of trucks, optional stops."""
    assert check(waste_day(seed, 20)) > 0


def check(problem: Problem) -> int:
    """What is cheaper by the columns is so for the library; how many plans there were."""
    search = PyvrpSearch(open_book(problem), seed=3, droppable=True)
    data = search.scene.data
    pool, judge = RoutePool(data), CostEvaluator([0] * data.num_load_dimensions, 0, 0)
    seen: list[Solution] = []
    search.run(lambda orders: seen.append(solution(search, orders)), bool, left=lambda: 3600.0, iterations=30)
    seen = [one for one in seen if one.is_feasible()]
    for one in seen:
        pool.add(one)
        columns = [pool.column(route) for route in one.routes()]
        routed = sum(column.cost for column in columns)
        every_prize = sum(client.prize for client in data.clients()) + sum(s.prize for s in data.shipments())
        assert judge.cost(one) == routed + every_prize
        found, _ = pool.combined(one, 60)
        assert found.is_feasible()
        assert judge.cost(found) <= judge.cost(one)
    return len(seen)
