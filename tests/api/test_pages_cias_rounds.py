"""The office's pages of rounds, concerns, vans and lots in a browser: both sizes, axe-core silent."""

import re
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from psycopg.rows import dict_row

from api.cias.solving import run_planning
from routing.travel import GreatCircle
from tests.api.conftest import Site, make_app, sign_in
from tests.api.meal_day import KEY, NAMES, departure, doors, furnish, published, said, send, today
from tests.conftest import Axe

pytestmark = [pytest.mark.page, pytest.mark.db]
PROVOKED = ("status of 409", "status of 422")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)


@pytest.fixture
def desk(site: Site, page: Page, faults: list[str]) -> Iterator[Page]:
    """Inès's browser on a day to plan. What a form refuses, the browser reports."""
    furnish(site.database.dsn)
    site.sign_in(page, "portage", "/portage/tournees")
    yield page
    for fault in [one for one in faults if any(known in one for known in PROVOKED)]:
        faults.remove(fault)


@pytest.fixture
def nadia(site: Site, desk: Page) -> Iterator[TestClient]:
    """The driver beside, over HTTP."""
    with TestClient(make_app(site.database.dsn), follow_redirects=False) as made:
        yield sign_in(made, "livreuse")


def work(site: Site) -> None:
    """The worker takes the planning that waits."""
    with psycopg.connect(site.database.dsn) as connection:
        row = connection.execute("SELECT id FROM meals.planning WHERE status = 'queued'").fetchone()
    assert row is not None
    run_planning(site.database.dsn, row[0], GreatCircle(), steps=20)


def narrow(page: Page, address: str) -> None:
    """No horizontal scroll of the page at 360 px."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_day_is_planned_moved_and_published(site: Site, desk: Page, axe: Axe) -> None:
    """Ask, see the plan come by itself, move somebody, publish, withdraw; a print sheet with the keys."""
    desk.get_by_role("button", name="Calculer les tournées").click()
    expect(desk.locator("#bureau")).to_have_attribute("data-live", "yes", timeout=20_000)
    work(site)
    expect(desk.locator(".round").first).to_be_visible(timeout=20_000)
    assert desk.locator(".round tbody tr").count() == len(NAMES)
    assert axe(desk) == []
    desk.locator(".round td details summary").last.click()
    form = desk.locator(".round td details[open] form")
    form.get_by_label("Rang").fill("1")
    form.get_by_role("button").click()
    expect(desk.get_by_role("status").first).to_contain_text("horaires recalculés")
    desk.get_by_role("button", name="Publier").first.click()
    expect(desk.get_by_text("Tournée publiée.")).to_be_visible()
    desk.get_by_role("link", name="Feuille à imprimer").first.click()
    expect(desk.get_by_text("Température au départ")).to_be_visible()
    assert axe(desk) == []
    narrow(desk, f"{site.url}/portage/tournees?jour={today()}")
    desk.locator("details.fold > summary").first.click()
    desk.get_by_role("button", name="Retirer").click()
    expect(desk.get_by_text("Tournée retirée.")).to_be_visible()
    assert axe(desk) == []


def test_a_worry_comes_in_live_and_is_closed(site: Site, desk: Page, nadia: TestClient, axe: Axe) -> None:
    """The driver's word stands on the open page without a reload, and on top of the day, until closed."""
    number = published(site.database.dsn)
    desk.goto(f"{site.url}/portage/signalements")
    expect(desk.locator("#bureau")).to_have_attribute("data-live", "yes", timeout=20_000)
    with psycopg.connect(site.database.dsn, row_factory=dict_row) as connection:
        door = doors(connection, number)[0]
    send(nadia, departure(number), said(door, "delivered", wellbeing="worry", note="essoufflée"))
    expect(desk.locator(".concerns .worry blockquote")).to_have_text("essoufflée", timeout=20_000)
    assert axe(desk) == []
    desk.goto(f"{site.url}/portage")
    expect(desk.get_by_role("alert")).to_contain_text("dont 1 inquiétude")
    assert axe(desk) == []
    narrow(desk, f"{site.url}/portage/signalements")
    desk.get_by_label("Ce qui a été fait").fill("Médecin appelé.")
    desk.get_by_role("button", name="Clore").click()
    expect(desk.locator("#bureau")).to_contain_text("Rien à régler.")
    desk.get_by_label("Adresse ou numéro").fill("pas une adresse")
    desk.get_by_role("button", name="Me prévenir").click()
    expect(desk.get_by_role("alert")).to_contain_text("n'est pas valable")
    desk.get_by_label("Adresse ou numéro").fill("06 12 34 56 78")
    desk.get_by_label("Par").select_option("sms")
    desk.get_by_role("button", name="Me prévenir").click()
    expect(desk.get_by_text("SMS à +33612345678")).to_be_visible()
    desk.goto(f"{site.url}/portage/tournees")
    expect(desk.locator(".round")).to_contain_text("livré")
    desk.goto(f"{site.url}/portage/signalements")
    desk.get_by_role("button", name="Retirer").click()
    expect(desk.get_by_text("+33612345678")).to_have_count(0)


