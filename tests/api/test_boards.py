"""The boards on our own pages: the same panels for every width and reader; what they compare with."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from services import Database
from typer.testing import CliRunner

from api.auth import create_account
from api.boards.reading import boards
from api.cli import main
from store.boards import refresh_days, refresh_hour, sample_platform
from store.connection import connect
from tests.api.conftest import Site
from tests.api.little_territory import PASSWORD

pytestmark = pytest.mark.db


def count(database: Database) -> None:
    """Days of readings for the little territory, counted as the worker counts them."""
    with connect(database.dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO rollup_day SELECT c.id, d::date, 6, 0, 40, 60, 40, 60 + c.id, 50 FROM container c,"
            " generate_series(current_date - 20, current_date, INTERVAL '1 day') AS d")  # fmt: skip
        connection.execute("INSERT INTO board_mark SELECT DISTINCT day FROM rollup_day")
    with connect(database.dsn, role="glaneur_worker", autocommit=True) as connection:
        refresh_hour(connection)
        assert refresh_days(connection) >= 21
        sample_platform(connection)


def test_each_board_answers_in_html_and_in_json(territory: Database, dispatcher: TestClient) -> None:
    """Every panel of every board is on the page, with a table or a sentence, and none has failed."""
    count(territory)
    assert [one["uid"] for one in dispatcher.get("/api/v1/boards").json()] == list(boards())
    for uid, board in boards().items():
        answer = dispatcher.get("/tableaux/apercu", params={"tableau": uid})
        assert answer.status_code == 200
        assert "n'a pas pu être lu" not in answer.text
        for panel in board["panels"]:
            assert f'id="titre-{panel["id"]}"' in answer.text
        said = dispatcher.get(f"/api/v1/boards/{uid}").json()
        assert [one["title"] for one in said["panels"]] == [panel["title"] for panel in board["panels"]]
        assert [one["problem"] for one in said["panels"]] == [""] * len(board["panels"])
    assert dispatcher.get("/api/v1/boards/rien").status_code == 404


def test_choices_narrow_and_strange_ones_are_ignored(territory: Database, dispatcher: TestClient) -> None:
    """A commune's columns are its own; what is not offered counts as everything, whatever it holds."""

    def columns(**choices: str) -> int:
        panels = dispatcher.get("/api/v1/boards/glaneur-ensemble", params=choices).json()["panels"]
        return int(panels[0]["rows"][0][0])

    assert columns() == 6
    assert columns(commune="62364") == 4
    assert columns(flux="verre", commune="62463") == 1
    assert columns(commune="'; DROP TABLE reading; --", periode="siècle") == 6
    assert dispatcher.get("/tableaux/apercu", params={"tableau": "x" * 300}).status_code == 422


def test_who_may_look(
    territory: Database, client: TestClient, as_person: Callable[[str], TestClient]
) -> None:
    """Signed in, and not as a driver; the social service too, whose meals are on a board."""
    with connect(territory.dsn) as owner:
        create_account(owner, login="portage", display_name="Repas", password=PASSWORD, role="cias")
    assert as_person("portage").get("/tableaux/apercu?tableau=glaneur-repas").status_code == 200
    client.cookies.clear()
    assert client.get("/tableaux/apercu").status_code in (302, 303)
    assert as_person("chauffeur").get("/tableaux/apercu").status_code == 403


