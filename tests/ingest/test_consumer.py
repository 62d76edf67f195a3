"""The whole way, on real services: broker to committed row, through outages of either."""

import logging
import re
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from services import BrokerAddress, Database, OwnServices

from ingest.batch import Written
from ingest.replay import Replayed, replay
from ingest.settings import read_broker
from store.clock import Clock, set_clock
from store.connection import connect
from store.migrate import migrate
from tests.ingest.probe import settle, up
from tests.ingest.running import (
    OURS,
    PATIENCE_S,
    hour,
    ingesting,
    know_session,
    publisher,
    readings,
    settings_for,
    wait_for,
)

pytestmark = [pytest.mark.db, pytest.mark.broker]


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


def test_the_systems_clock_may_be_set_at_any_time(
    own_services: OwnServices, broker: BrokerAddress, caplog: pytest.LogCaptureFixture
) -> None:
    """Set forward, back, and right again while the database is away: said, and no wait goes by it.

    A message is dated by the clock of its reception. What that clock refused wrongly can be taken again.
    """
    caplog.set_level(logging.INFO, "ingest")
    postgres = own_services.postgres("plain")
    dsn = postgres.dsn()
    migrate(dsn)
    settle(dsn)
    settings = settings_for(dsn, broker)
    know_session(settings)
    true, ahead = datetime.now(UTC), [timedelta(0)]
    jumps = [timedelta(days=40), timedelta(days=-2)]

    def refused() -> list[str]:
        with psycopg.connect(dsn) as look:
            return [row[0] for row in look.execute("SELECT reason FROM quarantine ORDER BY id")]

    with (
        publisher(broker) as publish,
        ingesting(settings, system_clock=lambda: datetime.now(UTC) + ahead[0]) as running,
    ):
        publish(*up("GLN-1", true - timedelta(days=3), 0))
        wait_for(lambda: readings(dsn) == 1)
        for number, jump in enumerate(jumps, start=1):
            ahead[0] = jump
            publish(*up("GLN-1", true + jump, number))  # from a probe with the same clock
            publish(*up("GLN-2", true, number))  # from one with the right clock
            wait_for(lambda n=number: (readings(dsn), len(refused())) == (n + 1, n))  # type: ignore[misc]
        postgres.stop("immediate")
        ahead[0] = timedelta(0)
        publish(*up("GLN-1", true, 3))
        wait_for(lambda: "database away" in caplog.text)
        postgres.start()
        wait_for(lambda: readings(dsn) == 4)
        running.end()
    assert refused() == ["too_late", "in_the_future"]
    for said in ("set by +3456000 s", "set by -3628800 s", "set by +172800 s"):
        assert said in caplog.text
    back = re.search(r"database back after (\d+\.\d) s", caplog.text)
    assert back is not None
    assert float(back[1]) < PATIENCE_S
    with connect(dsn, "glaneur_ingest", autocommit=True) as connection:
        query = "SELECT measured_at, received_at FROM reading ORDER BY received_at"
        found = connection.execute(query).fetchall()
        assert [round((row["received_at"] - true) / timedelta(days=1)) for row in found] == [-2, 0, 0, 40]
        assert replay(connection, [1, 2], settings.limits) == Replayed(taken=2)
    assert readings(dsn) == 6


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
