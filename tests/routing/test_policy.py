"""The policy looks ahead: who is due, who joins, who waits; what the dial does; and bad input is named."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.horizon import Costs, Horizon, Roads, roads
from routing.model import Place
from routing.policy import Campaign, Choice, choose
from routing.risk import Outlook, level_on, price_later, prices
from routing.travel import GreatCircle
from routing.worth import EMPTIED, carried, fills, for_service, share_of, worths

COSTS = Costs()


def column(name: str, level: float, a_day: float, sd: float = 3.0, place: str | None = None) -> Outlook:
    """A glass column of 4 m3 at `level` today, gaining `a_day`, less and less surely."""
    return Outlook(
        id=name, place=place or name, volume_l=4000, density_kg_m3=330,
        mean=tuple(level + a_day * day for day in range(15)),
        sd=tuple((sd * sd + 4.0 * day) ** 0.5 for day in range(15)),
    )  # fmt: skip


def ground(**where: tuple[float, float]) -> Roads:
    """Places by name, kilometres east and north of the hub (which stands at 50.5 N, 2.1 E)."""
    km = 1 / 111.2
    places = [Place(id="hub", lat=50.5, lon=2.1)]
    places += [Place(id=n, lat=50.5 + y * km, lon=2.1 + x * km / 0.636) for n, (x, y) in where.items()]
    return roads([one.id for one in places], GreatCircle().matrix(places), "hub", COSTS)


def horizon(*columns: Outlook, days: tuple[int, ...] = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)) -> Horizon:
    """Two trucks of 30 m3 a day, Monday to Friday."""
    return Horizon(
        columns=columns, days=days, seconds=(2 * 23_400,) * len(days), shift_s=23_400,
        capacity_l=30_000, capacity_kg=10_000, cents_l=30.0,
    )  # fmt: skip


def by_name(campaign: Campaign) -> dict[str, Choice]:
    return {choice.column: choice for choice in campaign.choices}


NEAR_AND_FAR = {"a": (10.0, 0.0), "b": (10.5, 0.0), "c": (-12.0, 0.0)}


def test_a_neighbour_joins_and_the_same_level_elsewhere_waits() -> None:
    """65 % beside today's road is cheap now; 65 % at the other end of the territory is not."""
    asked = horizon(column("a", 99, 4), column("b", 65, 3), column("c", 65, 3))
    free_outings = replace(asked, costs=replace(COSTS, outing_cents=0))
    found = by_name(choose(free_outings, ground(**NEAR_AND_FAR)))
    assert found["a"].need == "due"
    assert found["b"].need == "joined"
    assert found["b"].day == 0
    assert found["b"].detour_m < 2_000
    assert found["c"].day != 0


def test_nobody_due_means_no_trip_today() -> None:
    """Half full columns do not make a truck leave, whatever the prizes offered in passing."""
    found = choose(horizon(column("a", 40, 3), column("b", 45, 3)), ground(**NEAR_AND_FAR))
    assert found.metres[0] == 0
    assert {one.need for one in found.choices} <= {"optional", "left"}


def test_what_overflows_over_the_week_end_is_due_on_friday() -> None:
    """Days without service count: the next visit after Friday is Monday's."""
    full_on_sunday = column("a", 86, 6)
    known = ground(**NEAR_AND_FAR)
    friday = by_name(choose(horizon(full_on_sunday, days=(0, 3, 4, 5, 6, 7)), known))
    monday = by_name(choose(horizon(full_on_sunday), known))
    assert friday["a"].day == 0
    assert friday["a"].risk_next > 0.5
    assert monday["a"].day in (0, 1, 2)
    assert monday["a"].risk_next < friday["a"].risk_next


def test_a_visit_spares_the_way_out_only_where_trucks_leave_unfilled() -> None:
    """A load in three days drives for its visits; twenty a day drive for the litres, today or tomorrow."""
    sides = {"near": 1.0, "far": 20.0}
    known = ground(**{f"{side}{n}": (km + n / 5, 0.0) for side, km in sides.items() for n in range(7)})

    def more_for_far(copies: int, a_day: float) -> float:
        names = [(f"{side}{n}", copy) for copy in range(copies) for side in sides for n in range(7)]
        cost = worths(horizon(*(column(f"{p} {c}", 50, a_day, place=p) for p, c in names)), known)
        return cost[7] - cost[0]

    assert more_for_far(1, 4) > 5 * more_for_far(20, 25) > 0


