"""Readings to the levels the platform believes, by the real `fill.fold`: where every forecaster starts.

Also reads series of one's own: a CSV with the columns `time,container,fill`. Lines that cannot be read are
counted, never guessed.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path

from fill.fold import first, fold
from fill.model import Calibration, Emptied, Reading, Refused

TRUSTED = frozenset({"ok", "noisy", "saturated"})
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Belief:
    """A level we believe, or an emptying (`before` is set), or that the probe is lost (`sd` < 0)."""

    at: datetime
    level: float
    sd: float
    before: float | None = None


@dataclass(frozen=True, slots=True)
class History:
    """One container's beliefs in order, and `odometer`: points gained since the start at each of them."""

    beliefs: tuple[Belief, ...]
    instants: tuple[datetime, ...]
    odometer: tuple[float, ...]

    def last(self, at: datetime) -> int | None:
        """The number of the newest level at or before `at`."""
        number = bisect_right(self.instants, at) - 1
        while number >= 0 and self.beliefs[number].sd < 0:
            number -= 1
        return number if number >= 0 else None

    def gained(self, at: datetime) -> float:
        """The odometer at an instant, on a line between the levels around it."""
        after = bisect_right(self.instants, at)
        if after == 0:
            return 0.0
        if after == len(self.instants):
            return self.odometer[-1]
        a, b = self.instants[after - 1], self.instants[after]
        part = (at - a) / (b - a) if b > a else 1.0
        return self.odometer[after - 1] + part * (self.odometer[after] - self.odometer[after - 1])


def believed(readings: Iterable[Reading], calibration: Calibration) -> History:
    """Fold all readings; keep what was believed after each."""
    state, found = first(calibration), list[Belief]()
    for reading in readings:
        state, events = fold(state, reading, calibration)
        for event in events:
            if isinstance(event, Emptied):
                found.append(Belief(event.at, event.after_percent, 2.0, event.before_percent))
        track = state.memory.track
        if state.quality not in TRUSTED:
            if found and found[-1].sd >= 0:
                found.append(Belief(reading.measured_at, found[-1].level, -1.0))
        elif track and track.settled and track.at == reading.measured_at and track.pending_percent is None:
            found.append(Belief(track.at, track.level, sqrt(track.variance)))
    return _history(found)


def _history(found: list[Belief]) -> History:
    found.sort(key=lambda belief: belief.at)
    total, odometer, level = 0.0, list[float](), None
    for belief in found:
        if belief.sd >= 0:
            seen = belief.level if belief.before is None else belief.before
            if level is not None:
                total += max(0.0, seen - level) if belief.before is not None else seen - level
            level = belief.level
        odometer.append(total)
    return History(tuple(found), tuple(belief.at for belief in found), tuple(odometer))


def read_csv(path: Path) -> tuple[dict[str, list[Reading]], int]:
    """Readings by container, in order, without repeats; and how many lines could not be read."""
    found: dict[str, dict[datetime, Reading]] = {}
    refused = 0
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            try:
                at = datetime.fromisoformat(row["time"])
                at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
                percent = float(row["fill"])
                reading = Reading(
                    measured_at=at, fill_percent=min(100.0, percent) if percent < 110 else percent
                )
            except (KeyError, TypeError, ValueError, Refused, OverflowError):
                refused += 1
                continue
            found.setdefault(row["container"], {}).setdefault(at, reading)
    return {name: [by[at] for at in sorted(by)] for name, by in sorted(found.items())}, refused
