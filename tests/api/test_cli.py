"""The commands `worker`, `plan` and `doctor`, as a person runs them."""

import os
from typing import Any

import pytest
from services import BrokerAddress, Database
from typer.testing import CliRunner

from api.cli import main
from api.doctor import Finding, examine
from store.connection import connect
from tests.api.rounds_territory import seed_rounds, tomorrow

pytestmark = pytest.mark.db


@pytest.fixture
def installed(timescale_database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The grown territory, and the environment an operator would set."""
    seed_rounds(timescale_database.dsn)
    for name in [name for name in os.environ if name.startswith("GLANEUR_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GLANEUR_DATABASE", timescale_database.dsn)
    return timescale_database


def findings() -> dict[str, Finding]:
    """What the doctor says, by subject."""
    return {one.about: one for one in examine()}


def invoke(*arguments: str) -> Any:
    """Run `glaneur` in this process, wide enough for its tables."""
    return CliRunner().invoke(main, list(arguments), env={"COLUMNS": "200"})


def test_plan_prints_the_rounds(installed: Database) -> None:
    """The command plans through the same code as the worker and prints hours, places and reasons."""
    result = invoke("plan", "--day", tomorrow().isoformat(), "--stream", "verre", "--seconds", "1")

    assert result.exit_code == 0, result.output
    assert "Place du Lavoir" in result.output
    assert "débordera" in result.output
    with connect(installed.dsn) as connection:
        row = connection.execute("SELECT status FROM planning").fetchone()
        jobs = connection.execute("SELECT count(*) AS jobs FROM jobs.procrastinate_jobs").fetchone()
    assert (row, jobs) == ({"status": "done"}, {"jobs": 0})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--stream", "lune"), "Ce flux n'existe pas."),
        (("--stream", "verre", "--vehicles", "GRUE-1,FUSEE"), "« FUSEE »"),
    ],
)
def test_plan_refuses_in_a_sentence(installed: Database, arguments: tuple[str, ...], sentence: str) -> None:
    """A request that makes no sense is refused with its reason and status 1."""
    result = invoke("plan", "--day", tomorrow().isoformat(), *arguments)

    assert result.exit_code == 1
    assert sentence in " ".join(result.output.split())


def test_plan_needs_a_day(installed: Database) -> None:
    """A day that is not one is a wrong call."""
    assert invoke("plan", "--day", "demain", "--stream", "verre").exit_code == 2


def test_doctor_on_a_good_installation(
    installed: Database, broker: BrokerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything but the worker that does not run is well; the status says that something is not."""
    monkeypatch.setenv(
        "GLANEUR_BROKER", f"mqtt://{broker.username}:{broker.password}@{broker.host}:{broker.port}"
    )
    monkeypatch.setenv("GLANEUR_SMTP", "file:///nowhere/mails")  # looked at, not written to
    monkeypatch.setenv("GLANEUR_PUBLIC_URL", "https://glaneur.example")
    found = findings()

    assert {about for about, one in found.items() if one.verdict != "ok"} == {"worker"}, found
    assert "hypertable" in found["edition"].sentence
    assert "MQTT 5" in found["broker"].sentence
    assert broker.password not in str(found)
    result = invoke("doctor")
    assert result.exit_code == 1
    assert "!!  worker: none is running: start `glaneur worker`" in result.output
    with connect(installed.dsn) as connection:
        connection.execute("INSERT INTO jobs.procrastinate_workers DEFAULT VALUES")
    assert invoke("doctor").exit_code == 0


@pytest.mark.parametrize(
    ("harm", "about", "words"),
    [
        ("DROP SCHEMA public CASCADE; CREATE SCHEMA public", "schema", "run `glaneur migrate`"),
        ("DELETE FROM migration WHERE name = '0004_rounds.sql'", "schema", "1 migration(s) to apply"),
        ("UPDATE migration SET digest = 'x' WHERE name = '0001_territory.sql'", "schema", "other bytes"),
        (
            "INSERT INTO migration (kind, name, digest) VALUES ('glaneur', '9999_future.sql', 'x')",
            "schema",
            "newer version",
        ),
        ("UPDATE people.account SET active = false", "accounts", "nobody can dispatch"),
        ("UPDATE container_state SET measured_at = now() - INTERVAL '3 days'", "messages", "72"),
        ("DELETE FROM container_state", "messages", "not one message yet"),
        (
            "SET search_path TO public, jobs;"
            "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name) VALUES ('default', 'plan');"
            "UPDATE jobs.procrastinate_events SET at = now() - INTERVAL '10 minutes'",
            "queue",
            "waited 10 min",
        ),
    ],
)
def test_doctor_finds_what_is_wrong(installed: Database, harm: str, about: str, words: str) -> None:
    """Each harm done to a good database is named."""
    with connect(installed.dsn) as connection:
        connection.execute(harm.encode())
    finding = findings()[about]

    assert finding.verdict == "!!"
    assert words in finding.sentence


@pytest.mark.parametrize(
    ("name", "value", "about", "words"),
    [
        ("GLANEUR_DATABASE", "postgresql://nobody@127.0.0.1:1/x", "database", "cannot be reached"),
        ("GLANEUR_PORT", "eighty", "settings", "GLANEUR_PORT"),
        ("GLANEUR_BROKER", "localhost", "settings", "GLANEUR_BROKER"),
        ("GLANEUR_BROKER", "mqtt://127.0.0.1:1", "broker", "cannot be reached"),
    ],
)
def test_doctor_finds_wrong_settings(
    installed: Database, monkeypatch: pytest.MonkeyPatch, name: str, value: str, about: str, words: str
) -> None:
    """Each wrong setting is named, and nothing raises."""
    monkeypatch.setenv(name, value)
    finding = findings()[about]

    assert finding.verdict == "!!"
    assert words in finding.sentence


def test_doctor_finds_a_broker_that_refuses_us(
    installed: Database, broker: BrokerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password is told apart from a broker that is away."""
    monkeypatch.setenv("GLANEUR_BROKER", f"mqtt://{broker.username}:wrong@{broker.host}:{broker.port}")

    assert "refuses us" in findings()["broker"].sentence
