"""The measurement asks everybody the same, on made-up years and on a series of one's own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from bench.believed import read_csv
from bench.forecast import run
from bench.forecast_peers import AUTO_ETS, HOLT_WINTERS, LAST_WEEK, MEAN_RATE, SMOOTHING, forecasts
from bench.forecast_raw import cleaned
from bench.forecast_score import BEFORE, FREE, MATERIALS, OURS, RAW, ROWS, UNSEEN
from fill.model import Calibration, Reading


def test_made_up_years_give_every_row() -> None:
    """Ours, every peer with either material and the floor, on every truth; the same seed, the same errors."""
    result = run(columns=3, days=75, warm=60, seed=3, seeds=1, pass_over=20)
    names = {(row["truth"], row["given"], row["forecaster"]) for row in result.rows}
    assert names == {(truth, *who) for truth in (FREE, UNSEEN, BEFORE) for who in ROWS}
    for truth in (FREE, UNSEEN):
        assert len({row["questions"] for row in result.rows if row["truth"] == truth}) == 1
    assert result.summary["pass_containers"] == 20
    assert f"better than the best on {RAW}, {FREE}, 72 h" in result.summary
    alone = run(columns=3, days=75, warm=60, seed=3, seeds=1, peers=0, pass_over=0)
    assert alone.rows[0]["mae 72 h"] == result.rows[0]["mae 72 h"]


def test_several_seeds_give_their_median_and_each() -> None:
    """The table is the median of the seeds, and the sum of their questions; the summary names each."""
    one, both = (run(columns=2, days=75, warm=60, seed=5, seeds=n, peers=0, pass_over=0) for n in (1, 3))
    others = [run(columns=2, days=75, warm=60, seed=n, seeds=1, peers=0, pass_over=0) for n in (6, 7)]
    errors = [each.rows[0]["mae 72 h"] for each in (one, *others)]
    assert both.rows[0]["mae 72 h"] == sorted(errors, key=float)[1]  # type: ignore[arg-type]
    assert both.rows[0]["questions"] == sum(int(str(each.rows[0]["questions"])) for each in (one, *others))
    held = both.summary[f"in 80 %, {FREE}, 72 h"]
    assert held == [each.rows[0]["in 80 % 72 h"] for each in (one, *others)]


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("time,container,fill\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_series_of_ones_own(tmp_path: Path) -> None:
    """Gaps, emptyings, doubled lines, lines out of order and nonsense: measured all the same."""
    start = datetime(2026, 1, 5, tzinfo=UTC)
    lines = []
    for step in range(6 * 80):
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
    assert (ours["truth"], ours["given"], ours["forecaster"]) == (BEFORE, *OURS)
    assert isinstance(ours["mae 24 h"], float)
    assert ours["mae 24 h"] < 4
    assert {row["given"] for row in result.rows} == set(MATERIALS)


def test_a_trembling_series_of_ones_own(tmp_path: Path) -> None:
    """Hourly or after days of silence, wild values, 0 after each emptying, lines twice: near all the same."""
    start, rng = datetime(2026, 1, 5, tzinfo=UTC), Random(1)
    lines, hour = [], 0
    while hour < 24 * 90:
        level = min(100.0, max(0.0, hour / 4 % 90 + rng.gauss(0, 7)))
        shown = 400.0 if rng.random() < 0.01 else level
        lines += [f"{(start + timedelta(hours=hour)).isoformat()},C1,{shown:.1f}"] * rng.choice((1, 1, 2))
        hour += rng.choice((1, 2, 6, 6, 12, 12, 60))
    path = write(tmp_path / "readings.csv", lines)
    result = run(file=str(path), warm=30, pass_over=0, peers=0)
    assert result.summary["refused_lines"] == sum(",400.0" in line for line in lines)
    ours = result.rows[0]["mae 24 h"]
    assert isinstance(ours, float)
    assert ours < 8


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
    """The mean, last week, and a weekly season found by Holt-Winters, which automatic ETS then prefers."""
    gains = [2.0, 2.0, 2.0, 2.0, 2.0, 9.0, 2.0] * 8
    gains = [gain + 0.1 * (n % 3) for n, gain in enumerate(gains)]
    found = forecasts(gains, 9)
    assert found[MEAN_RATE] == pytest.approx([3.1] * 9, abs=0.02)
    assert found[LAST_WEEK] == [*gains[-7:], *gains[-7:-5]]
    for name in (HOLT_WINTERS, AUTO_ETS):
        assert found[name][5] == pytest.approx(9.1, abs=0.5)
        assert found[name][0] == pytest.approx(2.1, abs=0.5)
    assert abs(found[SMOOTHING][5] - 9.1) > 2
    assert set(forecasts(gains[:5], 2)) == set(found)


def test_raw_readings_as_a_practitioner_would() -> None:
    """One value an hour, clipped; a fall of 20 points is an emptying, what is not measured is left out."""
    column = Calibration(volume_l=4000, empty_distance_mm=1800, full_distance_mm=300, dead_zone_mm=250)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    told = [(0, 1650), (0.5, 1620), (4, 1500), (8, None), (12, 200), (16, 1790), (20, 1830)]
    readings = [
        Reading(
            measured_at=start + timedelta(hours=hour),
            distance_mm=distance if distance != 200 else None,
            echo_error={None: "no_echo", 200: "blind_zone"}.get(distance),
        )
        for hour, distance in told
    ]
    history = cleaned(readings, column)
    assert [round(belief.level, 1) for belief in history.beliefs] == [11.0, 20.0, 100.0, 0.7, 0.0]
    assert [round(total, 1) for total in history.odometer] == [0.0, 9.0, 89.0, 89.0, 88.3]
    assert history.last(start + timedelta(hours=13)) == 2


def test_a_hampel_filter_drops_what_stands_alone() -> None:
    """One far echo of five becomes their median, a fall is believed with its third; nothing looks ahead."""
    column = Calibration(volume_l=4000, empty_distance_mm=1800, full_distance_mm=300)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    shown = [50, 51, 52, 95, 53, 54, 2, 3, 4, 5]
    readings = [
        Reading(measured_at=start + timedelta(hours=4 * n), fill_percent=float(percent))
        for n, percent in enumerate(shown)
    ]
    history = cleaned(readings, column, outliers=True)
    assert [belief.level for belief in history.beliefs] == [50, 51, 52, 51.5, 53, 54, 53, 3, 4, 5]
