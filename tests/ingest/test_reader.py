"""One reader and its writers, as processes: who dies, who waits, who is acknowledged; on real services."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
from services import BrokerAddress, Database

from ingest.settings import Settings
from tests.ingest.probe import settle, up
from tests.ingest.running import (
    OURS,
    hour,
    know_session,
    publisher,
    readings,
    settings_for,
    wait_for,
)

pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[2]
PROBES = 6


@dataclass
class Reading:
    """`python -m ingest` with two writers."""

    process: subprocess.Popen[bytes]
    log: Path

    def writers(self) -> list[psutil.Process]:
        """Its writers now, by the order of their numbers."""
        found = psutil.Process(self.process.pid).children()
        return sorted((one for one in found if one.is_running()), key=lambda one: one.pid)

    def said(self, words: str) -> int:
        return self.log.read_text().count(words)


@contextmanager
def reading(dsn: str, broker: BrokerAddress, folder: Path) -> Iterator[Reading]:
    log = folder / f"{len(list(folder.iterdir()))}.log"
    environment = {
        **os.environ,
        "GLANEUR_DATABASE": dsn,
        "GLANEUR_BROKER": broker.url,
        "GLANEUR_CLIENT_ID": "tests-reader",
        "GLANEUR_BATCH": "100",
        "GLANEUR_INGEST_WRITERS": "2",
    }
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-m", "ingest"], env=environment, cwd=ROOT, stderr=out)
    made = Reading(process, log)
    try:
        wait_for(lambda: made.said("consuming over MQTT") > 0)
        yield made
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def settings(timescale_database: Database, broker: BrokerAddress) -> Settings:
    """A territory of six probes, and a session that the broker knows."""
    settle(timescale_database.dsn, PROBES)
    made = settings_for(timescale_database.dsn, broker, client_id="tests-reader")
    know_session(made)
    return made


def publish_round(broker: BrokerAddress, rounds: range) -> None:
    with publisher(broker) as publish:
        for seq in rounds:
            for probe in range(PROBES):
                publish(*up(f"GLN-{probe + 1}", hour(seq), seq, distance=1900 - seq))


def test_two_writers_store_everything_in_order(
    settings: Settings, broker: BrokerAddress, tmp_path: Path
) -> None:
    """Each probe's messages are folded in order, none late; SIGTERM, to all as a supervisor does, ends well.

    Nothing is given again to a second run: all was acknowledged.
    """
    publish_round(broker, range(100))
    with reading(settings.database, broker, tmp_path) as running:
        wait_for(lambda: readings(settings.database) == 100 * PROBES)
        publish_round(broker, range(100, 110))
        wait_for(lambda: readings(settings.database) == 110 * PROBES)
        assert len(running.writers()) == 2
        for one in (*running.writers(), running.process):
            one.send_signal(signal.SIGTERM)
        assert running.process.wait(30) == 0
        assert sum(_counts(running, "readings")) == 110 * PROBES
        assert _counts(running, "late") == []
    with psycopg.connect(settings.database) as look:
        found = look.execute("SELECT DISTINCT distance_mm FROM container_state").fetchall()
    assert found == [(1900 - 109,)]
    with reading(settings.database, broker, tmp_path) as running:
        publish_round(broker, range(110, 111))
        wait_for(lambda: readings(settings.database) == 111 * PROBES)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(30) == 0
        assert (sum(_counts(running, "readings")), _counts(running, "repeated")) == (PROBES, [])


def _counts(running: Reading, what: str) -> list[int]:
    """The numbers before a word, in the log's reports."""
    words = running.log.read_text().replace(",", "").split()
    return [int(words[at - 1]) for at, word in enumerate(words) if word == what and words[at - 1].isdigit()]


def test_a_killed_writer_has_a_successor(settings: Settings, broker: BrokerAddress, tmp_path: Path) -> None:
    """SIGKILL while it waits for a table, its messages unanswered: the next one is handed them."""
    with reading(settings.database, broker, tmp_path) as running:
        publish_round(broker, range(1))
        wait_for(lambda: readings(settings.database) == PROBES)
        with psycopg.connect(settings.database) as blocker, psycopg.connect(settings.database) as look:
            look.autocommit = True
            blocker.execute("LOCK TABLE reading IN ACCESS EXCLUSIVE MODE")
            publish_round(broker, range(1, 30))
            wait_for(
                lambda: len(look.execute(f"SELECT 1 {OURS} AND wait_event_type = 'Lock'").fetchall()) == 2
            )
            before = {one.pid for one in running.writers()}
            for one in running.writers():
                one.kill()
            wait_for(lambda: running.said("go to its successor") == 2)
            # What a dead client was waiting for is still waited for, by its server's process.
            look.execute(f"SELECT pg_terminate_backend(pid) {OURS} AND wait_event_type = 'Lock'")
        wait_for(lambda: readings(settings.database) == 30 * PROBES)
        assert before.isdisjoint({one.pid for one in running.writers()})
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(30) == 0
    with psycopg.connect(settings.database) as look:
        found = look.execute("SELECT count(*), count(DISTINCT message_id) FROM reading").fetchall()
    assert found == [(30 * PROBES, 30 * PROBES)]


def test_nothing_outlives_a_killed_reader(settings: Settings, broker: BrokerAddress, tmp_path: Path) -> None:
    """SIGKILL of the reader while both writers wait for a table: they end, and nothing was acknowledged."""
    publish_round(broker, range(20))
    with psycopg.connect(settings.database) as blocker, psycopg.connect(settings.database) as look:
        look.autocommit = True
        blocker.execute("LOCK TABLE reading IN ACCESS EXCLUSIVE MODE")
        with reading(settings.database, broker, tmp_path) as running:
            wait_for(
                lambda: len(look.execute(f"SELECT 1 {OURS} AND wait_event_type = 'Lock'").fetchall()) == 2
            )
            writers = running.writers()
            running.process.kill()
            running.process.wait(30)
            gone, alive = psutil.wait_procs(writers, timeout=30)
            assert (len(gone), alive) == (2, [])
        look.execute(f"SELECT pg_terminate_backend(pid) {OURS}")
    assert readings(settings.database) == 0
    with reading(settings.database, broker, tmp_path):
        wait_for(lambda: readings(settings.database) == 20 * PROBES)


def test_a_stop_does_not_wait_for_ever(settings: Settings, broker: BrokerAddress, tmp_path: Path) -> None:
    """Told to stop while the table is locked: it ends, says what was not written, and it comes again."""
    publish_round(broker, range(10))
    with psycopg.connect(settings.database) as blocker, psycopg.connect(settings.database) as look:
        look.autocommit = True
        blocker.execute("LOCK TABLE reading IN ACCESS EXCLUSIVE MODE")
        with reading(settings.database, broker, tmp_path) as running:
            wait_for(
                lambda: len(look.execute(f"SELECT 1 {OURS} AND wait_event_type = 'Lock'").fetchall()) == 2
            )
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(90) == 0
            assert running.said(f"{10 * PROBES} messages were not written") == 1
        look.execute(f"SELECT pg_terminate_backend(pid) {OURS}")
    with reading(settings.database, broker, tmp_path):
        wait_for(lambda: readings(settings.database) == 10 * PROBES)
