"""A year of the meals' service through the real database: whatever is asked, in whatever order it arrives.

The test keeps a ledger of its own: what was granted, by hand from the answers, with none of `meals.settle`.
At the end of the year the database must say the same: no meal lost, none doubled, none past its DLC or with
what is forbidden, each billed once or with its reason.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, get_args
from uuid import UUID

import psycopg
import pytest
from meals_world import COLUMNS, meals_world
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from services import Database

from api.auth import create_account
from api.cias.asking import ask, load_book, load_card, load_grid, settled
from api.cias.bill_runs import issue, look, open_run
from api.cias.imports import import_people
from meals.calendar import PARIS, trip
from meals.kitchen import deliveries, labels, production
from meals.model import (
    Absence,
    Accepted,
    Book,
    Cancel,
    Declined,
    Event,
    Handed,
    Meal,
    Moment,
    Order,
    Outcome,
    Service,
)
from meals.prices import Bill, bill
from meals.rules import read_book
from tests.api.cias_office import account
from tests.api.little_territory import PASSWORD
from tests.meals.kit import grid

KEY = bytes(range(32))
SEED, YEAR = 1, 2026
FIRST, LAST = date(YEAR, 1, 1), date(YEAR, 12, 31)
CHANGES_ON = date(YEAR, 7, 1)
PEOPLE = 4
EVENTS_A_WEEK = 2
Slot = tuple[str, date, Moment]


@dataclass(slots=True)
class Ledger:
    """What the answers promised: the last word on each meal, and on each delivery."""

    habits: dict[str, dict[Moment, set[int]]]
    said: dict[Slot, bool] = field(default_factory=dict)
    outcomes: dict[tuple[str, date], Outcome] = field(default_factory=dict)
    answers: dict[str, Accepted | Declined] = field(default_factory=dict)
    sent: list[Event] = field(default_factory=list)

    def wanted(self, slot: Slot) -> bool:
        """Whether this meal was asked for, by word or by habit."""
        person, day, moment = slot
        return self.said.get(slot, day.isoweekday() in self.habits[person][moment])

    def note(self, book: Book, event: Event) -> None:
        """An accepted event changes what is wanted, by the plain words of the rules."""
        match event:
            case Order():
                self.said[event.person, event.day, event.moment] = True
            case Cancel():
                self.said[event.person, event.day, event.moment] = False
            case Absence():
                for n in range((event.last - event.first).days + 1):
                    day = event.first + timedelta(days=n)
                    way = trip(book, day)
                    if way is not None and event.at < way.leaves:
                        for moment in get_args(Moment):
                            self.said[event.person, day, moment] = False
            case Outcome():
                known = self.outcomes.get((event.person, event.delivery))
                if known is None or (known.at, known.id) <= (event.at, event.id):
                    self.outcomes[event.person, event.delivery] = event


@pytest.fixture
def connection(timescale_database: Database) -> Iterator[Connection[DictRow]]:
    """An empty platform."""
    with psycopg.connect(timescale_database.dsn, row_factory=dict_row) as opened:
        yield opened


def _people(seed: int, changed: bool) -> str:
    """Some of the world's people, some with dinners; from the summer on the first has a new allergy."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, delimiter=";", lineterminator="\n")
    writer.writeheader()
    people = meals_world(seed, FIRST)["people"]
    picked = sorted(
        people, key=lambda one: (not one["allergens"], one["texture"] == "whole", one["reference"])
    )
    for number, one in enumerate(picked[:PEOPLE]):
        more = {"since": "2025-06-01", "habit_from": "2025-06-01", "quotient_from": "2025-06-01"}
        allergens = "eggs milk" if changed and number == 0 else one["allergens"]
        writer.writerow(one | more | {"dinner": "2 6" if number % 2 else "", "allergens": allergens})
    return out.getvalue()


def _furnish(connection: Connection[DictRow], seed: int) -> tuple[Book, Ledger]:
    world = meals_world(seed, FIRST)
    book = load_book(connection, world["book"])
    assert isinstance(book, Book)
    load_grid(connection, world["grid"])
    assert import_people(connection, KEY, _people(seed, changed=False)).people == PEOPLE
    habits = {
        str(row["beneficiary_id"]): {"lunch": set(row["lunch"]), "dinner": set(row["dinner"])}
        for row in connection.execute("SELECT beneficiary_id, lunch, dinner FROM people.beneficiary_habit")
    }
    return book, Ledger(habits=habits)  # type: ignore[arg-type]


def _publish(connection: Connection[DictRow], seed: int, day: date) -> None:
    """Every fifth week the kitchen publishes the next five."""
    found = load_card(connection, json.dumps(meals_world(seed, day)["card"]))
    assert not isinstance(found, tuple), found


