"""What a practitioner would make of a probe's raw readings before forecasting: the peers' own cleaning.

One value an hour (the mean of its readings), clipped to 0..100; an echo from the dead zone reads 100, one
without a distance is left out. A fall of 20 points or more is an emptying, everything else is what was
brought or noise, which cancels out. Between two readings the line is straight. The last reading is where a
forecast starts. (A running median of three was tried on a training seed: it costs the peers a fifth, as it
lags, so they are spared it.) Knows nothing of `fill`'s filter; the answer has the shape of its history, so
that the same forecasters take both.

With `outliers` the readings pass a Hampel filter first, as anyone would put there: of the last five, one
that is more than three scaled median deviations from their median is replaced by it (Pearson and others,
"Generalized Hampel filters", 2016: the usual three, and 1.4826).
"""

from collections.abc import Iterable
from datetime import datetime
from statistics import fmean, median

from bench.believed import Belief, History
from fill.model import Calibration, Reading

FALL_POINTS = 20.0
"""A larger fall is an emptying: above the tremor of any probe that can be used at all."""
WINDOW, SIGMAS, TO_SIGMA = 5, 3.0, 1.4826
LEAST_SCALE = 1.0
"""Points: five even readings have no deviation, and a textbook filter would then stop the level."""


def raw_percent(reading: Reading, calibration: Calibration) -> float | None:
    """The level one reading shows, 0 to 100; None where it shows none."""
    if reading.fill_percent is not None:
        percent = reading.fill_percent
    elif reading.distance_mm is not None:
        room = calibration.empty_distance_mm - calibration.full_distance_mm
        percent = (calibration.empty_distance_mm - reading.distance_mm) * 100.0 / room
    elif reading.echo_error == "blind_zone":
        percent = 100.0
    else:
        return None
    return min(100.0, max(0.0, percent))


def cleaned(readings: Iterable[Reading], calibration: Calibration, *, outliers: bool = False) -> History:
    """The raw series of one container; each value knows only the readings up to its instant."""
    shown = _shown(readings, calibration)
    hours = _by_hour(_hampel(shown) if outliers else shown)
    total, odometer = 0.0, list[float]()
    for n, (_, level) in enumerate(hours):
        moved = level - hours[n - 1][1] if n else 0.0
        total += 0.0 if moved <= -FALL_POINTS else moved
        odometer.append(total)
    instants = tuple(at for at, _ in hours)
    return History(tuple(Belief(at, level, 0.0) for at, level in hours), instants, instants, tuple(odometer))


def _shown(readings: Iterable[Reading], calibration: Calibration) -> list[tuple[datetime, float]]:
    pairs = ((reading.measured_at, raw_percent(reading, calibration)) for reading in readings)
    return [(at, percent) for at, percent in pairs if percent is not None]


def _hampel(shown: list[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    found = []
    for n, (at, percent) in enumerate(shown):
        window = [each for _, each in shown[max(0, n + 1 - WINDOW) : n + 1]]
        middle = median(window)
        scale = max(LEAST_SCALE, TO_SIGMA * median(abs(each - middle) for each in window))
        found.append((at, middle if abs(percent - middle) > SIGMAS * scale else percent))
    return found


def _by_hour(shown: Iterable[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    found: list[tuple[datetime, list[float]]] = []
    for at, percent in shown:
        if found and found[-1][0].replace(minute=0, second=0, microsecond=0) == at.replace(
            minute=0, second=0, microsecond=0
        ):
            found[-1] = (at, [*found[-1][1], percent])
        else:
            found.append((at, [percent]))
    return [(at, fmean(percents)) for at, percents in found]
