"""Bring a database to this version's schema: migrations once, views and grants every time.

Two kinds of SQL (see `store/README.md`): files of `sql/migrations` run exactly once, in order, each in
its own transaction, and their digest is kept, so that a changed history is refused; files of
`sql/views` run at every deploy. The job queue's own schema (procrastinate) goes the same way into the
schema `jobs`. TimescaleDB is used when the server offers it; nothing else depends on the edition.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager

VIEWS = (
    "answers.sql",
    "boards.sql",
    "grants.sql",
    "gate.sql",
    "gate_site.sql",
    "meals_office.sql",
    "policies.sql",
)
_LOCK = 0x676C616E  # "glan": one migration at a time per database


class ChangedHistory(Exception):
    """A migration that already ran has other bytes now, or is gone."""


@dataclass(frozen=True, slots=True)
class Step:
    """One migration file; `kind` is `glaneur` or `procrastinate`."""

    kind: str
    name: str
    body: str

    @property
    def digest(self) -> str:
        """SHA-256 of the body, hexadecimal."""
        return hashlib.sha256(self.body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did: migrations applied now, and the edition found."""

    applied: tuple[str, ...]
    edition: str


def own_steps() -> tuple[Step, ...]:
    """Return our migrations in the order they must run."""
    folder = files("store").joinpath("sql/migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(Step("glaneur", name, folder.joinpath(name).read_text(encoding="utf-8")) for name in names)


def queue_steps() -> tuple[Step, ...]:
    """Return the job queue's migrations as its installed version ships them."""
    paths = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    return tuple(Step("procrastinate", path.name, path.read_text(encoding="utf-8")) for path in paths)


def migrate(dsn: str) -> Report:
    """Apply what is missing to the database at `dsn`; running it twice changes nothing.

    Raises `ChangedHistory` before touching anything when a migration that ran was edited since.
    """
    with psycopg.connect(dsn, autocommit=True, application_name="glaneur-migrate") as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        connection.execute("SET client_min_messages = warning")
        edition = _prepare(connection)
        done = _history(connection)
        _refuse_changes(done)
        applied = [*_migrate_queue(connection, done), *_migrate_own(connection, done)]
        _remake_views(connection)
    return Report(tuple(applied), edition)


def _prepare(connection: psycopg.Connection) -> str:
    connection.execute("""
        CREATE TABLE IF NOT EXISTS public.migration (
            kind text NOT NULL, name text NOT NULL, digest text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (kind, name))
    """)
    offered = connection.execute("SELECT FROM pg_available_extensions WHERE name = 'timescaledb'").fetchone()
    if offered is None:
        return "plain"
    connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    licence = connection.execute("SELECT current_setting('timescaledb.license', true)").fetchone()
    return f"timescaledb-{licence[0] if licence else 'unknown'}"


def _history(connection: psycopg.Connection) -> dict[tuple[str, str], str]:
    rows = connection.execute("SELECT kind, name, digest FROM public.migration").fetchall()
    return {(kind, name): digest for kind, name, digest in rows}


def _refuse_changes(done: dict[tuple[str, str], str]) -> None:
    ours = {step.name: step.digest for step in own_steps()}
    for (kind, name), digest in sorted(done.items()):
        if kind == "glaneur" and ours.get(name) != digest:
            raise ChangedHistory(
                f"migration {name} ran on this database and "
                f"{'was edited' if name in ours else 'is gone'} since: "
                "write a new migration instead of changing history"
            )


def _migrate_own(connection: psycopg.Connection, done: dict[tuple[str, str], str]) -> Iterator[str]:
    for step in own_steps():
        if (step.kind, step.name) not in done:
            with connection.transaction():
                connection.execute(step.body.encode())
                _record(connection, step)
            yield step.name


def _migrate_queue(connection: psycopg.Connection, done: dict[tuple[str, str], str]) -> Iterator[str]:
    fresh = not any(kind == "procrastinate" for kind, _ in done)
    with connection.transaction():
        connection.execute("CREATE SCHEMA IF NOT EXISTS jobs")
        connection.execute("SET LOCAL search_path = jobs")
        if fresh:  # the whole schema holds every migration of its version
            connection.execute(SchemaManager.get_schema().encode())
        for step in queue_steps():
            if (step.kind, step.name) not in done:
                if not fresh:
                    connection.execute(step.body.encode())
                _record(connection, step)
                yield f"jobs/{step.name}"


def _record(connection: psycopg.Connection, step: Step) -> None:
    connection.execute(
        "INSERT INTO public.migration (kind, name, digest) VALUES (%s, %s, %s)",
        (step.kind, step.name, step.digest),
    )


def _remake_views(connection: psycopg.Connection) -> None:
    folder = files("store").joinpath("sql/views")
    with connection.transaction():
        for name in VIEWS:
            connection.execute(folder.joinpath(name).read_text(encoding="utf-8").encode())
