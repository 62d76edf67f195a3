"""When a meal travels, until when it may be ordered or cancelled, and when it must be eaten. Knows no person.

A day of delivery that is closed sends its meals on the nearest open one before it, as far as the shelf life
goes; the time limit for orders then comes forward by as many days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter

from meals.model import Book

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """How one day's meal travels: made, carried and eaten up to (DLC), and the limits that follow from it."""

    made: date
    delivery: date
    eat_by: date
    order_until: datetime
    cancel_until: datetime
    leaves: datetime


def book_at(books: Sequence[Book], day: date) -> Book | None:
    """The book in force on a day: the one voted last before it."""
    held = [one for one in books if one.valid_from <= day]
    return max(held, key=lambda one: one.valid_from) if held else None


def trip(book: Book, day: date) -> Trip | None:
    """How this day's meal travels, or None: no meal that weekday, or no delivery within the shelf life."""
    if day.isoweekday() not in book.carried:
        return None
    usual = day - timedelta(days=book.carried[day.isoweekday()])
    delivery = _open_before(book, usual, day)
    if delivery is None:
        return None
    made = delivery - timedelta(days=book.made_days_before)
    leaves = datetime.combine(delivery, book.delivery_starts, PARIS)
    return Trip(
        made=made,
        delivery=delivery,
        eat_by=made + timedelta(days=book.shelf_life_days),
        order_until=_order_until(book, day, (usual - delivery).days),
        cancel_until=_hours_before(leaves, book.cancel_hours),
        leaves=leaves,
    )


def is_closed(book: Book, day: date) -> bool:
    """Whether nothing is delivered that day, whatever the weekday."""
    return day in book.closed or (book.closed_on_holidays and day in holidays(day.year))


def week_of(day: date) -> tuple[date, ...]:
    """The seven days of its week, from Monday."""
    monday = day - timedelta(days=day.weekday())
    return tuple(monday + timedelta(days=n) for n in range(7))


def _open_before(book: Book, usual: date, day: date) -> date | None:
    weekdays = {(meal - before - 1) % 7 + 1 for meal, before in book.carried.items()}
    reach = book.shelf_life_days - book.made_days_before
    for back in range(reach + 1):
        candidate = usual - timedelta(days=back)
        if (day - candidate).days > reach:
            return None
        if candidate.isoweekday() in weekdays and not is_closed(book, candidate):
            return candidate
    return None


def _order_until(book: Book, day: date, earlier: int) -> datetime:
    rules = [one for one in book.order_until if day.isoweekday() in one.weekdays]
    rule = (rules or [one for one in book.order_until if not one.weekdays])[0]
    if rule.weekday is None:
        last = day - timedelta(days=rule.days_before or 0)
    else:
        last = day - timedelta(days=(day.isoweekday() - rule.weekday - 1) % 7 + 1)
    return datetime.combine(last - timedelta(days=earlier), rule.at, PARIS)


def _hours_before(at: datetime, hours: int) -> datetime:
    # Whole days by the wall clock, so that 48 hours over the change of clocks are still "two days before, 8
    # o'clock".
    days, rest = divmod(hours, 24)
    return at - timedelta(days=days) - timedelta(hours=rest)


@cache
def holidays(year: int) -> frozenset[date]:
    """The eleven public holidays of the code du travail (art. L3133-1)."""
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moving = (easter(year) + timedelta(days=n) for n in (1, 39, 50))
    return frozenset({date(year, month, day) for month, day in fixed} | set(moving))
