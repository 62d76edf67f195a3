"""What the kitchen cooks and what goes into the van: counts, labels, trays by delivery, and the cold chain.

Only meals that are `ordered` count. Knows no price and no address.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from meals.calendar import book_at, trip
from meals.french import ALLERGENS, DIETS, TEXTURES, listed
from meals.model import Allergen, Book, Diet, Dish, Meal, Moment, Person, Service, Texture


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """So many portions of a dish in one texture, for one meal; `by_diet` says for whom they must be set
    apart."""

    made: date
    day: date
    moment: Moment
    dish: str
    texture: Texture
    portions: int
    by_diet: tuple[tuple[tuple[Diet, ...], int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """What one day's kitchen makes. `final`: no order can change it any more; until then `final_at` says
    when."""

    made: date
    final: bool
    final_at: datetime | None
    batches: tuple[Batch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What stands on one tray; the name is added by whoever prints it. Texts are French."""

    meal: str
    person: str
    day: date
    moment: Moment
    eat_by: date
    texture: str
    diets: tuple[str, ...]
    dishes: tuple[str, ...]
    contains: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Everything one person gets on one day: one stop of a round. Trays count one for each meal."""

    person: str
    day: date
    meals: tuple[str, ...]

    @property
    def trays(self) -> int:
        """How many trays the van carries for it."""
        return len(self.meals)


def production(service: Service, meals: Sequence[Meal], made: date, now: datetime) -> Production:
    """What is made on one day for these meals, and whether the time limits for orders have passed."""
    chosen = [one for one in meals if one.status == "ordered" and one.made == made]
    people = {one.id: one for one in service.people}
    portions: Counter[tuple[date, Moment, str, Texture]] = Counter()
    diets: dict[tuple[date, Moment, str, Texture], Counter[tuple[Diet, ...]]] = defaultdict(Counter)
    for meal in chosen:
        person = people[meal.person]
        for one in meal.tray:
            key = (meal.day, meal.moment, one.dish, person.texture)
            portions[key] += 1
            diets[key][tuple(sorted(person.diets))] += 1
    batches = tuple(
        Batch(
            made=made,
            day=key[0],
            moment=key[1],
            dish=key[2],
            texture=key[3],
            portions=count,
            by_diet=tuple(sorted(diets[key].items())),
        )
        for key, count in sorted(portions.items())
    )
    limits = [_order_until(service, day) for day in {one.day for one in chosen}]
    last = max((one for one in limits if one is not None), default=None)
    return Production(made=made, final=last is None or now > last, final_at=last, batches=batches)


def labels(service: Service, meals: Sequence[Meal]) -> tuple[Label, ...]:
    """One label for each ordered meal, in the order of persons and days."""
    dishes = {one.id: one for one in service.dishes}
    people = {one.id: one for one in service.people}
    ordered = sorted((one for one in meals if one.status == "ordered"), key=lambda one: one.id)
    return tuple(
        _label(one, people[one.person], [dishes[part.dish] for part in one.tray], one.eat_by)
        for one in ordered
        if one.eat_by is not None
    )


def deliveries(meals: Sequence[Meal]) -> tuple[Delivery, ...]:
    """The stops of each day: what travels to whom, by day and person."""
    stops: dict[tuple[date, str], list[str]] = defaultdict(list)
    for meal in meals:
        if meal.status == "ordered" and meal.delivery is not None:
            stops[meal.delivery, meal.person].append(meal.id)
    return tuple(
        Delivery(person=person, day=day, meals=tuple(sorted(held)))
        for (day, person), held in sorted(stops.items())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chill:
    """The judgement of one temperature: `warm` keeps the trays back and is told at once, in French."""

    state: Literal["cold", "warm"]
    text: str


def chill(book: Book, celsius: Decimal) -> Chill:
    """Liaison froide: at most +3 °C from departure to the door (arrêté of 21 December 2009, annex I)."""
    if celsius <= book.cold_c:
        return Chill(state="cold", text=f"{_degrees(celsius)} : conforme.")
    limit = _degrees(book.cold_c)
    text = f"{_degrees(celsius)} pour {limit} au plus : ces plateaux ne doivent pas être remis."
    return Chill(state="warm", text=text)


def _label(meal: Meal, person: Person, dishes: Sequence[Dish], eat_by: date) -> Label:
    contained: set[Allergen] = {one for dish in dishes for one in dish.allergens or ()}
    return Label(
        meal=meal.id,
        person=person.id,
        day=meal.day,
        moment=meal.moment,
        eat_by=eat_by,
        texture=TEXTURES[person.texture],
        diets=tuple(DIETS[one] for one in person.diets),
        dishes=tuple(one.name for one in dishes),
        contains=tuple(sorted(ALLERGENS[one] for one in contained))
        + (("allergènes non déclarés",) if any(one.allergens is None for one in dishes) else ()),
    )


def contains_text(label: Label) -> str:
    """The allergens' line of a label."""
    return f"Contient : {listed(list(label.contains))}." if label.contains else "Sans allergène déclaré."


def _order_until(service: Service, day: date) -> datetime | None:
    book = book_at(service.books, day)
    found = trip(book, day) if book is not None else None
    return None if found is None else found.order_until


def _degrees(celsius: Decimal) -> str:
    sign = "+" if celsius > 0 else "−" if celsius < 0 else ""
    return f"{sign}{str(abs(celsius)).replace('.', ',')} °C"
