"""Hours and days of containers: whatever the order things came in, the same as counted from scratch."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from ingest import batch as ingest_batch
from ingest.batch import prepare
from ingest.letter import Letter
from ingest.message import Limits
from store import rollups as rollups_module
from store.connection import connect
from store.rollups import NotDropped, drop_readings, refresh_rollups
from tests.ingest.probe import letter, mount

pytestmark = [pytest.mark.db, pytest.mark.xdist_group("ingest_batch")]

Connection = psycopg.Connection[DictRow]
NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
START = datetime(2026, 10, 20, tzinfo=UTC)  # the clocks change on the 25th: a day of 25 hours is inside
LIMITS = Limits()


def cycles(serial: str, seed: int) -> list[Letter]:
    """A fortnight of a column that fills and is emptied, a report every 40 minutes, some without an echo."""
    chance = random.Random(seed)
    level, letters = 5.0, []
    for n in range(14 * 36):
        level = level + chance.uniform(0, 2) if level < 85 else 4.0
        distance: int | str = "no_echo" if chance.random() < 0.05 else round(2000 - 18 * level)
        letters.append(
            letter(serial, START + timedelta(minutes=40 * n), n, NOW, distance=distance, battery=80)
        )
    return letters


def rollups(connection: Connection) -> tuple[list[DictRow], list[DictRow]]:
    return (
        connection.execute("SELECT * FROM rollup_hour ORDER BY container_id, hour").fetchall(),
        connection.execute("SELECT * FROM rollup_day ORDER BY container_id, day").fetchall(),
    )


def from_scratch(dsn: str) -> tuple[list[DictRow], list[DictRow]]:
    """The same tables from the readings alone, by plain grouping: shares no code with what is tested."""
    counted = """
        WITH told AS (
            SELECT container_id, {key} AS k, fill_percent, measured_at, message_id FROM reading
            WHERE container_id IS NOT NULL), emptied AS (
            SELECT container_id, {emptied} AS k, count(*)::integer AS n FROM emptying
            WHERE source = 'level' GROUP BY 1, 2), grouped AS (
            SELECT container_id, k, count(*)::integer AS readings,
                   (array_agg(fill_percent ORDER BY measured_at)
                       FILTER (WHERE fill_percent IS NOT NULL))[1] AS f,
                   (array_agg(fill_percent ORDER BY measured_at DESC)
                       FILTER (WHERE fill_percent IS NOT NULL))[1] AS l,
                   min(fill_percent) AS lo, max(fill_percent) AS hi,
                   avg(fill_percent ORDER BY measured_at)::real AS mean
            FROM told GROUP BY 1, 2)
        SELECT container_id, k AS {name}, coalesce(readings, 0) AS readings, coalesce(n, 0) AS emptyings,
               f AS first_percent, l AS last_percent, lo AS min_percent, hi AS max_percent,
               mean AS mean_percent
        FROM grouped FULL JOIN emptied USING (container_id, k) ORDER BY 1, 2"""
    hour = "date_trunc('hour', {}, 'UTC')"
    day = "({} AT TIME ZONE 'Europe/Paris')::date"
    with connect(dsn) as connection:
        hours, days = (
            connection.execute(
                counted.format(
                    name=name, key=cut.format("measured_at"), emptied=cut.format("emptied_at")
                ).encode()
            ).fetchall()
            for name, cut in (("hour", hour), ("day", day))
        )
    return hours, days


def write(connection: Connection, letters: Sequence[Letter], limits: Limits) -> None:
    """A batch from a process that has just begun."""
    ingest_batch.write(connection, letters, limits, {})


def worker(database: Database) -> Connection:
    return connect(database.dsn, "glaneur_worker", autocommit=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_gives_the_same_counts(ingesting: Connection, database: Database, seed: int) -> None:
    """Shuffled, doubled, a week late, and counted at any moment in between."""
    chance = random.Random(seed)
    letters = cycles("GLN-1", seed) + cycles("GLN-2", seed + 10)
    timely = [one for one in letters if chance.random() < 0.7]
    late = [one for one in letters if one not in timely] + chance.sample(timely, 100)
    chance.shuffle(late)
    with worker(database) as working:
        for batch in (timely[::2], timely[1::2], late[:150], late[150:], chance.sample(letters, 200)):
            write(ingesting, batch, LIMITS)
            if chance.random() < 0.7:
                refresh_rollups(working, most=chance.choice([7, 20_000]))
        refresh_rollups(working)
        assert ingesting.execute("SELECT count(*) AS n FROM rollup_mark").fetchone() == {"n": 0}
        hours, days = rollups(ingesting)
        assert (hours, days) == from_scratch(database.dsn)
        assert sum(row["readings"] for row in days) == len(letters)
        assert sum(row["emptyings"] for row in days) > 0
        assert refresh_rollups(working) == 0


def test_a_correction_of_the_past_is_counted(ingesting: Connection, database: Database) -> None:
    """Readings given to another container, re-read or deleted; an emptying withdrawn."""
    write(ingesting, cycles("GLN-1", 3), LIMITS)
    with worker(database) as working, connect(database.dsn, autocommit=True) as owner:
        refresh_rollups(working)
        owner.execute("UPDATE reading SET container_id = 2 WHERE measured_at < '2026-10-24T07:30Z'")
        owner.execute("UPDATE reading SET fill_percent = 50 WHERE measured_at > '2026-10-29T07:30Z'")
        owner.execute(
            "DELETE FROM reading WHERE measured_at >= '2026-10-26Z' AND measured_at < '2026-10-27Z'"
        )
        assert refresh_rollups(working) > 0
        assert rollups(owner) == from_scratch(database.dsn)
        before = owner.execute("SELECT sum(emptyings) AS n FROM rollup_day").fetchone()
        owner.execute("INSERT INTO emptying_withdrawn SELECT event_id, now() FROM emptying LIMIT 1")
        refresh_rollups(working)
        after = owner.execute("SELECT sum(emptyings) AS n FROM rollup_day").fetchone()
        assert before is not None
        assert after == {"n": before["n"] - 1}


def test_what_is_not_committed_keeps_its_mark(ingesting: Connection, database: Database) -> None:
    """A batch under way while the worker counts its hour is counted once committed, by its own mark."""
    first, second = (letter("GLN-1", START, n, NOW, distance=1000 + n) for n in (1, 2))
    with worker(database) as working:
        write(ingesting, [first], LIMITS)
        with connect(database.dsn, "glaneur_ingest", autocommit=True) as other:
            prepare(other)
            with other.transaction():
                write(other, [second], LIMITS)
                assert refresh_rollups(working) == 1
                assert [row["readings"] for row in rollups(working)[0]] == [1]
        assert refresh_rollups(working) == 1
        assert [row["readings"] for row in rollups(working)[0]] == [2]


def test_dropping_old_readings_keeps_their_counts(ingesting: Connection, database: Database) -> None:
    """The readings go, their hours and days stay, even when something later marks that time."""
    write(ingesting, cycles("GLN-1", 4), LIMITS)
    with connect(database.dsn, autocommit=True) as owner:
        refresh_rollups(owner)
        before = rollups(owner)
        done = drop_readings(owner, NOW + timedelta(days=54), keep_days=60, late_days=30)
        kept_from = done.kept_from
        assert kept_from == datetime(2026, 10, 27, 23, tzinfo=UTC)
        left: Any = owner.execute(
            "SELECT count(*) AS n, count(*) FILTER (WHERE measured_at < %s - INTERVAL '7 days') AS old,"
            " count(*) FILTER (WHERE measured_at >= %s) AS new FROM reading",
            (kept_from, kept_from),
        ).fetchone()
        assert left["n"] == 14 * 36 - done.readings < 14 * 36
        assert left["old"] == 0
        assert left["new"] == 14 * 36 - 287  # 191 hours of them, one every 40 minutes, were before
        owner.execute("INSERT INTO rollup_mark VALUES (1, '2026-10-21T07:00Z')")
        refresh_rollups(owner)
        assert rollups(owner) == before


def test_what_a_late_message_may_join_is_never_dropped(ingesting: Connection, database: Database) -> None:
    """Fewer days than the late window, or than a container is believed anew from: refused, nothing moves."""
    write(ingesting, cycles("GLN-1", 4), LIMITS)
    with connect(database.dsn, autocommit=True) as owner:
        for keep_days, late_days in ((59, 30), (89, 90), (0, 30)):
            with pytest.raises(NotDropped, match="too few"):
                drop_readings(owner, NOW + timedelta(days=100), keep_days, late_days)
        assert owner.execute("SELECT count(*) AS n FROM reading").fetchone() == {"n": 14 * 36}
        assert owner.execute("SELECT * FROM reading_horizon").fetchall() == []
        done = drop_readings(owner, NOW + timedelta(days=100), keep_days=120, late_days=90)
        assert done.readings == 0


def test_nothing_goes_before_it_is_counted(
    ingesting: Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process counts, dropping waits; when that does not end, nothing is dropped."""
    write(ingesting, cycles("GLN-1", 4), LIMITS)
    monkeypatch.setattr(rollups_module, "_PATIENCE_S", 0.5)
    with connect(database.dsn, autocommit=True) as owner, connect(database.dsn) as counting:
        counting.execute("SELECT pg_advisory_xact_lock(%s)", (rollups_module._LOCK,))
        with pytest.raises(NotDropped, match="another process"):
            drop_readings(owner, NOW + timedelta(days=100), keep_days=60, late_days=30)
        assert owner.execute("SELECT count(*) AS n FROM reading").fetchone() == {"n": 14 * 36}
        counting.rollback()
        drop_readings(owner, NOW + timedelta(days=100), keep_days=60, late_days=30)
        assert owner.execute("SELECT sum(readings) AS n FROM rollup_hour").fetchone() == {"n": 14 * 36}


def test_unmounted_probes_count_nowhere(ingesting: Connection, database: Database) -> None:
    """A probe on the shelf marks nothing."""
    with psycopg.connect(database.dsn) as owner:
        owner.execute("DELETE FROM mounting WHERE container_id = 1")
        mount(owner, "GLN-1", "C1", "2020-01-01Z", "2021-01-01Z")
    write(ingesting, [letter("GLN-1", START, 1, NOW, distance=1000)], LIMITS)
    assert ingesting.execute("SELECT count(*) AS n FROM rollup_mark").fetchone() == {"n": 0}
