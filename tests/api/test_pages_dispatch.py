"""The dispatcher's pages in a real Chromium: live, focus kept, with and without a map, accessible, narrow."""

import base64
import json
import struct
import zlib
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from psycopg.types.json import Jsonb

from fill.document import state_to_document
from fill.fold import first, fold
from fill.model import Calibration, Reading
from store.connection import connect
from tests.api.conftest import Site
from tests.api.little_territory import (
    PASSWORD,
    add_reading,
    container_id,
    notify,
    now,
    open_alert,
    set_state,
)
from tests.conftest import Axe

pytestmark = pytest.mark.page

BOTH_WIDTHS = pytest.mark.parametrize("page", [(1440, 900), (360, 740)], indirect=True, ids=["desk", "phone"])


def row(page: Page, site: Site, code: str) -> Any:
    with connect(site.database.dsn) as connection:
        return page.locator(f"#container-{container_id(connection, code)}")


def live(page: Page) -> None:
    """Wait until the page hears live events."""
    expect(page.locator("#direct")).to_contain_text("En direct", timeout=15_000)


def columns(page: Page) -> list[str]:
    """Codes of the list, from top to bottom."""
    found: list[str] = page.locator("#rows tr").evaluate_all("rows => rows.map((row) => row.dataset.code)")
    return found


def write_weeks(site: Site, code: str) -> None:
    """Give a column ten days of readings, the memory ingest would have kept, and an emptying."""
    calibration = Calibration(volume_l=3000, empty_distance_mm=1650, full_distance_mm=350, dead_zone_mm=120)
    state = first(calibration)
    with connect(site.database.dsn) as connection:
        for step in range(61):
            at = now() - timedelta(days=10) + timedelta(hours=4 * step)
            percent = 5 + 70 * (step % 40) / 40
            state, _ = fold(
                state, Reading(measured_at=at, distance_mm=round(1650 - 13 * percent)), calibration
            )
            add_reading(connection, code, at, percent)
        set_state(connection, code, fill_percent=state.fill_percent, memory=Jsonb(state_to_document(state)))
        connection.execute(
            """
            INSERT INTO emptying (event_id, container_id, emptied_at, source, before_percent, after_percent)
            VALUES (gen_random_uuid(), %s, now() - interval '80 hours', 'level', 75, 5)
            """,
            (container_id(connection, code),),
        )


def test_a_reading_shows_at_once_without_moving_the_focus(site: Site, page: Page) -> None:
    site.sign_in(page)
    live(page)
    line = row(page, site, "V3")
    link = line.get_by_role("link", name="V3")
    link.focus()
    expect(line.locator(".figure")).to_have_text("12\u00a0%")
    measured = now().replace(microsecond=0)
    with connect(site.database.dsn) as connection:
        set_state(connection, "V3", fill_percent=93.0, measured_at=measured)
        open_alert(connection, "V3", "urgent", "Remplie à 93 %.")
        notify(connection, "V3")
    expect(line.locator(".figure")).to_have_text("93\u00a0%")
    assert line.get_attribute("data-measured") == measured.isoformat()
    expect(link).to_be_focused()
    expect(page.locator("#tile-urgent dd")).to_have_text("2")
    expect(page.locator("#alerts-new")).to_contain_text("Remplie à 93 %.")
    expect(page.locator("#heard")).to_contain_text("Nouvelle alerte, Urgente : V3")


def test_a_column_comes_and_goes_as_it_meets_the_filters(site: Site, page: Page) -> None:
    site.sign_in(page, then="/?a_vider=1")
    live(page)
    assert columns(page) == ["V1", "V2"]
    with connect(site.database.dsn) as connection:
        set_state(connection, "E1", fill_percent=75.0)
        set_state(connection, "V2", fill_percent=4.0)
        notify(connection, "E1", "V2")
    expect(page.locator("#rows tr")).to_have_count(2)
    expect(page.locator("#rows")).to_contain_text("E1")
    assert columns(page) == ["V1", "E1"]
    assert page.locator("#row-count").inner_text() == "2"


