"""A site's hours with the exceptions published: the same for the gate, the agent and the public page."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, time
from typing import Any

from access.model import Book, Opening, Site

ALL_DAY = Opening(opens=time.min, closes=time.max)


class BadHours(ValueError):
    """Hours that cannot be; the message is a French sentence."""


def read_hours(texts: Iterable[str]) -> tuple[Opening, ...]:
    """Stretches as people write them, « 09:00-12:00 », in order; raises `BadHours`."""
    found: list[Opening] = []
    for text in texts:
        try:
            opens, closes = (time.fromisoformat(part.strip()) for part in text.split("-"))
        except ValueError:
            raise BadHours(f"« {text} » n'est pas un horaire : écrivez par exemple 09:00-12:00.") from None
        if opens >= closes or (found and opens < found[-1].closes):
            raise BadHours(f"« {text} » finit avant de commencer, ou chevauche l'horaire précédent.")
        found.append(Opening(opens=opens, closes=closes))
    return tuple(found)


def with_exceptions(book: Book, rows: Iterable[Mapping[str, Any]]) -> Book:
    """The book with these days' hours (`site`, `day`, `hours`) over its own."""
    added: dict[str, dict[date, tuple[Opening, ...]]] = {}
    for row in rows:
        if row["site"] in book.sites:
            day = row["day"] if isinstance(row["day"], date) else date.fromisoformat(row["day"])
            added.setdefault(row["site"], {})[day] = read_hours(row["hours"])
    return replace(
        book, sites=dict(book.sites) | {code: _site(book.sites[code], days) for code, days in added.items()}
    )


def _site(site: Site, days: Mapping[date, tuple[Opening, ...]]) -> Site:
    if site.hours or site.exceptions:
        return replace(site, exceptions=dict(site.exceptions) | dict(days))
    # Without hours a site is never closed: an exception must not close its other days.
    always = dict.fromkeys(range(1, 8), (ALL_DAY,))
    return replace(site, hours=always, closed_on_holidays=False, exceptions=dict(days))


def in_words(texts: Iterable[str]) -> str:
    """Stretches for people: « 9 h – 12 h, 14 h – 18 h 30 »."""

    def clock(text: str) -> str:
        hours, minutes = text.split(":")
        return f"{int(hours)}\u00a0h" + (f"\u00a0{minutes}" if minutes != "00" else "")

    return ", ".join("\u00a0–\u00a0".join(clock(part) for part in one.split("-")) for one in texts)


def told(hours: Iterable[Opening]) -> list[str]:
    """Stretches as the API writes them."""
    return [f"{one.opens:%H:%M}-{one.closes:%H:%M}" for one in hours]
