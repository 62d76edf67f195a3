"""The physics of a column: nothing appears, nothing vanishes, and looking changes nothing."""

import statistics
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waste_model import Column, advance, calendar, fill, habit, lift, lift_at, litres_of_day

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def column(litres_per_day: float = 120.0, *, stream: str = "verre", volume_l: int = 3000) -> Column:
    """An empty column on a Monday in March."""
    return Column(
        code="X", stream=stream, volume_l=volume_l, litres_per_day=litres_per_day, seed=1, at=MONDAY
    )


steps = st.lists(st.tuples(st.integers(0, 400_000), st.booleans()), max_size=30)


@settings(max_examples=60, deadline=None)
@given(steps=steps, litres_per_day=st.floats(0, 2000), volume_l=st.integers(500, 5000))
def test_litres_are_conserved(steps: list[tuple[int, bool]], litres_per_day: float, volume_l: int) -> None:
    """Brought = lifted + present + overflowed, whatever the order of looks and lifts; never above full."""
    it, at = column(litres_per_day, volume_l=volume_l), MONDAY
    for seconds, emptied in steps:
        at += timedelta(seconds=seconds)
        if emptied:
            lift(it, at)
        else:
            advance(it, at)
        assert 0 <= fill(it) <= 1
    out = sum(one.litres for one in it.lifts) + it.litres + it.overflow_l
    assert out == pytest.approx(it.brought_l, rel=1e-9, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(looks=st.lists(st.integers(1, 30 * 86400 - 1), max_size=40))
def test_looking_changes_nothing(looks: list[int]) -> None:
    """The same 30 days bring the same litres, looked at often or once."""
    often, once = column(), column()
    for seconds in sorted(looks):
        advance(often, MONDAY + timedelta(seconds=seconds))
    for it in (often, once):
        advance(it, MONDAY + timedelta(days=30))
    assert often.brought_l == pytest.approx(once.brought_l, rel=1e-9)


def test_an_earlier_instant_changes_nothing() -> None:
    """Time does not run backwards: a late look or lift happens at the instant already reached."""
    it = column()
    advance(it, MONDAY + timedelta(days=3))
    before = it.litres
    advance(it, MONDAY)
    assert it.litres == before
    assert lift(it, MONDAY).at == MONDAY + timedelta(days=3)


def test_overflow_is_counted_when_full() -> None:
    """A column that nobody empties stays full, and what no longer fits is known."""
    it = column(500, volume_l=1000)
    advance(it, MONDAY + timedelta(days=30))
    assert it.litres == 1000
    assert it.overflow_l > 5000


@pytest.mark.parametrize("stream", ["verre", "papier", "emballages"])
def test_a_year_brings_what_inhabitants_bring(stream: str) -> None:
    """Habits and noise shift litres in time; over a year the total is that of the average, within 6 %."""
    it = column(100, stream=stream, volume_l=10**9)
    advance(it, MONDAY + timedelta(days=365))
    assert it.brought_l == pytest.approx(36_500, rel=0.06)


def test_people_come_by_day_on_saturdays_and_in_summer() -> None:
    """The shape that forecasts must find: nights empty, Saturday highest, glass in July above March."""
    night, noon = MONDAY.replace(hour=2), MONDAY.replace(hour=11)
    assert habit("verre", night) == 0
    assert habit("verre", noon + timedelta(days=5)) == max(
        habit("verre", noon + timedelta(days=d)) for d in range(7)
    )
    assert habit("verre", noon.replace(month=7, day=6)) > habit("verre", noon)
    assert habit("papier", noon.replace(month=7, day=6)) < habit("papier", noon)


def test_noise_is_reproducible_and_real() -> None:
    """A day has one truth per seed and column, and two days differ."""
    assert litres_of_day(column(), 20_000) == litres_of_day(column(), 20_000)
    totals = [sum(litres_of_day(column(), 20_000 + day)) for day in range(60)]
    assert statistics.stdev(totals) > 0.15 * statistics.mean(totals)


@pytest.mark.parametrize("phase", [0.0, 0.3, 0.99])
def test_calendar_never_lifts_at_weekends_and_keeps_its_period(phase: float) -> None:
    """The crew before the platform: working days, mornings, one period apart give or take the weekend."""
    it = column(90)
    plan = calendar(it, MONDAY, phase)
    lifts = [lift_at(plan, number) for number in range(-8, 8)]
    assert lifts == sorted(lifts)
    assert all(at.weekday() < 5 for at in lifts)
    for earlier, later in pairwise(lifts):
        assert abs((later - earlier) / timedelta(days=1) - plan.period_days) < 3
