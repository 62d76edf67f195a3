"""The outlook is a distribution that widens, respects the calendar, and says when the container is full."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fill.foresee import foresee
from fill.habit import Learned, begin, gains
from fill.learn import emptied, observe
from fill.model import Refused
from fill.outlook import FARTHEST_DAYS, Level, outlook, shown
from fill.prior import SPREAD, STAYS_DAYS, Pool, prior_of
from fill.season import COUNT, FIRST_KIND, MONDAY, RAIN, ends_of_days
from tests.fill.cases import unhurried

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PRIOR = prior_of(Pool(), "62364", 3750)
HABITS = [0.0] * COUNT


def known(**effects: float) -> Learned:
    """A container whose habits are known to a hair."""
    fresh = begin(PRIOR)
    mean = list(HABITS)
    for name, value in effects.items():
        mean[{"saturday": MONDAY + 5, "public": FIRST_KIND + 3, "rain": RAIN}[name]] = value
    return Learned(tuple(mean), tuple(each * 1e-6 for each in fresh.covariance))


def test_it_starts_at_the_level_and_widens() -> None:
    """At once the level and its own doubt; then more and wider every day, quantiles in order."""
    level = Level(40.0, 1.0, NOW)
    steps = outlook(known(), PRIOR, level, (NOW, *ends_of_days(NOW, 14))).steps
    assert steps[0].mean == 40.0
    assert steps[0].q10 < 40.0 < steps[0].q90
    widths = [step.q90 - step.q10 for step in steps]
    assert widths == sorted(widths)
    assert [step.mean for step in steps] == sorted(step.mean for step in steps)
    assert [step.p_overflow for step in steps] == sorted(step.p_overflow for step in steps)
    assert all(step.q10 < step.q50 < step.q90 for step in steps)
    assert steps[-1].mean - steps[1].mean == pytest.approx(13 * 4.0)


def test_saturdays_holidays_and_rain_are_foreseen() -> None:
    """A day's gain is what that day brings: Saturday double, the first of May half, a wet Thursday less."""
    since = datetime(2027, 4, 26, 22, tzinfo=UTC)  # Tuesday, at midnight in Paris
    days = ends_of_days(since + timedelta(hours=1), 6)
    rain = {date(2027, 4, 29): 10.0}
    learned = known(saturday=0.7, public=-0.7, rain=-0.3)
    found = [mean for _, mean, _, _ in gains(learned, PRIOR, since, days, rain)]
    gained = [b - a for a, b in zip([0.0, *found], found, strict=False)]
    tuesday, _, thursday, friday, may_day, sunday = gained
    assert [tuesday, friday, sunday] == pytest.approx([4.0] * 3)
    assert thursday == pytest.approx(4.0 * 0.741, rel=0.01)
    assert may_day == pytest.approx(4.0, rel=0.01)  # a Saturday and a public holiday at once


def test_full_early_expected_and_late_agree_with_the_steps() -> None:
    """At those instants the quantiles are at 100, nearly, and the probability is 1, 5 and 9 in 10."""
    level = Level(60.0, 1.0, NOW)
    found = outlook(known(), PRIOR, level, [NOW])
    assert found.full_early is not None
    assert found.full_at is not None
    assert found.full_late is not None
    steps = outlook(known(), PRIOR, level, [found.full_early, found.full_at, found.full_late]).steps
    assert [steps[0].q90, steps[1].q50, steps[2].q10] == pytest.approx([100.0] * 3, abs=1.5)
    assert [step.p_overflow for step in steps] == pytest.approx([0.1, 0.5, 0.9], abs=0.12)


def test_a_container_that_hardly_fills_is_not_full_within_what_is_told() -> None:
    """A litre a day: no hour of 100 %."""
    slow = prior_of(Pool(mean=(0.0, *HABITS[1:])), "", 4000)
    learned = Learned((0.0,) * COUNT, tuple(each * 1e-6 for each in begin(slow).covariance))
    found = outlook(learned, slow, Level(10.0, 1.0, NOW), [NOW + timedelta(days=FARTHEST_DAYS)])
    assert (found.full_early, found.full_at, found.full_late) == (None, None, None)
    assert found.steps[0].p_overflow < 0.001


def test_a_doubtful_level_widens_and_says_so() -> None:
    """The same level from a probe that is not trusted: marked, wider, with the same expectation."""
    sure, doubtful = (
        outlook(known(), PRIOR, Level(50.0, 1.0, NOW, trusted), ends_of_days(NOW, 3))
        for trusted in (True, False)
    )
    assert (sure.estimated, doubtful.estimated) == (False, True)
    assert doubtful.steps[0].mean == sure.steps[0].mean
    assert doubtful.steps[0].sd > sure.steps[0].sd + 4


def test_people_see_nought_to_a_hundred() -> None:
    """Levels for people are clipped; those for sums are not."""
    step = outlook(known(), PRIOR, Level(99.0, 1.0, NOW), [NOW + timedelta(days=5)]).steps[0]
    assert step.mean > 110
    assert (shown(step.mean), shown(-3.0), shown(12.3456)) == (100.0, 0.0, 12.35)


