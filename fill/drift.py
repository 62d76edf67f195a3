"""Where the probe sees the bottom after each emptying: if that moves, the probe drifts, or the floor rises.

A probe that slides on its bracket, or waste that stays stuck to the bottom, shows only there: between two
emptyings a drift looks like filling. Knows distances and emptyings, nothing of alerts.
"""

from fill.model import Base, Calibration, Emptied, Reading, Rules

LOOKED_AT = (
    3  # readings after an emptying: the lowest is the bottom, as what is thrown in next only raises it
)
FIRST = 2  # emptyings whose mean is where the bottom was at first
RECENT_SHARE = 0.5  # each later emptying counts for half in where it is lately
MOST_STEP = 8.0  # points one emptying may count for: one that left something is no drift, two in a row may be
WHOLE_PERCENT = 25.0  # an emptying that leaves more than this was not one of the whole container


def noted(base: Base, reading: Reading, emptied: Emptied | None, calibration: Calibration) -> Base:
    """Take a credible reading, and the emptying it tells, if any."""
    if emptied is not None and emptied.after_percent < WHOLE_PERCENT:
        base = Base(base.first, base.recent, base.emptyings, None, LOOKED_AT)
    if not base.left or reading.distance_mm is None:
        return base
    empty = calibration.empty_distance_mm
    shown = (empty - reading.distance_mm) * 100.0 / (empty - calibration.full_distance_mm)
    low = round(shown if base.low is None else min(base.low, shown), 2)
    if base.left > 1:
        return Base(base.first, base.recent, base.emptyings, low, base.left - 1)
    count = base.emptyings + 1
    if count <= FIRST:
        first = base.first + (low - base.first) / count
        return Base(round(first, 2), round(first, 2), count)
    moved = min(MOST_STEP, max(-MOST_STEP, low - base.recent))
    return Base(base.first, round(base.recent + RECENT_SHARE * moved, 2), min(999, count))


def drift(base: Base, rules: Rules) -> float:
    """How far the bottom has moved, in points, above 0 upwards; 0 within the ordinary."""
    moved = base.recent - base.first
    return moved if base.emptyings > FIRST and abs(moved) >= rules.drift_points else 0.0