def many_loads(level: float = 50.0) -> tuple[Horizon, Roads]:
    """A hundred columns filling in a week, near and far: some two loads a day."""
    known = ground(**{f"p{n}": (2.0 + n % 10, n / 10) for n in range(100)})
    return horizon(*(column(f"p{n}", level, 15, place=f"p{n}") for n in range(100))), known


def test_where_trucks_fill_up_the_way_out_is_paid_by_the_litre() -> None:
    """What is carried today is not carried later: a load offers its way out, but for the last truck."""
    asked, known = many_loads()
    assert fills(asked)
    load = [
        one for one, column in enumerate(asked.columns) if column.id in {f"p{n}" for n in range(0, 100, 10)}
    ]
    cents, spots = known.ground.cents, [known.spot_of[asked.columns[one].place] for one in load]
    out = [cents[0][spot] + cents[spot][0] + COSTS.seconds_cents(COSTS.unload_s) for spot in spots]
    paid = carried(asked, known)
    shares = [share_of(asked, asked.columns[one], level_on(asked.columns[one], 0)[0]) for one in load]
    parts = [paid[one] / way / share for one, way, share in zip(load, out, shares, strict=True)]
    assert max(parts) - min(parts) < 1e-9
    assert 0.75 <= parts[0] < 1.0

    prizes = {one.column: one.prize_cents for one in choose(asked, known).choices}
    bare = price_later(asked.columns[5], 1, worths(asked, known)[5], asked.cents_l, EMPTIED)
    bare -= prices(asked.columns[5], [0], worths(asked, known)[5], asked.cents_l, EMPTIED)[0]
    assert prizes["p5"] == round(bare + paid[5])


def test_where_trucks_fill_up_none_leaves_for_one_column() -> None:
    """Several trips today, and each of their columns is offered at its prize: all can wait, none is due."""
    needs = [one.need for one in choose(*many_loads(75.0)).choices]
    assert "due" not in needs
    assert needs.count("joined") > 50


def test_the_prize_grows_with_the_risk() -> None:
    """What leaving a column costs later rises with its level."""
    known = ground(**NEAR_AND_FAR)
    levels = (20, 50, 90, 110)
    prizes = [choose(horizon(column("a", level, 3)), known).choices[0].prize_cents for level in levels]
    assert prizes == sorted(prizes)
    assert prizes[0] < prizes[-1]


def test_a_dearer_dial_never_waits_longer_alone() -> None:
    """One column, one dial: the more a litre costs, the earlier the visit."""
    known, one = ground(**NEAR_AND_FAR), horizon(column("a", 70, 3))
    days = [choose(replace(one, cents_l=cents), known).choices[0].day for cents in (1.0, 30.0, 1000.0)]
    waited = [14 if day is None else day for day in days]
    assert waited == sorted(waited, reverse=True)
    assert waited[0] > waited[-1]


def test_the_dial_follows_the_service_asked_for() -> None:
    """More service, dearer litres."""
    known = ground(**NEAR_AND_FAR)
    one = horizon(column("a", 50, 4), column("b", 50, 2))
    cents = [for_service(one, known, service).cents_l for service in (0.95, 0.99, 0.999)]
    assert cents == sorted(cents)
    assert cents[0] < cents[-1]


def test_a_full_truck_makes_a_second_trip() -> None:
    """Ten full columns are 40 m3: more than one truck load."""
    where = {f"p{i}": (8.0 + i / 10, 0.0) for i in range(10)}
    found = choose(horizon(*(column(name, 104, 5) for name in where)), ground(**where))
    assert all(one.day == 0 for one in found.choices)
    assert max(one.mates for one in found.choices) < 8
    assert found.metres[0] > 2 * 2 * 8_000


def test_two_columns_of_one_point_are_one_stop() -> None:
    """The second one adds no road."""
    known = ground(**NEAR_AND_FAR)
    pair = horizon(column("a1", 99, 5, place="a"), column("a2", 60, 3, place="a"))
    found = by_name(choose(pair, known))
    assert found["a2"].need == "joined"
    assert found["a2"].detour_m == 0


