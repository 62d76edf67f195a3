"""What people of a meals' service believe: who eats what and when, until when one may ask, what is forbidden.

Knows the world's documents and reads their rules in its own words, so that it can catch the platform's
mistakes. Refuses to know HTTP. Holidays are unknown to it: what it holds for late or forbidden is so on any
day, but a door that a holiday moves is a difference.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Slot = tuple[str, date, str]

PARIS = ZoneInfo("Europe/Paris")
MOMENTS = ("lunch", "dinner")
OPENS_H, CLOSES_H = 7.0, 20.0
LATE, FORBIDDEN, TWICE = 0.12, 0.08, 0.1
KINDS = {"order": 50, "cancel": 38, "absence": 12}
LOOKED_AT = 40  # how many meals a family considers before it finds one to ask about


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Something a family wants: order, cancel or absence. Of `sort` late or forbidden, it must be refused."""

    id: UUID
    at: datetime
    reference: str
    kind: str
    day: date
    until: date
    moment: str = "lunch"
    choice: str = "A"
    sort: str = "plain"
    twice: bool = False


@dataclass(slots=True, kw_only=True)
class Belief:
    """The world laid out, and what was granted since."""

    book: Row
    people: dict[str, Row]
    dishes: dict[str, Row]
    menus: dict[tuple[date, str], dict[str, Row]]
    said: dict[Slot, bool] = field(default_factory=dict)


def belief(world: Row) -> Belief:
    """What everybody believes on the first morning."""
    menus: dict[tuple[date, str], dict[str, Row]] = {}
    for menu in world["card"]["menus"]:
        menus.setdefault((date.fromisoformat(menu["day"]), menu["moment"]), {})[menu["choice"]] = menu
    return Belief(
        book=tomllib.loads(world["book"]),
        people={one["reference"]: one for one in world["people"]},
        dishes={one["id"]: one for one in world["card"]["dishes"]},
        menus=menus,
    )


def wanted(held: Belief, slot: Slot) -> bool:
    """Whether this meal is asked for: the last granted word on it, else the habit."""
    reference, day, moment = slot
    return held.said.get(slot, str(day.isoweekday()) in held.people[reference][moment].split())


def suits(held: Belief, reference: str, menu: Row) -> bool:
    """Whether every course has a dish this person may eat."""
    person = held.people[reference]
    return all(
        any(_may_eat(person, held.dishes[one]) for one in course["dishes"]) for course in menu["courses"]
    )


def _may_eat(person: Row, dish: Row) -> bool:
    return (
        not set(person["allergens"].split()) & set(dish["allergens"])
        and set(person["diets"].split()) <= set(dish["diets"])
        and person["texture"] in dish["textures"]
    )


def too_late(held: Belief, day: date, at: datetime) -> bool:
    """Whether orders of this day's meals are closed; a holiday only closes them earlier."""
    rules = held.book["order_until"]
    rule = next((one for one in rules if day.isoweekday() in one.get("weekdays", ())), None)
    rule = rule or next(one for one in rules if "weekdays" not in one)
    back = rule.get("days_before")
    if back is None:
        back = (day.isoweekday() - rule["weekday"] - 1) % 7 + 1
    return at > datetime.combine(day - timedelta(days=back), rule["at"], PARIS)


def carried_on(held: Belief, delivery: date) -> dict[str, set[tuple[date, str]]]:
    """Who should get which meals on a day of delivery."""
    found: dict[str, set[tuple[date, str]]] = {}
    for n in range(7):
        day = delivery + timedelta(days=n)
        if held.book["carried"].get(str(day.isoweekday())) != n:
            continue
        for reference, person in held.people.items():
            for moment in MOMENTS:
                known = wanted(held, (reference, day, moment)) and (day, moment) in held.menus
                if known and person["since"] <= delivery.isoformat():
                    found.setdefault(reference, set()).add((day, moment))
    return found


def grant(held: Belief, ask: Ask) -> None:
    """The platform said yes: note what follows."""
    if ask.kind != "absence":
        held.said[ask.reference, ask.day, ask.moment] = ask.kind == "order"
        return
    for n in range((ask.until - ask.day).days + 1):
        day = ask.day + timedelta(days=n)
        if ask.at < _leaves(held, day):
            for moment in MOMENTS:
                held.said[ask.reference, day, moment] = False


def _leaves(held: Belief, day: date) -> datetime:
    travels = day - timedelta(days=held.book["carried"].get(str(day.isoweekday()), 0))
    starts: time = held.book["delivery_starts"]
    return datetime.combine(travels, starts, PARIS)


def asks_of(held: Belief, seed: int, day: date, count: int) -> list[Ask]:
    """What families want on one day, in order; it follows from the seed, the day and what is granted."""
    dice = Random(f"families/{seed}/{day}")
    found = [one for _ in range(count) for one in _ask(held, dice, day)]
    return sorted(found, key=lambda one: one.at)


def _ask(held: Belief, dice: Random, day: date) -> Iterator[Ask]:
    at = datetime.combine(day, time(), PARIS) + timedelta(hours=dice.uniform(OPENS_H, CLOSES_H))
    common: Row = {"id": UUID(int=dice.getrandbits(128), version=4), "at": at, "twice": dice.random() < TWICE}
    luck, kind = dice.random(), dice.choices(list(KINDS), list(KINDS.values()))[0]
    for _ in range(LOOKED_AT):
        reference = dice.choice(list(held.people))
        about = day + timedelta(days=dice.randrange(5, 15))
        slot = (reference, about, "lunch")
        offered = held.menus.get((about, "lunch"), {})
        if luck < LATE:
            soon = day + timedelta(days=1)
            if str(soon.isoweekday()) in held.book["carried"] and not wanted(
                held, (reference, soon, "lunch")
            ):
                yield Ask(**common, reference=reference, kind="order", day=soon, until=soon, sort="late")
                return
        elif luck < LATE + FORBIDDEN:
            barred = "B" in offered and not suits(held, reference, offered["B"])
            if barred and not wanted(held, slot):
                words: Row = {
                    "kind": "order",
                    "day": about,
                    "until": about,
                    "choice": "B",
                    "sort": "forbidden",
                }
                yield Ask(**common, reference=reference, **words)
                return
        elif kind == "absence":
            until = about + timedelta(days=dice.randrange(2, 8))
            yield Ask(**common, reference=reference, kind="absence", day=about, until=until)
            return
        elif "A" in offered and wanted(held, slot) == (kind == "cancel"):
            yield Ask(**common, reference=reference, kind=kind, day=about, until=about)
            return