def test_a_driver_s_word_counts_its_day_again(territory: Database) -> None:
    """A stop said done, or a round changed, marks its day; counting takes the mark away."""
    with connect(territory.dsn, autocommit=True) as connection:
        connection.execute("TRUNCATE board_mark")
        connection.execute(
            "INSERT INTO planning (day, stream, vehicle_ids, budget_s)"
            " VALUES ('2026-03-02', 'verre', '{}', 1)"
        )
        connection.execute(
            "INSERT INTO round"
            " (planning_id, day, stream, vehicle_id, status, distance_m, duration_s, published_at)"
            " SELECT p.id, p.day, 'verre', v.id, 'published', 50000, 7200, now() FROM planning p, vehicle v"
            " WHERE p.day = '2026-03-02' LIMIT 1")  # fmt: skip
        connection.execute(
            "INSERT INTO stop (round_id, position, kind, arrival_at, departure_at, load_l, load_kg)"
            " SELECT id, n, CASE n WHEN 1 THEN 'collect' ELSE 'unload' END,"
            " '2026-03-02 08:00Z', '2026-03-02 09:00Z', 0, 0"
            " FROM round, generate_series(1, 2) AS n WHERE day = '2026-03-02'")  # fmt: skip
    expected = [(0, None), (1, 4200)]
    for done, weight in expected:
        with connect(territory.dsn, role="glaneur_worker", autocommit=True) as connection:
            assert refresh_days(connection) == 1
            assert refresh_days(connection) == 0
            row = connection.execute("SELECT * FROM board_round_day WHERE day = '2026-03-02'").fetchone()
        assert row is not None
        assert (row["rounds"], row["stops"], row["stops_done"], row["unloaded_kg"]) == (1, 1, done, weight)
        with connect(territory.dsn, role="glaneur_api", autocommit=True) as connection:
            connection.execute(
                "INSERT INTO stop_event (event_id, stop_id, kind, weight_kg, happened_at)"
                " SELECT gen_random_uuid(), s.id, 'done', CASE s.kind WHEN 'unload' THEN 4200 END, now()"
                " FROM stop s JOIN round r ON r.id = s.round_id WHERE r.day = '2026-03-02'")  # fmt: skip


def test_rates_budgets_and_territories_are_said_on_the_command_line(
    territory: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a cost or a product is compared with comes with its source; nonsense is refused in a sentence."""
    monkeypatch.setenv("GLANEUR_DATABASE", territory.dsn)

    def glaneur(*words: str) -> int:
        return CliRunner().invoke(main, ["dashboards", *words]).exit_code

    rate = (
        "rate",
        "--since",
        "2026-01-01",
        "--per-km",
        "1,45",
        "--per-hour",
        "38.5",
        "--co2",
        "1100",
        "--source",
        "marché",
    )
    assert glaneur(*rate, "--stream", "verre") == 0
    assert glaneur(*rate, "--stream", "inconnu") == 1
    assert glaneur("budget", "2026", "--product", "1200000", "--source", "délibération 12") == 0
    assert glaneur("budget", "2026", "--product", "beaucoup", "--source", "x") == 1
    assert glaneur("territory", "haut-pays", "Haut-Pays", "62364") == 0
    assert glaneur("territory", "haut pays", "Haut-Pays", "62364") == 1
    with connect(territory.dsn, "glaneur_grafana", autocommit=True) as connection:
        areas = connection.execute("SELECT area, name FROM boards.territory ORDER BY position").fetchall()
        assert [row["area"] for row in areas] == ["*", "@haut-pays"]
        budget = connection.execute("SELECT budget FROM boards.product_year WHERE year = 2026").fetchone()
        assert budget is not None
        assert budget["budget"] == 1_200_000


@pytest.mark.page
@pytest.mark.parametrize("page", [(1440, 900), (360, 740)], indirect=True)
def test_the_page_is_drawn_and_read(
    site: Site, page: Page, axe: Callable[[Page], list[dict[str, Any]]]
) -> None:
    """Charts, cells and map are drawn; nothing overflows the width; axe-core finds nothing to say."""
    count(site.database)
    site.sign_in(page, then="/tableaux/apercu")
    page.wait_for_selector("#dessin-6 canvas")
    assert page.locator("section.panel").count() == len(boards()["glaneur-ensemble"]["panels"])
    assert axe(page) == []
    page.get_by_role("navigation", name="Tableaux").get_by_role("link", name="Remplissage").click()
    page.wait_for_selector("#dessin-3 td")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []
    page.locator("section.panel > details > summary").first.click()
    assert page.get_by_role("region", name="Carte, chiffres").is_visible()
    page.get_by_label("Commune").select_option(label="Fruges")
    page.get_by_role("button", name="Afficher").click()
    page.wait_for_url("**commune=62364**")
    assert page.locator("#dessin-3 tbody tr").count() == 4
