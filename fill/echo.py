"""How a probe behaves: stuck, blind, noisy or fine. Knows the evidence, not what to do about it."""

from fill.model import Echo, Quality, Reading, Rules, State, Track
from fill.track import BRIM, SECONDS_PER_DAY, noisy


def repeat(echo: Echo, reading: Reading) -> Echo:
    """Count the same distance to the millimetre."""
    if reading.distance_mm is None:
        return echo
    if reading.distance_mm == echo.same_mm:
        return Echo(echo.bad, echo.good, echo.same_mm, echo.same_count + 1, echo.same_since)
    return Echo(echo.bad, echo.good, reading.distance_mm, 1, reading.measured_at)


def judged(echo: Echo, credible: bool) -> Echo:
    """Count one more reading with or without a credible distance."""
    # The counts are compared with small thresholds: capping them keeps documents short and states comparable.
    bad, good = (0, min(99, echo.good + 1)) if credible else (min(99, echo.bad + 1), 0)
    return Echo(bad, good, echo.same_mm, min(9999, echo.same_count), echo.same_since)


def stuck(echo: Echo, reading: Reading, state: State, rules: Rules) -> bool:
    """Whether the probe repeats itself while the container, at its usual rate, must have filled."""
    if echo.same_count < rules.stuck_after or echo.same_since is None or reading.distance_mm is None:
        return False
    days = (reading.measured_at - echo.same_since).total_seconds() / SECONDS_PER_DAY
    if echo.same_count >= 2 * rules.stuck_after and days >= rules.stuck_days:
        return True
    rate, level = state.rate_percent_per_day, state.fill_percent
    if rate is None or level is None or level >= BRIM:
        return False
    return rate * days >= rules.stuck_growth_points


def quality(seen: Quality, is_stuck: bool, echo: Echo, track: Track | None, rules: Rules) -> Quality:
    """One word for the probe: what the reading itself says, else what its history says."""
    if seen != "ok":
        return seen
    if is_stuck:
        return "stuck"
    if echo.bad >= rules.implausible_after:
        return "implausible"
    return "noisy" if track is not None and noisy(track, rules) else "ok"
