"""The driver's page in a Chromium the size of a phone: what is tapped is stored once, whatever happens."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from store.connection import connect
from tests.api.conftest import Site
from tests.api.driver_phone import NAMES, THREE, heading, stored, tap, tap_three, waiting
from tests.api.little_round import seed_round, stop_ids, stored_events, today
from tests.api.little_territory import PASSWORD
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS

pytestmark = [pytest.mark.page, pytest.mark.db]

Axe = Callable[[Page], list[dict[str, Any]]]
# What the browser reports when a test takes the network or the session away, or opens a page never kept.
PROVOKED = ("ERR_INTERNET_DISCONNECTED", "status of 401", "status of 503")
# Of the elements given, those a thumb would miss: lower than 44 px.
SMALL_TARGETS = """all => all
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 43.9)
    .map(one => one.outerHTML)"""


@pytest.fixture
def round_id(site: Site) -> int:
    """A round published for the driver, today."""
    return seed_round(site.database.dsn)


@pytest.fixture
def phone(site: Site, round_id: int, page: Page, faults: list[str]) -> Iterator[Page]:
    """The driver's page, signed in, with its service worker ready. Requests may fail for want of network."""
    page.set_viewport_size({"width": 390, "height": 844})
    site.sign_in(page, "chauffeur", "/chauffeur")
    expect(page.get_by_text("prête hors ligne")).to_be_visible(timeout=20_000)
    yield page
    for fault in [one for one in faults if any(known in one for known in PROVOKED)]:
        faults.remove(fault)


def test_three_taps_without_network_survive_a_reload_and_a_closed_page(site: Site, phone: Page) -> None:
    """Offline, the service worker serves the page; back online, each tap is stored exactly once."""
    phone.context.set_offline(True)
    tap_three(phone)
    waiting(phone, 3)
    expect(phone.locator("#state")).to_contain_text("hors ligne")
    phone.reload()
    heading(phone, NAMES[3])
    waiting(phone, 3)
    assert stored(site) == []
    context = phone.context
    phone.close()
    again = context.new_page()
    again.goto(f"{site.url}/chauffeur")
    heading(again, NAMES[3])
    waiting(again, 3)
    context.set_offline(False)
    waiting(again, 0)
    assert stored(site) == THREE
    again.reload()
    heading(again, NAMES[3])
    waiting(again, 0)
    assert stored(site) == THREE


def test_taps_survive_the_death_of_the_browser(site: Site, round_id: int, page: Page, tmp_path: Path) -> None:
    """Killed without warning right after the third tap; started again on the same disk, it sends them."""
    browser = page.context.browser
    assert browser is not None
    first = _on_disk(browser, tmp_path)
    opened = first.pages[0]
    site.sign_in(opened, "chauffeur", "/chauffeur")
    expect(opened.get_by_text("prête hors ligne")).to_be_visible(timeout=20_000)
    first.set_offline(True)
    tap_three(opened)
    waiting(opened, 3)
    assert first.browser is not None
    processes = first.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    os.kill(next(one["id"] for one in processes if one["type"] == "browser"), signal.SIGKILL)
    expect_closed(first)
    assert stored(site) == []
    second = _on_disk(browser, tmp_path)
    opened = second.pages[0]
    site.sign_in(opened, "chauffeur", "/chauffeur")  # the cookie was not on the disk yet
    heading(opened, NAMES[3])
    waiting(opened, 0)
    second.close()
    assert stored(site) == THREE


def _on_disk(browser: Browser, folder: Path) -> BrowserContext:
    for lock in folder.glob("Singleton*"):  # left by the one that was killed
        lock.unlink()
    return browser.browser_type.launch_persistent_context(
        folder, executable_path=CHROMIUM, args=CHROMIUM_FLAGS, viewport={"width": 390, "height": 844}
    )


def expect_closed(context: BrowserContext) -> None:
    """Wait until the killed browser is known to be gone."""
    if context.browser is not None and context.browser.is_connected():
        context.wait_for_event("close", timeout=20_000)


