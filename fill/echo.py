"""What a probe repeats, misses and cannot see: the counts. `quality` draws the word from them."""

from fill.model import Echo, Quality, Reading, Rules, State
from fill.track import BRIM, SECONDS_PER_DAY

MISSED_SHARE = 0.04  # each reading counts for this in the share of misses: four days at six a day


def repeat(echo: Echo, reading: Reading) -> Echo:
    """Count the same distance to the millimetre."""
    if reading.distance_mm is None:
        return echo
    if reading.distance_mm == echo.same_mm:
        count, since = echo.same_count + 1, echo.same_since
    else:
        count, since = 1, reading.measured_at
    return Echo(echo.bad, echo.good, reading.distance_mm, count, since, echo.blind, echo.missed)


def judged(echo: Echo, credible: bool, seen: Quality) -> Echo:
    """Count one more reading with or without a credible distance; `seen` is the echo's own word."""
    # The counts are compared with small thresholds: capping them keeps documents short and states comparable.
    bad, good = (0, min(99, echo.good + 1)) if credible else (min(99, echo.bad + 1), 0)
    blind = min(99, echo.blind + 1) if seen == "saturated" else 0
    missed = echo.missed * (1.0 - MISSED_SHARE)
    if seen != "ok":
        missed += MISSED_SHARE
    missed = round(missed, 4)
    return Echo(bad, good, echo.same_mm, min(9999, echo.same_count), echo.same_since, blind, missed)


def stuck(echo: Echo, reading: Reading, state: State, rules: Rules) -> bool:
    """Whether the probe repeats itself while the container, at its usual rate, must have filled."""
    if reading.distance_mm is None:
        return state.quality == "stuck"  # a lost echo in between proves nothing
    if echo.same_count < rules.stuck_after or echo.same_since is None:
        return False
    days = (reading.measured_at - echo.same_since).total_seconds() / SECONDS_PER_DAY
    if echo.same_count >= 2 * rules.stuck_after and days >= rules.stuck_days:
        return True
    rate, level = state.rate_percent_per_day, state.fill_percent
    if rate is None or level is None or level >= BRIM:
        return False
    return rate * days >= rules.stuck_growth_points
