"""The pages of alerts in a real Chromium: by hand and by keyboard, live, narrow, accessible, printable."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from api.alerts.messaging import Messaging
from api.alerts.sending import send_waiting
from api.alerts.telling import tell
from store.connection import connect
from tests.api.conftest import Site
from tests.api.little_territory import notify, now, open_alert
from tests.conftest import Axe, OpenPage

pytestmark = pytest.mark.page

BOTH_WIDTHS = pytest.mark.parametrize("page", [(1440, 900), (360, 740)], indirect=True, ids=["desk", "phone"])
PAGES = ("/alertes", "/alertes-abonnements", "/alertes-envois", "/alertes-reglages", "/sondes-a-entretenir")


def busy(site: Site) -> int:
    """Alerts in every state, a subscription, messages in every state; the number of a fire."""
    with connect(site.database.dsn) as connection:
        taken = open_alert(connection, "E1", "implausible", "3 mesures de suite sans distance crédible.")
        connection.execute(
            "UPDATE alert SET acknowledged_at = now(), acknowledged_by = 1 WHERE id = %s", (taken,)
        )
        asleep = open_alert(connection, "V2", "low_battery", "Batterie de la sonde à 12 %.")
        connection.execute(
            "UPDATE alert SET snoozed_until = %s WHERE id = %s", (now() + timedelta(days=2), asleep)
        )
        fire = open_alert(connection, "E1", "fire", "68 °C dans la colonne : feu possible.", hours_ago=5)
        connection.execute(
            "INSERT INTO people.subscription (account_id, channel, address) VALUES"
            " (1, 'email', 'camille@exemple.fr'), (1, 'sms', '+33612345678')"
        )
    with connect(site.database.dsn, role="glaneur_worker") as connection:
        tell(connection, "", "")
        send_waiting(connection, Messaging(smtp="smtp://127.0.0.1:1"))  # type: ignore[arg-type]
    with connect(site.database.dsn) as connection:
        connection.execute("UPDATE people.notification SET status = 'dead' WHERE tries > 0")
    return fire


@BOTH_WIDTHS
def test_every_page_is_accessible_and_fits(site: Site, page: Page, axe: Axe) -> None:
    """No serious fault for axe, no sideways scrolling, with something of everything on each page."""
    fire = busy(site)
    site.sign_in(page, then="/alertes")
    for path in (*PAGES, f"/alertes/{fire}"):
        page.goto(f"{site.url}{path}")
        for details in page.locator("main details").all():
            details.evaluate("one => { one.open = true }")
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_the_inbox_by_keyboard(site: Site, page: Page) -> None:
    """From one alert to the next, taken, commented: without the mouse, and the place is not lost."""
    fire = busy(site)
    site.sign_in(page, then="/alertes")
    expect(page.locator("#direct")).to_contain_text("En direct")
    items = page.locator("#alertes > li")
    expect(items).to_have_count(3)
    items.nth(0).locator(".item-title").focus()
    page.keyboard.press("j")
    expect(items.nth(1).locator(".item-title")).to_be_focused()
    page.keyboard.press("k")
    expect(items.nth(0).locator(".item-title")).to_be_focused()
    page.keyboard.press("c")
    comment = page.locator(f"#alert-{fire} input[name=mot]")
    expect(comment).to_be_focused()
    page.keyboard.type("Pompiers prévenus, je reste en ligne")  # p and j are letters here
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Commentaire ajouté.")
    expect(page.locator(f"#alert-{fire} .events")).to_contain_text("Pompiers prévenus, je reste en ligne")
    expect(comment).to_have_value("")
    page.locator(f"#alert-{fire} .item-title").focus()
    page.keyboard.press("p")
    expect(page.locator("#toasts")).to_contain_text("Alerte prise en compte.")
    expect(items).to_have_count(2)
    expect(items.nth(0).locator(".item-title")).to_be_focused()
    expect(page.locator("#etats a[aria-current] .count")).to_have_text("2")


def test_the_inbox_is_live_and_disturbs_nobody(site: Site, page: Page) -> None:
    """A new alert comes by itself while a comment is being written; one that closes goes."""
    site.sign_in(page, then="/alertes")
    expect(page.locator("#direct")).to_contain_text("En direct")
    first = page.locator("#alertes > li").nth(0)
    first.locator("summary").click()
    expect(first.locator(".events")).to_contain_text("Ouverte")
    first.locator("input[name=mot]").fill("Je commence une phrase")
    with connect(site.database.dsn) as connection:
        open_alert(connection, "E1", "fire", "68 °C dans la colonne : feu possible.")
        connection.execute("UPDATE alert SET closed_at = now() WHERE kind = 'silent'")
        notify(connection, "E1", "P1")
    expect(page.locator("#alertes")).to_contain_text("feu possible")
    expect(page.locator("#alertes")).not_to_contain_text("Sonde muette")
    expect(page.locator("#dit")).to_contain_text("Nouvelle alerte. Feu")
    open_one = page.locator("#alertes details[open]")
    expect(open_one.locator("input[name=mot]")).to_have_value("Je commence une phrase")
    expect(open_one.locator(".events")).to_contain_text("Ouverte")


def test_two_people_give_it_away_at_once(site: Site, open_page: OpenPage, faults: list[str]) -> None:
    """The second is told who has it, and sees it; on a phone, without the stream's help."""
    busy(site)
    mine, theirs = open_page(1440, 900), open_page(360, 740)
    for one, login in ((mine, "regulation"), (theirs, "admin")):
        site.sign_in(one, login, then="/alertes")
        expect(one.locator("#direct")).to_contain_text("En direct")
    item = theirs.locator("#alertes > li").nth(0)
    with connect(site.database.dsn) as connection:  # as if the stream had lagged: no notification
        connection.execute("UPDATE alert SET assigned_to = 1 WHERE kind = 'fire'")
    item.locator("select[name=a]").select_option(label="Alix Administration (moi)")
    item.get_by_role("button", name="Attribuer").click()
    expect(theirs.locator("#toasts")).to_contain_text("Camille Régulation s'en charge déjà.")
    expect(item).to_contain_text("Attribuée à Camille Régulation")
    assert [fault for fault in faults if "409" not in fault] == []
    faults.clear()
    mine.locator("#alertes > li").nth(0).get_by_role("button", name="Endormir").click()
    expect(mine.locator("#toasts")).to_contain_text("Alerte mise en sommeil.")
    expect(theirs.locator("#alertes > li")).to_have_count(2)  # by the stream


