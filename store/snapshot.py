"""The schema as one file, and as a list of facts, so that two ways of building it can be compared."""

import re
import subprocess

import psycopg

from store.queries import named_queries

SCHEMAS = ("public", "people", "gate", "finance", "meals")
_CATALOGUE = named_queries("store", "sql/queries/catalogue.sql")["catalogue"]
# Lines of pg_dump that depend on its version or on the run, not on the schema.
_NOISE = re.compile(r"^(--|SET |SELECT pg_catalog\.set_config|\\restrict|\\unrestrict)")


def dump_schema(dsn: str, pg_dump: str = "pg_dump") -> str:
    """Return the statements that build our `SCHEMAS`, as `pg_dump` writes them.

    Take it from the plain edition: TimescaleDB adds triggers of its own to hypertables.
    """
    dump = subprocess.run(  # noqa: S603 - the program is the caller's, the DSN is ours
        [pg_dump, "--schema-only", "--no-owner", "--no-privileges", *(f"-n{one}" for one in SCHEMAS), dsn],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = [line for line in dump.splitlines() if not _NOISE.match(line)]
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    # Functions come before the tables they read.
    return f"SET check_function_bodies = false;\n\n{body}\n"


def catalogue(connection: psycopg.Connection) -> set[tuple[str, str, str]]:
    """Return (sort of object, name, definition) of everything in our schemas, whatever the edition."""
    with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        return set(cursor.execute(_CATALOGUE).fetchall())
