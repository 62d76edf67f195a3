"""A distance to a level by one container's calibration. Knows no history: one echo, one answer.

A distance the probe cannot have measured well gives no number, only a quality: inside the dead zone an
ultrasonic or laser probe returns anything ("false 100 %"), and a surface far below the bottom is not a
surface.
"""

from dataclasses import dataclass

from fill.model import DEFAULT, Calibration, Quality, Reading, Rules, Shape


@dataclass(frozen=True, slots=True)
class Level:
    """`percent` is 0..100, or None with a `quality` that says why."""

    percent: float | None
    quality: Quality


IMPLAUSIBLE = Level(None, "implausible")
SATURATED = Level(None, "saturated")


def fill_percent(
    distance_mm: int | None,
    calibration: Calibration,
    echo_error: str | None = None,
    rules: Rules = DEFAULT,
) -> Level:
    """The level one distance means, clamped to 0..100.

    Slightly below empty is a probe hung higher than declared and reads 0; by more than `overreach_points`
    it is implausible. Above full but outside the dead zone is a heap and reads 100.
    """
    if distance_mm is None:
        return SATURATED if echo_error == "blind_zone" else IMPLAUSIBLE
    if distance_mm < calibration.dead_zone_mm:
        return SATURATED
    empty = calibration.empty_distance_mm
    percent = (empty - distance_mm) * 100.0 / (empty - calibration.full_distance_mm)
    if percent < -rules.overreach_points:
        return IMPLAUSIBLE
    if calibration.shape:
        percent = volume_percent(percent, calibration.shape)
    return Level(min(100.0, max(0.0, percent)), "ok")


def volume_percent(height_percent: float, shape: Shape) -> float:
    """The share of the volume below a share of the height, straight between the points of the shape."""
    at, low, volume = height_percent * 10.0, 0, 0
    for height, above in (*shape, (1000, 1000)):
        if at <= height:
            return (volume + (at - low) * (above - volume) / (height - low)) / 10.0
        low, volume = height, above
    return 100.0


def level_of(reading: Reading, calibration: Calibration, rules: Rules = DEFAULT) -> Level:
    """The level one reading means: by its distance, else the one the probe computed itself."""
    if reading.distance_mm is None and reading.echo_error is None and reading.fill_percent is not None:
        return Level(reading.fill_percent, "ok")
    return fill_percent(reading.distance_mm, calibration, reading.echo_error, rules)


def unclipped(reading: Reading, calibration: Calibration) -> float | None:
    """The level one reading shows, below 0 and above 100 as it comes: what trembles does so there too."""
    if reading.distance_mm is None:
        return None if reading.echo_error is not None else reading.fill_percent
    empty = calibration.empty_distance_mm
    percent = (empty - reading.distance_mm) * 100.0 / (empty - calibration.full_distance_mm)
    if calibration.shape and 0.0 < percent < 100.0:
        return volume_percent(percent, calibration.shape)
    return percent


def edge_percent(calibration: Calibration) -> float:
    """The level at which the surface enters the dead zone: a probe can see no higher."""
    empty = calibration.empty_distance_mm
    percent = (empty - calibration.dead_zone_mm) * 100.0 / (empty - calibration.full_distance_mm)
    if calibration.shape:
        percent = volume_percent(percent, calibration.shape)
    return min(100.0, max(0.0, percent))
