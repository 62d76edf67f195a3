"""The technician's French.

Networks, states, settings, what became of a downlink; dates with their year. Pure.
"""

from dataclasses import dataclass
from datetime import datetime

from api.french import PARIS, hour

NETWORKS = {
    "native": "Sonde native (notre courtier MQTT)",
    "chirpstack": "ChirpStack",
    "tts": "The Things Stack",
    "thingpark": "ThingPark",
    "liveobjects": "Live Objects",
    "loriot": "LORIOT",
}
_MONTHS = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Word:
    """What to call it, and the badge's class in `base.css`."""

    label: str
    badge: str


# How a device stands: heard within three reports, late, or never heard.
PRESENCES = {
    "heard": Word("À l'heure", "ok"),
    "late": Word("Muette", "urgent"),
    "never": Word("Jamais entendue", ""),
}
SETTINGS = {
    "interval": "Intervalle d'envoi",
    "full_distance": "Seuil de remplissage",
    "fire": "Seuil de température",
    "tilt": "Seuil d'inclinaison",
}
SETTING_UNITS = {"interval": "s", "full_distance": "mm", "fire": "°C", "tilt": "°"}
DOWNLINKS = {
    "waiting": Word("En attente d'envoi", ""),
    "sent": Word("Envoyé, sans réponse", "info"),
    "transmitted": Word("Émis par la passerelle", "info"),
    "acknowledged": Word("Appliqué", "ok"),
    "failed": Word("Échec", "urgent"),
}
_ERRORS = {
    "no_acknowledgement": "La sonde n'a pas accusé réception.",
    "refused": "La sonde ou le réseau a refusé, sans dire pourquoi.",
    "cancelled": "Annulé avant l'envoi.",
}


def dated(value: datetime | None) -> str:
    """Write « 3 janv. 2026, 14 h 05 »: an instant of any year."""
    if value is None:
        return "–"
    local = value.astimezone(PARIS)
    return (
        f"{local.day}{'er' if local.day == 1 else ''} {_MONTHS[local.month - 1]} {local.year}, {hour(value)}"
    )


def local(value: datetime | None) -> str:
    """Write an instant for an `<input type="datetime-local">`, in Paris; empty for None."""
    return "" if value is None else value.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


def downlink_state(sent: object, transmitted: object, acknowledged: object, failed: object) -> str:
    """Name the stage a downlink reached, from which of its instants are known."""
    if failed is not None:
        return "failed"
    if acknowledged is not None:
        return "acknowledged"
    if transmitted is not None:
        return "transmitted"
    return "waiting" if sent is None else "sent"


def downlink_error(error: str) -> str:
    """Say in French why a downlink failed; a probe's own words are quoted."""
    return _ERRORS.get(error, f"Réponse : « {error} »" if error else "")
