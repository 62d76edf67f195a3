"""What Grafana's role sees: the views of `boards`, and never a person, a badge or an account."""

import re

import psycopg
import pytest
from services import Database

from store.connection import connect

pytestmark = pytest.mark.db

RELATIONS = """
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S') AND n.nspname !~ '^(pg_|information_schema|_?timescaledb)'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
"""
DENIED = psycopg.errors.InsufficientPrivilege
WORDS = ("Madame Secrète ", "O-", "K-", "L-", "B-")
SECRETS = {f"{word}{number}" for word in WORDS for number in range(1, 101)}
SECRETS |= {"Madame Secrète", "1 rue Cachée", "H-1", "0300000000", "secrete@example.org", "scellé"}


def test_it_reads_the_boards_and_no_other_relation(filled: Database) -> None:
    """Every table, view and sequence of every schema of ours is tried; those that answer are the boards'."""
    with connect(filled.dsn, "glaneur_grafana", autocommit=True) as connection:
        names = [row["name"] for row in connection.execute(RELATIONS)]
        readable = set()
        for name in names:
            try:
                connection.execute(f"SELECT * FROM {name} LIMIT 1".encode())  # noqa: S608 - from the catalogue
                readable.add(name)
            except DENIED:
                pass
    assert len(names) > 60
    assert {
        "people.occupant",
        "people.badge",
        "people.holder",
        "people.account",
        "reading",
    } & readable == set()
    # glaneur_now() reads the clock, which says nothing of anybody.
    assert {name for name in readable if not name.startswith("boards.")} == {"public.clock"}
    assert sum(name.startswith("boards.") for name in readable) == sum(
        one.startswith("boards.") for one in names
    )


def test_no_name_no_badge_no_account_is_in_what_it_reads(filled: Database) -> None:
    """Everything it can read is read whole, as text: names, addresses, references and hashes are nowhere."""
    with connect(filled.dsn, "glaneur_grafana", autocommit=True) as connection:
        views = [row["name"] for row in connection.execute(RELATIONS) if row["name"].startswith("boards.")]
        badge = connection.execute("SELECT encode(sha256('badge-secret'), 'hex') AS hash").fetchone()
        assert badge is not None
        for name in views:
            question = f"SELECT v::text AS line FROM {name} AS v LIMIT 20000"  # noqa: S608 - from the catalogue
            for row in connection.execute(question.encode()):
                words = set(re.split(r'[(),"{}\\]+', row["line"]))
                assert not words & SECRETS, name
                assert badge["hash"] not in row["line"], name


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT answers.subscription_live()",
        "SELECT answers.purge_sessions()",
        "INSERT INTO board_mark VALUES (current_date)",
        "UPDATE collection_rate SET eur_per_km = 0",
        "DELETE FROM board_area_day",
        "CREATE TABLE public.mine (x integer)",
        "SET ROLE glaneur_api",
    ],
)
def test_it_changes_nothing_and_becomes_nobody(bare: Database, statement: str) -> None:
    """Read only by its rights, whatever an editor of Grafana types."""
    with psycopg.connect(bare.dsn, autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_roles WHERE rolname = 'grafana_try'").fetchone()
        if known is None:
            connection.execute("CREATE ROLE grafana_try LOGIN IN ROLE glaneur_grafana")
        connection.execute("SET SESSION AUTHORIZATION grafana_try")
        with pytest.raises(DENIED):
            connection.execute(statement.encode())
