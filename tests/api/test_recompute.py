"""A corrected past is the past that should have been: readings, states, alerts, emptyings; on both editions.

Two probes say the same things in twin containers. One was written down wrongly and corrected afterwards, the
other was right from the start: nothing may tell them apart.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from api.devices.mountings import Wish, changed_period
from api.devices.recompute import recompute
from ingest.batch import prepare, write
from ingest.message import Limits
from store.connection import connect
from tests.ingest.probe import letter, mount, settle

pytestmark = pytest.mark.db

NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW - timedelta(days=20)
SWITCH = START + timedelta(hours=228)


def level(hours: int) -> float:
    """A column that fills by 0.5 % an hour, and is emptied every eight days."""
    return 3 + 0.5 * (hours % 192)


def seed(database: Database) -> None:
    """C1 and C2 hold the probe written down wrongly (GLN-1), C3 and C4 its twin (GLN-2)."""
    settle(database.dsn, probes=4)
    with psycopg.connect(database.dsn) as owner:
        # Each second container is shallower, so that a distance means another level there.
        owner.execute("UPDATE container SET empty_distance_mm = 2400 WHERE code IN ('C2', 'C4')")
        owner.execute("DELETE FROM mounting")
        switch = SWITCH.isoformat()
        mount(owner, "GLN-1", "C1", "2020-01-01Z", None)
        mount(owner, "GLN-2", "C3", "2020-01-01Z", switch)
        mount(owner, "GLN-2", "C4", switch, None)
    letters = []
    for step in range(0, 480, 4):
        at = START + timedelta(hours=step)
        facts = {"distance": round(2000 - 18 * level(step)), "temperature": 9, "battery": 80, "tilt": 1}
        letters += [letter(serial, at, step, NOW, **facts) for serial in ("GLN-1", "GLN-2")]
        if step == 0:
            later = at + timedelta(hours=1)
            letters += [letter(serial, later, 999, NOW, distance="no_echo") for serial in ("GLN-1", "GLN-2")]
    with connect(database.dsn, "glaneur_ingest", autocommit=True) as ingesting:
        prepare(ingesting)
        for first in range(0, len(letters), 50):
            write(ingesting, letters[first : first + 50], Limits(), {})
        write(ingesting, letters, Limits())  # a redelivery changes nothing


def correct(database: Database) -> None:
    """Write what was really done: GLN-1 went from C1 to C2."""
    with psycopg.connect(database.dsn) as owner:
        owner.execute("DELETE FROM mounting WHERE device_id = (SELECT id FROM device WHERE serial = 'GLN-1')")
        mount(owner, "GLN-1", "C1", "2020-01-01Z", SWITCH.isoformat())
        mount(owner, "GLN-1", "C2", SWITCH.isoformat(), None)


def ids(connection: psycopg.Connection[DictRow]) -> tuple[int, list[int]]:
    device = connection.execute("SELECT id FROM device WHERE serial = 'GLN-1'").fetchone()
    containers = connection.execute(
        "SELECT id FROM container WHERE code IN ('C1', 'C2') ORDER BY id"
    ).fetchall()
    assert device is not None
    return device["id"], [row["id"] for row in containers]


PLACE = "CASE c.code WHEN %(one)s THEN 'first' ELSE 'second' END AS place"
OF_THEM = "JOIN container c ON c.id = x.container_id WHERE c.code IN (%(one)s, %(two)s)"
SHOWN = {
    "readings": "measured_at, distance_mm, fill_percent, quality FROM reading x {} ORDER BY measured_at",
    "states": "measured_at, fill_percent, distance_mm, rate_percent_per_day, full_at, quality,"
    " last_emptied_at, memory FROM container_state x {} ORDER BY place",
    "alerts": "kind, opened_at, sentence FROM alert x {} AND closed_at IS NULL ORDER BY place, kind",
    "emptyings": "emptied_at, before_percent, after_percent FROM answers.emptying_counted x {}"
    " ORDER BY emptied_at",
}


def seen(connection: psycopg.Connection[DictRow], codes: tuple[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Everything a page would show of two containers, without identifiers."""
    parameters = {"one": codes[0], "two": codes[1]}
    return {
        name: [
            dict(row)
            for row in connection.execute(f"SELECT {PLACE}, {query.format(OF_THEM)}".encode(), parameters)
        ]
        for name, query in SHOWN.items()
    }


def test_a_corrected_past_is_the_past_that_should_have_been(database: Database) -> None:
    """The wrong mounting is told apart from its twin before, not after; the worker has rights enough."""
    seed(database)
    with connect(database.dsn, "glaneur_worker", autocommit=True) as connection:
        assert seen(connection, ("C1", "C2")) != seen(connection, ("C3", "C4"))
        correct(database)
        device, containers = ids(connection)
        done = recompute(connection, [device], containers, SWITCH, None)
        assert done.readings == done.changed == 63
        mended, twin = seen(connection, ("C1", "C2")), seen(connection, ("C3", "C4"))
    for name, rows in twin.items():
        assert mended[name] == rows, name
    assert len(twin["emptyings"]) == 2


def test_a_second_run_changes_nothing(database: Database) -> None:
    """A job that is run again after a crash, or asked twice, is harmless."""
    seed(database)
    correct(database)
    with connect(database.dsn, "glaneur_worker", autocommit=True) as connection:
        device, containers = ids(connection)
        recompute(connection, [device], containers, SWITCH, None)
        before = seen(connection, ("C1", "C2"))
        assert recompute(connection, [device], containers, SWITCH, None).changed == 0
        assert seen(connection, ("C1", "C2")) == before


