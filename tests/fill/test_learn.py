"""What is learned is what was there: pace, Saturdays, changes; whatever the sampling."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fill.habit import Learned, begin, dispersion, expected_gain, gains
from fill.learn import emptied, lost, observe
from fill.model import Refused
from fill.notebook import (
    learned_from_document,
    learned_to_document,
    pool_from_document,
    pool_to_document,
)
from fill.prior import HORIZONS_DAYS, Pool, prior_of
from fill.season import MONDAY, RATE, ends_of_days
from fill.share import absorb
from tests.fill.cases import unhurried

START = datetime(2026, 9, 7, 4, tzinfo=UTC)  # a Monday of term time
PRIOR = prior_of(Pool(), "62364", 3750)  # four points an ordinary day


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def steady(days: int, per_day: float, every: float = 0.25, noise: float = 0.0, seed: int = 1) -> Learned:
    """Levels rising evenly, emptied each time they would pass ninety."""
    rng = random.Random(seed)
    learned, level = begin(PRIOR), 0.0
    for n in range(int(days / every) + 1):
        level += per_day * every
        if level > 90:
            learned = emptied(learned, PRIOR, at((n - 0.5) * every), level - per_day * every, 0.0, 1.0)
            level = per_day * every / 2
        learned, _ = observe(learned, PRIOR, at(n * every), max(0.0, level + rng.gauss(0, noise)), 1.0)
    return learned


def per_day(learned: Learned, since: float, days: float = 7) -> float:
    return expected_gain(learned, PRIOR, at(since), at(since + days)) / days


def test_before_anything_is_seen_it_is_the_prior() -> None:
    """150 litres a day in a container of 3,750 litres are four points."""
    assert per_day(begin(PRIOR), 0) == pytest.approx(4.0, rel=1e-6)


@pytest.mark.parametrize("pace", [0.5, 2.0, 12.0])
def test_the_pace_is_learned(pace: float) -> None:
    """Two months at any pace, emptyings and noise included: the pace is known, and the doubt has shrunk."""
    learned = steady(60, pace, noise=1.0)
    assert per_day(learned, 60) == pytest.approx(pace, abs=max(0.15, 0.1 * pace))
    _, _, sd, _ = next(iter(gains(learned, PRIOR, at(60), [at(67)])))
    _, _, before, _ = next(iter(gains(begin(PRIOR), PRIOR, at(60), [at(67)])))
    assert sd / pace < before / 4.0


@unhurried
@given(st.lists(st.floats(0.02, 3.0), min_size=20, max_size=50))
def test_irregular_sampling_weighs_what_it_lasted(gaps: list[float]) -> None:
    """Six points a day read at any instants is six points a day."""
    learned, day = begin(PRIOR), 0.0
    for gap in [*gaps, *[1.0] * 14]:
        day += gap
        level = expected(day) % 90
        if expected(day) // 90 > expected(day - gap) // 90:
            learned = emptied(learned, PRIOR, at(day), None, level, 1.0)
        learned, _ = observe(learned, PRIOR, at(day), level, 1.0)
    assert per_day(learned, day) == pytest.approx(6.0, rel=0.15)


def expected(day: float) -> float:
    """Points by this day when people come at the usual hours, six points every day."""
    return 1.5 * expected_gain(begin(PRIOR), PRIOR, START, at(day)) if day > 0 else 0.0


def test_saturdays_are_learned() -> None:
    """Twice as much on Saturdays, for half a year: the container says so."""
    learned, level = begin(PRIOR), 0.0
    for n in range(1, 180):
        level += 8.0 if at(n - 1).weekday() == 5 else 4.0
        if level > 90:
            level = 0.0
            learned = emptied(learned, PRIOR, at(n - 0.01), None, level, 1.0)
        learned, _ = observe(learned, PRIOR, at(n), level, 1.0)
    assert learned.mean[MONDAY + 5] - learned.mean[MONDAY + 1] > 0.25


def test_a_change_of_pace_is_followed() -> None:
    """A shop opens: three times the pace is believed within two weeks."""
    learned = steady(60, 3.0)
    level = learned.seen_level
    for n in range(1, 57):
        level += 9.0 / 4
        if level > 90:
            level = 0.0
            learned = emptied(learned, PRIOR, at(60 + n / 4 - 0.1), None, 0.0, 1.0)
        learned, _ = observe(learned, PRIOR, at(60 + n / 4), level, 1.0)
    assert per_day(learned, 74) > 7.0


def test_late_levels_change_nothing() -> None:
    """A level measured at or before the newest one, and an emptying before it, leave everything as it is."""
    learned = steady(10, 4.0)
    assert learned.seen_at is not None
    for when in (learned.seen_at, learned.seen_at - timedelta(hours=5)):
        assert observe(learned, PRIOR, when, 50.0, 1.0)[0] == learned


def test_the_brim_and_falls_teach_nothing() -> None:
    """A container that stays full does not look slow, and a heap that settles takes nothing away."""
    learned = steady(20, 4.0)
    known, level = per_day(learned, 20), learned.seen_level
    full = learned
    for n in range(1, 20):
        full, _ = observe(full, PRIOR, at(20 + n), 99.0, 1.0)
    assert per_day(full, 20) == pytest.approx(known)
    settled, _ = observe(learned, PRIOR, at(20.2), max(0.0, level - 20), 1.0)
    assert settled.odometer == learned.odometer
    assert settled.mean == learned.mean


def test_a_lost_probe_gives_up_what_is_open_and_keeps_what_is_learned() -> None:
    """What was learned stays; the level after the gap begins a new interval."""
    learned = lost(steady(20, 4.0))
    assert learned.at is None
    assert learned.checks == ()
    again, _ = observe(learned, PRIOR, at(40), 10.0, 1.0)
    assert again.mean == learned.mean
    assert again.odometer == learned.odometer
    assert lost(lost(again)) == lost(again)


def test_checks_compare_what_was_said_with_what_came() -> None:
    """Forecasts written down come due at their horizon, once, near nought deviations when the pace held."""
    learned, ended, level = begin(PRIOR), list[tuple[int, float]](), 0.0
    for n in range(1, 61):
        level += 4.0
        if level > 90:
            level = 0.0
            learned = emptied(learned, PRIOR, at(n - 0.01), None, level, 1.0)
        learned, lesson = observe(learned, PRIOR, at(n), level, 1.0)
        ended += lesson.checks
        assert len(learned.checks) <= len(HORIZONS_DAYS)
    assert {horizon for horizon, _ in ended} == set(range(len(HORIZONS_DAYS)))
    assert sum(horizon == 0 for horizon, _ in ended) > 40
    late = [off for _, off in ended[-20:]]
    assert all(abs(off) < 1.5 for off in late)


def test_even_days_are_less_dispersed_than_jumps() -> None:
    """What scatters more is expected to scatter more."""
    assert dispersion(steady(60, 4.0), PRIOR) < 0.8
    learned, level = begin(PRIOR), 0.0
    for n in range(1, 90):
        level += 24.0 if n % 6 == 0 else 0.0
        if level > 90:
            level = 0.0
            learned = emptied(learned, PRIOR, at(n - 0.01), None, level, 1.0)
        learned, _ = observe(learned, PRIOR, at(n), level, 1.0)
    assert dispersion(learned, PRIOR) > 4.0
    assert per_day(learned, 90) > 2.5


def test_busy_hours_are_told_to_the_stream() -> None:
    """A column filled only between noon and four, in Paris: short intervals move the stream's hours there."""
    pool = Pool()
    for day in range(60):
        learned, lessons, level = begin(PRIOR), [], 0.0
        for hour in range(0, 24, 4):
            level += 40.0 if hour == 8 else 0.0
            learned, lesson = observe(learned, PRIOR, at(day + (hour + 2) / 24), level, 1.0)
            lessons.append(lesson)
        pool = absorb(pool, lessons)
    usual = sum(Pool().hours[12:16]) / sum(Pool().hours)
    assert sum(pool.hours[12:16]) / sum(pool.hours) > usual + 0.2


