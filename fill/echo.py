"""What a probe repeats, misses and cannot see: the counts. `quality` draws the word from them."""

from datetime import datetime

from fill.model import Echo, Quality, Reading, Rules, State
from fill.track import BRIM, SECONDS_PER_DAY

MISSED_SHARE = 0.04  # each reading counts for this in the share of misses: four days at six a day


Same = tuple[int | None, int, datetime | None]  # a distance, how often in a row, since when


def repeat(echo: Echo, reading: Reading) -> Same:
    """Count the same distance to the millimetre."""
    if reading.distance_mm is None:
        return echo.same_mm, echo.same_count, echo.same_since
    if reading.distance_mm == echo.same_mm:
        return echo.same_mm, min(9999, echo.same_count + 1), echo.same_since
    return reading.distance_mm, 1, reading.measured_at


def judged(echo: Echo, same: Same, credible: bool, seen: Quality) -> Echo:
    """Count one more reading with or without a credible distance; `seen` is the echo's own word."""
    # The counts are compared with small thresholds: capping them keeps documents short and states comparable.
    if credible and seen == "ok":
        good, missed = echo.good + 1, echo.missed
        if missed:
            missed = round(missed * (1.0 - MISSED_SHARE), 4)
        return Echo(0, good if good < 99 else 99, *same, 0, missed)
    bad, good = (0, min(99, echo.good + 1)) if credible else (min(99, echo.bad + 1), 0)
    blind = min(99, echo.blind + 1) if seen == "saturated" else 0
    missed = echo.missed * (1.0 - MISSED_SHARE) + (0.0 if seen == "ok" else MISSED_SHARE)
    return Echo(bad, good, *same, blind, round(missed, 4))


def unjudged(echo: Echo, same: Same) -> Echo:
    """Count nothing: the container lay or hung on the crane."""
    return Echo(echo.bad, echo.good, *same, echo.blind, echo.missed)


def stuck(same: Same, reading: Reading, state: State, rules: Rules) -> bool:
    """Whether the probe repeats itself while the container, at its usual rate, must have filled."""
    if reading.distance_mm is None:
        return state.quality == "stuck"  # a lost echo in between proves nothing
    _, count, since = same
    if count < rules.stuck_after or since is None:
        return False
    if state.quality == "stuck":  # still the same millimetre, wherever the estimate has come to
        return True
    days = (reading.measured_at - since).total_seconds() / SECONDS_PER_DAY
    if count >= 2 * rules.stuck_after and days >= rules.stuck_days:
        return True
    rate, level = state.rate_percent_per_day, state.fill_percent
    if rate is None or level is None or level >= BRIM:
        return False
    return rate * days >= rules.stuck_growth_points
