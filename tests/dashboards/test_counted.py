"""Sums counted ahead stay those of the rows: late, changed and forgotten passages, samples that grow old."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from store.boards import refresh_days, sample_platform
from store.connection import connect

pytestmark = pytest.mark.db
NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
OLD = NOW - timedelta(days=400)
SUMS = (
    "SELECT time, local_hour, category, opened, refused_by, passages, offline FROM boards.passage_hour"
    " ORDER BY time, category, refused_by"
)


def add(connection: psycopg.Connection[DictRow], at: datetime, **more: Any) -> UUID:
    """A passage as the gate records it."""
    given = {"category": "resident", "opened": True, "rule": "open", "refused_by": None, "offline": False}
    row = given | more | {"id": uuid4(), "at": at}
    connection.execute(
        "INSERT INTO gate.passage (id, terminal_id, site, at, received_at, category, vehicle, trailer, units,"
        " opened, rule, refused_by, offline, answer)"
        " SELECT %(id)s, id, site, %(at)s, now(), %(category)s, 'car', 'none', 1, %(opened)s, %(rule)s,"
        " %(refused_by)s, %(offline)s, '{}' FROM gate.terminal", row)  # fmt: skip
    return UUID(str(row["id"]))


def sums(database: Database) -> list[tuple[object, ...]]:
    """What Grafana's role reads once the worker has counted what was marked."""
    with connect(database.dsn, role="glaneur_worker", autocommit=True) as connection:
        refresh_days(connection)
    with connect(database.dsn, "glaneur_grafana", autocommit=True) as connection:
        return [tuple(row.values()) for row in connection.execute(SUMS.encode())]


@pytest.fixture
def gate(plain_database: Database) -> Database:
    """A database with one terminal."""
    with connect(plain_database.dsn) as connection:
        connection.execute("INSERT INTO gate.terminal (name, site, key_hash) VALUES ('b', 's', sha256('k'))")
    return plain_database


def test_a_late_passage_is_counted_and_forgetting_changes_no_sum(gate: Database) -> None:
    """A journal may come a year late, even for a day forgotten already: nothing is lost or doubled."""
    with connect(gate.dsn, role="glaneur_api", autocommit=True) as api:
        for _ in range(2):
            add(api, NOW)
        assert [row[5] for row in sums(gate)] == [2]
        add(api, OLD)
        add(api, OLD, opened=False, rule="quota", refused_by="passages", category=None)
        add(api, OLD, opened=False, rule="unknown", offline=True)
        before = sums(gate)
        assert [row[2:] for row in before[:3]] == [
            ("inconnu", False, "passages", 1, 0),
            ("resident", True, "", 1, 0),
            ("resident", False, "unknown", 1, 1),
        ]
        forgotten = api.execute(
            "SELECT answers.forget_passages(%s) AS n", (NOW - timedelta(days=300),)
        ).fetchone()
        assert forgotten == {"n": 3}
        assert sums(gate) == before
        api.execute("INSERT INTO board_mark VALUES (%s)", (OLD.date(),))
        assert sums(gate) == before
        add(api, OLD, offline=True)
        after = sums(gate)
        assert after[1][5:] == (2, 1)
        assert [row for row in after if row != after[1]] == [row for row in before if row != before[1]]
        api.execute("SELECT answers.forget_passages(%s)", (NOW - timedelta(days=300),))
        api.execute("INSERT INTO board_mark VALUES (%s)", (OLD.date(),))
        assert sums(gate) == after


def test_a_decision_that_is_amended_is_counted_again(gate: Database) -> None:
    """The gate opened alone what we had refused: one passage, no refusal any more."""
    with connect(gate.dsn, role="glaneur_api", autocommit=True) as api:
        scan = add(api, NOW, opened=False, rule="quota", refused_by="passages")
        assert [row[3] for row in sums(gate)] == [False]
        amended = api.execute(
            "SELECT answers.gate_amend(%s, (SELECT id FROM gate.terminal), true, 1) AS done", (scan,)
        ).fetchone()
        assert amended == {"done": True}
        assert [row[3:] for row in sums(gate)] == [(True, "", 1, 1)]


def test_old_samples_are_summed_and_say_the_same(plain_database: Database) -> None:
    """After forty days an hour of samples is one row: what was written adds up, and the worst is kept."""
    figures = (
        "SELECT sum(written) AS written, sum(elapsed_s) AS elapsed, max(heard_age_s) AS age,"
        " max(jobs_waiting) AS jobs FROM boards.platform WHERE time < glaneur_now() - INTERVAL '1 hour'"
    )
    rows = "SELECT count(*) AS n FROM boards.platform WHERE time < glaneur_now() - INTERVAL '1 hour'"
    with connect(plain_database.dsn, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO board_platform SELECT date_trunc('hour', glaneur_now()) - INTERVAL '45 days'"
            " + n * INTERVAL '5 minutes', n, n % 17, 0, n % 5, 0, 0, 0, 0, 1, 1, n, 300"
            " FROM generate_series(0, 47) AS n")  # fmt: skip
        before = (owner.execute(figures.encode()).fetchone(), owner.execute(rows.encode()).fetchone())
    with connect(plain_database.dsn, role="glaneur_worker", autocommit=True) as worker:
        sample_platform(worker)
        sample_platform(worker)
    with connect(plain_database.dsn, "glaneur_grafana", autocommit=True) as grafana:
        after = (grafana.execute(figures.encode()).fetchone(), grafana.execute(rows.encode()).fetchone())
    assert before[0] == after[0]
    assert (before[1], after[1]) == ({"n": 48}, {"n": 4})


def test_a_sample_notes_what_was_written_since_the_one_before(plain_database: Database) -> None:
    """And nothing when the counter fell, as after a crash: a negative rate is no rate."""
    latest = "SELECT written, elapsed_s FROM board_platform ORDER BY at DESC LIMIT 1"
    earlier = (
        "INSERT INTO board_platform VALUES (date_trunc('minute', glaneur_now()) - INTERVAL '5 minutes',"
        " %s, 0, 0, 0, 0, 0, 0, 0, 1, 1)"
    )
    found = []
    with connect(plain_database.dsn, autocommit=True) as owner:
        for counted_before in (-5, 10**12):
            owner.execute("TRUNCATE board_platform")
            owner.execute(earlier.encode(), (counted_before,))
            sample_platform(owner)
            found.append(owner.execute(latest.encode()).fetchone())
    assert found[0] is not None
    assert found[0]["written"] >= 5
    assert 300 <= found[0]["elapsed_s"] <= 420
    assert found[1] == {"written": None, "elapsed_s": None}
