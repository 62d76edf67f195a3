"""A forbidden dish never stands on a tray, whoever asks; doubt is a refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meals.french import ALLERGENS, DIETS, TEXTURES
from meals.model import Course, Dish, Menu, Person
from meals.trays import Unsuited, against, tray
from tests.meals.kit import DISHES, MONDAY, person

BY_ID = {one.id: one for one in DISHES}
MENU = Menu(
    day=MONDAY,
    courses=(
        Course(name="entrée", dishes=("soup", "salad")),
        Course(name="plat", dishes=("pork", "hake", "stew")),
    ),
)


@pytest.mark.parametrize(
    ("who", "dishes"),
    [
        (person(), ["soup", "pork"]),
        (person(allergens=("celery",)), ["salad", "pork"]),
        (person(diets=("no_pork",)), ["soup", "hake"]),
        (person(texture="mixed"), ["soup", "hake"]),
    ],
)
def test_first_dish_that_suits(who: Person, dishes: list[str]) -> None:
    """The kitchen's order of preference holds, dish by dish."""
    found = tray(MENU, BY_ID, who)
    assert not isinstance(found, Unsuited)
    assert [one.dish for one in found] == dishes


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (person(diets=("no_pork",), allergens=("fish",)), ["contient poissons", "allergènes non déclarés"]),
        (person(diets=("vegetarian",)), ["n'est pas végétarien"]),
        (person(texture="smooth"), ["« mixé lissé »"]),
    ],
)
def test_says_why_no_tray_may_be_given(who: Person, words: list[str]) -> None:
    """The sentence names each dish of the course and what forbids it."""
    found = tray(MENU, BY_ID, who)
    assert isinstance(found, Unsuited)
    assert all(one in found.text for one in words)


def test_a_dish_the_kitchen_does_not_know_is_no_dish() -> None:
    """A menu that names a dish nobody described is refused, never guessed."""
    menu = Menu(day=MONDAY, courses=(Course(name="plat", dishes=("surprise",)),))
    assert isinstance(tray(menu, BY_ID, person()), Unsuited)


DISH = st.builds(
    Dish,
    id=st.sampled_from(["a", "b", "c", "d"]),
    name=st.just("Plat"),
    diets=st.sets(st.sampled_from(sorted(DIETS))).map(tuple),
    textures=st.sets(st.sampled_from(sorted(TEXTURES)), min_size=1).map(tuple),
    allergens=st.none() | st.sets(st.sampled_from(sorted(ALLERGENS)), max_size=4).map(tuple),
)
WHO = st.builds(
    person,
    diets=st.sets(st.sampled_from(sorted(DIETS)), max_size=2).map(tuple),
    texture=st.sampled_from(sorted(TEXTURES)),
    allergens=st.sets(st.sampled_from(sorted(ALLERGENS)), max_size=3).map(tuple),
)


@given(st.lists(DISH, min_size=1, max_size=4, unique_by=lambda one: one.id), WHO)
def test_no_forbidden_dish_ever(dishes: list[Dish], who: Person) -> None:
    """Whatever the kitchen and the person, what is served breaks no diet, texture or allergy."""
    menu = Menu(day=MONDAY, courses=(Course(name="plat", dishes=tuple(one.id for one in dishes)),))
    by_id = {one.id: one for one in dishes}
    found = tray(menu, by_id, who)
    if isinstance(found, Unsuited):
        assert all(against(one, who) for one in dishes)
        return
    for one in found:
        dish = by_id[one.dish]
        assert not set(who.allergens) & set(dish.allergens or ())
        assert not who.allergens or dish.allergens is not None
        assert set(who.diets) <= set(dish.diets)
        assert who.texture in dish.textures
