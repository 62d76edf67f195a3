"""The weeks to come as a relative sees them: what is ordered, what is offered, until when. Changes nothing.

A menu that does not suit is never offered, and why stays between the person and the service: only the
person themselves reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.asking import settled
from api.cias.files import SQL as FILES
from api.family.access import Access, note_reading
from api.french import NBSP, PARIS, day, hour
from meals.calendar import Trip, book_at, trip
from meals.french import ALLERGENS, MOMENTS
from meals.model import Dish, Meal, Menu, Moment, Person, Service
from meals.requests import served
from meals.trays import Unsuited, tray

WEEKS_SHOWN = 4
SlotState = Literal["ordered", "pending", "cancelled", "late", "undeliverable", "free", "closed"]
LABELS: dict[SlotState, tuple[str, str]] = {
    "ordered": ("commandé", "ok"),
    "pending": ("commandé, menu à venir", "info"),
    "cancelled": ("annulé", "info"),
    "late": ("annulé trop tard, dû", "plan"),
    "undeliverable": ("à voir avec le service", "urgent"),
    "free": ("pas de repas", "info"),
    "closed": ("pas de repas", "info"),
}
NOT_SUITED = "Ce menu ne convient pas au régime enregistré par le service."


@dataclass(frozen=True, slots=True, kw_only=True)
class DishShown:
    """A dish and what it holds; None: the kitchen did not declare it."""

    name: str
    allergens: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One menu of a meal. `suits` False: never to be ordered; `chosen`: it is the one that stands."""

    choice: str
    dishes: tuple[DishShown, ...]
    suits: bool
    chosen: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One meal of one day. `order_until` and `cancel_until` are None once over."""

    day: date
    moment: Moment
    state: SlotState
    label: str
    tone: str
    delivery: date | None
    dishes: tuple[DishShown, ...] = ()
    offers: tuple[Offer, ...] = ()
    order_until: datetime | None = None
    cancel_until: datetime | None = None
    can_cancel: bool = False
    due: bool = False
    note: str = ""

    @property
    def wanted(self) -> bool:
        """Whether a meal comes of it."""
        return self.state in ("ordered", "pending")

    @property
    def shown(self) -> bool:
        """Whether there is something to say of it: a dinner nobody cooks is left out."""
        return self.state not in ("free", "closed") or bool(self.offers and self.order_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Seven days from a Monday; days without service are left out."""

    monday: date
    days: tuple[tuple[date, tuple[Slot, ...]], ...]
    repeatable: bool

    @property
    def wanted(self) -> int:
        """How many meals are ordered."""
        return sum(slot.wanted for _, slots in self.days for slot in slots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weeks:
    """What a page of orders needs: weeks, the person as the rules know them, the next delivery."""

    weeks: tuple[Week, ...]
    person: Person
    service: Service
    next_delivery: date | None


def weeks_of(connection: Connection[DictRow], key: bytes, access: Access, now: datetime) -> Weeks:
    """This week and the next ones. The reading of the file is logged."""
    rows = connection.execute(FILES["one_person"], {"id": access.beneficiary}).fetchall()
    note_reading(connection, access, now)
    today = now.astimezone(PARIS).date()
    monday = today - timedelta(days=today.weekday())
    before, last = monday - timedelta(days=7), monday + timedelta(days=7 * WEEKS_SHOWN - 1)
    service, found = settled(connection, key, rows, before, last)
    person = service.people[0]
    meals = {(one.day, one.moment): one for one in found.meals}
    look = _Look(service=service, person=person, now=now, open_reasons=access.themselves)
    weeks = tuple(_week(look, meals, monday + timedelta(days=7 * n)) for n in range(WEEKS_SHOWN))
    coming = [one.delivery for one in found.meals if one.status in ("ordered", "pending") and one.delivery]
    return Weeks(
        weeks=weeks,
        person=person,
        service=service,
        next_delivery=min((one for one in coming if one >= today), default=None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    service: Service
    person: Person
    now: datetime
    open_reasons: bool

    @property
    def dishes(self) -> dict[str, Dish]:
        return {one.id: one for one in self.service.dishes}


def wanted_slots(meals: dict[tuple[date, Moment], Meal], monday: date) -> list[Meal]:
    """The meals of a week that stand, or would have come but for a late cancellation."""
    days = [monday + timedelta(days=n) for n in range(7)]
    found = [meals.get((one, moment)) for one in days for moment in ("lunch", "dinner")]
    return [one for one in found if one is not None and one.status in ("ordered", "pending")]


def _week(look: _Look, meals: dict[tuple[date, Moment], Meal], monday: date) -> Week:
    days = []
    for n in range(7):
        one = monday + timedelta(days=n)
        slots = tuple(_slots(look, meals, one))
        if slots:
            days.append((one, slots))
    open_ = any(slot.order_until is not None and not slot.wanted for _, slots in days for slot in slots)
    before = wanted_slots(meals, monday - timedelta(days=7))
    mine = {(one.day.isoweekday(), one.moment) for one in wanted_slots(meals, monday)}
    missing = any((one.day.isoweekday(), one.moment) not in mine for one in before)
    return Week(monday=monday, days=tuple(days), repeatable=open_ and missing)


def _slots(look: _Look, meals: dict[tuple[date, Moment], Meal], on: date) -> Sequence[Slot]:
    book = book_at(look.service.books, on)
    if book is None or on.isoweekday() not in book.carried:
        return ()
    found = trip(book, on)
    return [_slot(look, meals.get((on, moment)), on, moment, found) for moment in book.moments]


def _slot(look: _Look, meal: Meal | None, on: date, moment: Moment, way: Trip | None) -> Slot:
    opened = way is not None and served(look.person, way.delivery) and look.now <= way.order_until
    state: SlotState = meal.status if meal is not None else "free" if opened else "closed"
    wanted = state in ("ordered", "pending")
    cancel = way is not None and wanted and look.now < way.leaves
    menus = [one for one in look.service.menus if (one.day, one.moment) == (on, moment)]
    chosen = _chosen(look, meal, menus)
    return Slot(
        day=on,
        moment=moment,
        state=state,
        label=LABELS[state][0],
        tone=LABELS[state][1],
        delivery=way.delivery if way is not None else None,
        dishes=_tray_dishes(look, meal),
        offers=tuple(_offer(look, one, one.choice == chosen) for one in menus),
        order_until=way.order_until if way is not None and opened else None,
        cancel_until=way.cancel_until
        if way is not None and cancel and look.now <= way.cancel_until
        else None,
        can_cancel=cancel,
        due=meal is not None and meal.due,
        note=_note(look, meal, way),
    )


def _chosen(look: _Look, meal: Meal | None, menus: Sequence[Menu]) -> str:
    """The menu whose tray stands: a habit's choice gives way to the next one that suits."""
    if meal is None or meal.status != "ordered":
        return ""
    for one in sorted(menus, key=lambda one: (one.choice != meal.choice, one.choice)):
        if tray(one, look.dishes, look.person) == meal.tray:
            return one.choice
    return meal.choice


def _offer(look: _Look, menu: Menu, chosen: bool) -> Offer:
    found = tray(menu, look.dishes, look.person)
    if isinstance(found, Unsuited):
        names = [course.dishes[0] for course in menu.courses if course.dishes]
        why = found.text if look.open_reasons else NOT_SUITED
        return Offer(choice=menu.choice, dishes=_shown(look, names), suits=False, chosen=False, why=why)
    dishes = _shown(look, [one.dish for one in found])
    return Offer(choice=menu.choice, dishes=dishes, suits=True, chosen=chosen)


def _tray_dishes(look: _Look, meal: Meal | None) -> tuple[DishShown, ...]:
    return () if meal is None else _shown(look, [one.dish for one in meal.tray])


def _shown(look: _Look, names: Sequence[str]) -> tuple[DishShown, ...]:
    dishes = look.dishes
    return tuple(
        DishShown(
            name=dishes[one].name if one in dishes else one,
            allergens=None
            if one not in dishes or dishes[one].allergens is None
            else tuple(ALLERGENS[each] for each in dishes[one].allergens or ()),
        )
        for one in names
    )


def _note(look: _Look, meal: Meal | None, way: Trip | None) -> str:
    if way is None:
        return "Aucune livraison ce jour-là."
    if meal is not None and meal.status == "undeliverable":
        return meal.reason if look.open_reasons else NOT_SUITED + " Appelez-le."
    return ""


def limit_text(until: datetime) -> str:
    """« mardi 24 novembre à 10 h »."""
    return f"{day(until)} à {hour(until)}".removesuffix(f"{NBSP}00")


def moment_text(moment: Moment) -> str:
    """« déjeuner » or « dîner »."""
    return MOMENTS[moment]
