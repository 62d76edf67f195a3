"""The measurement asks everybody the same, on made-up years and on a series of one's own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.believed import read_csv
from bench.forecast import FLOOR, OURS, run
from bench.forecast_peers import PEERS, holt_winters, last_week, mean_rate


def test_made_up_years_give_every_row() -> None:
    """Ours, every peer and the floor, on both truths; the same seed gives the same errors."""
    result = run(columns=3, days=75, warm=40, seed=3, pass_over=20)
    names = [(row["truth"], row["forecaster"]) for row in result.rows]
    assert set(names) == {
        (truth, name) for truth in ("without emptying", "before emptying") for name in (OURS, *PEERS, FLOOR)
    }
    counts = {row["questions"] for row in result.rows if row["truth"] == "without emptying"}
    assert len(counts) == 1
    assert result.summary["pass_containers"] == 20
    alone = run(columns=3, days=75, warm=40, seed=3, peers=0, pass_over=0)
    assert alone.rows[0]["mae 72 h"] == result.rows[0]["mae 72 h"]


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("time,container,fill\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_series_of_ones_own(tmp_path: Path) -> None:
    """Gaps, emptyings, doubled lines, lines out of order and nonsense: measured all the same."""
    start = datetime(2026, 1, 5, tzinfo=UTC)
    lines = []
    for step in range(6 * 120):
        if step % 50 < 3:
            continue
        level = (step % 84) * 1.0 + 2
        lines.append(f"{(start + timedelta(hours=4 * step)).isoformat()},C1,{level}")
    lines = [*lines[100:], *lines[:100], *lines[:5], "yesterday,C1,4", "2026-01-05T00:00:00Z,C1,nan", "x"]
    path = write(tmp_path / "readings.csv", lines)
    result = run(file=str(path), warm=40, pass_over=0)
    assert result.summary["containers"] == 1
    assert result.summary["refused_lines"] == 3
    ours = result.rows[0]
    assert (ours["truth"], ours["forecaster"]) == ("before emptying", OURS)
    assert isinstance(ours["mae 24 h"], float)
    assert ours["mae 24 h"] < 4


def test_lines_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    """And repeats of an instant are one reading."""
    path = write(tmp_path / "x.csv", ["2026-01-01T00:00:00,A,10", "2026-01-01T00:00:00+00:00,A,12", ",A,3"])
    found, refused = read_csv(path)
    assert [len(readings) for readings in found.values()] == [1]
    assert refused == 1


def test_nothing_to_measure_is_said(tmp_path: Path) -> None:
    """A file without a usable series is an error with a sentence."""
    with pytest.raises(ValueError, match="no series"):
        run(file=str(write(tmp_path / "x.csv", ["2026-01-01T00:00:00Z,A,10"])))


def test_peers_answer_for_each_day() -> None:
    """The mean, last week, and a weekly season found by Holt-Winters."""
    gains = [2.0, 2.0, 2.0, 2.0, 2.0, 9.0, 2.0] * 8
    assert mean_rate(gains, 2) == [3.0, 3.0]
    assert last_week(gains, 9) == gains[:9]
    found = holt_winters(gains, 7)
    assert found[5] == pytest.approx(9.0, abs=0.5)
    assert found[0] == pytest.approx(2.0, abs=0.5)
