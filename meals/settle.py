"""All requests up to now, settled: each meal once, with how it travels, whether it is due, and why not.
Knows no price."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from meals.calendar import book_at
from meals.french import REASONS
from meals.model import Accepted, Declined, Event, Meal, Person, Served, Service, Settled, Status
from meals.requests import Diary, NoWay, Shelf, Slot, Way, Wish, apply, laid_out, way, wish
from meals.trays import Unsuited, tray

HANDED = {
    "absent": "personne à la porte",
    "refused": "repas refusé",
    "blocked": "retenu : température trop haute",
}
FREE_WHEN_KEPT = {"blocked"}
"""What the service itself kept back is not paid; a meal that met a closed door was ordered and made, and
is."""


def settle(service: Service, events: Sequence[Event], first: date, last: date) -> Settled:
    """Every meal of the days from `first` to `last` that somebody asked for, and the answer to every event.

    Events are taken in the order of their instants, whatever the order given; an id given twice counts once.
    """
    shelf = laid_out(service)
    diaries = {one.id: Diary(person=one) for one in service.people}
    answers = {}
    for event in sorted(events, key=lambda one: (one.at, one.id)):
        diary = diaries.get(event.person)
        answers[event.id] = (
            Declined(event=event.id, rule="unknown_person", text="Cette personne n'a pas de dossier.")
            if diary is None
            else apply(shelf, diary, event)
        )
    meals = [
        meal
        for diary in diaries.values()
        for n in range((last - first).days + 1)
        for meal in _meals(shelf, diary, first + timedelta(days=n))
    ]
    return Settled(meals=tuple(meals), answers=tuple(answers.values()))


def answer(service: Service, events: Sequence[Event], event: Event) -> Accepted | Declined:
    """What this request would be answered after those: the check before it is written down."""
    before = [one for one in events if one.person == event.person and one.id != event.id]
    found = settle(service, [*before, event], event.at.date(), event.at.date())
    return next(one for one in found.answers if one.event == event.id)


def below_minimum(service: Service, meals: Sequence[Meal]) -> tuple[tuple[str, date, int], ...]:
    """Person, Monday and count of each week with some meals but fewer than its book asks for."""
    counts: dict[tuple[str, date], list[Meal]] = defaultdict(list)
    for meal in meals:
        if meal.status in ("ordered", "pending"):
            counts[meal.person, meal.day - timedelta(days=meal.day.weekday())].append(meal)
    return tuple(
        (person, monday, len(week))
        for (person, monday), week in sorted(counts.items())
        if len(week) < _minimum(service, monday)
    )


def _minimum(service: Service, day: date) -> int:
    book = book_at(service.books, day)
    return book.minimum_per_week if book else 0


def _meals(shelf: Shelf, diary: Diary, day: date) -> list[Meal]:
    slots: tuple[Slot, ...] = ((day, "lunch"), (day, "dinner"))
    found = (_meal(shelf, diary, slot, wish(shelf, diary, slot)) for slot in slots)
    return [one for one in found if one is not None]


def _meal(shelf: Shelf, diary: Diary, slot: Slot, asked: Wish) -> Meal | None:
    found = way(shelf, diary.person, slot)
    if not asked.wanted and asked.reason is None:
        return None
    if isinstance(found, NoWay) and not asked.said_by and found.rule != "undeliverable":
        return None  # a habit on a day without service asks for nothing
    came = _came(shelf, diary.person, slot, asked, found)
    trip = found.trip if isinstance(found, Way) else None
    outcome = diary.outcomes.get(trip.delivery) if trip is not None and came.status == "ordered" else None
    kept = outcome is not None and outcome.handed in FREE_WHEN_KEPT
    return Meal(
        id=f"{diary.person.id}:{slot[0].isoformat()}:{slot[1]}",
        person=diary.person.id,
        day=slot[0],
        moment=slot[1],
        choice=asked.choice,
        status=came.status,
        delivery=None if trip is None else trip.delivery,
        made=None if trip is None else trip.made,
        eat_by=None if trip is None else trip.eat_by,
        tray=came.tray,
        handed=None if outcome is None else outcome.handed,
        due=came.due and not kept,
        reason=came.reason or (HANDED.get(outcome.handed, "") if outcome else ""),
        said_by=asked.said_by,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Came:
    """What one wish came to, before it travels."""

    status: Status
    due: bool = False
    reason: str = ""
    tray: tuple[Served, ...] = ()


def _came(shelf: Shelf, person: Person, slot: Slot, asked: Wish, found: Way | NoWay) -> _Came:
    if isinstance(found, NoWay):
        return _Came(status="undeliverable", reason=found.text)
    if not asked.wanted:
        why = REASONS[asked.reason or "choice"]
        return (
            _Came(status="late", due=True, reason=f"{why}, hors délai")
            if asked.late
            else _Came(status="cancelled", reason=why)
        )
    choices = sorted(
        {key[2] for key in shelf.menus if key[:2] == slot}, key=lambda one: (one != asked.choice, one)
    )
    if not choices:
        return _Came(status="pending", reason="menu pas encore publié")
    why = ""
    for one in choices:
        # A habit names a choice for months ahead: when that day's does not suit, the next one that does is
        # given.
        suited = tray(shelf.menus[*slot, one], shelf.dishes, person)
        if not isinstance(suited, Unsuited):
            return _Came(status="ordered", due=True, tray=suited)
        why = why or suited.text
    return _Came(status="undeliverable", reason=f"Aucun menu ne convient. {why}")
