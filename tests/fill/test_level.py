"""One echo, one answer: the right percent, or no percent and the reason; never a wrong number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fill.level import IMPLAUSIBLE, SATURATED, Level, edge_percent, fill_percent
from fill.model import Calibration
from tests.fill.cases import COLUMN, calibrations, distances, unhurried


@pytest.mark.parametrize(
    ("distance_mm", "error", "level"),
    [
        (1800, None, Level(0.0, "ok")),
        (1050, None, Level(50.0, "ok")),
        (300, None, Level(100.0, "ok")),
        (260, None, Level(100.0, "ok")),  # a heap above full, still outside the dead zone
        (250, None, Level(100.0, "ok")),
        (249, None, SATURATED),
        (0, None, SATURATED),
        (1950, None, Level(0.0, "ok")),  # hung 15 cm higher than declared: 10 points
        (1951, None, IMPLAUSIBLE),
        (20_000, None, IMPLAUSIBLE),
        (None, None, IMPLAUSIBLE),
        (None, "no_echo", IMPLAUSIBLE),
        (None, "blind_zone", SATURATED),
    ],
)
def test_table(distance_mm: int | None, error: str | None, level: Level) -> None:
    """The borders of every case, on both sides."""
    assert fill_percent(distance_mm, COLUMN, error) == level


@pytest.mark.parametrize(
    ("dead_zone_mm", "edge"), [(0, 100.0), (300, 100.0), (450, 90.0), (1800, 0.0), (9000, 0.0)]
)
def test_edge(dead_zone_mm: int, edge: float) -> None:
    """The highest level a probe can see is where its dead zone begins."""
    column = Calibration(
        volume_l=3000, empty_distance_mm=1800, full_distance_mm=300, dead_zone_mm=dead_zone_mm
    )
    assert edge_percent(column) == edge


@unhurried
@given(distances, calibrations)
def test_in_range_or_reason(distance_mm: int, column: Calibration) -> None:
    """Whatever the distance and the calibration: 0 to 100 and ok, or nothing and why."""
    level = fill_percent(distance_mm, column)
    if level.percent is None:
        assert level.quality in ("implausible", "saturated")
    else:
        assert 0.0 <= level.percent <= 100.0
        assert level.quality == "ok"


@unhurried
@given(st.integers(250, 1900))
def test_nearer_is_fuller(distance_mm: int) -> None:
    """A shorter distance never reads emptier."""
    nearer, farther = (
        fill_percent(distance_mm, COLUMN).percent,
        fill_percent(distance_mm + 10, COLUMN).percent,
    )
    assert nearer is not None
    assert farther is not None
    assert nearer >= farther
