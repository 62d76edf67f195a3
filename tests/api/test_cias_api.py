"""The office over HTTP: the same rights, judgement and log as the pages; and bad input of every kind."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from services import Database

from api.cias.asking import load_book
from api.cias.imports import import_people
from meals.model import Book
from tests.api.cias_office import (
    EARLY_NOVEMBER,
    KEY,
    OCTOBER,
    PEOPLE,
    SECRET,
    account,
    furnish,
    number,
)
from tests.api.conftest import make_app, sign_in
from tests.api.test_cias_bills import issued
from tests.meals.kit import BOOKS

BASE = "/api/v1/meals"


@pytest.fixture
def office(territory: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Inès, signed in, with menus around today."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)
    furnish(territory.dsn, datetime.now(UTC).date() - timedelta(days=90), 150)
    with TestClient(make_app(territory.dsn), follow_redirects=False) as made:
        yield sign_in(made, "portage")


@pytest.fixture
def connection(office: TestClient, territory: Database) -> Iterator[Connection[DictRow]]:
    """A look into the database."""
    with psycopg.connect(territory.dsn, row_factory=dict_row, autocommit=True) as opened:
        yield opened


def soon(weekday: int) -> date:
    """An ISO weekday in two to three weeks: orders are open."""
    today = datetime.now(UTC).date()
    return today + timedelta(days=(weekday - today.isoweekday()) % 7 + 14)


def ask(office: TestClient, person: int, **document: Any) -> Any:
    """The answer to a request."""
    whole = {"id": str(uuid4()), "kind": "order", "day": soon(6).isoformat()} | document
    return office.post(f"{BASE}/files/{person}/requests", json=whole)


def test_a_file_goes_in_sealed_and_comes_out_logged(
    office: TestClient, connection: Connection[DictRow]
) -> None:
    """Written, read, written over; the list opens nothing; an address that is not the draft's is refused."""
    draft = {
        "reference": "r9",
        "name": "Odette Macquet",
        "since": "2026-01-01",
        "lunch": [1, 2, 4],
        "health": {"diets": ["no_salt"], "allergens": ["milk"]},
        "access_note": "sonner deux fois",
        "support_payer": "CARSAT",
        "support_per_meal": "1.50",
    }
    saved = office.put(f"{BASE}/files/r9", json=draft)
    assert saved.status_code == 200, saved.text
    person = saved.json()["id"]
    listed = office.get(f"{BASE}/files").json()
    assert [one["reference"] for one in listed if one["id"] == person] == ["r9"]
    assert connection.execute("SELECT FROM people.care_reading").fetchall() == []
    found = office.get(f"{BASE}/files/{person}").json()
    assert found["health"]["allergens"] == ["milk"]
    assert found["supports"][0] == {
        "payer": "CARSAT",
        "valid_from": "2026-01-01",
        "valid_until": None,
        "per_meal": "1.50",
        "per_month": None,
    }
    assert connection.execute("SELECT purpose FROM people.care_reading").fetchall() == [{"purpose": "file"}]
    assert office.put(f"{BASE}/files/r8", json=draft).status_code == 422
    assert office.get(f"{BASE}/files/999999").status_code == 404


def test_requests_days_menus_and_counts(office: TestClient, connection: Connection[DictRow]) -> None:
    """An order by its own number, twice; the day that carries it; a menu; counts; bills to the cent."""
    his, same = number(connection, "r2"), str(uuid4())
    first, second = (ask(office, his, id=same, choice="B") for _ in range(2))
    assert first.json() == second.json()
    assert first.json()["granted"] is True
    assert connection.execute("SELECT count(*) AS n FROM meals.request").fetchone() == {"n": 1}
    day = soon(6).isoformat()
    (meal,) = office.get(f"{BASE}/files/{his}/meals?de={day}&a={day}").json()
    assert (meal["status"], meal["dishes"]) == ("ordered", ["Potage de légumes", "Omelette"])
    doors = office.get(f"{BASE}/days/{meal['delivery']}").json()["doors"]
    assert any(one["name"] == "Léon Delattre" and meal in one["meals"] for one in doors)
    menu = {"day": "2027-05-05", "courses": [{"name": "plat", "dishes": ["pork"]}]}
    assert office.put(f"{BASE}/menus", json=menu).status_code == 200
    card = office.get(f"{BASE}/menus?de=2027-05-01&a=2027-05-31").json()
    assert [one["day"] for one in card["menus"]] == ["2027-05-05"]
    assert (
        office.put(f"{BASE}/menus", json=menu | {"courses": [{"name": "p", "dishes": ["x"]}]}).status_code
        == 409
    )
    counts = office.get(f"{BASE}/statistics?de={day}&a={day}").json()
    assert counts["meals"] >= 1
    assert sum(counts["by_commune"].values()) == counts["meals"]
    issued(connection, OCTOBER, EARLY_NOVEMBER)
    (bill,) = office.get(f"{BASE}/files/{his}/bills").json()
    assert bill["number"] == "PR-2026-00002"


