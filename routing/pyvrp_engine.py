"""PyVRP's search: a book in, better and better orders out; stopped, resumed and handed plans at will.

It knows the library's loop: iterated local search accepting what beats the recent past (late
acceptance, Burke and Bykov 2017), as in ``pyvrp.IteratedLocalSearch``, held here step by step so that
time slices go on where they stopped and a plan from elsewhere can be taken up. It refuses to be believed.
"""

import warnings
from collections import deque
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
from pyvrp import PenaltyManager, PenaltyParams, ProblemData, RandomNumberGenerator, Route, Solution
from pyvrp.exceptions import PenaltyBoundWarning, ScalingWarning
from pyvrp.search import (
    OPERATORS,
    LocalSearch,
    NeighbourhoodParams,
    PerturbationManager,
    PerturbationParams,
    compute_neighbours,
)

from routing.book import Book
from routing.pyvrp_model import build, orders_of, visits_of
from routing.schedule import Orders

NAME = f"PyVRP {version('pyvrp')}"
HISTORY = 300
RESTART_AFTER = 150_000
"""Both as the library has them by default."""
MANY_STOPS = 500
"""From so many stops on a day ends long before the search has had its fill."""
NEIGHBOURS, NEIGHBOURS_MANY = 50, 25
"""Near stops that a move looks at: the library's 50; half of that with many stops. RC2_10_4, 40 s, seed 12:
1.46 % above the best known with 25, 1.90 with 35, 2.28 with 50, 15 being worse again; X-n599-k92, seed 11:
0.75 with 25, 1.30 with 50."""
POLL_EVERY = 16
"""Steps between two questions to the caller; a step takes from a fifth of a millisecond upwards."""


class PyvrpSearch:
    """A search that lasts longer than one slice of time; make one for each book and seed."""

    def __init__(self, book: Book, *, seed: int, droppable: bool = False) -> None:
        self.droppable = droppable
        self.scene = build(book, droppable=droppable)
        data, scale = self.scene.data, self.scene.second_cost
        self._rng = RandomNumberGenerator(seed=seed)
        many = len(self.scene.clients) >= MANY_STOPS
        count = NEIGHBOURS_MANY if many else NEIGHBOURS
        near = compute_neighbours(
            data, NeighbourhoodParams(weight_wait_time=0.2 * scale, num_neighbours=count)
        )
        self._search = LocalSearch(data, self._rng, near, PerturbationManager(PerturbationParams()))
        for operator in OPERATORS:
            if operator.supports(data):
                self._search.add_operator(operator(data))
        penalties = PenaltyParams(min_penalty=0.1 * scale, max_penalty=100_000.0 * scale)
        first = first_penalties(data, scale) if many else penalties.midpoint_penalties(data)
        self._penalties = PenaltyManager(first, penalties)
        self._history: deque[Solution | None] = deque([None] * HISTORY, maxlen=HISTORY)
        self._idle = 0
        self._best: Solution | None = None
        self._current: Solution | None = None
        self._first: Solution | None = None

    def feasible(self) -> bool:
        """Whether it has found a plan that the library accepts."""
        return self._best is not None

    def take(self, orders: Orders) -> None:
        """Go on from these orders when they are better, for the library too, than its own best.

        At first only what is better than they are is accepted; after a restart of the library's, anything is
        for 300 steps, and the way back is long. One search's plan taken by another, above the best known so
        and that way: X-n106-k14 from 1.328 % in 6 s, 0.163 and 0.747 %; X-n303-k21 from 1.541 % in 8 s, 0.842
        and 1.541 %; RC2_10_4 from 2.541 % in 16 s, 1.776 and 2.538 % (seeds 12 and 13).
        """
        data = self.scene.data
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ScalingWarning)
            routes = [Route(data, visits, kind) for kind, visits in visits_of(self.scene, orders)]
            found = Solution(data, routes)
        judge = self._penalties.cost_evaluator()
        if self._best is None or judge.penalised_cost(found) < judge.cost(self._best):
            self._current = found
            self._first = found
            if found.is_feasible():
                self._best = found
            self._history = deque([None] * HISTORY, maxlen=HISTORY)
            self._idle = 0

    def run(
        self,
        on_better: Callable[[dict[str, list[str]]], None],
        stop: Callable[[], bool],
        *,
        iterations: int | None = None,
    ) -> int:
        """Search until ``stop`` (or for ``iterations``), handing over each better order; the steps taken."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PenaltyBoundWarning)
            warnings.simplefilter("ignore", ScalingWarning)
            if self._current is None:
                self._begin(on_better)
            steps = 0
            while iterations is None or steps < iterations:
                if steps % POLL_EVERY == 0 and stop():
                    break
                steps += 1
                if self._step():
                    on_better(orders_of(self.scene, self._best))
            return steps

    def _begin(self, on_better: Callable[[dict[str, list[str]]], None]) -> None:
        start = Solution.make_random(self.scene.data, self._rng)
        start = self._search(start, self._penalties.max_cost_evaluator(), exhaustive=True)
        self._first = self._current = start
        if start.is_feasible():
            self._best = start
            on_better(orders_of(self.scene, start))

    def _step(self) -> bool:
        """One perturbation and local search; True when it found a new best."""
        assert self._current is not None and self._first is not None  # noqa: S101, PT018 - run began
        if self._idle >= RESTART_AFTER and self._best is not None:
            self._history = deque([None] * HISTORY, maxlen=HISTORY)
            self._current, self._idle = self._best, 0
        judge = self._penalties.cost_evaluator()
        found = self._search(self._current, judge, exhaustive=False)
        self._penalties.register(found)
        self._idle += 1
        better = found.is_feasible() and (self._best is None or judge.cost(found) < judge.cost(self._best))
        if better:
            self._best, self._idle = found, 0
            found = self._search(found, judge, exhaustive=True)
            if found.is_feasible():
                self._best = found
        late = self._history[0]
        bar = judge.penalised_cost(self._first if late is None else late)
        price, now = judge.penalised_cost(found), judge.penalised_cost(self._current)
        if price < bar or price < now:
            self._current, now = found, price
        self._history.append(self._current if now < bar or late is None else late)
        return better


def first_penalties(data: ProblemData, second_cost: float) -> tuple[list[float], float, float]:
    """What breaking a rule costs at first: a mean load too much, a mean leg too late, as much as that leg.

    Until release 0.13 the library had them so. Since, it begins 50,000 times higher and comes down by a
    tenth each 500 steps: on 1,000 stops, a minute ends before it has come down. On 200 stops the library's
    way is the better one: C2_2_03R0.25, one core, 30 s, seeds 1 to 3, ended 2.00 % above the best known with
    this (median) and 1.20 with that.
    """
    seconds = data.duration_matrix(0)
    leg_cost = max(1.0, second_cost * float(np.minimum(seconds, 86_400).mean()))
    loads = [np.maximum(one.pickup, one.delivery) for one in data.clients()]
    mean = np.mean(loads, axis=0) if loads else np.ones(data.num_load_dimensions)
    return [leg_cost / max(1.0, float(one)) for one in mean], second_cost, 1.0
