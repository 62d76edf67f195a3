"""The dispatcher's French: names of alerts, qualities, levels and sources, and how urgent they are. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.french import when

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
    "plan": Word("À vider", "plan", 3),
    "implausible": Word("Mesure incohérente", "", 4),
    "silent": Word("Sonde muette", "", 5),
    "low_battery": Word("Pile faible", "info", 6),
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
SOURCES = {"level": "chute du niveau", "crane": "grue", "driver": "chauffeur", "truck": "camion"}


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
