"""What the worker does for devices: read the past again, send downlinks."""

import logging
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from procrastinate import App, RetryStrategy

from api.devices.downlinks import send_waiting
from api.devices.recompute import recompute
from api.mqtt import Broker
from store.connection import connect

Brokers = Mapping[str, Broker]
NO_BROKERS: Brokers = MappingProxyType({})
_log = logging.getLogger(__name__)


def add_device_tasks(app: App, dsn: str, brokers: Brokers) -> None:
    """Give the worker's application its tasks about devices."""

    @app.task(name="recompute", lock="recompute", retry=RetryStrategy(max_attempts=5, wait=10))
    def read_again(device_ids: list[int], container_ids: list[int], since: str, until: str | None) -> None:
        with connect(dsn, role="glaneur_worker", autocommit=True, application="glaneur-worker") as connection:
            end = None if until is None else datetime.fromisoformat(until)
            recompute(connection, device_ids, container_ids, datetime.fromisoformat(since), end)

    # Crash-only: what is not sent stays in its table, and the next minute tries again.
    @app.task(name="send_downlinks")
    def send_now() -> None:
        _send(dsn, brokers)

    @app.periodic(cron="* * * * *")
    @app.task(name="send_downlinks_again", queueing_lock="send_downlinks_again")
    def send_every_minute(timestamp: int) -> None:
        _send(dsn, brokers)


def _send(dsn: str, brokers: Brokers) -> None:
    with connect(dsn, role="glaneur_worker", autocommit=True, application="glaneur-worker") as connection:
        sent = send_waiting(connection, brokers)
    if sent:
        _log.info("%d downlink(s) sent", sent)
