"""The whole way, on real services: broker to committed row, through outages, over both MQTT versions."""

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from services import BrokerAddress, Database, OwnServices

from ingest.batch import Written
from ingest.consumer import run
from ingest.link import V5, V311, Link, NotOpened
from ingest.settings import Broker, Settings, read_broker
from store.clock import Clock, set_clock
from store.connection import connect
from store.migrate import migrate
from tests.ingest.probe import settle, up

pytestmark = [pytest.mark.db, pytest.mark.broker]

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
    stop: threading.Event = field(default_factory=threading.Event)
    written: list[Written] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=lambda: self.written.append(run(self.settings, self.stop)))
        self.thread.start()

    def end(self) -> Written:
        self.stop.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()
        return self.written[0]


@contextmanager
def ingesting(settings: Settings) -> Iterator[Running]:
    running = Running(settings)
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


def test_from_publish_to_row(timescale_database: Database, broker: BrokerAddress) -> None:
    """Good and bad messages and a last will go where they belong, and are not given again to a second run."""
    dsn = timescale_database.dsn
    settle(dsn)
    settings = settings_for(dsn, broker)
    know_session(settings)
    with publisher(broker) as publish, ingesting(settings) as running:
        probe = Client(CallbackAPIVersion.VERSION2, client_id="GLN-1")
        probe.username_pw_set(broker.username, broker.password)
        probe.will_set("glaneur/1/GLN-1/status", b"offline", qos=1, retain=True)
        probe.connect(broker.host, broker.port)
        probe.loop_start()
        publish("glaneur/1/GLN-1/status", b"online")
        for number in range(250):
            publish(*up("GLN-1", hour(number % 100), number, distance=1500 - number))
            if number % 50 == 0:
                publish("glaneur/1/GLN-2/up", b"not json %d" % number)
        line = probe.socket()
        assert isinstance(line, socket.socket)
        line.shutdown(socket.SHUT_RDWR)  # cut, not closed: the broker sends the will
        probe.loop_stop()
        with psycopg.connect(dsn, autocommit=True) as look:

            def offline() -> bool:
                return look.execute("SELECT online FROM device_contact").fetchall() == [(False,)]

            wait_for(lambda: readings(dsn) == 250)
            wait_for(offline)
            assert look.execute("SELECT reason, count(*) FROM quarantine GROUP BY 1").fetchall() == [
                ("not_json", 5)
            ]
        done = running.end()
    assert (done.readings, done.repeated, done.quarantined) == (250, 0, 5)
    with ingesting(settings) as again:
        with publisher(broker) as publish:
            publish(*up("GLN-2", hour(1), 1))
        wait_for(lambda: readings(dsn) == 251)
        # The retained status comes at each subscription; nothing else was given twice.
        assert replace(again.end(), statuses=0, alerts=0) == Written(readings=1)


def test_nothing_is_acknowledged_before_it_is_committed(
    timescale_database: Database, broker: BrokerAddress
) -> None:
    """Stopped while a batch waits for the table: the broker gives it all again to the next run."""
    dsn = timescale_database.dsn
    settle(dsn)
    settings = settings_for(dsn, broker)
    know_session(settings)
    with publisher(broker) as publish:
        for number in range(50):
            publish(*up("GLN-1", hour(number), number))
    with psycopg.connect(dsn) as blocker:
        blocker.execute("LOCK TABLE reading IN ACCESS EXCLUSIVE MODE")
        with ingesting(settings) as running, psycopg.connect(dsn, autocommit=True) as look:

            def waiting() -> bool:
                return bool(look.execute(f"SELECT pid {OURS} AND wait_event_type = 'Lock'").fetchall())

            wait_for(waiting)
            running.stop.set()
            look.execute(f"SELECT pg_terminate_backend(pid) {OURS}")
            assert running.end() == Written()
    assert readings(dsn) == 0
    with ingesting(settings) as running:
        wait_for(lambda: readings(dsn) == 50)
        assert running.end().readings == 50


def test_a_broker_that_restarts_is_found_again(
    timescale_database: Database, own_services: OwnServices, caplog: pytest.LogCaptureFixture
) -> None:
    """Connection lost, new link, new subscription; messages of before, during and after are all stored."""
    caplog.set_level(logging.INFO, "ingest")
    dsn = timescale_database.dsn
    settle(dsn)
    mosquitto = own_services.broker()
    broker = read_broker(mosquitto.url)
    with ingesting(settings_for(dsn, broker)) as running:
        for turn in range(3):
            with publisher(broker) as publish:
                wait_for(lambda turn=turn: caplog.text.count("consuming over MQTT 5") > turn)  # type: ignore[misc]
                for number in range(20):
                    publish(*up("GLN-1", hour(number), number, boot=turn))
            if turn < 2:
                mosquitto.restart()
        wait_for(lambda: readings(dsn) == 60)
        assert running.end().readings == 60
    assert "broker lost" in caplog.text


