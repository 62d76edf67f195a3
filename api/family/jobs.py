"""What the worker does for families: at once when something happened, else every minute."""

import logging

from procrastinate import App

from api.alerts.hearing import FAMILY_TELLING
from api.alerts.messaging import Messaging
from api.family.telling import expand, purge, send_waiting
from store.connection import connect

_log = logging.getLogger(__name__)


def add_family_tasks(app: App, dsn: str, messaging: Messaging) -> None:
    """Give the worker's application its tasks about relatives."""

    @app.periodic(cron="* * * * *")
    @app.task(name=FAMILY_TELLING, lock=FAMILY_TELLING, queueing_lock=FAMILY_TELLING)
    def tell_families(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            expand(connection)
            counts = send_waiting(connection, messaging)
        if counts:
            _log.info("family messages: %s", dict(counts))

    @app.periodic(cron="41 3 * * *")
    @app.task(name="purge_families", queueing_lock="purge_families")
    def purge_every_night(timestamp: int) -> None:
        with connect(dsn, role="glaneur_worker", application="glaneur-worker") as connection:
            purge(connection)
