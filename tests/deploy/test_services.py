"""The servers other tests stand on: production's configuration, durable, isolated, gone afterwards."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Queue

import paho.mqtt.client as mqtt
import psycopg
import pytest
import servers
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from services import Broker, Database, NotStarted, OwnServices, Postgres

WAIT = 20


def client(broker: Broker, account: str, name: str = "", expiry: int = 0) -> mqtt.Client:
    """A connected MQTT 5 client; `.heard` is a queue of (topic, payload)."""
    made = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    made.username_pw_set(account, broker.accounts[account])
    heard: Queue[tuple[str, bytes]] = Queue()
    codes: Queue[ReasonCode] = Queue()
    made.on_message = lambda _c, _u, message: heard.put((message.topic, bytes(message.payload)))
    made.on_connect = lambda _c, _u, _f, code, _p: codes.put(code)
    made.user_data_set(heard)
    session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    session.SessionExpiryInterval = expiry
    made.connect(broker.host, broker.port, clean_start=False, properties=session)
    made.loop_start()
    code = codes.get(timeout=WAIT)
    assert code == 0, code
    return made


def heard(of: mqtt.Client) -> Queue[tuple[str, bytes]]:
    """The queue of what a client received."""
    queue = of.user_data_get()
    assert isinstance(queue, Queue)
    return queue


def leave(*clients: mqtt.Client) -> None:
    """Disconnect and end the network threads."""
    for one in clients:
        one.disconnect()
        one.loop_stop()


def publish(by: mqtt.Client, topic: str, payload: bytes) -> None:
    """Publish with QoS 1 and wait for the broker's acknowledgement."""
    by.publish(topic, payload, qos=1).wait_for_publish(WAIT)


def subscribe(by: mqtt.Client, topic: str) -> int:
    """Subscribe with QoS 1 and return the broker's reason code."""
    codes: Queue[int] = Queue()
    by.on_subscribe = lambda _c, _u, _m, reasons, _p: codes.put(reasons[0].value)
    by.subscribe(topic, qos=1)
    return codes.get(timeout=WAIT)


