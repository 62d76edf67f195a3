"""The documentation's own example is a grid that works and gives the bill that the page says."""

import json
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "tariff" / "README.md"


def block(language: str) -> str:
    """The first code block of this language."""
    found = re.search(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


def run(tmp_path: Path, *options: str, usage: str) -> subprocess.CompletedProcess[str]:
    """`python -m tariff` on the page's grid."""
    grid = tmp_path / "2025.toml"
    grid.write_text(block("toml"), encoding="utf-8")
    command = [sys.executable, "-m", "tariff", *options, str(tmp_path)]
    return subprocess.run(command, input=usage, capture_output=True, text=True, timeout=60, check=False)


def test_the_example_gives_the_total_it_announces(tmp_path: Path) -> None:
    """The command line, the grid, the usage and the sums of the page agree."""
    done = run(tmp_path, usage=block("json"))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [line["montant"] for line in found["lignes"]] == ["66.54", "0.00", "7.20"]
    assert found["total"] == "73.74"
    assert "**Total : 73,74 €.**" in README.read_text(encoding="utf-8")


def test_the_explanation_names_articles_and_events(tmp_path: Path) -> None:
    """A person can follow each line: the computation, the article voted, the events."""
    done = run(tmp_path, "--texte", usage=block("json"))
    assert done.returncode == 0, done.stderr
    assert "Délibération n° 2024-91 du 12 décembre 2024" in done.stdout
    assert "3 levées × 2,40 €" in done.stdout
    assert "184 jours sur 365" in done.stdout
    assert "événements : L-7, L-8, L-9" in done.stdout


def test_refusals_leave_with_a_status_and_a_sentence(tmp_path: Path) -> None:
    """Bad usage, then a missing fact: nothing but sentences, and status 1."""
    broken = run(tmp_path, usage=block("json").replace('"volume": 120', '"volume": -120'))
    assert broken.returncode == 1
    assert "situation.bacs[0].volume" in broken.stderr
    silent = run(tmp_path, usage=block("json").replace('{"personnes": 3}', "{}"))
    assert silent.returncode == 1
    assert "la situation ne dit pas « personnes »" in silent.stdout
    assert run(tmp_path, usage="{").returncode == 1
