"""How numbers, dates and durations are written for people: French, Europe/Paris. Pure."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)
NBSP = "\u00a0"  # narrow spaces are missing from too many fonts


def day(value: date | datetime | None) -> str:
    """Write « mardi 24 novembre »; an instant is taken to Paris first."""
    if value is None:
        return "–"
    local = value.astimezone(PARIS).date() if isinstance(value, datetime) else value
    return f"{_DAYS[local.weekday()]} {local.day}{'er' if local.day == 1 else ''} {_MONTHS[local.month - 1]}"


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
    month = _MONTHS[local.month - 1]
    short = month if len(month) <= 4 else month[:4].rstrip("e") + "."
    return f"{_DAYS[local.weekday()][:3]}. {local.day} {short}, {hour(value)}"


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
    "hour": hour,
    "instant": instant,
    "duration": duration,
    "number": number,
    "percent": percent,
    "kilometres": kilometres,
}
