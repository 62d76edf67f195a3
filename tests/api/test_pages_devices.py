"""The technician's pages in a real Chromium: declared, mounted, replaced, told, given access, quarantined."""

import json
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ingest.batch import Letter
from store.connection import connect
from tests.api.conftest import Site
from tests.api.little_territory import add_reading, now
from tests.api.queue_worker import work_off
from tests.api.test_quarantine import refuse, stranger
from tests.conftest import Axe

pytestmark = pytest.mark.page

BOTH_WIDTHS = pytest.mark.parametrize("page", [(1440, 900), (360, 740)], indirect=True, ids=["desk", "phone"])


def live_probe(site: Site) -> None:
    """Give GLN-0001 three weeks of words, and something asked of it in every state."""
    with connect(site.database.dsn) as connection:
        for step in range(120):
            add_reading(connection, "V1", now() - timedelta(hours=4 * step), 20.0 + step % 60)
        connection.execute(
            "UPDATE reading SET battery_percent = 60, rssi_dbm = -97, snr_db = 4,"
            " raw = convert_to('{\"v\": 1, \"seq\": 12}', 'UTF8')"
        )
        asked = (
            "INSERT INTO downlink (device_id, kind, value, requested_at, {}) VALUES (1, %s, 60, now(), {})"
        )
        for kind, columns, values in (
            ("tilt", "tries", "2"),
            ("fire", "sent_at, failed_at, error", "now(), now(), 'too hot'"),
            ("interval", "sent_at, acknowledged_at", "now(), now()"),
        ):
            connection.execute(asked.format(columns, values).encode(), (kind,))


def forget(faults: list[str], status: str) -> None:
    """Chromium reports a form that was refused as an error of the page; any other fault is one."""
    assert [fault for fault in faults if status not in fault] == []
    faults.clear()


def quarantine(site: Site) -> None:
    """Three messages of three reasons, one with markup that must stay text."""
    refuse(
        site.database.dsn,
        stranger(),
        Letter("glaneur/1/GLN-0001/up", bytes(range(200)), now()),
        Letter("else/<b>where</b>", b'{"<script>alert(1)</script>": "\xc3\xa9"}', now()),
    )


def test_declaring_a_probe_leads_to_its_page(site: Site, page: Page, faults: list[str]) -> None:
    """A refusal keeps what was typed; once mended, the page of the probe says it is there."""
    site.sign_in(page, then="/sondes-nouvelles")
    page.get_by_label("Numéro de série").fill("GLN-0001")
    page.get_by_label("Un envoi toutes les (minutes)").fill("120")
    page.get_by_role("button", name="Déclarer").click()
    expect(page.get_by_role("alert")).to_have_text("La sonde GLN-0001 est déjà déclarée.")
    expect(page.get_by_label("Un envoi toutes les (minutes)")).to_have_value("120")
    page.get_by_label("Numéro de série").fill("GLN-0100")
    page.get_by_role("button", name="Déclarer").click()
    page.wait_for_url("**/sondes/GLN-0100?fait=declaree")
    expect(page.get_by_text("La sonde est déclarée.")).to_be_visible()
    expect(page.get_by_text("Jamais entendue")).to_be_visible()
    expect(page.locator("dl.facts")).to_contain_text("toutes les 2\u00a0h\u00a000")
    forget(faults, "422")


def test_a_file_is_tried_then_sent(site: Site, page: Page) -> None:
    """The trial says which lines are refused and why; nothing is declared before it is asked."""
    content = "serial;container\nGLN-0300;\nGLN-0301;V1\n"
    file: Any = {"name": "sondes.csv", "mimeType": "text/csv", "buffer": content.encode()}
    site.sign_in(page, then="/sondes-nouvelles")
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    page.get_by_role("button", name="Envoyer le fichier").click()
    report = page.locator("#rapport")
    expect(report).to_contain_text("Essai, rien n'est écrit : 1 sonde")
    expect(report.get_by_role("row", name="3 GLN-0301")).to_contain_text(
        "La colonne V1 porte déjà la sonde GLN-0001"
    )
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    page.get_by_label("Essai").uncheck()
    page.get_by_role("button", name="Envoyer le fichier").click()
    expect(page.locator("#rapport")).to_contain_text("1 sonde déclarée, 1 ligne refusée")
    page.goto(f"{site.url}/sondes?q=GLN-0300")
    expect(page.locator("#parc tbody tr")).to_have_count(1)