def test_an_emptying_of_the_wrong_container_is_withdrawn_not_removed(database: Database) -> None:
    """The log keeps what was believed; what counts changes, and changes back when the correction goes."""
    seed(database)
    count = (
        "SELECT count(*) AS logged, (SELECT count(*) FROM answers.emptying_counted WHERE container_id = 1)"
        " AS counted FROM emptying WHERE container_id = 1"
    )
    with connect(database.dsn, "glaneur_worker", autocommit=True) as connection:
        device, containers = ids(connection)
        assert connection.execute(count).fetchone() == {"logged": 2, "counted": 2}
        correct(database)
        recompute(connection, [device], containers, SWITCH, None)
        assert connection.execute(count).fetchone() == {"logged": 2, "counted": 1}
        with psycopg.connect(database.dsn) as owner:
            owner.execute("DELETE FROM mounting WHERE container_id = 2")
            owner.execute(
                "UPDATE mounting SET during = tstzrange('2020-01-01Z', NULL) WHERE container_id = 1"
            )
        recompute(connection, [device], containers, SWITCH, None)
        assert connection.execute(count).fetchone() == {"logged": 2, "counted": 2}


def test_a_mounting_that_never_was_leaves_nothing_believed(database: Database) -> None:
    """No level, no open alert but what time says; readings keep their bytes and belong to no container."""
    seed(database)
    with psycopg.connect(database.dsn) as owner:
        owner.execute("DELETE FROM mounting WHERE device_id = 1")
    with connect(database.dsn, "glaneur_worker", autocommit=True) as connection:
        device, containers = ids(connection)
        recompute(connection, [device], containers, START - timedelta(days=1), None)
        state = connection.execute("SELECT * FROM container_state WHERE container_id = 1").fetchone()
        readings = connection.execute(
            "SELECT count(*) AS n FROM reading WHERE device_id = 1 AND container_id IS NULL"
            " AND fill_percent IS NULL AND raw <> ''"
        ).fetchone()
        open_now = "SELECT kind FROM alert WHERE container_id = 1 AND closed_at IS NULL"
        still_open = connection.execute(open_now).fetchall()
    assert state is not None
    assert (state["fill_percent"], state["measured_at"], state["quality"]) == (None, None, "silent")
    assert readings == {"n": 121}
    assert still_open == []


def test_an_alert_still_true_keeps_its_number_and_who_took_note(database: Database) -> None:
    """Correcting a mounting elsewhere in time must not make a dispatcher take note twice."""
    seed(database)
    with psycopg.connect(database.dsn) as owner:
        owner.execute("UPDATE container SET plan_percent = 10, urgent_percent = 99 WHERE code = 'C3'")
        device = owner.execute("SELECT id FROM device WHERE serial = 'GLN-2'").fetchone()
        assert device is not None
        container = owner.execute("SELECT id FROM container WHERE code = 'C3'").fetchone()
        assert container is not None
    with connect(database.dsn, "glaneur_worker", autocommit=True) as connection:
        recompute(connection, list(device), list(container), START, SWITCH)
        with psycopg.connect(database.dsn) as owner:
            owner.execute("UPDATE alert SET acknowledged_at = now() WHERE closed_at IS NULL")
        before = connection.execute("SELECT * FROM alert WHERE closed_at IS NULL").fetchall()
        assert [row["kind"] for row in before] == ["plan"]
        recompute(connection, list(device), list(container), START, SWITCH)
        assert connection.execute("SELECT * FROM alert WHERE closed_at IS NULL").fetchall() == before


def test_pages_hear_of_it(plain_database: Database) -> None:
    """One live event with the containers concerned."""
    seed(plain_database)
    with (
        psycopg.connect(plain_database.dsn, autocommit=True) as listening,
        connect(plain_database.dsn, "glaneur_worker", autocommit=True) as connection,
    ):
        listening.execute("LISTEN glaneur_live")
        recompute(connection, [1], [1, 2], SWITCH, None)
        (heard,) = listening.notifies(timeout=10, stop_after=1)
    assert json.loads(heard.payload) == {"topic": "containers", "containers": [1, 2]}


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "period"),
    [
        (Wish(1, 1, day(1)), Wish(1, 1, day(5)), (day(1), day(5))),
        (Wish(1, 1, day(1)), Wish(1, 1, day(1), day(9)), (day(9), None)),
        (Wish(1, 1, day(1), day(9)), Wish(1, 1, day(1), day(7)), (day(7), day(9))),
        (Wish(1, 1, day(1), day(9)), Wish(1, 1, day(2), day(7)), (day(1), day(9))),
        (Wish(1, 1, day(3), day(9)), Wish(1, 1, day(1)), (day(1), None)),
        (Wish(1, 1, day(1), day(9)), Wish(1, 2, day(1), day(9)), (day(1), day(9))),
        (Wish(1, 1, day(1)), None, (day(1), None)),
        (Wish(1, 1, day(1), day(9)), None, (day(1), day(9))),
    ],
)
def test_the_period_is_what_changed_and_no_more(
    old: Wish, new: Wish | None, period: tuple[datetime, datetime | None]
) -> None:
    """Readings outside it keep the level they were given, by the calibration of their time."""
    assert changed_period(old, new) == period
