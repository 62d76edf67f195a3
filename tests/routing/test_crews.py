"""Hours shared between streams are given out once, by day and by week, and what lacks is said."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.crews import Asked, Crew, share
from routing.horizon import Costs, Horizon, Roads, roads
from routing.model import Place
from routing.risk import Outlook
from routing.travel import GreatCircle

DAYS = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)
WEEKS = (0, 0, 0, 0, 0, 1, 1, 1, 1, 1)
SHIFT = 23_400


def column(name: str, level: float, a_day: float) -> Outlook:
    """A column of 4 m3, gaining `a_day` a day, less and less surely."""
    return Outlook(
        id=name, place=name, volume_l=4000, density_kg_m3=120,
        mean=tuple(level + a_day * day for day in range(15)),
        sd=tuple((9.0 + 4.0 * day) ** 0.5 for day in range(15)),
    )  # fmt: skip


def ground(names: list[str]) -> Roads:
    """Places in a row east of the hub, 700 m apart from 6 km on."""
    places = [Place(id="hub", lat=50.5, lon=2.1)]
    places += [Place(id=name, lat=50.5, lon=2.185 + n / 100) for n, name in enumerate(names)]
    return roads([one.id for one in places], GreatCircle().matrix(places), "hub", Costs())


def asked(code: str, levels: list[float], a_day: float = 4.0) -> Asked:
    """A stream with one column a level."""
    columns = tuple(column(f"{code}{n}", level, a_day) for n, level in enumerate(levels))
    horizon = Horizon(
        columns=columns, days=DAYS, seconds=(SHIFT,) * 10, shift_s=SHIFT, capacity_l=30_000,
        capacity_kg=10_000, cents_l=30.0,
    )  # fmt: skip
    return Asked(horizon=horizon, roads=ground([one.id for one in columns]))


def crew(name: str = "A", *, streams: str = "vp", day_s: int = SHIFT, week_s: int = 5 * SHIFT) -> Crew:
    return Crew(
        id=name, streams=frozenset(streams), seconds=(day_s,) * 10, weeks=WEEKS, week_s=(week_s, week_s)
    )


def test_one_stream_alone_has_all_the_hours() -> None:
    """Nothing is shared with nobody."""
    found = share({"v": asked("v", [95.0, 60.0])}, [crew()])["v"]
    assert found.horizon.seconds == (SHIFT,) * 10
    assert not any(found.horizon.taken)
    assert not any(found.lacking_s)


def test_the_pressing_stream_takes_its_hours_and_the_other_its_day() -> None:
    """With hours for one trip a day, full glass goes today and half full paper on another day."""
    two = {"v": asked("v", [104.0] * 4), "p": asked("p", [85.0] * 4)}
    free = share(two, [crew()])
    assert free["v"].campaign.seconds[0] > 0
    tight = share(two, [crew(day_s=free["v"].campaign.seconds[0] + 600)])
    assert tight["v"].campaign.seconds[0] > 0
    assert tight["p"].campaign.seconds[0] == 0
    assert tight["p"].horizon.taken[0] == tight["v"].campaign.seconds[0]
    assert sum(tight["p"].campaign.seconds) > 0


def test_a_week_that_is_over_sends_trips_to_the_next() -> None:
    """Crews without hours left this week work again on Monday, and the choice says why."""
    tired = replace(crew(), week_s=(0, 5 * SHIFT))
    found = share({"v": asked("v", [50.0] * 4, a_day=7.0)}, [tired])["v"]
    assert not any(found.campaign.seconds[:5])
    assert any(found.campaign.seconds[5:])
    assert any(choice.crowded for choice in found.campaign.choices)


def test_what_no_crew_can_do_is_said() -> None:
    """Full columns stay required though no crew has a minute."""
    found = share({"v": asked("v", [120.0])}, [crew(day_s=0)])["v"]
    assert [one.need for one in found.campaign.choices] == ["due"]
    assert found.lacking_s[0] > 0


def test_a_crew_of_one_stream_is_used_before_the_crew_of_two() -> None:
    """What can serve both is kept for whoever comes next."""
    crews = [crew("A"), crew("B", streams="v")]
    found = share({"v": asked("v", [104.0] * 3), "p": asked("p", [95.0] * 3)}, crews)
    assert not any(found["p"].horizon.taken)


def test_streams_of_different_days_are_not_shared() -> None:
    """A programmer's mistake."""
    other = asked("p", [50.0])
    short = replace(other, horizon=replace(other.horizon, days=(0, 1)))
    with pytest.raises(ValueError, match="same days"):
        share({"v": asked("v", [50.0]), "p": short}, [crew()])


levels = st.lists(st.floats(20, 120), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(levels, levels, st.integers(0, SHIFT), st.integers(0, 3 * SHIFT))
def test_no_hour_is_given_twice(glass: list[float], paper: list[float], day_s: int, week_s: int) -> None:
    """Whatever the levels: what is planned and does not lack fits its day and week; due stays due."""
    found = share({"v": asked("v", glass), "p": asked("p", paper)}, [crew(day_s=day_s, week_s=week_s)])
    used = [
        sum(one.campaign.seconds[day] - one.lacking_s[day] for one in found.values()) for day in range(10)
    ]
    assert all(0 <= seconds <= day_s for seconds in used)
    assert sum(used[:5]) <= week_s
    assert sum(used[5:]) <= week_s
    for code, wanted in (("v", glass), ("p", paper)):
        needs = {one.column: one.need for one in found[code].campaign.choices}
        assert all(needs[f"{code}{n}"] == "due" for n, level in enumerate(wanted) if level >= 110)