def test_what_is_learned_survives_its_document() -> None:
    """Written and read back it is the same, checks included; another version or a hole is refused."""
    learned = steady(30, 4.0, noise=1.0)
    document = learned_to_document(learned)
    assert learned_from_document(document) == learned
    assert len(str(document)) < 4000
    pool = absorb(Pool(communes={"62364": (0.1,) * 15}), [])
    assert pool_from_document(pool_to_document(pool)) == pool
    wrong: list[object] = [
        {**document, "v": 2},
        {**document, "mean": [1.0]},
        {**document, "seen_at": None},
        [],
    ]
    for broken in wrong:
        with pytest.raises(Refused):
            learned_from_document(broken)
    for bad in ({**pool_to_document(pool), "hours": [0.0] * 24}, {**pool_to_document(pool), "x": 1}, None):
        with pytest.raises(Refused):
            pool_from_document(bad)


@unhurried
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.01, 0.2, 1.0, 9.0]), st.floats(0, 100), st.booleans(), st.floats(0, 20)
        ),
        max_size=40,
    )
)
def test_no_series_of_levels_breaks_it(series: list[tuple[float, float, bool, float]]) -> None:
    """Any levels, emptyings, gaps and repeats: figures stay finite, and documents come back equal."""
    learned, day = begin(PRIOR), 0.0
    for gap, level, truck, sd in series:
        day += gap
        if truck:
            learned = emptied(learned, PRIOR, at(day), None, level, sd)
        else:
            learned, _ = observe(learned, PRIOR, at(day), level, sd)
    assert learned_from_document(learned_to_document(learned)) == learned
    for _, mean, sd, skew in gains(learned, PRIOR, at(day), ends_of_days(at(day), 14)):
        assert 0.0 <= mean < 1e6
        assert 0.0 <= sd < 1e7
        assert 0.0 <= skew <= 2.0
    assert abs(learned.mean[RATE]) < 20
