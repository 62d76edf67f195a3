"""Running a site: skips and their haulage, the register, stocks, duty, hours, incidents; pages and API."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from services import Database

from api.app import create_app
from api.french import PARIS
from api.gate.register import COLUMNS
from store.connection import connect
from tests.api.conftest import Site, serving, sign_in
from tests.api.gate_site import settings
from tests.api.site_town import FAMILY, equip, town
from tests.conftest import Axe

pytestmark = pytest.mark.db


@pytest.fixture
def office(timescale_database: Database) -> Iterator[TestClient]:
    """Camille, dispatcher, signed in."""
    with town(timescale_database.dsn) as client:
        yield sign_in(client, "regulation")


def today() -> datetime:
    """Now, in Paris."""
    return datetime.now(UTC).astimezone(PARIS)


def numbers(dsn: str) -> dict[str, int]:
    """Skips by code."""
    with connect(dsn) as connection:
        return {row["code"]: row["id"] for row in connection.execute("SELECT code, id FROM gate.skip")}


def ok(answer: Any) -> dict[str, Any]:
    """The JSON of an answer that must be right."""
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_skip_from_full_to_the_register(office: TestClient, timescale_database: Database) -> None:
    """Asked, planned by routing, left with its slip: on the register with its facts, and empty again."""
    skips = numbers(timescale_database.dsn)
    asked = {code: ok(office.post(f"/api/v1/skips/{skips[code]}/haulage", json={}))["id"] for code in skips}
    assert office.post(f"/api/v1/skips/{skips['FR-V1']}/haulage", json={}).status_code == 409
    day = today().date() + timedelta(days=1)
    while day.isoweekday() != 6:  # Hucqueliers is open on Saturdays
        day += timedelta(days=1)
    plan = ok(office.post("/api/v1/haulages/plan", json={"day": str(day)}))
    assert (plan["planned"], plan["left"]) == (3, [])
    shown = {one["code"]: one for one in office.get("/api/v1/haulages").json()}
    assert {one["status"] for one in shown.values()} == {"planned"}
    assert all(one["vehicle"] == "Ampliroll 1" for one in shown.values())
    ends = [
        datetime.fromisoformat(one["outlet_at"])
        for one in sorted(shown.values(), key=lambda one: one["rank"])
    ]
    starts = [
        datetime.fromisoformat(one["pickup_at"])
        for one in sorted(shown.values(), key=lambda one: one["rank"])
    ]
    assert all(end < start for end, start in zip(ends[:-1], starts[1:], strict=True))
    slip = {"gross_kg": 14_200, "tare_kg": 9_000, "slip": "B-77", "plate": "AA-111-AA"}
    done = ok(office.post(f"/api/v1/haulages/{asked['FR-V1']}/done", json=slip))
    assert "registre" in done["sentence"]
    assert office.post(f"/api/v1/haulages/{asked['FR-V1']}/done", json=slip).status_code == 409
    skip = next(one for one in office.get("/api/v1/sites/fruges").json()["skips"] if one["code"] == "FR-V1")
    assert (skip["percent"], skip["haulage_status"]) == (0, None)
    ((row,), _) = _register(office)
    assert (row["quantite_tonnes"], row["code_dechet"], row["code_traitement"]) == ("5,200", "20 02 01", "R3")
    assert (row["transporteur_recepisse"], row["expediteur_siret"]) == ("62-2024-001", "20006920300015")


def _register(client: TestClient) -> tuple[list[dict[str, str]], str]:
    text = client.get("/api/v1/sites/fruges/outgoing.csv").text.removeprefix("\ufeff")
    reader = csv.DictReader(io.StringIO(text), delimiter=";")
    rows = list(reader)
    assert tuple(reader.fieldnames or ()) == COLUMNS
    return rows, text


def test_the_register_is_corrected_and_never_rewritten(
    office: TestClient, timescale_database: Database
) -> None:
    """A correction is a new line; the table refuses an update; a dangerous waste wants its form."""
    skip = numbers(timescale_database.dsn)["FR-G1"]
    asked = ok(office.post(f"/api/v1/skips/{skip}/haulage", json={}))["id"]
    bad = office.post(f"/api/v1/haulages/{asked}/done", json={"gross_kg": 10, "tare_kg": 20})
    assert (bad.status_code, "tare" in bad.json()["error"]) == (422, True)
    line = ok(office.post(f"/api/v1/haulages/{asked}/done", json={"net_kg": 8_000, "slip": "=CMD()"}))["id"]
    second = ok(
        office.post(f"/api/v1/outgoing/{line}/correction", json={"gross_kg": 17_000, "tare_kg": 9_500})
    )
    assert office.post(f"/api/v1/outgoing/{line}/correction", json={"net_kg": 1}).status_code == 409
    rows, text = _register(office)
    assert [(one["ligne"], one["remplace_ligne"], one["quantite_tonnes"]) for one in rows] == [
        (second["id"], line, "7,500")
    ]
    assert "'=CMD()" in text
    with (
        connect(timescale_database.dsn, role="glaneur_api") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("UPDATE gate.outgoing SET net_kg = 0")
    with connect(timescale_database.dsn) as connection:
        connection.execute("UPDATE gate.skip SET waste_code = '20 01 27*' WHERE code = 'FR-G1'")
    asked = ok(office.post(f"/api/v1/skips/{skip}/haulage", json={}))["id"]
    refused = office.post(f"/api/v1/haulages/{asked}/done", json={"net_kg": 100})
    assert (refused.status_code, "bordereau" in refused.json()["error"]) == (422, True)


def test_an_exception_is_published_to_the_gate_and_to_everyone(
    office: TestClient, timescale_database: Database
) -> None:
    """Closed today: the gate refuses, the public page says why; withdrawn: open again."""
    day = str(today().date())
    asked = {"site": "fruges", "at": datetime.now(UTC).isoformat(), "badge": FAMILY}
    assert ok(office.post("/api/v1/agent/look", json=asked))["opens"]
    wrong = office.post("/api/v1/sites/fruges/exceptions", json={"day": day, "hours": ["12:00-09:00"]})
    assert wrong.status_code == 422
    ok(office.post("/api/v1/sites/fruges/exceptions", json={"day": day, "reason": "Inventaire"}))
    assert ok(office.post("/api/v1/agent/look", json=asked))["rule"] == "closed"
    office.cookies.clear()
    page = office.get("/dechetteries/fruges")
    assert (page.status_code, "Inventaire" in page.text, "fermée en ce moment" in page.text) == (
        200,
        True,
        True,
    )
    public = office.get("/api/v1/public/sites").json()[0]
    assert (public["days"][0]["hours"], public["days"][1]["exceptional"]) == ([], False)
    sign_in(office, "agent")
    ok(office.post("/api/v1/sites/fruges/exceptions", json={"day": day, "withdrawn": True}))
    assert ok(office.post("/api/v1/agent/look", json=asked))["opens"]


def test_stocks_duty_and_incidents(office: TestClient, timescale_database: Database) -> None:
    """A stock never falls below zero and says when it is too much; duty is an agent's; incidents close."""
    stock = office.get("/api/v1/sites/fruges").json()["hazards"][0]
    event = str(uuid4())
    move = {"event_id": event, "kg": 310}
    assert "dépassé" in ok(office.post(f"/api/v1/hazards/{stock['id']}/moves", json=move))["sentence"]
    assert ok(office.post(f"/api/v1/hazards/{stock['id']}/moves", json=move))["sentence"] == "Déjà noté."
    low = {"event_id": str(uuid4()), "kg": -400}
    assert office.post(f"/api/v1/hazards/{stock['id']}/moves", json=low).status_code == 422
    with connect(timescale_database.dsn) as connection:
        people = {
            row["login"]: row["id"] for row in connection.execute("SELECT login, id FROM people.account")
        }
    shift = {"day": str(today().date() + timedelta(days=1)), "begins": "09:00", "ends": "12:00"}
    made = ok(office.post("/api/v1/sites/fruges/duty", json=shift | {"account": people["agent"]}))
    nobody = office.post("/api/v1/sites/fruges/duty", json=shift | {"account": people["chauffeur"]})
    assert nobody.status_code == 422
    now = datetime.now(UTC).isoformat()
    told = {
        "kind": "incident",
        "event_id": str(uuid4()),
        "at": now,
        "incident": "vol",
        "sentence": "Portail forcé",
    }
    ok(office.post("/api/v1/agent/events", json={"site": "fruges", "sent_at": now, "events": [told]}))
    shown = office.get("/api/v1/sites/fruges").json()
    assert (shown["duties"][0]["name"], shown["incidents"][0]["sentence"]) == (
        "Sacha Gardien",
        "Portail forcé",
    )
    ok(office.delete(f"/api/v1/duty/{made['id']}"))
    path = f"/api/v1/incidents/{told['event_id']}/close"
    ok(office.post(path, json={"closing": "Plainte déposée"}))
    assert office.post(path, json={"closing": "Encore"}).status_code == 409


