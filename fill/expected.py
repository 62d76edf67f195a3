"""Alerts that no single reading opens: an overflow before the next service, an emptying nobody explains.

Owns their conditions and sentences; a worker judges them from time to time. Knows neither how a forecast is
made nor what explains an emptying.
"""

from dataclasses import dataclass
from datetime import date, datetime

from fill.sentence import number, typeset

_UNEXPLAINED = (
    "sans tournée, chauffeur ni grue pour l’expliquer : vidage non déclaré, vol ou sonde à contrôler."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is forecast for one container.

    `risk_percent` is the probability, in percent, that it overflows before `before`: the day of its next
    planned service, or when `planned` is false the end of how far one looks ahead. `fill_percent` is the
    level now.
    """

    risk_percent: float
    before: date
    planned: bool
    fill_percent: float | None


def overflow_opens(outlook: Outlook, opens_percent: float) -> str | None:
    """Say why an overflow is expected, or None when the risk is below `opens_percent`."""
    if outlook.risk_percent < opens_percent:
        return None
    what = "la collecte prévue le" if outlook.planned else "le"
    chance = min(99, round(outlook.risk_percent))  # a forecast is never certain
    level = (
        "" if outlook.fill_percent is None else f", remplie à {number(outlook.fill_percent)} % aujourd’hui"
    )
    service = "" if outlook.planned else ", sans collecte prévue d’ici là"
    when = f"{what} {outlook.before:%d/%m}"
    return typeset(f"Débordement probable avant {when} : {chance} chances sur 100{level}{service}.")


def overflow_clears(outlook: Outlook | None, clears_percent: float) -> str | None:
    """Say why an overflow is no longer expected, or None while the risk is above `clears_percent`."""
    if outlook is None:
        return "Plus aucune prévision pour cette colonne."
    if outlook.risk_percent > clears_percent:
        return None
    why = (
        f"avant la collecte du {outlook.before:%d/%m}"
        if outlook.planned
        else f"d’ici le {outlook.before:%d/%m}"
    )
    return typeset(f"Risque de débordement {why} redescendu à {number(outlook.risk_percent)} %.")


def unexplained_opens(
    emptied_at: datetime,
    now: datetime,
    lasting_s: int,
    before_percent: float | None,
    after_percent: float | None,
) -> str | None:
    """Say that nobody explains an emptying, or None before `lasting_s`.

    A driver's word may still be on its way.
    """
    if (now - emptied_at).total_seconds() < lasting_s:
        return None
    if before_percent is None or after_percent is None:
        return typeset(f"Vidage {_UNEXPLAINED}")
    fell = f"tombé de {number(before_percent)} % à {number(after_percent)} %"
    return typeset(f"Niveau {fell} {_UNEXPLAINED}")


def unexplained_clears(opened_at: datetime, now: datetime, still: bool, clears_days: float) -> str | None:
    """Say why the question is closed: somebody explained it, or it is `clears_days` old."""
    if not still:
        return "Le vidage a été expliqué."
    if (now - opened_at).total_seconds() >= clears_days * 86_400:
        return typeset(f"Sans explication depuis {number(clears_days)} jours : archivée.")
    return None
