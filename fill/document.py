"""States, readings, events and forecasts to and from JSON documents. Refuses what it does not know.

Instants are RFC 3339 in UTC, floats keep all their digits, so that a state that goes through a document
comes back equal. The only error is `Refused`, with one sentence. What is null is left out of the memory,
which is written at each reading; everything else is written in full.
"""

from datetime import UTC, datetime
from typing import Any

from fill.doubt import KEPT
from fill.forecast import Forecast
from fill.model import (
    AlertClosed,
    AlertOpened,
    Base,
    Calibration,
    Echo,
    Event,
    Memory,
    Rate,
    Reading,
    Refused,
    Rules,
    State,
    Track,
)
from fill.parse import (
    count,
    declared,
    instant,
    integer,
    kinds,
    not_negative,
    number,
    optional,
    part,
    percent,
    quality,
    several,
    shape,
    share,
    truth,
    word,
)
from fill.story import Doubt, Story

VERSION = 1
Document = dict[str, Any]


def instant_to_text(at: datetime) -> str:
    """RFC 3339 in UTC, ending in Z."""
    return at.astimezone(UTC).isoformat()[:-6] + "Z"


_story = part(
    Story,
    {
        "weight": not_negative,
        "level": percent,
        "variance": not_negative,
        "pace": not_negative,
        "pace_variance": not_negative,
        "covariance": number,
        "at": optional(instant),
        "since": optional(instant),
        "before": optional(percent),
    },
)
_doubt = part(
    Doubt,
    {
        "trembles": not_negative,
        "quiet": not_negative,
        "lies": share,
        "odds": number,
        "count": count,
        "stories": several(_story, KEPT),
        "told_at": optional(instant),
    },
)
_known_track = part(
    Track,
    {
        "level": percent,
        "at": instant,
        "variance": not_negative,
        "noise": not_negative,
        "settled": truth,
        "last": percent,
        "pending_at": optional(instant),
        "pending_percent": optional(percent),
        "pending_count": count,
        "lies": not_negative,
        "doubt": optional(_doubt),
    },
)


def _track(name: str, value: object) -> Track:
    # States written before there were stories have the last echoes instead: nothing is made of them now.
    if isinstance(value, dict) and "recent" in value:
        value = {key: given for key, given in value.items() if key != "recent"}
    track: Track = _known_track(name, value)
    if track.doubt is not None and not track.doubt.stories:
        raise Refused("doubt must have a story")
    return track


_rate = part(Rate, {"gained": number, "days": not_negative, "surprise": not_negative})
_echo = part(
    Echo,
    {
        "bad": count,
        "good": count,
        "same_mm": optional(count),
        "same_count": count,
        "same_since": optional(instant),
        "blind": count,
        "missed": not_negative,
    },
)
_base = part(
    Base,
    {
        "first": number,
        "recent": number,
        "emptyings": count,
        "low": optional(number),
        "left": count,
    },
)
_memory = part(
    Memory,
    {
        "track": optional(_track),
        "rate": _rate,
        "echo": _echo,
        "tilted_since": optional(instant),
        "full_since": optional(instant),
        "silent_since": optional(instant),
        "awaited_since": optional(instant),
        "base": _base,
        "confirmed_at": optional(instant),
    },
)
_state = part(
    State,
    {
        "measured_at": optional(instant),
        "fill_percent": optional(percent),
        "distance_mm": optional(count),
        "rate_percent_per_day": optional(not_negative),
        "full_at": optional(instant),
        "temperature_c": optional(number),
        "battery_percent": optional(number),
        "tilt_deg": optional(integer),
        "quality": quality,
        "estimated": truth,
        "believed_at": optional(instant),
        "last_emptied_at": optional(instant),
        "open_alerts": kinds,
        "memory": _memory,
    },
)
_reading = part(
    Reading,
    {
        "measured_at": instant,
        "distance_mm": optional(integer),
        "temperature_c": optional(number),
        "battery_percent": optional(number),
        "tilt_deg": optional(integer),
        "echo_error": optional(word),
        "fill_percent": optional(percent),
        "fire": optional(truth),
    },
)
_calibration = part(Calibration, {**declared(Calibration), "shape": shape})
_rules = part(Rules, declared(Rules))


