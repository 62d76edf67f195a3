"""The meals' office on a real database: files sealed and logged, requests once, pages that a CIAS would
use."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from services import Database
from typer.testing import CliRunner

from api.auth import create_account
from api.cias.asking import ask, load_book, load_card
from api.cias.imports import import_people
from api.cias.sealed import Unreadable, seal, unseal
from api.cli import main
from meals.model import Accepted, Declined, Order
from meals.prices import Grid
from meals.rules import read_grid
from tests.api.conftest import Site, make_app, sign_in
from tests.api.little_territory import PASSWORD
from tests.conftest import Axe
from tests.meals.kit import BOOKS, DISHES, GRIDS, menus

KEY = "0f" * 32
PEOPLE = """reference;name;since;address;insee;diets;allergens;access_note;lunch
r1;Madeleine Carpentier;2020-01-01;2 rue du Lavoir;62364;no_pork;eggs;clé chez la voisine;1 2 3 4 5
r2;Léon Delattre;2020-01-01;place de l'Église;62463;;;;1 4
"""


BAD_FORMS: tuple[tuple[str, dict[str, str], int], ...] = (
    ("1/danser", {"demande": str(uuid4()), "jour": "2026-01-01"}, 404),
    ("999999/commander", {"demande": str(uuid4()), "jour": "2026-01-01"}, 404),
    ("1/commander", {"demande": "x", "jour": "2026-01-01"}, 422),
    ("1/commander", {"demande": str(uuid4()), "jour": "hier"}, 422),
    ("1/annuler", {"demande": str(uuid4()), "jour": "2026-01-01", "motif": "envie"}, 422),
)
BAD_LINES = (
    ("r3;;2020-01-01;;;;;;", "name : manque"),
    ("r3;Nom;hier;;;;;;", "since : une date"),
    ("r3;Nom;2020-01-01;;;keto;;;", "mot inconnu"),
    ("r3;Nom;2020-01-01;;;;;;8", "valeur refusée"),
    ("r1;Nom;2020-01-01;;;;;;", "déjà donnée"),
    ("r3;Nom;2020-01-01;;;;;;;;;", "trop de champs"),
)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that carries meals."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)


def card(first: date) -> str:
    """Six weeks of menus from a day on, as the kitchen's file."""
    dishes = [
        {
            "id": one.id,
            "name": one.name,
            "diets": one.diets,
            "textures": one.textures,
            "allergens": one.allergens,
        }
        for one in DISHES
    ]
    days = [
        {
            "day": one.day.isoformat(),
            "moment": one.moment,
            "choice": one.choice,
            "courses": [{"name": course.name, "dishes": course.dishes} for course in one.courses],
        }
        for one in menus(first, 42)
    ]
    return json.dumps({"dishes": dishes, "menus": days})


def furnish(dsn: str) -> None:
    """Rules, a card, two people and somebody of the CIAS."""
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        load_book(connection, (BOOKS / "haut_pays.toml").read_text(encoding="utf-8"))
        load_card(connection, card(datetime.now(UTC).date() - timedelta(days=10)))
        report = import_people(connection, bytes.fromhex(KEY), PEOPLE)
        assert report.people == 2, report.faults
        create_account(
            connection, login="portage", display_name="Inès Roussel", password=PASSWORD, role="cias"
        )


@pytest.fixture
def kitchen(territory: Database) -> Database:
    """The little territory with meals."""
    furnish(territory.dsn)
    return territory


@pytest.fixture
def connection(kitchen: Database) -> Iterator[Connection[DictRow]]:
    """A look into it."""
    with psycopg.connect(kitchen.dsn, row_factory=dict_row, autocommit=True) as opened:
        yield opened


@pytest.fixture
def cias(kitchen: Database) -> Iterator[TestClient]:
    """Inès of the CIAS, signed in."""
    with TestClient(make_app(kitchen.dsn), follow_redirects=False) as made:
        yield sign_in(made, "portage")


def number(connection: Connection[DictRow], reference: str) -> int:
    """The number of a file."""
    row = connection.execute("SELECT id FROM people.beneficiary WHERE reference = %s", [reference]).fetchone()
    assert row is not None
    return int(row["id"])


def saturday() -> date:
    """A Saturday in more than a week: no habit, orders open."""
    today = datetime.now(UTC).date()
    return today + timedelta(days=(5 - today.weekday()) % 7 + 14)


def order(person: int, day: date, choice: str = "A") -> Order:
    """An order of now."""
    return Order(id=str(uuid4()), at=datetime.now(UTC), person=str(person), day=day, choice=choice)


