"""Rain as an optional input: it helps where people stay at home in it, and costs nothing elsewhere."""

from datetime import UTC, date, datetime, timedelta
from math import exp
from random import Random
from statistics import fmean

import pytest

from fill.habit import Learned, begin, expected_gain
from fill.learn import emptied, observe
from fill.prior import Pool, prior_of
from fill.season import NO_RAIN, Rain

START = datetime(2026, 2, 1, 22, tzinfo=UTC)
DAYS, WARM = 240, 120
PRIOR = prior_of(Pool(), "", 4000)


def weather(seed: int) -> dict[date, float]:
    """Two days in five are wet, some very."""
    rng = Random(f"rain/{seed}")
    days = [(START + timedelta(days=n)).date() for n in range(DAYS + 5)]
    return {day: rng.expovariate(1 / 6) if rng.random() < 0.4 else 0.0 for day in days}


def error(fallen: Rain, known: Rain, effect: float, seed: int) -> float:
    """Mean error of tomorrow's gain, by somebody who is given `known`; rain moves the pace by exp(effect)."""
    rng = Random(f"days/{seed}")
    learned: Learned = begin(PRIOR)
    level, missed = 5.0, list[float]()
    for number in range(DAYS):
        at = START + timedelta(days=number)
        tomorrow = (at + timedelta(hours=12)).date()
        wet = min(1.0, fallen[tomorrow] / 10.0)
        gain = 4.0 * exp(effect * wet) * rng.lognormvariate(-0.02, 0.2)
        if number >= WARM:
            expected = expected_gain(learned, PRIOR, at, at + timedelta(days=1), known)
            missed.append(abs(expected - gain))
        level += gain
        after = at + timedelta(days=1)
        learned, _ = observe(learned, PRIOR, after, level, 0.5, known)
        if level > 80.0:
            learned = emptied(learned, PRIOR, after + timedelta(minutes=1), level, 3.0, 0.5, known)
            level = 3.0
    return fmean(missed)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rain_helps_where_it_matters(seed: int) -> None:
    """Half as much is brought in heavy rain: who knows it errs less, though it is learned slowly."""
    fallen = weather(seed)
    assert error(fallen, fallen, -0.7, seed) < 0.94 * error(fallen, NO_RAIN, -0.7, seed)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rain_costs_nothing_where_it_does_not(seed: int) -> None:
    """Nobody minds the rain: being given it costs less than a twentieth."""
    fallen = weather(seed)
    assert error(fallen, fallen, 0.0, seed) < 1.05 * error(fallen, NO_RAIN, 0.0, seed)
