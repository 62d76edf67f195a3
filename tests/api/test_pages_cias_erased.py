"""Forgetting a person, in a browser: the file's own button, what is kept, and what a relative then meets."""

import psycopg
import pytest
from playwright.sync_api import expect
from psycopg.rows import dict_row

from tests.api.cias_office import EARLY_NOVEMBER, KEY, OCTOBER, furnish
from tests.api.conftest import Site
from tests.api.family_house import link
from tests.api.test_cias_bills import issued
from tests.api.test_cias_erasure import lived
from tests.conftest import Axe, OpenPage

pytestmark = [pytest.mark.page, pytest.mark.db]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)


def test_a_person_is_erased_and_her_daughter_is_told_where_to_turn(
    site: Site, open_page: OpenPage, faults: list[str], axe: Axe
) -> None:
    """The page says what is gone and what stays, at both sizes; her daughter is at the door."""
    dsn = site.database.dsn
    furnish(dsn)
    with psycopg.connect(dsn, row_factory=dict_row, autocommit=True) as connection:
        her = lived(connection)
        issued(connection, OCTOBER, EARLY_NOVEMBER)
        connection.execute(
            "UPDATE people.beneficiary SET until = '2026-10-30', end_reason = 'moved' WHERE id = %s", [her]
        )
        row = connection.execute("SELECT id FROM people.relative").fetchone()
        assert row is not None
    daughter, office = open_page(360, 740), open_page(1440, 900)
    daughter.goto(f"{site.url}/famille/entrer#{link(dsn, row['id'])}")
    daughter.get_by_role("button", name="Entrer").click()
    expect(daughter.get_by_role("heading", level=1)).to_contain_text("Madeleine Carpentier")
    site.sign_in(office, "portage", f"/portage/dossiers/{her}")
    office.get_by_text("Effacer ce dossier").click()
    office.get_by_label("Référence").fill("r1")
    office.get_by_role("button", name="Effacer").click()
    expect(office.get_by_role("status").first).to_contain_text("1 accès de proche")
    expect(office.locator("main")).to_contain_text("dix ans")
    expect(office.locator("main")).not_to_contain_text("Madeleine")
    for width in (1440, 360):
        office.set_viewport_size({"width": width, "height": 740})
        assert office.evaluate("document.documentElement.scrollWidth") <= width
        assert axe(office) == []
    office.get_by_role("link", name="Retour aux dossiers").click()
    expect(office.locator("main")).not_to_contain_text("Carpentier")
    daughter.reload()
    expect(daughter.locator("main")).not_to_contain_text("Madeleine")
    expect(daughter.locator("main")).to_contain_text("service")
    assert axe(daughter) == []
    assert all("status of 40" in one for one in faults), faults  # Chromium's report of the closed page
    faults.clear()