@pytest.mark.parametrize(
    "instants",
    [[], [NOW - timedelta(hours=1)], [NOW + timedelta(2), NOW + timedelta(1)], [NOW.replace(tzinfo=None)]],
)
def test_refuses_instants_that_cannot_be(instants: list[datetime]) -> None:
    """None, before the level, out of order, without a zone."""
    with pytest.raises(Refused):
        outlook(known(), PRIOR, Level(50.0, 1.0, NOW), instants)


@unhurried
@given(st.floats(0, 100), st.floats(0, 30), st.booleans(), st.floats(-4, 4), st.floats(0, 60))
def test_never_a_wrong_number(level: float, sd: float, trusted: bool, pace: float, ago: float) -> None:
    """Any level, doubt and pace: quantiles in order, probabilities between nought and one, widening doubt."""
    learned = begin(PRIOR)
    learned = Learned((pace, *learned.mean[1:]), learned.covariance)
    at = NOW - timedelta(days=ago)
    found = outlook(learned, PRIOR, Level(level, sd, at, trusted), ends_of_days(NOW, 14))
    for step in found.steps:
        assert step.q10 <= step.q50 <= step.q90
        assert 0.0 <= step.p_overflow <= 1.0
    spread = [step.q90 - step.q10 for step in found.steps]
    assert spread == sorted(spread)
    order = [each for each in (found.full_early, found.full_at, found.full_late) if each is not None]
    assert order == sorted(order)


def test_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """On seeded lives of bags and moods, 80 % intervals three days ahead hold 74 to 90 % of truths.

    That is before any width was learned from checks, and with levels better than a probe's.
    """
    held = total = 0
    for seed in range(12):
        rng = random.Random(seed)
        learned, level, day = begin(PRIOR), 0.0, 0
        litres = 150 * rng.lognormvariate(0, 0.5)
        days = [bags(rng, litres) for _ in range(140)]
        for day in range(1, 137):
            level += days[day - 1] / 37.5
            if level > 90:
                level = 0.0
                learned = emptied(learned, PRIOR, NOW + timedelta(days=day - 0.01), None, level, 1.0)
            learned, _ = observe(learned, PRIOR, NOW + timedelta(days=day), level, 1.0)
            if day >= 40 and day % 3 == 0:
                at = NOW + timedelta(days=day)
                step = outlook(learned, PRIOR, Level(level, 1.0, at), [at + timedelta(days=3)]).steps[0]
                truth = level + sum(days[day : day + 3]) / 37.5
                held, total = held + (step.q10 <= truth <= step.q90), total + 1
    assert total > 350
    assert 0.74 <= held / total <= 0.90


def bags(rng: random.Random, litres: float) -> float:
    """A day of bags around this many litres."""
    expected = litres * rng.lognormvariate(-0.02, 0.2)
    count, waited = 0, rng.expovariate(1.0)
    while waited < expected / 15.0:
        count, waited = count + 1, waited + rng.expovariate(1.0)
    return sum(15.0 * rng.lognormvariate(-0.2, 0.63) for _ in range(count))


DOCUMENT = {
    "v": 1,
    "foresee": True,
    "volume_l": 3750,
    "now": "2026-11-23T08:00:00Z",
    "days": 3,
    "history": [
        {"at": "2026-11-20T06:00:00Z", "percent": 90},
        {"at": "2026-11-21T06:00:00Z", "percent": 3, "emptied_from": 92},
        {"at": "2026-11-22T06:00:00Z", "percent": 8, "sd": 1},
    ],
}


def test_from_a_document_to_a_document() -> None:
    """Now and the ends of three days; going on from what was learned is as telling it all at once."""
    found = foresee(DOCUMENT)
    assert len(found["steps"]) == 4
    assert found["steps"][0]["at"] == "2026-11-23T08:00:00Z"
    assert 8 < found["steps"][0]["q50"] < 16
    history = list(DOCUMENT["history"])  # type: ignore[call-overload]
    half = foresee({**DOCUMENT, "history": history[:2], "now": "2026-11-21T06:00:00Z"})
    rest = foresee({**DOCUMENT, "history": history[2:], "learned": half["learned"]})
    assert rest["steps"] == found["steps"]


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"volume_l": 0},
        {"history": []},
        {"history": [{"at": "2026-11-20T06:00:00Z"}]},
        {"history": [{"at": "2026-11-25T06:00:00Z", "percent": 4}]},
        {"history": [{"at": "2026-11-20T06:00:00Z", "percent": 4, "more": 1}]},
        {"history": [{"at": "2026-11-20T06:00:00Z", "percent": 4}] * 2},
        {"days": 61},
        {"rain_mm": {"yesterday": 3}},
        {"rain_mm": []},
        {"now": "soon"},
        {"pool": {}},
        {"more": 1},
    ],
)
def test_refuses_a_document(change: dict[str, object]) -> None:
    """With one sentence, whatever is wrong."""
    with pytest.raises(Refused):
        foresee({**DOCUMENT, **change})


def test_constants_name_every_effect() -> None:
    """One spread and one memory for each effect, all positive."""
    assert len(SPREAD) == len(STAYS_DAYS) == COUNT
    assert min(*SPREAD, *STAYS_DAYS) > 0
