"""Echoes to a level one can trust: what is near the expected moves it, what is far waits for a witness.

Owns these rules and no other: which echo is believed, when a fall is an emptying. A scalar Kalman filter
whose echo noise is learned follows the level; a gate around it keeps outliers out. Knows neither alerts nor
quality.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from math import sqrt

from fill.doubt import began, judge
from fill.model import Emptied, Rules, Track
from fill.story import MOST_VARIANCE, Echo, Story

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
PLAIN_LIES = 0.1
GATE_SIGMAS = 3.5
LARGEST_GAIN = 30.0  # points one increment may teach the rate
BRIM = 98.0  # above it an echo cannot show how much more was thrown in: nothing is learned of the rate
STAYS = 0.8  # a doubtful probe is doubted until it is this much better than when it began

SECONDS_PER_DAY = 86_400.0

Pace = tuple[float, float]  # points a day, and its variance


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
    # A reading may be older than an emptying somebody told, which began the track again.
    days = max(0.0, (at - track.at).total_seconds() / SECONDS_PER_DAY)
    variance = min(MOST_VARIANCE, track.variance + LUMP_VARIANCE + min(spread, CALM_SPREAD + growth) * days)
    gate = GATE_SIGMAS * sqrt(variance + track.noise * track.noise)
    gate = min(rules.gate_cap_points, max(rules.gate_points, gate))
    return Guess(min(100.0, track.level + growth * days), variance, gate, days)


def ordinary(track: Track, guess: Guess, percent: float) -> bool:
    """Whether an echo can be believed alone: between nothing thrown in and the usual filling."""
    return track.level - guess.gate <= percent <= guess.level + guess.gate


def follow(track: Track, guess: Guess, at: datetime, percent: float, witnessed: bool, rules: Rules) -> Step:
    """Take one visible level. `witnessed`: the crane has just lifted the container, or somebody told so."""
    if ordinary(track, guess, percent):
        return _accept(track, guess, at, percent, rules)
    if not track.settled:  # two echoes that contradict each other: the newer starts again, unconfirmed
        return Step(begin(at, percent, track.noise), credible=False, floor=min(percent, track.last))
    if _confirmed(track, guess, percent, witnessed, rules):
        return _move(track, guess, at, percent, witnessed, rules)
    waiting = _doubt(track, guess, at, percent, rules)
    return Step(waiting, credible=False, floor=min(percent, track.last) if honest(track, rules) else None)


def doubtful(track: Track, rules: Rules) -> bool:
    """Whether each echo is weighed against what the last ones say: of a probe that lies or trembles."""
    if not track.settled:
        return False
    leave = 1.0 if track.doubt is None else STAYS
    return track.lies >= leave * rules.doubtful_lies or track.noise >= leave * rules.weighed_points


def follow_doubtful(
    track: Track, at: datetime, echo: Echo, pace: Pace, lifted: bool, told_at: datetime | None, rules: Rules
) -> Step:
    """Take one echo of a probe that lies or trembles (see `fill.doubt`).

    `lifted`: the crane has just lifted the container; `told_at` is the newest emptying told, if it waits.
    """
    doubt = track.doubt or began(track.level, track.variance, track.noise, track.lies, *pace)
    helped = lifted
    if told_at is not None and told_at != doubt.told_at:
        helped, doubt = True, replace(doubt, told_at=told_at)
    found = judge(doubt, track.at, at, echo, helped)
    level, change = found.level, found.change
    after = Track(
        level=level,
        at=at,
        variance=round(found.variance, 4),
        noise=found.noise,
        settled=True,
        last=track.last if echo.percent is None else min(100.0, max(0.0, echo.percent)),
        lies=found.lies,
        doubt=found.doubt,
    )
    days = (at - track.at).total_seconds() / SECONDS_PER_DAY
    if change is not None:
        return _changed(track, after, change, days, helped, rules)
    # One echo of a bad probe proves nothing: the filter must have been there already.
    floor, ceiling = min(level, found.expected), max(level, found.expected)
    # What is hardly believed teaches nothing: the rate would learn from its own expectations.
    if found.honesty <= 0.5 or track.level >= BRIM:
        days = 0.0
    return Step(after, found.honesty > 0.5, floor, ceiling, min(LARGEST_GAIN, level - track.level), days)


def _changed(track: Track, after: Track, story: Story, days: float, helped: bool, rules: Rules) -> Step:
    """Tell a change: an emptying if it fell far enough."""
    if story.at is None or story.since is None or story.before is None:  # what was told lately was not so
        return Step(after, True, after.level, after.level)
    first = max(0.0, story.level - story.pace * (after.at - story.at).total_seconds() / SECONDS_PER_DAY)
    emptied = None
    if story.before - first >= _least_drop(helped, rules):
        emptied = Emptied(story.at, story.before, round(min(100.0, first), 1), story.since)
    # Echoes after the emptying pulled the level down while it was not told yet: the rate takes that back.
    taken_back = max(0.0, story.before - track.level) if first < story.before else 0.0
    return Step(after, True, after.level, after.level, taken_back, days, emptied)


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


def _between(track: Track, guess: Guess, percent: float, level: float, rules: Rules) -> tuple[float, float]:
    """What two witnesses agree the level is above and below."""
    return min(percent, max(guess.level, track.last)), max(percent, level, track.last)


def plain(track: Track) -> bool:
    """Whether single echoes are good enough to see where the bottom is."""
    return track.noise < FIRST_NOISE + 1.0 and track.lies < PLAIN_LIES


def _accept(track: Track, guess: Guess, at: datetime, percent: float, rules: Rules) -> Step:
    noise = track.noise
    lied = track.pending_percent is not None
    if track.pending_percent is not None:  # what waited in vain was noise
        noise = _learned(noise, track.pending_percent - guess.level, guess.variance + noise * noise)
    total = guess.variance + noise * noise
    trust = guess.variance / total
    surprise = percent - guess.level
    level = min(100.0, max(0.0, guess.level + trust * surprise))
    floor, ceiling = _between(track, guess, percent, level, rules)
    days = guess.days if track.level < BRIM else 0.0
    gained = min(LARGEST_GAIN, level - track.level)
    if track.settled:
        noise = _learned(noise, surprise, total)
    lies = _lies(track.lies, lied)
    after = Track(round(level, 4), at, round(trust * noise * noise, 4), noise, True, percent, lies=lies)
    return Step(after, True, floor, ceiling, gained, days)


def _least_drop(witnessed: bool, rules: Rules) -> float:
    return rules.partial_drop_points if witnessed else rules.emptying_drop_points


def _confirmed(track: Track, guess: Guess, percent: float, witnessed: bool, rules: Rules) -> bool:
    """Whether a far level has its second witness: the far level before it, the crane or a person."""
    if percent < track.level and witnessed and track.level - percent >= rules.partial_drop_points:
        return True
    # A probe that lied lately must tell the new story three times.
    return _resembles(track, guess, percent, rules) and track.pending_count >= (
        1 if honest(track, rules) else 2
    )


def honest(track: Track, rules: Rules) -> bool:
    """Whether an echo of this probe may be believed by itself."""
    return track.noise < rules.doubtful_points and track.lies < rules.doubtful_lies


def _resembles(track: Track, guess: Guess, percent: float, rules: Rules) -> bool:
    """Whether a far level and the one that waits tell the same story."""
    pending = track.pending_percent
    if pending is None or (pending > track.level) != (percent > track.level):
        return False
    # Waste rises by itself, so two far levels above prove the lower of them; a fall must be told exactly.
    rising = percent > track.level and honest(track, rules)
    return rising or abs(percent - pending) <= guess.gate


def _move(track: Track, guess: Guess, at: datetime, percent: float, witnessed: bool, rules: Rules) -> Step:
    """Leave the old level for the one two witnesses show."""
    first_at, first = track.pending_at, track.pending_percent
    if first_at is None or first is None or (first > track.level) != (percent > track.level):
        first_at, first = at, percent  # the other witness was no echo
    variance = round(track.noise * track.noise, 4)
    if percent > track.level:
        level = percent if abs(percent - first) <= guess.gate else min(percent, first)
        gained, days = min(LARGEST_GAIN, level - track.level), guess.days
        after = Track(round(level, 4), at, variance, track.noise, True, percent, lies=track.lies)
        return Step(after, True, min(percent, first), max(percent, first), gained, days)
    after = Track(round(percent, 4), at, variance, track.noise, True, percent, lies=track.lies)
    emptied = None
    if track.level - first >= _least_drop(witnessed, rules):
        emptied = Emptied(first_at, round(track.level, 1), round(first, 1), track.at)
    return Step(after, True, min(percent, first), max(percent, first), emptied=emptied)


def _lies(lies: float, lied: bool) -> float:
    return round(lies * (1.0 - LIE_SHARE) + (LIE_SHARE if lied else 0.0), 4)


def _learned(noise: float, surprise: float, total: float) -> float:
    # One surprise counts for two standard deviations at most: one wild echo does not make a noisy probe.
    square = noise * noise + NOISE_SHARE * (min(surprise * surprise, 4.0 * total) - total)
    return round(sqrt(min(MOST_NOISE**2, max(LEAST_NOISE**2, square))), 4)