def test_who_may_do_what(office: TestClient, timescale_database: Database) -> None:
    """An agent sees the site and tells; settings are the dispatcher's; a driver sees nothing."""
    sign_in(office, "agent")
    assert office.get("/dechetterie/fruges").status_code == 200
    assert office.get("/dechetterie/fruges/registre").status_code == 200
    assert office.put("/api/v1/carriers", json={"name": "X"}).status_code == 403
    assert office.post("/api/v1/haulages/plan", json={"day": str(today().date())}).status_code == 403
    sign_in(office, "chauffeur")
    for address in ("/dechetterie", "/dechetterie/fruges", "/api/v1/sites/fruges"):
        assert office.get(address).status_code == 403
    sign_in(office, "regulation")
    probe = {"code": "FR-B1", "material": "wood", "label": "Bois", "container": "nowhere"}
    assert office.put("/api/v1/sites/fruges/skips", json=probe).status_code == 422
    with connect(timescale_database.dsn) as connection:
        row = connection.execute(
            "SELECT code FROM container_state JOIN container ON id = container_id"
            " WHERE fill_percent IS NOT NULL LIMIT 1"
        ).fetchone()
    assert row is not None
    ok(office.put("/api/v1/sites/fruges/skips", json=probe | {"container": row["code"]}))
    skip = next(one for one in office.get("/api/v1/sites/fruges").json()["skips"] if one["code"] == "FR-B1")
    assert skip["source"] == "probe"
    again = probe | {"container": row["code"], "code": "FR-B2"}
    assert office.put("/api/v1/sites/fruges/skips", json=again).status_code == 409
    stolen = probe | {"container": "", "code": "FR-B1"}
    assert office.put("/api/v1/sites/hucqueliers/skips", json=stolen).status_code == 409


