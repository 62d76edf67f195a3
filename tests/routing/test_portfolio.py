"""Several children at once: the best plan wins, one that dies costs a remark, cancelling ends them all."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from routing.checker import violations
from routing.engines import ENGINES, EXPRESSES, RULES, entrants, expresses
from routing.model import Failed, Plan, Problem, Refused
from routing.portfolio import crews, price, solve_in_children
from routing.solve import solve
from tests.routing.days import line, planned, waste_day


def test_two_children_give_one_checked_plan() -> None:
    """What is told grows better, from both; the answer is the last that was told, and no child is left."""
    problem = waste_day(1, 20)
    told: list[Plan] = []
    answer = solve_in_children(problem, seconds=3, children=2, on_progress=lambda _, plan: told.append(plan))
    assert isinstance(answer, Plan)
    assert violations(problem, answer) == ()
    assert answer.remarks == ()
    prices = [price(plan) for plan in told]
    assert prices == sorted(prices, reverse=True)
    assert price(answer) == prices[-1]
    ours = [one for one in psutil.Process().children() if "routing.child" in " ".join(one.cmdline())]
    assert ours == []


def test_with_steps_the_plan_can_be_had_again() -> None:
    """One child then, whatever the machine."""
    problem = waste_day(1, 12)
    one, other = (solve_in_children(problem, seconds=60, steps=2000, children=2) for _ in range(2))
    assert isinstance(one, Plan)
    assert one == other


def sabotage(monkeypatch: pytest.MonkeyPatch, which: tuple[tuple[str, ...], ...], code: str) -> None:
    """Start this Python code instead of the children that are given these engines."""
    real = subprocess.Popen

    def start(command: list[str], **options: Any) -> Any:
        if command[1:3] == ["-m", "routing.child"] and tuple(json.loads(command[3])["engines"]) in which:
            command = [sys.executable, "-c", code]
        return real(command, **options)

    monkeypatch.setattr(subprocess, "Popen", start)


KILLED = f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})"
OUT_OF_MEMORY = "raise MemoryError"


@pytest.mark.parametrize(
    ("code", "word"), [(KILLED, "arrêté"), (OUT_OF_MEMORY, "mémoire"), ("print('nonsense')", "illisible")]
)
def test_one_child_dies_the_other_answers(monkeypatch: pytest.MonkeyPatch, code: str, word: str) -> None:
    """Its plan is used, and what happened is said on it."""
    problem = waste_day(1, 12)
    (first, _), *_ = crews(problem, 1, 2)
    sabotage(monkeypatch, (first,), code)
    answer = solve_in_children(problem, seconds=2, children=2)
    assert isinstance(answer, Plan)
    assert violations(problem, answer) == ()
    assert len(answer.remarks) == 1
    assert word in answer.remarks[0]


def test_all_die(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then, and only then, it is a failure, with its reason."""
    problem = waste_day(1, 12)
    sabotage(monkeypatch, tuple(engines for engines, _ in crews(problem, 1, 2)), OUT_OF_MEMORY)
    answer = solve_in_children(problem, seconds=2, children=2)
    assert isinstance(answer, Failed)
    assert (answer.code, answer.plan) == ("memory", None)


def test_cancelled_ends_them_all() -> None:
    """The best plan told so far is kept; the caller's own error comes through, and ends them too."""
    problem = waste_day(1)
    told: list[Plan] = []
    began = time.monotonic()
    answer = solve_in_children(
        problem,
        seconds=600,
        children=2,
        on_progress=lambda _, plan: told.append(plan),
        should_cancel=lambda: bool(told),
    )
    assert isinstance(answer, Failed)
    assert (answer.code, answer.plan) == ("cancelled", told[-1])

    def stop() -> bool:
        raise KeyError("stop")

    with pytest.raises(KeyError):
        solve_in_children(problem, seconds=600, children=2, should_cancel=stop)
    assert time.monotonic() - began < 300
    ours = [one for one in psutil.Process().children() if "routing.child" in " ".join(one.cmdline())]
    assert ours == []


@pytest.mark.parametrize(("sites", "many", "heard"), [(True, 400, 1), (False, 400, 0), (False, 0, 1)])
def test_the_first_child_is_not_disturbed_by_its_like(
    monkeypatch: pytest.MonkeyPatch, sites: bool, many: int, heard: int
) -> None:
    """Another engine's better plan is sent to it; the same engine's with another seed only on large days."""
    monkeypatch.setattr("routing.portfolio.MANY_TASKS", many)
    problem = line(8, 9) if sites else line(8, unloading_sites=(), end_empty=False)
    plan = planned(solve(problem, seconds=20.0, steps=1, engines=()))
    first: list[Any] = []
    told = Event()

    def child(problem: Problem, **options: Any) -> Plan:
        if options["seed"] == 1:
            first.append(options["offers"])
            assert told.wait(60)  # the parent sends before it says so
        else:
            options["on_progress"](0.5, plan)
        return plan

    monkeypatch.setattr("routing.portfolio.solve_in_child", child)
    answer = solve_in_children(problem, seconds=30, children=2, on_progress=lambda *_: told.set())
    assert answer == plan
    assert first[0].qsize() == heard


def test_refused_before_any_child() -> None:
    """A malformed problem costs nothing."""
    assert isinstance(solve_in_children(line(8, vehicles=()), seconds=60), Refused)


def test_the_table_says_something_of_every_rule() -> None:
    """For each engine, of each rule, and nothing else."""
    assert set(EXPRESSES) == set(ENGINES)
    assert all(set(said) == set(RULES) for said in EXPRESSES.values())


def test_each_rule_is_noticed() -> None:
    """A plain problem has none; the readme's table names them all."""
    plain = line(8, unloading_sites=(), end_empty=False)
    assert set(expresses(plain).values()) == {"yes"}
    assert entrants(plain) == ("PyVRP",)
    assert set(entrants(line(8))) == set(ENGINES)
    page = (Path(__file__).parents[2] / "routing" / "README.md").read_text(encoding="utf-8")
    assert all(f"`{rule}`" in page for rule in RULES)
