"""What is asked of the worker by name runs one at a time where it must, and outlives a dead worker."""

import psycopg
import pytest
from services import Database

from api.jobs import sweep, worker_app
from store.connection import connect
from store.queue import ALONE, defer, reach_queue

pytestmark = pytest.mark.db
WAITING = "SELECT task_name, lock, status::text FROM jobs.procrastinate_jobs ORDER BY id"
TAKE = """
    SELECT (procrastinate_fetch_job_v2(
        NULL, (SELECT worker_id FROM procrastinate_register_worker_v1()))).task_name
"""


def test_a_name_carries_the_lock_of_its_task() -> None:
    """The tasks that declare a lock are those the queue locks by name: a new one cannot be forgotten."""
    declared = {name for name, task in worker_app("").tasks.items() if task.lock is not None}
    assert declared == ALONE
    assert all(worker_app("").tasks[name].lock == name for name in ALONE)


def test_two_of_a_kind_run_one_after_the_other(database: Database) -> None:
    """The second is not given while the first is under way; a dead worker's is taken up again."""
    with connect(database.dsn, "glaneur_worker") as connection:
        defer(connection, "recompute", device_ids=[1], container_ids=[], since="2026-01-01", until=None)
        defer(connection, "recompute", device_ids=[2], container_ids=[], since="2026-01-01", until=None)
        defer(connection, "send_downlinks")
        assert [tuple(row.values()) for row in connection.execute(WAITING)] == [
            ("recompute", "recompute", "todo"),
            ("recompute", "recompute", "todo"),
            ("send_downlinks", None, "todo"),
        ]
        reach_queue(connection)
        taken = [_taken(connection) for _ in range(3)]
        assert taken == ["recompute", "send_downlinks", None]
        connection.execute(
            "UPDATE jobs.procrastinate_workers SET last_heartbeat = now() - INTERVAL '2 minutes'"
        )
        sweep(connection)
        found = [row["status"] for row in connection.execute(WAITING)]
        assert found == ["todo", "todo", "doing"]
        reach_queue(connection)
        connection.execute("UPDATE jobs.procrastinate_jobs SET status = 'doing', attempts = 5 WHERE id = 1")
        sweep(connection)
        assert [row["status"] for row in connection.execute(WAITING)] == ["failed", "todo", "doing"]


def _taken(connection: psycopg.Connection[dict[str, object]]) -> object:
    row = connection.execute(TAKE).fetchone()
    assert row is not None
    return row["task_name"]
