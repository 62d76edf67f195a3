"""Emptyings that others tell: the driver, the truck, the crane's tilt where no level can be seen.

A probe that is believed is asked first: what was told only makes its next low reading enough. Where the
probe is not believed, the estimate starts again from the emptying. Knows no window of reconciliation: what
several sources say of one emptying is brought together where they all are (`answers.emptying`).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from fill.doubt import emptied
from fill.model import DEFAULT, Rules, State, Track, check_instant

LEFT_PERCENT = 2.0  # what an emptying leaves, when nothing measured it
LEFT_VARIANCE = 25.0  # points squared
LATE = timedelta(hours=2)  # a driver confirms up to this late, or a phone's clock is wrong


def told(state: State, at: datetime, rules: Rules = DEFAULT) -> State:
    """Somebody says the container was emptied at `at`; told twice or too late, nothing changes.

    Errors: `Refused`, for an instant that cannot be.
    """
    check_instant("at", at)
    track = state.memory.track
    known = state.last_emptied_at
    if known is not None and at <= known + LATE:
        return state
    if track is None or not state.estimated:
        if track is not None and track.at - LATE > at:
            return state  # the level has been read since, and has said what it had to say
        return replace(state, memory=replace(state.memory, confirmed_at=at))
    if at <= track.at:
        return state
    return started_again(state, at)


def started_again(state: State, at: datetime) -> State:
    """An estimate that starts again from an emptying nobody measured."""
    memory = state.memory
    track = Track(LEFT_PERCENT, at, LEFT_VARIANCE, 2.0, False, LEFT_PERCENT)
    if memory.track is not None:
        noise, settled, doubt = memory.track.noise, memory.track.settled, memory.track.doubt
        if doubt is not None:  # what was learned of the probe stays true
            doubt = emptied(doubt, LEFT_PERCENT, LEFT_VARIANCE)
        track = replace(track, noise=noise, settled=settled, doubt=doubt)
    memory = replace(memory, track=track, full_since=None, confirmed_at=None)
    return replace(
        state, fill_percent=LEFT_PERCENT, believed_at=at, last_emptied_at=at, full_at=None, memory=memory
    )
