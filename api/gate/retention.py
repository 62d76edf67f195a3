"""How long a passage names its holder, and the usage that tariffs read: the worker's nightly passes.

The worker reads neither holders nor passages: it calls two functions of `store/sql/views/gate_site.sql`.
"""

import logging
from datetime import datetime, timedelta

from procrastinate import App
from psycopg import Connection
from psycopg.rows import DictRow

from store.clock import read_clock
from store.connection import connect
from store.queries import named_queries

MONTHS = 24
"""The billing year and the time to contest it; no national text fixes it."""
BILLED_BACK = timedelta(days=92)
"""A journal that comes later than this is written by hand, from the page of statements."""

_SQL = named_queries("api.gate", "outputs.sql")
_log = logging.getLogger(__name__)


def add_retention_tasks(app: App, dsn: str, months: int = MONTHS) -> None:
    """Give the worker's application its nightly passes."""

    @app.periodic(cron="11 3 * * *")
    @app.task(name="forget_passages", queueing_lock="forget_passages")
    def forget_every_night(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            forget(connection, read_clock(connection).now(), months)

    @app.periodic(cron="23 3 * * *")
    @app.task(name="bill_passages", queueing_lock="bill_passages")
    def bill_every_night(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            now = read_clock(connection).now()
            bill(connection, now - BILLED_BACK, now)


def forget(connection: Connection[DictRow], now: datetime, months: int = MONTHS) -> int:
    """Count the passages whose time is over, by days of Paris, and forget who made them; return how many."""
    row = connection.execute(_SQL["forget_passages"], {"now": now, "months": months}).fetchone()
    connection.commit()
    forgotten = int(row["forgotten"]) if row else 0
    if forgotten:
        _log.info("gate: %d passages older than %d months are only counted now", forgotten, months)
    return forgotten


def bill(connection: Connection[DictRow], since: datetime, until: datetime) -> int:
    """Write the usage of this time that is not yet written; return how many events were new."""
    row = connection.execute(_SQL["bill_passages"], {"since": since, "until": until}).fetchone()
    connection.commit()
    return int(row["written"]) if row else 0