def test_rights(office: TestClient, connection: Connection[DictRow]) -> None:
    """Finance reads bills and nothing else; a driver nothing; nobody without signing in."""
    her = number(connection, "r1")
    run = issued(connection, OCTOBER, EARLY_NOVEMBER)
    closed = (
        f"{BASE}/files",
        f"{BASE}/files/{her}",
        f"{BASE}/days/2026-11-02",
        f"{BASE}/statistics",
        "/portage",
        "/portage/dossiers",
        "/portage/listes",
        "/portage/etiquettes.pdf?jour=2026-11-02",
        "/portage/jour.csv?jour=2026-11-02",
    )
    opened = (
        f"{BASE}/files/{her}/bills",
        "/portage/factures",
        f"/portage/factures/{run}",
        f"/portage/factures/{run}/tresor.csv",
        f"/portage/factures/{run}/tiers.csv",
    )
    finance = sign_in(office, "argent")
    assert {path: finance.get(path).status_code for path in closed} == dict.fromkeys(closed, 403)
    pages = {path: finance.get(path) for path in opened}
    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(opened, 200)
    for page in pages.values():
        assert not any(word in page.text for word in ("œufs", "sans porc", "clé chez", "eggs"))
    assert finance.post("/portage/factures", data={"mois": "2026-09"}).status_code == 403
    driver = sign_in(office, "chauffeur")
    assert {driver.get(path).status_code for path in (*closed, *opened)} == {403}
    office.cookies.clear()
    assert office.get(f"{BASE}/files").status_code == 401


def test_nothing_is_ordered_for_the_dead_or_the_moved(
    office: TestClient, connection: Connection[DictRow]
) -> None:
    """One French sentence by the form and by the API; the request is kept with its rule; no meal."""
    for reference, why in (("r1", "death"), ("r2", "moved")):
        person = number(connection, reference)
        connection.execute(
            "UPDATE people.beneficiary SET until = %s, end_reason = %s WHERE id = %s",
            [datetime.now(UTC).date(), why, person],
        )
        answer = ask(office, person)
        assert answer.status_code == 409
        assert answer.json()["rule"] == "not_served"
        form = {"demande": str(uuid4()), "jour": soon(6).isoformat()}
        page = office.post(f"/portage/dossiers/{person}/commander", data=form)
        assert page.status_code == 409
        assert "pas inscrite au service ce jour-là" in page.text
        day = soon(6).isoformat()
        assert not office.get(f"{BASE}/files/{person}/meals?de={day}&a={day}").json()
    assert connection.execute("SELECT DISTINCT rule FROM meals.request").fetchall() == [
        {"rule": "not_served"}
    ]


def test_nothing_is_ordered_for_a_day_without_service(
    office: TestClient, connection: Connection[DictRow]
) -> None:
    """No meal on Sundays: said by its name, however it is asked."""
    text = (
        (BOOKS / "haut_pays.toml").read_text(encoding="utf-8").replace("7 = 2\n", "").replace("[6, 7]", "[6]")
    )
    assert isinstance(load_book(connection, text), Book)
    answer = ask(office, number(connection, "r2"), day=soon(7).isoformat())
    assert (answer.status_code, answer.json()["rule"]) == (409, "no_service")
    assert answer.json()["text"] == "Il n'y a pas de repas le dimanche."
    late = ask(office, number(connection, "r2"), day=datetime.now(UTC).date().isoformat(), choice="B")
    assert (late.status_code, late.json()["rule"]) == (409, "too_late")


