"""What answers change: only those of the device that was asked, only forwards, on both editions."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from ingest.answers import write_answers
from ingest.downlinks import Answer
from store.connection import connect

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection[DictRow]]:
    """A connection with ingest's own rights, and two devices that were told something."""
    with psycopg.connect(database.dsn) as owner:
        owner.execute("INSERT INTO device (serial) VALUES ('A'), ('B')")
        owner.execute(
            "INSERT INTO device (serial, network, dev_eui, network_path)"
            " VALUES ('L', 'tts', '24E124713D000001', 'bornes@ttn/eui-1')"
        )
    with connect(database.dsn, "glaneur_ingest") as made:
        yield made


def ask(dsn: str, serial: str, kind: str = "interval", value: int = 7200) -> UUID:
    downlink = uuid4()
    with psycopg.connect(dsn) as owner:
        owner.execute(
            "INSERT INTO downlink (id, device_id, kind, value, requested_at, sent_at)"
            " SELECT %s, id, %s, %s, %s, %s FROM device WHERE serial = %s",
            (downlink, kind, value, AT, AT, serial),
        )
    return downlink


def state(connection: psycopg.Connection[DictRow], downlink: UUID) -> tuple[bool, bool, bool, str]:
    row = connection.execute("SELECT * FROM downlink WHERE id = %s", (downlink,)).fetchone()
    assert row is not None
    stages = ("transmitted_at", "acknowledged_at", "failed_at")
    one, two, three = (row[name] is not None for name in stages)
    return one, two, three, row["error"]


def interval(connection: psycopg.Connection[DictRow], serial: str) -> int:
    row = connection.execute("SELECT report_interval_s FROM device WHERE serial = %s", (serial,)).fetchone()
    assert row is not None
    return int(row["report_interval_s"])


def take(connection: psycopg.Connection[DictRow], *answers: Answer) -> int:
    with connection.transaction(), connection.cursor() as cursor:
        at = (AT + timedelta(minutes=number) for number, _ in enumerate(answers))
        return write_answers(cursor, list(zip(answers, at, strict=True)))


def test_an_acknowledged_interval_is_the_one_expected_from_then_on(
    connection: psycopg.Connection[DictRow], database: Database
) -> None:
    """Otherwise a probe told to speak less often would soon be called silent."""
    downlink = ask(database.dsn, "A")
    assert take(connection, Answer(downlink, "acknowledged", serial="A")) == 1
    assert state(connection, downlink) == (False, True, False, "")
    assert interval(connection, "A") == 7200
    assert interval(connection, "B") == 14_400


def test_another_device_cannot_answer(connection: psycopg.Connection[DictRow], database: Database) -> None:
    """A probe that learned an id, or a network that claims a native serial, changes nothing."""
    downlink = ask(database.dsn, "A")
    assert take(connection, Answer(downlink, "acknowledged", serial="B")) == 0
    assert take(connection, Answer(downlink, "acknowledged", dev_eui="24E124713D000001")) == 0
    assert take(connection, Answer(uuid4(), "acknowledged", serial="A")) == 0
    assert state(connection, downlink) == (False, False, False, "")


def test_a_lorawan_device_answers_by_its_network_name(
    connection: psycopg.Connection[DictRow], database: Database
) -> None:
    """A DevEUI for ChirpStack, application and device for The Things Stack; its serial is no name there."""
    downlink = ask(database.dsn, "L", "full_distance", 400)
    assert take(connection, Answer(downlink, "acknowledged", serial="L")) == 0
    assert take(connection, Answer(downlink, "transmitted", dev_eui="24E124713D000001")) == 1
    assert take(connection, Answer(downlink, "acknowledged", network_path="bornes@ttn/eui-1")) == 1
    assert state(connection, downlink) == (True, True, False, "")


def test_answers_only_go_forwards(connection: psycopg.Connection[DictRow], database: Database) -> None:
    """A failure heard after the acknowledgement is not believed; an acknowledgement after a failure is."""
    first, second = ask(database.dsn, "A"), ask(database.dsn, "A")
    take(connection, Answer(first, "acknowledged", serial="A"))
    assert take(connection, Answer(first, "failed", "late", serial="A")) == 0
    take(connection, Answer(second, "failed", "busy", serial="A"))
    assert state(connection, second) == (False, False, True, "busy")
    assert take(connection, Answer(second, "acknowledged", serial="A")) == 1
    assert state(connection, second) == (False, True, False, "")
