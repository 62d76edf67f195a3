"""A Saturday at the gates: as many cars as asked, at the hours people come, the same for the same seed."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from saturday import CARS, CUT_S, Site, arrivals, cut, midnight

PARIS = ZoneInfo("Europe/Paris")
DAY = datetime(2026, 11, 21, tzinfo=PARIS)
SITE = Site("borne-fruges", "key", [f"04{number:06X}" for number in range(200)])


def test_three_hundred_cars_between_opening_and_closing() -> None:
    """More than half before noon, as a Saturday is; in order, each its own scan."""
    cars = arrivals(1, SITE, DAY)
    assert len({one.id for one in cars}) == len(cars) == CARS
    assert cars == sorted(cars, key=lambda one: one.at)
    hours = Counter(one.at.hour for one in cars)
    assert set(hours) <= set(range(9, 18))
    assert sum(hours[hour] for hour in (9, 10, 11)) > CARS / 2


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), cars=st.integers(0, 50), round_the_clock=st.booleans())
def test_same_seed_same_day(seed: int, cars: int, round_the_clock: bool) -> None:
    """And another site has another day."""
    first, again = (arrivals(seed, SITE, DAY, cars, round_the_clock) for _ in range(2))
    assert first == again
    other = arrivals(seed, Site("borne-hucqueliers", "key", SITE.badges), DAY, cars, round_the_clock)
    assert not {one.id for one in first} & {one.id for one in other}
    assert all(DAY <= one.at < DAY + timedelta(days=1) for one in first)


def test_each_gate_is_cut_off_once_a_day() -> None:
    """For twenty to seventy minutes, within the hours of opening."""
    for seed in range(20):
        gone, back = cut(seed, SITE, DAY)
        assert CUT_S[0] <= (back - gone).total_seconds() <= CUT_S[1]
        assert DAY + timedelta(hours=9) <= gone < back < DAY + timedelta(hours=17)


def test_midnight_is_that_of_paris() -> None:
    """Half past midnight in Paris is still the day before in UTC."""
    assert midnight(datetime(2026, 11, 20, 23, 30, tzinfo=ZoneInfo("UTC"))) == DAY
