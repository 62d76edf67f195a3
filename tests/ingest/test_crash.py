"""Ingest killed and PostgreSQL crashed in the middle of 20,000 messages: nothing lost, nothing doubled."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from services import OwnServices

from bench.load import publish
from fill.document import state_to_document
from fill.fold import first, fold
from fill.model import Calibration, Reading
from ingest.link import V5, Link
from ingest.message import message_id
from ingest.settings import Broker, Settings, read_broker
from store.migrate import migrate
from tests.ingest.probe import settle, up

pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.timeout(600)]

PROBES, EACH = 20, 1000
SENT = PROBES * EACH
POISON_EVERY = 100
CLIENT = "crash-test"
CALIBRATION = Calibration(volume_l=4000, empty_distance_mm=2000, full_distance_mm=200)
PATIENCE_S = 300
ROOT = Path(__file__).parents[2]


def distance(probe: int, seq: int) -> int:
    """Columns that fill in about ten days and are emptied."""
    return 1950 - (seq * 5 + probe * 83) % 1700


def messages(start: datetime) -> list[tuple[str, bytes]]:
    """Probes in turn, each in time order, with a poisonous message now and then."""
    made: list[tuple[str, bytes]] = []
    for number in range(SENT):
        seq, probe = divmod(number, PROBES)
        at = start + timedelta(minutes=40 * seq)
        made.append(up(f"GLN-{probe + 1}", at, seq, distance=distance(probe, seq), tilt=1, battery=90))
        if number % POISON_EVERY == 0:
            made.append((f"glaneur/1/GLN-{probe + 1}/up", b"\xff poison %d" % number))
    return made


class Victim:
    """`python -m ingest`, killed without a word and started again."""

    def __init__(self, dsn: str, broker_url: str, log: Path) -> None:
        environment = {"GLANEUR_DATABASE": dsn, "GLANEUR_BROKER": broker_url, "GLANEUR_CLIENT_ID": CLIENT}
        self._environment = {
            **os.environ,
            **environment,
            "GLANEUR_BATCH": "200",
            "GLANEUR_INGEST_WRITERS": "1",
        }
        self._log = log
        self.deaths = 0
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "ingest"],
                cwd=ROOT,
                env=self._environment,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(30)
        self.deaths += 1
        self._process = self._start()

    def end(self) -> int:
        """Stop it politely; harmless when it has stopped."""
        self._process.terminate()
        return self._process.wait(60)


def stored(dsn: str) -> int:
    """How many readings are there, or -1 while the database cannot say."""
    try:
        with psycopg.connect(dsn) as connection:
            row = connection.execute("SELECT count(*) FROM reading").fetchone()
            return int(row[0]) if row else -1
    except psycopg.OperationalError:
        return -1


def test_20000_messages_survive_kills_and_crashes(
    own_services: OwnServices, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """SIGKILL five times, two immediate restarts of PostgreSQL, at moments set by progress, not by a clock.

    At the end: every reading sent is a row, once; each container's state is exactly what folding its readings
    once, in order, gives; each poisonous message is in the quarantine.
    """
    postgres, mosquitto = own_services.postgres("timescale"), own_services.broker()
    dsn = postgres.dsn()
    migrate(dsn)
    settle(dsn, PROBES)
    broker = read_broker(mosquitto.url)
    know_session(broker)
    start = (datetime.now(UTC) - timedelta(days=28)).replace(microsecond=0)
    all_messages = messages(start)
    publisher = threading.Thread(target=publish, args=(broker, all_messages))
    publisher.start()
    victim = Victim(dsn, mosquitto.url, tmp_path / "ingest.log")
    request.addfinalizer(victim.end)

    def crash() -> None:
        postgres.restart("immediate")

    def both() -> None:
        killing = threading.Thread(target=victim.kill)
        killing.start()
        crash()  # by this thread: a server dies with the thread that started it
        killing.join()

    accidents: list[tuple[int, Callable[[], None]]] = [
        (1_000, victim.kill),
        (4_000, crash),
        (7_000, victim.kill),
        (7_200, victim.kill),
        (11_000, both),
        (16_000, victim.kill),
    ]
    deadline = time.monotonic() + PATIENCE_S
    while (progress := stored(dsn)) < SENT or accidents:
        assert time.monotonic() < deadline, f"{progress} stored of {SENT}"
        if accidents and progress >= accidents[0][0]:
            accidents.pop(0)[1]()
        time.sleep(0.02)
    publisher.join(60)
    with psycopg.connect(dsn, autocommit=True) as look:
        expected_poison = SENT // POISON_EVERY
        while scalar(look, "SELECT count(*) FROM quarantine") < expected_poison:
            assert time.monotonic() < deadline, "poison is missing"
            time.sleep(0.05)
        assert victim.end() == 0
        assert victim.deaths == 5
        check_rows(look)
        check_states(look, start)
        assert scalar(look, "SELECT count(*) FROM quarantine WHERE reason = 'not_json'") == expected_poison
        assert scalar(look, "SELECT count(*) FROM quarantine") == expected_poison


def scalar(connection: psycopg.Connection[tuple[Any, ...]], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def know_session(broker: Broker) -> None:
    link = Link(Settings(database="", broker=broker, client_id=CLIENT), V5, lambda: datetime.now(UTC))
    link.open()
    link.close()


def check_rows(look: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Exactly the messages sent: none lost, none doubled."""
    found = [row[0] for row in look.execute("SELECT message_id FROM reading").fetchall()]
    expected = {message_id("native", f"GLN-{p + 1}", 1, seq) for p in range(PROBES) for seq in range(EACH)}
    assert len(found) == SENT
    assert set(found) == expected


def check_states(look: psycopg.Connection[tuple[Any, ...]], start: datetime) -> None:
    """Each reading was folded once and in order: states, alerts and emptyings are those of a quiet day."""
    emptyings = alerts = 0
    for probe in range(PROBES):
        state = first(CALIBRATION)
        for seq in range(EACH):
            reading = Reading(
                measured_at=start + timedelta(minutes=40 * seq),
                distance_mm=distance(probe, seq),
                battery_percent=90.0,
                tilt_deg=1,
            )
            state, events = fold(state, reading, CALIBRATION)
            emptyings += sum(type(event).__name__ == "Emptied" for event in events)
            alerts += sum(type(event).__name__ == "AlertOpened" for event in events)
        query = "SELECT memory FROM container_state JOIN container c ON c.id = container_id WHERE c.code = %s"
        row = look.execute(query, (f"C{probe + 1}",)).fetchone()
        assert row is not None
        assert row[0] == state_to_document(state)
    assert emptyings > 0
    assert scalar(look, "SELECT count(*) FROM emptying") == emptyings
    assert scalar(look, "SELECT count(*) FROM alert") == alerts
