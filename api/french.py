"""How numbers, dates and durations are written for people: French, Europe/Paris. Pure."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)
_SHORT_MONTHS = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()  # noqa: SIM905
NBSP = "\u00a0"  # narrow spaces are missing from too many fonts


def day(value: date | datetime | None) -> str:
    """Write « mardi 24 novembre »; an instant is taken to Paris first."""
    if value is None:
        return "–"
    local = value.astimezone(PARIS).date() if isinstance(value, datetime) else value
    return f"{_DAYS[local.weekday()]} {local.day}{'er' if local.day == 1 else ''} {_MONTHS[local.month - 1]}"


def month(value: date) -> str:
    """Write « novembre 2026 »."""
    return f"{_MONTHS[value.month - 1]} {value.year}"


def hour(value: datetime | None) -> str:
    """Write « 14 h 05 »."""
    if value is None:
        return "–"
    local = value.astimezone(PARIS)
    return f"{local.hour}{NBSP}h{NBSP}{local.minute:02}"


def instant(value: datetime | None) -> str:
    """Write « mar. 24 nov., 14 h 05 »."""
    if value is None:
        return "–"
    local = value.astimezone(PARIS)
    return f"{_DAYS[local.weekday()][:3]}. {local.day} {_SHORT_MONTHS[local.month - 1]}, {hour(value)}"


def when(value: datetime | None, now: datetime) -> str:
    """Write « demain 14 h », « mercredi 9 h », « le 3 janv. »: an instant near `now`, to the hour."""
    if value is None:
        return "–"
    local = value.astimezone(PARIS)
    away = (local.date() - now.astimezone(PARIS).date()).days
    if not -1 <= away <= 6:
        year = "" if abs(away) < 300 else f" {local.year}"
        return (
            f"le{NBSP}{local.day}{'er' if local.day == 1 else ''}{NBSP}{_SHORT_MONTHS[local.month - 1]}{year}"
        )
    name = {-1: "hier", 0: "aujourd'hui", 1: "demain"}.get(away, _DAYS[local.weekday()])
    return f"{name} {local.hour}{NBSP}h"


def ago(value: datetime | None, now: datetime) -> str:
    """Write « il y a 3 j », « il y a 5 h », « à l'instant »."""
    if value is None:
        return "–"
    minutes = int((now - value).total_seconds() // 60)
    if minutes < 2:
        return "à l'instant"
    if minutes < 120:
        return f"il y a {minutes}{NBSP}min"
    return f"il y a {minutes // 60}{NBSP}h" if minutes < 2880 else f"il y a {minutes // 1440}{NBSP}j"


def duration(seconds: float | None) -> str:
    """Write « 2 h 05 » or « 12 min »."""
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    return f"{minutes // 60}{NBSP}h{NBSP}{minutes % 60:02}"


def number(value: float | None, digits: int = 0) -> str:
    """Write « 1 234,5 »."""
    if value is None:
        return "–"
    return f"{value:,.{digits}f}".replace(",", NBSP).replace(".", ",")


def percent(value: float | None) -> str:
    """Write « 71 % »."""
    return "–" if value is None else f"{value:.0f}{NBSP}%"


def kilometres(metres: float | None) -> str:
    """Write « 83,5 km »."""
    return "–" if metres is None else f"{number(metres / 1000, 1)}{NBSP}km"


FILTERS = {
    "day": day,
    "month": month,
    "hour": hour,
    "instant": instant,
    "when": when,
    "ago": ago,
    "duration": duration,
    "number": number,
    "percent": percent,
    "kilometres": kilometres,
}
