"""One reading, or the passing of time, onto a state: the new state and what happened. The package's entry.

Order of work: a late reading changes nothing; the echo becomes a level, the level moves the track, the
track teaches the rate, and the alerts look at all of it. Each of these rules lives in its own module.
"""

from dataclasses import replace
from datetime import datetime

from fill.alerts import Facts, changes, heard, unheard
from fill.echo import judged, quality, repeat, stuck
from fill.forecast import full_at
from fill.level import Level, edge_percent, level_of
from fill.model import (
    DEFAULT,
    AlertClosed,
    AlertOpened,
    Calibration,
    Echo,
    Event,
    Memory,
    Quality,
    Reading,
    Rules,
    State,
    Track,
    check_instant,
)
from fill.rate import learn, percent_per_day, spread
from fill.track import FIRST_NOISE, Step, begin, expect, follow, follow_blind


def first(calibration: Calibration) -> State:
    """The state of a container that has never been heard."""
    return State()


def restart(state: State) -> State:
    """After another probe was hung or the calibration changed: forget the level, keep the rest.

    Without this the first levels of the new probe would read as an emptying or as a jump.
    """
    memory = state.memory
    kept = Memory(rate=memory.rate, silent_since=memory.silent_since, awaited_since=memory.awaited_since)
    return State(
        measured_at=state.measured_at,
        last_emptied_at=state.last_emptied_at,
        rate_percent_per_day=state.rate_percent_per_day,
        open_alerts=state.open_alerts,
        memory=kept,
    )


def fold(
    state: State, reading: Reading, calibration: Calibration, rules: Rules = DEFAULT
) -> tuple[State, tuple[Event, ...]]:
    """Take one reading. One measured at or before the state's own instant is late: nothing changes."""
    at = reading.measured_at
    if state.measured_at is not None and at <= state.measured_at:
        return state, ()
    memory = state.memory
    tilted = reading.tilt_deg is not None and reading.tilt_deg >= rules.tilt_deg
    echo = repeat(memory.echo, reading)
    is_stuck = stuck(echo, reading, state, rules)
    seen = level_of(reading, calibration, rules)
    step: Step | None = None
    # A tilted probe sees a wall, and a message about something else sees nothing: neither is for or against.
    if not tilted and not reading.mute:
        step = None if is_stuck else _step(memory, reading, seen, calibration, rules)
        echo = judged(echo, step is not None and step.credible)
    facts = _facts(state, reading, step, echo, is_stuck, seen, tilted)
    events: list[Event] = []
    if memory.silent_since is not None:
        events.append(heard(memory.silent_since, at))
    if facts.emptied is not None:
        events.append(facts.emptied)
    open_now = state.open_alerts
    moved = changes(open_now, facts, calibration, rules)
    if moved or events:
        events.extend(moved)
        open_now = _reopened(open_now, events)
    told = _told(state, facts, step, seen, open_now, calibration, rules)
    return _after(state, facts, step, told, open_now, rules), tuple(events)


def tick(
    state: State, now: datetime, calibration: Calibration, rules: Rules = DEFAULT
) -> tuple[State, tuple[Event, ...]]:
    """Let time pass until `now`: a probe that should have spoken is silent. No change returns `state` itself.

    Call it only for a container in which a probe hangs; one that never speaks is awaited from the first call.
    """
    check_instant("now", now)
    memory = state.memory
    since = state.measured_at or memory.awaited_since
    if since is None:
        return _remembering(state, Memory(memory.track, memory.rate, memory.echo, awaited_since=now)), ()
    patience_s = rules.silent_after_reports * calibration.report_interval_s
    if memory.silent_since is not None or (now - since).total_seconds() <= patience_s:
        return state, ()
    opened = unheard(now, since, state.measured_at is not None, calibration)
    quiet = Memory(
        memory.track,
        memory.rate,
        memory.echo,
        memory.tilted_since,
        memory.full_since,
        now,
        memory.awaited_since,
    )
    return _remembering(state, quiet, silent=True), (opened,)


