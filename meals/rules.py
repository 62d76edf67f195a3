"""A book of rules read from TOML and looked over: each fault with its key and one English sentence."""

import json
import tomllib
from decimal import Decimal

from pydantic import TypeAdapter

from meals.document import parse
from meals.model import Book, Cutoff
from meals.prices import Grid, grid_faults

_BOOK = TypeAdapter(Book)
_GRID = TypeAdapter(Grid)


def read_book(text: str) -> Book | tuple[str, ...]:
    """The book, or all that is wrong with it."""
    decoded = _decoded(text)
    if not isinstance(decoded, str):
        return decoded
    found = parse(_BOOK, decoded)
    return book_faults(found) or found if isinstance(found, Book) else found


def read_grid(text: str) -> Grid | tuple[str, ...]:
    """The grid of prices, or all that is wrong with it."""
    decoded = _decoded(text)
    if not isinstance(decoded, str):
        return decoded
    found = parse(_GRID, decoded)
    return grid_faults(found) or found if isinstance(found, Grid) else found


def book_faults(book: Book) -> tuple[str, ...]:
    """What cannot be in a book: weekdays that are none, meals that would be carried past their DLC, no time
    limit."""
    faults = []
    if not book.carried:
        faults.append("carried: no weekday has a meal")
    for weekday, before in book.carried.items():
        if not 1 <= weekday <= 7 or not 0 <= before <= 6:
            faults.append(f"carried.{weekday}: weekdays are 1 to 7, days before are 0 to 6")
        elif book.made_days_before + before > book.shelf_life_days:
            late = book.made_days_before + before
            faults.append(
                f"carried.{weekday}: eaten {late} days after it was made, beyond {book.shelf_life_days}"
            )
    for weekday in book.carried:
        if not any(not one.weekdays or weekday in one.weekdays for one in book.order_until):
            faults.append(
                f"order_until: nothing says until when the meal of weekday {weekday} may be ordered"
            )
    faults += [fault for n, one in enumerate(book.order_until, 1) for fault in _cutoff_faults(n, one)]
    if book.cancel_hours < 0 or book.first_order_days < 0 or book.made_days_before < 0:
        faults.append("cancel_hours, first_order_days and made_days_before cannot be below zero")
    return tuple(faults)


def _cutoff_faults(n: int, one: Cutoff) -> list[str]:
    where = f"order_until[{n}]"
    faults = []
    if (one.days_before is None) == (one.weekday is None):
        faults.append(f"{where}: says either days_before or weekday")
    if one.days_before is not None and not 0 <= one.days_before <= 60:
        faults.append(f"{where}.days_before: must be between 0 and 60")
    if any(not 1 <= day <= 7 for day in (*one.weekdays, one.weekday or 1)):
        faults.append(f"{where}: weekdays are 1 to 7")
    if one.at.tzinfo is not None:
        faults.append(f"{where}.at: a time of day has no time zone here")
    return faults


def _decoded(text: str) -> str | tuple[str, ...]:
    try:
        return json.dumps(tomllib.loads(text, parse_float=Decimal), default=str)
    except tomllib.TOMLDecodeError as error:
        return (f"not TOML: {error}",)