BAD = [
    (Outlook(id="x", place="nowhere", volume_l=1, density_kg_m3=1, mean=(0.0, 1.0), sd=(1.0, 1.0)), "carte"),
    (replace(column("a", 50, 1), mean=(float("nan"),) * 15), "impossibles"),
    (replace(column("a", 50, 1), sd=(-1.0,) * 15), "impossibles"),
    (replace(column("a", 50, 1), sd=(1.0,)), "par jour"),
    (replace(column("a", 50, 1), volume_l=0), "volume"),
]


@pytest.mark.parametrize(("bad", "word"), BAD)
def test_a_bad_outlook_is_named_and_the_others_are_judged(bad: Outlook, word: str) -> None:
    """One column that cannot be judged costs the others nothing."""
    found = choose(horizon(bad, column("b", 99, 4)), ground(**NEAR_AND_FAR))
    assert [name for name, why in found.refused if word in why] == [bad.id]
    assert [one.column for one in found.choices] == ["b"]


def test_nothing_to_judge_is_an_empty_campaign() -> None:
    """No columns, no trips, no failure."""
    assert choose(horizon(), ground(**NEAR_AND_FAR)).choices == ()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-20, 180), st.floats(-2, 40), st.floats(0, 40), st.floats(-15, 15), st.floats(-15, 15)
        ),
        min_size=1,
        max_size=12,
    ),
    st.floats(0.01, 1e4),
)
def test_any_levels_give_one_choice_each(
    drawn: list[tuple[float, float, float, float, float]], cents_l: float
) -> None:
    """Whatever the figures: one choice a column, no negative prize, probabilities, days that exist."""
    columns = [column(f"p{i}", level, pace, sd) for i, (level, pace, sd, _, _) in enumerate(drawn)]
    known = ground(**{f"p{i}": (x, y) for i, (_, _, _, x, y) in enumerate(drawn)})
    asked = replace(horizon(*columns), cents_l=cents_l)
    found = choose(asked, known)
    assert [one.column for one in found.choices] == [one.id for one in columns]
    for one in found.choices:
        assert one.prize_cents >= 0
        assert 0 <= one.risk_today <= 1
        assert 0 <= one.risk_next <= 1
        assert (one.day == 0) == (one.need in ("due", "joined"))
        assert one.day is None or one.day in asked.days
    assert found == choose(asked, known), "the same question has the same answer"


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 110), st.floats(0, 20), st.floats(0.5, 20)), min_size=1, max_size=8),
    st.floats(0.5, 0.9999),
    st.floats(0.5, 0.9999),
)
def test_the_dial_is_monotone(drawn: list[tuple[float, float, float]], one: float, two: float) -> None:
    """Whatever the columns: more service never makes a litre cheaper."""
    columns = [column(f"p{i}", level, pace, sd) for i, (level, pace, sd) in enumerate(drawn)]
    known = ground(**{f"p{i}": (5.0 + i, 0.0) for i in range(len(drawn))})
    less, more = (for_service(horizon(*columns), known, service) for service in sorted((one, two)))
    assert less.cents_l <= more.cents_l


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 140), st.floats(0, 20)), min_size=1, max_size=8),
    st.integers(0, 23_400),
    st.integers(0, 50_000),
)
def test_what_overflows_for_sure_is_due_whatever_the_hours(
    drawn: list[tuple[float, float]], day_s: int, week_s: int
) -> None:
    """A column that will be full before the next service is never dropped silently for want of hours."""
    columns = [column(f"p{i}", level, pace) for i, (level, pace) in enumerate(drawn)]
    known = ground(**{f"p{i}": (5.0 + i, 0.0) for i in range(len(drawn))})
    tight = replace(
        horizon(*columns), seconds=(day_s,) * 10, weeks=(0,) * 5 + (1,) * 5, week_s=(week_s, week_s)
    )
    for choice in choose(tight, known).choices:
        if choice.risk_next >= 0.9:
            assert (choice.need, choice.day) == ("due", 0)
