"""Engines compared: prices become gaps, medians and aims; a worker's plans are priced and judged by us."""

from pathlib import Path

import pytest

from bench.engines import run
from bench.engines_gaps import Instance, Prices, aims, by_family, gap, rows_of
from bench.engines_peers import can, cents_at
from routing.model import Plan
from routing.schedule import schedule
from tests.routing.days import line

SMALL = """NAME : small
TYPE : CVRP
DIMENSION : 6
CAPACITY : 4
NODE_COORD_SECTION
1 0 0
2 0 3
3 4 3
4 4 0
5 0 -3
6 -4 0
DEMAND_SECTION
1 0
2 2
3 2
4 2
5 2
6 2
DEPOT_SECTION
1
-1
EOF
"""


def instance(family: str, name: str, best: float = 100) -> Instance:
    """A file of two days, looked at after 10 s and 30 s."""
    path = Path(family) / f"{name}.vrp"
    return Instance(path=path, family=family, best=best, stops=50, days=2, marks=(10, 30))


def test_a_gap_adds_up_the_days_and_wants_all_of_them() -> None:
    """One day without a complete plan leaves the file without a gap."""
    assert gap(instance("cvrp", "a"), [[60, 55], [50, 48]], 0) == 10.0
    assert gap(instance("cvrp", "a"), [[60, 55], [50, 48]], 1) == 3.0
    assert gap(instance("cvrp", "a"), [[60, 55], [None, 48]], 0) is None
    assert gap(instance("cvrp", "a"), None, 0) is None


def test_rows_have_medians_and_the_better_of_two_runs() -> None:
    """A method that cannot say the rules has no row; PyVRP on two cores is each run beside the next."""
    prices: Prices = {("two", seed): [[60, 50], [50, 50 + seed]] for seed in (1, 2, 3)}
    prices |= {("pyvrp", seed): [[60, 50], [None, 54 - 2 * seed]] for seed in (1, 2, 3)}
    prices["vroom", 1] = None
    titles = {"two": "portfolio, 2 cores", "pyvrp": "PyVRP, 1 core", "vroom": "pyvroom, 1 core"}
    rows = rows_of(instance("mtvrptwr", "a"), prices, titles)
    assert [(row["method"], row["10 s"], row["end"], row["each"]) for row in rows] == [
        ("portfolio, 2 cores", 10.0, 2.0, "1.00 2.00 3.00"),
        ("PyVRP, 1 core", None, 0.0, "2.00 0.00 -2.00"),
        ("PyVRP, 2 cores (better of two)", None, -2.0, "0.00 -2.00 -2.00"),
    ]
    assert [line["mean end"] for line in by_family(rows)] == [2.0, 0.0, -2.0]
    reached = {str(one["aim"]): (one["found"], one["reached"]) for one in aims(rows)}
    assert reached == {
        "worst behind the best single engine, portfolio, 2 cores": (4.0, False),
        "worst behind PyVRP on mtvrptwr, portfolio, 2 cores": (4.0, False),
    }


def test_only_an_accepted_and_complete_plan_has_a_price() -> None:
    """The last known by the mark; before it when the last is refused, none when stops are left out."""
    problem = line(4, end_empty=False)
    orders = {problem.vehicles[0].id: [task.id for task in problem.tasks]}
    good = schedule(problem, orders)
    part = schedule(problem, {vehicle: stops[:-1] for vehicle, stops in orders.items()})
    assert isinstance(good, Plan)
    assert isinstance(part, Plan)
    known = [(1.0, lambda: part), (2.0, lambda: good), (3.0, lambda: part)]
    assert [cents_at(problem, known, at) for at in (0.5, 1.5, 2.5, 9.0)] == [
        None,
        None,
        good.cost_cents,
        good.cost_cents,
    ]


def test_peers_are_not_told_rules_they_do_not_know() -> None:
    """VROOM knows no unloading trips and no prizes."""
    assert not can("vroom", line(4))
    assert can("vroom", line(4, unloading_sites=(), end_empty=False))
    assert can("ortools", line(4))


def test_a_file_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In workers of their own, on a public file's format; runs kept are not taken again."""
    folder = tmp_path / "cvrp"
    folder.mkdir()
    (folder / "small.vrp").write_text(SMALL)
    (folder / "small.sol").write_text("Route #1: 2 3\nRoute #2: 1\nRoute #3: 4 5\nCost 30\n")
    keep = str(tmp_path / "kept.jsonl")
    first = run(files=str(folder / "*.vrp"), seconds=1, seeds=1, methods="pyvrp,vroom", keep=keep)
    assert [(row["method"], row["end"]) for row in first.rows] == [
        ("PyVRP, 1 core", 0.0),
        ("pyvroom, 1 core", 0.0),
    ]
    assert len(Path(keep).read_text().splitlines()) == 2
    again = run(files=str(folder / "*.vrp"), seconds=1, seeds=1, methods="pyvrp,vroom", keep=keep)
    assert again.rows == first.rows
    assert len(Path(keep).read_text().splitlines()) == 2
    assert "small seed 1 pyvrp: [0.0]" in capsys.readouterr().out
