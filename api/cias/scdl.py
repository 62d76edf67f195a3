"""Menus as open data: SCDL menus-collectifs v1.2.3, one row for each dish. Holds no person.

The fields and their lists of values are data (`scdl_menus.json`, with its source); what leaves is held
against them.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from meals.french import DIETS, MOMENTS, TEXTURES
from meals.model import Allergen, Dish, Menu

ALLERGENS: Mapping[Allergen, str] = {
    "gluten": "céréales contenant du gluten",
    "crustaceans": "crustacés",
    "eggs": "oeufs",
    "fish": "poissons",
    "peanuts": "arachides",
    "soybeans": "soja",
    "milk": "lait",
    "nuts": "fruits à coques",
    "celery": "céleri",
    "mustard": "moutarde",
    "sesame": "graines de sésame",
    "sulphites": "anhydride sulfureux et sulfites",
    "lupin": "lupin",
    "molluscs": "mollusques",
}
COURSES = {
    "potage": "entrée",
    "soupe": "entrée",
    "plat": "plat principal",
    "légume": "garniture",
    "légumes": "garniture",
    "accompagnement": "garniture",
    "fromage": "produit laitier",
    "laitage": "produit laitier",
}
"""What kitchens call a course beside the standard's own words; any other is « autre »."""
CODE_LENGTH = 16


class Publisher(BaseSettings):
    """Who publishes the menus; every field is an environment variable `GLANEUR_MENUS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="GLANEUR_MENUS_", frozen=True)

    collectivity: str = Field(default="", description="name of the collectivity that publishes its menus")
    siret: str = Field(
        default="", pattern=r"^(\d{14})?$", description="its SIRET, 14 digits; empty: no export"
    )
    kitchen: str = Field(default="", description="name of the kitchen; the collectivity's own when empty")
    kitchen_siret: str = Field(default="", pattern=r"^(\d{14})?$", description="SIRET of the kitchen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A menu with the instants its data carry."""

    menu: Menu
    published_at: datetime
    changed_at: datetime | None


@cache
def fields() -> tuple[Mapping[str, Any], ...]:
    """The standard's fields, in its order."""
    text = files("api.cias").joinpath("scdl_menus.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)["fields"])


def rows_of(
    publisher: Publisher, menus: Iterable[Published], dishes: Mapping[str, Dish]
) -> list[dict[str, str]]:
    """One row for each dish that a menu may put on a tray; the first of a course is what is usually given."""
    head = {
        "menuCollNom": publisher.collectivity,
        "menuCollSiret": publisher.siret,
        "menuEtablissementNom": publisher.kitchen or publisher.collectivity,
        "menuEtablissementSiret": publisher.kitchen_siret,
        "menuRestaurantNom": "Portage de repas à domicile",
        "menuRestaurantIdType": "sans",
        "menuRestaurantType": "repas à domicile",
        "menuRestaurantConvive": "tous",
    }
    return [
        {field["name"]: "" for field in fields()} | head | _row(one, course.name, dishes[dish], rank)
        for one in menus
        for course in one.menu.courses
        for rank, dish in enumerate(course.dishes)
        if dish in dishes
    ]


def faults(row: Mapping[str, str]) -> tuple[str, ...]:
    """What the standard refuses in a row: the field and the rule, never the value."""
    found = [f"{name} : colonne inconnue" for name in row if name not in {one["name"] for one in fields()}]
    for field in fields():
        text = row.get(field["name"], "")
        rule = _broken(field, text) if text else ("obligatoire" if field.get("required") else None)
        if rule:
            found.append(f"{field['name']} : {rule}")
    return tuple(found)


def csv_text(rows: Iterable[Mapping[str, str]]) -> str:
    """The file: commas, every field in the standard's order."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [field["name"] for field in fields()], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _row(one: Published, course: str, dish: Dish, rank: int) -> dict[str, str]:
    known = {value for field in fields() if field["name"] == "menuPlatType" for value in field["enum"]}
    kind = COURSES.get(course.casefold(), course.casefold())
    precision = [f"choix {one.menu.choice}"] + (["si le premier plat ne convient pas"] if rank else [])
    return {
        "menuDate": one.menu.day.isoformat(),
        "menuRepasType": MOMENTS[one.menu.moment],
        "menuPlatType": kind if kind in known else "autre",
        "menuPlatNom": dish.name[:160],
        "menuPlatCode": dish.id if len(dish.id) <= CODE_LENGTH else "",
        "menuPlatPrecision": ";".join(precision),
        "menuPlatRegime": _array([DIETS[value] for value in dish.diets]) if dish.diets else "",
        # Nothing declared is an empty cell; declared to hold none is an empty list.
        "menuPlatAllergene": "" if dish.allergens is None else _array([ALLERGENS[a] for a in dish.allergens]),
        "menuPlatTexture": _array([TEXTURES[value] for value in dish.textures]),
        "menuPublicationDate": _instant(one.published_at),
        "menuModificationDate": _instant(one.changed_at) if one.changed_at else "",
    }


def _array(values: list[str]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _broken(field: Mapping[str, Any], text: str) -> str | None:
    if "enum" in field and text not in field["enum"]:
        return "valeur hors de la liste"
    if "pattern" in field and not re.search(field["pattern"], text):
        return "format refusé"
    if len(text) > field.get("maxLength", len(text)):
        return "trop long"
    try:
        match field["type"]:
            case "date":
                date.fromisoformat(text)
            case "datetime":
                datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            case "number":
                float(text)
            case "array":
                values = json.loads(text)
                if not isinstance(values, list) or not set(values) <= set(field["items"]):
                    return "valeur hors de la liste"
    except (ValueError, TypeError):
        return "format refusé"
    return None
