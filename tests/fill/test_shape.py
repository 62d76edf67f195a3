"""The curve keeps its mean, its order and its inverse, whatever its skew."""

from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fill.shape import MOST_SKEW, Z_80, below, shrunk, stretched
from tests.fill.cases import unhurried

skews = st.floats(0, MOST_SKEW)


def test_without_skew_it_is_the_normal_curve() -> None:
    """The 80 % interval's edge is the normal quantile, and probabilities are the normal ones."""
    assert NormalDist().inv_cdf(0.9) == pytest.approx(Z_80)
    assert stretched(1.3, 0.0) == shrunk(1.3, 0.0) == 1.3
    assert below(0.7) == pytest.approx(NormalDist().cdf(0.7))


@unhurried
@given(st.floats(-2.5, 3.5), skews)
def test_there_and_back(z: float, skew: float) -> None:
    """`shrunk` undoes `stretched` wherever the curve has not reached its end."""
    if skew * z / 6 - skew * skew / 36 + 1 > 0.05:
        assert shrunk(stretched(z, skew), skew) == pytest.approx(z, abs=1e-6)


@unhurried
@given(st.floats(-4, 4), st.floats(0, 2), skews)
def test_more_is_more(z: float, more: float, skew: float) -> None:
    """A higher quantile is never lower."""
    assert stretched(z + more, skew) >= stretched(z, skew)


@pytest.mark.parametrize("skew", [0.1, 0.5, 1.0, 1.8])
def test_mean_and_deviation_are_kept(skew: float) -> None:
    """Over the quantiles the mean is nearly 0, the deviation nearly 1; the median is below the mean."""
    normal = NormalDist()
    found = [stretched(normal.inv_cdf((n + 0.5) / 2000), skew) for n in range(2000)]
    mean = sum(found) / 2000
    assert mean == pytest.approx(0.0, abs=0.03)
    assert (sum(each * each for each in found) / 2000) ** 0.5 == pytest.approx(1.0, abs=0.05)
    assert stretched(0.0, skew) < 0.0
