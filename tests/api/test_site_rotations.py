"""Skip rounds: one skip at a time, to its own outlet, the empty one back; judged by routing's checker."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from api.gate.rotations import EXCHANGE_S, LOAD_S, Full, Hauler, Where, build, rotations
from routing.checker import violations
from routing.model import Plan
from routing.solve import solve
from routing.travel import GreatCircle

ROADS = GreatCircle()
DEPOT = Where(code="d", lat=50.50, lon=2.00)
NORTH = Where(code="n", lat=50.60, lon=2.00, windows=((28_800, 64_800),))
SOUTH = Where(code="s", lat=50.40, lon=2.05, windows=((28_800, 64_800),))
COMPOST = Where(code="c", lat=50.45, lon=2.10, windows=((28_800, 61_200),))
QUARRY = Where(code="q", lat=50.65, lon=2.10, windows=((32_400, 43_200),))


def hauler(number: int = 1, shift_s: int = 32_400) -> Hauler:
    """A truck from seven o'clock."""
    return Hauler(
        id=number, depot=DEPOT, shift_start_s=25_200, shift_s=shift_s, break_after_s=21_600, break_s=1200
    )


def full(number: int, site: Where = NORTH, outlet: Where = COMPOST, *, spare: bool = True) -> Full:
    """A skip to take away."""
    return Full(haulage=number, site=site, outlet=outlet, service_s=900, spare=spare)


def planned(fulls: list[Full], haulers: list[Hauler]) -> tuple[Plan, tuple[object, ...]]:
    """A plan found with the package's own insertion, and what the checker says of it."""
    problem = build(fulls, haulers, ROADS)
    plan = solve(problem, seconds=5, steps=1, engines=())
    assert isinstance(plan, Plan)
    return plan, violations(problem, plan)


def test_one_skip_at_a_time_each_to_its_outlet() -> None:
    """Four skips, two outlets, one truck: nothing is taken before the last is tipped."""
    fulls = [full(1), full(2, SOUTH, QUARRY), full(3, SOUTH), full(4, NORTH, QUARRY)]
    plan, broken = planned(fulls, [hauler()])
    assert broken == ()
    assert plan.complete
    order = [visit.ref for visit in plan.routes[0].visits if visit.kind == "collect"]
    assert [one[0] for one in order] == ["p", "d"] * 4
    assert all(a[1:] == b[1:] for a, b in zip(order[::2], order[1::2], strict=True))
    done, left = rotations(plan, fulls, build(fulls, [hauler()], ROADS))
    assert left == ()
    assert sorted(one.haulage for one in done) == [1, 2, 3, 4]
    assert all(a.outlet_s <= b.pickup_s for a, b in pairwise(sorted(done, key=lambda one: one.rank)))


def test_without_a_spare_the_same_skip_comes_back() -> None:
    """One stop that lasts the way there, the tipping and the way back, at the outlet's hours."""
    one = full(1, NORTH, QUARRY, spare=False)
    problem = build([one], [hauler()], ROADS)
    (task,) = problem.tasks
    places = [place.id for place in problem.places]
    leg = problem.matrix.duration_s[places.index("site/n")][places.index("outlet/q")]
    assert leg is not None
    assert task.service_s == 2 * LOAD_S + 2 * leg + 900
    assert task.windows == ((32_400 - LOAD_S - leg, 43_200 - LOAD_S - leg),)
    plan, broken = planned([one], [hauler()])
    assert broken == ()
    ((rotation,), _) = rotations(plan, [one], problem)
    assert rotation.outlet_s == rotation.pickup_s + LOAD_S + leg
    assert 32_400 <= rotation.outlet_s <= 43_200


def test_what_does_not_fit_is_left_with_its_reason() -> None:
    """A short day takes what it can; an outlet that is never open with the site takes nothing."""
    fulls = [full(n) for n in range(1, 6)]
    plan, broken = planned(fulls, [hauler(shift_s=14_400)])
    assert broken == ()
    done, left = rotations(plan, fulls, build(fulls, [hauler()], ROADS))
    assert 0 < len(done) < 5
    assert {one.haulage for one in done} | {one.haulage for one in left} == {1, 2, 3, 4, 5}
    assert all(one.text for one in left)
    night = Where(code="x", lat=50.5, lon=2.1, windows=((0, 3_600),))
    never = [full(9, NORTH, night, spare=False)]
    plan, _ = planned(never, [hauler()])
    assert [one.haulage for one in rotations(plan, never, build(never, [hauler()], ROADS))[1]] == [9]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([NORTH, SOUTH]), st.sampled_from([COMPOST, QUARRY]), st.booleans()),
        max_size=5,
    ),
    st.integers(1, 2),
)
def test_every_plan_keeps_the_rules(wanted: list[tuple[Where, Where, bool]], trucks: int) -> None:
    """Whatever is asked: each skip is done once or left with why, and the checker finds nothing."""
    fulls = [full(n, site, outlet, spare=spare) for n, (site, outlet, spare) in enumerate(wanted, 1)]
    haulers = [hauler(n) for n in range(1, trucks + 1)]
    plan, broken = planned(fulls, haulers)
    assert broken == ()
    done, left = rotations(plan, fulls, build(fulls, haulers, ROADS))
    told = [one.haulage for one in done] + [one.haulage for one in left]
    assert sorted(told) == [one.haulage for one in fulls]
    assert EXCHANGE_S > LOAD_S