def test_a_database_that_goes_away_is_waited_for(
    own_services: OwnServices, broker: BrokerAddress, caplog: pytest.LogCaptureFixture
) -> None:
    """Stopped while messages come: one batch is held, the broker keeps the rest, nothing is lost."""
    caplog.set_level(logging.INFO, "ingest")
    postgres = own_services.postgres("plain")
    dsn = postgres.dsn()
    migrate(dsn)
    settle(dsn)
    settings = settings_for(dsn, broker)
    know_session(settings)
    with publisher(broker) as publish, ingesting(settings) as running:
        publish(*up("GLN-1", hour(0), 0))
        wait_for(lambda: readings(dsn) == 1)
        postgres.stop("immediate")
        for number in range(1, 400):
            publish(*up("GLN-1", hour(number % 100), number))
        wait_for(lambda: "database away" in caplog.text)
        postgres.start()
        wait_for(lambda: readings(dsn) == 400)
        assert running.end().readings == 400
    assert "database back" in caplog.text
    assert "GLN-1" not in caplog.text


def test_a_database_that_is_not_there_yet_is_waited_for(
    own_services: OwnServices, broker: BrokerAddress, caplog: pytest.LogCaptureFixture
) -> None:
    """Started before its database, ingest waits; told to stop, it stops."""
    postgres = own_services.postgres("plain")
    dsn = postgres.dsn()
    migrate(dsn)
    settle(dsn)
    postgres.stop()
    settings = settings_for(dsn, broker)
    know_session(settings)
    with publisher(broker) as publish:
        publish(*up("GLN-1", hour(0), 0))
    with ingesting(settings) as running:
        wait_for(lambda: "database away" in caplog.text)
        postgres.start()
        wait_for(lambda: readings(dsn) == 1)
        running.end()
    postgres.stop()
    with ingesting(settings_for(dsn, broker)) as running:
        assert running.end() == Written()


def test_times_are_judged_by_the_platforms_clock(timescale_database: Database, broker: BrokerAddress) -> None:
    """On a clock set two years ahead, a message of then is taken and one of today is too late."""
    dsn = timescale_database.dsn
    settle(dsn)
    shown = datetime.now(UTC) + timedelta(days=730)
    with connect(dsn) as owner:
        set_clock(owner, Clock(real_start=datetime.now(UTC), shown_start=shown, rate=1.0))
    with (
        publisher(broker) as publish,
        ingesting(settings_for(dsn, broker)),
        psycopg.connect(dsn, autocommit=True) as look,
    ):
        wait_for(lambda: (publish(*up("GLN-1", shown, 1)), readings(dsn) == 1)[1])
        publish(*up("GLN-1", datetime.now(UTC), 2))
        wait_for(lambda: look.execute("SELECT reason FROM quarantine").fetchall() == [("too_late",)])


def test_several_processes_share_a_subscription(timescale_database: Database, broker: BrokerAddress) -> None:
    """Two ingests in one group: each message is stored once, by one of them."""
    dsn = timescale_database.dsn
    settle(dsn)
    both = [settings_for(dsn, broker, share="ingest", client_id=f"ingest-{n}") for n in (1, 2)]
    for one in both:
        know_session(one)
    with ingesting(both[0]) as first, ingesting(both[1]) as second, publisher(broker) as publish:
        for number in range(200):
            publish(*up("GLN-1", hour(number % 100), number))
        wait_for(lambda: readings(dsn) == 200)
        shares = first.end().readings, second.end().readings
    assert sum(shares) == 200
    assert min(shares) > 0


