"""The document of a state for a writer of JSON that knows instants, in a quarter of the time.

Says what `fill.document.state_to_document` says, and nothing more: a test holds them equal. It is for whoever
writes thousands of states a second, where naming each field by hand is what makes it quick.
"""

from fill.document import VERSION, Document
from fill.model import Base, Echo, Memory, Rate, State, Track
from fill.story import Doubt, Story


def state_to_values(state: State) -> Document:
    """The whole state as a JSON object, its instants left as they are (aware, in UTC)."""
    return {
        "v": VERSION,
        "measured_at": state.measured_at,
        "fill_percent": state.fill_percent,
        "distance_mm": state.distance_mm,
        "rate_percent_per_day": state.rate_percent_per_day,
        "full_at": state.full_at,
        "temperature_c": state.temperature_c,
        "battery_percent": state.battery_percent,
        "tilt_deg": state.tilt_deg,
        "quality": state.quality,
        "estimated": state.estimated,
        "believed_at": state.believed_at,
        "last_emptied_at": state.last_emptied_at,
        "open_alerts": sorted(state.open_alerts),
        "memory": _memory(state.memory),
    }


def _memory(memory: Memory) -> Document:
    kept: Document = {}
    if memory.track is not None:
        kept["track"] = _track(memory.track)
    if memory.rate.days:
        kept["rate"] = _rate(memory.rate)
    kept["echo"] = _echo(memory.echo)
    if memory.base.emptyings or memory.base.left:
        kept["base"] = _base(memory.base)
    if memory.tilted_since is not None:
        kept["tilted_since"] = memory.tilted_since
    if memory.full_since is not None:
        kept["full_since"] = memory.full_since
    if memory.silent_since is not None:
        kept["silent_since"] = memory.silent_since
    if memory.awaited_since is not None:
        kept["awaited_since"] = memory.awaited_since
    if memory.confirmed_at is not None:
        kept["confirmed_at"] = memory.confirmed_at
    return kept


def _track(track: Track) -> Document:
    kept: Document = {
        "level": track.level,
        "at": track.at,
        "variance": track.variance,
        "noise": track.noise,
        "settled": track.settled,
        "last": track.last,
        "pending_count": track.pending_count,
        "lies": track.lies,
    }
    if track.pending_at is not None:
        kept["pending_at"] = track.pending_at
    if track.pending_percent is not None:
        kept["pending_percent"] = track.pending_percent
    if track.doubt is not None:
        kept["doubt"] = _doubt(track.doubt)
    return kept


def _doubt(doubt: Doubt) -> Document:
    kept: Document = {
        "trembles": doubt.trembles,
        "quiet": doubt.quiet,
        "lies": doubt.lies,
        "odds": doubt.odds,
        "count": doubt.count,
        "stories": [_story(one) for one in doubt.stories],
    }
    if doubt.told_at is not None:
        kept["told_at"] = doubt.told_at
    return kept


def _story(one: Story) -> Document:
    kept: Document = {
        "weight": one.weight,
        "level": one.level,
        "variance": one.variance,
        "pace": one.pace,
        "pace_variance": one.pace_variance,
        "covariance": one.covariance,
    }
    if one.at is not None:
        kept["at"] = one.at
    if one.since is not None:
        kept["since"] = one.since
    if one.before is not None:
        kept["before"] = one.before
    return kept


def _rate(rate: Rate) -> Document:
    return {"gained": rate.gained, "days": rate.days, "surprise": rate.surprise}


def _echo(echo: Echo) -> Document:
    kept: Document = {
        "bad": echo.bad,
        "good": echo.good,
        "same_count": echo.same_count,
        "blind": echo.blind,
        "missed": echo.missed,
    }
    if echo.same_mm is not None:
        kept["same_mm"] = echo.same_mm
    if echo.same_since is not None:
        kept["same_since"] = echo.same_since
    return kept


def _base(base: Base) -> Document:
    kept: Document = {
        "first": base.first,
        "recent": base.recent,
        "emptyings": base.emptyings,
        "left": base.left,
    }
    if base.low is not None:
        kept["low"] = base.low
    return kept