@pytest.mark.db
def test_a_database_is_migrated_and_of_the_edition_it_says(database: Database) -> None:
    """The fixture's two editions are what their names say, and hold the schema."""
    with psycopg.connect(database.dsn) as connection:
        extension = connection.execute("SELECT FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
        tables = connection.execute(
            "SELECT to_regclass('reading'), to_regclass('answers.container_due')"
        ).fetchone()
    assert (extension is not None) == (database.edition == "timescale")
    assert tables == ("reading", "answers.container_due")


@pytest.mark.db
def test_two_databases_share_nothing(timescale_database: Database, plain_database: Database) -> None:
    """What one test writes, no other test sees: every name in use is fresh."""
    for place in (timescale_database, plain_database):
        with psycopg.connect(place.dsn) as connection:
            connection.execute("INSERT INTO commune VALUES ('62000', 'Essai', '62000', 1, 50, 2)")
    with psycopg.connect(plain_database.dsn) as connection:
        rows = connection.execute("SELECT count(*) FROM commune").fetchone()
    assert rows == (1,)
    assert timescale_database.dsn != plain_database.dsn


@pytest.mark.db
@pytest.mark.parametrize("make", [servers.timescale, servers.plain])
def test_durability_is_production_s(make: Callable[[], Postgres]) -> None:
    """Nothing flatters a measurement: every setting that trades safety for speed is at its safe value."""
    server = make()
    try:
        server.start()
        with psycopg.connect(server.dsn()) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                value = connection.execute("SELECT current_setting(%s)", (setting,)).fetchone()
                assert (setting, value) == (setting, ("on",))
    finally:
        server.remove()
    assert not server.home.folder.exists()


@pytest.mark.db
def test_an_immediate_restart_keeps_committed_rows_and_the_address(own_services: OwnServices) -> None:
    """`restart("immediate")` is a crash: open work is lost, committed work is not, the address stays."""
    server = own_services.postgres()
    before, address = server.pid, server.dsn()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        open_work = psycopg.connect(server.dsn())
        open_work.execute("INSERT INTO kept VALUES (2)")
        server.restart("immediate")
        with pytest.raises(psycopg.OperationalError):
            open_work.execute("SELECT 1")
        open_work.close()
    assert (server.pid != before, server.dsn()) == (True, address)
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


@pytest.mark.broker
def test_a_broker_restart_keeps_sessions_and_more_than_the_default_queue(own_services: OwnServices) -> None:
    """3,000 messages wait for an absent subscriber through a restart; Mosquitto's own default keeps 1,000."""
    broker = own_services.broker()
    away = client(broker, "ingest", name="ingest-1", expiry=3600)
    assert subscribe(away, "glaneur/1/#") == 1
    leave(away)
    sender = client(broker, "simulator")
    sent = [sender.publish("glaneur/1/p/up", str(number).encode(), qos=1) for number in range(3000)]
    for one in sent:
        one.wait_for_publish(WAIT)
    leave(sender)
    broker.restart()
    back = client(broker, "ingest", name="ingest-1", expiry=3600)
    received = {heard(back).get(timeout=WAIT)[1] for _ in sent}
    leave(back)
    assert len(received) == 3000


@pytest.mark.broker
def test_production_s_rules_bind_probes_and_ingest(own_services: OwnServices) -> None:
    """A probe speaks under its own serial only, ingest only reads, strangers stay out."""
    broker = own_services.broker()
    ingest = client(broker, "ingest")
    assert subscribe(ingest, "$share/ingest/glaneur/1/+/up") == 1
    probe = client(broker, "probe-1")
    publish(probe, "glaneur/1/other/up", b"forged")
    publish(probe, "glaneur/1/probe-1/up", b"mine")
    assert heard(ingest).get(timeout=WAIT) == ("glaneur/1/probe-1/up", b"mine")
    assert subscribe(probe, "glaneur/1/#") == 1  # Mosquitto grants it, and delivers nothing:
    publish(ingest, "glaneur/1/probe-1/up", b"ingest may not write")
    publish(probe, "glaneur/1/probe-1/up", b"last")
    assert heard(ingest).get(timeout=WAIT)[1] == b"last"
    leave(ingest, probe)
    assert heard(probe).empty()
    stranger = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    answers: Queue[str] = Queue()
    stranger.on_connect = lambda _c, _u, _f, code, _p: answers.put(str(code))
    stranger.connect(broker.host, broker.port)
    stranger.loop_start()
    assert answers.get(timeout=WAIT) == "Not authorized"
    leave(stranger)


def test_a_server_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong setting ends in one exception that quotes the server's own words."""
    broker = servers.broker()
    monkeypatch.setattr(servers, "mosquitto_conf", lambda *_, **__: "no_such_setting 1\n")
    try:
        with pytest.raises(NotStarted, match="no_such_setting"):
            broker.start()
    finally:
        broker.remove()


def test_a_setting_that_is_not_in_the_file_is_an_error() -> None:
    """Rendering cannot quietly leave production's value in place."""
    with pytest.raises(ValueError, match="0 lines"):
        servers.mosquitto_conf(no_such_setting="1")


@pytest.mark.db
def test_nothing_survives_a_killed_run(tmp_path: Path) -> None:
    """SIGKILL to whoever started the servers takes them along: no test run leaves one behind."""
    told = tmp_path / "pid"
    script = (
        "import pathlib, servers, time; p = servers.plain(); p.start();"
        f"pathlib.Path({str(told)!r}).write_text(f'{{p.pid}} {{p.home.folder}}');"
        "print('up', flush=True); time.sleep(600)"
    )
    deploy = Path(servers.__file__).parent
    with subprocess.Popen([sys.executable, "-c", script], cwd=deploy, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"up\n"
        pid, folder = told.read_text().split()
        watched = os.pidfd_open(int(pid))
        starter.send_signal(signal.SIGKILL)
        starter.wait(WAIT)
    assert select.select([watched], [], [], WAIT)[0] == [watched]
    os.close(watched)
    # The next start sweeps what the dead one left on disk.
    next_one = servers.plain()
    next_one.remove()
    assert not Path(folder).exists()
