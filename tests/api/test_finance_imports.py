"""A file is tried before it is taken in: the trial changes nothing, each refused row is told."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from services import Database

from store.connection import connect
from tests.api.test_finance import ACCOUNTS, BINS
from tests.api.test_finance_pages import fill

pytestmark = pytest.mark.db

SENT = "/finances/fichiers"


@pytest.fixture
def officer(client: TestClient, territory: Database, as_person: Callable[[str], TestClient]) -> TestClient:
    """Lou, with accounts and a year of usage."""
    fill(territory.dsn)
    return as_person("finance")


def sent(officer: TestClient, kind: str, text: str, name: str = "envoi.csv") -> str:
    """Try a file; the page of its report."""
    answer = officer.post(SENT, data={"genre": kind}, files={"fichier": (name, text.encode(), "text/csv")})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def bins(dsn: str) -> int:
    """How many bins there are."""
    with connect(dsn) as connection:
        row = connection.execute("SELECT count(*) AS n FROM finance.bin").fetchone()
    assert row
    return int(row["n"])


def test_a_file_is_tried_then_taken_once(officer: TestClient, territory: Database) -> None:
    """Two new bins, one refused with its line: nothing until it is taken, then two, then never again."""
    page = sent(
        officer,
        "bacs",
        BINS + "B8;80;omr;C1;2024-02-01;\nB9;0;omr;C1;2024-02-01;\nB10;80;omr;C3;2024-08-01;\n",
    )
    text = officer.get(page).text
    assert "essayé, rien n" in text
    assert "Prendre les 2 lignes" in text
    assert bins(territory.dsn) == 2
    for wanted in (">6<", "plus grand que zéro"):
        assert wanted in text
    assert officer.post(f"{page}/prendre").status_code == 303
    assert bins(territory.dsn) == 4
    assert officer.post(f"{page}/prendre").status_code == 409
    assert bins(territory.dsn) == 4
    told = officer.get(f"{page}/refus.csv").text
    assert "envoi.csv;6;Le volume doit" in told
    assert "envoi.csv" in officer.get(SENT).text
    with connect(territory.dsn) as connection:
        row = connection.execute("SELECT content FROM people.import_file").fetchone()
    assert row == {"content": None}


def test_a_tried_file_is_forgotten_after_a_day(officer: TestClient, territory: Database) -> None:
    """What people sent and did not take in is not kept."""
    page = sent(officer, "comptes", ACCOUNTS)
    with connect(territory.dsn) as connection:
        connection.execute("UPDATE people.import_file SET uploaded_at = uploaded_at - interval '25 hours'")
    assert "oublié" in officer.get(SENT).text
    assert officer.post(f"{page}/prendre").status_code == 409


def test_usage_says_how_much_is_to_review(officer: TestClient) -> None:
    """A double read in the file is counted in the trial already."""
    rows = "id;le;quoi;bac\nV1;2024-11-05T06:00;levee;B1\nV2;2024-11-05T06:03;levee;B1\n"
    page = sent(officer, "usage", rows)
    assert "<dt>Événements à vérifier</dt><dd>1</dd>" in officer.get(page).text
    assert "lu deux fois en" not in officer.get("/finances/a-verifier").text
    officer.post(f"{page}/prendre")
    assert "lu deux fois en 180 s" in officer.get("/finances/a-verifier").text


def test_what_is_no_such_file_is_refused(officer: TestClient) -> None:
    """Nothing in it, an unknown kind, no header that we know, a name with a formula."""
    empty = officer.post(SENT, data={"genre": "bacs"}, files={"fichier": ("x.csv", b"  \n", "text/csv")})
    assert empty.status_code == 422
    other = officer.post(SENT, data={"genre": "autre"}, files={"fichier": ("x.csv", b"a;b", "text/csv")})
    assert other.status_code == 422
    page = sent(officer, "bacs", "numero;litres\n1;2\n", name="=cmd().csv")
    assert "Colonnes manquantes" in officer.get(page).text
    assert "'=cmd().csv;1;Colonnes" in officer.get(f"{page}/refus.csv").text
    assert officer.get(f"{SENT}/999").status_code == 404
