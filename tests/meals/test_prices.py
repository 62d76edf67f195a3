"""Published prices to the cent, brackets at their bounds, parts that others pay, and faults of a grid."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from meals.model import Habit, Income, Meal, Person, Support
from meals.prices import Bill, Bracket, Grid, NoGrid, bill, grid_faults
from meals.settle import settle
from tests.meals.kit import GRIDS, after, grid, person, service, shipped


@pytest.mark.parametrize(
    ("name", "quotient", "second", "each"),
    [
        ("les_arcs", "8000", False, "3.50"),
        ("les_arcs", "12000", False, "5.25"),
        ("les_arcs", "15000", False, "5.95"),
        ("les_arcs", "30000", False, "7.00"),
        ("hennebont", "10987", False, "9.24"),
        ("hennebont", "10987.01", False, "9.79"),
        ("hennebont", "17030", True, "9.24"),
        ("hennebont", "17031", False, "10.62"),
        ("hennebont", "17031", True, "9.79"),
        ("bourges", "9000", False, "9.53"),
        ("bourges", "9000", True, "7.78"),
    ],
)
def test_published_price_of_one_meal(name: str, quotient: str, second: bool, each: str) -> None:
    """What the council's page says a meal costs is what the bill says."""
    who = _who(second=second, incomes=(Income(valid_from=date(2020, 1, 1), quotient=Decimal(quotient)),))
    found = bill(who, _meals(who)[:1], [grid(name)], 2026, 3)
    assert isinstance(found, Bill)
    assert found.total == Decimal(each)


def test_dinner_costs_its_supplement() -> None:
    """Les Arcs: 1.50 € more for a dinner, of which the commune pays nothing."""
    habit = Habit(valid_from=date(2020, 1, 1), dinner=(1,))
    who = _who(habits=(habit,))
    found = bill(who, _meals(who)[:1], [grid("les_arcs")], 2026, 3)
    assert isinstance(found, Bill)
    assert [(one.kind, one.amount) for one in found.lines] == [
        ("meal", Decimal("7.00")),
        ("supplement", Decimal("1.50")),
    ]


def test_meal_and_delivery_apart_and_what_is_left_of_the_delivery() -> None:
    """Bracket A: 5 meals at 6.20 + 2.30, 15 % by the commune: 36.12 €, of which the delivery is 9.77 €."""
    who = _who(incomes=(Income(valid_from=date(2020, 1, 1), quotient=Decimal(9000)),))
    found = bill(who, _meals(who)[:5], [grid("haut_pays")], 2026, 3)
    assert isinstance(found, Bill)
    assert [(one.kind, one.quantity, one.amount) for one in found.lines] == [
        ("meal", 5, Decimal("31.00")),
        ("delivery", 5, Decimal("11.50")),
        ("commune", 5, Decimal("-6.38")),
    ]
    assert (found.total, found.delivery) == (Decimal("36.12"), Decimal("9.77"))


@pytest.mark.parametrize(
    ("support", "paid"),
    [
        ({"per_meal": Decimal(3)}, "15.00"),
        ({"per_meal": Decimal(3), "per_month": Decimal(10)}, "10.00"),
        ({"per_meal": Decimal(30)}, "35.00"),
        ({"per_meal": Decimal(3), "valid_until": date(2026, 3, 3)}, "6.00"),
        ({"per_meal": Decimal(3), "valid_from": date(2026, 3, 5)}, "6.00"),
    ],
)
def test_support_pays_its_share_and_never_more(support: dict[str, Any], paid: str) -> None:
    """APA by meal, capped by month, by dates and by the bill itself."""
    given: dict[str, Any] = {"payer": "APA", "valid_from": date(2020, 1, 1)}
    who = _who(supports=(Support(**(given | support)),))
    found = bill(who, _meals(who)[:5], [grid("les_arcs")], 2026, 3)
    assert isinstance(found, Bill)
    assert found.total == Decimal("35.00") - Decimal(paid)


def test_income_and_grid_change_within_a_month() -> None:
    """Each meal is priced by the income and the grid of its own day."""
    who = _who(
        incomes=(
            Income(valid_from=date(2020, 1, 1), quotient=Decimal(9000)),
            Income(valid_from=date(2026, 3, 3), quotient=Decimal(20000)),
        )
    )
    dearer = replace(grid("bourges"), valid_from=date(2026, 3, 5))
    found = bill(who, _meals(who)[:5], [grid("hennebont"), dearer], 2026, 3)
    assert isinstance(found, Bill)
    assert [(one.bracket, one.quantity) for one in found.lines] == [("T1", 1), ("T3", 2), ("unique", 2)]


def test_no_grid_is_no_bill() -> None:
    """Meals before the first vote are named, and nothing is billed at a guess."""
    who = _who()
    meals = _meals(who)[:2]
    later = replace(grid("bourges"), valid_from=date(2027, 1, 1))
    assert bill(who, meals, [later], 2026, 3) == NoGrid("p1", tuple(one.id for one in meals))


@pytest.mark.parametrize("name", sorted(one.stem for one in GRIDS.glob("*.toml")))
def test_shipped_grids_are_sound(name: str) -> None:
    """What ships can be voted."""
    assert grid_faults(grid(name)) == ()


@pytest.mark.parametrize(
    ("brackets", "word"),
    [
        ((), "at least one"),
        ((("A", 10, "5"),), "must have no up_to"),
        ((("A", 20, "5"), ("B", 10, "6"), ("C", None, "7")), "must rise"),
        ((("A", None, "5"), ("C", None, "7")), "must rise"),
        ((("A", None, "5.005"),), "whole cents"),
        ((("A", None, "-1"),), "whole cents"),
    ],
)
def test_faults_of_a_grid(brackets: tuple[tuple[str, int | None, str], ...], word: str) -> None:
    """Each fault is one sentence with its key."""
    voted = Grid(
        name="x",
        source="x",
        valid_from=date(2026, 1, 1),
        brackets=tuple(
            Bracket(code=code, up_to=None if up_to is None else Decimal(up_to), meal=Decimal(meal))
            for code, up_to, meal in brackets
        ),
    )
    assert any(word in one for one in grid_faults(voted))


def _who(**changed: Any) -> Person:
    return person(**changed)


def _meals(who: Person) -> tuple[Meal, ...]:
    return settle(service(shipped("haut_pays"), who), [], after(0), after(6)).meals
