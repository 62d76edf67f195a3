"""Routes put together anew: the cheapest choice there is, never against a rule, never dearer than before."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.partition import Column, combine

ROWS, KINDS = 4, 2


def column(rows: set[int], cost: float, kind: int = 0) -> Column:
    """Written shorter."""
    return Column(frozenset(rows), kind, cost)


def test_the_good_halves_of_two_plans_make_a_better_one() -> None:
    """By hand: one plan is good on the left (10, not 15), the other on the right (12, not 20)."""
    left, right = column({0, 1}, 10), column({2, 3}, 12)
    columns = [left, column({2}, 10), column({3}, 10), column({0}, 7), column({1}, 8), right]
    found = combine(columns, [True] * 4, [6], known=[0, 1, 2], seconds=60)
    assert (found.ranks, found.done) == ((0, 5), True)


def test_no_more_of_a_kind_than_there_are() -> None:
    """The cheapest would take two of the second kind, of which there is one."""
    columns = [column({0}, 10), column({1}, 10), column({0}, 1, 1), column({1}, 2, 1)]
    found = combine(columns, [True, True], [2, 1], known=[0, 1], seconds=60)
    assert set(found.ranks) == {1, 2}


def test_what_may_stay_out_does_when_it_does_not_pay() -> None:
    """The second stop's route costs more than its prize; the first one must be served, whatever it costs."""
    columns = [column({0}, 10), column({1}, 3), column({2}, -4)]
    found = combine(columns, [True, False, False], [3], known=[0, 1], seconds=60)
    assert found.ranks == (0, 2)


def test_without_time_it_is_never_dearer() -> None:
    """No seconds: the better choice handed in comes back, not what the solver may have met by then."""
    columns = [column({0, 1}, 10), column({0}, 4), column({1}, 4)]
    assert combine(columns, [True, True], [2], known=[1, 2], seconds=0).ranks == (1, 2)


@st.composite
def choices(draw: st.DrawFn) -> tuple[list[Column], list[bool], list[int], list[int]]:
    """Columns among which the first ones, one a row, are a plan that holds to every rule."""
    cost = st.integers(-20, 50).map(float)
    columns = [column({row}, draw(cost)) for row in range(ROWS)]
    for _ in range(draw(st.integers(0, 8))):
        rows = draw(st.sets(st.integers(0, ROWS - 1), min_size=1))
        columns.append(Column(frozenset(rows), draw(st.integers(0, KINDS - 1)), draw(cost)))
    required = draw(st.lists(st.booleans(), min_size=ROWS, max_size=ROWS))
    return columns, required, [ROWS, draw(st.integers(0, 2))], list(range(ROWS))


def allowed(
    columns: list[Column], required: list[bool], available: list[int], ranks: tuple[int, ...]
) -> bool:
    """Whether they serve each row once (or not, where it may stay out), with the vehicles there are."""
    rows = [row for rank in ranks for row in columns[rank].rows]
    kinds = [columns[rank].kind for rank in ranks]
    return (
        len(rows) == len(set(rows))
        and all(row in rows for row, must in enumerate(required) if must)
        and all(kinds.count(kind) <= most for kind, most in enumerate(available))
    )


@settings(max_examples=60)
@given(choices())
def test_it_is_the_cheapest_of_all_choices(
    drawn: tuple[list[Column], list[bool], list[int], list[int]],
) -> None:
    """Against trying every subset."""
    columns, required, available, known = drawn
    found = combine(columns, required, available, known, seconds=60)
    assert found.done
    assert allowed(columns, required, available, found.ranks)
    ranks = range(len(columns))
    every = itertools.chain.from_iterable(
        itertools.combinations(ranks, n) for n in range(min(ROWS, len(columns)) + 1)
    )
    least = min(cost(columns, one) for one in every if allowed(columns, required, available, one))
    assert cost(columns, found.ranks) == least


def cost(columns: list[Column], ranks: tuple[int, ...]) -> float:
    """Of these together."""
    return sum(columns[rank].cost for rank in ranks)
