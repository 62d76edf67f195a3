"""The agent's page in a Chromium the size of a phone: it decides and keeps all, with or without network."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from services import Database

from api.app import create_app
from store.connection import connect
from tests.api.conftest import Site, serving
from tests.api.gate_site import settings
from tests.api.site_town import FAMILY, FIRM, equip
from tests.conftest import Axe

pytestmark = [pytest.mark.page, pytest.mark.db]

PROVOKED = ("ERR_INTERNET_DISCONNECTED", "status of 503")


@pytest.fixture
def yard(timescale_database: Database) -> Iterator[Site]:
    """The collectivity's pages, served."""
    equip(timescale_database.dsn)
    with serving(create_app(settings(timescale_database.dsn)), timescale_database) as served:
        yield served


@pytest.fixture
def phone(yard: Site, page: Page, faults: list[str]) -> Iterator[Page]:
    """The agent's page, signed in, ready to work without network, with the list."""
    page.set_viewport_size({"width": 360, "height": 780})
    yard.sign_in(page, "agent", "/agent")
    expect(page.get_by_text("prête hors ligne, avec la liste")).to_be_visible(timeout=20_000)
    yield page
    for fault in [one for one in faults if any(known in one for known in PROVOKED)]:
        faults.remove(fault)


def check(phone: Page, badge: str, title: str) -> None:
    """Type a number, and expect this decision."""
    phone.get_by_label("Badge ou plaque").fill(badge)
    phone.get_by_role("button", name="Contrôler").click()
    expect(phone.locator(".decision h2")).to_have_text(title, timeout=15_000)


def stored(yard: Site) -> list[tuple[bool, str, bool, str | None]]:
    """The passages, in their order."""
    with connect(yard.database.dsn) as connection:
        found = connection.execute(
            "SELECT opened, rule, offline, override FROM gate.passage ORDER BY at"
        ).fetchall()
    return [(one["opened"], one["rule"], one["offline"], one["override"]) for one in found]


def test_a_morning_with_and_without_network(yard: Site, phone: Page, axe: Axe) -> None:
    """Let in, declared, overridden; offline the list decides; back online all is stored once, in order."""
    check(phone, FAMILY, "Entrée possible")
    assert axe(phone) == []
    phone.get_by_role("button", name="Laisser entrer").click()
    check(phone, FIRM, "Entrée possible")
    phone.locator("#material").select_option("rubble")
    phone.get_by_label("m³").fill("1,5")
    phone.get_by_role("button", name="Ajouter").click()
    expect(phone.get_by_label("À facturer")).to_contain_text("30,00")
    phone.get_by_role("button", name="Laisser entrer").click()
    expect(phone.locator("#counters")).to_contain_text("2 entrées")
    expect(phone.get_by_text("tout est envoyé")).to_be_visible()

    phone.context.set_offline(True)
    phone.reload()
    check(phone, FAMILY, "Entrée possible")
    expect(phone.locator(".decision")).to_contain_text("Décidé par la liste")
    phone.get_by_role("button", name="Laisser entrer").click()
    check(phone, "FF00FF00", "Entrée refusée")
    phone.get_by_role("button", name="Laisser entrer malgré tout").click()
    assert axe(phone) == []
    phone.get_by_role("button", name="Badge oublié, identité vérifiée").click()
    phone.get_by_role("button", name="Déchets verts : pleine").click()
    expect(phone.get_by_text("en attente d'envoi : 3")).to_be_visible()
    assert len(stored(yard)) == 2

    phone.context.set_offline(False)
    expect(phone.get_by_text("tout est envoyé")).to_be_visible(timeout=30_000)
    expect(phone.locator("#notices")).to_contain_text("Badge inconnu")
    assert stored(yard) == [
        (True, "open", False, None),
        (True, "open", False, None),
        (True, "open", True, None),
        (True, "unknown_badge", True, "Badge oublié, identité vérifiée"),
    ]
    expect(phone.get_by_text("enlèvement demandé")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_a_list_the_agent_decides_and_it_is_marked(yard: Site, phone: Page) -> None:
    """A list whose signature is wrong decides nothing: the passage is let in and to be looked at."""
    phone.evaluate(
        """async () => {
            const open = indexedDB.open("glaneur-agent");
            const database = await new Promise((done) => { open.onsuccess = () => done(open.result); });
            const store = database.transaction("lists", "readwrite").objectStore("lists");
            const read = store.get("agent");
            await new Promise((done) => { read.onsuccess = done; });
            const forged = read.result;
            forged.bytes[100] ^= 1;
            store.put(forged, "agent");
        }"""
    )
    phone.context.set_offline(True)
    phone.reload()
    expect(phone.get_by_text("hors ligne, sans liste")).to_be_visible()
    check(phone, FAMILY, "À vérifier")
    phone.get_by_role("button", name="Laisser entrer").click()
    phone.context.set_offline(False)
    expect(phone.get_by_text("tout est envoyé")).to_be_visible(timeout=30_000)
    ((opened, rule, offline, override),) = stored(yard)
    assert (opened, rule, offline) == (True, "open", True)
    assert override is not None
    assert override.startswith("À vérifier")
