"""When the meals will be there: the planned arrival, moved by how late the van's last told door was. Pure.

A guess is a bracket, wider the more doors lie between and the longer the van has said nothing. What a door
took longer than planned is a measurement; how far a guess may err is an assumption, named here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

AT_LEAST = timedelta(minutes=10)
"""Half of the narrowest bracket: a van two doors away still meets a gate, a dog, somebody who talks."""
AT_MOST = timedelta(minutes=60)
"""Half of the widest one; beyond it a bracket says nothing."""
BEFORE_LEAVING = timedelta(minutes=15)
"""Half the bracket of a round that has not begun."""
EACH_DOOR = timedelta(seconds=60)
OF_THE_WAY = 0.10
SILENT_AFTER = timedelta(minutes=30)
"""The next door should have been told so long ago: nothing is known of the van."""
STEP = timedelta(minutes=5)
"""Times are said to five minutes: nobody is promised 11 h 43."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One door of the round: when it was planned, and when the driver said what became of it."""

    position: int
    arrival: datetime
    departure: datetime
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Around `at`, surely enough between `earliest` and `latest`; `doors_before` are still to be served.

    `late`: how far behind its plan the van is (below zero: ahead); None before it told its first door.
    `silent_since`: when it was last heard, if that is too long ago; the planned start if never.
    """

    at: datetime
    earliest: datetime
    latest: datetime
    doors_before: int
    late: timedelta | None = None
    silent_since: datetime | None = None
    passed_by: bool = False


def expected(stops: Sequence[Stop], position: int, now: datetime) -> Expected:
    """When the van reaches the door at `position`, which was not told yet. Raises ValueError without it."""
    mine = next((one for one in stops if one.position == position), None)
    if mine is None:
        raise ValueError(f"no door at position {position}")
    told = sorted(
        (one for one in stops if one.told_at is not None), key=lambda one: (one.told_at, one.position)
    )
    waiting = sorted((one for one in stops if one.told_at is None), key=lambda one: one.position)
    before = sum(one.position < position for one in waiting)
    if not told:
        return _before_leaving(mine, waiting[0], before, now)
    last = told[-1]
    assert last.told_at is not None  # noqa: S101 - it is one of those that were told
    late = last.told_at - last.departure
    passed_by = last.position > position
    # A door that was jumped is served when the driver comes back: nobody knows when, at the earliest now.
    at = max(mine.arrival + late, now)
    half = AT_LEAST + before * EACH_DOOR + OF_THE_WAY * max(at - last.told_at, timedelta())
    due = (waiting[0].arrival + late) if waiting else now
    silence = now - due
    silent = silence > SILENT_AFTER
    half = AT_MOST if passed_by else half + (silence / 2 if silent else timedelta())
    return _bracket(
        at,
        min(half, AT_MOST),
        now,
        before,
        late=late,
        silent_since=last.told_at if silent else None,
        passed_by=passed_by,
    )


def _before_leaving(mine: Stop, first: Stop, before: int, now: datetime) -> Expected:
    # The van is not known to have left: every minute past the first planned arrival is a minute late.
    behind = max(now - first.arrival, timedelta())
    half = max(BEFORE_LEAVING, AT_LEAST + before * EACH_DOOR) + behind / 2
    silent = first.arrival if behind > SILENT_AFTER else None
    return _bracket(max(mine.arrival + behind, now), min(half, AT_MOST), now, before, silent_since=silent)


def _bracket(
    at: datetime,
    half: timedelta,
    now: datetime,
    before: int,
    *,
    late: timedelta | None = None,
    silent_since: datetime | None = None,
    passed_by: bool = False,
) -> Expected:
    earliest = max(_step(at - half, up=False), _step(now, up=False))
    return Expected(
        at=max(_nearest(at), earliest),
        earliest=earliest,
        latest=max(_step(at + half, up=True), earliest + STEP),
        doors_before=before,
        late=late,
        silent_since=silent_since,
        passed_by=passed_by,
    )


_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)


def _step(at: datetime, *, up: bool) -> datetime:
    over = (at - _ORIGIN) % STEP
    return at if not over else at - over + (STEP if up else timedelta())


def _nearest(at: datetime) -> datetime:
    return _step(at + STEP / 2, up=False)
