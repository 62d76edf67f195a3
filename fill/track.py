"""Echoes to a level one can trust: what is near the expected moves it, what is far waits for a witness.

Owns these rules and no other: which echo is believed, when a fall is an emptying. A scalar Kalman filter
whose echo noise is learned follows the level; a gate around it keeps outliers out. Knows neither alerts nor
quality.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from math import sqrt

from fill.model import Emptied, Rules, Track

FIRST_NOISE = 2.0  # points: an ordinary ultrasonic echo (1 cm on 1.5 m) on an uneven surface
LEAST_NOISE, MOST_NOISE = 0.5, 20.0
LUMP_VARIANCE = (
    1.0  # points squared: waste falls in lumps, so even a level watched every minute is never certain
)
CALM_SPREAD = (
    5.0  # most points squared a day the filter expects around the rate, whatever the rate's own surprises
)
NOISE_SHARE = 0.1  # each echo counts for a tenth in the learned noise: two days at six echoes a day
LIE_SHARE = 0.02  # each echo counts for a fiftieth in the share of lies: a bad day is remembered for a week
GATE_SIGMAS = 3.5
LARGEST_GAIN = 30.0  # points one increment may teach the rate
BRIM = 98.0  # above it an echo cannot show how much more was thrown in: nothing is learned of the rate
MOST_VARIANCE = 1600.0  # points squared: not knowing at all

SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Step:
    """What one level did. `gained` points over `days` teach the rate; `days` of 0 teach nothing.

    `floor` and `ceiling` are what two witnesses agree the level is above and below: only they open and
    close alerts.
    """

    track: Track
    credible: bool
    floor: float | None = None
    ceiling: float | None = None
    gained: float = 0.0
    days: float = 0.0
    emptied: Emptied | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """What the track expects at an instant: level, its variance, how far an echo is still ordinary."""

    level: float
    variance: float
    gate: float
    days: float


def begin(at: datetime, percent: float, noise: float = FIRST_NOISE) -> Track:
    """A track that has one witness."""
    return Track(percent, at, noise * noise, noise, False, percent)


def expect(track: Track, at: datetime, growth: float, spread: float, rules: Rules) -> Guess:
    """Carry the track to `at`, filling at `growth` points a day with `spread` points squared a day."""
    days = (at - track.at).total_seconds() / SECONDS_PER_DAY
    variance = min(MOST_VARIANCE, track.variance + LUMP_VARIANCE + min(spread, CALM_SPREAD + growth) * days)
    gate = GATE_SIGMAS * sqrt(variance + track.noise * track.noise)
    gate = min(rules.gate_cap_points, max(rules.gate_points, gate))
    return Guess(min(100.0, track.level + growth * days), variance, gate, days)


def ordinary(track: Track, guess: Guess, percent: float) -> bool:
    """Whether an echo can be believed alone: between nothing thrown in and the usual filling."""
    return track.level - guess.gate <= percent <= guess.level + guess.gate


def follow(track: Track, guess: Guess, at: datetime, percent: float, lifted: bool, rules: Rules) -> Step:
    """Take one visible level. `lifted`: the container was tilted at the reading before, as by a crane."""
    if ordinary(track, guess, percent):
        return _accept(track, guess, at, percent, rules)
    if not track.settled:  # two echoes that contradict each other: the newer starts again, unconfirmed
        return Step(begin(at, percent, track.noise), credible=False, floor=min(percent, track.last))
    if _confirmed(track, guess, percent, lifted, rules):
        return _move(track, guess, at, percent, rules)
    waiting = _doubt(track, guess, at, percent, rules)
    return Step(waiting, credible=False, floor=min(percent, track.last) if _honest(track, rules) else None)


def follow_blind(track: Track, guess: Guess, at: datetime, edge: float, rules: Rules) -> Step:
    """Take an echo from the dead zone: "at least `edge`" if the level was going there, else nothing."""
    percent = max(edge, track.level)
    if not track.settled or not ordinary(track, guess, percent):
        return Step(track, credible=False)
    step = _accept(track, guess, at, percent, rules)
    return Step(step.track, True, step.floor, step.ceiling)


def _doubt(track: Track, guess: Guess, at: datetime, percent: float, rules: Rules) -> Track:
    """Let a far level wait for a witness; contradictory ones wear each other out, the majority stays."""
    if track.pending_percent is None:
        return replace(track, last=percent, pending_at=at, pending_percent=percent, pending_count=1)
    if _resembles(track, guess, percent, rules):
        return replace(track, last=percent, pending_count=track.pending_count + 1)
    lied = replace(track, last=percent, lies=_lies(track.lies, True))
    if track.pending_count > 1:
        return replace(lied, pending_count=track.pending_count - 1)
    return replace(lied, pending_at=at, pending_percent=percent, pending_count=1)


def noisy(track: Track, rules: Rules) -> bool:
    """Whether one echo of this probe proves nothing by itself."""
    return track.noise >= rules.noisy_points or track.lies >= rules.noisy_lies


def _accept(track: Track, guess: Guess, at: datetime, percent: float, rules: Rules) -> Step:
    noise = track.noise
    lied = track.pending_percent is not None
    if track.pending_percent is not None:  # what waited in vain was noise
        noise = _learned(noise, track.pending_percent - guess.level, guess.variance + noise * noise)
    total = guess.variance + noise * noise
    trust = guess.variance / total
    surprise = percent - guess.level
    level = min(100.0, max(0.0, guess.level + trust * surprise))
    if not noisy(track, rules):
        floor, ceiling = min(percent, max(guess.level, track.last)), max(percent, level, track.last)
    else:  # one echo of a noisy probe proves nothing: the filter must have been there already
        floor, ceiling = min(level, guess.level), max(level, guess.level)
    days = guess.days if track.level < BRIM else 0.0
    gained = min(LARGEST_GAIN, level - track.level)
    if track.settled:
        noise = _learned(noise, surprise, total)
    lies = _lies(track.lies, lied)
    after = Track(round(level, 4), at, round(trust * noise * noise, 4), noise, True, percent, lies=lies)
    return Step(after, True, floor, ceiling, gained, days)


def _confirmed(track: Track, guess: Guess, percent: float, lifted: bool, rules: Rules) -> bool:
    """Whether a far level has its second witness: the far level before it, or the crane."""
    if percent < track.level and lifted and track.level - percent >= rules.emptying_drop_points:
        return True
    # A probe that lied lately must tell the new story three times.
    return _resembles(track, guess, percent, rules) and track.pending_count >= (
        1 if _honest(track, rules) else 2
    )


def _honest(track: Track, rules: Rules) -> bool:
    return track.noise < rules.doubtful_points and track.lies < rules.doubtful_lies


def _resembles(track: Track, guess: Guess, percent: float, rules: Rules) -> bool:
    """Whether a far level and the one that waits tell the same story."""
    pending = track.pending_percent
    if pending is None or (pending > track.level) != (percent > track.level):
        return False
    # Waste rises by itself, so two far levels above prove the lower of them; a fall must be told exactly.
    rising = percent > track.level and _honest(track, rules)
    return rising or abs(percent - pending) <= guess.gate


def _move(track: Track, guess: Guess, at: datetime, percent: float, rules: Rules) -> Step:
    """Leave the old level for the one two witnesses show."""
    first_at, first = track.pending_at, track.pending_percent
    if first_at is None or first is None or (first > track.level) != (percent > track.level):
        first_at, first = at, percent  # the crane was the other witness
    variance = round(track.noise * track.noise, 4)
    if percent > track.level:
        level = percent if abs(percent - first) <= guess.gate else min(percent, first)
        gained, days = min(LARGEST_GAIN, level - track.level), guess.days
        after = Track(round(level, 4), at, variance, track.noise, True, percent, lies=track.lies)
        return Step(after, True, min(percent, first), max(percent, first), gained, days)
    after = Track(round(percent, 4), at, variance, track.noise, True, percent, lies=track.lies)
    emptied = None
    if track.level - first >= rules.emptying_drop_points:
        emptied = Emptied(first_at, round(track.level, 1), round(first, 1))
    return Step(after, True, min(percent, first), max(percent, first), emptied=emptied)


def _lies(lies: float, lied: bool) -> float:
    return round(lies * (1.0 - LIE_SHARE) + (LIE_SHARE if lied else 0.0), 4)


def _learned(noise: float, surprise: float, total: float) -> float:
    # One surprise counts for two standard deviations at most: one wild echo does not make a noisy probe.
    square = noise * noise + NOISE_SHARE * (min(surprise * surprise, 4.0 * total) - total)
    return round(sqrt(min(MOST_NOISE**2, max(LEAST_NOISE**2, square))), 4)
