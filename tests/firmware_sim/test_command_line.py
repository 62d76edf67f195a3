"""`python firmware-sim …` as a person types it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from territory_plan import territory

ROOT = Path(__file__).parents[2]


def sim(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command from the repository's root."""
    command = [sys.executable, "firmware-sim", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_territory_prints_the_document() -> None:
    """The printed JSON is the territory, accents and all."""
    done = sim("territory", "--seed", "9")
    assert done.returncode == 0
    assert json.loads(done.stdout) == territory(9)
    assert "Hézecques" in done.stdout


def test_truth_is_the_same_each_time(tmp_path: Path) -> None:
    """Same arguments, same bytes: measurements can be repeated."""
    path = tmp_path / "territory.json"
    path.write_text(json.dumps(territory(1)), encoding="utf-8")
    asked = ("truth", "--territory", str(path), "--start", "2026-11-22T07:00:00Z", "--history-days", "2")
    first, again = sim(*asked), sim(*asked)
    assert first.returncode == 0
    assert first.stdout == again.stdout
    assert len(json.loads(first.stdout)["devices"]) == 180


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (("run", "--territory", "nowhere.json", "--start", "2026-11-22T07:00:00Z"), "nowhere.json"),
        (("truth", "--territory", "README.md", "--start", "2026-11-22T07:00:00Z"), "JSONDecodeError"),
        (("truth", "--territory", "README.md", "--start", "2026-11-22T07:00:00"), "no zone"),
        ((), "required"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: tuple[str, ...], because: str) -> None:
    """Status 2 and a sentence on stderr, no traceback."""
    done = sim(*arguments)
    assert done.returncode == 2
    assert because in done.stderr
    assert "Traceback" not in done.stderr