def test_health_is_sealed_in_the_database(connection: Connection[DictRow]) -> None:
    """No diet, allergy or key under the mat can be read in the table; a copy elsewhere does not open."""
    rows = connection.execute("SELECT id, health, access_note FROM people.beneficiary ORDER BY id").fetchall()
    stored = b"".join(row["health"] + row["access_note"] for row in rows)
    assert b"eggs" not in stored
    assert b"voisine" not in stored
    key, one, other = bytes.fromhex(KEY), str(rows[0]["id"]), str(rows[1]["id"])
    assert json.loads(unseal(key, one, "health", rows[0]["health"]))["allergens"] == ["eggs"]
    for who, column, secret in (
        (other, "health", key),
        (one, "access_note", key),
        (one, "health", b"x" * 32),
    ):
        with pytest.raises(Unreadable):
            unseal(secret, who, column, rows[0]["health"])
    assert seal(key, one, "health", "x") != seal(key, one, "health", "x")


def test_each_reading_of_a_file_is_logged(cias: TestClient, connection: Connection[DictRow]) -> None:
    """Who opened whose file, when and what for; the list of names opens nothing."""
    madeleine = number(connection, "r1")
    assert cias.get("/portage/dossiers").status_code == 200
    assert not connection.execute("SELECT FROM people.care_reading").fetchall()
    page = cias.get(f"/portage/dossiers/{madeleine}")
    assert "œufs" in page.text
    assert "clé chez la voisine" in page.text
    row = connection.execute(
        "SELECT r.beneficiary_id, r.purpose, a.login FROM people.care_reading r "
        "JOIN people.account a ON a.id = r.account_id"
    ).fetchone()
    assert row == {"beneficiary_id": madeleine, "purpose": "file", "login": "portage"}


def test_only_the_cias_sees_files(client: TestClient, kitchen: Database) -> None:
    """A dispatcher or a driver has no business with what somebody may eat."""
    for login in ("regulation", "chauffeur"):
        signed = sign_in(client, login)
        for address in ("", "/dossiers", "/dossiers/1", "/etiquettes?jour=2026-01-01"):
            assert signed.get(f"/portage{address}").status_code == 403


