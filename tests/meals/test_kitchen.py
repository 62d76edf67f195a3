"""Counts with their time limit, labels that a person can read, temperatures that keep a tray back."""

from datetime import date
from decimal import Decimal

import pytest

from meals.kitchen import chill, contains_text, deliveries, labels, production
from meals.model import Habit
from meals.settle import settle
from tests.meals.kit import after, at, person, service, shipped


def test_counts_by_dish_texture_and_diet() -> None:
    """Three people on a Monday: portions apart by texture, and set apart by diet."""
    people = (person(), person(id="p2", diets=("no_pork",)), person(id="p3", texture="mixed"))
    judged = service(shipped("haut_pays"), *people)
    meals = settle(judged, [], after(0), after(6)).meals
    found = production(judged, meals, after(-1), at(after(-1)))
    counts = {(one.dish, one.texture): (one.portions, one.by_diet) for one in found.batches}
    assert counts == {
        ("soup", "whole"): (2, (((), 1), (("no_pork",), 1))),
        ("soup", "mixed"): (1, (((), 1),)),
        ("pork", "whole"): (1, (((), 1),)),
        ("hake", "whole"): (1, ((("no_pork",), 1),)),
        ("hake", "mixed"): (1, (((), 1),)),
    }


def test_counts_are_final_after_the_time_limit() -> None:
    """Monday's meal: orders end on Saturday at 10:00; until then the count may still change."""
    judged = service(shipped("haut_pays"), person())
    meals = settle(judged, [], after(0), after(6)).meals
    before = production(judged, meals, after(-1), at(after(-2), 10))
    past = production(judged, meals, after(-1), at(after(-2), 10, 1))
    assert (before.final, past.final) == (False, True)
    assert before.final_at == at(after(-2), 10)
    assert production(judged, meals, after(20), at(after(0))).batches == ()


def test_label_says_what_is_inside() -> None:
    """Day, DLC, texture, diet, dishes and allergens; the weekend's trays travel together on Friday."""
    habit = Habit(valid_from=date(2020, 1, 1), lunch=(5, 6, 7))
    judged = service(shipped("haut_pays"), person(habits=(habit,), diets=("no_pork",), texture="mixed"))
    meals = settle(judged, [], after(0), after(6)).meals
    found = labels(judged, meals)
    assert [(one.day, one.eat_by) for one in found] == [(after(n), after(6)) for n in (4, 5, 6)]
    assert found[0].dishes == ("Potage de légumes", "Colin sauce citron")
    assert (found[0].texture, found[0].diets) == ("mixé", ("sans porc",))
    assert contains_text(found[0]) == "Contient : céleri, lait et poissons."
    assert [(one.day, one.trays) for one in deliveries(meals)] == [(after(4), 3)]


@pytest.mark.parametrize(
    ("celsius", "state", "text"),
    [
        ("3.0", "cold", "+3,0 °C"),
        ("3.1", "warm", "+3,0 °C au plus"),
        ("-1", "cold", "−1 °C"),
        ("12.5", "warm", "ne doivent pas être remis"),
    ],
)
def test_cold_chain(celsius: str, state: str, text: str) -> None:
    """+3 °C is the last that is cold enough."""
    found = chill(shipped("haut_pays"), Decimal(celsius))
    assert found.state == state
    assert text in found.text
