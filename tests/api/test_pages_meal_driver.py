"""The driver's round of meals in a Chromium the size of a phone, with and without network."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Page, expect
from psycopg.rows import DictRow, dict_row

from tests.api.conftest import Site
from tests.api.little_round import seed_round
from tests.api.meal_day import KEY, NAMES, furnish, published
from tests.conftest import Axe

pytestmark = [pytest.mark.page, pytest.mark.db]
PROVOKED = ("ERR_INTERNET_DISCONNECTED", "status of 503")
SMALL_TARGETS = """all => all
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 43.9)
    .map(one => one.outerHTML)"""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals; before `site`, which reads it."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)


@pytest.fixture
def phone(site: Site, page: Page, faults: list[str]) -> Iterator[Page]:
    """Nadia's phone with her round of meals, its service worker ready."""
    furnish(site.database.dsn)
    published(site.database.dsn)
    page.set_viewport_size({"width": 360, "height": 740})
    site.sign_in(page, "livreuse", "/chauffeur")
    expect(page.locator("#meal-state")).to_contain_text("prête hors ligne", timeout=20_000)
    yield page
    for fault in [one for one in faults if any(known in one for known in PROVOKED)]:
        faults.remove(fault)


def heading(page: Page, text: str) -> None:
    """Wait until the large card shows this."""
    expect(page.locator("#meal-name")).to_have_text(text)


def touch(page: Page, *buttons: str) -> None:
    """Touch buttons of the card one after the other, once they may be touched."""
    for button in buttons:
        expect(page.locator("#meals")).not_to_have_class(re.compile("busy"))
        page.locator("#meal-card").get_by_role("button", name=button, exact=True).click()


def leave(page: Page, celsius: str = "2,1") -> None:
    """Measure and go."""
    page.get_by_label("Température mesurée").fill(celsius)
    touch(page, "Noter et partir")


def stored(site: Site) -> list[DictRow]:
    """What the server has of doors, by the instant of the tap."""
    with psycopg.connect(site.database.dsn, row_factory=dict_row) as connection:
        return connection.execute(
            "SELECT d.position, e.kind, e.celsius::float8 AS celsius FROM meals.door_event e "
            "JOIN meals.door d ON d.id = e.door_id ORDER BY e.happened_at"
        ).fetchall()


def test_a_round_without_network_reaches_the_server_once(site: Site, phone: Page) -> None:
    """Departure and six doors offline, a reload in the middle, an undo; back online each is stored once."""
    heading(phone, "Température du fourgon")
    phone.context.set_offline(True)
    leave(phone)
    heading(phone, NAMES[0])
    touch(phone, "Livré", "Tout va bien")
    heading(phone, NAMES[1])
    touch(phone, "Chez un voisin")
    phone.get_by_label("Chez qui ?").fill("Mme Petit")
    touch(phone, "Noter")
    heading(phone, NAMES[2])
    phone.reload()
    heading(phone, NAMES[2])
    touch(phone, "Absent", "Noter")
    heading(phone, NAMES[3])
    phone.get_by_label("Température du plateau").fill("6,5")
    touch(phone, "Retenir ces plateaux")
    heading(phone, NAMES[4])
    touch(phone, "Livré", "Inquiétude")
    phone.get_by_label("Qu'est-ce qui vous inquiète ?").fill("semble fatiguée")
    touch(phone, "Prévenir le CIAS")
    heading(phone, NAMES[5])
    touch(phone, "Refusé", "Pas vue")
    heading(phone, "3 portes sans remise")
    phone.locator("#meal-doors button").nth(2).click()
    touch(phone, "Annuler cette saisie")
    touch(phone, "Livré", "Tout va bien")
    expect(phone.locator("#meal-state")).to_contain_text("en attente d'envoi : 9")
    assert stored(site) == []
    phone.context.set_offline(False)
    expect(phone.locator("#meal-state")).to_contain_text("tout est envoyé", timeout=20_000)
    kinds = [(row["position"], row["kind"]) for row in stored(site)]
    assert kinds == [
        (1, "delivered"), (2, "neighbour"), (3, "absent"), (4, "blocked"), (5, "delivered"), (6, "refused"),
        (3, "undone"), (3, "delivered"),
    ]  # fmt: skip
    assert stored(site)[3]["celsius"] == 6.5
    expect(phone.locator("#meal-notices")).not_to_contain_text("refusée")


