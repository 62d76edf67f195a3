"""The measurement of policies: curves read right, the same truth for all, litres conserved."""

import numpy as np

from bench.policy import km_at
from bench.policy_days import grounds, live
from bench.policy_rivals import calendar, one_day_prize, ours, threshold
from bench.policy_world import WARM_UP, town, truth

ROWS: list[dict[str, object]] = [
    {"policy": "a", "service_percent": 98.0, "km_day": 50.0},
    {"policy": "a", "service_percent": 99.0, "km_day": 60.0},
    {"policy": "a", "service_percent": 100.0, "km_day": 90.0},
    {"policy": "b", "service_percent": 99.0, "km_day": 10.0},
]


def test_kilometres_at_a_service_are_read_between_two_points() -> None:
    """Straight between points, never beyond the best service reached."""
    assert km_at(ROWS, "a", 99.5) == 75.0
    assert km_at(ROWS, "a", 97.0) == 50.0
    assert km_at(ROWS, "b", 99.5) is None


def test_every_policy_lives_through_the_same_weeks() -> None:
    """Same deposits for all, the same answer twice, no litre lost or made; each policy empties columns."""
    territory = town(3, columns=30)
    what, known = truth(territory, WARM_UP + 7, 0.16, 3), grounds(territory)
    again = truth(territory, WARM_UP + 7, 0.16, 3)
    assert np.array_equal(what.brought, again.brought)
    brought = float(what.brought[WARM_UP:].sum())
    for policy in (
        threshold(70), one_day_prize(10_000), ours(0.99), calendar(territory, what.brought[WARM_UP:], 0.9, 1)
    ):  # fmt: skip
        account = live(territory, known, what, policy, 4.0, 3)
        assert abs(account.brought_l - brought) < 1.0
        assert 0 <= account.overflow_l < brought
        assert account.emptyings > 0
        assert account.km > 0
    assert live(territory, known, what, ours(0.99), 4.0, 3) == live(
        territory, known, what, ours(0.99), 4.0, 3
    )


def test_emptying_all_every_day_never_overflows() -> None:
    """A threshold of nothing is the dearest service and the best."""
    territory = town(3, columns=30)
    what = truth(territory, WARM_UP + 7, 0.0, 3)
    account = live(territory, grounds(territory), what, threshold(-1000), 1.0, 3)
    assert account.service > 0.99  # Sundays, and what lay there when the measured weeks began
    assert account.emptyings == 30 * 6
