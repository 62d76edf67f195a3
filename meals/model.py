"""The nouns of meals carried home: dishes, menus, people, what they ask, and the meal that comes of it. No
rule is here.

Days and hours are those of Europe/Paris; instants are aware; money is `Decimal` in euros, temperatures
`Decimal` in °C. Diets, textures and the 14 allergens are the words of SCDL menus-collectifs v1.2.3
(regulation (EU) 1169/2011, annex II, for the allergens), in English inside. People are numbers here: names
live elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal

from pydantic import ConfigDict

Moment = Literal["lunch", "dinner"]
Diet = Literal["vegetarian", "no_salt", "no_pork", "no_added_sugar"]
Texture = Literal["whole", "chopped", "mixed", "smooth", "soft"]
Allergen = Literal[
    "gluten", "crustaceans", "eggs", "fish", "peanuts", "soybeans", "milk", "nuts", "celery", "mustard",
    "sesame", "sulphites", "lupin", "molluscs",
]  # fmt: skip
Reason = Literal["choice", "absence", "hospital", "death", "kitchen", "weather"]
End = Literal["death", "moved", "ended"]
Handed = Literal["delivered", "neighbour", "absent", "refused", "blocked"]
Status = Literal["ordered", "pending", "cancelled", "late", "undeliverable"]

# A key that is not known is a fault: a misspelt allergen list would otherwise be no allergen at all.
STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dish:
    """What the kitchen cooks. `allergens` None: not declared, so never given to anyone with an allergy."""

    __pydantic_config__ = STRICT

    id: str
    name: str
    diets: tuple[Diet, ...] = ()
    textures: tuple[Texture, ...] = ("whole",)
    allergens: tuple[Allergen, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One place on the tray and the dishes that can stand there; the first that suits is taken."""

    __pydantic_config__ = STRICT

    name: str
    dishes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """One choice for one meal of one day."""

    __pydantic_config__ = STRICT

    day: date
    moment: Moment = "lunch"
    choice: str = "A"
    courses: tuple[Course, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """Until when one may order meals of `weekdays` (ISO, empty: all): so many days before the meal, or on
    the last
    such `weekday` before it, at a time of day."""

    __pydantic_config__ = STRICT

    weekdays: tuple[int, ...] = ()
    days_before: int | None = None
    weekday: int | None = None
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One collectivity's rules of the service from `valid_from` on, until the next book's day.

    `carried`: ISO weekday of the meal -> how many days before it travels; a weekday not named has no meal.
    A tray is made `made_days_before` days before it travels and may be eaten up to `shelf_life_days` days
    after it was made (its DLC). `cancel_hours` counts back from `delivery_starts` on the day of delivery.
    """

    __pydantic_config__ = STRICT

    name: str
    source: str
    valid_from: date
    moments: tuple[Moment, ...] = ("lunch",)
    carried: Mapping[int, int]
    made_days_before: int = 1
    shelf_life_days: int = 3
    delivery_starts: time = time(8)
    closed: tuple[date, ...] = ()
    closed_on_holidays: bool = True
    order_until: tuple[Cutoff, ...]
    first_order_days: int = 0
    cancel_hours: int = 48
    free_when_late: tuple[Reason, ...] = ("hospital", "death", "kitchen", "weather")
    minimum_per_week: int = 0
    cold_c: Decimal = Decimal("3.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What somebody takes each week from a day on: ISO weekdays by meal, until the next habit."""

    __pydantic_config__ = STRICT

    valid_from: date
    lunch: tuple[int, ...] = ()
    dinner: tuple[int, ...] = ()
    choice: str = "A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """A reference income per head from a day on (revenu fiscal de référence ÷ persons), in euros a year."""

    __pydantic_config__ = STRICT

    valid_from: date
    quotient: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Somebody who pays a part (APA, pension fund): so much for each meal, at most so much a month."""

    __pydantic_config__ = STRICT

    payer: str
    valid_from: date
    valid_until: date | None = None
    per_meal: Decimal
    per_month: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A beneficiary. `until` is the last day a delivery may come; `second` pays the second person's price."""

    __pydantic_config__ = STRICT

    id: str
    since: date
    until: date | None = None
    end: End | None = None
    diets: tuple[Diet, ...] = ()
    texture: Texture = "whole"
    allergens: tuple[Allergen, ...] = ()
    second: bool = False
    habits: tuple[Habit, ...] = ()
    incomes: tuple[Income, ...] = ()
    supports: tuple[Support, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Somebody asks for a meal. The same `id` again is the same order."""

    __pydantic_config__ = STRICT

    kind: Literal["order"] = "order"
    id: str
    at: datetime
    person: str
    day: date
    moment: Moment = "lunch"
    choice: str = "A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Somebody will not take a meal."""

    __pydantic_config__ = STRICT

    kind: Literal["cancel"] = "cancel"
    id: str
    at: datetime
    person: str
    day: date
    moment: Moment = "lunch"
    reason: Reason = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Somebody is away from `first` to `last`, both included: every meal of those days is cancelled."""

    __pydantic_config__ = STRICT

    kind: Literal["absence"] = "absence"
    id: str
    at: datetime
    person: str
    first: date
    last: date
    reason: Reason = "absence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one person's delivery of one day, said by the driver. `blocked`: too warm, kept back."""

    __pydantic_config__ = STRICT

    kind: Literal["outcome"] = "outcome"
    id: str
    at: datetime
    person: str
    delivery: date
    handed: Handed
    celsius: Decimal | None = None


Event = Order | Cancel | Absence | Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Everything that is voted, cooked and known of people: what requests are judged by."""

    __pydantic_config__ = STRICT

    books: tuple[Book, ...]
    dishes: tuple[Dish, ...] = ()
    menus: tuple[Menu, ...] = ()
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One dish on a tray."""

    course: str
    dish: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meal:
    """One meal of one person. `due`: to be paid; `reason` says in French why it is not, or why it does not
    travel.

    `pending`: asked for, its menu not published yet. `eat_by` is the DLC. `said_by` are the events that
    made it so.
    """

    id: str
    person: str
    day: date
    moment: Moment
    choice: str
    status: Status
    delivery: date | None
    made: date | None
    eat_by: date | None
    tray: tuple[Served, ...] = ()
    handed: Handed | None = None
    due: bool
    reason: str = ""
    said_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """A request that is not granted: its rule and one sentence in French. Nothing has changed."""

    event: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A request that is granted; `text` says what follows from it, in French."""

    event: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What all requests up to now came to."""

    meals: tuple[Meal, ...]
    answers: tuple[Accepted | Declined, ...]
