"""The hourly pass: learn how every container fills, share it by stream and commune, foresee the coming days.

Reads what ingest believes (`container_state`) and the emptyings that count; what was learned is kept beside
it and can be lost without harm: a container without it is learned again from its stored readings. One pass at
a time, one transaction a stream, outside ingest's own: a slow pass delays no reading. Sums belong to `fill`.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.dispatch.replaying import EMPTIED_SD, SQL, replay, taught
from api.dispatch.weather import Weather, rain_by_commune
from fill.document import state_from_document
from fill.habit import Learned, begin
from fill.learn import Lesson, emptied, lost
from fill.many import Member, outlooks
from fill.model import Refused, State
from fill.notebook import learned_from_document, learned_to_document, pool_from_document, pool_to_document
from fill.outlook import Level, Outlook
from fill.prior import Pool, Prior, prior_of
from fill.season import Rain, ends_of_days
from fill.share import absorb, share
from fill.start import start_of

DAYS = 14
EMPTY_PERCENT, EMPTY_SD = 3.0, 5.0
"""What is in a container that a driver emptied and no probe has seen since."""
SAME_EMPTYING = timedelta(hours=12)
"""Two words about an emptying this close are about one."""
REPLAYED_A_PASS = 400
"""Containers learned from their whole past in one pass; the others start from their stream meanwhile."""
OLDEST = timedelta(days=60)
"""A level older than this says nothing of today."""
_LOCK = 0x666F7265  # "fore"
_SAVED_AT_ONCE = 1000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Emptying:
    """An emptying that counts, whoever said so; levels where they are known."""

    at: datetime
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Container:
    """One container in the pass. `known`: its past was looked at; `kept`: what the database has."""

    id: int
    commune: str
    volume_l: int
    learned: Learned
    level: Level | None
    known: bool
    kept: Learned | None


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass did: containers whose habits are known, and containers foreseen."""

    known: int
    foreseen: int


def learn_and_foresee(connection: Connection[DictRow], now: datetime) -> Pass | None:
    """Do one pass over every stream; None when another process is at it. Commits after each stream."""
    known = foreseen = 0
    streams = connection.execute(SQL["streams_to_learn"]).fetchall()
    weather = rain_by_commune(connection, now)
    replays = REPLAYED_A_PASS
    for row in streams:
        lock = connection.execute(SQL["one_pass_at_a_time"], {"lock": _LOCK}).fetchone()
        if lock is None or not lock["mine"]:
            connection.rollback()
            return None
        pool = _pool(row)
        containers, lessons, replays = _learn(connection, row["code"], pool, now, weather, replays)
        pool = absorb(pool, lessons)
        if row["learned_at"] is None or row["learned_at"].date() < now.date():
            pool, containers = _share(pool, containers)
        _save_habits(connection, row["code"], pool, containers, now)
        foreseen += _foresee(connection, row["code"], pool, containers, now, weather)
        known += sum(one.known for one in containers)
        connection.commit()
    _log.info("forecasts: %d containers known, %d foreseen", known, foreseen)
    return Pass(known, foreseen)


def level_of(state: State, quality: str, last_emptied: datetime | None, now: datetime) -> Level | None:
    """What to start a forecast from: the believed level, or an empty container where a truck came since."""
    found = start_of(state, quality)
    seen = None if found is None else found.at
    if last_emptied is not None and (seen is None or last_emptied > seen) and now - last_emptied < OLDEST:
        return Level(EMPTY_PERCENT, EMPTY_SD, last_emptied, trusted=False)
    if found is None or now - found.at > OLDEST:
        return None
    return replace(found, at=min(found.at, now))


def merged(emptyings: Sequence[Emptying]) -> list[Emptying]:
    """One emptying for all that was said of it within half a day: the first instant, the levels known."""
    found: list[Emptying] = []
    for each in emptyings:
        if found and each.at - found[-1].at < SAME_EMPTYING:
            first = found[-1]
            before = each.before if first.before is None else first.before
            after = each.after if first.after is None else first.after
            found[-1] = Emptying(first.at, before, after)
        else:
            found.append(each)
    return found


def update(
    learned: Learned,
    prior: Prior,
    state: State,
    quality: str,
    emptyings: Sequence[Emptying],
    rain: Rain,
) -> tuple[Learned, Lesson]:
    """Learn from the emptyings since the last level, then from the level believed now."""
    track = state.memory.track
    for each in emptyings:
        if learned.seen_at is not None and each.at <= learned.seen_at:
            continue
        if track is None or each.at > track.at:
            break  # the probe has not seen it yet
        if each.after is None:  # nobody measured it: what comes next is a new beginning
            learned = lost(learned)
        else:
            learned = emptied(learned, prior, each.at, each.before, each.after, EMPTIED_SD, rain)
    return taught(learned, prior, state, quality, rain)