def _step(
    memory: Memory, reading: Reading, seen: Level, calibration: Calibration, rules: Rules
) -> Step | None:
    track, at = memory.track, reading.measured_at
    if track is None:
        if seen.percent is None:
            return None
        return Step(begin(at, seen.percent, FIRST_NOISE), credible=True)
    if seen.percent is None and seen.quality != "saturated":
        return None
    growth = percent_per_day(memory.rate, rules) or 0.0
    guess = expect(track, at, growth, spread(memory.rate), rules)
    if seen.percent is None:
        return follow_blind(track, guess, at, edge_percent(calibration), rules)
    return follow(track, guess, at, seen.percent, memory.tilted_since is not None, rules)


def _facts(
    state: State, reading: Reading, step: Step | None, echo: Echo, is_stuck: bool, seen: Level, tilted: bool
) -> Facts:
    track = state.memory.track if step is None else step.track
    tilted_since = state.memory.tilted_since
    if reading.tilt_deg is not None:
        tilted_since = (tilted_since or reading.measured_at) if tilted else None
    return Facts(
        reading=reading,
        level=None if track is None else track.level,
        floor=None if step is None else step.floor,
        ceiling=None if step is None else step.ceiling,
        rate=state.rate_percent_per_day,
        emptied=None if step is None else step.emptied,
        echo=echo,
        stuck=is_stuck,
        saturated=seen.quality == "saturated",
        tilted_since=tilted_since,
    )


def _reopened(open_now: frozenset[str], events: list[Event]) -> frozenset[str]:
    kinds = set(open_now)
    for event in events:
        if isinstance(event, AlertOpened):
            kinds.add(event.kind)
        elif isinstance(event, AlertClosed):
            kinds.discard(event.kind)
    return frozenset(kinds)


def _after(
    state: State, facts: Facts, step: Step | None, told: Quality, open_now: frozenset[str], rules: Rules
) -> State:
    memory, reading = state.memory, facts.reading
    track, rate = memory.track, memory.rate
    if step is not None:
        track = step.track
        if step.days > 0.0:
            rate = learn(rate, step.gained, step.days, rules)
    full_since = _full_since(memory, track, rules)
    per_day = percent_per_day(rate, rules)
    heat, charge, tilt = reading.temperature_c, reading.battery_percent, reading.tilt_deg
    return State(
        measured_at=reading.measured_at,
        fill_percent=None if track is None else round(track.level, 1),
        distance_mm=state.distance_mm if reading.mute else reading.distance_mm,
        rate_percent_per_day=None if per_day is None else round(per_day, 2),
        full_at=full_at(track, per_day, full_since),
        temperature_c=state.temperature_c if heat is None else heat,
        battery_percent=state.battery_percent if charge is None else charge,
        tilt_deg=state.tilt_deg if tilt is None else tilt,
        quality=told,
        last_emptied_at=state.last_emptied_at if facts.emptied is None else facts.emptied.at,
        open_alerts=open_now,
        memory=Memory(track, rate, facts.echo, facts.tilted_since, full_since),
    )


def _told(
    state: State,
    facts: Facts,
    step: Step | None,
    seen: Level,
    open_now: frozenset[str],
    calibration: Calibration,
    rules: Rules,
) -> Quality:
    track = state.memory.track if step is None else step.track
    # A container that lies on its side has a level no probe can tell.
    if "tilt" in open_now:
        return "implausible"
    if not facts.reading.mute:
        return quality(seen.quality, facts.stuck, facts.echo, track, rules)
    # Nothing new of the level: what was last said of it stands, unless that was too long ago.
    if track is not None:
        patience_s = rules.silent_after_reports * calibration.report_interval_s
        if (facts.reading.measured_at - track.at).total_seconds() > patience_s:
            return "implausible"
    return state.quality if state.quality != "silent" else quality("ok", False, facts.echo, track, rules)


def _full_since(memory: Memory, track: Track | None, rules: Rules) -> datetime | None:
    if track is None or not track.settled:
        return None
    if track.level >= rules.full_percent:
        return memory.full_since or track.at
    return memory.full_since if track.level >= rules.full_percent - rules.hysteresis_points else None


def _remembering(state: State, memory: Memory, silent: bool = False) -> State:
    if not silent:
        return replace(state, memory=memory)
    return replace(state, memory=memory, quality="silent", open_alerts=state.open_alerts | {"silent"})
