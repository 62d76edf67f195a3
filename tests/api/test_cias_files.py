"""A file by the office's form: nothing typed is lost, nothing of the past is rewritten; pages one can use."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from services import Database

from tests.api.cias_office import EARLY_NOVEMBER, KEY, OCTOBER, asked, furnish, number
from tests.api.conftest import Site, make_app, sign_in
from tests.api.test_cias_bills import issued
from tests.conftest import Axe

FORM: dict[str, Any] = {
    "reference": "r7",
    "name": "Odette Macquet",
    "since": "2026-11-02",
    "lunch": ["1", "2", "4"],
    "diets": ["no_salt"],
    "allergens": ["milk"],
    "texture": "mixed",
    "access_note": "sonner deux fois",
    "choice": "A",
}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)


@pytest.fixture
def office(territory: Database) -> Iterator[TestClient]:
    """Inès, signed in."""
    furnish(territory.dsn)
    with TestClient(make_app(territory.dsn), follow_redirects=False) as made:
        yield sign_in(made, "portage")


@pytest.fixture
def connection(office: TestClient, territory: Database) -> Iterator[Connection[DictRow]]:
    """A look into the database."""
    with psycopg.connect(territory.dsn, row_factory=dict_row, autocommit=True) as opened:
        yield opened


def habits(connection: Connection[DictRow], person: int) -> list[tuple[date, list[int]]]:
    """What somebody takes each week, since when."""
    rows = connection.execute(
        "SELECT valid_from, lunch FROM people.beneficiary_habit WHERE beneficiary_id = %s ORDER BY 1",
        [person],
    )
    return [(row["valid_from"], row["lunch"]) for row in rows]


def test_a_new_file(office: TestClient, connection: Connection[DictRow]) -> None:
    """Made once; the same form again is refused in one sentence and changes nothing."""
    assert office.get("/portage/dossiers/nouveau").status_code == 200
    answer = office.post("/portage/dossiers/nouveau", data=FORM)
    assert answer.status_code == 303
    person = number(connection, "r7")
    shown = office.get(answer.headers["location"]).text
    for words in ("Odette Macquet", "sans sel", "mixé", "lait", "sonner deux fois"):
        assert words in shown
    assert habits(connection, person) == [(date(2026, 11, 2), [1, 2, 4])]
    again = office.post("/portage/dossiers/nouveau", data=FORM | {"name": "Autre"})
    assert (again.status_code, "existe déjà" in again.text, "Autre" in again.text) == (409, True, True)
    row = connection.execute("SELECT name FROM people.beneficiary WHERE id = %s", [person]).fetchone()
    assert row == {"name": "Odette Macquet"}


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    office: TestClient, connection: Connection[DictRow]
) -> None:
    """Every fault at once, in French; the fields stand as they were typed; no value in a sentence."""
    wrong = FORM | {"since": "hier", "quotient": "beaucoup", "texture": "liquide", "lat": "nord"}
    answer = office.post("/portage/dossiers/nouveau", data=wrong)
    assert answer.status_code == 422
    for words in ("since : une date", "quotient : un montant", "texture : mot inconnu", "lat : un nombre"):
        assert words in answer.text
    assert 'value="Odette Macquet"' in answer.text
    assert "sonner deux fois" in answer.text
    for bad in ({"until": "2026-12-01"}, {"window_from": "09:00"}, {"reference": "a b"}, {"name": ""}):
        assert office.post("/portage/dossiers/nouveau", data=FORM | bad).status_code == 422, bad
    assert connection.execute("SELECT FROM people.beneficiary WHERE reference = 'r7'").fetchall() == []


def test_a_change_rewrites_nothing_of_the_past(office: TestClient, connection: Connection[DictRow]) -> None:
    """A new telephone leaves the weeks alone; new weeks and incomes want their day; the end is kept."""
    his = number(connection, "r2")
    page = office.get(f"/portage/dossiers/{his}/modifier")
    assert 'value="Léon Delattre"' in page.text
    same = {
        "name": "Léon Delattre",
        "since": "2020-01-01",
        "insee": "62463",
        "lunch": ["1", "2", "4", "5"],
        "choice": "A",
        "texture": "whole",
        "habit_from": "2026-11-30",
        "phone": "0321111111",
    }
    path = f"/portage/dossiers/{his}/modifier"
    assert office.post(path, data=same).status_code == 303
    assert habits(connection, his) == [(date(2020, 1, 1), [1, 2, 4, 5])]
    assert office.post(path, data=same | {"lunch": ["1"], "habit_from": ""}).status_code == 422
    assert office.post(path, data=same | {"quotient": "9000"}).status_code == 422
    assert office.post(path, data=same | {"lunch": ["1", "2", "3"]}).status_code == 303
    assert habits(connection, his)[1:] == [(date(2026, 11, 30), [1, 2, 3])]
    moved = same | {"lunch": ["1", "2", "3"], "until": "2026-12-31", "end": "moved"}
    assert office.post(path, data=moved).status_code == 303
    row = connection.execute(
        "SELECT reference, phone, until, end_reason FROM people.beneficiary WHERE id = %s", [his]
    ).fetchone()
    assert row == {
        "reference": "r2",
        "phone": "0321111111",
        "until": date(2026, 12, 31),
        "end_reason": "moved",
    }
    assert office.post("/portage/dossiers/99999/modifier", data=same).status_code == 404
    assert sign_in(office, "argent").get(f"/portage/dossiers/{his}/modifier").status_code == 403


def test_pages_are_usable(site: Site, page: Page, axe: Axe) -> None:
    """By a browser: every page of the office at both widths; axe finds nothing serious; no side scroll."""
    today = datetime.now(UTC).date()
    furnish(site.database.dsn, today - timedelta(days=90), 100)
    with psycopg.connect(site.database.dsn, row_factory=dict_row, autocommit=True) as connection:
        her = number(connection, "r1")
        asked(
            connection,
            her,
            datetime.now(UTC) - timedelta(days=5),
            kind="absence",
            first=f"{today}",
            last=f"{today + timedelta(days=20)}",
            reason="hospital",
        )
        run = issued(connection, OCTOBER, EARLY_NOVEMBER)
    addresses = (
        f"/portage/dossiers/{her}",
        f"/portage/dossiers/{her}/modifier",
        "/portage/dossiers/nouveau",
        "/portage/factures",
        f"/portage/factures/{run}",
        "/portage/menus",
        "/portage/listes",
        "/portage/statistiques?de=2026-10-01&a=2026-10-31",
    )
    site.sign_in(page, "portage", "/portage/factures")
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for address in addresses:
            page.goto(site.url + address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            if width == 360:
                assert axe(page) == [], address
    page.goto(f"{site.url}/portage/dossiers/nouveau")
    page.get_by_label("Référence").fill("r8")
    page.get_by_label("Nom", exact=True).fill("Marcel Hochart")
    page.get_by_role("group", name="Déjeuners d’ordinaire").get_by_label("lundi").check()
    page.get_by_role("button", name="Créer le dossier").click()
    page.get_by_role("heading", name="Marcel Hochart").wait_for()
