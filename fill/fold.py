"""One reading, or the passing of time, onto a state: the new state and what happened. The package's entry.

Order of work: a late reading changes nothing; the echo becomes a level, the level moves the track, the
track teaches the rate, and the alerts look at all of it. Each of these rules lives in its own module.
"""

from dataclasses import replace
from datetime import datetime

from fill.alerts import Facts, changes, heard, unheard
from fill.drift import noted
from fill.echo import judged, repeat, stuck, unjudged
from fill.emptyings import LEFT_PERCENT, started_again
from fill.forecast import full_at
from fill.level import Level, level_of
from fill.model import (
    DEFAULT,
    AlertClosed,
    AlertOpened,
    Calibration,
    Echo,
    Emptied,
    Event,
    Memory,
    Reading,
    Rules,
    State,
    Track,
    check_instant,
)
from fill.quality import believed, quality
from fill.rate import learn, percent_per_day, unwatched
from fill.step import awaits, step_of
from fill.track import SECONDS_PER_DAY, Step, plain

LONGEST_LESSON_DAYS = 30.0  # over a longer gap something was emptied unseen: it teaches no rate


def first(calibration: Calibration) -> State:
    """The state of a container that has never been heard."""
    return State()


def restart(state: State) -> State:
    """After another probe was hung or the calibration changed: forget the level, keep the rest.

    Without this the first levels of the new probe would read as an emptying or as a jump.
    """
    memory = state.memory
    kept = Memory(
        rate=memory.rate,
        silent_since=memory.silent_since,
        awaited_since=memory.awaited_since,
        confirmed_at=memory.confirmed_at,
    )
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
    same = repeat(memory.echo, reading)
    is_stuck = stuck(same, reading, state, rules)
    if is_stuck and state.quality != "stuck":
        memory = _as_before(memory, same[2])
    seen = level_of(reading, calibration, rules)
    step: Step | None = None
    # A tilted probe sees a wall, and a message about something else sees nothing: neither is for or against.
    if tilted or reading.mute:
        echo = unjudged(memory.echo, same)
    else:
        step = None if is_stuck else step_of(memory, reading, seen, calibration, rules)
        echo = judged(memory.echo, same, step is not None and step.credible, seen.quality)
    facts = _facts(state, memory, reading, step, echo, is_stuck, seen, tilted)
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
    after = _after(state, memory, facts, step, calibration, open_now, rules)
    if after.estimated and after.memory.confirmed_at is not None:
        after = _estimated_from_told(after)
    return after, tuple(events)


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
        return replace(state, memory=replace(memory, awaited_since=now)), ()
    patience_s = rules.silent_after_reports * calibration.report_interval_s
    if memory.silent_since is not None or (now - since).total_seconds() <= patience_s:
        return state, ()
    opened = unheard(now, since, state.measured_at is not None, calibration)
    quiet = replace(memory, silent_since=now)
    alerts = state.open_alerts | {"silent"}
    estimated = memory.track is not None
    believed_at = state.believed_at if memory.track is None else memory.track.at
    quieted = replace(
        state,
        memory=quiet,
        quality="silent",
        open_alerts=alerts,
        estimated=estimated,
        believed_at=believed_at,
    )
    return _estimated_from_told(quieted), (opened,)


def _estimated_from_told(state: State) -> State:
    """Where the level is not believed any more, an emptying told meanwhile is where the estimate begins."""
    memory = state.memory
    told_at = memory.confirmed_at
    if told_at is None or memory.track is None or told_at <= memory.track.at:
        return state
    return started_again(state, told_at)


def _as_before(memory: Memory, since: datetime | None) -> Memory:
    """What was known when a probe got stuck: what it repeated since was no level and no rate."""
    track, rate = memory.track, memory.rate
    if since is None or track is None or track.at <= since:
        return memory
    watched = (track.at - since).total_seconds() / SECONDS_PER_DAY
    return replace(memory, track=replace(track, at=since), rate=unwatched(rate, watched))


