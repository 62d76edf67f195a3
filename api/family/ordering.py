"""What a relative asks: a meal, a cancellation, an absence, last week again, another habit.

Each gets one French sentence. `meals` judges; the form's own number makes a second sending the same request.
Why a dish is forbidden is said to the person themselves only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.asking import Unknown, ask, settled
from api.cias.files import SQL as FILES
from api.family.access import SQL, Access, note_reading
from api.family.weeks import NOT_SUITED, wanted_slots
from api.french import PARIS, day
from meals.calendar import book_at, trip, week_of
from meals.french import DAYS, MOMENTS, listed
from meals.model import Book, Declined, Event, Meal, Order, Service
from meals.trays import Unsuited, tray

WEEKS_AHEAD = 9
"""How far a new habit may be put off until no order of its first week is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks what about whom: the access, the form's number, the instant, the key of sealed columns."""

    access: Access
    number: UUID
    now: datetime
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The answer: one sentence, and whether it was granted."""

    text: str
    granted: bool


def ask_one(connection: Connection[DictRow], asking: Asking, event: Event) -> Said:
    """An order, a cancellation or an absence. Raises `api.cias.asking.Unknown` without a file."""
    note_reading(connection, asking.access, asking.now)
    return _judged(connection, asking, event)


def _judged(connection: Connection[DictRow], asking: Asking, event: Event) -> Said:
    given = ask(connection, asking.key, event, None, relative=asking.access.id)
    if not isinstance(given, Declined):
        return Said(text=given.text, granted=True)
    hidden = given.rule == "unsuited" and not asking.access.themselves
    return Said(text=NOT_SUITED if hidden else given.text, granted=False)


def repeat_week(connection: Connection[DictRow], asking: Asking, monday: date) -> Said:
    """Order for this week what stood in the week before and is missing; each meal is a request of its own."""
    known = _begin(connection, asking)
    if known is not None:
        return known
    monday = week_of(monday)[0]
    rows = connection.execute(FILES["one_person"], {"id": asking.access.beneficiary}).fetchall()
    before = monday - timedelta(days=7)
    service, found = settled(connection, asking.key, rows, before, monday + timedelta(days=6))
    meals = {(one.day, one.moment): one for one in found.meals}
    there = {(one.day, one.moment) for one in wanted_slots(meals, monday)}
    missing = [
        one for one in wanted_slots(meals, before) if (one.day + timedelta(days=7), one.moment) not in there
    ]
    answers = [_judged(connection, asking, _again(asking, service, one)) for one in missing]
    return _keep(connection, asking, "week", _week_said(monday, answers))


def change_habit(
    connection: Connection[DictRow], asking: Asking, lunch: Sequence[int], dinner: Sequence[int], choice: str
) -> Said:
    """What is taken each week from now on, as soon as no order of the first week is closed already."""
    known = _begin(connection, asking)
    if known is not None:
        return known
    rows = connection.execute(FILES["one_person"], {"id": asking.access.beneficiary}).fetchall()
    today = asking.now.astimezone(PARIS).date()
    service, _ = settled(connection, asking.key, rows, today, today)
    start = _first_open_monday(service, asking.now)
    book = book_at(service.books, start) if start is not None else None
    if start is None or book is None:
        return Said(text="Aucun règlement ne permet ce changement : appelez le service.", granted=False)
    fault = _habit_fault(book, lunch, dinner)
    later = connection.execute(
        SQL["later_habit"], {"person": asking.access.beneficiary, "day": start}
    ).fetchone()
    if not fault and later is not None and later["valid_from"] is not None:
        fault = f"Le service a déjà prévu un changement le {day(later['valid_from'])} : appelez-le."
    if fault:
        return Said(text=fault, granted=False)
    connection.execute(
        FILES["save_habit"],
        {
            "id": asking.access.beneficiary,
            "valid_from": start,
            "lunch": sorted(set(lunch)),
            "dinner": sorted(set(dinner)),
            "choice": choice,
        },
    )
    return _keep(connection, asking, "habit", Said(text=_habit_text(start, lunch, dinner), granted=True))


def _begin(connection: Connection[DictRow], asking: Asking) -> Said | None:
    """Wait for whoever else asks about this person; the answer given before, if this form was sent before."""
    if connection.execute(FILES["hold_person"], {"id": asking.access.beneficiary}).fetchone() is None:
        raise Unknown("Cette personne n'a pas de dossier.")
    known = connection.execute(SQL["known_act"], {"id": asking.number}).fetchone()
    if known is None:
        note_reading(connection, asking.access, asking.now)
        return None
    if known["relative_id"] != asking.access.id:
        return Said(text="Ce numéro de demande est celui d'une autre demande.", granted=False)
    return Said(text=known["answer"], granted=True)


def _keep(connection: Connection[DictRow], asking: Asking, what: str, said: Said) -> Said:
    connection.execute(
        SQL["add_act"],
        {
            "id": asking.number,
            "at": asking.now,
            "relative": asking.access.id,
            "what": what,
            "answer": said.text,
        },
    )
    return said


def _again(asking: Asking, service: Service, meal: Meal) -> Order:
    on = meal.day + timedelta(days=7)
    dishes = {one.id: one for one in service.dishes}
    menus = [one for one in service.menus if (one.day, one.moment) == (on, meal.moment)]
    menus.sort(key=lambda one: (one.choice != meal.choice, one.choice))
    # The same letter may not suit in another week: then the first menu that does.
    suited = (one.choice for one in menus if not isinstance(tray(one, dishes, service.people[0]), Unsuited))
    return Order(
        id=str(uuid5(asking.number, f"{on.isoformat()}:{meal.moment}")),
        at=asking.now,
        person=str(asking.access.beneficiary),
        day=on,
        moment=meal.moment,
        choice=next(suited, meal.choice),
    )


def _week_said(monday: date, answers: Sequence[Said]) -> Said:
    granted = sum(one.granted for one in answers)
    refused = [one.text for one in answers if not one.granted]
    if not answers:
        return Said(text="Il n'y a rien à reprendre de la semaine précédente.", granted=True)
    text = f"{granted} repas commandé{'s' if granted > 1 else ''} pour la semaine du {day(monday)}"
    if refused:
        text += f" ; {len(refused)} impossible{'s' if len(refused) > 1 else ''} : {refused[0]}"
        return Said(text=text, granted=granted > 0)
    return Said(text=f"{text}.", granted=True)


def _first_open_monday(service: Service, now: datetime) -> date | None:
    """The first week of which nothing is closed yet: a habit must not order what no order could."""
    monday = week_of(now.astimezone(PARIS).date())[0]
    for n in range(1, WEEKS_AHEAD + 1):
        week = week_of(monday + timedelta(days=7 * n))
        ways = [trip(book, one) for one in week if (book := book_at(service.books, one)) is not None]
        limits = [min(way.order_until, way.cancel_until) for way in ways if way is not None]
        if limits and min(limits) >= now:
            return week[0]
    return None


def _habit_fault(book: Book, lunch: Sequence[int], dinner: Sequence[int]) -> str:
    if not {*lunch, *dinner} <= set(book.carried):
        missing = listed([DAYS[one - 1] for one in sorted({*lunch, *dinner} - set(book.carried))])
        return f"Il n'y a pas de repas le {missing}."
    if dinner and "dinner" not in book.moments:
        return "Il n'y a pas de dîner dans ce service."
    count = len(set(lunch)) + len(set(dinner))
    if count == 0:
        return "Pour arrêter les repas, appelez le service ; pour une absence, notez ses dates."
    if count < book.minimum_per_week:
        return f"Le service demande au moins {book.minimum_per_week} repas par semaine."
    return ""


def _habit_text(start: date, lunch: Sequence[int], dinner: Sequence[int]) -> str:
    parts = [
        f"{MOMENTS[moment]} {listed([DAYS[one - 1] for one in sorted(set(days))])}"
        for moment, days in (("lunch", lunch), ("dinner", dinner))
        if days
    ]
    return f"C'est noté : à partir du {day(start)}, {' ; '.join(parts)}."
