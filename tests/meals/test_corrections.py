"""A correction takes a month's bills to what they should have been, to the cent, once, and says why."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from meals.corrections import REVISED, SHOWN, billed_sums, correction, why
from meals.model import Habit, Income, Meal, Person, Support
from meals.prices import Bill, Kind, bill, share_of_delivery
from meals.settle import settle
from tests.meals.kit import after, grid, person, service, shipped

WHO = person(habits=(Habit(valid_from=date(2020, 1, 1), lunch=(1, 2, 3, 4, 5, 6, 7), dinner=(2, 4)),))
MEALS = settle(service(shipped("haut_pays"), WHO), (), after(0), after(20)).meals
QUOTIENTS = st.sampled_from([None, Decimal(8000), Decimal(12000), Decimal(40000)])
DUE = st.lists(st.booleans(), min_size=len(MEALS), max_size=len(MEALS))


def who(quotient: Decimal | None, support: Decimal | None) -> Person:
    """Somebody with an income, and perhaps somebody who pays a part."""
    incomes = () if quotient is None else (Income(valid_from=date(2020, 1, 1), quotient=quotient),)
    aid = Support(payer="APA", valid_from=date(2020, 1, 1), per_meal=support or Decimal(1))
    return replace(WHO, incomes=incomes, supports=(aid,) if support else ())


def made(one: Person, due: list[bool]) -> Bill:
    """March's bill when these of the meals are due."""
    meals = [replace(meal, due=now) for meal, now in zip(MEALS, due, strict=True)]
    found = bill(one, meals, [grid("haut_pays")], 2026, 3)
    assert isinstance(found, Bill)
    return found


def counted(one: Bill) -> set[str]:
    """The meals that a bill counts."""
    return {meal for line in one.lines if line.kind == "meal" for meal in line.meals}


@given(DUE, QUOTIENTS, st.sampled_from([None, Decimal("2.50"), Decimal(20)]), DUE, QUOTIENTS)
def test_a_correction_leads_to_the_right_bill_once(
    before: list[bool],
    was: Decimal | None,
    support: Decimal | None,
    after_all: list[bool],
    became: Decimal | None,
) -> None:
    """Whatever changed, billed and corrected together are the bill as it is now; then nothing is left."""
    old, new = made(who(was, support), before), made(who(became, None), after_all)
    found = correction(billed_sums(old.lines), counted(old), new)
    if found is None:
        assert (billed_sums(old.lines), counted(old)) == (billed_sums(new.lines), counted(new))
        return
    assert old.total + found.total == new.total
    assert old.delivery + found.delivery == new.delivery
    assert not set(found.added) & set(found.dropped)
    sums: dict[tuple[Kind, str], Decimal] = defaultdict(Decimal, billed_sums(old.lines))
    for line in found.lines:
        sums[line.kind, line.payer] += line.amount
    meals = (counted(old) | set(found.added)) - set(found.dropped)
    assert correction(sums, meals, new) is None
    assert share_of_delivery((kind, amount) for (kind, _), amount in sums.items()) == new.delivery


def test_the_reason_names_the_meals() -> None:
    """What became of each, few by name and the rest counted; prices alone are said to be revised."""
    known = {meal.id: replace(meal, due=False, reason="retenu : température trop haute") for meal in MEALS}
    all_due = [True] * len(MEALS)
    old = made(WHO, all_due)
    one_less = correction(billed_sums(old.lines), counted(old), made(WHO, [False, *all_due[1:]]))
    assert one_less is not None
    assert why(one_less, known) == "déjeuner du lundi 2 mars : retenu : température trop haute"
    none = correction(billed_sums(old.lines), counted(old), made(WHO, [False] * len(MEALS)))
    assert none is not None
    assert none.total == -old.total
    assert why(none, known).endswith(f"; et {len(MEALS) - SHOWN} autres")
    back = correction({}, (), old)
    assert back is not None
    assert why(back, known).startswith("déjeuner du lundi 2 mars : compté ; ")
    cheaper = correction(billed_sums(old.lines), counted(old), made(who(Decimal(8000), None), all_due))
    assert cheaper is not None
    assert why(cheaper, known) == REVISED
    unknown: dict[str, Meal] = {}
    assert why(one_less, unknown) == "un repas : n'était pas dû"
