"""Alerts that cannot wait for the minute: PostgreSQL says when one opened, and a job is queued at once.

Best effort on purpose: what is not heard (no connection, a worker that restarts) the minute's pass tells.
Knows neither who is told nor how.
"""

import asyncio
import logging

import psycopg
from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

CHANNEL = "glaneur_alert"
TELLING = "tell_at_once"
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
                await connection.execute(f"LISTEN {CHANNEL}")
                wait_s = 0.5
                await _queue(app)  # what opened while nobody listened
                async for _ in connection.notifies():
                    await _queue(app)
        except (psycopg.Error, ConnectorException) as error:
            _log.warning("alerts are not heard (%s), again in %.1f s", type(error).__name__, wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)


async def _queue(app: App) -> None:
    try:
        await app.configure_task(TELLING, queueing_lock=TELLING).defer_async()
    except AlreadyEnqueued:  # the one that waits will see this alert too
        return
