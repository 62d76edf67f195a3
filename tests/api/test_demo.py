"""`glaneur demo` as a newcomer runs it: it serves, fills, plans, and ends by itself with true figures."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(240)
def test_the_demonstration_ends_by_itself_with_its_figures(tmp_path: Path) -> None:
    """Two days of history, 45 seconds from its opening: stored readings, a planned round, nothing refused."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "api.cli", "demo"),
            *("--for", "45", "--history-days", "2", "--folder", str(tmp_path / "demo")),
        ],
        cwd=ROOT,
        env={**os.environ, "GLANEUR_DEMO_PASSWORD": "une-phrase-de-passe"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert set(figures) == {
        *("url", "readings_stored", "quarantined", "alerts_open", "mails_written", "rounds_planned", "stops"),
        *("km", "seconds", "passages", "passages_opened", "passages_offline"),
        *("meals_asked", "meal_rounds", "meals_carried", "doors_told", "relatives_told"),
    }
    assert figures["url"].startswith("http://127.0.0.1:")
    assert figures["readings_stored"] > 1500  # 180 probes, 4 in 100 of them silent, 12 reports each
    assert figures["quarantined"] == 0
    assert figures["alerts_open"] > 0
    # The worker's minute may not have come round yet; what it wrote is there: a digest for the dispatcher,
    # the office's worries, and a line to each relative who is told.
    folder = tmp_path / "demo"
    written = len([*folder.glob("courriels/*.eml"), *folder.glob("sms/*.txt")])
    assert figures["mails_written"] + figures["relatives_told"] == written
    assert figures["mails_written"] <= 20
    assert figures["rounds_planned"] >= 1
    assert figures["stops"] >= figures["rounds_planned"]
    assert figures["km"] > 0
    # Of today, or drafts of the next day of delivery; how many doors are told by now depends on the hour.
    assert figures["meal_rounds"] >= 1
    assert figures["meals_carried"] > 50
    assert "une-phrase-de-passe" in done.stderr  # the person is told how to sign in
    for log in (tmp_path / "demo").glob("*.log"):
        assert "Traceback" not in log.read_text(), log.read_text()[-3000:]
        assert "une-phrase-de-passe" not in log.read_text()
    assert "relatives ask to be told" not in (folder / "worker.log").read_text()