def _asked(dice: Random, person: str, day: date) -> Event:
    """Something somebody says on a day about a day around it: too late, long before, nonsense."""
    common: dict[str, Any] = {
        "id": str(UUID(int=dice.getrandbits(128), version=4)),
        "at": datetime.combine(day, time(dice.randrange(24), dice.randrange(60)), PARIS),
        "person": person,
    }
    about = day + timedelta(days=dice.randrange(-2, 25))
    moment: Any = dice.choice(("lunch", "lunch", "dinner"))
    kind = dice.random()
    if kind < 0.45:
        return Order(**common, day=about, moment=moment, choice=dice.choice("AAABZ"))
    if kind < 0.8:
        reason: Any = dice.choice(("choice", "choice", "hospital", "weather"))
        return Cancel(**common, day=about, moment=moment, reason=reason)
    return Absence(**common, first=about, last=about + timedelta(days=dice.randrange(-1, 9)))


def _driven(dice: Random, person: str, day: date) -> Outcome:
    return Outcome(
        id=str(UUID(int=dice.getrandbits(128), version=4)),
        at=datetime.combine(day, time(dice.randrange(9, 14), dice.randrange(60)), PARIS),
        person=person,
        delivery=day,
        handed=dice.choices(get_args(Handed), (80, 6, 6, 4, 4))[0],
    )


def _live(connection: Connection[DictRow], seed: int, book: Book, ledger: Ledger) -> None:
    """Every day of the year: requests, drivers' words, forms sent twice or weeks later, a number misused."""
    dice = Random(f"year/{seed}")
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        if n % 35 == 0:
            _publish(connection, seed, day)
        if day == CHANGES_ON:
            assert import_people(connection, KEY, _people(seed, changed=True)).people == PEOPLE
        for person in ledger.habits:
            events: list[Event] = []
            if dice.random() < EVENTS_A_WEEK / 7:
                events.append(_asked(dice, person, day))
            if dice.random() < 0.15:
                events += [_driven(dice, person, day) for _ in range(dice.choice((1, 1, 2)))]
            if ledger.sent and dice.random() < 0.03:
                events.append(dice.choice(ledger.sent))
            for event in events:
                _say(connection, book, ledger, event)


def _say(connection: Connection[DictRow], book: Book, ledger: Ledger, event: Event) -> None:
    given = ask(connection, KEY, event, None)
    if event.id in ledger.answers:
        assert (type(given), given.text) == (type(ledger.answers[event.id]), ledger.answers[event.id].text)
        return
    assert given.text
    ledger.answers[event.id] = given
    ledger.sent.append(event)
    if isinstance(given, Accepted):
        ledger.note(book, event)
    stranger = next(one for one in ledger.habits if one != event.person)
    if len(ledger.sent) % 40 == 0:  # the same number for somebody else: nothing happens, and it is said
        refused = ask(connection, KEY, replace(event, person=stranger), None)
        assert isinstance(refused, Declined)
        assert refused.rule == "known"


def test_a_year_of_random_events(connection: Connection[DictRow]) -> None:
    """The ledger and the database agree on every meal of the year; safety, kitchen and bills hold."""
    book, ledger = _furnish(connection, SEED)
    _live(connection, SEED, book, ledger)
    rows = connection.execute("SELECT * FROM people.beneficiary ORDER BY id").fetchall()
    service, found = settled(connection, KEY, rows, FIRST, LAST)
    stored = Counter(str(row["id"]) for row in connection.execute("SELECT id FROM meals.request"))
    assert stored == dict.fromkeys(ledger.answers, 1)
    assert any(isinstance(one, Accepted) for one in ledger.answers.values())
    rules = {one.rule for one in ledger.answers.values() if isinstance(one, Declined)}
    assert {"too_late", "no_menu", "not_ordered"} <= rules, rules
    meals = {(one.person, one.day, one.moment): one for one in found.meals}
    assert len(meals) == len(found.meals)
    turned = {one.event for one in found.answers if isinstance(one, Declined)}
    _nothing_lost(book, ledger, meals, turned, changed=str(rows[0]["id"]))
    _nothing_unsafe(service, found.meals)
    _kitchen_and_road(service, found.meals)
    _billed_once(service, found.meals)
    _billed_once_by_the_office(connection, found.meals)


def _nothing_lost(
    book: Book, ledger: Ledger, meals: dict[Slot, Meal], turned: set[str], changed: str
) -> None:
    """What was granted is a meal, or says why not; what was not asked for is none.

    Whoever has a new allergy may see a granted order turned: then it stands among the answers.
    """
    overturned = {
        (one.person, one.day, one.moment) for one in ledger.sent if one.id in turned if isinstance(one, Order)
    }
    for person in ledger.habits:
        for n in range((LAST - FIRST).days + 1):
            day = FIRST + timedelta(days=n)
            way = trip(book, day)
            for moment in get_args(Moment):
                slot = (person, day, moment)
                meal = meals.get(slot)
                travels = meal is not None and meal.status in ("ordered", "pending")
                if slot in overturned:
                    assert person == changed, slot
                elif not ledger.wanted(slot) or way is None:
                    assert not travels, slot
                elif not travels:
                    assert meal is not None, slot
                    assert meal.reason, slot
                    assert meal.status == "undeliverable", slot
                if meal is None or meal.status != "ordered" or meal.delivery is None:
                    continue
                told = ledger.outcomes.get((person, meal.delivery))
                assert meal.handed == (told and told.handed), slot