def test_filters_and_order_are_kept_in_the_address(site: Site, page: Page) -> None:
    site.sign_in(page)
    page.get_by_label("Flux").select_option("Verre")
    expect(page.locator("#rows tr")).to_have_count(3)
    page.get_by_role("button", name="Lieu").click()
    assert columns(page) == ["V1", "V2", "V3"]
    page.get_by_role("button", name="Remplissage").click()
    page.get_by_role("button", name="Remplissage").click()
    assert columns(page) == ["V3", "V2", "V1"]
    expect(page.get_by_role("columnheader", name="Remplissage")).to_have_attribute("aria-sort", "ascending")
    assert page.url.endswith("/?flux=verre&tri=fill")
    page.reload()
    assert columns(page) == ["V3", "V2", "V1"]
    expect(page.get_by_label("Flux")).to_have_value("verre")
    page.get_by_role("button", name="Tout afficher").click()
    expect(page.locator("#rows tr")).to_have_count(6)


def test_nothing_to_show_is_said(site: Site, page: Page) -> None:
    site.sign_in(page, then="/?flux=papier&a_vider=1")
    expect(page.get_by_text("Aucune colonne ne répond à ces filtres.")).to_be_visible()


def test_taking_note_of_an_alert_by_keyboard(site: Site, page: Page) -> None:
    site.sign_in(page)
    page.get_by_role("button", name="Pris en compte : Urgente, V1").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Alerte prise en compte.")
    expect(page.locator("#alerts-new li")).to_have_count(1)
    expect(page.get_by_role("button", name="Pris en compte : Sonde muette, P1")).to_be_focused()
    page.get_by_text("Prises en compte ou en sommeil").click()
    expect(page.locator("#alerts-known")).to_contain_text("Pris en compte par Camille Régulation")


def test_another_dispatcher_sees_the_note_taken(site: Site, page: Page) -> None:
    site.sign_in(page)
    live(page)
    other = page.context.new_page()
    other.goto(site.url)
    other.get_by_role("button", name="Pris en compte : Urgente, V1").click()
    expect(page.locator("#alerts-new li")).to_have_count(1)
    other.close()


def test_a_refused_change_is_told_and_nothing_is_pretended(site: Site, page: Page, faults: list[str]) -> None:
    site.sign_in(page)
    live(page)
    with connect(site.database.dsn) as connection:  # closed behind the page's back: no event
        connection.execute("UPDATE alert SET closed_at = now() WHERE kind = 'urgent'")
    page.get_by_role("button", name="Pris en compte : Urgente, V1").click()
    expect(page.locator("#toasts")).to_contain_text("Cette alerte s'est close entre-temps.")
    expect(page.locator("#alerts-new li")).to_have_count(1)
    assert [fault for fault in faults if "409" not in fault] == []
    faults.clear()


def test_the_map_does_without_its_background(site: Site, page: Page) -> None:
    site.sign_in(page)
    expect(page.locator("#map")).to_have_attribute("data-ready", "yes", timeout=30_000)
    expect(page.get_by_text("Fond de carte indisponible")).to_be_visible()
    expect(page.locator("#map")).to_contain_text("© IGN – Géoplateforme")


