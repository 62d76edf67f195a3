"""Waiting costs what it should: litres of a normal level, and a price that falls, then rises."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.risk import (
    Outlook,
    cents_per_litre,
    level_on,
    overflow_percent,
    price_later,
    prices,
    probability_full,
    rate,
)


def outlook(level: float, a_day: float, sd: float = 3.0) -> Outlook:
    return Outlook(
        id="a", place="p", volume_l=4000, density_kg_m3=330,
        mean=tuple(level + a_day * day for day in range(15)),
        sd=tuple((sd * sd + 4.0 * day) ** 0.5 for day in range(15)),
    )  # fmt: skip


@pytest.mark.parametrize(("mean", "sd"), [(80.0, 15.0), (100.0, 5.0), (120.0, 30.0)])
def test_expected_excess_is_that_of_drawn_levels(mean: float, sd: float) -> None:
    """The formula against sixty thousand seeded draws."""
    random = Random(1)
    drawn = sum(max(0.0, random.gauss(mean, sd) - 100.0) for _ in range(60_000)) / 60_000
    assert overflow_percent(mean, sd) == pytest.approx(drawn, rel=0.05)


def test_a_sure_level_overflows_by_what_is_above() -> None:
    """Without doubt the excess is plain subtraction."""
    assert overflow_percent(130.0, 0.0) == 30.0
    assert overflow_percent(90.0, 0.0) == 0.0


@given(st.floats(-50, 300), st.floats(0, 100), st.floats(0, 30))
def test_excess_grows_with_level_and_is_never_negative(mean: float, sd: float, more: float) -> None:
    """More waste never overflows less."""
    assert 0.0 <= overflow_percent(mean, sd) <= overflow_percent(mean + more, sd) + 1e-9


def test_beyond_what_is_given_the_level_goes_on() -> None:
    """The mean keeps its pace and doubt does not shrink."""
    one = outlook(10, 2)
    assert level_on(one, 20)[0] == pytest.approx(10 + 2 * 20.5)
    assert level_on(one, 20)[1] > level_on(one, 13)[1]


def test_a_column_that_never_fills_is_taken_to_fill_slowly() -> None:
    """A pace of nothing would divide by zero."""
    assert rate(replace(outlook(30, 0), mean=(30.0,) * 15)) == 0.2


def test_the_best_day_is_before_the_risk_and_not_today() -> None:
    """Waiting saves until the risk outweighs it: a valley."""
    row = prices(outlook(40, 6), range(14), 1000.0, 30.0)
    best = row.index(min(row))
    assert 5 <= best <= 9
    assert row[:best] == sorted(row[:best], reverse=True)
    assert row[best:] == sorted(row[best:])


def test_later_is_a_visit_more() -> None:
    """Not coming costs the visit that will be needed."""
    one = outlook(40, 6)
    best = 1000.0 + min(prices(one, range(3, 40), 1000.0, 30.0))
    assert best <= price_later(one, 3, 1000.0, 30.0) <= best + 50.0


def test_probability_is_a_half_at_full() -> None:
    """A level expected at 100 is full once in two."""
    assert probability_full(replace(outlook(100, 0), sd=(5.0,) * 15), 0) == pytest.approx(0.5, abs=0.02)


def test_dearer_litres_for_more_service_and_a_floor_for_nobody() -> None:
    """The dial's bisection follows what is asked."""
    columns = [outlook(20, 3), outlook(60, 8, 10.0)]
    found = [cents_per_litre(columns, [1000.0, 2000.0], s, 1.4) for s in (0.9, 0.99, 0.999)]
    assert found == sorted(found)
    assert found[0] < found[2]
    assert cents_per_litre([], [], 0.99, 1.4) < 1.0
