"""What happens without anyone waiting for it: planning, noticing silence, tidying. Run by `glaneur worker`.

The queue is procrastinate's, in the schema `jobs` of the same database: a planning and its job are written in
one transaction. Crash-only: a dead worker leaves its planning `running`; the next sweep finds that nobody
holds it and queues it again, once, then says that it failed.
"""

import asyncio
import json
import logging

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.alerts.hearing import hear
from api.alerts.jobs import add_alert_tasks
from api.alerts.kinds import rules_now
from api.alerts.messaging import Messaging
from api.boards.jobs import add_board_tasks
from api.cias.jobs import add_meal_tasks
from api.cias.retention import add_meal_retention
from api.devices.jobs import NO_BROKERS, Brokers, add_device_tasks
from api.dispatch.forecasting import learn_and_foresee
from api.dispatch.planning import FLOWN
from api.dispatch.solving import Interrupted, run_planning
from api.family.jobs import add_family_tasks
from api.finance.bill_settings import Billing
from api.finance.jobs import add_finance_tasks
from api.gate.jobs import add_gate_tasks, telling
from api.gate.retention import MONTHS, add_retention_tasks
from api.metrics import measured
from api.quarantine.jobs import KEPT_DAYS, add_quarantine_tasks
from api.queue import defer, reach_queue
from fill.calibration import calibration_of
from fill.document import state_from_document, state_to_document
from fill.fold import tick
from fill.model import AlertOpened, Refused, State
from routing.travel import TravelTimes
from store.clock import read_clock
from store.connection import connect
from store.queries import named_queries
from store.rollups import refresh_rollups

QUEUE_PATH = "-c search_path=jobs,public -c role=glaneur_worker"
CONCURRENCY = 4
"""Jobs at the same time: two plannings, in processes of their own, and forecasts keep no alert waiting."""
PATIENCE = "60 seconds"
"""A worker that has not shown its heartbeat (every 10 s) for this long is dead."""
TRIES = 2
GAVE_UP = (
    "Le calcul s'est interrompu deux fois : relancez-le, et prévenez l'administrateur si cela se répète."
)
_TICK_AT_ONCE = 500
_EVENT_IDS = 500  # identifiers in one notification, which PostgreSQL limits to 8,000 bytes

_SQL = named_queries("api", "jobs.sql")
_log = logging.getLogger(__name__)


def defer_planning(connection: Connection[DictRow], planning_id: int) -> None:
    """Queue the planning in the caller's transaction: both exist once it commits, or neither."""
    defer(connection, "plan", planning_id=planning_id)


