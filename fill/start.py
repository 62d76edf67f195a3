"""Where a forecast starts: the level a state believes, and whether a probe measures it now.

A fall to the bottom that an honest probe has shown once is most likely an emptying: pages wait for the second
witness, a forecast does not, as it asks what is likely and not what is sure. Knows nothing of the future.
"""

from math import sqrt

from fill.model import DEFAULT, Rules, State
from fill.outlook import Level
from fill.track import honest

TRUSTED = frozenset({"ok", "noisy", "saturated"})
"""Qualities whose level is measured now; with any other it is corrected, or the last credible one."""
TEACHING = TRUSTED | {"drifting"}
"""Qualities whose levels teach habits: a probe that slides a little a day still shows what a day brings."""
FALLEN_SD = 6.0
"""Points, of a level that one echo alone shows after a fall."""
BOTTOM_PERCENT = 25.0
"""A fall that ends above this was no ordinary emptying, and waits for its witness."""


def start_of(state: State, quality: str, rules: Rules = DEFAULT) -> Level | None:
    """The level to start from, None before two readings have agreed."""
    track = state.memory.track
    if track is None or not track.settled:
        return None
    low, at = track.pending_percent, track.pending_at
    if low is not None and at is not None and track.pending_count == 1 and honest(track, rules):
        fell = low <= BOTTOM_PERCENT and track.level - low >= rules.emptying_drop_points
        if fell:
            return Level(low, FALLEN_SD, at, trusted=quality in TRUSTED)
    return Level(track.level, sqrt(track.variance), track.at, trusted=quality in TRUSTED)