def test_filters_narrow_the_list_and_stay_in_the_address(site: Site, page: Page) -> None:
    live_probe(site)
    site.sign_in(page, then="/sondes")
    expect(page.locator("#parc tbody tr")).to_have_count(6)
    page.get_by_label("État").select_option("heard")
    expect(page.locator("#parc tbody tr")).to_have_count(1)
    assert "etat=heard" in page.url
    page.reload()
    expect(page.locator("#parc tbody tr")).to_have_count(1)
    expect(page.locator("#parc")).to_contain_text("-97 dBm, 4,0 dB")
    page.get_by_label("Commune").select_option("Hucqueliers")
    expect(page.get_by_text("Aucune sonde ne répond à ces filtres.")).to_be_visible()


def test_replacing_a_probe_by_its_form(site: Site, page: Page, faults: list[str]) -> None:
    """The spare is offered; the page of the new one tells since when."""
    with connect(site.database.dsn) as connection:
        connection.execute("INSERT INTO device (serial) VALUES ('GLN-0100')")
    site.sign_in(page, then="/sondes/GLN-0001")
    page.get_by_text("Remplacer par une autre sonde").click()
    assert page.locator("#libres option").evaluate_all("all => all.map((one) => one.value)") == ["GLN-0100"]
    page.get_by_label("Nouvelle sonde").fill("GLN-0002")
    page.get_by_role("button", name="Remplacer").click()
    expect(page.get_by_role("alert")).to_contain_text("La sonde GLN-0002 est déjà montée dans P1 depuis le")
    page.get_by_text("Remplacer par une autre sonde").click()
    page.get_by_label("Nouvelle sonde").fill("GLN-0100")
    page.get_by_role("button", name="Remplacer").click()
    page.wait_for_url("**/sondes/GLN-0100?fait=remplacee")
    expect(page.locator(".mountings")).to_contain_text("V1")
    forget(faults, "409")


def test_correcting_the_past_by_its_form(site: Site, page: Page) -> None:
    """A mounting that never was: its readings leave the column once the worker has passed."""
    live_probe(site)
    site.sign_in(page, then="/sondes/GLN-0001")
    page.get_by_text("Corriger le montage dans V1").click()
    page.get_by_label("Ce montage n'a jamais eu lieu").check()
    page.get_by_role("button", name="Corriger le passé").click()
    expect(page.get_by_text("Le montage est corrigé.")).to_be_visible()
    work_off(site.database.dsn)
    page.goto(f"{site.url}/colonnes/V1")
    expect(page.get_by_text("Aucune mesure sur cette période.").first).to_be_visible()


def test_a_setting_is_asked_and_taken_back(site: Site, page: Page) -> None:
    """The interval is typed in minutes; before it is sent it can be cancelled."""
    site.sign_in(page, then="/sondes/GLN-0002")
    page.get_by_label("Valeur").fill("90")
    page.get_by_role("button", name="Demander").click()
    row = page.get_by_role("row", name="Intervalle d'envoi : 1\u00a0h\u00a030")
    expect(row).to_contain_text("En attente d'envoi")
    row.get_by_role("button").click()
    expect(page.get_by_text("Annulé avant l'envoi.")).to_be_visible()


