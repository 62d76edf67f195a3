"""One connection to the broker: its window, its loss, its versions of MQTT."""

import json
import logging
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from services import Database, OwnServices

from ingest.link import V5, V311, Delivery, Link, NotOpened
from ingest.settings import Broker, read_broker
from tests.ingest.probe import settle, up
from tests.ingest.running import (
    hour,
    ingesting,
    know_session,
    publisher,
    readings,
    settings_for,
    wait_for,
)

pytestmark = [pytest.mark.db, pytest.mark.broker]

# A key and a certificate of 127.0.0.1 that protect nothing, until 2126:
# openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \\
#   -subj "/CN=Glaneur tests" -addext "subjectAltName=IP:127.0.0.1"
CERTIFICATE = Path(__file__).parents[1] / "data/tls/localhost.pem"


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
    link.acknowledge(one.packet for one in held)
    assert link.take(0.01) == []
    link.close()
    following = Link(settings, V5, lambda: datetime.now(UTC))
    following.open()
    again: list[Delivery] = []

    def redelivered() -> bool:
        again.extend(following.take(0.5))  # a pause of the broker's ends a batch early
        return len(again) >= 10

    wait_for(redelivered)
    assert [one.letter.payload for one in again] == [one.letter.payload for one in held]
    following.close()


def test_the_window_is_two_batches(own_services: OwnServices) -> None:
    """Unacknowledged, one batch is given and one more waits here, though more waits at the broker."""
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
    second = link.take(0.1)
    assert (len(first), len(second)) == (30, 30)
    assert link.take(0.1) == []
    link.acknowledge(one.packet for one in first)
    assert len(link.take(5)) > 0
    link.close()


@contextmanager
def tls_in_front_of(broker: Broker) -> Iterator[int]:
    """A port on which one client after another reaches the broker through TLS, until the end of the test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)

    def carry(here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while data := here.recv(65_536):
                there.sendall(data)
        for one in (here, there):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                line, _ = server.accept()
                with (
                    context.wrap_socket(line, server_side=True) as outside,
                    socket.create_connection((broker.host, broker.port)) as inside,
                ):
                    back = threading.Thread(target=carry, args=(inside, outside))
                    back.start()
                    carry(outside, inside)
                    back.join(60)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join(60)


def test_messages_pass_through_tls(own_services: OwnServices, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is decrypted already, and so announced by no system, is read; acknowledged, it is gone."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    plain = read_broker(own_services.broker().url)
    with tls_in_front_of(plain) as port, publisher(plain) as publish:
        settings = settings_for("", plain)
        settings = replace(settings, broker=replace(plain, port=port, tls=True))
        know_session(settings)
        for number in range(350):
            publish(*up("GLN-1", hour(0), number))
        link = Link(settings, V5, lambda: datetime.now(UTC))
        link.open()
        taken: list[Delivery] = []

        def all_came() -> bool:
            batch = link.take(0.2)
            link.acknowledge(one.packet for one in batch)
            taken.extend(batch)
            return len(taken) >= 350

        wait_for(all_came)
        link.close()
        assert [json.loads(one.letter.payload)["seq"] for one in taken] == list(range(350))
        again = Link(settings, V5, lambda: datetime.now(UTC))
        again.open()
        assert again.take(0.5) == []
        again.close()


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