def _pool(row: DictRow) -> Pool:
    try:
        return pool_from_document(row["pool"]) if row["pool"] is not None else Pool()
    except Refused as refused:
        _log.error("stream %s: what was learned is refused (%s), it begins again", row["code"], refused)
        return Pool()


def _learn(
    connection: Connection[DictRow], stream: str, pool: Pool, now: datetime, weather: Weather, replays: int
) -> tuple[list[Container], list[Lesson], int]:
    """Every container of the stream with what it has learned by now, what it tells, and replays left."""
    by_container: dict[int, list[Emptying]] = defaultdict(list)
    for row in connection.execute(
        SQL["emptyings_to_learn"], {"stream": stream, "since": now - OLDEST, "now": now}
    ):
        said = Emptying(row["emptied_at"], row["before_percent"], row["after_percent"])
        by_container[row["container_id"]].append(said)
    containers, lessons = list[Container](), list[Lesson]()
    for row in connection.execute(SQL["containers_to_learn"], {"stream": stream, "now": now}).fetchall():
        prior, rain = prior_of(pool, row["insee"], row["volume_l"]), weather.at(row["insee"])
        state, emptyings = _state(row), merged(by_container[row["id"]])
        learned, known = _habits(row), True
        kept = learned
        if learned is not None:
            learned, lesson = update(learned, prior, state, row["quality"] or "silent", emptyings, rain)
            lessons.append(lesson)
        elif replays > 0 and row["memory"] is not None:
            replays -= 1
            learned, told = replay(connection, row["id"], prior, now, rain)
            lessons.extend(told)
        else:
            learned, known = begin(prior), False
        last = emptyings[-1].at if emptyings else None
        level = level_of(state, row["quality"] or "silent", last, now)
        containers.append(Container(row["id"], row["insee"], row["volume_l"], learned, level, known, kept))
    return containers, lessons, replays


def _state(row: DictRow) -> State:
    if row["memory"] is None:
        return State()
    try:
        return state_from_document(row["memory"])
    except Refused as refused:
        _log.error("container %s: its memory cannot be read (%s), no forecast", row["id"], refused)
        return State()


def _habits(row: DictRow) -> Learned | None:
    try:
        return learned_from_document(row["learned"]) if row["learned"] is not None else None
    except Refused as refused:
        _log.error("container %s: what was learned is refused (%s), learned again", row["id"], refused)
        return None


def _share(pool: Pool, containers: list[Container]) -> tuple[Pool, list[Container]]:
    members = {one.id: (one.commune, one.learned) for one in containers if one.known}
    pool, settled = share(pool, members)
    return pool, [replace(one, learned=settled.get(one.id, one.learned)) for one in containers]


def _save_habits(
    connection: Connection[DictRow], stream: str, pool: Pool, containers: list[Container], now: datetime
) -> None:
    document = Jsonb(pool_to_document(pool))
    connection.execute(SQL["save_stream"], {"stream": stream, "now": now, "pool": document})
    changed = [one for one in containers if one.known and one.learned != one.kept]
    for start in range(0, len(changed), _SAVED_AT_ONCE):
        some = changed[start : start + _SAVED_AT_ONCE]
        documents = [json.dumps(learned_to_document(one.learned)) for one in some]
        given = {"now": now, "ids": [one.id for one in some], "learned": documents}
        connection.execute(SQL["save_habits"], given)


def _foresee(
    connection: Connection[DictRow],
    stream: str,
    pool: Pool,
    containers: list[Container],
    now: datetime,
    weather: Weather,
) -> int:
    """Write what is expected of every container whose level is known, and forget the others."""
    ends = ends_of_days(now, DAYS)
    members = {
        one.id: Member(
            one.learned,
            prior_of(pool, one.commune, one.volume_l),
            one.level,
            weather.at(one.commune),
        )
        for one in containers
        if one.level is not None
    }
    found = zip(members.items(), outlooks(list(members.values()), ends), strict=True)
    rows = [_row(container_id, member.level.at, each) for (container_id, member), each in found]
    for start in range(0, len(rows), _SAVED_AT_ONCE):
        given = {"now": now, "ends": list(ends), "forecasts": Jsonb(rows[start : start + _SAVED_AT_ONCE])}
        connection.execute(SQL["save_forecasts"], given)
    connection.execute(SQL["forget_forecasts"], {"stream": stream, "now": now})
    return len(rows)


def _row(container_id: int, level_at: datetime, found: Outlook) -> dict[str, Any]:
    times = {name: getattr(found, name) for name in ("full_early", "full_at", "full_late")}
    return {
        "container_id": container_id,
        "level_at": level_at.isoformat(),
        "estimated": found.estimated,
        **{name: at and at.isoformat() for name, at in times.items()},
        **{
            name: [round(getattr(step, name), 4) for step in found.steps]
            for name in ("mean", "sd", "q10", "q50", "q90", "p_overflow")
        },
    }
