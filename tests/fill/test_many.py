"""Many containers at once get the answers they would get one by one."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from fill.habit import Learned, begin
from fill.learn import observe
from fill.many import Member, outlooks
from fill.outlook import Level, outlook
from fill.prior import Pool, Width, prior_of
from fill.season import NO_RAIN, ends_of_days

NOW = datetime(2026, 10, 20, 9, 17, tzinfo=UTC)  # the clocks change five days later
RAIN = {date(2026, 10, 18) + timedelta(days=n): 3.0 * (n % 4) for n in range(20)}


def members(count: int) -> list[Member]:
    """Containers of all sorts: new ones, old hands, slow and quick, full, silent for weeks, under rain."""
    rng = Random("many")
    widths = (Width(0.8, 1.2, 5), Width(0.9, 1.1, 5), Width(1.0, 1.3, 5), Width(1.4, 0.7, 5))
    pool = Pool(widths=widths, communes={"1": tuple(0.1 * rng.gauss(0, 1) for _ in range(15))})
    found = []
    for number in range(count):
        prior = prior_of(pool, str(number % 3), rng.choice((2000, 4000, 40_000)))
        learned: Learned = begin(prior)
        at, level = NOW - timedelta(days=40), 2.0
        for _ in range(rng.choice((0, 8, 30))):
            at, level = at + timedelta(days=1), level + rng.uniform(0.1, 3.0)
            learned, _ = observe(learned, prior, at, level, 1.0)
        seen = NOW - timedelta(hours=rng.choice((0.0, 3.3, 700.0)))
        stands = Level(rng.choice((0.0, 45.5, 99.0, 130.0)), rng.uniform(0.0, 6.0), seen, rng.random() < 0.7)
        found.append(Member(learned, prior, stands, RAIN if number % 2 else NO_RAIN))
    return found


def test_the_same_as_one_by_one() -> None:
    """Every figure, through the change of the clocks, whatever the company a container is in."""
    ends, all_members = ends_of_days(NOW, 14), members(300)
    for one, found in zip(all_members, outlooks(all_members, ends), strict=True):
        alone = outlook(one.learned, one.prior, one.level, ends, one.rain)
        assert found.estimated == alone.estimated
        for name in ("full_early", "full_at", "full_late"):
            mine, other = getattr(found, name), getattr(alone, name)
            assert (mine is None) == (other is None)
            assert mine is None or abs((mine - other).total_seconds()) <= 2
        for mine, other in zip(found.steps, alone.steps, strict=True):
            assert mine.at == other.at
            for name in ("mean", "sd", "q10", "q50", "q90"):
                assert getattr(mine, name) == pytest.approx(getattr(other, name), rel=1e-6, abs=1e-6)
            assert mine.p_overflow == pytest.approx(other.p_overflow, abs=1.1e-4)


def test_nobody() -> None:
    """No container, no answer."""
    assert list(outlooks([], ends_of_days(NOW, 14))) == []
