"""One container's coming days for its page: from what the hourly pass learned and the level of this instant.

Where nothing was learned yet, `fill.forecast` goes on at the rate of the last readings. Asks `fill`; draws
nothing.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import DictRow

from api.dispatch.forecasting import level_of
from fill.calibration import calibration_of
from fill.document import state_from_document
from fill.forecast import forecast
from fill.habit import begin
from fill.model import Refused, State
from fill.notebook import learned_from_document, pool_from_document
from fill.outlook import Level, outlook, shown
from fill.prior import prior_of
from fill.season import NO_RAIN, Rain

MOST_POINTS = 168

_log = logging.getLogger(__name__)

Point = tuple[datetime, float, float, float]


@dataclass(frozen=True, slots=True)
class Fan:
    """`points` are (instant, low, expected, high) in percent; 8 in 10 levels are between low and high.

    `full_at` with `full_early` and `full_late` say when 100 % is reached; `reason` why there are no points:
    `no_level`, `no_rate`, `no_memory`. `estimated`: the level it starts from is itself a guess.
    """

    points: tuple[Point, ...] = ()
    full_at: datetime | None = None
    full_early: datetime | None = None
    full_late: datetime | None = None
    reason: str | None = None
    estimated: bool = False


def fan(row: DictRow, now: datetime, horizon: timedelta, rain: Rain = NO_RAIN) -> Fan:
    """The fan of a container as the query `calibration` returns it."""
    try:
        state = state_from_document(row["memory"])
        if row["pool"] is None:
            return _by_rate(row, state, now, horizon)
        level = level_of(state, row["quality"] or "silent", row["emptied_at"], now)
        if level is None:
            return Fan(reason="no_level")
        found = _by_habit(row, level, now, horizon, rain)
    except Refused as refused:
        if row["memory"] is not None:
            _log.error("container %s: no forecast, its memory is refused: %s", row["id"], refused)
        return Fan(reason="no_memory")
    full_since = state.memory.full_since
    if full_since is not None and not found.estimated:
        return Fan(found.points, full_since, full_since, full_since)
    return found


def _by_habit(row: DictRow, level: Level, now: datetime, horizon: timedelta, rain: Rain) -> Fan:
    prior = prior_of(pool_from_document(row["pool"]), row["insee"], row["volume_l"])
    learned = begin(prior) if row["learned"] is None else learned_from_document(row["learned"])
    step = max(timedelta(hours=1), horizon / MOST_POINTS)
    instants = [now + n * step for n in range(int(horizon / step) + 1)]
    found = outlook(learned, prior, level, instants, rain)
    points = tuple((one.at, shown(one.q10), shown(one.q50), shown(one.q90)) for one in found.steps)
    return Fan(points, found.full_at, found.full_early, found.full_late, None, found.estimated)


def _by_rate(row: DictRow, state: State, now: datetime, horizon: timedelta) -> Fan:
    found = forecast(state, calibration_of(row), now, int(horizon.total_seconds()))
    return Fan(found.points, found.full_at, found.full_early, found.full_late, found.reason)
