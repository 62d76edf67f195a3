"""The dispatcher's edits: pure changes of order on a made-up day, and their judgement."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dispatch.adjust import (
    Add,
    Drop,
    Judgement,
    Lock,
    Move,
    NotPossible,
    Orders,
    Step,
    apply,
    judge,
    sentence,
)
from api.dispatch.planning import Site, Truck, build_problem, instant, with_stop
from api.dispatch.selection import Lift, Selection, Stop
from routing.model import Problem


def stop(code: str, lat: float, litres: int = 2000, required: bool = True) -> Stop:
    """A point with one column."""
    lift = Lift(
        container_id=1, code=f"{code}-V", need="required", fill_percent=80, load_l=litres,
        load_kg=litres // 3, why="À 80 %.",
    )  # fmt: skip
    return Stop(
        point_code=code, point_name="Lavoir", commune="Fruges", lat=lat, lon=2.1, required=required,
        prize_cents=0, lifts=(lift,),
    )  # fmt: skip


def truck(code: str) -> Truck:
    """A truck for three stops of 2,000 litres."""
    return Truck(
        id=1, code=code, name=code, capacity_l=6000, capacity_kg=9000, shift_start_s=21600, shift_s=25200,
        break_after_s=21600, break_s=1200, depot_id=1, depot_code="D", depot_name="Dépôt", lat=50.5, lon=2.1,
    )  # fmt: skip


SITE = Site(id=1, code="Q", name="Quai", lat=50.5, lon=2.11, opens_s=18000, closes_s=68400, service_s=1200)
STOPS = tuple(stop(f"P{number}", 50.5 + number / 100) for number in range(1, 6))
PROBLEM = build_problem(Selection(STOPS, ()), [truck("A"), truck("B")], [SITE], {})
ORDERS: Orders = {
    "A": (
        Step(ref="P1", stop_id=1),
        Step(ref="P2", stop_id=2),
        Step(ref="P3", stop_id=3),
        Step(ref="Q", stop_id=4),
    ),
    "B": (Step(ref="P4", stop_id=5), Step(ref="Q", stop_id=6)),
}


def refs(orders: Orders | NotPossible, vehicle: str) -> list[str]:
    """What a vehicle does."""
    assert not isinstance(orders, NotPossible), orders
    return [step.ref for step in orders[vehicle]]


def test_move_within_a_round() -> None:
    """A stop goes to the rank asked for."""
    moved = apply(ORDERS, Move(stop_id=1, vehicle="A", position=2), PROBLEM)

    assert refs(moved, "A") == ["P2", "P3", "P1", "Q"]


def test_move_to_another_truck_keeps_its_row() -> None:
    """A stop that changes truck keeps its number and its lock, and leaves its old truck."""
    moved = apply(ORDERS, Move(stop_id=2, vehicle="B", position=0), PROBLEM)

    assert refs(moved, "A") == ["P1", "P3", "Q"]
    assert not isinstance(moved, NotPossible)
    assert moved["B"][0] == Step(ref="P2", stop_id=2)


def test_add_goes_where_the_way_lengthens_least_before_the_last_unloading() -> None:
    """Without a position, the cheapest place on the way is found, never after the last unloading."""
    added = apply(ORDERS, Add(ref="P5", vehicle="B"), PROBLEM)

    assert refs(added, "B") in (["P4", "P5", "Q"], ["P5", "P4", "Q"])


def test_add_to_a_truck_that_stayed_home() -> None:
    """A truck without a round may get one."""
    added = apply({"A": ORDERS["A"]}, Add(ref="P5", vehicle="B"), PROBLEM)

    assert refs(added, "B") == ["P5"]


def test_drop_lock_unlock() -> None:
    """A stop may be dropped, locked and unlocked."""
    assert refs(apply(ORDERS, Drop(stop_id=2), PROBLEM), "A") == ["P1", "P3", "Q"]
    locked = apply(ORDERS, Lock(stop_id=2, locked=True), PROBLEM)
    assert not isinstance(locked, NotPossible)
    assert [step.locked for step in locked["A"]] == [False, True, False, False]
    assert apply(locked, Lock(stop_id=2, locked=False), PROBLEM) == ORDERS


@pytest.mark.parametrize(
    "change",
    [
        Move(stop_id=99, vehicle="A"),
        Drop(stop_id=99),
        Lock(stop_id=99, locked=True),
        Move(stop_id=1, vehicle="C"),
        Add(ref="P1", vehicle="B"),
    ],
)
def test_changes_without_sense_are_refused_in_a_sentence(
    change: Move | Drop | Lock | Add,
) -> None:
    """A stop that is gone, a truck that is not of this plan, a point served already."""
    refused = apply(ORDERS, change, PROBLEM)

    assert isinstance(refused, NotPossible)
    assert refused.sentence.endswith(".")


def judged(orders: Orders, problem: Problem = PROBLEM) -> Judgement:
    """The judgement of orders that make sense."""
    found = judge(problem, orders)
    assert isinstance(found, Judgement), found
    return found


def test_good_orders_break_no_rule() -> None:
    """The day as planned is accepted, with P5 said to be left out."""
    found = judged(ORDERS)

    assert found.violations == ()
    assert [(one.task, one.code) for one in found.plan.unserved] == [("P5", "removed")]


def test_overfull_truck_is_said_with_figures() -> None:
    """A fourth stop overfills the truck: which stop, how much for how much."""
    found = judged({**ORDERS, "A": (Step(ref="P5"), *ORDERS["A"]), "B": ()})
    sentences = [sentence(PROBLEM, found, one, {"P3": "Fruges, Lavoir"}) for one in found.of("A")]

    assert sentences == ["Fruges, Lavoir\u00a0: la benne déborde (8\u00a0000\u00a0litres pour 6\u00a0000)."]


def test_late_end_is_said_in_minutes() -> None:
    """A round that outlasts the shift says by how much."""
    far = with_stop(PROBLEM, stop("FAR", 53.0))
    found = judged({**ORDERS, "B": (Step(ref="FAR"), *ORDERS["B"])}, far)
    sentences = [sentence(far, found, one, {}) for one in found.of("B")]

    assert any("min après la fin du service" in one for one in sentences)


def test_no_unloading_is_said() -> None:
    """A truck that comes home with its load breaks a rule."""
    found = judged({"A": (Step(ref="P1"),)})

    assert [one.code for one in found.of("A")] == ["end_empty"]


@given(
    st.lists(
        st.tuples(st.sampled_from([1, 2, 3, 4, 5, 6]), st.sampled_from("AB"), st.integers(0, 9)), max_size=8
    )
)
def test_moves_never_lose_nor_double_a_stop(moves: list[tuple[int, str, int]]) -> None:
    """Whatever is moved wherever, every stop is there once, and the judge gives an answer."""
    orders: Orders = ORDERS
    for stop_id, vehicle, position in moves:
        moved = apply(orders, Move(stop_id=stop_id, vehicle=vehicle, position=position), PROBLEM)
        assert not isinstance(moved, NotPossible)
        orders = moved
    ids = sorted(step.stop_id or 0 for steps in orders.values() for step in steps)

    assert ids == [1, 2, 3, 4, 5, 6]
    judged(orders)


def test_wall_clock_on_the_day_clocks_change() -> None:
    """Six in the morning is six in the morning on the Sunday that has 25 hours."""
    assert instant(date(2026, 10, 25), 6 * 3600).isoformat() == "2026-10-25T05:00:00+00:00"
    assert instant(date(2026, 10, 24), 6 * 3600).isoformat() == "2026-10-24T04:00:00+00:00"
