"""What the worker does for the quarantine: take messages again, and forget what is settled and old."""

import json
import logging
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta

from procrastinate import App
from psycopg import Connection
from psycopg.rows import DictRow

from store.clock import read_clock
from store.connection import connect
from store.queries import named_queries

KEPT_DAYS = 400
AT_ONCE = 500
_PATIENCE_S = 600
_SQL = named_queries("api.quarantine")
_log = logging.getLogger(__name__)


class ReplayFailed(Exception):
    """The process that takes messages again ended badly."""


def add_quarantine_tasks(app: App, dsn: str, kept_days: int) -> None:
    """Give the worker's application its tasks about the quarantine."""

    @app.task(name="replay_quarantine", lock="replay_quarantine")
    def again(ids: list[int] | None = None, reason: str | None = None) -> None:
        replay(dsn, ids, reason)

    @app.periodic(cron="41 3 * * *")
    @app.task(name="purge_quarantine", queueing_lock="purge_quarantine")
    def purge_every_night(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            purge(connection, kept_days)


def replay(dsn: str, ids: list[int] | None, reason: str | None) -> Counter[str]:
    """Take these messages, or every open one of a reason, again; return the counts.

    In ingest's own process: what takes a message is ingest's alone, and its code is not loaded here.
    """
    total: Counter[str] = Counter()
    after = 0
    while True:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            parameters = {"ids": ids, "reason": reason, "after": after, "at_most": AT_ONCE}
            rows = connection.execute(_SQL["to_replay"], parameters).fetchall()
        if rows:
            total.update(_run(dsn, [row["id"] for row in rows]))
        if len(rows) < AT_ONCE:
            break
        after = rows[-1]["id"]
    with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
        connection.execute(_SQL["announce"], {"event": json.dumps({"topic": "quarantine", **total})})
    _log.info("quarantine replayed: %s", dict(total))
    return total


def _run(dsn: str, ids: list[int]) -> dict[str, int]:
    done = subprocess.run(  # noqa: S603 - our own module, identifiers only
        [sys.executable, "-m", "ingest.replay", *map(str, ids)],
        env={**os.environ, "GLANEUR_DATABASE": dsn},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode:
        raise ReplayFailed((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def purge(connection: Connection[DictRow], kept_days: int) -> int:
    """Forget settled messages older than this, and say how many and why they were there; open ones stay."""
    before = read_clock(connection).now() - timedelta(days=kept_days)
    rows = connection.execute(_SQL["purge"], {"before": before}).fetchall()
    connection.commit()
    for row in rows:
        _log.info(
            "quarantine: %d settled message(s) older than %d days forgotten (%s, %s)",
            row["messages"], kept_days, row["reason"], row["settled_because"],
        )  # fmt: skip
    return sum(row["messages"] for row in rows)
