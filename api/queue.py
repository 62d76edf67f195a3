"""Ask the worker for something, in the caller's transaction.

The wish and its job exist together, or neither.
"""

from procrastinate import App, SyncPsycopgConnector
from psycopg import Connection
from psycopg.rows import DictRow

_DEFERRER = App(connector=SyncPsycopgConnector())


def defer(connection: Connection[DictRow], task: str, **arguments: object) -> None:
    """Queue `task` with JSON `arguments`; the worker sees it once the transaction commits."""
    reach_queue(connection)
    _DEFERRER.configure_task(task, connection=connection).defer(**arguments)  # type: ignore[arg-type]


def reach_queue(connection: Connection[DictRow]) -> None:
    """Let this transaction use the queue: its functions and triggers name its tables without their schema."""
    connection.execute("SET LOCAL search_path TO public, jobs")
