"""The finance officer's pages: a run needs two persons, every cent leads to its events."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from services import Database

from api.auth import create_account
from api.finance import runs
from api.finance.imports import SQL
from api.finance.jobs import compute_unfinished
from store.connection import connect
from tests.api.conftest import Site
from tests.api.little_territory import PASSWORD
from tests.api.test_finance import ACCOUNTS, BINS, GRID, YEAR, take, usage
from tests.conftest import Axe

pytestmark = pytest.mark.db


def fill(dsn: str) -> int:
    """Three accounts and their run, opened by the officer `finance`; `seconde` is another."""
    with connect(dsn, role="glaneur_api") as connection:
        connection.execute(SQL["grid_added"], {"file": "2024.toml", "body": GRID})
        take(connection, ACCOUNTS, BINS, usage())
        create_account(
            connection, login="finance", display_name="Lou Finance", password=PASSWORD, role="finance"
        )
        create_account(
            connection, login="seconde", display_name="Sam Seconde", password=PASSWORD, role="finance"
        )
        connection.commit()
        run = runs.open_run(connection, "Année 2024", YEAR, "finance")
        runs.compute(connection, run)
    return run


@pytest.fixture
def run(client: TestClient, territory: Database) -> int:
    """A computed draft."""
    return fill(territory.dsn)


def test_a_run_is_approved_by_a_second_person_on_the_pages(
    run: int, as_person: Callable[[str], TestClient]
) -> None:
    """Draft → controlled by the one who opened it, who may not approve; another does, and issues."""
    first = as_person("finance")
    page = f"/finances/calculs/{run}"
    assert "brouillon" in first.get("/finances").text
    assert first.post(f"{page}/emettre").status_code == 409
    assert first.post(f"{page}/controler").status_code == 303
    refused = first.post(f"{page}/approuver")
    assert refused.status_code == 409
    assert "Une autre personne" in refused.text
    second = as_person("seconde")
    assert second.post(f"{page}/approuver").status_code == 303
    assert second.post(f"{page}/emettre").status_code == 303
    shown = second.get(page).text
    assert "399,03" in shown
    assert "approuvé par seconde" in shown
    assert second.post(f"{page}/abandonner").status_code == 409
    assert second.post(f"{page}/rien").status_code == 404


def addresses_of(run: int) -> tuple[str, ...]:
    """Every page of the room, after /finances."""
    bills = (f"/calculs/{run}", f"/calculs/{run}/foyers/1")
    return (
        "",
        *bills,
        "/foyers",
        "/foyers/1",
        "/a-verifier",
        "/reclamations",
        "/reclamations/1",
        "/grilles",
        "/fichiers",
    )


@pytest.fixture
def officer(run: int, as_person: Callable[[str], TestClient]) -> TestClient:
    """Lou, finance officer, signed in."""
    return as_person("finance")


def number(client: TestClient, words: str) -> str:
    """The opaque number of the only household that a search finds."""
    found = client.post("/finances/foyers", data={"q": words})
    assert found.status_code == 200
    numbers = re.findall(r"/finances/foyers/(\d+)", found.text)
    assert len(set(numbers)) == 1, found.text
    return str(numbers[0])


def test_a_bill_leads_from_each_cent_to_its_events(officer: TestClient, run: int) -> None:
    """The name, the article, the computation, the instant each lift was read; what is not billed and why."""
    text = officer.get(f"/finances/calculs/{run}/foyers/{number(officer, 'eve durand')}").text
    for wanted in ("Ève Durand", "219,31", "Levée à partir de la 7e", "15,36", "3 levées × 5,12"):
        assert wanted in text
    assert "05/09/2024 à 06:00</strong> · levée · bac B1" in text
    other = officer.get(f"/finances/calculs/{run}/foyers/{number(officer, 'LENOIR embry')}").text
    assert "à vérifier : lu deux fois" in other
    assert "Ève Durand" not in other
    assert officer.get(f"/finances/calculs/{run}/foyers/999").status_code == 404
    assert officer.get("/finances/calculs/999").status_code == 404


def test_a_search_is_by_every_word_and_stays_out_of_addresses(officer: TestClient, run: int) -> None:
    """Accents and capitals aside; a percent sign is a percent sign; nothing typed is in an address."""
    assert number(officer, "ÈVE fruges") == number(officer, "c1")
    assert "Aucun compte ne correspond" in officer.post("/finances/foyers", data={"q": "eve embry"}).text
    assert "Aucun compte ne correspond" in officer.post("/finances/foyers", data={"q": "%"}).text
    searched = f"/finances/calculs/{run}/chercher"
    assert ">C2</a>" in officer.post(searched, data={"q": "c2"}).text
    assert "Aucune facture ne correspond" in officer.post(searched, data={"q": "%"}).text


def test_each_reading_of_a_file_is_recorded(officer: TestClient, run: int, territory: Database) -> None:
    """Opening a file or a bill leaves who and when; a search leaves that there was one, not its words."""
    who = number(officer, "petit")
    officer.get(f"/finances/foyers/{who}")
    officer.get(f"/finances/calculs/{run}/foyers/{who}")
    assert "Lou Finance" in officer.get(f"/finances/foyers/{who}").text
    with connect(territory.dsn) as connection:
        rows = connection.execute(
            "SELECT u.action, u.subject, u.detail, a.login FROM people.audit u"
            " JOIN people.account a ON a.id = u.account_id WHERE action LIKE 'household%' ORDER BY u.id"
        ).fetchall()
    assert [row["action"] for row in rows] == ["household_search", *["household_read"] * 3]
    assert {row["login"] for row in rows} == {"finance"}
    assert {row["subject"] for row in rows[1:]} == {f"finance_account/{who}"}
    assert "petit" not in str(rows).lower()


def test_a_household_changes_from_a_day_on(officer: TestClient, run: int, territory: Database) -> None:
    """Another person, a badge, a bin too many, a departure: dated, and what was before stays."""
    who = number(officer, "lenoir")
    page = f"/finances/foyers/{who}"
    changed = officer.post(
        f"{page}/situation",
        data={"du": "2025-02-01", "personnes": "2", "options": "compost", "categorie": "menage"},
    )
    assert changed.status_code == 303, changed.text
    assert officer.post(f"{page}/donner", data={"code": "K9", "du": "2025-02-01"}).status_code == 303
    text = officer.get(page).text
    assert "À partir du 01/07/2024" in text
    assert "À partir du 01/02/2025</strong>" in text
    assert "options compost, catégorie menage, personnes 2" in text
    assert "Badge K9, depuis le 01/02/2025" in text
    again = officer.post(f"{page}/donner", data={"code": "B1", "volume": "120", "du": "2025-02-01"})
    assert again.status_code == 409
    assert "Ce bac est déjà à un autre compte" in again.text
    assert officer.post(f"{page}/reprendre", data={"code": "K9", "au": "2025-03-31"}).status_code == 303
    assert officer.post(f"{page}/depart", data={"au": "2025-05-31"}).status_code == 303
    text = officer.get(page).text
    assert "Badge K9, depuis le 01/02/2025 jusqu'au 31/03/2025" in text
    assert "Bac B2, 80 L, depuis le 01/07/2024 jusqu'au 31/05/2025" in text
    assert "pas là le 01/06/2025" in officer.post(f"{page}/situation", data={"du": "2025-06-01"}).text
    wrong = officer.post(f"{page}/situation", data={"du": "2025-03-01", "personnes": "x"})
    assert "pas un nombre : x" in wrong.text


def test_what_waits_is_decided_with_a_reason(officer: TestClient, run: int) -> None:
    """O2 is on the page of what to review; billed with its reason, it leaves it; its file says so."""
    assert "signalé par l" in officer.get("/finances/a-verifier").text
    acts = {"evenement": "O2", "action": "retenir", "motif": "Deux sacs ce jour-là"}
    assert officer.post("/finances/evenements", data={**acts, "motif": " "}).status_code == 409
    done = officer.post("/finances/evenements", data={**acts, "retour": "//ailleurs.fr"})
    assert done.headers["location"] == "/finances/a-verifier"
    assert "Rien à vérifier" in officer.get("/finances/a-verifier").text
    text = officer.get(f"/finances/calculs/{run}/foyers/{number(officer, 'lenoir')}").text
    assert "Deux sacs ce jour-là (finance" in text
    assert "1 décision a touché" in officer.get(f"/finances/calculs/{run}").text
    rules = {"double_s": "300", "double_m": "50", "cycle_s": "5", "neighbour_m": "80"}
    sent = officer.post("/finances/a-verifier/regles", data={**rules, "cadence": "ouverture=6, passage = 3"})
    assert sent.status_code == 303, sent.text
    assert "ouverture=6, passage=3" in officer.get("/finances/a-verifier").text
    wrong = officer.post("/finances/a-verifier/regles", data={**rules, "cadence": "six"})
    assert "écrivez par exemple ouverture=6" in wrong.text


def test_a_run_opened_on_the_page_is_made_by_the_worker(officer: TestClient, territory: Database) -> None:
    """The bar says none of three; the worker makes them; a period that ends before it begins is refused."""
    opened = officer.post("/finances/calculs", data={"nom": "Essai", "du": "2024-01-01", "au": "2024-06-30"})
    assert opened.status_code == 303
    page = opened.headers["location"]
    assert 'max="2" value="0"' in officer.get(page).text  # C3 came in July
    assert "pas encore de facture" in officer.post(f"{page}/controler").text
    with connect(territory.dsn, role="glaneur_worker") as connection:
        assert compute_unfinished(connection) == 1
    assert "<progress" not in officer.get(page).text
    wrong = officer.post("/finances/calculs", data={"nom": "Essai", "du": "2024-06-30", "au": "2024-01-01"})
    assert wrong.status_code == 409
    assert "dont la fin suit le début" in wrong.text


@pytest.mark.page
def test_the_bar_follows_the_worker(site: Site, page: Page) -> None:
    """Chromium shows the draft's bar; when the worker is done, the page is the finished draft's."""
    fill(site.database.dsn)
    with connect(site.database.dsn, role="glaneur_api") as connection:
        run = runs.open_run(connection, "Essai", YEAR, "finance")
    site.sign_in(page, "finance", f"/finances/calculs/{run}")
    page.get_by_role("progressbar").wait_for()
    with connect(site.database.dsn, role="glaneur_worker") as connection:
        compute_unfinished(connection)
    page.get_by_role("progressbar").wait_for(state="detached")
    page.get_by_role("button", name="Clore et contrôler").wait_for()


def test_grids_are_read_aloud(officer: TestClient) -> None:
    """Each clause in French, with its article, its prices and the vote."""
    text = officer.get("/finances/grilles").text
    assert "Par an pour chaque bac, au prorata des jours" in text
    assert "bac (litres) 120 à 140 : 203,95 €" in text


def test_the_pages_are_for_finance_alone(run: int, as_person: Callable[[str], TestClient]) -> None:
    """A dispatcher or a driver reads no name and no amount; a finance officer sees no round."""
    addresses = addresses_of(run)
    for login in ("regulation", "chauffeur"):
        client = as_person(login)
        assert {client.get(f"/finances{one}").status_code for one in addresses} == {403}
        assert client.post("/finances/foyers", data={"q": "eve"}).status_code == 403
        assert client.post(f"/finances/calculs/{run}/controler").status_code == 403
    officer = as_person("finance")
    assert officer.get("/tournees").status_code == 403


@pytest.mark.page
@pytest.mark.parametrize("page", [(1440, 900), (360, 740)], indirect=True, ids=["desk", "phone"])
def test_the_pages_are_accessible_and_fit(site: Site, page: Page, axe: Axe) -> None:
    """No serious violation, and nothing wider than the screen, on a desk and on a phone."""
    run = fill(site.database.dsn)
    site.sign_in(page, "finance", "/finances")
    page.goto(f"{site.url}/finances/reclamations/nouvelle?foyer=1&calcul={run}")
    page.get_by_label("en quelques mots").fill("trop de levées")
    page.get_by_role("button", name="Ouvrir la réclamation").click()
    for address in addresses_of(run):
        page.goto(f"{site.url}/finances{address}")
        for fold in page.locator("details").all():
            fold.evaluate("node => { node.open = true }")
        assert axe(page) == [], address
        size = page.viewport_size
        assert size is not None
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], address
