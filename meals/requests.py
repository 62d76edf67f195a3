"""What a request is answered, and what it changes: orders, cancellations, absences, deliveries. One person
at a time.

Each request is judged at its own instant, by the book of the meal's day and by what was asked before it,
never by the window somebody looks through: settling any stretch of days gives the same meals.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from meals.calendar import Trip, book_at, trip, week_of
from meals.french import DAYS, MOMENTS, REASONS, day_text, instant_text
from meals.model import (
    Absence,
    Accepted,
    Book,
    Cancel,
    Declined,
    Dish,
    Event,
    Menu,
    Moment,
    Order,
    Outcome,
    Person,
    Reason,
    Service,
)
from meals.trays import Unsuited, tray

LONGEST_ABSENCE_DAYS = 366
"""More than a year away is a slip of the pen: the file is closed instead."""

Slot = tuple[date, Moment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for one meal: wanted or not, and since which event. `late` is a cancellation past its
    hour."""

    wanted: bool
    choice: str = "A"
    late: bool = False
    reason: Reason | None = None
    said_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The service laid out for finding: menus by meal and choice, dishes and people by their number."""

    service: Service
    menus: Mapping[tuple[date, Moment, str], Menu]
    dishes: Mapping[str, Dish]
    people: Mapping[str, Person]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one meal of one person travels, and the book that says so."""

    book: Book
    trip: Trip


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWay:
    """Why it cannot: `no_rules`, `no_service`, `undeliverable` (holidays, shelf life) or `not_served`, and
    a sentence."""

    rule: str
    text: str


@dataclass(slots=True)
class Diary:
    """One person's wishes as they stand, and what became of each delivery."""

    person: Person
    wishes: dict[Slot, Wish] = field(default_factory=dict)
    outcomes: dict[date, Outcome] = field(default_factory=dict)
    seen: dict[str, Accepted | Declined] = field(default_factory=dict)


def laid_out(service: Service) -> Shelf:
    """The service with its indexes."""
    return Shelf(
        service=service,
        menus={(one.day, one.moment, one.choice): one for one in service.menus},
        dishes={one.id: one for one in service.dishes},
        people={one.id: one for one in service.people},
    )


def wish(shelf: Shelf, diary: Diary, slot: Slot) -> Wish:
    """What stands for this meal: the last granted request about it, else the habit of that day."""
    if slot in diary.wishes:
        return diary.wishes[slot]
    held = [one for one in diary.person.habits if one.valid_from <= slot[0]]
    habit = max(held, key=lambda one: one.valid_from) if held else None
    weekdays = () if habit is None else habit.lunch if slot[1] == "lunch" else habit.dinner
    if habit is None or slot[0].isoweekday() not in weekdays:
        return Wish(wanted=False)
    return Wish(wanted=True, choice=habit.choice)


def apply(shelf: Shelf, diary: Diary, event: Event) -> Accepted | Declined:
    """Answer one request and note it in the diary. The same event again gets the same answer and changes
    nothing."""
    if event.id not in diary.seen:
        match event:
            case Order():
                diary.seen[event.id] = _order(shelf, diary, event)
            case Cancel():
                diary.seen[event.id] = _cancel(shelf, diary, event)
            case Absence():
                diary.seen[event.id] = _absence(shelf, diary, event)
            case Outcome():
                diary.seen[event.id] = _outcome(diary, event)
    return diary.seen[event.id]


def served(person: Person, delivery: date) -> bool:
    """Whether a delivery may come to this person that day."""
    return person.since <= delivery and (person.until is None or delivery <= person.until)


def way(shelf: Shelf, person: Person, slot: Slot) -> Way | NoWay:
    """How this meal would travel to this person, or why it cannot."""
    day, moment = slot
    book = book_at(shelf.service.books, day)
    if book is None:
        return NoWay(rule="no_rules", text=f"Aucun règlement n'est en vigueur le {day_text(day)}.")
    if day.isoweekday() not in book.carried:
        return NoWay(rule="no_service", text=f"Il n'y a pas de repas le {DAYS[day.weekday()]}.")
    if moment not in book.moments:
        return NoWay(rule="no_service", text=f"Il n'y a pas de {MOMENTS[moment]} dans ce service.")
    found = trip(book, day)
    if found is None:
        text = f"Aucune livraison ne peut apporter le repas du {day_text(day)} avant sa date limite."
        return NoWay(rule="undeliverable", text=text)
    if not served(person, found.delivery):
        return NoWay(rule="not_served", text="Cette personne n'est pas inscrite au service ce jour-là.")
    return Way(book=book, trip=found)


def _order(shelf: Shelf, diary: Diary, event: Order) -> Accepted | Declined:
    slot = (event.day, event.moment)
    found = way(shelf, diary.person, slot)
    if isinstance(found, NoWay):
        return Declined(event=event.id, rule=found.rule, text=found.text)
    now = wish(shelf, diary, slot)
    if now.wanted and now.choice == event.choice:
        return Accepted(event=event.id, text=f"Le {_meal(slot)} était déjà commandé.")
    fault = _order_fault(shelf, diary, event, found)
    if fault is not None:
        return Declined(event=event.id, rule=fault[0], text=fault[1])
    diary.wishes[slot] = Wish(wanted=True, choice=event.choice, said_by=(*now.said_by, event.id))
    return Accepted(event=event.id, text=f"Le {_meal(slot)} est commandé (choix {event.choice}).")


