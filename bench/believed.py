"""Readings to the levels the platform believes, by the real `fill.fold`: where every forecaster starts.

Also reads series of one's own: a CSV with the columns `time,container,fill`. Lines that cannot be read are
counted, never guessed.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fill.fold import first, fold
from fill.model import Calibration, Emptied, Reading, Refused
from fill.start import TEACHING, start_of

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Belief:
    """A level we believe, or an emptying (`before` is set), or that the probe is lost (`sd` < 0).

    Not `trusted`: no probe measures it now. `passing`: good enough to start a forecast from, not to learn.
    """

    at: datetime
    level: float
    sd: float
    before: float | None = None
    trusted: bool = True
    passing: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """One container's beliefs in order; when they were true and when they were known.

    `odometer`: points gained since the start at each of them.
    """

    beliefs: tuple[Belief, ...]
    instants: tuple[datetime, ...]
    known: tuple[datetime, ...]
    odometer: tuple[float, ...]

    def last(self, at: datetime) -> int | None:
        """The number of the newest level known at `at`."""
        number = bisect_right(self.known, at) - 1
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
    """Fold all readings; keep what was believed after each, as the worker would find it."""
    state, found, known = first(calibration), list[Belief](), list[datetime]()
    for reading in readings:
        state, events = fold(state, reading, calibration)
        found += [
            Belief(event.at, event.after_percent, 2.0, event.before_percent)
            for event in events
            if isinstance(event, Emptied)
        ]
        level = start_of(state, state.quality)
        track = state.memory.track
        if state.quality not in TEACHING and found and found[-1].sd >= 0:
            found.append(Belief(reading.measured_at, found[-1].level, -1.0))
        if level is not None and level.at == reading.measured_at and track is not None:
            waits = track.pending_percent is not None or state.quality not in TEACHING
            found.append(Belief(level.at, level.percent, level.sd, trusted=level.trusted, passing=waits))
        known += [reading.measured_at] * (len(found) - len(known))
    return _history(found, known)


def _history(found: list[Belief], known: list[datetime]) -> History:
    total, odometer, level = 0.0, list[float](), None
    for belief in found:
        if belief.sd >= 0 and not belief.passing:
            seen = belief.level if belief.before is None else belief.before
            if level is not None:
                total += max(0.0, seen - level) if belief.before is not None else seen - level
            level = belief.level
        odometer.append(total)
    return History(tuple(found), tuple(belief.at for belief in found), tuple(known), tuple(odometer))


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
