"""Which tray a person may be given of a menu: the safe side of every doubt. Knows no calendar and no order.

A dish stands on a tray only when it suits each diet, exists in the texture, and holds none of the person's
allergens. A dish whose allergens nobody declared suits nobody who has one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meals.french import ALLERGENS, DIETS, TEXTURES, listed
from meals.model import Dish, Menu, Person, Served


@dataclass(frozen=True, slots=True)
class Unsuited:
    """No tray of this menu may be given; the sentence says which dish and why."""

    text: str


def tray(menu: Menu, dishes: Mapping[str, Dish], person: Person) -> tuple[Served, ...] | Unsuited:
    """The first dish of each course that suits, or why one course has none."""
    served = []
    for course in menu.courses:
        known = [dishes[one] for one in course.dishes if one in dishes]
        suited = next((one for one in known if not against(one, person)), None)
        if suited is None:
            return Unsuited(_why(course.dishes, known, person))
        served.append(Served(course=course.name, dish=suited.id))
    return tuple(served)


def against(dish: Dish, person: Person) -> tuple[str, ...]:
    """Everything that forbids this dish to this person, in French; empty when it may be served."""
    found = []
    if person.allergens and dish.allergens is None:
        found.append("allergènes non déclarés")
    forbidden = [ALLERGENS[one] for one in person.allergens if one in (dish.allergens or ())]
    if forbidden:
        found.append(f"contient {listed(forbidden)}")
    missing = [DIETS[one] for one in person.diets if one not in dish.diets]
    if missing:
        found.append(f"n'est pas {listed(missing)}")
    if person.texture not in dish.textures:
        found.append(f"n'existe pas en texture « {TEXTURES[person.texture]} »")
    return tuple(found)


def _why(names: Sequence[str], known: Sequence[Dish], person: Person) -> str:
    if not known:
        return f"Plat inconnu de la cuisine : {', '.join(names) or 'aucun plat'}."
    return " ; ".join(f"{one.name} : {', '.join(against(one, person))}" for one in known) + "."
