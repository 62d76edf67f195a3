"""Ingest running in a thread, and a publisher, for the tests of the whole way."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from services import BrokerAddress

from ingest.batch import Written
from ingest.consumer import run
from ingest.link import V5, Link
from ingest.settings import Broker, Settings

PATIENCE_S = 60
OURS = "FROM pg_stat_activity WHERE application_name = 'glaneur-ingest'"
START = datetime.now(UTC) - timedelta(days=5)


def wait_for(what: Callable[[], bool]) -> None:
    """Look every 20 ms, for a minute at most."""
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.02)


@dataclass
class Running:
    """Ingest in a thread; `end` stops it and gives what it wrote."""

    settings: Settings
    system_clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    stop: threading.Event = field(default_factory=threading.Event)
    written: list[Written] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(
            target=lambda: self.written.append(run(self.settings, self.stop, self.system_clock))
        )
        self.thread.start()

    def end(self) -> Written:
        self.stop.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()
        return self.written[0]


@contextmanager
def ingesting(settings: Settings, **changes: Any) -> Iterator[Running]:
    running = Running(settings, **changes)
    try:
        yield running
    finally:
        running.stop.set()
        running.thread.join(PATIENCE_S)


def settings_for(dsn: str, broker: BrokerAddress | Broker, **changes: Any) -> Settings:
    where = Broker(host=broker.host, port=broker.port, username=broker.username, password=broker.password)
    return Settings(database=dsn, broker=where, batch=100, **changes)


@contextmanager
def publisher(broker: BrokerAddress | Broker) -> Iterator[Callable[[str, bytes], None]]:
    """A function that publishes at QoS 1 and returns once the broker has it."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="tests-publisher")
    client.username_pw_set(broker.username, broker.password)
    client.connect(broker.host, broker.port)
    client.loop_start()

    def publish(topic: str, payload: bytes) -> None:
        client.publish(topic, payload, qos=1).wait_for_publish(PATIENCE_S)

    try:
        yield publish
    finally:
        client.disconnect()
        client.loop_stop()


def readings(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM reading").fetchone()
        assert row is not None
        return int(row[0])


def know_session(settings: Settings) -> None:
    """Connect once, so that the broker keeps what comes while ingest is away."""
    link = Link(settings, V5, lambda: datetime.now(UTC))
    link.open()
    link.close()


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)
