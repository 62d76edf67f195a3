"""A kitchen's menus from a file: SCDL menus-collectifs as a CSV, or our own JSON card. All of it or nothing.

Of the standard's columns these are read: menuDate, menuRepasType, menuPlatType, menuPlatNom, and where they
are there menuPlatCode, menuPlatPrecision (« choix B »), menuPlatRegime, menuPlatAllergene, menuPlatTexture.
Dishes of one course stand in the file's order.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from api.cias.asking import Card
from api.cias.scdl import ALLERGENS
from meals.french import DIETS, MOMENTS, TEXTURES
from meals.model import Allergen, Course, Diet, Dish, Menu, Moment, Texture

NEEDED = ("menuDate", "menuRepasType", "menuPlatType", "menuPlatNom")
T = TypeVar("T")
_CHOICE = re.compile(r"\bchoix ([A-Z])\b")
_DIETS: Mapping[str, Diet] = {word: code for code, word in DIETS.items()}  # type: ignore[misc]
_TEXTURES: Mapping[str, Texture] = {word: code for code, word in TEXTURES.items()}  # type: ignore[misc]
_MOMENTS: Mapping[str, Moment] = {word: code for code, word in MOMENTS.items()}  # type: ignore[misc]
_ALLERGENS: Mapping[str, Allergen] = {word: code for code, word in ALLERGENS.items()}


class _Wrong(Exception):
    """A cell that cannot be read; the message names the column, never the value."""


def read_menus(text: str) -> Card | tuple[str, ...]:
    """The card of a CSV, or one French sentence for each line that cannot be read."""
    delimiter = ";" if ";" in text.split("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    missing = [one for one in NEEDED if one not in (reader.fieldnames or ())]
    if missing:
        return (f"Ligne 1 : {', '.join(missing)} manque.",)
    dishes: dict[str, Dish] = {}
    menus: dict[tuple[date, Moment, str], dict[str, list[str]]] = {}
    said = []
    for line, row in enumerate(reader, 2):
        try:
            dish = _dish(row)
            slot = _slot(row)
        except _Wrong as why:
            said.append(f"Ligne {line} : {why}.")
            continue
        if dishes.setdefault(dish.id, dish) != dish:
            said.append(f"Ligne {line} : ce plat est décrit autrement plus haut.")
        course = menus.setdefault(slot, {}).setdefault((row["menuPlatType"] or "").strip(), [])
        if dish.id not in course:
            course.append(dish.id)
    if said:
        return tuple(said)
    return Card(
        dishes=tuple(dishes.values()), menus=tuple(_menu(*slot, held) for slot, held in menus.items())
    )


def typed_menu(day: date, moment: Moment, choice: str, text: str, dishes: Sequence[Dish]) -> Menu | str:
    """A menu as somebody types it, a course a line: `Entrée : potage / betteraves`, dishes by name or code.
    A sentence when a dish is not known."""
    known = {name: one.id for one in dishes for name in (one.id, plain(one.name))}
    courses = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, found, rest = line.partition(":")
        if not found:
            return "Chaque ligne dit un service, deux-points, puis ses plats : « Entrée : potage »."
        wanted = [one.strip() for one in rest.split("/") if one.strip()]
        unknown = [one for one in wanted if plain(one) not in known]
        if unknown or not wanted:
            return f"« {unknown[0] if unknown else name.strip()} » n'est pas un plat de la carte."
        courses.append(Course(name=name.strip().lower(), dishes=tuple(known[plain(one)] for one in wanted)))
    if not courses:
        return "Ce menu n'a aucun plat."
    return Menu(day=day, moment=moment, choice=choice, courses=tuple(courses))


def plain(name: str) -> str:
    """A dish's code from its name: `Rôti de porc` → `roti-de-porc`."""
    ascii_only = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "oe")).encode(
        "ascii", "ignore"
    )
    return re.sub(r"[^a-z0-9_]+", "-", ascii_only.decode().lower()).strip("-")[:60]


def _menu(day: date, moment: Moment, choice: str, courses: Mapping[str, Sequence[str]]) -> Menu:
    held = tuple(Course(name=name, dishes=tuple(ids)) for name, ids in courses.items())
    return Menu(day=day, moment=moment, choice=choice, courses=held)


def _dish(row: Mapping[str, str | None]) -> Dish:
    name = (row["menuPlatNom"] or "").strip()
    code = plain((row.get("menuPlatCode") or "").strip() or name)
    if not name or not code:
        raise _Wrong("menuPlatNom manque")
    textures = _words(row, "menuPlatTexture", _TEXTURES) or ("whole",)
    dish = Dish(id=code, name=name[:160], diets=_words(row, "menuPlatRegime", _DIETS), textures=textures)
    if not (row.get("menuPlatAllergene") or "").strip():
        return dish  # an empty cell declares nothing
    return replace(dish, allergens=_words(row, "menuPlatAllergene", _ALLERGENS))


def _slot(row: Mapping[str, str | None]) -> tuple[date, Moment, str]:
    try:
        day = date.fromisoformat((row["menuDate"] or "").strip())
    except ValueError as why:
        raise _Wrong("menuDate n'est pas une date AAAA-MM-JJ") from why
    moment = _MOMENTS.get((row["menuRepasType"] or "").strip())
    if moment is None:
        raise _Wrong("menuRepasType est « déjeuner » ou « dîner »")
    if not (row["menuPlatType"] or "").strip():
        raise _Wrong("menuPlatType manque")
    choice = _CHOICE.search(row.get("menuPlatPrecision") or "")
    return day, moment, choice[1] if choice else "A"


def _words(row: Mapping[str, str | None], column: str, known: Mapping[str, T]) -> tuple[T, ...]:
    text = (row.get(column) or "").strip()
    try:
        words = json.loads(text) if text.startswith("[") else [one.strip() for one in text.split(",")]
        return tuple(known[str(one).strip()] for one in words if one)
    except (ValueError, KeyError) as why:
        raise _Wrong(f"{column} : un mot n'est pas de la liste") from why
