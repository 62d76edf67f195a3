"""Money is exact: one rounding function, and shares that add up to the cent."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tariff.exact import CENT, rounded, shared


@pytest.mark.parametrize(
    ("value", "mode", "expected"),
    [
        (Fraction(1005, 1000), "demi_haut", "1.01"),
        (Fraction(-1005, 1000), "demi_haut", "-1.01"),
        (Fraction(1005, 1000), "demi_pair", "1.00"),
        (Fraction(1015, 1000), "demi_pair", "1.02"),
        (Fraction(1019, 1000), "inferieur", "1.01"),
        (Fraction(1011, 1000), "superieur", "1.02"),
        (Fraction(-1011, 1000), "inferieur", "-1.02"),
        (2, "demi_haut", "2.00"),
    ],
)
def test_halves_go_where_the_grid_says(value: Fraction, mode: str, expected: str) -> None:
    """Halves, both signs, every mode; always shown with two decimals."""
    assert str(rounded(value, CENT, mode)) == expected


def test_whole_euros() -> None:
    """TEOMi files may want whole euros: the step is the grid's."""
    assert rounded(Fraction(21, 2), Decimal(1)) == Decimal(11)


@given(
    cents=st.integers(0, 10**6),
    weights=st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 1000), min_size=1, max_size=12),
)
def test_shares_refit_the_whole(cents: int, weights: dict[str, int]) -> None:
    """No cent lost or made; nobody is more than a cent from the exact part; no weight, no share."""
    if not sum(weights.values()):
        with pytest.raises(ValueError, match="nor all zero"):
            shared(CENT * cents, weights)
        return
    parts = shared(CENT * cents, weights)
    assert sum(parts.values()) == CENT * cents
    for name, weight in weights.items():
        exact = Fraction(cents * weight, sum(weights.values())) / 100
        assert abs(Fraction(parts[name]) - exact) < Fraction(1, 100)
        assert weight or not parts[name]


def test_what_is_not_whole_cents_cannot_be_shared() -> None:
    """A thousandth of a euro belongs to nobody."""
    with pytest.raises(ValueError, match="not a whole number"):
        shared(Decimal("0.001"), {"a": 1})