def state_to_document(state: State) -> Document:
    """The whole state as a JSON object, a few hundred bytes whatever the history."""
    memory = state.memory
    kept: Document = {}
    if memory.track is not None:
        kept["track"] = _lean(memory.track)
    if memory.rate.days:
        kept["rate"] = _lean(memory.rate)
    kept["echo"] = _lean(memory.echo)
    if memory.base.emptyings or memory.base.left:
        kept["base"] = _lean(memory.base)
    for name in ("tilted_since", "full_since", "silent_since", "awaited_since", "confirmed_at"):
        at = getattr(memory, name)
        if at is not None:
            kept[name] = instant_to_text(at)
    return {"v": VERSION, **facts_to_document(state), "memory": kept}


def facts_to_document(state: State) -> Document:
    """What the state says, without its memory."""
    return {
        "measured_at": _text(state.measured_at),
        "fill_percent": state.fill_percent,
        "distance_mm": state.distance_mm,
        "rate_percent_per_day": state.rate_percent_per_day,
        "full_at": _text(state.full_at),
        "temperature_c": state.temperature_c,
        "battery_percent": state.battery_percent,
        "tilt_deg": state.tilt_deg,
        "quality": state.quality,
        "estimated": state.estimated,
        "believed_at": _text(state.believed_at),
        "last_emptied_at": _text(state.last_emptied_at),
        "open_alerts": sorted(state.open_alerts),
    }


def state_from_document(document: object) -> State:
    """The state a document holds. Errors: `Refused`."""
    if not isinstance(document, dict):
        raise Refused("state must be an object")
    rest = dict(document)
    if rest.pop("v", None) != VERSION:
        raise Refused(f"state must have v = {VERSION}")
    state: State = _state("state", rest)
    track, memory = state.memory.track, state.memory
    if track is not None and (track.pending_at is None) != (track.pending_percent is None):
        raise Refused("track must have both of pending_at and pending_percent, or neither")
    known = [at for at in (state.measured_at, state.last_emptied_at) if at is not None]
    if track is not None and (not known or track.at > max(known)):
        raise Refused("track must not be newer than the last reading or emptying")
    if ("silent" in state.open_alerts) != (memory.silent_since is not None):
        raise Refused("silent_since must be there exactly when a silent alert is open")
    return state


def reading_from_document(document: object) -> Reading:
    """One reading. Errors: `Refused`."""
    reading: Reading = _reading("reading", document)
    return reading


def calibration_from_document(document: object) -> Calibration:
    """One calibration. Errors: `Refused`."""
    calibration: Calibration = _calibration("calibration", document)
    return calibration


def rules_from_document(document: object) -> Rules:
    """Rules, those not named keeping their default. Errors: `Refused`."""
    rules: Rules = _rules("rules", document)
    return rules


def instant_from_text(name: str, value: object) -> datetime:
    """An RFC 3339 instant called `name` in the sentence of `Refused`."""
    return instant(name, value)


def event_to_document(event: Event) -> Document:
    """What happened, as an object whose `event` names its kind."""
    at = instant_to_text(event.at)
    if isinstance(event, AlertOpened):
        return {"event": "alert_opened", "kind": event.kind, "at": at, "sentence": event.sentence}
    if isinstance(event, AlertClosed):
        return {"event": "alert_closed", "kind": event.kind, "at": at, "because": event.because}
    return {
        "event": "emptied",
        "at": at,
        "before_percent": event.before_percent,
        "after_percent": event.after_percent,
        "since": _text(event.since),
        "lifted_at": _text(event.lifted_at),
        "source": event.source,
    }


def forecast_to_document(found: Forecast) -> Document:
    """A forecast, its points as [instant, low, expected, high]."""
    return {
        "points": [[instant_to_text(at), low, expected, high] for at, low, expected, high in found.points],
        "full_at": _text(found.full_at),
        "full_early": _text(found.full_early),
        "full_late": _text(found.full_late),
        "reason": found.reason,
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant_to_text(at)


def _lean(noun: Track | Rate | Echo | Base | Doubt | Story) -> Document:
    found: Document = {}
    for name in noun.__slots__:
        value = getattr(noun, name)
        if isinstance(value, datetime):
            found[name] = instant_to_text(value)
        elif isinstance(value, Doubt):
            found[name] = _lean(value)
        elif isinstance(value, tuple):
            found[name] = [_lean(each) for each in value]
        elif value is not None:
            found[name] = value
    return found