def test_an_unknown_diet_changes_nothing(office: TestClient, connection: Connection[DictRow]) -> None:
    """By the API and by the file: the field is named, the value is not said back, nothing is written."""
    before = connection.execute("SELECT * FROM people.beneficiary ORDER BY id").fetchall()
    draft = {"reference": "r1", "name": "X", "since": "2020-01-01", "health": {"diets": ["sans-secret"]}}
    answer = office.put(f"{BASE}/files/r1", json=draft)
    assert answer.status_code == 422
    assert "diets" in answer.json()["error"]
    assert "sans-secret" not in answer.text
    report = import_people(connection, SECRET, PEOPLE.replace("no_pork", "sans-secret"))
    assert [(one.line, "mot inconnu" in one.text) for one in report.faults] == [(2, True)]
    for body in ({"kind": "danse"}, {"day": "hier"}, {"id": "1"}, {"choice": "AB"}, {"reason": "envie"}):
        assert ask(office, number(connection, "r1"), **body).status_code == 422, body
    assert connection.execute("SELECT * FROM people.beneficiary ORDER BY id").fetchall() == before
    assert connection.execute("SELECT FROM meals.request").fetchall() == []


def test_who_else_pays_is_typed_once(office: TestClient, connection: Connection[DictRow]) -> None:
    """The form sent twice is one; a fault changes nothing; the file shows it."""
    his = number(connection, "r2")
    form = {"payeur": "CARSAT", "par_repas": "1,50", "du": "2026-11-01", "par_mois": "", "au": ""}
    for _ in range(2):
        assert office.post(f"/portage/dossiers/{his}/prise-en-charge", data=form).status_code == 303
    for wrong in (
        {"par_repas": "0"},
        {"par_repas": "-1"},
        {"au": "2026-10-01"},
        {"au": "2026-13-01"},
        {"du": ""},
    ):
        answer = office.post(f"/portage/dossiers/{his}/prise-en-charge", data=form | wrong)
        assert answer.status_code == 422, wrong
    assert office.post("/portage/dossiers/99999/prise-en-charge", data=form).status_code == 404
    rows = connection.execute("SELECT payer, per_meal, per_month FROM people.beneficiary_support").fetchall()
    assert [(row["payer"], str(row["per_meal"])) for row in rows if row["payer"] == "CARSAT"] == [
        ("CARSAT", "1.50")
    ]
    assert "CARSAT : 1,50" in office.get(f"/portage/dossiers/{his}").text


def test_a_month_by_the_pages(office: TestClient, connection: Connection[DictRow]) -> None:
    """Opened and looked at by Inès, refused to her, issued by Nadia; the same form twice says so."""
    past = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    form = {"mois": f"{past:%Y-%m}"}
    opened = office.post("/portage/factures", data=form)
    assert "à relire" in opened.text
    again = office.post("/portage/factures", data=form)
    assert (again.status_code, "déjà ouvertes" in again.text) == (409, True)
    run = connection.execute("SELECT id FROM meals.bill_run").fetchone()
    assert run is not None
    path = f"/portage/factures/{run['id']}"
    assert office.post(f"{path}/emettre").status_code == 409
    assert office.post(f"{path}/relire").status_code == 200
    mine = office.post(f"{path}/emettre")
    assert (mine.status_code, "autre personne" in mine.text) == (409, True)
    finance = sign_in(office, "argent")
    assert finance.post(f"{path}/recalculer").status_code == 404
    assert "2 factures sont émises" in finance.post(f"{path}/emettre").text
    assert finance.post(f"{path}/emettre").status_code == 409
    assert finance.post(f"{path}/danser").status_code == 404
    assert "PR-" in finance.get(f"{path}/tresor.csv").text
    assert account(connection, "argent").role == "finance"
    now = datetime.now(UTC).date()
    assert office.post("/portage/factures", data={"mois": f"{now:%Y-%m}"}).status_code == 403
    assert (
        sign_in(office, "portage").post("/portage/factures", data={"mois": f"{now:%Y-%m}"}).status_code == 409
    )
