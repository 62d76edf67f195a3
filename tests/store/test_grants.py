"""Each process may do its work and no more."""

import psycopg
import pytest
from services import Database

from store.connection import connect, pool

pytestmark = pytest.mark.db

DENIED = psycopg.errors.InsufficientPrivilege


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("glaneur_ingest", "SELECT FROM people.account"),
        ("glaneur_ingest", "SELECT FROM people.session"),
        ("glaneur_ingest", "SELECT FROM people.audit"),
        ("glaneur_ingest", "SELECT FROM jobs.procrastinate_jobs"),
        ("glaneur_ingest", "UPDATE reading SET distance_mm = 0"),
        ("glaneur_ingest", "DELETE FROM reading"),
        ("glaneur_ingest", "DELETE FROM quarantine"),
        ("glaneur_ingest", "UPDATE emptying SET emptied_at = now()"),
        ("glaneur_ingest", "UPDATE device SET serial = 'x'"),
        ("glaneur_ingest", "INSERT INTO clock VALUES (true, now(), now(), 1)"),
        ("glaneur_ingest", "CREATE TABLE public.mine (x integer)"),
        ("glaneur_reader", "SELECT FROM reading"),
        ("glaneur_reader", "SELECT FROM container_state"),
        ("glaneur_reader", "SELECT FROM alert"),
        ("glaneur_reader", "SELECT FROM quarantine"),
        ("glaneur_reader", "SELECT FROM people.account"),
        ("glaneur_reader", "INSERT INTO clock VALUES (true, now(), now(), 1)"),
        ("glaneur_api", "DELETE FROM reading"),
        ("glaneur_api", "UPDATE people.audit SET action = ''"),
        ("glaneur_api", "DELETE FROM people.audit"),
        ("glaneur_api", "UPDATE stop_event SET kind = 'done'"),
        ("glaneur_api", "DELETE FROM emptying"),
        ("glaneur_worker", "SELECT FROM people.account"),
        ("glaneur_worker", "SELECT FROM people.session"),
        ("glaneur_worker", "SELECT FROM people.alert_event"),
        ("glaneur_worker", "UPDATE people.subscription SET address = ''"),
        ("glaneur_ingest", "SELECT FROM people.subscription"),
        ("glaneur_ingest", "SELECT FROM people.alert_event"),
        ("glaneur_ingest", "INSERT INTO alert_setting (kind) VALUES ('x')"),
        ("glaneur_reader", "SELECT FROM people.subscription"),
        ("glaneur_reader", "SELECT answers.subscription_live()"),
        ("glaneur_api", "UPDATE people.alert_event SET note = ''"),
        ("glaneur_api", "DELETE FROM people.alert_event"),
        ("glaneur_api", "UPDATE alert_setting SET tells = false"),
        ("glaneur_worker", "DELETE FROM reading"),
    ],
)
def test_what_a_role_may_not_do(plain_database: Database, role: str, statement: str) -> None:
    """Personal data is out of reach, the log is append-only, readers see views only."""
    with connect(plain_database.dsn, role, autocommit=True) as connection, pytest.raises(DENIED):
        connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("glaneur_ingest", "SELECT FROM device, mounting, container, clock"),
        ("glaneur_ingest", "CREATE TEMPORARY TABLE incoming (x integer)"),
        ("glaneur_ingest", "SELECT pg_notify('glaneur_live', '{}')"),
        ("glaneur_reader", "SELECT * FROM answers.container_now"),
        ("glaneur_reader", "SELECT * FROM answers.container_due"),
        ("glaneur_reader", "SELECT * FROM answers.alert_open"),
        ("glaneur_reader", "SELECT * FROM answers.round_of_the_day"),
        ("glaneur_api", "SELECT FROM people.account, people.session, people.audit"),
        ("glaneur_worker", "SELECT FROM jobs.procrastinate_jobs"),
        ("glaneur_worker", "SELECT answers.purge_sessions()"),
        ("glaneur_worker", "SELECT answers.subscription_live()"),
        ("glaneur_ingest", "SELECT FROM alert_setting"),
    ],
)
def test_what_a_role_may_do(database: Database, role: str, statement: str) -> None:
    """What its work needs, on both editions."""
    with connect(database.dsn, role, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_connections_are_in_utc_and_in_their_role(plain_database: Database) -> None:
    """One by one or from a pool, a connection is prepared alike, and its rows are dictionaries."""
    question = (
        "SELECT current_user AS who, current_setting('TimeZone') AS zone, now()::text LIKE '%+00' AS utc"
    )
    expected = {"who": "glaneur_ingest", "zone": "UTC", "utc": True}
    with connect(plain_database.dsn, "glaneur_ingest") as connection:
        assert connection.execute(question.encode()).fetchone() == expected
    lent = pool(plain_database.dsn, "glaneur_ingest", size=2)
    try:
        with lent.connection() as connection:
            assert connection.execute(question.encode()).fetchone() == expected
    finally:
        lent.close()
