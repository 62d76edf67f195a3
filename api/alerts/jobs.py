"""What the worker does for alerts: every minute, expect, escalate, tell and send; every night, forget.

An alert that wakes the worker (see `hearing`) is told at once, without waiting for the minute.
"""

import logging

from procrastinate import App

from api.alerts.expected import expect
from api.alerts.hearing import TELLING
from api.alerts.messaging import Messaging
from api.alerts.sending import purge, send_waiting
from api.alerts.telling import tell
from api.queue import defer
from api.settings import Settings
from store.connection import connect

_TERRITORY = str(Settings.model_fields["territory"].default)
SENDING = "send_notifications"
PATIENCE_S = 20
"""How long a telling waits for another pass to end, so that it sees what that one did not."""
_log = logging.getLogger(__name__)


def add_alert_tasks(app: App, dsn: str, messaging: Messaging, territory: str = _TERRITORY) -> None:
    """Give the worker's application its tasks about alerts."""

    @app.periodic(cron="* * * * *")
    @app.task(name="tell_alerts", queueing_lock="tell_alerts")
    def tell_every_minute(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            expect(connection)
            if tell(connection, territory, messaging.inbox):
                defer(connection, SENDING, timestamp=timestamp)

    @app.task(name=TELLING, queueing_lock=TELLING)
    def tell_at_once() -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            if tell(connection, territory, messaging.inbox, patience_s=PATIENCE_S):
                defer(connection, SENDING, timestamp=0)

    # Of its own, one at a time: a mail server that takes its time keeps no alert from being found.
    @app.periodic(cron="* * * * *")
    @app.task(name=SENDING, lock=SENDING, queueing_lock=SENDING)
    def send_every_minute(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            counts = send_waiting(connection, messaging)
        if counts:
            _log.info("notifications: %s", dict(counts))

    @app.periodic(cron="23 4 * * *")
    @app.task(name="purge_notifications", queueing_lock="purge_notifications")
    def purge_every_night(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            purge(connection)
