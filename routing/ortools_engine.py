"""OR-Tools' search: a book and a way to search in, orders of stops out.

It knows strategies and limits; ``ortools_model`` says our rules to the library's routing. It refuses to be
believed: the orders it yields are timed, mended and judged elsewhere.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ortools import __version__ as ORTOOLS_VERSION
from ortools.constraint_solver import pywrapcp
from ortools.constraint_solver.routing_enums_pb2 import FirstSolutionStrategy, LocalSearchMetaheuristic
from ortools.util.optional_boolean_pb2 import BOOL_TRUE

from routing.book import Book
from routing.ortools_model import build
from routing.ortools_net import Net
from routing.schedule import Orders

NAME = f"OR-Tools {ORTOOLS_VERSION}"
POLL_EVERY = 5000
"""Steps between two questions to the caller. A step is one check of the search's limit: about a
million a second, so they cost next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One way to search. ``drop_factor`` prices a dropped required task, in dearest out-and-back trips."""

    first: str
    drop_factor: int
    close_lns: bool = False


def search(
    book: Book,
    run: Run,
    *,
    seed: int,
    left: Callable[[], float],
    steps: int | None = None,
    start: Orders | None = None,
    on_better: Callable[[dict[str, list[str]]], None],
    stop: Callable[[], bool],
) -> None:
    """Run one search, handing every better order to ``on_better``; may find nothing at all.

    With ``steps`` the search stops after that many, and the same seed then gives the same orders
    (as long as ``left``, in seconds, is not what stops it).
    """
    net = build(book, drop_factor=run.drop_factor, seed=seed)
    best: list[int] = []

    def at_solution() -> None:
        cost = net.model.CostVar().Value()
        if not best or cost < best[-1]:
            best.append(cost)
            on_better(net.orders())

    net.model.AddAtSolutionCallback(at_solution)
    net.model.AddSearchMonitor(net.model.solver().CustomLimit(_limit(stop, steps)))
    seconds = left()  # asked here: building the model is not in the library's own limit
    if seconds <= 0:
        return
    parameters = _parameters(run, seconds, steps)
    if start is None:
        net.model.SolveWithParameters(parameters)
        return
    net.model.CloseModelWithParameters(parameters)
    first = net.model.ReadAssignmentFromRoutes(_routes(net, start), True)
    if first is not None:
        net.model.SolveFromAssignmentWithParameters(first, parameters)


def _limit(stop: Callable[[], bool], steps: int | None) -> Callable[[], bool]:
    taken = 0

    def over() -> bool:
        nonlocal taken
        taken += 1
        if steps is not None and taken >= steps:
            return True
        return taken % POLL_EVERY == 0 and stop()

    return over


def _parameters(run: Run, seconds: float, steps: int | None) -> Any:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = FirstSolutionStrategy.Value.Value(run.first)
    parameters.local_search_metaheuristic = LocalSearchMetaheuristic.Value.Value("GUIDED_LOCAL_SEARCH")
    parameters.time_limit.FromMilliseconds(max(1, int(seconds * 1000)))
    if steps is not None:  # no part of the search may then look at the clock
        parameters.lns_time_limit.FromSeconds(3600)
    if run.close_lns:
        operators = parameters.local_search_operators
        operators.use_global_cheapest_insertion_close_nodes_lns = BOOL_TRUE
        operators.use_local_cheapest_insertion_close_nodes_lns = BOOL_TRUE
        parameters.heuristic_close_nodes_lns_num_nodes = 10
    return parameters


def _routes(net: Net, orders: Orders) -> list[list[int]]:
    """Orders as the library's indices, prefixes left out; a visit too many at a site is skipped."""
    free: dict[str, list[int]] = {}
    for i, node in enumerate(net.nodes):
        if node.stop is not None:
            free.setdefault(node.stop, []).append(net.manager.NodeToIndex(i))
    routes = []
    for vehicle in net.book.problem.vehicles:
        todo: Iterable[str] = orders.get(vehicle.id, ())[len(net.book.prefixes.get(vehicle.id, ())) :]
        routes.append([free[stop].pop() for stop in todo if free.get(stop)])
    return routes
