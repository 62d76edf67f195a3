"""A rule book: the TOML text of one council's decision in, a `Book` or every problem out. Decides nothing.

The file's format is in README.md. What the format cannot say wrong is left to `document`; here is what
must agree between its parts: names that exist, spans that make sense, prices that do not contradict.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from access.document import Problem, read
from access.model import Allowance, Ban, Book, Fallback, Opening, Price, Site, Vehicle

WEEKDAYS = {
    "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "sunday": 7,
}  # fmt: skip
SCOPE_KEYS = ("categories", "sites", "sectors", "vehicles")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exception:
    date: date
    hours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    code: str
    name: str
    hours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exceptions: tuple[_Exception, ...] = ()
    closed_on_holidays: bool = True
    offline: Fallback = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """The file as it is written; `Book` is what the gate reads."""

    name: str
    source: str
    valid_from: date
    valid_until: date | None = None
    categories: Mapping[str, str]
    materials: Mapping[str, str] = field(default_factory=dict)
    vehicles: tuple[Vehicle, ...] = (Vehicle(code="car", label="Voiture"),)
    sites: tuple[_Site, ...]
    bans: tuple[Ban, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    prices: tuple[Price, ...] = ()


def read_book(text: str) -> Book | tuple[Problem, ...]:
    """A rule book, or everything that is wrong with it; never raises on bad text."""
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return (Problem("", f"is not TOML: {error}"),)
    for name in ("bans", "allowances", "prices"):
        rules = document.get(name)
        if isinstance(rules, list):
            document[name] = [_scoped(rule) for rule in rules]
    file = read(_File, document)
    if not isinstance(file, _File):
        return file
    problems = tuple(_disagreements(file))
    if problems:
        return problems
    return Book(
        name=file.name,
        source=file.source,
        valid_from=file.valid_from,
        valid_until=file.valid_until,
        categories=file.categories,
        materials=file.materials,
        vehicles={one.code: one for one in file.vehicles},
        sites={one.code: _site(one) for one in file.sites},
        bans=file.bans,
        allowances=file.allowances,
        prices=file.prices,
    )


def book_at(books: Iterable[Book], day: date) -> Book | None:
    """The book in force on a day, of one collectivity's history: the latest that has begun and not ended."""
    begun = [
        one for one in books if one.valid_from <= day and (one.valid_until is None or day <= one.valid_until)
    ]
    return max(begun, key=lambda one: one.valid_from, default=None)


def _scoped(rule: Any) -> Any:
    # In the file whom a rule is about stands beside the rest; in the model it is a noun of its own.
    if not isinstance(rule, dict) or "scope" in rule:
        return rule
    scope = {key: one for key, one in rule.items() if key in SCOPE_KEYS}
    return {key: one for key, one in rule.items() if key not in SCOPE_KEYS} | {"scope": scope}


def _site(site: _Site) -> Site:
    return Site(
        code=site.code,
        name=site.name,
        hours={WEEKDAYS[day]: _openings(hours) for day, hours in site.hours.items()},
        closed_on_holidays=site.closed_on_holidays,
        exceptions={one.date: _openings(one.hours) for one in site.exceptions},
        offline=site.offline,
    )


def _openings(hours: Iterable[str]) -> tuple[Opening, ...]:
    pairs = [one.split("-") for one in hours]
    return tuple(Opening(opens=time.fromisoformat(a), closes=time.fromisoformat(b)) for a, b in pairs)


def _hours_fault(hours: Iterable[str]) -> str | None:
    before = time.min
    for one in hours:
        try:
            (opening,) = _openings([one])
        except ValueError:
            return f"{one!r} is not hours, for instance 09:00-12:00"
        if not before <= opening.opens < opening.closes:
            return f"{one!r} ends before it begins, or overlaps the hours before it"
        before = opening.closes
    return None


def _rules(file: _File) -> tuple[Ban | Allowance | Price, ...]:
    return (*file.bans, *file.allowances, *file.prices)


def _disagreements(file: _File) -> Iterable[Problem]:
    if file.valid_until is not None and file.valid_until < file.valid_from:
        yield Problem("valid_until", "is before valid_from")
    yield from _twice("vehicles", [one.code for one in file.vehicles])
    yield from _twice("sites", [one.code for one in file.sites])
    yield from _twice("the rules", [one.id for one in _rules(file)])
    for site in file.sites:
        for day, hours in site.hours.items():
            fault = _hours_fault(hours) if day in WEEKDAYS else "is not a weekday in English"
            if fault:
                yield Problem(f"sites.{site.code}.hours.{day}", fault)
        for one in site.exceptions:
            fault = _hours_fault(one.hours)
            if fault:
                yield Problem(f"sites.{site.code}.exceptions.{one.date}", fault)
    yield from _unknown_names(file)
    for allowance in file.allowances:
        yield from _allowance_faults(allowance)
    for price in file.prices:
        yield from _price_faults(price)
    for ban in file.bans:
        if not set(ban.except_weekdays) <= set(WEEKDAYS.values()):
            yield Problem(ban.id, "except_weekdays are numbers from 1 (Monday) to 7")


def _twice(what: str, codes: list[str]) -> Iterable[Problem]:
    for code in sorted({one for one in codes if codes.count(one) > 1}):
        yield Problem(what, f"{code} stands twice")


def _unknown_names(file: _File) -> Iterable[Problem]:
    known = {
        "categories": set(file.categories),
        "sites": {one.code for one in file.sites},
        "vehicles": {one.code for one in file.vehicles},
        "materials": set(file.materials),
    }
    for rule in _rules(file):
        named = {key: getattr(rule.scope, key) for key in ("categories", "sites", "vehicles")}
        named["materials"] = getattr(rule, "materials", ())
        for key, names in named.items():
            for name in sorted(set(names) - known[key]):
                yield Problem(f"{rule.id}.{key}", f"{name} is not declared in this book")


def _allowance_faults(rule: Allowance) -> Iterable[Problem]:
    if rule.limit < 0 or rule.warn_left < 0:
        yield Problem(rule.id, "limit and warn_left must not be negative")
    if (rule.per == "rolling") != (rule.rolling_days > 0):
        yield Problem(rule.id, "rolling_days goes with per = 'rolling', and is positive")
    if rule.unit == "passages" and (rule.materials or rule.each):
        yield Problem(rule.id, "an allowance of passages does not know materials")


def _price_faults(rule: Price) -> Iterable[Problem]:
    if rule.amount < 0 or rule.minimum_l < 0:
        yield Problem(rule.id, "amount and minimum_l must not be negative")
    if rule.per == "rolling":
        yield Problem(rule.id, "a price does not roll")
    if rule.first < 1 or (rule.last is not None and rule.last < rule.first):
        yield Problem(rule.id, "first is at least 1 and last not before it")
    if rule.unit == "passage" and rule.materials:
        yield Problem(rule.id, "a price by passage does not know materials")
    if rule.unit != "m3" and rule.minimum_l:
        yield Problem(rule.id, "minimum_l goes with a price by m3")
