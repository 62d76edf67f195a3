"""The cheapest plan that can be put together from routes already seen, as a set partitioning.

Each route is a column with a cost and the rows it serves; each row is served once, or once at most when it
may stay out; of each kind of vehicle there are only so many. A search that walks from plan to plan has seen
good routes that never stood in one plan together (Rochat and Taillard, Journal of Heuristics 1, 1995;
Subramanian, Uchoa and Ochi, Computers & Operations Research 40, 2013). It knows numbers only; SCIP, which
comes with OR-Tools, does the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ortools.linear_solver import pywraplp

MAX_NODES = 500
"""Branches looked at: where it helps it is done at the root or soon after."""

LARGEST = 1e6
"""What the dearest column costs for the solver, whose tolerances are about such numbers."""


@dataclass(frozen=True, slots=True)
class Column:
    """A route: the ranks of the rows it serves, its kind of vehicle, its cost less the prizes it earns."""

    rows: frozenset[int]
    kind: int
    cost: float


@dataclass(frozen=True, slots=True)
class Combined:
    """The ranks of the chosen columns, and whether it is known that no others are cheaper."""

    ranks: tuple[int, ...]
    done: bool


def combine(
    columns: Sequence[Column],
    required: Sequence[bool],
    available: Sequence[int],
    known: Sequence[int],
    seconds: float,
) -> Combined:
    """The cheapest choice found, never dearer than ``known``, the ranks of a choice that holds to all rules.

    ``required`` by row, ``available`` by kind of vehicle. Stops after ``MAX_NODES`` or ``seconds``; given
    enough of these, the same columns give the same choice.
    """
    solver = pywraplp.Solver.CreateSolver("SCIP")
    served = [solver.Constraint(float(must), 1.0) for must in required]
    driven = [solver.Constraint(0.0, float(most)) for most in available]
    objective = solver.Objective()
    chosen = [solver.BoolVar("") for _ in columns]
    scale = LARGEST / max(1.0, *(abs(column.cost) for column in columns))
    for one, column in zip(chosen, columns, strict=True):
        for row in column.rows:
            served[row].SetCoefficient(one, 1.0)
        driven[column.kind].SetCoefficient(one, 1.0)
        objective.SetCoefficient(one, column.cost * scale)
    objective.SetMinimization()
    before = frozenset(known)
    solver.SetHint(chosen, [float(rank in before) for rank in range(len(columns))])
    solver.SetTimeLimit(max(1, int(1000 * seconds)))
    solver.SetSolverSpecificParametersAsString(f"limits/nodes = {MAX_NODES}\n")
    status = solver.Solve()
    done = status == pywraplp.Solver.OPTIMAL
    if done or status == pywraplp.Solver.FEASIBLE:
        found = tuple(rank for rank, one in enumerate(chosen) if one.solution_value() > 0.5)
        if _cost(columns, found) < _cost(columns, known):
            return Combined(found, done)
    return Combined(tuple(known), done)


def _cost(columns: Sequence[Column], ranks: Sequence[int]) -> float:
    return sum(columns[rank].cost for rank in ranks)
