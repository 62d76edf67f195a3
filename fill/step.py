"""One echo onto the track: which filter takes it, and what else is known of the container then.

Knows which probe is doubtful and what the crane and people tell; the filters themselves are `fill.track`'s.
"""

from datetime import datetime, timedelta

from fill.drift import drift
from fill.level import Level, edge_percent, unclipped
from fill.model import Calibration, Memory, Reading, Rules, Track
from fill.rate import doubt, percent_per_day, spread
from fill.story import Echo
from fill.track import (
    FIRST_NOISE,
    Step,
    begin,
    doubtful,
    expect,
    follow,
    follow_blind,
    follow_doubtful,
    honest,
)

USUAL_PACE, UNKNOWN_PACE = 4.0, 9.0  # points a day and its variance, of a container nobody knows
FAR_NOISES = 3.0  # deviations of an echo below what may be below the bottom
LEAST_BLIND = 0.02  # share of echoes that say "in the dead zone" whatever the level


def step_of(
    memory: Memory, reading: Reading, seen: Level, calibration: Calibration, rules: Rules
) -> Step | None:
    """What the reading does to the track, or None when it says nothing of the level."""
    track, at = memory.track, reading.measured_at
    if track is not None and (track.doubt is not None or not honest(track, rules)) and doubtful(track, rules):
        return _doubtful_step(track, memory, reading, seen, calibration, rules)
    if seen.percent is None and seen.quality != "saturated":
        return None
    percent = seen.percent
    if percent is not None and memory.base.emptyings:
        percent = min(100.0, max(0.0, percent - drift(memory.base, rules)))
    if track is None:
        return None if percent is None else Step(begin(at, percent, FIRST_NOISE), credible=True)
    growth = percent_per_day(memory.rate, rules) or 0.0
    if not honest(track, rules):  # a rate learned from few and bad echoes would carry the level away
        growth *= 1.0 - 1.0 / (1.0 + memory.rate.days**2)
    guess = expect(track, at, growth, spread(memory.rate), rules)
    if percent is None:
        return follow_blind(track, guess, at, edge_percent(calibration), rules)
    witnessed = memory.tilted_since is not None or awaits(memory, at, rules)
    return follow(track, guess, at, percent, witnessed, rules)


def _doubtful_step(
    track: Track, memory: Memory, reading: Reading, seen: Level, calibration: Calibration, rules: Rules
) -> Step | None:
    """The same where no echo proves anything: also one below the bottom says how low the level is."""
    percent = None
    if seen.quality != "saturated":
        percent = unclipped(reading, calibration)
        if percent is None or percent < -rules.overreach_points - FAR_NOISES * track.noise:
            return None
        percent -= drift(memory.base, rules)
    rate = memory.rate
    pace = percent_per_day(rate, rules)
    known = (USUAL_PACE, UNKNOWN_PACE) if pace is None else (pace, doubt(rate))
    told_at = memory.confirmed_at
    if told_at is not None and told_at > reading.measured_at:
        told_at = None
    shown = Echo(percent, edge_percent(calibration), max(LEAST_BLIND, memory.echo.missed))
    lifted = memory.tilted_since is not None
    return follow_doubtful(track, reading.measured_at, shown, known, lifted, told_at, rules)


def awaits(memory: Memory, at: datetime, rules: Rules) -> bool:
    """Whether an emptying somebody told may still be shown by the level."""
    told_at = memory.confirmed_at
    return told_at is not None and at <= told_at + timedelta(seconds=rules.told_within_s)