def _tile() -> bytes:
    """Return a white PNG of 256 × 256."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 256, 256, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\xff" * 256) * 256)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


FIND_COLOUR = """async ([picture, [red, green, blue]]) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + picture)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  for (let at = 0; at < data.length; at += 4)
    if (data[at] === red && data[at + 1] === green && data[at + 2] === blue)
      return [(at / 4) % image.width, Math.floor(at / 4 / image.width) + 3];
  return null;
}"""


def test_a_point_on_the_map_opens_its_columns(site: Site, page: Page) -> None:
    asked: list[str] = []

    def serve(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body=_tile(), content_type="image/png", headers={"Access-Control-Allow-Origin": "*"})

    page.route("https://data.geopf.fr/**", serve)
    site.sign_in(page)
    expect(page.locator("#map")).to_have_attribute("data-ready", "yes", timeout=30_000)
    drawing = page.context.new_page()  # reads pictures; the board's own policy rightly forbids it
    found = None
    for _ in range(40):  # the map draws at its own pace
        picture = base64.b64encode(page.locator("#map canvas").screenshot()).decode()
        found = drawing.evaluate(FIND_COLOUR, [picture, [185, 28, 28]])
        if found:
            break
        page.wait_for_timeout(250)
    assert found, "no red triangle on the map"
    drawing.close()
    page.locator("#map canvas").click(position={"x": found[0], "y": found[1]})
    popup = page.locator(".maplibregl-popup")
    expect(popup).to_contain_text("Place du Lavoir, Fruges")
    expect(popup.get_by_role("listitem")).to_have_count(3)
    assert asked
    expect(page.get_by_text("Fond de carte indisponible")).to_be_hidden()
    popup.get_by_role("link", name="V1").click()
    page.wait_for_url("**/colonnes/V1")


def test_without_webgl_the_list_stands_alone(site: Site, page: Page) -> None:
    page.add_init_script(
        """
        const real = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind.startsWith("webgl") ? null : real.call(this, kind, ...rest);
        };
        """
    )
    site.sign_in(page)
    expect(page.get_by_text("La carte ne peut pas s'afficher")).to_be_visible(timeout=30_000)
    expect(page.locator("#rows tr")).to_have_count(6)
    live(page)


def test_the_column_page_draws_weeks_and_forecast_and_follows(site: Site, page: Page) -> None:
    write_weeks(site, "V3")
    site.sign_in(page, then="/colonnes/V3")
    expect(page.locator("#chart canvas")).to_be_visible()
    expect(page.locator("#chart-note")).to_have_text("")
    before = page.locator("#chart").get_attribute("data-measured")
    page.get_by_text("Les mêmes chiffres en tableau").click()
    expect(page.locator("#by-day tbody tr").first).to_be_visible()
    at = now().replace(microsecond=0)
    with connect(site.database.dsn) as connection:
        add_reading(connection, "V3", at, 44.0)
        set_state(connection, "V3", fill_percent=44.0, measured_at=at)
        notify(connection, "V3")
    expect(page.locator(".big")).to_contain_text("44\u00a0%")
    expect(page.locator("#by-day")).to_have_attribute("open", "")
    assert page.locator("#chart").get_attribute("data-measured") != before
    page.get_by_role("link", name="7 jours").click()
    page.wait_for_url("**?jours=7")
    expect(page.locator("#chart canvas")).to_be_visible()


def test_a_column_never_heard_says_why_there_is_nothing(site: Site, page: Page) -> None:
    site.sign_in(page, then="/colonnes/P2")
    expect(page.get_by_text("Aucune mesure sur cette période.").first).to_be_visible()
    expect(page.get_by_text("Aucune alerte n'a été ouverte")).to_be_visible()


@BOTH_WIDTHS
@pytest.mark.parametrize("path", ["/", "/?a_vider=1&flux=papier", "/colonnes/V1", "/colonnes/P2"])
def test_pages_are_accessible_and_fit_the_width(site: Site, page: Page, axe: Axe, path: str) -> None:
    write_weeks(site, "V1")
    site.sign_in(page, then=path)
    ready = page.locator("#chart canvas") if "colonnes" in path else page.locator("#map[data-ready]")
    expect(ready).to_be_visible(timeout=30_000)
    assert axe(page) == []
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], json.dumps(width)


@BOTH_WIDTHS
def test_signing_in_is_accessible_and_says_what_is_wrong(
    site: Site, page: Page, axe: Axe, faults: list[str]
) -> None:
    page.goto(site.url)
    assert axe(page) == []
    page.get_by_label("Identifiant").fill("regulation")
    page.get_by_label("Mot de passe").fill(PASSWORD + "?")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("alert")).to_have_text("Identifiant ou mot de passe incorrect.")
    assert axe(page) == []
    page.goto(f"{site.url}/rien")
    assert axe(page) == []
    assert [fault for fault in faults if "401" not in fault and "404" not in fault] == []
    faults.clear()
