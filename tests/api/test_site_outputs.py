"""What comes out: counts that stay when the people are forgotten, usage that bills read, written once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb
from services import Database

from api.gate.retention import bill, forget
from store.__main__ import main as store_main
from store.clock import Clock, set_clock
from store.connection import connect
from tests.api.conftest import sign_in
from tests.api.site_town import town

pytestmark = pytest.mark.db

NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)


@pytest.fixture
def desk(database: Database) -> Iterator[TestClient]:
    """Camille, dispatcher, signed in; on both editions, because counts are theirs."""
    with town(database.dsn) as client:
        fill(database.dsn)
        yield sign_in(client, "regulation")


def fill(dsn: str) -> None:
    """A terminal, and passages of two years: each month one of the firm with its load, one of the family."""
    with connect(dsn) as connection:
        connection.execute(
            "INSERT INTO gate.terminal (name, site, key_hash) VALUES ('b', 'fruges', sha256('x'::bytea))"
        )
        for months in range(0, 30, 2):
            at = NOW - timedelta(days=30.5 * months)
            load = [{"material": "rubble", "volume_l": 1500, "weight_kg": 0, "pieces": 0}]
            add(connection, at, "P-1", load)
            add(connection, at, "F-1", [], overruns=["passages"] if months == 0 else [])


def add(connection: psycopg.Connection[Any], at: datetime, who: str, load: list[Any], **more: Any) -> None:
    """A passage as the gate records it."""
    connection.execute(
        """
        INSERT INTO gate.passage (id, terminal_id, site, at, received_at, holder_id, category, vehicle,
                                  trailer, units, opened, rule, overruns, offline, brought, answer)
        SELECT %s, t.id, 'fruges', %s, %s, h.id, h.category, 'car',
               'none', 1, true, 'open', %s, false, %s, '{}'
        FROM people.holder h, gate.terminal t WHERE h.reference = %s AND t.name = 'b'
        """,
        (uuid4(), at, at, more.get("overruns", []), Jsonb(load), who),
    )


def counted(client: TestClient) -> dict[str, Any]:
    """Three years of counts as the API gives them."""
    first = (NOW - timedelta(days=1100)).date()
    answer = client.get(f"/api/v1/passages?du={first}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_forgetting_people_changes_no_count(desk: TestClient, database: Database) -> None:
    """After the retention no passage of that time names anyone, and every figure is what it was."""
    before = counted(desk)
    assert sum(one["entered"] for one in before["sites"]) == 30
    with connect(database.dsn, role="glaneur_worker") as connection:
        gone = forget(connection, NOW, 24)
        assert gone == 6  # of the months 24, 26 and 28
        assert forget(connection, NOW, 24) == 0
    assert counted(desk) == before
    with connect(database.dsn) as connection:
        row = connection.execute("SELECT count(*) AS n, min(at) AS oldest FROM gate.passage").fetchone()
    assert row is not None
    assert row["n"] == 24
    assert row["oldest"] > NOW - timedelta(days=731)


def test_the_platforms_clock_moves_the_retention(
    desk: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`glaneur keep` two years later: nothing names anyone, and who moved out long ago is gone."""
    before = counted(desk)
    with connect(database.dsn) as connection:
        connection.execute("UPDATE people.holder SET closed_at = now() WHERE reference = 'F-1'")
        later = Clock(real_start=datetime.now(UTC), shown_start=NOW + timedelta(days=765), rate=1)
        set_clock(connection, later)
    monkeypatch.setenv("GLANEUR_DATABASE", database.dsn)
    assert store_main(["keep", "400"]) == 0
    assert "30 passage(s) at gates only counted" in capsys.readouterr().out
    with connect(database.dsn) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM gate.passage) AS passages, (SELECT count(*) FROM people.holder"
            " WHERE reference = 'F-1') AS family, (SELECT count(*) FROM people.holder) AS holders"
        ).fetchone()
    assert row == {"passages": 0, "family": 0, "holders": 2}
    assert counted(desk)["sites"] == before["sites"]
    monkeypatch.setenv("GLANEUR_GATE_MONTHS", "0")
    assert store_main(["keep", "400"]) == 1


def test_usage_is_written_once_for_who_pays(desk: TestClient, database: Database) -> None:
    """Entry and load of holders with an account; what was beyond the rights is put aside; once."""
    with connect(database.dsn) as connection:
        connection.execute("UPDATE people.holder SET account_ref = 'PRO-1' WHERE reference = 'P-1'")
        connection.execute("UPDATE people.holder SET account_ref = 'FAM-1' WHERE reference = 'F-1'")
    span = {"first": str((NOW - timedelta(days=40)).date()), "last": str((NOW + timedelta(days=1)).date())}
    first = desk.post("/api/v1/passages/usage", json=span).json()
    assert first["written"] == 3
    assert desk.post("/api/v1/passages/usage", json=span).json()["written"] == 0
    with connect(database.dsn, role="glaneur_worker") as connection:
        assert bill(connection, NOW - timedelta(days=40), NOW + timedelta(days=1)) == 0
        events = connection.execute(
            "SELECT kind, account_ref, m3, stream, aside FROM finance.usage_event ORDER BY account_ref, kind"
        ).fetchall()
    assert [tuple(row.values()) for row in events] == [
        ("passage", "FAM-1", None, None, "à vérifier : entré hors des droits (passages)"),
        ("apport", "PRO-1", Decimal("1.5"), "rubble", None),
        ("passage", "PRO-1", None, None, None),
    ]


def test_statements_and_exports(desk: TestClient, database: Database) -> None:
    """CSV by hour, by material and by holder; each reading of a holder's is audited; agents see none."""
    hours = desk.get("/api/v1/passages.csv").text.splitlines()
    assert hours[0].endswith("jour;heure;site;categorie;entrees;refus;hors_droits;hors_ligne")
    assert len(hours) == 3
    assert "rubble;1;1,500;0" in desk.get("/api/v1/materials.csv").text
    with connect(database.dsn) as connection:
        row = connection.execute("SELECT id FROM people.holder WHERE reference = 'P-1'").fetchone()
    assert row is not None
    assert "rubble;1,500" in desk.get(f"/api/v1/holders/{row['id']}/statement.csv").text
    with connect(database.dsn) as connection:
        read = connection.execute(
            "SELECT count(*) AS n FROM people.audit WHERE action = 'statement_read'"
        ).fetchone()
    assert read == {"n": 1}
    assert "sans compte" in desk.get("/passages").text
    assert desk.get("/api/v1/passages?du=2026-02-01&au=2026-01-01").status_code == 422
    sign_in(desk, "agent")
    assert desk.get("/passages").status_code == 403
    assert desk.get("/api/v1/passages").status_code == 403
