"""Runs survive being killed, say how far they are, and forget people at their date."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow
from services import Database
from typer.testing import CliRunner

from api.cli import main
from api.finance import jobs, runs
from api.finance.bill_pdf_batch import write_bills, zip_bills
from api.finance.bill_settings import Billing
from store.connection import connect
from tests.api.finance_village import NOW, YEAR, issued, village

pytestmark = pytest.mark.db
# A process that computes or issues a run, and hangs after its first page, or before it commits.
KILLED = """
import sys, time
from datetime import UTC, datetime
from api.finance import registry, runs
from store.connection import connect
def hang(*_):
    print("here", flush=True)
    time.sleep(60)
registry.PAGE = 1
with connect(sys.argv[1], role="glaneur_api") as connection:
    if sys.argv[2] == "compute":
        runs.compute(connection, int(sys.argv[3]), hang)
    else:
        connection.commit = hang
        runs.issue(connection, int(sys.argv[3]), datetime(2025, 1, 10, tzinfo=UTC))
"""


@pytest.fixture
def connection(plain_database: Database) -> Iterator[Connection[DictRow]]:
    """Three accounts, a real grid."""
    with village(plain_database.dsn) as opened:
        yield opened


def kill_in_the_middle(dsn: str, what: str, run: int) -> None:
    """Start the process, wait until it hangs in the middle, and kill it as a power cut would."""
    command = [sys.executable, "-c", KILLED, dsn, what, str(run)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "here\n"
        process.kill()


def row(connection: Connection[DictRow], query: str) -> dict[str, Any]:
    """The only row of a query."""
    found = connection.execute(query.encode()).fetchone()
    connection.commit()
    assert found
    return found


def test_a_killed_process_leaves_whole_pages_and_issues_all_or_nothing(
    connection: Connection[DictRow], plain_database: Database
) -> None:
    """Killed in the draft: the worker goes on, to the same cents. Killed while issuing: nothing is issued."""
    whole = runs.open_run(connection, "entier", YEAR, "camille")
    runs.compute(connection, whole)
    cut = runs.open_run(connection, "coupé", YEAR, "camille")
    kill_in_the_middle(plain_database.dsn, "compute", cut)
    assert runs.progress(connection, cut) == {"run": cut, "status": "draft", "done": 1, "of": 3}
    connection.commit()
    with connect(plain_database.dsn, role="glaneur_worker") as worker:
        # The killed session's lock goes with it; the server may need a moment to see that it is gone.
        assert any(jobs.compute_unfinished(worker) for _ in range(600) if not _pause(worker))
    query = "SELECT json_agg(document ORDER BY account_id) AS d FROM finance.bill WHERE run_id = "
    assert row(connection, query + str(cut)) == row(connection, query + str(whole))
    runs.control(connection, cut, "camille")
    runs.approve(connection, cut, "dominique")
    kill_in_the_middle(plain_database.dsn, "issue", cut)
    state = "SELECT status, (SELECT count(number) FROM finance.bill) AS numbers"
    assert row(connection, f"{state} FROM finance.run WHERE id = {cut}") == {
        "status": "approved",
        "numbers": 0,
    }
    assert runs.issue(connection, cut, NOW) == 3
    given = "SELECT json_agg(number ORDER BY number) AS n FROM finance.bill WHERE number IS NOT NULL"
    numbers = row(connection, given)
    assert numbers["n"] == ["2025-000001", "2025-000002", "2025-000003"]


def _pause(connection: Connection[DictRow]) -> bool:
    connection.execute("SELECT pg_sleep(0.05)")
    connection.commit()
    return False


def test_progress_is_told_live_and_on_request(
    connection: Connection[DictRow], plain_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page of bills is notified once it is committed; nobody is told without signing in."""
    from api.finance import registry
    from tests.api.conftest import make_app

    monkeypatch.setattr(registry, "PAGE", 2)
    run = runs.open_run(connection, "2024", YEAR, "camille")
    with connect(plain_database.dsn, role="glaneur_api", autocommit=True) as listening:
        listening.execute("LISTEN glaneur_live")
        runs.compute(connection, run)
        told = [json.loads(one.payload) for one in listening.notifies(timeout=20, stop_after=2)]
    assert told == [{"topic": "run", "run": run, "done": done, "of": 3} for done in (2, 3)]
    with TestClient(make_app(plain_database.dsn)) as client:
        assert client.get(f"/api/v1/finance/runs/{run}/progress").status_code == 401


def test_people_are_forgotten_at_their_date_and_bills_stay(
    connection: Connection[DictRow], plain_database: Database, tmp_path: Path
) -> None:
    """C2 left on 30/06/2024: 48 months later the name and the printed bill go, lines and events stay."""
    run = issued(connection)
    billing = Billing(bills_dir=tmp_path)
    write_bills(connection, run, tmp_path, billing)
    zip_bills(tmp_path / f"calcul-{run}")
    names = "SELECT json_object_agg(reference, name) AS n FROM people.occupant"
    kept = {"P1": "Ève Durand", "P2": "Jean Petit", "P3": "Zoé Lenoir"}
    end = datetime(2028, 7, 1, 12, tzinfo=UTC)
    with connect(plain_database.dsn, role="glaneur_worker") as worker:
        assert jobs.forget(worker, end - timedelta(days=2), billing) == 0
        assert row(connection, names)["n"] == kept
        assert jobs.forget(worker, end + timedelta(days=2), billing) == 1
        assert jobs.forget(worker, end + timedelta(days=3), billing) == 0
    assert row(connection, names)["n"] == {**kept, "P2": ""}
    assert {path.name for path in (tmp_path / f"calcul-{run}").iterdir()} == {
        "facture-2025-000001.pdf",
        "facture-2025-000003.pdf",
    }
    stays = row(connection, "SELECT document FROM finance.bill WHERE number = '2025-000002'")["document"]
    assert stays["total"] == "88.46"
    assert [name for line in stays["lignes"] for name in line["evenements"]] == ["M1"]


def test_someone_who_lives_here_is_never_forgotten(
    connection: Connection[DictRow], plain_database: Database
) -> None:
    """A date set by hand counts for who left; whoever has an open account is kept."""
    connection.execute("UPDATE people.occupant SET kept_until = '2024-12-31'")
    connection.commit()
    with connect(plain_database.dsn, role="glaneur_worker") as worker:
        assert jobs.forget(worker, datetime(2025, 1, 2, tzinfo=UTC), Billing()) == 1
    left = "SELECT json_agg(reference ORDER BY reference) AS r FROM people.occupant WHERE name <> ''"
    assert row(connection, left)["r"] == ["P1", "P3"]


def test_the_command_that_keeps_forgets_too(
    connection: Connection[DictRow], plain_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`glaneur keep` ends by forgetting those whose date is past by the platform's clock."""
    monkeypatch.setenv("GLANEUR_DATABASE", plain_database.dsn)
    connection.execute("UPDATE people.occupant SET kept_until = '2020-01-01' WHERE reference = 'P2'")
    connection.commit()
    done = CliRunner().invoke(main, ["keep", "400"])
    assert done.exit_code == 0, done.output
    assert "1 occupant(s) forgotten" in done.output
    left = "SELECT json_agg(reference ORDER BY reference) AS r FROM people.occupant WHERE name <> ''"
    assert row(connection, left)["r"] == ["P1", "P3"]
