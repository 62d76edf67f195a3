"""A small service to judge by: one book, a fortnight of menus, three people. Words only, no rule."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from meals.calendar import PARIS
from meals.model import Book, Course, Dish, Habit, Menu, Moment, Person, Service
from meals.prices import Grid
from meals.rules import read_book, read_grid

BOOKS = Path(__file__).parents[2] / "meals" / "books"
GRIDS = Path(__file__).parents[2] / "meals" / "grids"
MONDAY = date(2026, 3, 2)

DISHES = (
    Dish(id="soup", name="Potage de légumes", diets=("vegetarian", "no_salt", "no_pork", "no_added_sugar"),
         textures=("whole", "mixed", "smooth"), allergens=("celery",)),
    Dish(id="salad", name="Betteraves", diets=("vegetarian", "no_salt", "no_pork", "no_added_sugar"),
         textures=("whole", "mixed"), allergens=()),
    Dish(id="pork", name="Rôti de porc", diets=("no_salt", "no_added_sugar"), textures=("whole", "chopped"),
         allergens=()),
    Dish(id="hake", name="Colin sauce citron", diets=("no_pork", "no_added_sugar"),
         textures=("whole", "mixed"), allergens=("fish", "milk")),
    Dish(id="omelette", name="Omelette", diets=("vegetarian", "no_pork", "no_salt", "no_added_sugar"),
         textures=("whole", "mixed"), allergens=("eggs",)),
    Dish(id="stew", name="Ragoût du chef", diets=("no_pork",), allergens=None),
)  # fmt: skip


def shipped(name: str) -> Book:
    """A book that ships, or the test that asked for it fails with its faults."""
    found = read_book((BOOKS / f"{name}.toml").read_text(encoding="utf-8"))
    assert isinstance(found, Book), found
    return found


def grid(name: str) -> Grid:
    """A grid that ships."""
    found = read_grid((GRIDS / f"{name}.toml").read_text(encoding="utf-8"))
    assert isinstance(found, Grid), found
    return found


def menus(first: date, days: int, moments: tuple[Moment, ...] = ("lunch",)) -> Iterator[Menu]:
    """Two choices a meal: A is pork, or hake for whom it does not suit; B an omelette, or the chef's stew."""
    for n in range(days):
        for moment in moments:
            for choice, mains in (("A", ("pork", "hake")), ("B", ("omelette", "stew"))):
                yield Menu(
                    day=first + timedelta(days=n),
                    moment=moment,
                    choice=choice,
                    courses=(
                        Course(name="entrée", dishes=("soup", "salad")),
                        Course(name="plat", dishes=mains),
                    ),
                )


def service(book: Book, *people: Person, days: int = 28) -> Service:
    """These people under one book, with menus for four weeks from `MONDAY`."""
    return Service(
        books=(book,), dishes=DISHES, menus=tuple(menus(MONDAY, days, book.moments)), people=people
    )


def person(**changed: Any) -> Person:
    """Somebody served for years, with a lunch from Monday to Friday."""
    known: dict[str, Any] = {
        "id": "p1",
        "since": date(2020, 1, 1),
        "habits": (Habit(valid_from=date(2020, 1, 1), lunch=(1, 2, 3, 4, 5)),),
    }
    return Person(**(known | changed))


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """An instant by the clocks of France."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS)


def after(days: int) -> date:
    """So many days after the Monday that the tests start from."""
    return MONDAY + timedelta(days=days)
