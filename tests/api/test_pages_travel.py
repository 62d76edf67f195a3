"""Roads on the pages: the dispatcher's map asks for them once, the driver's card shows the way, offline."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pydantic import SecretStr
from services import Database

from api.settings import Settings
from api.travel.choice import travel_times
from api.travel.ways import drawn, read_stops
from store.connection import connect
from tests.api.conftest import Site
from tests.api.driver_phone import NAMES, heading, tap
from tests.api.little_round import seed_round
from tests.api.road_server import RoadServer, road_server
from tests.api.rounds_territory import run, seed_more
from tests.api.test_pages_rounds import add_planning, no_sideways_scroll

pytestmark = [pytest.mark.db, pytest.mark.page]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RoadServer]:
    """Made-up roads, which the application started after it uses."""
    with road_server() as one:
        monkeypatch.setenv("GLANEUR_TRAVEL", "osrm")
        monkeypatch.setenv("GLANEUR_TRAVEL_URL", one.url)
        yield one


@pytest.fixture
def roads(server: RoadServer, site: Site) -> Site:
    """The served application, with roads."""
    return site


def draw(database: Database, *, round_id: int) -> None:
    """What the worker does after planning: have the ways found."""
    travel = travel_times(Settings(database=SecretStr(database.dsn)), "glaneur_worker")
    with connect(database.dsn, role="glaneur_worker") as connection:
        rows = read_stops(connection, planning=None, round=round_id)
    assert any(stop.way for found in drawn(rows, travel, ask=True) for stop in found.stops)


@pytest.mark.parametrize("page", [(360, 740)], indirect=True)
def test_the_card_shows_the_way(roads: Site, page: Page, axe: Any) -> None:
    """A drawing and the turns, kept on the phone: without network they are still there."""
    draw(roads.database, round_id=seed_round(roads.database.dsn))
    roads.sign_in(page, "chauffeur", "/chauffeur")
    heading(page, NAMES[0])
    road = page.locator("#card .road")
    expect(road.locator("summary")).to_have_text("Route : 1,5\u00a0km")
    road.locator("summary").click()
    expect(road.get_by_role("img", name="Tracé de la route, le nord en haut")).to_be_visible()
    expect(road.locator(".turns li")).to_have_text(
        ["Partir sur Rue du Départ 1,5\u00a0km", "Arrivée, à droite"]
    )
    assert (axe(page), no_sideways_scroll(page)) == ([], True)
    expect(page.get_by_text("prête hors ligne")).to_be_visible(timeout=20_000)
    page.context.set_offline(True)
    tap(page, "Fait", NAMES[1])
    expect(page.locator("#card .road summary")).to_contain_text("Route : ")
    page.context.set_offline(False)
    expect(page.locator("#state")).to_contain_text("tout est envoyé", timeout=20_000)


@pytest.mark.parametrize("page", [(1440, 900)], indirect=True)
def test_the_map_asks_for_the_roads(roads: Site, server: RoadServer, page: Page) -> None:
    """The plan names its roads and the map gets them, without a question the worker has not asked already."""
    seed_more(roads.database.dsn)
    number = add_planning(roads.database)
    travel = travel_times(Settings(database=SecretStr(roads.database.dsn)), "glaneur_worker")
    assert run(roads.database.dsn, number, travel=travel).status == "done"
    asked = len(server.asked)
    with page.expect_response("**/ways") as got:
        roads.sign_in(page, then=f"/tournees/{number}")
    assert got.value.status == 200
    assert [stop["way"] is None for found in got.value.json() for stop in found["stops"]].count(False) >= 4
    expect(page.get_by_text("Distances : route, par OSRM (driving).")).to_be_visible()
    expect(page.locator("#carte")).to_have_attribute("data-ready", "yes")
    assert len(server.asked) == asked
