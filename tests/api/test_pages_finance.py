"""The finance officer's pages: a run needs two persons, every cent leads to its events."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from services import Database

from api.auth import create_account
from api.finance import runs
from api.finance.imports import SQL
from store.connection import connect
from tests.api.conftest import Site
from tests.api.little_territory import PASSWORD
from tests.api.test_finance import ACCOUNTS, BINS, GRID, YEAR, take, usage
from tests.conftest import Axe

pytestmark = pytest.mark.db


def fill(dsn: str) -> int:
    """Three accounts and their run, opened by the administrator `admin`; `finance` is another."""
    with connect(dsn, role="glaneur_api") as connection:
        connection.execute(SQL["grid_added"], {"file": "2024.toml", "body": GRID})
        take(connection, ACCOUNTS, BINS, usage())
        create_account(
            connection, login="finance", display_name="Lou Finance", password=PASSWORD, role="admin"
        )
        connection.commit()
        run = runs.open_run(connection, "Année 2024", YEAR, "admin")
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
    first = as_person("admin")
    page = f"/finances/calculs/{run}"
    assert "brouillon" in first.get("/finances").text
    assert first.post(f"{page}/emettre").status_code == 409
    assert first.post(f"{page}/controler").status_code == 303
    refused = first.post(f"{page}/approuver")
    assert refused.status_code == 409
    assert "Une autre personne" in refused.text
    second = as_person("finance")
    assert second.post(f"{page}/approuver").status_code == 303
    assert second.post(f"{page}/emettre").status_code == 303
    shown = second.get(page).text
    assert "399,03" in shown
    assert "approuvé par finance" in shown
    assert second.post(f"{page}/abandonner").status_code == 409
    assert second.post(f"{page}/rien").status_code == 404


def test_a_household_leads_from_each_cent_to_its_events(
    run: int, as_person: Callable[[str], TestClient]
) -> None:
    """The name, the article, the computation, the instant each lift was read; what is not billed and why."""
    client = as_person("admin")
    text = client.get(f"/finances/calculs/{run}/comptes/C1").text
    for wanted in ("Ève Durand", "219,31", "Levée à partir de la 7e", "15,36", "3 levées × 5,12"):
        assert wanted in text
    assert "05/09/2024 à 06:00 · levée du bac B1" in text
    other = client.get(f"/finances/calculs/{run}/comptes/C3").text
    assert "à vérifier : lu deux fois" in other
    assert "Ève Durand" not in other
    assert client.get(f"/finances/calculs/{run}/comptes/C99").status_code == 404
    assert client.get("/finances/calculs/999").status_code == 404


def test_a_search_takes_what_is_typed_as_it_is(run: int, as_person: Callable[[str], TestClient]) -> None:
    """A percent sign is a percent sign."""
    client = as_person("admin")
    assert "comptes/C2" in client.get(f"/finances/calculs/{run}?q=c2").text
    assert "Aucune facture ne correspond" in client.get(f"/finances/calculs/{run}?q=%25").text


def test_bills_are_not_for_dispatchers(run: int, dispatcher: TestClient) -> None:
    """Nobody without the right reads a name or an amount."""
    for address in ("/finances", f"/finances/calculs/{run}", f"/finances/calculs/{run}/comptes/C1"):
        assert dispatcher.get(address).status_code == 403
    assert dispatcher.post(f"/finances/calculs/{run}/controler").status_code == 403


@pytest.mark.page
@pytest.mark.parametrize("page", [(1440, 900), (360, 740)], indirect=True, ids=["desk", "phone"])
def test_the_pages_are_accessible_and_fit(site: Site, page: Page, axe: Axe) -> None:
    """No serious violation, and nothing wider than the screen, on a desk and on a phone."""
    run = fill(site.database.dsn)
    site.sign_in(page, "admin", "/finances")
    for address in ("/finances", f"/finances/calculs/{run}", f"/finances/calculs/{run}/comptes/C1"):
        page.goto(site.url + address)
        for fold in page.locator("details").all():
            fold.evaluate("node => { node.open = true }")
        assert axe(page) == []
        size = page.viewport_size
        assert size is not None
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
