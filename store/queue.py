"""Ask the worker for something, in the caller's transaction.

The wish and its job exist together, or neither. The queue is procrastinate's, in the schema `jobs`.
"""

from procrastinate import App, SyncPsycopgConnector
from psycopg import Connection
from psycopg.rows import DictRow

_DEFERRER = App(connector=SyncPsycopgConnector())

ALONE = frozenset(
    {"apply_journals", "plan_meals", "recompute", "replay_quarantine", "send_notifications", "tell_families"}
)
"""Tasks whose jobs run one after the other.

A task's own `lock` counts only where the task itself queues the job: here, where it is known by its name
alone, it must be said again (a test compares the two).
"""


def defer(connection: Connection[DictRow], task: str, **arguments: object) -> None:
    """Queue `task` with JSON `arguments`; the worker sees it once the transaction commits."""
    reach_queue(connection)
    job = _DEFERRER.configure_task(task, lock=_lock(task), connection=connection)
    job.defer(**arguments)  # type: ignore[arg-type]


def defer_once(connection: Connection[DictRow], task: str, name: str, **arguments: object) -> None:
    """As `defer`, unless a job of that name waits already.

    Then raises procrastinate's `AlreadyEnqueued`; call it in a transaction (a savepoint) of its own.
    """
    reach_queue(connection)
    job = _DEFERRER.configure_task(task, lock=_lock(task), queueing_lock=name, connection=connection)
    job.defer(**arguments)  # type: ignore[arg-type]


def _lock(task: str) -> str | None:
    return task if task in ALONE else None


def reach_queue(connection: Connection[DictRow]) -> None:
    """Let this transaction use the queue: its functions and triggers name its tables without their schema."""
    connection.execute("SET LOCAL search_path TO public, jobs")