def test_a_round_folds_on_a_phone(site: Site, desk: Page, nadia: TestClient, axe: Axe) -> None:
    """At 360 px a round is its counts; unfolded, each door's state is in sight, and a tap at a door, told
    live, neither folds the round nor takes the focus. With room the rounds stand open, as a table."""
    number = published(site.database.dsn)
    with psycopg.connect(site.database.dsn, row_factory=dict_row) as connection:
        first, second, *_ = doors(connection, number)
    narrow(desk, f"{site.url}/portage/tournees")
    expect(desk.locator("#bureau")).to_have_attribute("data-live", "yes", timeout=20_000)
    row = desk.locator(f"#porte-{first}")
    expect(row).to_be_hidden()
    send(nadia, departure(number), said(first, "delivered"))
    expect(desk.locator(".fold .counts")).to_contain_text("1 porte faite", timeout=20_000)
    assert axe(desk) == []
    summary = desk.locator("details.fold > summary")
    summary.click()
    box = row.locator(".state").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360
    assert desk.evaluate("document.documentElement.scrollWidth") <= 360
    expect(row.get_by_role("cell", name="livré")).to_be_visible()  # still a table for who hears it
    assert axe(desk) == []
    send(nadia, said(second, "absent"))
    expect(desk.locator(f"#porte-{second} .state")).to_contain_text("absent", timeout=20_000)
    expect(desk.locator(".fold .counts")).to_contain_text(re.compile("2 portes faites, absent.* : 1"))
    expect(summary).to_be_focused()
    desk.set_viewport_size({"width": 1440, "height": 900})
    expect(row).to_be_visible()
    assert row.evaluate("one => getComputedStyle(one).display") == "table-row"


def test_vans_are_set_by_hand(site: Site, desk: Page, axe: Axe) -> None:
    """A cold room, a van and a half-day by the forms; a place that is none is refused in French."""
    desk.goto(f"{site.url}/portage/vehicules")
    assert axe(desk) == []
    room = desk.locator("form[action$=chambre]")
    for label, value in (("Code", "centre"), ("Nom", "Centre"), ("Latitude", "95"), ("Longitude", "2,1")):
        room.get_by_label(label).fill(value)
    room.get_by_role("button").click()
    expect(desk.get_by_role("alert")).to_have_text("À revoir : la latitude.")
    for label, value in (("Code", "centre"), ("Nom", "Centre"), ("Latitude", "50,5"), ("Longitude", "2,1")):
        room.get_by_label(label).fill(value)
    room.get_by_role("button").click()
    expect(desk.get_by_text("Centre (centre) : 50.5 ; 2.1")).to_be_visible()
    van = desk.locator("form[action$=fourgon]")
    van.get_by_label("Code").fill("bleu")
    van.get_by_label("Nom").fill("Fourgon bleu")
    van.get_by_role("button").click()
    shift = desk.locator("form[action$=demi-journee]").last
    shift.get_by_label("Fourgon").select_option("bleu")
    shift.get_by_label("Part de").fill("50,6 ; 2,2")
    shift.get_by_label("Livreur").select_option(label="Nadia Brunet")
    shift.get_by_role("button").click()
    expect(desk.locator("tbody tr").filter(has_text="bleu")).to_contain_text("Nadia Brunet")
    narrow(desk, f"{site.url}/portage/vehicules")


def test_a_lot_is_traced_both_ways(site: Site, desk: Page, axe: Axe) -> None:
    """A lot of yesterday's pork: who got it and their phones, on the page and in a file; then one's own."""
    desk.goto(f"{site.url}/portage/lots")
    assert axe(desk) == []
    desk.get_by_label("Fabriqué le").fill((today() - timedelta(1)).isoformat())
    desk.get_by_label("Plat").select_option("pork")
    desk.get_by_label("Numéro de lot").fill("L-2207")
    desk.get_by_role("button", name="Noter").click()
    desk.get_by_role("link", name="L-2207").click()
    expect(desk.locator("tbody tr")).to_have_count(5)  # the sixth eats mixed, which the pork is not made in
    expect(desk.locator("tbody")).to_contain_text("03 21 00 00 01")
    assert axe(desk) == []
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Télécharger").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == 6
    assert NAMES[0] in text
    desk.get_by_role("link", name=NAMES[0]).click()
    expect(desk.locator("tbody")).to_contain_text("L-2207")
    assert axe(desk) == []
    narrow(desk, f"{site.url}/portage/lots")
    with psycopg.connect(site.database.dsn, row_factory=dict_row) as connection:
        acts = connection.execute("SELECT action FROM people.audit WHERE action ~ 'lot|trace'").fetchall()
    assert {row["action"] for row in acts} == {"add_lot", "trace_lot", "trace_person"}
    assert not re.search("Carpentier", str(acts))