def test_a_wrong_password_is_said_and_does_not_end_ingest(
    timescale_database: Database, broker: BrokerAddress, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again, because somebody is mending it; the password is not in the log."""
    wrong = replace(read_broker(broker.url), password="WRONG-SECRET")
    with ingesting(settings_for(timescale_database.dsn, wrong)):
        wait_for(lambda: caplog.text.count("broker away") >= 2)
    assert "Not authorized" in caplog.text
    assert "WRONG-SECRET" not in caplog.text


def test_a_lost_link_gives_what_it_had_and_acknowledges_nothing(own_services: OwnServices) -> None:
    """What came before the loss is not thrown away, and comes again, because nobody acknowledged it."""
    mosquitto = own_services.broker()
    settings = settings_for("", read_broker(mosquitto.url))
    link = Link(settings, V5, lambda: datetime.now(UTC))
    link.open()
    with publisher(settings.broker) as publish:
        for number in range(10):
            publish(*up("GLN-1", hour(0), number))

    def received() -> bool:
        link.rest(0.05)
        return len(link._inbox) == 10

    def lost() -> bool:
        link.rest(0.05)
        return link.lost

    wait_for(received)
    mosquitto.restart()
    wait_for(lost)
    held = link.take(1)
    assert len(held) == 10
    link.acknowledge(held)
    assert link.take(0.01) == []
    link.close()
    following = Link(settings, V5, lambda: datetime.now(UTC))
    following.open()
    assert [one.letter.payload for one in following.take(5)] == [one.letter.payload for one in held]
    following.close()


def test_the_window_is_the_batch(own_services: OwnServices) -> None:
    """Unacknowledged, no more than a batch is sent, though more waits; memory is bounded by it."""
    mosquitto = own_services.broker()
    settings = replace(settings_for("", read_broker(mosquitto.url)), batch=30)
    know_session(settings)
    with publisher(settings.broker) as publish:
        for number in range(100):
            publish(*up("GLN-1", hour(0), number))
    link = Link(settings, V5, lambda: datetime.now(UTC))
    link.open()
    link.rest(1)
    first = link.take(1)
    link.rest(0.5)
    assert len(first) == 30
    assert link.take(0.1) == []
    link.acknowledge(first)
    assert len(link.take(5)) > 0
    link.close()


@pytest.fixture
def amqtt(tmp_path: Path, unused_tcp_port: int) -> Iterator[Broker]:
    """A broker that speaks MQTT 3.1.1 only."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords = tmp_path / "passwords"
    passwords.write_text(f"glaneur:{cheap.hash('word')}\n")
    program = Path(__file__).with_name("older_broker.py")
    command = [sys.executable, str(program), str(unused_tcp_port), str(passwords)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def listens() -> bool:
        try:
            socket.create_connection(("127.0.0.1", unused_tcp_port), timeout=1).close()
        except OSError:
            return False
        return True

    try:
        wait_for(listens)
        yield Broker(host="127.0.0.1", port=unused_tcp_port, username="glaneur", password="word")
    finally:
        process.kill()
        process.wait(30)


@pytest.fixture
def unused_tcp_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as look:
        look.bind(("127.0.0.1", 0))
        return int(look.getsockname()[1])


def test_a_broker_of_the_older_mqtt_is_spoken_to_in_it(
    plain_database: Database, amqtt: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused with MQTT 5, ingest goes on over 3.1.1 with a session that persists."""
    caplog.set_level(logging.INFO, "ingest")
    dsn = plain_database.dsn
    settle(dsn)
    settings = settings_for(dsn, amqtt)
    with ingesting(settings) as running:
        # The words the demonstration waits for before it lets its probes speak.
        wait_for(lambda: "consuming over MQTT 3.1.1" in caplog.text)
        with publisher(amqtt) as publish:
            for number in range(50):
                publish(*up("GLN-1", hour(number), number))
        wait_for(lambda: readings(dsn) == 50)
        running.end()
    with publisher(amqtt) as publish:
        for number in range(50, 80):
            publish(*up("GLN-1", hour(number), number))
    with ingesting(settings):
        wait_for(lambda: readings(dsn) == 80)


def test_a_broker_that_hangs_up_casts_doubt_on_the_version(unused_tcp_port: int) -> None:
    """Closing without a word may be a refusal of MQTT 5; not answering the call at all is not."""
    settings = settings_for("", Broker(host="127.0.0.1", port=unused_tcp_port))
    with pytest.raises(NotOpened) as unreachable:
        Link(settings, V5, lambda: datetime.now(UTC)).open()
    with socket.create_server(("127.0.0.1", unused_tcp_port)) as server:

        def hang_up() -> None:
            line, _ = server.accept()
            line.recv(1000)
            line.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(NotOpened) as hung_up:
            Link(settings, V311, lambda: datetime.now(UTC)).open()
        thread.join()
    assert (unreachable.value.doubt, hung_up.value.doubt) == (0, 1)