def test_a_warm_van_stays(site: Site, phone: Page) -> None:
    """+6 °C on leaving: do not leave; the CIAS is told; a second measurement opens the round."""
    leave(phone, "6")
    heading(phone, "Ne partez pas avec ces plateaux")
    expect(phone.locator("#meal-card")).to_contain_text("+6,0")
    phone.get_by_label("Température mesurée").fill("beaucoup")
    touch(phone, "Noter la nouvelle mesure")
    expect(phone.locator("#departure-problem")).to_be_visible()
    phone.get_by_label("Température mesurée").fill("2,9")
    touch(phone, "Noter la nouvelle mesure")
    heading(phone, NAMES[0])
    expect(phone.locator("#meal-state")).to_contain_text("tout est envoyé", timeout=20_000)
    with psycopg.connect(site.database.dsn) as connection:
        assert connection.execute("SELECT kind FROM meals.concern").fetchall() == [("excursion",)]


def test_nobody_stays_on_the_phone(site: Site, phone: Page) -> None:
    """At sign-out, and when the day is over, no name is left in the browser's memory."""
    held = """async () => {
        const open = indexedDB.open("glaneur-meals");
        const base = await new Promise(done => { open.onsuccess = () => done(open.result); });
        const ask = base.transaction("rounds").objectStore("rounds").getAll();
        const rounds = await new Promise(done => { ask.onsuccess = () => done(ask.result); });
        base.close();
        return JSON.stringify(rounds);
    }"""
    assert NAMES[0] in phone.evaluate(held)
    age = """async () => {
        const open = indexedDB.open("glaneur-meals");
        const base = await new Promise(done => { open.onsuccess = () => done(open.result); });
        const work = base.transaction("rounds", "readwrite").objectStore("rounds");
        const ask = work.openCursor();
        await new Promise(done => { ask.onsuccess = () => {
            const at = ask.result;
            const write = at.update({ ...at.value, round: { ...at.value.round, day: "2020-01-01" } });
            write.onsuccess = done;
        }; });
        base.close();
    }"""
    phone.context.set_offline(True)
    phone.evaluate(age)
    phone.reload()
    expect(phone.locator("#state")).to_contain_text("hors ligne")
    assert phone.evaluate(held) == "[]"
    phone.context.set_offline(False)
    expect(phone.locator("#meal-heading")).to_contain_text("6 portes", timeout=20_000)
    phone.get_by_role("button", name="Se déconnecter").click()
    phone.wait_for_url(re.compile("connexion"))
    assert phone.evaluate(held) == "[]"


def test_one_with_both_rounds_chooses(site: Site, page: Page, axe: Axe) -> None:
    """Columns and meals on one phone: two buttons; meals are usable at 360 px, axe-core is silent."""
    furnish(site.database.dsn)
    published(site.database.dsn)
    seed_round(site.database.dsn, login="livreuse")
    page.set_viewport_size({"width": 360, "height": 740})
    site.sign_in(page, "livreuse", "/chauffeur")
    page.get_by_role("button", name="Repas").click()
    heading(page, "Température du fourgon")
    assert axe(page) == []
    leave(page)
    heading(page, NAMES[0])
    expect(page.get_by_role("link", name="Appeler")).to_have_attribute("href", "tel:0321000001")
    assert page.get_by_role("link", name="Itinéraire").get_attribute("href").startswith("geo:50.5")  # type: ignore[union-attr]
    assert axe(page) == []
    touch(page, "Livré")
    assert axe(page) == []
    assert page.locator("#meals button, #meals a").evaluate_all(SMALL_TARGETS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Colonnes").click()
    expect(page.locator("#stop-name")).to_be_visible()
    expect(page.locator("#meals")).to_be_hidden()
