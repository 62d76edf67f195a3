"""What the technician's forms and pages share: hours as they are typed, words for templates."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Form

from api.devices.registry import Refusal
from api.devices.words import (
    DOWNLINKS,
    NETWORKS,
    PRESENCES,
    SETTING_UNITS,
    SETTINGS,
    dated,
    downlink_error,
    local,
)
from api.dispatch.words import quality_word
from api.french import PARIS

Text = Annotated[str, Form(max_length=120)]
Minutes = Annotated[int, Form(ge=1, le=44_640)]

WORDS: dict[str, Any] = {
    "networks": NETWORKS,
    "presences": PRESENCES,
    "settings_words": SETTINGS,
    "setting_units": SETTING_UNITS,
    "downlink_words": DOWNLINKS,
    "downlink_error": downlink_error,
    "dated": dated,
    "local": local,
    "quality_word": quality_word,
}


def instant_of(text: str, now: datetime) -> datetime:
    """Read a form's local hour in Paris; empty means now. Raises `Refusal`."""
    if not text:
        return now
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal("La date n'est pas lisible.") from None
    return (found if found.tzinfo else found.replace(tzinfo=PARIS)).astimezone(UTC)


def eui_of(text: str) -> str | None:
    """Read a DevEUI as people write it: small letters, colons and dashes are dropped."""
    return text.strip().upper().replace(":", "").replace("-", "").replace(" ", "") or None