def _nothing_unsafe(service: Service, meals: tuple[Meal, ...]) -> None:
    dishes = {one.id: one for one in service.dishes}
    people = {one.id: one for one in service.people}
    for meal in meals:
        if meal.status != "ordered":
            assert meal.reason
            continue
        assert meal.delivery is not None
        assert meal.eat_by is not None
        assert meal.delivery <= meal.day <= meal.eat_by
        person = people[meal.person]
        for part in meal.tray:
            dish = dishes[part.dish]
            assert not set(person.allergens) & set(dish.allergens or ())
            assert set(person.diets) <= set(dish.diets)
            assert person.texture in dish.textures


def _kitchen_and_road(service: Service, meals: tuple[Meal, ...]) -> None:
    """Each ordered meal is cooked once, labelled once, carried once."""
    ordered = sorted(one.id for one in meals if one.status == "ordered")
    assert len(ordered) > 100 * PEOPLE
    assert sorted(one for stop in deliveries(meals) for one in stop.meals) == ordered
    assert sorted(one.meal for one in labels(service, meals)) == ordered
    now = datetime(YEAR + 1, 1, 1, tzinfo=PARIS)
    days = sorted({one.made for one in meals if one.status == "ordered" and one.made is not None})
    cooked = sum(batch.portions for day in days for batch in production(service, meals, day, now).batches)
    assert cooked == sum(len(one.tray) for one in meals if one.status == "ordered")


def _billed_once(service: Service, meals: tuple[Meal, ...]) -> None:
    for person in service.people:
        told: Counter[str] = Counter()
        for month in range(1, 13):
            one = bill(person, meals, [grid("haut_pays")], YEAR, month)
            assert isinstance(one, Bill)
            assert 0 <= one.total == sum(line.amount for line in one.lines)
            told.update(meal for line in one.lines if line.kind == "meal" for meal in line.meals)
            told.update(line.meal for line in one.unbilled)
            assert all(line.reason for line in one.unbilled)
        assert told == Counter(one.id for one in meals if one.person == person.id)


def _billed_once_by_the_office(connection: Connection[DictRow], meals: tuple[Meal, ...]) -> None:
    """Twelve monthly runs by two persons: every meal once, on a bill or with its reason."""
    for login, role in (("portage", "cias"), ("argent", "finance")):
        create_account(connection, login=login, display_name=login, password=PASSWORD, role=role)
    one, other = (account(connection, login) for login in ("portage", "argent"))
    for month in range(1, 13):
        first = date(YEAR, month, 1)
        after = datetime.combine(first + timedelta(days=40), time(9), PARIS)
        run = open_run(connection, KEY, first, one, after)
        look(connection, run, one, after)
        issue(connection, run, other, after)
    rows = connection.execute("SELECT meal, bill_id, reason FROM meals.bill_meal").fetchall()
    assert Counter(row["meal"] for row in rows) == Counter(one.id for one in meals)
    assert all(row["bill_id"] is not None or row["reason"] for row in rows)
    due = {one.id for one in meals if one.due}
    assert {row["meal"] for row in rows if row["bill_id"] is not None} == due


def test_an_order_stands_through_whatever_window_it_is_seen(connection: Connection[DictRow]) -> None:
    """Somebody without habits orders, and orders again in a hurry weeks later: no longer their first meal.

    Seen on that day alone, or asked about long after, the first order still counts, and nothing is turned.
    """
    _furnish(connection, SEED)
    for first in (FIRST, FIRST + timedelta(days=35)):
        _publish(connection, SEED, first)
    who = str(connection.execute("SELECT min(id) AS id FROM people.beneficiary").fetchall()[0]["id"])
    connection.execute("DELETE FROM people.beneficiary_habit WHERE beneficiary_id = %s", [who])
    rows = connection.execute("SELECT * FROM people.beneficiary WHERE id = %s", [who]).fetchall()
    days = (date(YEAR, 1, 13), date(YEAR, 2, 10))
    for number, (day, at) in enumerate(zip(days, (date(YEAR, 1, 5), date(YEAR, 2, 7)), strict=True), 1):
        instant = datetime.combine(at, time(9), PARIS)
        event = Order(id=str(UUID(int=number)), at=instant, person=who, day=day)
        assert isinstance(ask(connection, KEY, event, None), Accepted)
    for day in days:
        _, found = settled(connection, KEY, rows, day, day)
        assert [(one.day, one.status) for one in found.meals] == [(day, "ordered")]
        assert not [one for one in found.answers if isinstance(one, Declined)]


def test_the_shipped_book_and_the_world_s_agree_on_what_travels() -> None:
    """The simulated service is one the platform knows: its days of delivery are those of the example."""
    book = read_book(meals_world(1, FIRST)["book"])
    assert isinstance(book, Book)
    assert book.carried == {1: 0, 2: 0, 3: 1, 4: 0, 5: 0, 6: 1, 7: 2}