def test_a_session_that_expired_meanwhile_keeps_the_taps_and_asks_to_sign_in(site: Site, phone: Page) -> None:
    """The taps wait through the sign-in form and are then sent with the new session's token."""
    phone.context.set_offline(True)
    tap_three(phone)
    with connect(site.database.dsn) as connection:
        connection.execute("DELETE FROM people.session")
    phone.context.set_offline(False)
    expect(phone.get_by_text("Votre session a expiré")).to_contain_text("3 saisies sont gardées")
    waiting(phone, 3)
    phone.get_by_role("link", name="Se reconnecter").click()
    phone.get_by_label("Identifiant").fill("chauffeur")
    phone.get_by_label("Mot de passe").fill(PASSWORD)
    phone.get_by_role("button", name="Se connecter").click()
    waiting(phone, 0)
    assert stored(site) == THREE


def test_signing_out_keeps_the_taps_for_their_driver_and_for_no_one_else(site: Site, phone: Page) -> None:
    """The next person on the same phone sees that some wait, and does not send them as their own."""
    phone.context.set_offline(True)
    tap_three(phone)
    with connect(site.database.dsn) as connection:
        connection.execute("DELETE FROM people.session")
    phone.context.set_offline(False)
    expect(phone.get_by_text("Votre session a expiré")).to_be_visible()
    site.sign_in(phone, "regulation", "/chauffeur")
    expect(phone.locator("#state")).to_contain_text("3 saisies d'un autre compte attendent sa connexion")
    expect(phone.get_by_role("heading", name="Choisissez une tournée")).to_be_visible()
    assert stored(site) == []
    phone.once("dialog", lambda dialog: dialog.accept())
    phone.get_by_role("button", name="Se déconnecter").click()
    phone.wait_for_url("**/connexion")
    assert stored(site) == []
    site.sign_in(phone, "chauffeur", "/chauffeur")
    waiting(phone, 0)
    assert stored(site) == THREE


def test_after_signing_out_the_phone_shows_no_round_without_network(site: Site, phone: Page) -> None:
    """Signed out means forgotten: the kept page and round go with the session."""
    heading(phone, NAMES[0])
    phone.get_by_role("button", name="Se déconnecter").click()
    phone.wait_for_url("**/connexion")
    phone.context.set_offline(True)
    phone.goto(f"{site.url}/chauffeur")
    expect(phone.get_by_role("heading", name="Hors ligne")).to_be_visible()
    phone.context.set_offline(False)


def test_a_whole_round_with_a_weight_an_undoing_and_the_end(site: Site, round_id: int, phone: Page) -> None:
    """The driver's morning: progress is counted, a mistake undone, a wrong weight explained."""
    heading(phone, NAMES[0])
    expect(phone.get_by_role("heading", level=1)).to_have_text("0 / 3 arrêts, 41 km")
    tap(phone, "Fait", NAMES[1])
    expect(phone.locator("#driver")).not_to_have_class(re.compile("busy"))
    phone.locator("#card").get_by_role("button", name="Annuler").click()
    heading(phone, NAMES[0])
    tap(phone, "Fait", NAMES[1])
    tap(phone, "Pas fait", NAMES[1])
    phone.get_by_label("Autre raison").fill("Travaux de voirie")
    tap(phone, "Noter", NAMES[2])
    tap(phone, "Pause prise", NAMES[3])
    expect(phone.get_by_role("heading", level=1)).to_have_text("2 / 3 arrêts, 41 km")
    tap(phone, "Fait", NAMES[4])
    phone.get_by_label("Poids déchargé").fill("beaucoup")
    tap(phone, "Déchargé", NAMES[4])
    expect(phone.get_by_role("alert")).to_contain_text("kilogrammes entiers")
    phone.get_by_label("Poids déchargé").fill("2 140")
    tap(phone, "Déchargé", NAMES[5])
    tap(phone, "Je suis rentré", "Bravo, il reste 1 arrêt non fait")
    expect(phone.locator("#card")).to_contain_text("2 140 kg déchargés")
    waiting(phone, 0)
    kinds = [
        (1, "done", ""),
        (1, "undone", ""),
        (1, "done", ""),
        (2, "not_done", "Autre : Travaux de voirie"),
    ]
    assert stored(site) == [*kinds, (3, "done", ""), (4, "done", ""), (5, "done", ""), (6, "done", "")]
    assert [row["weight_kg"] for row in stored_events(site.database.dsn) if row["weight_kg"] is not None] == [
        2140
    ]
    with connect(site.database.dsn) as connection:
        row = connection.execute("SELECT status FROM round WHERE id = %s", (round_id,)).fetchone()
    assert row == {"status": "done"}


