"""A fire does not wait for the minute: its alert wakes the worker, whoever opened it."""

import asyncio
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from services import Database

from api.alerts.hearing import TELLING, hear
from api.jobs import sweep, worker_app
from api.queue import defer, reach_queue
from store.connection import connect
from tests.api.little_territory import open_alert
from tests.api.outbox import outbox, subscribe
from tests.api.outside_world import mail_server

pytestmark = pytest.mark.db


def tellings(dsn: str) -> list[str]:
    """What became of the tellings that were asked for at once, the oldest first."""
    with connect(dsn) as connection:
        rows = connection.execute(
            "SELECT status::text FROM jobs.procrastinate_jobs WHERE task_name = %s ORDER BY id", (TELLING,)
        ).fetchall()
    return [row["status"] for row in rows]


def until(what: object, seconds: float = 60) -> None:
    """Wait until `what()` is true, at most so long."""
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.05)


def test_an_alert_that_cannot_wait_queues_a_telling(territory: Database) -> None:
    """A fire does, a low battery does not; several while one waits are one; no worker is needed to hear."""

    async def listen() -> None:
        async with worker_app(territory.dsn).open_async() as app:
            ear = asyncio.create_task(hear(app, territory.dsn))
            await asyncio.to_thread(until, lambda: tellings(territory.dsn))  # of what opened before
            with connect(territory.dsn) as connection:
                reach_queue(connection)
                connection.execute("DELETE FROM procrastinate_jobs")
                open_alert(connection, "E1", "low_battery", "Batterie à 9 %.", hours_ago=0)
            with connect(territory.dsn) as connection:
                open_alert(connection, "E1", "fire", "68 °C dans la colonne.", hours_ago=0)
                open_alert(connection, "V1", "fire", "71 °C dans la colonne.", hours_ago=0)
            await asyncio.to_thread(until, lambda: tellings(territory.dsn))
            ear.cancel()
            with suppress(asyncio.CancelledError):
                await ear

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(listen())).result()
    assert tellings(territory.dsn) == ["todo"]


def test_a_fire_reaches_a_mailbox_through_the_worker(territory: Database) -> None:
    """Alert, notification, job, mail: by a real worker, whatever the second of the minute."""
    subscribe(territory.dsn, kinds=("fire",))
    with mail_server() as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "worker"],
            env={
                **os.environ,
                "GLANEUR_DATABASE": territory.dsn,
                "GLANEUR_SMTP": f"smtp://127.0.0.1:{server.port}",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: "succeeded" in tellings(territory.dsn))  # it listens
            before = len(tellings(territory.dsn))
            with connect(territory.dsn) as connection:
                open_alert(connection, "E1", "fire", "68 °C dans la colonne.", hours_ago=0)
            until(lambda: server.mails)
            until(lambda: tellings(territory.dsn)[before:] == ["succeeded"])
        finally:
            process.terminate()
            process.wait(timeout=30)
    assert tellings(territory.dsn)[before:] == ["succeeded"]
    assert [str(mail["Subject"]) for _, mail in server.mails] == ["[Glaneur] Feu : E1 (Fruges)"]
    assert [row["status"] for row in outbox(territory.dsn)] == ["sent"]


def test_a_worker_that_died_while_sending_keeps_nobody_waiting(territory: Database) -> None:
    """Its job holds the lock of all sendings: the sweep ends it, and the next one is fetched."""
    with connect(territory.dsn) as connection:
        reach_queue(connection)
        connection.execute("DELETE FROM procrastinate_jobs")
        defer(connection, "send_notifications", lock="send_notifications", timestamp=0)
        connection.execute("UPDATE jobs.procrastinate_jobs SET status = 'doing'")
        defer(connection, "send_notifications", lock="send_notifications", timestamp=1)
        connection.commit()
        fetch = "SELECT id FROM jobs.procrastinate_fetch_job_v2(NULL, NULL)"
        reach_queue(connection)
        assert connection.execute(fetch).fetchone() in (None, {"id": None})
        connection.rollback()
        with connect(territory.dsn, role="glaneur_worker") as worker:
            sweep(worker)
        reach_queue(connection)
        row = connection.execute(fetch).fetchone()
    assert row is not None
    assert row["id"] is not None