def test_without_dynamic_security_the_page_says_why_no_access_is_given(site: Site, page: Page) -> None:
    site.sign_in(page, then="/sondes/GLN-0001")
    expect(page.get_by_text("demandent la sécurité dynamique du courtier")).to_be_visible()
    expect(page.get_by_role("button", name="Donner un accès")).to_have_count(0)


def test_the_charts_draw_and_their_figures_are_readable(site: Site, page: Page) -> None:
    live_probe(site)
    site.sign_in(page, then="/sondes/GLN-0001?jours=7")
    expect(page.locator("#charts[data-ready]")).to_be_visible()
    expect(page.locator("#charts canvas")).to_have_count(3)
    page.get_by_text("Les mêmes chiffres en tableau").click()
    expect(page.get_by_role("region", name="Chiffres par jour")).to_contain_text("-97 dBm")
    page.get_by_text("JSON").first.click()
    expect(page.locator(".raw[open] pre")).to_contain_text('"seq": 12')


def test_a_message_is_taken_again_and_the_desk_follows(site: Site, page: Page) -> None:
    """Registered since: the message leaves the desk by itself once the worker has taken it."""
    quarantine(site)
    site.sign_in(page, then="/quarantaine?motif=unknown_device")
    expect(page.locator(".message")).to_have_count(1)
    with connect(site.database.dsn) as connection:
        connection.execute("INSERT INTO device (serial) VALUES ('GLN-0100')")
    page.get_by_role("button", name="Reprendre tous ces messages").click()
    page.wait_for_url("**fait=reprise")
    expect(page.locator("#dit[data-live=yes]")).to_be_attached(timeout=15_000)
    work_off(site.database.dsn)
    expect(page.locator(".message")).to_have_count(0, timeout=15_000)
    expect(page.locator("#dit")).to_have_text("Reprise faite : 1 message pris, 0 toujours en attente.")


def test_dismissing_asks_why(site: Site, page: Page) -> None:
    quarantine(site)
    site.sign_in(page, then="/quarantaine")
    expect(page.locator(".message")).to_have_count(3)
    card = page.locator(".message", has_text="else/")
    card.get_by_text("Écarter le message").click()
    card.get_by_label("Pourquoi").fill("essai du fournisseur")
    card.get_by_role("button", name="Écarter ce message").click()
    expect(page.locator(".message")).to_have_count(2)
    page.get_by_label("Messages réglés").check()
    page.get_by_role("button", name="Filtrer").click()
    expect(page.locator(".message")).to_contain_text("essai du fournisseur")


def test_what_strangers_send_stays_text(site: Site, page: Page) -> None:
    """Markup in a topic or a payload is shown, never obeyed; bytes are hexadecimal."""
    quarantine(site)
    site.sign_in(page, then="/quarantaine")
    expect(page.locator(".topic", has_text="else/<b>where</b>")).to_be_visible()
    for summary in page.locator(".payload summary").all():
        summary.click()
    expect(page.locator(".payload pre", has_text="<script>alert(1)</script>")).to_be_visible()
    expect(page.locator(".payload pre", has_text="0010  10 11 12")).to_be_visible()


@BOTH_WIDTHS
@pytest.mark.parametrize(
    "path",
    [
        "/sondes",
        "/sondes?q=rien",
        "/sondes-nouvelles",
        "/sondes/GLN-0001",
        "/sondes/GLN-0006",
        "/quarantaine",
        "/quarantaine?motif=unknown_device",
        "/quarantaine?regles=1",
    ],
)
def test_pages_are_accessible_and_fit_the_width(site: Site, page: Page, axe: Axe, path: str) -> None:
    """No serious or critical fault, with every fold open too, and no sideways scrolling."""
    live_probe(site)
    quarantine(site)
    site.sign_in(page, then=path)
    if path.startswith("/sondes/"):
        expect(page.locator("#charts[data-ready]")).to_be_visible()
    for opened in (False, True):
        if opened:
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert axe(page) == []
        width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], json.dumps(width)
