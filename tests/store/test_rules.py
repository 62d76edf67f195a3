"""Rules the tables themselves hold, whoever writes: dated mountings, alerts, idempotent events, the clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from store.clock import REAL, Clock, read_clock, set_clock
from store.connection import connect
from tests.ingest.probe import mount, settle

pytestmark = pytest.mark.db

Connection = psycopg.Connection[DictRow]


@pytest.fixture
def settled(database: Database) -> Iterator[Connection]:
    """Two columns and two devices, nothing hung, on each edition."""
    settle(database.dsn)
    with connect(database.dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM mounting")
        yield connection


def test_a_device_hangs_in_one_place_at_a_time(settled: Connection) -> None:
    """Overlapping mountings are refused, whether of the device or of the container; touching ones are not."""
    mount(settled, "GLN-1", "C1", "2026-01-01Z", "2026-02-01Z")
    with pytest.raises(psycopg.errors.ExclusionViolation, match="mounting_device_once"):
        mount(settled, "GLN-1", "C2", "2026-01-31Z", None)
    with pytest.raises(psycopg.errors.ExclusionViolation, match="mounting_container_once"):
        mount(settled, "GLN-2", "C1", "2025-01-01Z", "2026-01-02Z")
    mount(settled, "GLN-1", "C2", "2026-02-01Z", None)
    mount(settled, "GLN-2", "C1", "2026-02-01Z", None)


def test_a_mounting_has_a_beginning_and_lasts(settled: Connection) -> None:
    """Neither an empty range nor one without a start says when a device hung."""
    for start, end in (("2026-01-01Z", "2026-01-01Z"), ("-infinity", None)):
        if start == "-infinity":
            statement = (
                "INSERT INTO mounting SELECT d.id, c.id, tstzrange(NULL, now()) FROM device d, container c"
                " WHERE d.serial = 'GLN-1' AND c.code = 'C1'"
            )
            with pytest.raises(psycopg.errors.CheckViolation):
                settled.execute(statement)
        else:
            with pytest.raises(psycopg.errors.CheckViolation):
                mount(settled, "GLN-1", "C1", start, end)


def test_no_container_without_a_way_to_read_it(settled: Connection) -> None:
    """A container without its distances, or with impossible ones, cannot be: no level is ever guessed."""
    add = (
        "INSERT INTO container (point_id, code, stream, volume_l, in_service, empty_distance_mm,"
        " full_distance_mm)"
        " SELECT point_id, 'C9', stream, volume_l, in_service, %s, %s FROM container WHERE code = 'C1'"
    )
    for missing in ((None, 300), (1800, None)):
        with pytest.raises(psycopg.errors.NotNullViolation, match="distance_mm"):
            settled.execute(add, missing)
    for distances in ((300, 1800), (1800, 1800), (1800, -1)):
        with pytest.raises(psycopg.errors.CheckViolation):
            settled.execute(add, distances)
    settled.execute(add, (1800, 300))


def test_one_open_alert_of_a_kind(settled: Connection) -> None:
    """A second open one is refused; closed ones may be many; none ends before it began."""
    add = (
        "INSERT INTO alert (container_id, kind, opened_at, sentence, closed_at)"
        " SELECT id, 'plan', '2026-01-02Z', 'x', %s FROM container WHERE code = 'C1'"
    )
    for closed_at in (None, "2026-01-03Z", "2026-01-04Z"):
        settled.execute(add, (closed_at,))
    with pytest.raises(psycopg.errors.UniqueViolation, match="alert_open_once"):
        settled.execute(add, (None,))
    with pytest.raises(psycopg.errors.CheckViolation):
        settled.execute(add, ("2026-01-01Z",))


@pytest.mark.parametrize(
    "change",
    [
        "empty_distance_mm = full_distance_mm",
        "full_distance_mm = -1",
        "dead_zone_mm = -1",
        "plan_percent = urgent_percent",
        "urgent_percent = 101",
        "volume_l = 0",
    ],
)
def test_a_calibration_that_cannot_be_is_refused(plain_database: Database, change: str) -> None:
    """So that no reading ever meets one."""
    settle(plain_database.dsn)
    with psycopg.connect(plain_database.dsn) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(f"UPDATE container SET {change}".encode())  # noqa: S608 - the table above


def test_the_clock_is_real_unless_set(database: Database) -> None:
    """Without a row, every process and view tells the real time."""
    with connect(database.dsn) as connection:
        assert read_clock(connection) == REAL
        row = connection.execute("SELECT glaneur_now() AS shown, clock_timestamp() AS real").fetchone()
    assert row is not None
    assert timedelta(0) <= row["real"] - row["shown"] < timedelta(seconds=10)


def test_processes_and_views_agree_on_a_demonstrations_time(database: Database) -> None:
    """Set once, changed once: Python's clock and `glaneur_now()` follow the same row and the same rate."""
    with connect(database.dsn, autocommit=True) as connection:
        for rate in (1.0, 3600.0):
            began = datetime.now(UTC)
            clock = Clock(real_start=began, shown_start=datetime(2030, 1, 1, tzinfo=UTC), rate=rate)
            set_clock(connection, clock)
            assert read_clock(connection) == clock
            before = clock.now()
            row = connection.execute("SELECT glaneur_now() AS shown").fetchone()
            assert row is not None
            assert before <= row["shown"] <= clock.now()
            assert before >= datetime(2030, 1, 1, tzinfo=UTC)
        rows = connection.execute("SELECT count(*) AS n FROM clock").fetchone()
    assert rows == {"n": 1}
