"""Grids side by side on real usage: the cents of bills, hypotheses that are said, nothing written."""

import csv
import io
from collections.abc import Callable
from fractions import Fraction

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from psycopg import Connection, sql
from psycopg.rows import DictRow
from services import Database

from api.finance.imports import Refusal
from api.finance.simulator import Wish, cost_of, figures, habit_of, simulate, simulate_here
from store.connection import connect
from tests.api.conftest import Site
from tests.api.test_finance import GRID, YEAR
from tests.api.test_finance_pages import fill
from tests.conftest import Axe

pytestmark = pytest.mark.db

DEARER = GRID.replace("2024-01-01", "2026-01-01").replace("5.12", "10.24")
FORM = {
    "du": "2024-01-01", "au": "2024-12-31", "cout": "500", "nom": ["Plus cher", ""], "projet": [DEARER, ""],
    "quoi": ["", ""], "garde": ["", ""], "elasticite": ["", ""], "avant": ["", ""], "apres": ["", ""],
}  # fmt: skip


def counts(connection: Connection[DictRow]) -> dict[str, int]:
    """How many rows each table of ours has."""
    tables = connection.execute(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname IN ('public', 'people', 'finance', 'gate', 'jobs')"
    ).fetchall()
    found = {}
    for table in tables:
        row = connection.execute(
            sql.SQL("SELECT count(*) AS n FROM {}").format(sql.SQL(table["name"]))
        ).fetchone()
        found[table["name"]] = row["n"] if row else -1
    return found


@pytest.fixture
def officer(client: TestClient, territory: Database, as_person: Callable[[str], TestClient]) -> TestClient:
    """Lou, with three accounts and a year of usage."""
    fill(territory.dsn)
    return as_person("finance")


def test_a_dearer_lift_and_who_pays_it(officer: TestClient, territory: Database) -> None:
    """3 lifts at 10.24 instead of 5.12: 15.36 more, from one household; no row is written."""
    with connect(territory.dsn) as connection:
        before = counts(connection)
    text = officer.post("/finances/simulateur", data=FORM).text
    for wanted in (
        "3 comptes comparés",
        "399,03",
        "414,39",
        "+15,36",
        "prix variables ×",
        "Fruges",
        "Embry",
    ):
        assert wanted in text, wanted
    assert "personne ne change ses habitudes" in text
    with connect(territory.dsn) as connection:
        assert counts(connection) == before


def test_the_same_as_a_file(officer: TestClient) -> None:
    """One long table that a spreadsheet reads: totals, groups, distribution."""
    answer = officer.post("/finances/simulateur", data={**FORM, "sous": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    said = {(row["scenario"], row["selon"], row["valeur"], row["mesure"]): row["nombre"] for row in rows}
    assert said["Plus cher", "", "", "produit"] == "414.39"
    assert said["Plus cher", "commune", "Fruges", "perdants"] == "1"
    assert said["Plus cher", "commune", "Embry", "perdants"] == "0"
    assert sum(int(row["nombre"]) for row in rows if row["tableau"] == "distribution") == 6


def test_a_hypothesis_is_said_and_counts(officer: TestClient, territory: Database) -> None:
    """Elasticity −0.5 and a price that doubles: half the lifts; C1's five are then all included."""
    half = {
        **FORM,
        "quoi": ["levee", ""],
        "elasticite": ["-0,5", ""],
        "avant": ["5,12", ""],
        "apres": ["10,24", ""],
    }
    text = officer.post("/finances/simulateur", data=half).text
    assert "il reste 50,0 % des événements « levée »" in text
    wish = Wish(period=YEAR, projects={"p": DEARER}, habits={"levee": Fraction(50)})
    voted, tried = figures(simulate_here(territory.dsn, wish), None)
    assert str(voted.product) == "399.03"
    assert str(tried.product) == "383.67"  # 219.31 - 15.36 for C1


def test_what_is_wrong_is_told_and_the_form_stays(officer: TestClient) -> None:
    """A grid with a fault: its name, its line, a sentence; nothing typed is lost."""
    broken = {**FORM, "projet": [DEARER.replace("10.24", '"cher"'), ""]}
    answer = officer.post("/finances/simulateur", data=broken)
    assert answer.status_code == 422
    assert "Plus cher:" in answer.text
    assert "cher&#34;" in answer.text
    for wrong, said in (
        ({"projet": ["", ""]}, "au moins une grille"),
        ({"au": "2023-12-31"}, "finit avant de commencer"),
        ({"au": "demain"}, "AAAA-MM-JJ"),
        ({"cout": "beaucoup"}, "coût"),
        ({"nom": ["A", "A"], "projet": [DEARER, DEARER]}, "Deux projets"),
    ):
        answer = officer.post("/finances/simulateur", data={**FORM, **wrong})
        assert answer.status_code == 422, wrong
        assert said in answer.text


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (("90", "", "", ""), 90),
        (("", "-0.3", "2", "2.2"), 97),
        (("", "-3", "1", "2"), 0),
        (("", "", "", ""), None),
    ],
)
def test_habits(given: tuple[str, str, str, str], wanted: int | None) -> None:
    """A percentage as said; an elasticity with two prices, never below nothing."""
    assert habit_of(*given) == wanted


@pytest.mark.parametrize(
    "given", [("x", "", "", ""), ("", "-0.3", "", "2"), ("", "-0.3", "0", "2"), ("-5", "", "", "")]
)
def test_habits_without_sense(given: tuple[str, str, str, str]) -> None:
    """A word, a price that is missing, a price of nothing, less than nothing."""
    with pytest.raises(Refusal):
        habit_of(*given)
    assert cost_of(" ") is None


def test_a_simulation_cannot_write(officer: TestClient, territory: Database) -> None:
    """In another process, on a connection that only reads; the same figures."""
    wish = Wish(period=YEAR, projects={"p": DEARER})
    assert figures(simulate(territory.dsn, wish), None) == figures(simulate_here(territory.dsn, wish), None)


@pytest.mark.page
@pytest.mark.parametrize("page", [(1440, 900), (360, 740)], indirect=True, ids=["desk", "phone"])
def test_the_page_is_accessible_and_fits(site: Site, page: Page, axe: Axe) -> None:
    """The form, then the result with its charts, on a desk and on a phone."""
    fill(site.database.dsn)
    site.sign_in(page, "finance", "/finances/simulateur")
    page.get_by_label("Usage du").fill("2024-01-01")
    page.get_by_label("au", exact=True).fill("2024-12-31")
    page.get_by_label("Coût").fill("500")
    page.get_by_label("Texte de la grille").first.fill(DEARER)
    page.get_by_role("button", name="Comparer", exact=True).click()
    page.get_by_role("heading", name="Produit et factures").wait_for()
    for fold in page.locator("details").all():
        fold.evaluate("node => { node.open = true }")
    assert axe(page) == []
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
