"""`python -m access`: a dispute is one file."""

import json
import subprocess
import sys

import pytest

from tests.access.books import RULEBOOKS

ROOT = RULEBOOKS[0].parents[2]


def access(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command in the project's folder."""
    command = [sys.executable, "-m", "access", *arguments]
    return subprocess.run(
        command, input=given, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )


def test_decision_is_printed() -> None:
    """An open gate is status 0 and a document."""
    scan = {"at": "2026-05-05T10:00:00+02:00", "site": "smdo"}
    done = access(
        "access/rulebooks/smdo.toml", given=json.dumps({"holder": {"category": "resident"}, "scan": scan})
    )
    assert (done.returncode, json.loads(done.stdout)["rule"]) == (0, "open")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "a table is expected"),
        ("{}", "scan: is missing"),
        ('{"scan": {"at": "hier", "site": "smdo"}}', "scan.at: an instant is expected"),
        ('{"scan": {"at": "2026-05-05T10:00:00", "site": "smdo"}}', "scan.at: the instant has no time zone"),
        ('{"scan": {"at": 5, "site": "smdo"}}', "scan.at: an instant is expected"),
    ],
)
def test_bad_document_is_one_sentence(given: str, said: str) -> None:
    """No trace of Python, status 1, nothing opened."""
    done = access("access/rulebooks/smdo.toml", given=given)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_check_says_that_books_are_sound() -> None:
    """All that ship, in silence."""
    done = access("check", *(f"access/rulebooks/{one.name}" for one in RULEBOOKS))
    assert (done.returncode, done.stderr) == (0, "")