def test_filters_settings_and_subscriptions_by_hand(site: Site, page: Page) -> None:
    """Filters keep their state in the address; a setting and a subscription are saved and said."""
    busy(site)
    site.sign_in(page, then="/alertes")
    page.get_by_label("Genre").select_option(label="Feu")
    page.wait_for_url("**genre=fire**")
    expect(page.locator("#alertes > li")).to_have_count(1)
    page.get_by_role("link", name="Prises en compte").click()
    expect(page.locator("#vide")).to_have_text("Aucune alerte ne répond à ces filtres.")
    page.goto(f"{site.url}/alertes-reglages")
    fire = page.locator("#fire")
    fire.get_by_label("S'ouvre à").fill("65,5")
    fire.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status").first).to_contain_text("Le réglage est enregistré")
    expect(page.locator("#fire").get_by_label("S'ouvre à")).to_have_value("65,5")
    page.goto(f"{site.url}/alertes-abonnements")
    page.get_by_label("Adresse").fill("lou@exemple.fr")
    page.get_by_label("Feu").check()
    page.get_by_label("De", exact=True).fill("22:00")
    page.get_by_label("À", exact=True).fill("07:00")
    page.get_by_role("button", name="S'abonner").click()
    expect(page.locator(".subscriptions")).to_contain_text("au calme de 22:00 à 07:00")
    page.goto(f"{site.url}/alertes-envois?etat=dead")
    page.get_by_role("button", name="Renvoyer tous les abandonnés").click()
    expect(page.get_by_role("status").first).to_contain_text("Les messages repartent")


def test_the_list_prints(site: Site, page: Page) -> None:
    """On paper: the list and its boxes to tick, none of the page's furniture."""
    busy(site)
    site.sign_in(page, then="/sondes-a-entretenir")
    expect(page.get_by_role("button", name="Imprimer")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Imprimer")).to_be_hidden()
    expect(page.locator("header.top")).to_be_hidden()
    expect(page.locator(".done").first).to_be_visible()
