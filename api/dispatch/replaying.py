"""One container's past to what it teaches: its stored readings through `fill.fold`, then into `fill.learn`.

For a container met for the first time, and for one whose past was corrected. Knows rows, decides nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import sqrt

from psycopg import Connection
from psycopg.rows import DictRow

from fill.calibration import calibration_of
from fill.fold import fold, restart
from fill.habit import Learned, begin
from fill.learn import Lesson, emptied, lost, observe
from fill.model import Calibration, Emptied, Reading, State
from fill.prior import Prior
from fill.season import Rain
from fill.start import TEACHING
from store.queries import named_queries

PAST = timedelta(days=400)
"""A year and a month: every season once."""
EMPTIED_SD = 2.0  # points, of the first level after an emptying

SQL = named_queries("api.dispatch", "forecasting.sql")


def replay(
    connection: Connection[DictRow], container_id: int, prior: Prior, now: datetime, rain: Rain
) -> tuple[Learned, list[Lesson]]:
    """Learn from the container's readings of the last `PAST`, as if a pass had been made after each."""
    period = {"container": container_id, "since": now - PAST, "now": now}
    read_as = _calibrations(connection, period)
    learned, lessons, state = begin(prior), list[Lesson](), State()
    last: tuple[int, Calibration] | None = None
    for reading in connection.execute(SQL["readings_to_replay"], period):
        calibration = read_as(reading["measured_at"])
        here = reading["device_id"], calibration
        if last is not None and last != here:
            state, learned = restart(state), lost(learned)
        last = here
        state, events = fold(state, _reading(reading), calibration)
        for event in events:
            if isinstance(event, Emptied):
                before, after = event.before_percent, event.after_percent
                learned = emptied(learned, prior, event.at, before, after, EMPTIED_SD, rain)
        learned, lesson = taught(learned, prior, state, state.quality, rain)
        lessons.append(lesson)
    return learned, lessons


def _calibrations(
    connection: Connection[DictRow], period: dict[str, object]
) -> Callable[[datetime], Calibration]:
    """How the container's distances were read at an instant: what is dated before what was declared."""
    row = connection.execute(SQL["declared_to_replay"], period).fetchone()
    assert row is not None  # noqa: S101 - the caller has just met the container
    declared = calibration_of(row)
    dated = [
        (one.pop("during"), calibration_of({**row, **one}))
        for one in connection.execute(SQL["calibrations_to_replay"], period).fetchall()
    ]
    return lambda at: next((calibration for during, calibration in dated if at in during), declared)


def taught(learned: Learned, prior: Prior, state: State, quality: str, rain: Rain) -> tuple[Learned, Lesson]:
    """Take the level that is believed; a probe that is not trusted teaches nothing until it is again."""
    track = state.memory.track
    if quality not in TEACHING:
        return lost(learned), Lesson()
    if track is None or not track.settled or track.pending_percent is not None:
        return learned, Lesson()
    return observe(learned, prior, track.at, track.level, sqrt(track.variance), rain)


def _reading(row: DictRow) -> Reading:
    error = None
    if row["distance_mm"] is None and row["quality"] != "ok":
        error = "blind_zone" if row["quality"] == "saturated" else "no_echo"
    return Reading(
        measured_at=row["measured_at"],
        distance_mm=row["distance_mm"],
        tilt_deg=row["tilt_deg"],
        echo_error=error,
        fill_percent=row["fill_percent"],
    )
