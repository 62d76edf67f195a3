"""The sentences a gate displays: short, French, with numbers as people write them. Decides nothing."""

from datetime import datetime

from access.calendar import PARIS
from access.model import Allowance, Book, Left

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
SPANS = {
    "day": "par jour",
    "week": "par semaine",
    "month": "par mois",
    "semester": "par semestre",
    "year": "par an",
}


def instant(at: datetime) -> str:
    """For instance "lundi 4 mai à 9 h 30"; the year is left out."""
    local = at.astimezone(PARIS)
    month = MONTHS[local.month - 1]
    minutes = f" {local.minute:02d}" if local.minute else ""
    return f"{DAYS[local.weekday()]} {local.day} {month} à {local.hour} h{minutes}"


def quantity(amount: int, unit: str) -> str:
    """An amount of an allowance: passages, m³ for litres from half a cubic metre, kilograms or pieces."""
    if unit == "l":
        return f"{amount / 1000:g}".replace(".", ",") + " m³" if amount >= 500 else f"{amount} litres"
    if unit == "kg":
        return f"{amount} kg"
    plural = "s" if amount > 1 else ""
    return f"{amount} {'passage' if unit == 'passages' else 'pièce'}{plural}"


def left_sentence(book: Book, left: Left) -> str:
    """What remains, as a warning."""
    what = f" ({book.materials.get(left.material, left.material)})" if left.material else ""
    if left.used > left.limit:
        return f"Droits dépassés de {quantity(left.used - left.limit, left.unit)}{what}."
    if left.left == 0:
        return f"C’était le dernier droit{what}{_until(left)}."
    return f"Il reste {quantity(left.left, left.unit)}{what}{_until(left)}."


def exceeded(book: Book, rule: Allowance, left: Left) -> str:
    """Why an allowance refuses: its limit, its span, and when it begins anew."""
    span = f"sur {rule.rolling_days} jours" if rule.per == "rolling" else SPANS[rule.per]
    what = f" ({book.materials.get(left.material, left.material)})" if left.material else ""
    again = "" if left.renewed_at is None else f" Nouveau droit {instant(left.renewed_at)}."
    return f"Droit dépassé : {quantity(left.limit, left.unit)} {span} au plus{what}.{again}"


def _until(left: Left) -> str:
    return "" if left.renewed_at is None else f" jusqu’au {instant(left.renewed_at)}"
