"""Quarantined messages taken again: settled when taken, kept with today's reason when refused."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from ingest.batch import write
from ingest.letter import Letter
from ingest.message import Limits
from ingest.replay import Replayed, main, replay
from tests.ingest.probe import letter, mount, up

pytestmark = [pytest.mark.db, pytest.mark.xdist_group("ingest_batch")]

Connection = psycopg.Connection[DictRow]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LIMITS = Limits()


def rows(connection: Connection, query: str, *values: Any) -> list[DictRow]:
    return connection.execute(query.encode(), values).fetchall()


def quarantined(connection: Connection) -> list[DictRow]:
    return rows(connection, "SELECT * FROM quarantine ORDER BY id")


def refuse(connection: Connection, letters: Sequence[Letter]) -> list[int]:
    """Write letters that are all refused; their numbers in quarantine."""
    assert write(connection, letters, LIMITS, {}).quarantined == len(letters)
    return [row["id"] for row in quarantined(connection)]


def test_a_message_of_a_probe_registered_since_is_taken_where_it_belongs(
    ingesting: Connection, database: Database
) -> None:
    """Its reading has the instants of its own time, and the container in which the probe hung then."""
    at = NOW - timedelta(days=3)
    sent = [letter("GLN-9", at, 1, at, distance=1100), letter("GLN-9", NOW, 2, NOW, distance=920)]
    ids = refuse(ingesting, sent)
    with psycopg.connect(database.dsn) as owner:
        owner.execute("INSERT INTO device (serial) VALUES ('GLN-9')")
        owner.execute(
            "UPDATE mounting SET during = tstzrange('2020-01-01Z', %s) WHERE device_id = 3",
            (NOW - timedelta(days=5),),
        )
        mount(owner, "GLN-9", "C3", (NOW - timedelta(days=4)).isoformat(), None)
    assert replay(ingesting, ids, LIMITS) == Replayed(taken=2)
    taken = rows(
        ingesting,
        "SELECT r.measured_at, r.received_at, r.fill_percent, c.code FROM reading r"
        " JOIN container c ON c.id = r.container_id ORDER BY r.measured_at",
    )
    assert [(row["measured_at"], row["received_at"], row["code"]) for row in taken] == [
        (at, at, "C3"),
        (NOW, NOW, "C3"),
    ]
    assert [row["fill_percent"] for row in taken] == [50.0, 60.0]
    assert [row["settled_because"] for row in quarantined(ingesting)] == ["replayed", "replayed"]


def test_a_second_replay_finds_nothing_to_do(ingesting: Connection, database: Database) -> None:
    """Two people who press the same button, or a job run twice, make one reading."""
    ids = refuse(ingesting, [letter("GLN-9", NOW, 1, NOW, distance=1100)])
    with psycopg.connect(database.dsn) as owner:
        owner.execute("INSERT INTO device (serial) VALUES ('GLN-9')")
    assert replay(ingesting, ids, LIMITS) == Replayed(taken=1)
    assert replay(ingesting, ids, LIMITS) == Replayed(gone=1)
    assert len(rows(ingesting, "SELECT FROM reading")) == 1


def test_what_is_refused_again_stays_and_nothing_is_counted_twice(ingesting: Connection) -> None:
    """The row keeps its instants and its count; only the try is noted."""
    ids = refuse(ingesting, [Letter("glaneur/1/GLN-1/up", b"{", NOW)])
    before = quarantined(ingesting)[0]
    assert replay(ingesting, ids, LIMITS) == Replayed(refused=1)
    (after,) = quarantined(ingesting)
    assert after["replayed_at"] is not None
    assert after | {"replayed_at": None} == before


def test_what_is_refused_for_another_reason_says_the_new_one(ingesting: Connection) -> None:
    """Registering was not enough: the desk shows what is wrong now, on the same row."""
    topic, payload = up("GLN-9", NOW, 1, distance=900_000)
    ids = refuse(ingesting, [Letter(topic, payload, NOW)])
    with psycopg.connect(ingesting.info.dsn) as owner:
        owner.execute("UPDATE quarantine SET reason = 'unknown_device', detail = 'then', times = 4")
    assert replay(ingesting, ids, LIMITS) == Replayed(refused=1)
    (after,) = quarantined(ingesting)
    assert (after["reason"], after["times"], after["settled_at"]) == ("out_of_range", 4, None)


def test_two_rows_of_one_message_become_one(ingesting: Connection, database: Database) -> None:
    """The same bytes refused for two reasons over time, and today for one of them: one row is left."""
    ids = refuse(ingesting, [Letter("glaneur/1/GLN-1/up", b"{", NOW)])
    with psycopg.connect(database.dsn) as owner:
        owner.execute(
            "INSERT INTO quarantine (first_at, last_at, times, topic, payload, payload_id, reason, detail)"
            " SELECT first_at - interval '1d', last_at, 3, topic, payload, payload_id, 'unknown_device', ''"
            " FROM quarantine"
        )
    ids = [row["id"] for row in quarantined(ingesting)]
    assert replay(ingesting, ids[1:], LIMITS) == Replayed(refused=1)
    first, second = quarantined(ingesting)
    assert (first["times"], first["settled_at"]) == (4, None)
    assert first["first_at"] == NOW - timedelta(days=1)
    assert second["settled_because"] == "merged"


def test_a_message_kept_only_in_part_is_not_tried(ingesting: Connection) -> None:
    """Half a message must not become a reading, nor be called settled."""
    ids = refuse(ingesting, [Letter("glaneur/1/GLN-1/up", b'{"v":1}' + b" " * 70_000, NOW)])
    assert replay(ingesting, ids, LIMITS) == Replayed(incomplete=1)
    assert quarantined(ingesting)[0]["settled_at"] is None


def test_an_old_status_taken_again_does_not_undo_a_newer_one(
    ingesting: Connection, database: Database
) -> None:
    """`offline` of yesterday, for a probe registered today that says `online` now."""
    yesterday = NOW - timedelta(days=1)
    ids = refuse(ingesting, [Letter("glaneur/1/GLN-9/status", b"offline", yesterday)])
    with psycopg.connect(database.dsn) as owner:
        owner.execute("INSERT INTO device (serial) VALUES ('GLN-9')")
    write(ingesting, [Letter("glaneur/1/GLN-9/status", b"online", NOW)], LIMITS, {})
    assert replay(ingesting, ids, LIMITS) == Replayed(taken=1)
    assert rows(ingesting, "SELECT online, since FROM device_contact") == [{"online": True, "since": NOW}]


def test_the_command_prints_its_counts(ingesting: Connection, database: Database) -> None:
    """What the worker runs: a process of its own, identifiers in, one line of JSON out."""
    ids = refuse(ingesting, [Letter("glaneur/1/GLN-1/up", b"{", NOW)])
    done = subprocess.run(
        [sys.executable, "-m", "ingest.replay", *map(str, ids), "999"],
        env={**os.environ, "GLANEUR_DATABASE": database.dsn},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {"taken": 0, "refused": 1, "incomplete": 0, "gone": 1}


@pytest.mark.parametrize("arguments", [[], ["1", "x"], ["-1"], ["1" * 30]])
def test_a_wrong_call_is_refused(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but identifiers reaches the database."""
    monkeypatch.setenv("GLANEUR_DATABASE", "postgresql://127.0.0.1:1/none")
    assert main(arguments) == 2
