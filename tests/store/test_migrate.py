"""Migrations run once, in order, on every edition, and history may not change."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from services import Database

from store import migrate as module
from store.migrate import ChangedHistory, Report, Step, migrate, own_steps
from store.snapshot import catalogue

pytestmark = pytest.mark.db


def history(dsn: str) -> list[tuple[str, str, str]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT kind, name, applied_at::text FROM migration ORDER BY 1, 2"
        ).fetchall()


def test_from_nothing_then_again(empty_database: Database) -> None:
    """The first run applies everything and says on which edition; the second changes nothing."""
    report = migrate(empty_database.dsn)
    assert {step.name for step in own_steps()} <= set(report.applied)
    assert report.edition == ("timescaledb-apache" if empty_database.edition == "timescale" else "plain")
    before = history(empty_database.dsn)
    assert migrate(empty_database.dsn) == Report((), report.edition)
    assert history(empty_database.dsn) == before


def test_readings_are_a_hypertable_where_there_are_any(database: Database) -> None:
    """The edition shows in the storage of readings, and nowhere in the statements that use them."""
    with psycopg.connect(database.dsn) as connection:
        row = connection.execute("SELECT to_regclass('timescaledb_information.hypertables')").fetchone()
        if database.edition == "plain":
            assert row == (None,)
            return
        found = connection.execute(
            "SELECT hypertable_name FROM timescaledb_information.hypertables"
        ).fetchall()
    assert found == [("reading",)]


def test_a_changed_history_is_refused_before_anything_is_touched(
    plain_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edited migration is named; the new one beside it does not run."""
    first, *others = own_steps()
    edited = Step(first.kind, first.name, first.body + "\n-- a comment too many")
    new = Step("glaneur", "9999_new.sql", "CREATE TABLE never (x integer);")
    monkeypatch.setattr(module, "own_steps", lambda: (edited, *others, new))
    with pytest.raises(ChangedHistory, match=f"{first.name}.*edited"):
        migrate(plain_database.dsn)
    with psycopg.connect(plain_database.dsn) as connection:
        assert connection.execute("SELECT to_regclass('never')").fetchone() == (None,)


def test_a_missing_migration_is_refused(plain_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is ahead of the code is not this code's to change."""
    *others, last = own_steps()
    monkeypatch.setattr(module, "own_steps", lambda: tuple(others))
    with pytest.raises(ChangedHistory, match=f"{last.name}.*gone"):
        migrate(plain_database.dsn)


def test_a_broken_migration_leaves_nothing(plain_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file, one transaction: half of it is none of it, and it is not remembered as done."""
    broken = Step("glaneur", "9999_broken.sql", "CREATE TABLE half (x integer); SELECT 1 / 0;")
    monkeypatch.setattr(module, "own_steps", lambda: (*own_steps(), broken))
    before = history(plain_database.dsn)
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(plain_database.dsn)
    with psycopg.connect(plain_database.dsn) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)
    assert history(plain_database.dsn) == before


def test_two_deployments_at_once_take_turns(empty_database: Database) -> None:
    """Started together, one applies everything and the other finds it done."""
    reports: list[Report] = []
    threads = [threading.Thread(target=lambda: reports.append(migrate(empty_database.dsn))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(len(report.applied) > 0 for report in reports) == [False, True]


def test_views_are_made_again_at_each_deployment(plain_database: Database) -> None:
    """A view somebody changed by hand is put right."""
    with psycopg.connect(plain_database.dsn) as connection:
        connection.execute("DROP VIEW answers.container_due")
    migrate(plain_database.dsn)
    with psycopg.connect(plain_database.dsn) as connection:
        assert connection.execute("SELECT to_regclass('answers.container_due')").fetchone() != (None,)


def test_editions_differ_in_nothing_that_we_wrote(
    timescale_database: Database, plain_database: Database
) -> None:
    """Columns, constraints, indexes and functions are the same, whichever the edition."""
    with psycopg.connect(timescale_database.dsn) as one, psycopg.connect(plain_database.dsn) as other:
        assert catalogue(one) == catalogue(other)


def test_the_command_line(empty_database: Database) -> None:
    """`python -m store`: the status says whether it was done, a mistake in the call is 2."""

    def store(*words: str, dsn: str = empty_database.dsn) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "store", *words]
        environment = {
            "GLANEUR_DATABASE": dsn,
            "PATH": str(Path(shutil.which("env") or "/usr/bin/env").parent),
        }
        root = Path(__file__).parents[2]
        return subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, input="{")

    assert store("migrate").returncode == 0
    assert "0 migration(s) applied" in store("migrate").stdout
    assert store("territory").returncode == 1
    assert [store("dance").returncode, store("migrate", dsn="").returncode] == [2, 2]