def test_a_double_touch_marks_one_stop(site: Site, phone: Page) -> None:
    """The second touch must not fall on the next stop, whose button stands in the same place."""
    heading(phone, NAMES[0])
    phone.get_by_role("button", name="Fait", exact=True).dblclick()
    heading(phone, NAMES[1])
    waiting(phone, 0)
    assert stored(site) == [(1, "done", "")]


def test_a_refusal_is_shown_until_it_is_read(site: Site, round_id: int, phone: Page) -> None:
    """The round was given to someone else meanwhile: the driver learns it, also after a reload."""
    phone.context.set_offline(True)
    tap(phone, "Fait", NAMES[1])
    with connect(site.database.dsn) as connection:
        connection.execute("UPDATE round SET driver_id = NULL WHERE id = %s", (round_id,))
    phone.context.set_offline(False)
    refusal = phone.get_by_text("Cette tournée n'est pas la vôtre.")
    expect(refusal).to_contain_text("Saisie refusée – Place du Lavoir")
    expect(phone.get_by_role("heading", name="Pas de tournée pour vous")).to_be_visible()
    phone.reload()
    expect(refusal).to_be_visible()
    phone.get_by_role("button", name="J'ai lu").click()
    expect(refusal).to_have_count(0)
    assert stored(site) == []


def test_a_stop_removed_meanwhile_is_kept_and_said(site: Site, round_id: int, phone: Page) -> None:
    """Planning published the round again without the stop the driver was emptying."""
    phone.context.set_offline(True)
    tap(phone, "Fait", NAMES[1])
    with connect(site.database.dsn) as connection:
        gone = stop_ids(connection, round_id)[1]
        connection.execute("DELETE FROM stop WHERE id = %s", (gone,))
        connection.execute("UPDATE round SET version = version + 1 WHERE id = %s", (round_id,))
    phone.context.set_offline(False)
    expect(phone.get_by_text("La régulation a enlevé cet arrêt")).to_contain_text("Place du Lavoir")
    expect(phone.get_by_role("heading", level=1)).to_have_text("0 / 2 arrêts, 41 km")
    expect(phone.get_by_text("La régulation a modifié la tournée.")).to_be_visible()
    assert [(row["position"], row["kind"]) for row in stored_events(site.database.dsn)] == [(None, "done")]


def test_a_round_of_another_day_can_be_read_and_not_driven(site: Site, page: Page) -> None:
    """The next published round is shown with its stops; there is nothing to tap."""
    seed_round(site.database.dsn, day=today() + timedelta(days=2))
    site.sign_in(page, "chauffeur", "/chauffeur")
    heading(page, NAMES[0])
    expect(page.get_by_text("Cette tournée n'a pas commencé")).to_be_visible()
    expect(page.locator("#card").get_by_role("button")).to_have_count(0)


def test_accessible_and_within_the_screen_in_every_state(site: Site, phone: Page, axe: Axe) -> None:
    """axe-core finds nothing serious; nothing is wider than the screen; targets are 44 px or more."""

    def judge() -> None:
        expect(phone.locator("#driver")).not_to_have_class(re.compile("busy"))
        for width, height in ((360, 740), (390, 844), (1440, 900)):
            phone.set_viewport_size({"width": width, "height": height})
            assert axe(phone) == []
            assert phone.evaluate("document.documentElement.scrollWidth") <= width
            small = phone.locator("#driver").locator("button, a, input").evaluate_all(SMALL_TARGETS)
            assert small == []

    heading(phone, NAMES[0])
    judge()
    tap(phone, "Pas fait", NAMES[0])
    judge()
    phone.context.set_offline(True)
    tap(phone, "Camion plein", NAMES[1])
    judge()
    phone.context.set_offline(False)
    phone.locator("#stops").get_by_role("button", name="Déchargement").click()
    heading(phone, NAMES[4])
    phone.get_by_role("button", name="Déchargé", exact=True).click()
    judge()
    with connect(site.database.dsn) as connection:
        connection.execute("UPDATE round SET status = 'draft'")
    phone.reload()
    expect(phone.get_by_role("heading", name="Pas de tournée pour vous")).to_be_visible()
    judge()
