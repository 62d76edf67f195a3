"""The solver's process: answers, is cancelled, runs out of memory, dies; always a value, never a hang."""

import signal
import subprocess
import sys
import time
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from routing import child
from routing.checker import violations
from routing.child import solve_in_child
from routing.model import Failed, Plan, Refused
from routing.solve import solve
from tests.routing.days import line, waste_day


def test_same_answer_as_in_process() -> None:
    """The child adds nothing: same seed, same steps, same plan; progress is told on the way."""
    problem = waste_day(1, 15)
    told: list[tuple[float, Plan]] = []
    answer = solve_in_child(
        problem, seconds=60, seed=3, steps=4_000, on_progress=lambda part, plan: told.append((part, plan))
    )
    assert answer == solve(problem, seconds=60, seed=3, steps=4_000)
    assert isinstance(answer, Plan)
    assert violations(problem, answer) == ()
    assert told[-1][1] == answer
    assert all(0 <= part <= 1 for part, _ in told)


def test_refused_without_a_process() -> None:
    """A malformed problem costs nothing."""
    assert isinstance(solve_in_child(line(8, vehicles=()), seconds=60), Refused)


def test_cancelled_keeps_the_best_plan() -> None:
    """Asked to stop once a plan was shown: the process is gone, the plan is kept."""
    problem = waste_day(1)
    told: list[Plan] = []
    began = time.monotonic()
    answer = solve_in_child(
        problem,
        seconds=600,
        on_progress=lambda _, plan: told.append(plan),
        should_cancel=lambda: bool(told),
    )
    assert isinstance(answer, Failed)
    assert answer.code == "cancelled"
    assert answer.plan == told[-1]
    assert time.monotonic() - began < 300


def test_too_little_memory_is_said() -> None:
    """The solver's libraries do not even load under 60 MB: reported, in French, not raised."""
    answer = solve_in_child(line(8), seconds=30, memory_mb=60)
    assert isinstance(answer, Failed)
    assert (answer.code, answer.plan) == ("memory", None)


def impostor(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Start this Python code instead of the solver."""
    real = subprocess.Popen

    def start(command: list[str], **options: Any) -> Any:
        assert command[1:3] == ["-m", "routing.child"]
        return real([sys.executable, "-c", code], **options)

    monkeypatch.setattr(subprocess, "Popen", start)


def test_memory_that_runs_out_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child's own entry point under its cap, with a solver that eats without end."""
    code = """if 1:
        import json, routing.solve
        def eat(*args, **options):
            heap = []
            while True:
                heap.append(bytearray(10_000_000))
        routing.solve.solve = eat
        from routing.child import main
        main(json.dumps({"seconds": 30, "seed": 1, "steps": None, "memory_mb": 1000}))
    """
    impostor(monkeypatch, code)
    answer = solve_in_child(line(8), seconds=30)
    assert isinstance(answer, Failed)
    assert answer.code == "memory"


def test_killed_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernel does when the machine is short of memory."""
    impostor(monkeypatch, f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})")
    answer = solve_in_child(line(8), seconds=30)
    assert isinstance(answer, Failed)
    assert answer.code == "killed"
    assert "-9" in answer.text


def test_a_child_that_never_answers_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing read, nothing written: the deadline ends it, and no process is left."""
    monkeypatch.setattr(child, "GRACE_S", 0.5)
    impostor(monkeypatch, "import time; time.sleep(600)")
    answer = solve_in_child(waste_day(1), seconds=0.5)
    assert isinstance(answer, Failed)
    assert answer.code == "deadline"
    # Servers that other tests share may be children of this process too: look for this one only.
    assert not [one for one in psutil.Process().children() if "time.sleep(600)" in " ".join(one.cmdline())]


@pytest.mark.parametrize(
    "line_said", ["nonsense", '{"kind": "plan"}', "[]", '{"kind": "plan", "value": {"routes": []}}']
)
def test_an_answer_that_is_no_plan_is_not_believed(monkeypatch: pytest.MonkeyPatch, line_said: str) -> None:
    """Only a plan the judge accepts comes back as one."""
    impostor(monkeypatch, f"print({line_said!r})")
    answer = solve_in_child(line(8), seconds=30)
    assert isinstance(answer, Failed)
    assert answer.code == "protocol"