def worker_app(
    dsn: str,
    brokers: Brokers = NO_BROKERS,
    quarantine_days: int = KEPT_DAYS,
    messaging: Messaging | None = None,
    travel: TravelTimes = FLOWN,
    billing: Billing | None = None,
    gate_key: Ed25519PublicKey | None = None,
    gate_months: int = MONTHS,
) -> App:
    """Return the queue's application with every task, for the database at `dsn`."""
    app = App(
        connector=PsycopgConnector(conninfo=dsn, kwargs={"options": QUEUE_PATH}, min_size=1, max_size=6)
    )

    @app.task(
        name="plan",
        pass_context=True,
        retry=RetryStrategy(max_attempts=5, retry_exceptions=[Interrupted]),
    )
    def plan(context: JobContext, planning_id: int) -> None:
        outcome = run_planning(dsn, planning_id, stopping=context.should_abort, travel=travel)
        _log.info("planning %s: %s", planning_id, outcome.status if outcome else "nothing to do")

    @app.periodic(cron="* * * * *")
    @app.task(name="notice_silence", queueing_lock="notice_silence")
    def minute(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            notice_silence(connection)

    @app.periodic(cron="* * * * *")
    @app.task(name="sweep", queueing_lock="sweep")
    def sweep_every_minute(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            sweep(connection)

    @app.periodic(cron="* * * * *")
    @app.task(name="refresh_rollups", queueing_lock="refresh_rollups")
    def count_again(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", autocommit=True, application="glaneur-worker") as connection:
            refresh_rollups(connection)

    @app.periodic(cron="7 * * * *")
    @app.task(name="learn_and_foresee", queueing_lock="learn_and_foresee")
    def foresee_every_hour(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            learn_and_foresee(connection, read_clock(connection).now())

    @app.periodic(cron="17 * * * *")
    @app.task(name="purge", queueing_lock="purge")
    def purge_every_hour(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            purge(connection)

    add_device_tasks(app, dsn, brokers)
    add_quarantine_tasks(app, dsn, quarantine_days)
    add_alert_tasks(app, dsn, messaging or Messaging())
    add_family_tasks(app, dsn, messaging or Messaging())
    add_board_tasks(app, dsn)
    add_finance_tasks(app, dsn, billing or Billing())
    add_gate_tasks(app, dsn, gate_key)
    add_retention_tasks(app, dsn, gate_months)
    add_meal_tasks(app, dsn, travel, (messaging or Messaging()).public_url)
    add_meal_retention(app, dsn)
    return app


def work(
    dsn: str,
    brokers: Brokers = NO_BROKERS,
    quarantine_days: int = KEPT_DAYS,
    messaging: Messaging | None = None,
    travel: TravelTimes = FLOWN,
    billing: Billing | None = None,
    gate_key: Ed25519PublicKey | None = None,
    gate_months: int = MONTHS,
) -> None:
    """Take jobs until SIGTERM or SIGINT; a planning under way goes back to the queue."""
    with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
        sweep(connection)
        if connection.execute(_SQL["nothing_learned"]).fetchone() is not None:
            defer(connection, "learn_and_foresee", timestamp=0)
        connection.commit()
    worker = worker_app(
        dsn,
        brokers,
        quarantine_days,
        messaging,
        travel,
        billing,
        gate_key=gate_key,
        gate_months=gate_months,
    )
    asyncio.run(_work(worker, dsn, brokers))


async def _work(worker: App, dsn: str, brokers: Brokers) -> None:
    async with telling(dsn, brokers), worker.open_async() as app:
        ear = asyncio.create_task(hear(app, dsn))
        try:
            await app.run_worker_async(
                concurrency=CONCURRENCY,
                delete_jobs="never",
                shutdown_graceful_timeout=0.5,
                name="worker",
                worker_middleware=[measured],
            )
        finally:
            ear.cancel()


def notice_silence(connection: Connection[DictRow]) -> int:
    """Let time pass for every container whose probe is late; return how many alerts were opened.

    Rows held by ingest are skipped: a probe that is speaking at this very moment is not silent.
    """
    now, rules = read_clock(connection).now(), rules_now(connection)
    blank = Jsonb(state_to_document(State()))
    connection.execute(_SQL["await_first_words"], {"now": now, "memory": blank})
    connection.commit()
    opened, after = 0, 0
    while True:
        rows = connection.execute(
            _SQL["containers_to_tick"],
            {
                "now": now,
                "after": after,
                "at_most": _TICK_AT_ONCE,
                "reports": rules.silent_after_reports,
            },
        ).fetchall()
        touched = []
        for row in rows:
            try:
                state = state_from_document(row["memory"])
            except Refused as problem:
                _log.error("container %s: its memory cannot be read (%s), left as it is", row["id"], problem)
                continue
            ticked, events = tick(state, now, calibration_of(row), rules)
            if ticked is not state:
                _save(connection, row["id"], ticked)
            for event in events:
                if isinstance(event, AlertOpened):
                    _open_alert(connection, row["id"], event)
                    touched.append(row["id"])
        _notify(connection, touched)
        connection.commit()
        opened += len(touched)
        if len(rows) < _TICK_AT_ONCE:
            return opened
        after = rows[-1]["id"]


def _save(connection: Connection[DictRow], container_id: int, state: State) -> None:
    # A probe that never spoke is shown as silent from the start, though its alert waits.
    quality = "silent" if state.measured_at is None else state.quality
    connection.execute(
        _SQL["save_ticked"],
        {"id": container_id, "quality": quality, "memory": Jsonb(state_to_document(state))},
    )


def _open_alert(connection: Connection[DictRow], container_id: int, event: AlertOpened) -> None:
    connection.execute(
        _SQL["open_alert"],
        {"id": container_id, "kind": event.kind, "at": event.at, "sentence": event.sentence},
    )


def _notify(connection: Connection[DictRow], containers: list[int]) -> None:
    for start in range(0, len(containers), _EVENT_IDS):
        event = json.dumps({"topic": "containers", "containers": containers[start : start + _EVENT_IDS]})
        connection.execute(_SQL["notify_live"], {"event": event})


def sweep(connection: Connection[DictRow]) -> int:
    """Find plannings whose worker died or whose job was lost; return how many were taken care of.

    Other jobs that a dead worker left, and that keep their like from running, wait again.
    """
    mended = 0
    reach_queue(connection)
    for row in connection.execute(_SQL["release_locks"], {"patience": PATIENCE}).fetchall():
        _log.warning("job %s (%s): its worker is gone, now %s", row["id"], row["task_name"], row["status"])
    for row in connection.execute(_SQL["plannings_under_way"], {"patience": PATIENCE}).fetchall():
        if row["held"] or (row["status"] == "queued" and row["job_status"] == "todo"):
            continue
        if row["job_status"] == "doing" and row["status"] == "queued" and not row["worker_dead"]:
            continue  # fetched a moment ago, about to start
        _mend(connection, row)
        mended += 1
    connection.commit()
    return mended


def _mend(connection: Connection[DictRow], row: DictRow) -> None:
    connection.execute(_SQL["end_job"], {"id": row["job_id"]})
    if row["tries"] >= TRIES:
        _log.error("planning %s: given up after %d tries", row["id"], row["tries"])
        connection.execute(_SQL["give_up"], {"id": row["id"], "message": GAVE_UP})
    else:
        _log.warning("planning %s: nobody works on it any more, queued again", row["id"])
        connection.execute(_SQL["queue_again"], {"id": row["id"]})
        defer_planning(connection, row["id"])
    event = json.dumps({"topic": "planning", "planning": row["id"]})
    connection.execute(_SQL["notify_live"], {"event": event})


def purge(connection: Connection[DictRow]) -> int:
    """Remove expired sessions and the traces of jobs older than a week; return the number of sessions."""
    row = connection.execute(_SQL["purge_sessions"]).fetchone()
    reach_queue(connection)
    connection.execute(_SQL["purge_jobs"])
    connection.commit()
    return int(row["purged"]) if row else 0
