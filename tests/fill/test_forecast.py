"""The fan widens, follows the rate, meets 100 % where it says, and says so when it does not know."""

from datetime import timedelta

import pytest

from fill.forecast import forecast
from fill.model import Refused
from tests.fill.cases import COLUMN, START, at, echo, levels, life, play, rising

DAY_S = 86_400


def test_follows_the_rate_and_widens() -> None:
    """Hourly from now on, at the learned rate, with an interval that never narrows before 100 %."""
    state, _ = play(levels(rising(10, 40, 31)))
    found = forecast(state, COLUMN, at(30), 5 * DAY_S)
    assert found.reason is None
    assert len(found.points) == 121
    assert [point[0] for point in found.points[:2]] == [at(30), at(30) + timedelta(hours=1)]
    assert found.points[24][2] - found.points[0][2] == pytest.approx(6, abs=0.5)
    widths = [high - low for _, low, _, high in found.points]
    assert widths == sorted(widths)
    assert found.points[-1][0] == at(30) + timedelta(days=5)


def test_full_at_is_where_the_lines_meet_100() -> None:
    """The expected line and both sides of the fan reach 100 at full_at, full_early and full_late."""
    state, _ = play(life(5, 9)[0])
    assert state.measured_at is not None
    found = forecast(state, COLUMN, state.measured_at, 30 * DAY_S)
    assert found.full_at == state.full_at
    assert found.full_early is not None
    assert found.full_at is not None
    assert found.full_late is not None
    assert found.full_early < found.full_at < found.full_late
    step = timedelta(seconds=30 * DAY_S / 168)
    for moment, column in ((found.full_late, 1), (found.full_at, 2), (found.full_early, 3)):
        reached = next(point[0] for point in found.points if float(str(point[column])) >= 100)
        assert moment <= reached <= moment + step


def test_long_horizons_have_no_more_points() -> None:
    """A fortnight has as many points as a week, evenly spaced, and ends where asked; an hour has two."""
    state, _ = play(levels(rising(10, 40, 31)))
    found = forecast(state, COLUMN, at(31), 14 * DAY_S)
    assert len(found.points) == 169
    assert found.points[-1][0] == at(31) + timedelta(days=14)
    assert len(forecast(state, COLUMN, at(31), 10).points) == 2


def test_says_what_it_does_not_know() -> None:
    """No reading or a single one: no level. A few hours: no rate. No fan in either case."""
    assert forecast(play([])[0], COLUMN, START, DAY_S).reason == "no_level"
    assert forecast(play([echo(0, 50)])[0], COLUMN, START, DAY_S).reason == "no_level"
    found = forecast(play(levels([50, 51]))[0], COLUMN, at(1), DAY_S)
    assert (found.reason, found.points, found.full_at) == ("no_rate", (), None)


def test_a_silent_probe_goes_on_from_its_last_level() -> None:
    """Ten days after its last word the fan begins at the extrapolated level, wide."""
    state, _ = play(levels(rising(10, 40, 31)))
    soon, later = (forecast(state, COLUMN, at(30 + days * 6), DAY_S).points[0] for days in (0, 8))
    assert later[2] == pytest.approx(soon[2] + 48, abs=3)
    assert later[3] - later[1] > soon[3] - soon[1] + 5


def test_already_full() -> None:
    """Full early, expected and late are then the same past instant."""
    state, _ = play(levels(rising(60, 101, 42)))
    found = forecast(state, COLUMN, at(50), DAY_S)
    assert found.full_at is not None
    assert found.full_at < at(50)
    assert found.full_early == found.full_at == found.full_late


def test_nearly_full_may_be_full_already() -> None:
    """Above 98 % the upper side of the interval is above 100 at once."""
    state, _ = play(levels(rising(60, 99.4, 39)))
    found = forecast(state, COLUMN, at(39), DAY_S)
    assert found.full_early == at(38)


def test_a_column_that_does_not_fill_has_no_end() -> None:
    """A rate of nought: flat, never full, though it might be early."""
    state, _ = play(levels([50.0 + n % 2 for n in range(40)]))
    found = forecast(state, COLUMN, at(40), DAY_S)
    assert found.full_late is None
    slow, _ = play(levels([50.0] * 40))
    assert forecast(slow, COLUMN, at(40), DAY_S).full_at is None


@pytest.mark.parametrize("horizon_s", [0, -5, 367 * DAY_S])
def test_refuses_a_horizon(horizon_s: int) -> None:
    """Nothing, the past, or more than a year ahead."""
    with pytest.raises(Refused, match="horizon_s must be between"):
        forecast(play([])[0], COLUMN, START, horizon_s)


def test_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """On seeded lives of clean probes, one and three days ahead, 80 % intervals hold 70 to 95 % of truths."""
    held = total = 0
    for seed in range(12):
        readings, truth, lifted = life(seed, 60)
        for report in range(90, 330, 10):
            if any(report - 2 <= n <= report + 18 for n in lifted):
                continue
            state, _ = play(readings[: report + 1])
            for ahead in (6, 18):
                _, low, _, high = forecast(state, COLUMN, at(report + ahead), 3600).points[0]
                held, total = held + (low <= truth[report + ahead] <= high), total + 1
    assert total > 200
    assert 0.70 <= held / total <= 0.95
