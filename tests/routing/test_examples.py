"""The examples beside the documentation are the golden tests, through the command line people use."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import routing
from routing.checker import violations
from routing.document import parse, schema
from routing.model import Plan, Problem
from routing.portfolio import price

EXAMPLES = Path(routing.__file__).parent / "examples"
PROBLEMS = sorted(path for path in EXAMPLES.glob("*.json") if not path.stem.endswith((".plan", ".refused")))


def command(*arguments: str, document: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "routing", *arguments],
        input=document,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def test_there_are_examples() -> None:
    """An empty folder would prove nothing."""
    assert len(PROBLEMS) >= 3


@pytest.mark.parametrize("path", PROBLEMS, ids=lambda path: path.stem)
def test_example(path: Path) -> None:
    """The answer printed is the one kept beside the problem, or a cheaper plan the judge accepts."""
    document = path.read_text(encoding="utf-8")
    jsonschema.validate(json.loads(document), schema("problem"))
    ran = command("--seconds", "60", "--steps", "20000", document=document)
    refused = path.with_suffix(".refused.json")
    if refused.exists():
        assert ran.returncode == 1
        assert json.loads(ran.stdout) == json.loads(refused.read_text(encoding="utf-8"))
        return
    assert ran.returncode == 0, ran.stderr
    problem, found = parse(Problem, document), parse(Plan, ran.stdout)
    golden = parse(Plan, path.with_suffix(".plan.json").read_text(encoding="utf-8"))
    assert isinstance(problem, Problem)
    assert isinstance(found, Plan)
    assert isinstance(golden, Plan)
    assert violations(problem, golden) == ()
    assert violations(problem, found) == ()
    assert [one.task for one in found.unserved] == [one.task for one in golden.unserved]
    assert price(found) <= price(golden)


def test_check_command(tmp_path: Path) -> None:
    """0 and silence for a good plan; 1 and the violations for a broken one; 1 for an unreadable one."""
    problem = str(EXAMPLES / "two-columns.json")
    good = EXAMPLES / "two-columns.plan.json"
    ran = command("check", problem, str(good))
    assert (ran.returncode, ran.stdout) == (0, "")
    plan = json.loads(good.read_text(encoding="utf-8"))
    plan["routes"][0]["distance_m"] += 1
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(plan))
    ran = command("check", problem, str(bad))
    assert ran.returncode == 1
    assert {json.loads(line)["code"] for line in ran.stdout.splitlines()} == {"total"}
    bad.write_text("{")
    ran = command("check", problem, str(bad))
    assert ran.returncode == 1
    assert "malformed" in ran.stdout


def test_unreadable_problem_exits_1() -> None:
    """A refusal is printed as a document too."""
    ran = command(document="{")
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["reasons"][0]["code"] == "malformed"
