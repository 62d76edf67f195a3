"""Days and words as a French sentence says them. Knows no rule."""

from datetime import date, datetime

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
)  # fmt: skip
MOMENTS = {"lunch": "déjeuner", "dinner": "dîner"}
DIETS = {
    "vegetarian": "végétarien",
    "no_salt": "sans sel",
    "no_pork": "sans porc",
    "no_added_sugar": "sans sucre ajouté",
}
TEXTURES = {
    "whole": "sans texture modifiée",
    "chopped": "haché",
    "mixed": "mixé",
    "smooth": "mixé lissé",
    "soft": "fondant",
}
ALLERGENS = {
    "gluten": "gluten",
    "crustaceans": "crustacés",
    "eggs": "œufs",
    "fish": "poissons",
    "peanuts": "arachides",
    "soybeans": "soja",
    "milk": "lait",
    "nuts": "fruits à coque",
    "celery": "céleri",
    "mustard": "moutarde",
    "sesame": "sésame",
    "sulphites": "sulfites",
    "lupin": "lupin",
    "molluscs": "mollusques",
}
REASONS = {
    "choice": "annulé",
    "absence": "absence",
    "hospital": "hospitalisation",
    "death": "décès",
    "kitchen": "cuisine empêchée",
    "weather": "intempéries",
}


def day_text(day: date) -> str:
    """`mardi 3 mars`, and `1er` for the first."""
    return f"{DAYS[day.weekday()]} {'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]}"


def instant_text(at: datetime) -> str:
    """`mardi 3 mars à 10 h`, minutes only when there are any. The instant is already in local time."""
    return f"{day_text(at.date())} à {at.hour} h{f' {at.minute:02d}' if at.minute else ''}"


def listed(words: list[str]) -> str:
    """`lait`, `lait et œufs`, `lait, œufs et soja`."""
    return " et ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
