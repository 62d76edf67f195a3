"""What the worker does for finance: go on with runs, ask about payments, forget people at their date."""

import logging
from datetime import datetime, timedelta

from procrastinate import App
from psycopg import Connection
from psycopg.rows import DictRow

from api.finance import runs
from api.finance.bill_settings import Billing
from api.finance.imports import Refusal
from api.finance.payfip_pay import settle_all
from api.french import PARIS
from store.clock import read_clock
from store.connection import connect

_log = logging.getLogger(__name__)


def add_finance_tasks(app: App, dsn: str, billing: Billing) -> None:
    """Declare the tasks of this room. A page that opens a run may defer `compute_runs`, not to wait."""

    @app.periodic(cron="* * * * *")
    @app.task(name="compute_runs", queueing_lock="compute_runs")
    def go_on(timestamp: int = 0) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            compute_unfinished(connection)

    @app.periodic(cron="*/5 * * * *")
    @app.task(name="settle_payments", queueing_lock="settle_payments")
    def ask(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            settle_all(connection, billing, read_clock(connection).now())

    @app.periodic(cron="37 3 * * *")
    @app.task(name="forget_occupants", queueing_lock="forget_occupants")
    def forget_at_night(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            forget(connection, read_clock(connection).now(), billing)


def compute_unfinished(connection: Connection[DictRow]) -> int:
    """Go on with every unfinished draft that nobody computes; how many were finished."""
    finished = 0
    for row in connection.execute(runs.BILLS["runs_unfinished"]).fetchall():
        try:
            runs.compute(connection, row["id"])
            finished += 1
        except Refusal as why:  # computed by someone else at this moment, or the grids changed
            connection.rollback()
            _log.info("run %s is left as it is: %s", row["id"], why)
    return finished


def forget(connection: Connection[DictRow], now: datetime, billing: Billing) -> int:
    """Forget occupants whose date is past, printed bills included; how many.

    Bills, lines and events stay, under the account's number: they can be explained, nobody is named.
    """
    kept = timedelta(days=round(billing.occupant_months * 365.25 / 12))
    values = {"today": now.astimezone(PARIS).date(), "kept": kept}
    row = connection.execute(runs.BILLS["occupants_forgotten"], values).fetchone()
    connection.commit()
    gone = int(row["gone"]) if row else 0
    if billing.bills_dir is not None:
        for bill in connection.execute(runs.BILLS["bills_forgotten"]):
            folder = billing.bills_dir / f"calcul-{bill['run_id']}"
            file = folder / f"facture-{bill['number']}.pdf"
            if file.exists():
                file.unlink()
                for archive in folder.glob("factures-*.zip"):  # made again from the files that are left
                    archive.unlink()
    _log.info("%d occupant(s) forgotten", gone)
    return gone
