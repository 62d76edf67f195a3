"""Alerts and families' news that cannot wait for the minute: PostgreSQL tells, a job is queued at once.

Best effort on purpose: what is not heard (no connection, a worker that restarts) the minute's pass tells.
Knows neither who is told nor how.
"""

import asyncio
import logging

import psycopg
from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from store.queue import ALONE

CHANNEL = "glaneur_alert"
TELLING = "tell_at_once"
FAMILY_CHANNEL = "glaneur_family"
FAMILY_TELLING = "tell_families"
TASKS: dict[str, tuple[str, dict[str, int]]] = {
    CHANNEL: (TELLING, {}),
    FAMILY_CHANNEL: (FAMILY_TELLING, {"timestamp": 0}),
}
"""What each channel wakes."""
LONGEST_WAIT_S = 10.0
_log = logging.getLogger(__name__)


async def hear(app: App, dsn: str) -> None:
    """Queue a telling for every alert that wakes the worker, until cancelled; `app` must be open."""
    wait_s = 0.5
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                dsn, autocommit=True, application_name="glaneur-worker-ear"
            ) as connection:
                await connection.execute("SET ROLE glaneur_worker")
                for channel in TASKS:
                    await connection.execute(f"LISTEN {channel}")
                wait_s = 0.5
                for channel in TASKS:
                    await _queue(app, channel)  # what happened while nobody listened
                async for heard in connection.notifies():
                    await _queue(app, heard.channel)
        except (psycopg.Error, ConnectorException) as error:
            _log.warning("alerts are not heard (%s), again in %.1f s", type(error).__name__, wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)


async def _queue(app: App, channel: str) -> None:
    task, arguments = TASKS[channel]
    try:
        await app.configure_task(task, lock=task if task in ALONE else None, queueing_lock=task).defer_async(
            **arguments
        )
    except AlreadyEnqueued:  # the one that waits will see this too
        return
