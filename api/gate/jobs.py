"""What the worker does for gates: apply journals, tell terminals that the list changed, forget codes.

The list's version is retained at the broker, so that a terminal that comes back knows at once. The push is a
help, not the promise: a terminal asks for changes every 30 s by itself.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from procrastinate import App
from psycopg import Connection
from psycopg.rows import DictRow

from api.gate.allow_list import TooBusy, newest_version
from api.gate.books import Shelf
from api.gate.journal import apply_journals
from api.gate.wire import LIST_TOPIC
from api.mqtt import Broker, Unreachable, publish
from store.clock import read_clock
from store.connection import connect
from store.queries import named_queries

CHANNEL = "glaneur_gate"
KEPT_CODES = timedelta(days=1)
KEPT_LINES = timedelta(days=60)
"""A line names a badge by its hash: once it is a passage, whose own retention counts, it need not stay."""
_CALM_S = 1.0  # an import changes a thousand badges: they are told once
_AGAIN_S = 5.0

_SQL = named_queries("api.gate")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Version:
    payload: bytes
    topic: str = LIST_TOPIC
    qos: int = 1
    retain: bool = True


def add_gate_tasks(app: App, dsn: str, public: Ed25519PublicKey | None) -> None:
    """Give the worker's application its tasks about gates."""
    shelf = Shelf()

    @app.periodic(cron="* * * * *")
    @app.task(name="apply_journals", queueing_lock="apply_journals", lock="apply_journals")
    def apply(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", autocommit=True, application="glaneur-worker") as connection:
            done = apply_journals(connection, shelf, public, read_clock(connection).now())
        if done.lines or done.waiting:
            _log.info("journals: %d lines, %d faulty, %d wait", done.lines, done.faulty, done.waiting)

    @app.periodic(cron="27 * * * *")
    @app.task(name="forget_gates", queueing_lock="forget_gates")
    def forget_every_hour(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            now = read_clock(connection).now()
            forget(connection, now)


def forget(connection: Connection[DictRow], now: datetime) -> None:
    """Delete what serves nothing any more; lines that wait, or could not be read lately, stay."""
    connection.execute(_SQL["forget"], {"codes": now - KEPT_CODES, "lines": now - KEPT_LINES})


@asynccontextmanager
async def telling(dsn: str, brokers: Mapping[str, Broker]) -> AsyncIterator[None]:
    """Tell terminals each new version of the list while the block runs; without a broker, nothing."""
    broker = brokers.get("native")
    if broker is None:
        yield
        return
    task = asyncio.create_task(_tell(dsn, broker))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _tell(dsn: str, broker: Broker) -> None:
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                dsn, autocommit=True, application_name="glaneur-gate-list"
            ) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                await asyncio.to_thread(tell_version, dsn, broker)
                while True:
                    await _wait(connection, stop_after=1)
                    await _wait(connection, timeout=_CALM_S)
                    await asyncio.to_thread(tell_version, dsn, broker)
        except (psycopg.Error, Unreachable, TooBusy) as error:
            _log.warning(
                "the list's version was not told (%s), again in %.0f s", type(error).__name__, _AGAIN_S
            )
            await asyncio.sleep(_AGAIN_S)


async def _wait(
    connection: psycopg.AsyncConnection, *, timeout: float | None = None, stop_after: int | None = None
) -> None:
    async for _ in connection.notifies(timeout=timeout, stop_after=stop_after):
        pass


def tell_version(dsn: str, broker: Broker) -> int:
    """Publish the list's version, retained; return it. Raises `Unreachable`."""
    with connect(dsn, role="glaneur_worker", application="glaneur-gate-list") as connection:
        version = newest_version(connection)
    publish(broker, [_Version(json.dumps({"v": 1, "version": version}).encode())], lambda _: None)
    return version
