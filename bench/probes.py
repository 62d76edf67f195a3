"""Which probes misbehave, and how soon we know: detection and false alarms by failure mode; cost of a reading.

The columns, their probes and four of the faults are firmware-sim's (`probe`, `waste_model`, `equipment`);
three more are laid over its messages here. The rules were tuned on seeds from 1000 on and frozen; this
measures seeds from 1 on. Every column is lifted by its calendar or when it is full. A false alarm is a day on
which a healthy probe is called a word that stands for a fault, or a bad one before its fault. The peer calls
a reading by itself: a fixed range, and three standard deviations of the last twenty.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import mean, median, pstdev
from time import process_time

import equipment as sim_equipment
import probe as sim_probe
import waste_model
from wire import Message

from bench.result import Result
from fill.fold import first, fold, tick
from fill.model import Calibration, Emptied, Reading, State

TITLE = "Misbehaving probes: how many are found, how soon, and how many healthy ones are blamed?"
SEED = 1

START = datetime(2026, 3, 2, tzinfo=UTC)
LEARNING_DAYS = 30  # before the fault begins, for those that begin; nothing is counted during the first ten
WARM_DAYS = 10
EMPTY_MM, FULL_MM, DEAD_MM, VOLUME_L = 1800, 300, 250, 3000
INTERVAL_S = 14_400
DRIFT_PER_DAY = 0.25  # points a day that a probe slides down its bracket
LIES = 0.3

# The mode, and the words that find it. A word beside these is no false alarm on a probe that has the fault.
MODES: dict[str, frozenset[str]] = {
    "healthy": frozenset(),
    "noisy": frozenset({"noisy", "implausible"}),
    "lying": frozenset({"noisy", "implausible"}),
    "stuck": frozenset({"stuck"}),
    "silent": frozenset({"silent"}),
    "blind_zone": frozenset({"saturated", "implausible", "noisy"}),
    "no_echo": frozenset({"implausible"}),
    "drifting": frozenset({"drifting"}),
}
_SIMULATED = {"noisy", "stuck", "silent", "blind_zone"}


@dataclass(slots=True)
class Life:
    """What one probe's life came to."""

    found_after_days: float | None = None
    probe_days: int = 0
    blamed_days: set[int] = field(default_factory=set)
    errors: list[float] = field(default_factory=list)
    raw_errors: list[float] = field(default_factory=list)
    lifts: int = 0
    lifts_found: int = 0
    lifts_in_time: int = 0
    false_emptyings: int = 0
    peer_found_after_days: float | None = None
    peer_blamed_days: set[int] = field(default_factory=set)


def run(columns: int = 24, days: int = 120, seed: int = SEED) -> Result:
    """`columns` of each mode for `days`; a summary over all, and the cost of `fold`."""
    rows = []
    summary: dict[str, object] = {"columns_per_mode": columns, "days": days}
    for mode in MODES:
        lives = [_lived(mode, seed * 10_000 + number, days) for number in range(columns)]
        rows.append(_row(mode, lives))
    healthy = rows[0]
    summary["false_alarms_per_1000_probe_days"] = healthy["false_per_1000_days"]
    summary["found_share"] = {str(row["mode"]): row["found_share"] for row in rows[1:]}
    summary["fold_us"] = _cost(seed)
    return Result(rows=rows, summary=summary)


def _row(mode: str, lives: list[Life]) -> dict[str, object]:
    found = [life.found_after_days for life in lives if life.found_after_days is not None]
    peer = [one for one in (life.peer_found_after_days for life in lives) if one is not None]
    faulty = mode != "healthy"
    sound_days = sum(life.probe_days for life in lives)
    errors = [error for life in lives for error in life.errors]
    raw = [error for life in lives for error in life.raw_errors]
    lifts = sum(life.lifts for life in lives)
    return {
        "mode": mode,
        "probes": len(lives),
        "found_share": round(len(found) / len(lives), 3) if faulty else None,
        "median_days": round(median(found), 1) if found else None,
        "false_per_1000_days": round(1000 * sum(len(life.blamed_days) for life in lives) / sound_days, 2),
        "peer_found": round(len(peer) / len(lives), 3) if faulty else None,
        "peer_false": round(1000 * sum(len(life.peer_blamed_days) for life in lives) / sound_days, 2),
        "error": round(mean(errors), 2) if errors else None,
        "within_5": round(mean(error <= 5 for error in errors), 3) if errors else None,
        "raw_within_5": round(mean(error <= 5 for error in raw), 3) if raw else None,
        "emptyings": lifts,
        "shown": round(sum(life.lifts_found for life in lives) / lifts, 3) if lifts else None,
        "in_1_report": round(sum(life.lifts_in_time for life in lives) / lifts, 3) if lifts else None,
        "invented": sum(life.false_emptyings for life in lives),
    }


def _lived(mode: str, seed: int, days: int) -> Life:
    """Live one column with one probe."""
    begins = START + timedelta(days=LEARNING_DAYS if mode in ("stuck", "silent", "no_echo", "drifting") else 0)
    life, state = Life(), first(_CALIBRATION)
    peer = _Peer()
    lifts: list[int] = []
    told: set[int] = set()
    for report, (at, truth, message, lifted) in enumerate(_reports(mode, seed, days, begins)):
        if lifted:
            lifts.append(report)
        day = (at - START).days
        sick = mode != "healthy" and at >= begins
        state, events = _heard(state, at, message)
        words = {state.quality}
        wrong = peer.judged(message)
        if day >= WARM_DAYS:
            _count(life, mode, day, sick, words, wrong, (at - begins) / timedelta(days=1))
            if state.fill_percent is not None and report not in lifts:
                life.errors.append(abs(_now(state, at) - truth))
                if message is not None and message.distance_mm is not None:
                    life.raw_errors.append(abs(_raw(message.distance_mm) - truth))
        for event in events:
            if isinstance(event, Emptied):
                near = [one for one in lifts if one not in told and 0 <= report - one <= 6]
                life.false_emptyings += not near
                if near:
                    told.add(near[0])
                    life.lifts_found += 1
                    life.lifts_in_time += report - near[0] <= 1
    life.lifts = len(lifts)
    return life


def _count(
    life: Life, mode: str, day: int, sick: bool, words: set[str], wrong: bool, age_days: float
) -> None:
    found = words & MODES[mode]
    if sick:
        if found and life.found_after_days is None:
            life.found_after_days = max(0.0, age_days)
        if wrong and life.peer_found_after_days is None:
            life.peer_found_after_days = max(0.0, age_days)
        return
    life.probe_days += 1 if day not in life.blamed_days | {-1} and _new_day(life, day) else 0
    if words - {"ok"} and not (words == {"saturated"}):
        life.blamed_days.add(day)
    if wrong:
        life.peer_blamed_days.add(day)
