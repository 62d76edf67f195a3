"""French sentences for people: decimal commas, no-break spaces, no time of day (pages know the zone)."""

import re

NBSP = "\u00a0"
_TIGHT = re.compile(r"(?<=\d) (?=%|°C|mm|h\b|min|jours?\b|mesures\b)| (?=:)")


def typeset(sentence: str) -> str:
    """Put no-break spaces where French wants them: before units and colons."""
    return _TIGHT.sub(NBSP, sentence)


def number(value: float, digits: int = 0) -> str:
    """A number with a decimal comma and no useless zero."""
    text = f"{value:.{digits}f}"
    if digits:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",")


def lasting(seconds: float) -> str:
    """A duration in its two largest useful units: 35 min, 12 h 20 min, 3 jours."""
    minutes = int(seconds // 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} jours"
    if hours == 0:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
