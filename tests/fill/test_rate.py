"""The rate is right under irregular sampling, unknown until enough was seen, never negative."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fill.model import DEFAULT, Rate
from fill.rate import doubt, learn, percent_per_day, spread
from tests.fill.cases import echo, levels, play, rising, unhurried


def learnt(increments: Sequence[tuple[float, float]]) -> Rate:
    rate = Rate()
    for gained, days in increments:
        rate = learn(rate, gained, days, DEFAULT)
    return rate


def test_unknown_before_half_a_day() -> None:
    """Two reports are no rate."""
    assert percent_per_day(Rate(), DEFAULT) is None
    assert percent_per_day(learnt([(1, 0.2), (1, 0.2)]), DEFAULT) is None
    assert percent_per_day(learnt([(1, 0.25), (1, 0.25)]), DEFAULT) is None  # a little has been forgotten
    assert percent_per_day(learnt([(1, 0.3), (1, 0.3)]), DEFAULT) == pytest.approx(3.33, abs=0.01)


@unhurried
@given(st.lists(st.floats(0.001, 3), min_size=20, max_size=60))
def test_irregular_sampling_weighs_what_it_lasted(gaps: list[float]) -> None:
    """Six points a day read at any instants is six points a day, with no surprise once it is known."""
    rate = learnt([(0.5, 0.6), *[(6 * gap, gap) for gap in [*gaps, 30.0, 30.0]]])
    assert percent_per_day(rate, DEFAULT) == pytest.approx(6, rel=0.03)


def test_never_negative() -> None:
    """A level that only sinks (condensation that dries) has a rate of nought, not below."""
    assert percent_per_day(learnt([(-1, 1), (-1, 1)]), DEFAULT) == 0.0


def test_recent_days_weigh_more() -> None:
    """After a month at 12 the 2 points a day of before are forgotten."""
    rate = learnt([(2, 1)] * 30 + [(12, 1)] * 30)
    assert percent_per_day(rate, DEFAULT) == pytest.approx(11.5, abs=0.2)


def test_doubt_shrinks_with_days_and_grows_with_surprises() -> None:
    """A month of even days leaves less doubt than a week, and much less than a month of jumps."""
    week, month = learnt([(5, 1)] * 7), learnt([(5, 1)] * 30)
    jumps = learnt([(0, 1), (10, 1)] * 15)
    assert doubt(month) < doubt(week) < doubt(Rate())
    assert spread(month) < 5 < 20 < spread(jumps) < 40


def test_emptyings_and_brim_teach_nothing() -> None:
    """The rate goes on through an emptying, and a column that stays full does not look slow."""
    before, _ = play(levels(rising(10, 70, 61)))
    after, _ = play([echo(61, 2), echo(62, 3)], before)
    assert before.rate_percent_per_day == pytest.approx(6, abs=0.3)
    assert after.rate_percent_per_day == before.rate_percent_per_day
    full, _ = play(levels(rising(40, 100, 61)))
    stays, _ = play([echo(61 + n, 100 + n % 2) for n in range(40)], full)
    assert stays.rate_percent_per_day == pytest.approx(6, abs=0.6)
