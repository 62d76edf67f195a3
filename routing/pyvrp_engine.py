"""PyVRP's search: a book in, better and better orders out; stopped, resumed and handed plans at will.

It knows the library's loop: iterated local search accepting what beats the recent past (late
acceptance, Burke and Bykov 2017), as in ``pyvrp.IteratedLocalSearch``, held here step by step so that
time slices go on where they stopped and a plan from elsewhere can be taken up. Now and then the routes it
came by are put together anew (``pyvrp_pool``). It refuses to be believed.
"""

import warnings
from collections import deque
from collections.abc import Callable
from importlib.metadata import version
from time import monotonic

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
from routing.pyvrp_model import ALWAYS_S, build, orders_of, visits_of
from routing.pyvrp_pool import RoutePool
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
COLLECT_EVERY = 8
"""Steps between two plans whose routes are kept, besides the best ones: about 1 % of the time goes there."""
COMBINE_FIRST, COMBINE_FIRST_LEAST = 20, 1000
"""Steps a stop, and at least, before the routes seen are combined first: or it settles too early."""
COMBINE_AGAIN, COMBINE_AGAIN_IN_VAIN = 1.6, 4.0
"""By how much the steps grow until the next time; and when there was no end to it, and nothing gained."""
COMBINE_S, COMBINE_SHARE = 1.5, 0.04
"""Seconds that one may take, and the part of the time searched so far. Where trucks unload on their way
it is never done: on C2_2_03R0.25, R2_2_05R0.25 and RC206R0.25, one core, seed 12, nothing was gained."""
COMBINE_SPARE = 3
"""It is not begun with less than so many times its seconds left: writing it down and the solver's first look
are not counted in them."""


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
        self._penalties = PenaltyManager(first_penalties(data, scale, penalties), penalties)
        self._history: deque[Solution | None] = deque([None] * HISTORY, maxlen=HISTORY)
        self._idle = 0
        self._pool = RoutePool(data)
        self._steps, self._searched_s = 0, 0.0
        self._combine_at = max(COMBINE_FIRST_LEAST, COMBINE_FIRST * len(self.scene.clients))
        self._combines = not _unloads_on_the_way(data)
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
        if found.is_feasible():
            self._pool.add(found)
        judge = self._penalties.cost_evaluator()
        if self._best is None or judge.penalised_cost(found) < judge.cost(self._best):
            self._go_on_from(found)

    def _go_on_from(self, found: Solution) -> None:
        self._current = self._first = found
        if found.is_feasible():
            self._best = found
        self._history = deque([None] * HISTORY, maxlen=HISTORY)
        self._idle = 0

    def run(
        self,
        on_better: Callable[[dict[str, list[str]]], None],
        stop: Callable[[], bool],
        *,
        left: Callable[[], float],
        iterations: int | None = None,
    ) -> int:
        """Search until ``stop`` (or for ``iterations``), handing over each better order; the steps taken.

        ``left`` tells the seconds there are, asked before what cannot be stopped on the way; with
        ``iterations`` nothing else of the clock counts, so that the same seed finds the same.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PenaltyBoundWarning)
            warnings.simplefilter("ignore", ScalingWarning)
            if self._current is None:
                self._begin(on_better)
            steps, began = 0, monotonic()
            while iterations is None or steps < iterations:
                if steps % POLL_EVERY == 0 and stop():
                    break
                steps += 1
                better = self._step()
                if self._combines and self._steps >= self._combine_at:
                    spare, searched = left(), self._searched_s + monotonic() - began
                    seconds = min(COMBINE_S, COMBINE_SHARE * searched)
                    if iterations is not None:  # nothing may depend on the clock
                        better = self._combine(spare) or better
                    elif COMBINE_SPARE * seconds < spare:
                        better = self._combine(seconds) or better
                if better:
                    on_better(orders_of(self.scene, self._best))
            self._searched_s += monotonic() - began
            return steps

    def _begin(self, on_better: Callable[[dict[str, list[str]]], None]) -> None:
        start = Solution.make_random(self.scene.data, self._rng)
        start = self._search(start, self._penalties.max_cost_evaluator(), exhaustive=True)
        self._first = self._current = start
        if start.is_feasible():
            self._best = start
            on_better(orders_of(self.scene, start))

    def _combine(self, seconds: float) -> bool:
        """Go on from the best plan that the routes seen make together; True when it is a new best."""
        self._combine_at = int(COMBINE_AGAIN * self._steps)
        if self._best is None:
            return False
        found, done = self._pool.combined(self._best, seconds)
        judge = self._penalties.cost_evaluator()
        if found.is_feasible() and judge.cost(found) < judge.cost(self._best):
            self._go_on_from(found)
            return True
        if not done:
            self._combine_at = int(COMBINE_AGAIN_IN_VAIN * self._steps)
        return False

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
        self._steps += 1
        better = found.is_feasible() and (self._best is None or judge.cost(found) < judge.cost(self._best))
        if better:
            self._best, self._idle = found, 0
            found = self._search(found, judge, exhaustive=True)
            if found.is_feasible():
                self._best = found
        if self._combines and found.is_feasible() and (better or self._steps % COLLECT_EVERY == 0):
            self._pool.add(found)
        late = self._history[0]
        bar = judge.penalised_cost(self._first if late is None else late)
        price, now = judge.penalised_cost(found), judge.penalised_cost(self._current)
        if price < bar or price < now:
            self._current, now = found, price
        self._history.append(self._current if now < bar or late is None else late)
        return better


def first_penalties(
    data: ProblemData, second_cost: float, library: PenaltyParams
) -> tuple[list[float], float, float]:
    """What breaking a rule costs at first: a mean load too much, a mean leg too late, as much as that leg.

    Until release 0.13 the library had them so. Since, it begins 50,000 times higher and comes down by a
    tenth each 500 steps: on 1,000 stops, a minute ends before it has come down. From ``MANY_STOPS`` on all
    are as before; below, loads are where nothing but loads binds. Above the best known, one core, 30 s, with
    that and with the library's own: X-n200-k36 0.271 and 0.575 %, X-n303-k21 0.902 and 0.989 % (seed 11),
    0.363 and 1.035 % (seed 12); but where trucks unload on their way, C2_2_03R0.25 1.703 and 1.370 % (seed
    12), and with windows R2_2_4 1.473 and 0.197 %, 0.970 and 0.555 % (seeds 13 and 14).
    """
    highest = library.midpoint_penalties(data)
    many = data.num_clients >= MANY_STOPS
    trips = _unloads_on_the_way(data)
    windows = any(one.tw_early > 0 or one.tw_late < ALWAYS_S for one in data.clients())
    if not many and (trips or windows):
        return highest
    seconds = data.duration_matrix(0)
    leg_cost = max(1.0, second_cost * float(np.minimum(seconds, 86_400).mean()))
    loads = [np.maximum(one.pickup, one.delivery) for one in data.clients()]
    mean = np.mean(loads, axis=0) if loads else np.ones(data.num_load_dimensions)
    first = [leg_cost / max(1.0, float(one)) for one in mean]
    return (first, second_cost, 1.0) if many else (first, *highest[1:])


def _unloads_on_the_way(data: ProblemData) -> bool:
    return any(one.reload_depots for one in data.vehicle_types())
