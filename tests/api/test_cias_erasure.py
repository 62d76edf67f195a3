"""One person's data handed over; one person forgotten everywhere but on bills; what goes by its age."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import Connection, sql
from psycopg.rows import DictRow, dict_row
from services import Database

from api.cias.erasure import NotErasable, erase_person, export_person
from api.cias.retention import Kept, forget
from api.cias.sealed import seal
from store.connection import connect
from tests.api.cias_office import (
    EARLY_NOVEMBER,
    KEY,
    OCTOBER,
    SECRET,
    account,
    asked,
    drive,
    furnish,
    number,
)
from tests.api.conftest import make_app, sign_in
from tests.api.test_cias_bills import issued

WORDS = ("carpentier", "2 rue du lavoir", "0321000000", "voisine", "béatrice", "bea@exemple.fr", "r1")
"""What would name her: her name, street, telephone, notes, her daughter, her reference."""
KEPT_TABLE = "people.meal_debtor"


@pytest.fixture
def office(territory: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The office's database."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)
    furnish(territory.dsn)
    return territory


@pytest.fixture
def connection(office: Database) -> Iterator[Connection[DictRow]]:
    """A look into it."""
    with psycopg.connect(office.dsn, row_factory=dict_row, autocommit=True) as opened:
        yield opened


def lived(connection: Connection[DictRow]) -> int:
    """Madeleine with everything that can be known of somebody."""
    her = number(connection, "r1")
    asked(connection, her, datetime(2026, 10, 1, 9, tzinfo=UTC), kind="cancel", day="2026-10-12")
    round_id, door = drive(connection, her, date(2026, 10, 6), "refused", 2.0)
    connection.execute(
        'UPDATE meals.planning SET problem = \'{"who": "Carpentier"}\', plan = \'{"at": "2 rue du Lavoir"}\''
    )
    worry = seal(SECRET, str(her), "wellbeing", '{"said": "worry"}')
    connection.execute(
        "INSERT INTO meals.door_event (event_id, door_id, kind, wellbeing, note, happened_at) "
        "VALUES (%s, %s, 'absent', %s, 'voisine prévenue', '2026-10-06 10:00Z')",
        [uuid4(), door, worry],
    )
    detail = seal(SECRET, str(her), "concern", "ne répond pas")
    connection.execute(
        "INSERT INTO meals.concern (kind, beneficiary_id, round_id, door_id, opened_at, detail, closed_at, "
        "outcome) VALUES ('absent', %s, %s, %s, '2026-10-06 10:00Z', %s, '2026-10-06 12:00Z', "
        "'vue par Béatrice')",
        [her, round_id, door, detail],
    )
    connection.execute(
        "INSERT INTO people.relative (beneficiary_id, name, email, rights, told_by, made_at) "
        "VALUES (%s, 'Béatrice', 'bea@exemple.fr', '{menus,bills}', '{email}', '2026-09-01')",
        [her],
    )
    return her


def where(connection: Connection[DictRow], word: str) -> set[str]:
    """Every table of ours that holds a word anywhere in its text."""
    tables = connection.execute(
        "SELECT format('%s.%s', schemaname, tablename) AS name, schemaname AS s, tablename AS t "
        "FROM pg_tables WHERE schemaname IN ('public', 'people', 'gate', 'finance', 'meals', 'jobs')"
    ).fetchall()
    assert len(tables) > 60
    found = set()
    for one in tables:
        query = sql.SQL("SELECT FROM {} AS x WHERE lower(x::text) ~ %s LIMIT 1")
        whole = rf"(^|[^[:alnum:]]){word}([^[:alnum:]]|$)"
        if (
            connection.execute(query.format(sql.Identifier(one["s"], one["t"])), [whole]).fetchone()
            is not None
        ):
            found.add(one["name"])
    return found


def test_the_whole_file_is_handed_over_and_logged(office: Database, connection: Connection[DictRow]) -> None:
    """By the button: everything about her, unsealed, in JSON and in words; somebody else is not in it."""
    her = lived(connection)
    issued(connection, OCTOBER, EARLY_NOVEMBER)
    with TestClient(make_app(office.dsn), follow_redirects=False) as client:
        answer = sign_in(client, "portage").post(f"/portage/dossiers/{her}/donnees")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        text = archive.read("donnees.txt").decode()
        found = json.loads(archive.read("donnees.json"))
    assert found["health"]["allergens"] == ["eggs"]
    assert found["access_note"] == "clé chez la voisine"
    assert [one["wellbeing"] for one in found["doors"] if one["wellbeing"]] == ['{"said": "worry"}']
    assert found["concerns"][0]["detail"] == "ne répond pas"
    assert found["relatives"][0]["name"] == "Béatrice"
    assert found["bills"][0]["number"] == "PR-2026-00001"
    assert (len(found["requests"]), found["supports"][0]["payer"]) == (1, "APA du Pas-de-Calais")
    for words in ("Madeleine Carpentier", "eggs", "clé chez la voisine", "ne répond pas", "PR-2026-00001"):
        assert words in text
    assert "Delattre" not in text
    log = connection.execute("SELECT purpose FROM people.care_reading WHERE beneficiary_id = %s", [her])
    assert "export" in {row["purpose"] for row in log}


def test_a_person_is_forgotten_everywhere_but_on_bills(connection: Connection[DictRow]) -> None:
    """Not while served, not before the last month is billed; then every table is searched for her."""
    her = lived(connection)
    with pytest.raises(NotErasable, match="encore servie"):
        erase_person(connection, her, EARLY_NOVEMBER)
    connection.execute(
        "UPDATE people.beneficiary SET until = '2026-10-30', end_reason = 'moved' WHERE id = %s", [her]
    )
    run = issued(connection, OCTOBER, EARLY_NOVEMBER)
    before = {word: where(connection, word) for word in WORDS}
    assert all(before.values()), before
    found = erase_person(connection, her, EARLY_NOVEMBER)
    assert found.gone["file"] == found.gone["relatives"] == found.gone["requests"] == 1
    assert found.gone["door_notes"] == 2
    assert any("dix ans" in one for one in found.kept)
    after = {word: where(connection, word) - {KEPT_TABLE} for word in WORDS}
    assert not any(after.values()), after
    row = connection.execute(
        "SELECT health, access_note FROM people.beneficiary WHERE id = %s", [her]
    ).fetchone()
    assert row == {"health": b"", "access_note": b""}
    kept = connection.execute(
        "SELECT d.name FROM people.meal_debtor d JOIN meals.bill b ON b.id = d.bill_id "
        "WHERE b.run_id = %s AND b.beneficiary_id = %s",
        [run, her],
    ).fetchone()
    assert kept == {"name": "Madeleine Carpentier"}
    assert export_person(connection, SECRET, her, account(connection, "portage"), EARLY_NOVEMBER) is None
    with pytest.raises(NotErasable, match="pas de dossier"):
        erase_person(connection, her, EARLY_NOVEMBER)


def test_a_month_that_is_not_billed_keeps_a_file(connection: Connection[DictRow]) -> None:
    """Erasing would lose meals that are owed."""
    her = number(connection, "r1")
    issued(connection, OCTOBER, EARLY_NOVEMBER)
    connection.execute(
        "UPDATE people.beneficiary SET until = '2026-11-10', end_reason = 'moved' WHERE id = %s", [her]
    )
    with pytest.raises(NotErasable, match="11/2026"):
        erase_person(connection, her, datetime(2026, 11, 20, tzinfo=UTC))


def test_the_worker_forgets_by_age_and_reads_nobody(
    office: Database, connection: Connection[DictRow]
) -> None:
    """Just before its age a thing is there, just after it is gone; counts are all the worker learns."""
    her, kept = lived(connection), Kept()
    issued(connection, OCTOBER, EARLY_NOVEMBER)
    connection.execute(
        "UPDATE people.beneficiary SET until = '2026-10-30', end_reason = 'ended' WHERE id = %s", [her]
    )
    early, late = (
        datetime(2026, 11, 20, tzinfo=UTC),
        datetime(2026, 10, 6, 12, tzinfo=UTC) + timedelta(days=370),
    )
    with connect(office.dsn, role="glaneur_worker", application="test") as worker:
        assert not any(forget(worker, early, kept).values())
        gone = forget(worker, late, kept)
        assert (gone["door_notes"], gone["concerns"], gone["files"], gone["debtors"]) == (2, 1, 0, 0)
        gone = forget(worker, datetime(2028, 11, 5, tzinfo=UTC), kept)
        assert (gone["files"], gone["requests"], gone["debtors"]) == (1, 0, 0)
        gone = forget(worker, datetime(2036, 11, 5, tzinfo=UTC), kept)
        assert gone["debtors"] == 2
        _reads_nobody(worker)
    assert where(connection, "carpentier") == set()


@pytest.mark.parametrize("role", ["glaneur_worker", "glaneur_grafana", "glaneur_reader", "glaneur_ingest"])
def test_no_other_process_reads_files_bills_or_keys(office: Database, role: str) -> None:
    """Names, sealed columns, habits, incomes, who pays, bills: the API's alone."""
    with connect(office.dsn, role=role, autocommit=True, application="test") as other:
        _reads_nobody(other)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute("SELECT answers.erase_beneficiary(1, now())")


CLOSED = (
    ("people.beneficiary", "name, address, phone, health, access_note, lat"),
    ("people.beneficiary_habit", "lunch"),
    ("people.beneficiary_income", "quotient"),
    ("people.beneficiary_support", "payer"),
    ("people.care_reading", "purpose"),
    ("people.meal_debtor", "name"),
    ("meals.request", "document"),
    ("meals.bill", "total"),
    ("meals.bill_line", "amount"),
    ("meals.bill_meal", "meal"),
    ("meals.door_event", "note, wellbeing"),
)


def _reads_nobody(other: Connection[DictRow]) -> None:
    """Each column of these alone is out of reach."""
    for table, columns in CLOSED:
        for column in columns.split(", "):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), other.transaction():
                other.execute(f"SELECT {column} FROM {table}".encode())  # noqa: S608 - the names are above
