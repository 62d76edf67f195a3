"""Made-up years are the same for the same seed, bring what they say, and misbehave as announced."""

from datetime import timedelta

import pytest

from bench.years import MISBEHAVING, START, years


def test_the_same_seed_is_the_same_year() -> None:
    """Every figure of every column, and another seed is another year."""
    assert years(3, 30, 5) == years(3, 30, 5)
    assert years(3, 30, 5) != years(3, 30, 6)


def test_a_year_adds_up() -> None:
    """What was brought is what was usual, give or take; levels stay within the column; trucks empty it."""
    for year in years(6, 120, 7):
        ends = START + timedelta(days=119)
        assert all(0 <= litres <= year.site.volume_l for litres in year.present_l)
        assert year.gained(START, ends) == pytest.approx(year.usual(START, ends), rel=0.35)
        for at in year.emptied_at:
            assert year.percent(at) < 5
            assert year.emptied_between(at - timedelta(hours=1), at)
        instants = [reading.measured_at for reading in year.readings]
        assert instants == sorted(set(instants))


def test_a_share_of_the_probes_misbehaves() -> None:
    """About one in six, in several ways."""
    ailments = [year.ailment for year in years(120, 2, 8) if year.ailment]
    assert 0.5 * MISBEHAVING < len(ailments) / 120 < 1.6 * MISBEHAVING
    assert len(set(ailments)) >= 4