@pytest.fixture
def yard(timescale_database: Database) -> Iterator[Site]:
    """The collectivity's pages, served."""
    equip(timescale_database.dsn)
    with serving(create_app(settings(timescale_database.dsn)), timescale_database) as served:
        yield served


@pytest.mark.page
@pytest.mark.parametrize("page", [(1440, 900), (360, 740)], indirect=True, ids=["desk", "phone"])
def test_the_pages_are_accessible_and_fit(yard: Site, page: Page, axe: Axe, faults: list[str]) -> None:
    """A skip is noted and sent away by forms; no serious violation, nothing wider than the screen."""
    yard.sign_in(page, "regulation", "/dechetterie")
    page.goto(f"{yard.url}/dechetterie/fruges")
    ready = page.locator("html[data-forms=ready]")
    page.get_by_label("Remplissage de Gravats, en %").fill("95")
    page.get_by_role("button", name="Noter").nth(1).click()
    expect(page.get_by_text("pleine", exact=True)).to_be_visible()
    expect(ready).to_have_count(1)
    page.get_by_role("button", name="Enlever Gravats").click()
    expect(page.get_by_text("enlèvement demandé")).to_be_visible()
    expect(ready).to_have_count(1)
    page.get_by_text("Partie : bon de pesée").click()
    page.get_by_label("Brut (kg)").fill("9000")
    page.get_by_label("Tare (kg)").fill("12000")
    page.get_by_role("button", name="Inscrire au registre").click()
    expect(page.get_by_role("alert")).to_contain_text("inférieur à la tare")
    assert [one for one in faults if "422" in one] == faults
    faults.clear()
    page.get_by_label("Brut (kg)").fill("19 000")
    page.get_by_role("button", name="Inscrire au registre").click()
    expect(page.get_by_text("Inscrit au registre")).to_be_visible()
    for address in (
        "/dechetterie",
        "/dechetterie/fruges",
        "/dechetterie/fruges/registre",
        "/dechetteries",
        "/dechetteries/fruges",
    ):
        page.goto(yard.url + address)
        for fold in page.locator("details").all():
            fold.evaluate("node => { node.open = true }")
        assert axe(page) == []
        size = page.viewport_size
        assert size is not None
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
