"""The dispatcher's French: names of alerts, qualities, levels and sources, and how urgent they are. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.french import PARIS, day, when

FAR = timedelta(days=60)  # a forecast beyond is not worth an hour
FULL_PERCENT = 97.5  # shown as 98 %: a probe rarely says more


@dataclass(frozen=True, slots=True)
class Word:
    """What to call it, the badge's class in `base.css`, and its place in a list (0 first)."""

    label: str
    badge: str
    rank: int


ALERTS = {
    "fire": Word("Feu", "urgent", 0),
    "urgent": Word("Urgente", "urgent", 1),
    "tilt": Word("Basculée", "urgent", 2),
    "overflow": Word("Débordement probable", "plan", 3),
    "plan": Word("À vider", "plan", 4),
    "unexplained_emptying": Word("Vidage inexpliqué", "info", 5),
    "implausible": Word("Mesure incohérente", "", 6),
    "silent": Word("Sonde muette", "", 7),
    "low_battery": Word("Pile faible", "info", 8),
}
QUALITIES = {
    "ok": Word("Bonne", "ok", 0),
    "noisy": Word("Bruitée", "", 1),
    "saturated": Word("Saturée", "", 2),
    "drifting": Word("Dérive", "", 3),
    "implausible": Word("Incohérente", "", 4),
    "stuck": Word("Bloquée", "", 5),
    "silent": Word("Muette", "", 6),
    "none": Word("Sans sonde", "", 7),
}
LEVELS = {
    "urgent": Word("Urgente", "urgent", 0),
    "plan": Word("À vider", "plan", 1),
    "ok": Word("Rien à faire", "ok", 2),
    "unknown": Word("Niveau inconnu", "", 3),
}
SOURCES = {"level": "chute du niveau", "crane": "grue", "driver": "chauffeur"}


def alert_word(kind: str) -> Word:
    """Name a kind of alert; one that is not known yet is shown as it is, last."""
    return ALERTS.get(kind, Word(kind, "", 9))


def quality_word(quality: str) -> Word:
    """Name a probe's quality; one that is not known yet is shown as it is, last."""
    return QUALITIES.get(quality, Word(quality, "", 9))


def overflow(full_at: datetime | None, now: datetime, fill_percent: float | None) -> str:
    """Say when a column overflows: « pleine », « demain 14 h », « dans plus de 2 mois ».

    The hour may have passed while the last level seen was lower: then it is only likely.
    """
    if full_at is None:
        return "–"
    if full_at <= now:
        return "pleine" if fill_percent is not None and fill_percent >= FULL_PERCENT else "sans doute pleine"
    return when(full_at, now) if full_at - now <= FAR else "dans plus de 2 mois"


def foreseen(
    full_at: datetime | None, early: datetime | None, late: datetime | None, now: datetime
) -> str | None:
    """Say when it will be full and between when: « Pleine vers mardi 14 h (entre lundi soir et mercredi) ».

    None when nothing is expected, or it is full already: other words say so.
    """
    if full_at is not None and full_at <= now:
        return None
    if full_at is None:
        return None if early is None else f"Peut-être pleine dès {_around(max(early, now), now)}"
    around = f"Pleine vers {when(full_at, now)}"
    if full_at - now > FAR:
        return None
    since = "maintenant" if early is None or early <= now else _around(early, now)
    if late is None or late - now > FAR:
        return f"{around} (au plus tôt {since})"
    until = _around(late, now)
    return f"{around} ({until})" if since == until else f"{around} (entre {since} et {until})"


def _around(at: datetime, now: datetime) -> str:
    """« lundi soir », « demain matin », « le 3 déc. »: as precise as a forecast's edge deserves."""
    local = at.astimezone(PARIS)
    away = (local.date() - now.astimezone(PARIS).date()).days
    if not 0 <= away <= 6:
        return when(at, now)
    part = ("cette nuit", "la nuit")[away > 0] if local.hour < 5 else None
    part = part or ("matin" if local.hour < 12 else "après-midi" if local.hour < 18 else "soir")
    if away == 0:
        return {"matin": "ce matin", "soir": "ce soir", "après-midi": "cet après-midi"}.get(part, part)
    name = "demain" if away == 1 else day(at).split()[0]
    return f"{name} dans la nuit" if part == "la nuit" else f"{name} {part}"