def _order_fault(shelf: Shelf, diary: Diary, event: Order, found: Way) -> tuple[str, str] | None:
    book, travels = found.book, found.trip
    if event.at > travels.order_until:
        return (
            "too_late",
            f"Les commandes de ce repas sont closes depuis le {instant_text(travels.order_until)}.",
        )
    first = not diary.person.habits and not any(one.wanted for one in diary.wishes.values())
    if first and event.at.astimezone(travels.leaves.tzinfo).date() > event.day - timedelta(
        book.first_order_days
    ):
        return "first_order", f"Le premier repas se commande au moins {book.first_order_days} jours avant."
    menu = shelf.menus.get((event.day, event.moment, event.choice))
    if menu is None:
        return (
            "no_menu",
            f"Le menu {event.choice} du {day_text(event.day)} n'existe pas ou n'est pas encore publié.",
        )
    suited = tray(menu, shelf.dishes, diary.person)
    return ("unsuited", f"Ce menu ne convient pas. {suited.text}") if isinstance(suited, Unsuited) else None


def _cancel(shelf: Shelf, diary: Diary, event: Cancel) -> Accepted | Declined:
    slot = (event.day, event.moment)
    now = wish(shelf, diary, slot)
    found = way(shelf, diary.person, slot)
    if not now.wanted or isinstance(found, NoWay):
        return Declined(event=event.id, rule="not_ordered", text=f"Aucun {_meal(slot)} n'est commandé.")
    if event.at >= found.trip.leaves:
        return Declined(event=event.id, rule="left", text=f"Le {_meal(slot)} est déjà parti en livraison.")
    left = _wanted(shelf, diary, event.day) - 1
    if event.reason == "choice" and 0 < left < found.book.minimum_per_week:
        text = f"Le service demande au moins {found.book.minimum_per_week} repas par semaine."
        return Declined(event=event.id, rule="minimum", text=text)
    late = _strike(diary, slot, now, event, found)
    return Accepted(event=event.id, text=_struck(slot, late=late, reason=event.reason, book=found.book))


def _absence(shelf: Shelf, diary: Diary, event: Absence) -> Accepted | Declined:
    if event.last < event.first or (event.last - event.first).days >= LONGEST_ABSENCE_DAYS:
        text = "Une absence finit après son début, et dure un an au plus."
        return Declined(event=event.id, rule="dates", text=text)
    struck = late = 0
    for slot in _slots(event.first, event.last):
        now, found = wish(shelf, diary, slot), way(shelf, diary.person, slot)
        if isinstance(found, NoWay) or event.at >= found.trip.leaves:
            continue
        if now.wanted:
            late += _strike(diary, slot, now, event, found)
            struck += 1
        else:
            # A habit set later must not bring a meal to somebody who said that they are away.
            diary.wishes[slot] = replace(now, said_by=(*now.said_by, event.id))
    text = f"Absence notée du {day_text(event.first)} au {day_text(event.last)} : {struck} repas annulés"
    return Accepted(event=event.id, text=text + (f", dont {late} hors délai." if late else "."))


def _outcome(diary: Diary, event: Outcome) -> Accepted | Declined:
    known = diary.outcomes.get(event.delivery)
    if known is None or (known.at, known.id) <= (event.at, event.id):
        diary.outcomes[event.delivery] = event
    return Accepted(event=event.id, text="Livraison notée.")


def _strike(diary: Diary, slot: Slot, now: Wish, event: Cancel | Absence, found: Way) -> bool:
    late = event.at > found.trip.cancel_until and event.reason not in found.book.free_when_late
    said_by = (*now.said_by, event.id)
    diary.wishes[slot] = Wish(
        wanted=False, choice=now.choice, late=late, reason=event.reason, said_by=said_by
    )
    return late


def _struck(slot: Slot, *, late: bool, reason: Reason, book: Book) -> str:
    if late:
        return (
            f"Le {_meal(slot)} ne sera pas livré mais reste dû : annulé moins de {book.cancel_hours} h avant."
        )
    return f"Le {_meal(slot)} est annulé ({REASONS[reason]})."


def _wanted(shelf: Shelf, diary: Diary, day: date) -> int:
    week = week_of(day)
    return sum(
        wish(shelf, diary, slot).wanted and isinstance(way(shelf, diary.person, slot), Way)
        for slot in _slots(week[0], week[-1])
    )


def _slots(first: date, last: date) -> Iterator[Slot]:
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n), "lunch"
        yield first + timedelta(days=n), "dinner"


def _meal(slot: Slot) -> str:
    return f"{MOMENTS[slot[1]]} du {day_text(slot[0])}"