def test_the_same_form_twice_is_one_order(cias: TestClient, connection: Connection[DictRow]) -> None:
    """The number in the form makes the second sending the same request, with the same answer."""
    leon = number(connection, "r2")
    form = {"demande": str(uuid4()), "jour": saturday().isoformat(), "choix": "B"}
    first, second = (cias.post(f"/portage/dossiers/{leon}/commander", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert "est commandé (choix B)" in first.text
    assert "est commandé (choix B)" in second.text
    assert connection.execute("SELECT count(*) AS n FROM meals.request").fetchone() == {"n": 1}
    day = cias.get(f"/portage?jour={_delivery(saturday())}")
    assert "Léon Delattre" in day.text
    assert "Omelette" in day.text


def test_a_refusal_says_why_and_keeps_nothing_back(cias: TestClient, connection: Connection[DictRow]) -> None:
    """An omelette for an allergy to eggs: one French sentence, kept with its rule, and no meal."""
    madeleine = number(connection, "r1")
    form = {"demande": str(uuid4()), "jour": saturday().isoformat(), "choix": "B"}
    answer = cias.post(f"/portage/dossiers/{madeleine}/commander", data=form)
    assert answer.status_code == 409
    assert "contient œufs" in answer.text
    assert connection.execute("SELECT rule FROM meals.request").fetchall() == [{"rule": "unsuited"}]


def test_bad_forms_are_refused(cias: TestClient, connection: Connection[DictRow]) -> None:
    """Nothing is written for what cannot be read."""
    for path, form, status in BAD_FORMS:
        assert cias.post(f"/portage/dossiers/{path}", data=form).status_code == status, path
    assert not connection.execute("SELECT FROM meals.request").fetchall()


def test_an_absence_empties_the_week(cias: TestClient, connection: Connection[DictRow]) -> None:
    """Three weeks ahead, a week in hospital: nothing is delivered to her, the other still gets his meals."""
    monday = saturday() + timedelta(days=2)
    madeleine = number(connection, "r1")
    form = {
        "demande": str(uuid4()),
        "jour": monday.isoformat(),
        "retour": (monday + timedelta(days=6)).isoformat(),
        "motif": "hospital",
    }
    answer = cias.post(f"/portage/dossiers/{madeleine}/absence", data=form)
    assert "Absence notée" in answer.text
    pages = "".join(cias.get(f"/portage?jour={monday + timedelta(days=n)}").text for n in range(5))
    assert "Madeleine" not in pages
    assert "Léon" in pages


def test_a_request_that_no_longer_holds_is_shown(cias: TestClient, connection: Connection[DictRow]) -> None:
    """She ordered the omelette; then an allergy is found. The office sees it; no omelette travels."""
    key, leon = bytes.fromhex(KEY), number(connection, "r2")
    given = ask(connection, key, order(leon, saturday(), "B"), None)
    assert isinstance(given, Accepted)
    ill = PEOPLE.replace("62463;;;;1 4", "62463;;eggs;;1 4")
    assert import_people(connection, key, ill).people == 2
    page = cias.get(f"/portage?jour={_delivery(saturday())}").text
    assert "ne tient plus" in page
    assert "contient œufs" in page


def test_two_people_ask_at_once_and_both_get_an_answer(kitchen: Database) -> None:
    """The second waits for the first, whose order it then sees."""
    with (
        psycopg.connect(kitchen.dsn, row_factory=dict_row) as one,
        psycopg.connect(kitchen.dsn, row_factory=dict_row) as two,
    ):
        leon = number(one, "r2")
        assert isinstance(ask(one, bytes.fromhex(KEY), order(leon, saturday()), None), Accepted)
        two.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            ask(two, bytes.fromhex(KEY), order(leon, saturday()), None)
        two.rollback()
        one.commit()
        again = ask(two, bytes.fromhex(KEY), order(leon, saturday()), None)
        assert "déjà commandé" in again.text


def test_a_number_of_another_s_request_is_refused(connection: Connection[DictRow]) -> None:
    """An identifier taken from somebody else's order gives no answer about it."""
    key = bytes.fromhex(KEY)
    mine = order(number(connection, "r2"), saturday())
    ask(connection, key, mine, None)
    theirs = Order(id=mine.id, at=mine.at, person=str(number(connection, "r1")), day=mine.day)
    found = ask(connection, key, theirs, None)
    assert isinstance(found, Declined)
    assert found.rule == "known"


def test_an_import_is_whole_or_nothing(connection: Connection[DictRow]) -> None:
    """The report names line and column, never the value; no file changes."""
    before = connection.execute("SELECT reference, name FROM people.beneficiary ORDER BY 1").fetchall()
    for line, words in BAD_LINES:
        report = import_people(connection, bytes.fromhex(KEY), PEOPLE.replace("Léon", "Léo") + line + "\n")
        assert report.people == 0
        assert any(words in one.text and one.line == 4 for one in report.faults), report.faults
    after = connection.execute("SELECT reference, name FROM people.beneficiary ORDER BY 1").fetchall()
    assert after == before


def test_commands(territory: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules, prices, card and people from a shell; a fault is said with its file, and nothing is taken."""
    monkeypatch.setenv("GLANEUR_DATABASE", territory.dsn)
    files = {"card.json": card(date(2026, 3, 2)), "people.csv": PEOPLE, "bad.csv": "reference;name\nr1;x\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "bad.json").write_text(
        card(date(2026, 3, 2)).replace('"soup"', '"soupe"', 1), encoding="utf-8"
    )

    def run(*words: str) -> tuple[int, str]:
        found = CliRunner().invoke(main, ["meals", *words])
        return found.exit_code, found.output

    assert run("book", str(BOOKS / "haut_pays.toml"))[0] == 0
    assert run("grid", str(GRIDS / "haut_pays.toml"))[0] == 0
    assert run("card", str(tmp_path / "card.json")) == (0, "6 plats, 84 menus.\n")
    assert run("people", str(tmp_path / "people.csv")) == (0, "2 dossiers.\n")
    assert run("book", str(GRIDS / "haut_pays.toml"))[0] == 1
    status, said = run("people", str(tmp_path / "bad.csv"))
    assert (status, "ligne 1 : colonne since absente" in said) == (1, True)
    assert isinstance(read_grid((GRIDS / "haut_pays.toml").read_text(encoding="utf-8")), Grid)


def test_without_a_key_the_page_says_so(kitchen: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without GLANEUR_HEALTH_KEY: one sentence, no file opened."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", "")
    with TestClient(make_app(kitchen.dsn), follow_redirects=False) as made:
        answer = sign_in(made, "portage").get("/portage")
    assert answer.status_code == 503
    assert "GLANEUR_HEALTH_KEY" in answer.text


def test_pages_are_usable(site: Site, page: Page, axe: Axe) -> None:
    """By a browser: the day, a file, an order by telephone, labels; axe-core finds nothing serious."""
    furnish(site.database.dsn)
    site.sign_in(page, "portage", "/portage")
    day = _delivery(saturday())
    page.goto(f"{site.url}/portage/dossiers")
    assert axe(page) == []
    page.get_by_role("link", name="Léon Delattre").click()
    assert axe(page) == []
    wanted = page.locator("li").filter(has_text=_day_text(saturday()))
    wanted.get_by_role("button", name="Commander déjeuner B").click()
    assert "est commandé (choix B)" in page.get_by_role("status").first.inner_text()
    page.goto(f"{site.url}/portage?jour={day}")
    assert axe(page) == []
    page.get_by_role("link", name="Étiquettes").click()
    assert page.locator(".labels li").filter(has_text="Léon Delattre").count() >= 1
    assert axe(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    for address in ("/portage", "/portage/dossiers", f"/portage/etiquettes?jour={day}"):
        page.goto(site.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def _delivery(day: date) -> date:
    from meals.calendar import trip
    from tests.meals.kit import shipped

    found = trip(shipped("haut_pays"), day)
    assert found is not None
    return found.delivery


def _day_text(day: date) -> str:
    from api.french import day as text

    return text(day)
