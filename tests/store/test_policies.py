"""Compression, which only TimescaleDB Community does: as much of it as the Apache edition can show.

No test here compresses: Debian ships the Apache edition, and nothing the tests install ships the other. It
holds the same catalogue and functions, and refuses them by licence: the block of policies.sql, made to run on
it, stops at that refusal and at nothing else.
"""

from pathlib import Path

import psycopg
import pytest
from services import Database

import store

pytestmark = pytest.mark.db
POLICIES = (Path(store.__file__).parent / "sql/views/policies.sql").read_text()
GUARD = "IS DISTINCT FROM 'timescale'"
BY_LICENCE = "apache"


def refusal(database: Database, text: str) -> psycopg.Error:
    """How the database refuses this text."""
    with psycopg.connect(database.dsn) as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute(text.encode())
    return caught.value


def test_without_the_licence_nothing_is_asked(database: Database) -> None:
    """On the Apache edition and on plain PostgreSQL the block ends at its first line, however often."""
    with psycopg.connect(database.dsn) as connection:
        for _ in range(2):
            connection.execute(POLICIES.encode())


def test_only_the_licence_refuses_the_settings(timescale_database: Database) -> None:
    """With its first line turned round, the block gets as far as the table's options."""
    assert GUARD in POLICIES
    found = refusal(timescale_database, POLICIES.replace(GUARD, "IS DISTINCT FROM 'apache'"))
    assert isinstance(found, psycopg.errors.FeatureNotSupported), found
    assert BY_LICENCE in str(found)
    assert "ALTER TABLE reading SET (timescaledb.compress" in str(found.diag.context)


def test_only_the_licence_refuses_the_policy(timescale_database: Database) -> None:
    """And past them, to the call of the policy; a wrong name or argument is another error."""
    start = POLICIES.index("PERFORM add_compression_policy")
    call = POLICIES[start : POLICIES.index(";", start)].replace("PERFORM", "SELECT")
    found = refusal(timescale_database, call)
    assert isinstance(found, psycopg.errors.FeatureNotSupported), found
    assert BY_LICENCE in str(found)
    wrong = refusal(timescale_database, call.replace("if_not_exists", "if_missing"))
    assert isinstance(wrong, psycopg.errors.UndefinedFunction)