def _facts(
    state: State,
    memory: Memory,
    reading: Reading,
    step: Step | None,
    echo: Echo,
    is_stuck: bool,
    seen: Level,
    tilted: bool,
) -> Facts:
    track = memory.track if step is None else step.track
    tilted_since, emptied = memory.tilted_since, None if step is None else step.emptied
    if emptied is not None and tilted_since is not None:
        emptied = replace(emptied, lifted_at=tilted_since)
    if reading.tilt_deg is not None:
        if not tilted and tilted_since is not None and emptied is None:
            emptied = _unseen_lift(state, step, tilted_since)
        tilted_since = (tilted_since or reading.measured_at) if tilted else None
    return Facts(
        reading=reading,
        level=None if track is None else track.level,
        floor=None if step is None else step.floor,
        ceiling=None if step is None else step.ceiling,
        rate=state.rate_percent_per_day,
        emptied=emptied,
        echo=echo,
        stuck=is_stuck,
        saturated=seen.quality == "saturated",
        tilted_since=tilted_since,
    )


def _unseen_lift(state: State, step: Step | None, lifted_at: datetime) -> Emptied | None:
    """A lift is all there is when the level is not believed; a container that lay for long was no lift."""
    if not state.estimated or (step is not None and step.credible) or "tilt" in state.open_alerts:
        return None
    before = state.fill_percent or 0.0
    return Emptied(lifted_at, before, LEFT_PERCENT, lifted_at=lifted_at, source="crane")


def _reopened(open_now: frozenset[str], events: list[Event]) -> frozenset[str]:
    kinds = set(open_now)
    for event in events:
        if isinstance(event, AlertOpened):
            kinds.add(event.kind)
        elif isinstance(event, AlertClosed):
            kinds.discard(event.kind)
    return frozenset(kinds)


def _after(
    state: State,
    memory: Memory,
    facts: Facts,
    step: Step | None,
    calibration: Calibration,
    open_now: frozenset[str],
    rules: Rules,
) -> State:
    reading, emptied = facts.reading, facts.emptied
    track, rate = memory.track, memory.rate
    if emptied is not None and emptied.source != "level":
        track = started_again(state, emptied.at).memory.track
    elif step is not None:
        track = step.track
        if 0.0 < step.days <= LONGEST_LESSON_DAYS:
            rate = learn(rate, step.gained, step.days, rules)
    base = memory.base
    if (emptied is not None or base.left) and step is not None and step.credible and plain(step.track):
        base = noted(base, reading, emptied, calibration)
    full_since = _full_since(memory, track, rules)
    told_at = memory.confirmed_at
    if told_at is not None and (emptied is not None or not awaits(memory, reading.measured_at, rules)):
        told_at = None
    after = Memory(track, rate, facts.echo, facts.tilted_since, full_since, base=base, confirmed_at=told_at)
    per_day = percent_per_day(rate, rules)
    word = quality(after, facts.stuck, "tilt" in open_now, rules)
    estimated = word != "ok" and not believed(word, after, rules)
    if reading.mute and _stale(track, reading, calibration, rules):
        word, estimated = "implausible" if word == "ok" else word, True
    heat, charge, tilt = reading.temperature_c, reading.battery_percent, reading.tilt_deg
    return State(
        measured_at=reading.measured_at,
        fill_percent=None if track is None else _level(track, per_day if estimated else 0.0, reading),
        distance_mm=state.distance_mm if reading.mute else reading.distance_mm,
        rate_percent_per_day=None if per_day is None else round(per_day, 2),
        full_at=full_at(track, per_day, full_since),
        temperature_c=state.temperature_c if heat is None else heat,
        battery_percent=state.battery_percent if charge is None else charge,
        tilt_deg=state.tilt_deg if tilt is None else tilt,
        quality=word,
        estimated=estimated,
        believed_at=None if track is None else track.at,
        last_emptied_at=state.last_emptied_at if emptied is None else emptied.at,
        open_alerts=open_now,
        memory=after,
    )


def _level(track: Track, per_day: float | None, reading: Reading) -> float:
    days = max(0.0, (reading.measured_at - track.at).total_seconds() / SECONDS_PER_DAY) if per_day else 0.0
    return round(min(100.0, track.level + (per_day or 0.0) * days), 1)


def _stale(track: Track | None, reading: Reading, calibration: Calibration, rules: Rules) -> bool:
    """Whether a probe that still speaks has said nothing of the level for longer than a silence."""
    patience_s = rules.silent_after_reports * calibration.report_interval_s
    return track is not None and (reading.measured_at - track.at).total_seconds() > patience_s


def _full_since(memory: Memory, track: Track | None, rules: Rules) -> datetime | None:
    if track is None or not track.settled:
        return None
    if track.level >= rules.full_percent:
        return memory.full_since or track.at
    return memory.full_since if track.level >= rules.full_percent - rules.hysteresis_points else None
