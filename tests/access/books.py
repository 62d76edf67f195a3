"""Rule books for tests: those that ship, by name, and a small one to turn."""

from functools import cache
from pathlib import Path

from access.model import Book
from access.rules import read_book

RULEBOOKS = sorted((Path(__file__).parents[2] / "access/rulebooks").glob("*.toml"))

SMALL = """
name = "Petit règlement"
source = "essai"
valid_from = 2026-01-01
valid_until = 2026-12-31
categories = { resident = "Particulier", professional = "Professionnel" }
materials = { green = "Déchets verts", rubble = "Gravats" }

[[vehicles]]
code = "car"
label = "Voiture"
trailer_units = 1

[[sites]]
code = "fruges"
name = "Fruges"

[sites.hours]
monday = ["09:00-12:00", "14:00-18:00"]
saturday = ["09:00-18:00"]

[[sites.exceptions]]
date = 2026-05-05
hours = ["10:00-11:00"]

[[sites.exceptions]]
date = 2026-05-09

[[allowances]]
id = "passages"
clause = "article 3"
unit = "passages"
limit = 3
per = "rolling"
rolling_days = 30
warn_left = 1

[[allowances]]
id = "volume"
clause = "article 4"
categories = ["professional"]
unit = "l"
limit = 4000
per = "week"
each = true
"""


def book(text: str) -> Book:
    """This text's book; fails with its problems."""
    found = read_book(text)
    assert isinstance(found, Book), "; ".join(map(str, found))
    return found


@cache
def shipped(name: str) -> Book:
    """A book of access/rulebooks by its file's stem."""
    return book(next(one for one in RULEBOOKS if one.stem == name).read_text(encoding="utf-8"))


@cache
def small() -> Book:
    """The small book."""
    return book(SMALL)
