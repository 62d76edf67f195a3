"""What is common goes to the stream and the commune, and moves no container that knows better."""

import random
from datetime import UTC, datetime, timedelta
from math import log

import pytest

from fill.habit import Learned, begin, expected_gain
from fill.learn import Lesson, emptied, observe
from fill.prior import HORIZONS_DAYS, Pool, Width, litres_per_day, prior_of
from fill.season import COUNT, MONDAY, RATE
from fill.shape import Z_80
from fill.share import absorb, share, solved

START = datetime(2026, 9, 7, 4, tzinfo=UTC)
VOLUME = 4000


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def lived(pool: Pool, commune: str, litres: float, days: int, saturday: float = 1.0) -> Learned:
    """A container that fills evenly but on Saturdays, read once a day."""
    prior = prior_of(pool, commune, VOLUME)
    learned, level = begin(prior), 0.0
    for n in range(1, days + 1):
        level += litres / VOLUME * 100 * (saturday if at(n - 1).weekday() == 5 else 1.0)
        if level > 90:
            level = 0.0
            learned = emptied(learned, prior, at(n - 0.01), None, level, 1.0)
        learned, _ = observe(learned, prior, at(n), level, 1.0)
    return learned


def week(pool: Pool, commune: str, learned: Learned) -> float:
    return expected_gain(learned, prior_of(pool, commune, VOLUME), at(100), at(107))


def test_a_new_container_starts_at_its_neighbours_pace() -> None:
    """Ten containers at 300 litres a day: the eleventh is expected near that, and theirs hardly move."""
    members = {n: ("a", lived(Pool(), "a", 300.0, 40)) for n in range(10)}
    before = [week(Pool(), "a", one) for _, one in members.values()]
    pool, settled = share(Pool(), members)
    assert litres_per_day(pool, "a") == pytest.approx(300.0, rel=0.1)
    assert [week(pool, "a", one) for one in settled.values()] == pytest.approx(before, rel=0.05)
    again, _ = share(pool, {n: ("a", one) for n, one in settled.items()})
    assert litres_per_day(again, "a") == pytest.approx(litres_per_day(pool, "a"), rel=0.05)


def test_communes_differ_within_their_stream() -> None:
    """A busy commune and a quiet one: the new container of each starts nearer to its own."""
    members = {n: ("busy", lived(Pool(), "busy", 400.0, 40)) for n in range(5)}
    members |= {n: ("quiet", lived(Pool(), "quiet", 100.0, 40)) for n in range(5, 10)}
    pool, settled = share(Pool(), members)
    pool, _ = share(pool, {n: (members[n][0], one) for n, one in settled.items()})
    quiet, other, busy = (litres_per_day(pool, name) for name in ("quiet", "elsewhere", "busy"))
    assert 100 < quiet < other < busy < 400
    assert busy / quiet > 1.5


def test_saturdays_are_shared() -> None:
    """Many containers that saw a few busy Saturdays each: together they say it of their stream."""
    members = {n: ("a", lived(Pool(), "a", 160.0, 40, saturday=2.0)) for n in range(30)}
    pool, _ = share(Pool(), members)
    others = sum(pool.mean[MONDAY + n] for n in range(5)) / 5
    assert pool.mean[MONDAY + 5] - others > 0.35


def test_nobody_or_a_beginner_moves_nothing() -> None:
    """Without containers, and with one that has seen nothing, the stream stays as it was."""
    assert share(Pool(), {}) == (Pool(), {})
    fresh = begin(prior_of(Pool(), "a", VOLUME))
    pool, settled = share(Pool(), {1: ("a", fresh)})
    assert pool.mean == pytest.approx(Pool().mean)
    assert settled[1].mean == pytest.approx(fresh.mean)


def test_one_odd_container_hardly_moves_the_stream() -> None:
    """One container at forty times the pace of nine others does not make the stream's pace its own."""
    members = {n: ("a", lived(Pool(), "a", 50.0, 40)) for n in range(9)}
    members[9] = ("a", lived(Pool(), "a", 2000.0, 40))
    pool, _ = share(Pool(), members)
    assert litres_per_day(pool, "b") < 150


@pytest.mark.parametrize("sd", [0.5, 1.0, 2.0])
def test_widths_end_where_one_in_ten_is_missed(sd: float) -> None:
    """Truths that scatter more or less than said: the widths settle at what they really scatter."""
    rng, pool = random.Random(4), Pool()
    for _ in range(40):
        checks = tuple((0, rng.gauss(0, sd)) for _ in range(100))
        pool = absorb(pool, [Lesson(checks)])
    width = pool.widths[0]
    assert width.below == pytest.approx(sd, rel=0.15)
    assert width.above == pytest.approx(sd, rel=0.15)
    missed = sum(abs(rng.gauss(0, sd)) > Z_80 * sd for _ in range(1000)) / 1000
    assert 0.15 < missed < 0.25
    assert pool.widths[1:] == (Width(),) * (len(HORIZONS_DAYS) - 1)


def test_sides_are_learned_apart() -> None:
    """Truths always above what was said widen the upper side only."""
    pool = absorb(Pool(), [Lesson(((1, 2.5),))] * 200)
    assert pool.widths[1].above > 1.5
    assert pool.widths[1].below < 0.9


def test_prior_of_a_container_counts_its_litres() -> None:
    """Half the volume is twice the points."""
    small, large = prior_of(Pool(), "a", 2000), prior_of(Pool(), "a", 4000)
    assert small.mean[RATE] - large.mean[RATE] == pytest.approx(log(2))
    assert len(small.mean) == COUNT


def test_a_system_is_solved() -> None:
    """Also when the first pivot is nought."""
    found = solved([[0.0, 2.0, 1.0], [1.0, 1.0, 0.0], [3.0, 0.0, 1.0]], [7.0, 3.0, 6.0])
    assert found == pytest.approx([1.0, 2.0, 3.0])
