"""Holders and badges in life: given, replaced, blocked, closed, imported; an e-badge on a phone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from services import Database

from api.app import create_app
from store.connection import connect
from tests.api.conftest import Site, serving, sign_in
from tests.api.gate_site import settings
from tests.api.site_town import HOLDERS, equip, town
from tests.conftest import Axe

pytestmark = pytest.mark.db


@pytest.fixture
def desk(timescale_database: Database) -> Iterator[TestClient]:
    """Camille, dispatcher, signed in."""
    with town(timescale_database.dsn) as client:
        yield sign_in(client, "regulation")


def ok(answer: Any) -> dict[str, Any]:
    """The JSON of an answer that must be right."""
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def opens(client: TestClient, shown: str) -> str:
    """The rule by which the gate answers."""
    at = datetime.now(UTC).isoformat()
    return str(
        ok(client.post("/api/v1/agent/look", json={"site": "fruges", "at": at, "badge": shown}))["rule"]
    )


def test_a_holder_from_opening_to_moving_out(desk: TestClient, timescale_database: Database) -> None:
    """Open, give, replace with a fee, block, take back, close: the gate follows at each step."""
    wanted = {"reference": "P-2", "category": "professional", "name": "Toitures Martin", "account_ref": "C-9"}
    holder = ok(desk.post("/api/v1/holders", json=wanted))["id"]
    assert desk.post("/api/v1/holders", json=wanted).status_code == 409
    assert desk.post("/api/v1/holders", json=wanted | {"category": "mayor"}).status_code == 422
    badges = f"/api/v1/holders/{holder}/badges"
    first = ok(desk.post(badges, json={"number": "04 AA BB CC"}))["id"]
    assert opens(desk, "04AABBCC") == "open"
    assert desk.post(badges, json={"number": "04AABBCC"}).status_code == 409
    second = ok(desk.post(badges, json={"number": "04AABBDD", "replaces": int(first), "fee": True}))
    assert "facturation" in second["sentence"]
    assert (opens(desk, "04AABBCC"), opens(desk, "04AABBDD")) == ("replaced", "open")
    assert desk.post(badges, json={"number": "04AABBEE", "replaces": int(first)}).status_code == 409
    state = f"{badges}/{second['id']}/state"
    ok(desk.post(state, json={"state": "lost"}))
    assert opens(desk, "04AABBDD") == "lost"
    ok(desk.post(state, json={"state": "active"}))
    ok(desk.post(f"/api/v1/holders/{holder}/blocked", json={"blocked": True}))
    assert opens(desk, "04AABBDD") == "blocked"
    ok(desk.post(f"/api/v1/holders/{holder}/blocked", json={"blocked": False}))
    ok(desk.post(f"/api/v1/holders/{holder}/close"))
    assert opens(desk, "04AABBDD") == "blocked"
    assert desk.post(f"/api/v1/holders/{holder}/close").status_code == 409
    assert desk.post(badges, json={"number": "04AABBFF"}).status_code == 409
    with connect(timescale_database.dsn) as connection:
        fees = connection.execute("SELECT id, kind, account_ref FROM finance.usage_event").fetchall()
        audit = connection.execute(
            "SELECT count(*) AS n FROM people.audit WHERE detail::text ~ 'AABB'"
        ).fetchone()
    assert [tuple(row.values()) for row in fees] == [(f"badge:{second['id']}", "badge_remplace", "C-9")]
    assert audit == {"n": 0}


def test_a_request_is_decided_once(desk: TestClient) -> None:
    """The public asks without an account, the desk accepts under a reference or says why not."""
    form = {"category": "resident", "name": "Ève Durand", "address": "3 rue Haute"}
    assert desk.post("/demande-de-badge", data=form | {"name": " "}).status_code == 422
    for _ in range(2):
        assert "est reçue" in desk.post("/demande-de-badge", data=form).text
    assert "Ève Durand" in desk.get("/titulaires").text
    holder = ok(desk.post("/api/v1/badge-requests/1", json={"accept": True, "reference": "F-77"}))["id"]
    assert "Ève Durand" in desk.get(f"/titulaires/{holder}").text
    assert desk.post("/api/v1/badge-requests/1", json={"accept": False, "reason": "x"}).status_code == 409
    assert desk.post("/api/v1/badge-requests/2", json={"accept": False}).status_code == 422
    ok(desk.post("/api/v1/badge-requests/2", json={"accept": False, "reason": "Déjà titulaire"}))


def test_a_file_is_taken_whole_or_told_line_by_line(desk: TestClient) -> None:
    """Each refused row with its reason and without its content; names are found by POST only."""
    token = desk.headers["X-CSRF-Token"]

    def send(text: str) -> Any:
        files = {"file": ("titulaires.csv", text.encode(), "text/csv")}
        return desk.post("/titulaires/import", data={"csrf_token": token}, files=files)

    bad = send(
        HOLDERS + "X-1,mayor,Autre,04EE\nX-2,resident,,04FF\n".replace(",04", ",04,,").replace(",,\n", ",\n")
    )
    assert bad.status_code == 422
    assert "Rien n'a été importé" in bad.text or "Rien n&#39;a été importé" in bad.text
    good = send("reference,category,name,badge\nX-3,resident,Nora Petit,04EEDDCC\n")
    assert "1 titulaires et 1 badges" in good.text
    assert "Nora Petit" in desk.post("/titulaires", data={"csrf_token": token, "q": "petit"}).text
    assert "Personne ne correspond" in desk.post("/titulaires", data={"csrf_token": token, "q": "%"}).text
    sign_in(desk, "agent")
    assert desk.get("/titulaires").status_code == 403


def test_an_e_badge_opens_the_gate_from_a_phone(desk: TestClient, timescale_database: Database) -> None:
    """The desk's code works once, for its own holder; its QR opens, a forged one does not."""
    with connect(timescale_database.dsn) as connection:
        row = connection.execute("SELECT id FROM people.holder WHERE reference = 'F-1'").fetchone()
    assert row is not None
    said = ok(desk.post(f"/api/v1/holders/{row['id']}/code"))["sentence"]
    code = said.rsplit(" ", 1)[1]
    assert desk.get("/api/v1/my-badge").status_code == 401
    assert desk.post("/mon-badge", data={"reference": "P-1", "code": code}).status_code == 422
    assert desk.post("/mon-badge", data={"reference": "F-1", "code": code.lower()}).status_code == 303
    assert desk.post("/mon-badge", data={"reference": "F-1", "code": code}).status_code == 422
    text = ok(desk.get("/api/v1/my-badge"))["text"]
    assert opens(desk, text) == "open"
    assert opens(desk, text[:-3] + "AAA") == "forged_code"
    shown = desk.get(f"/titulaires/{row['id']}").text
    assert "téléphone" in shown
    ok(desk.post(f"/api/v1/holders/{row['id']}/blocked", json={"blocked": True}))
    assert desk.get("/api/v1/my-badge").status_code == 403
    assert opens(desk, text) == "blocked"
    assert desk.post("/mon-badge/oublier").status_code == 303
    assert desk.get("/api/v1/my-badge").status_code == 401


@pytest.fixture
def yard(timescale_database: Database) -> Iterator[Site]:
    """The collectivity's pages, served."""
    equip(timescale_database.dsn)
    with serving(create_app(settings(timescale_database.dsn)), timescale_database) as served:
        yield served


READ_QR = """async svg => {
    const image = new Image();
    image.src = "data:image/svg+xml," + encodeURIComponent(svg);
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 600;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, 600, 600);
    context.drawImage(image, 0, 0, 600, 600);
    const line = [...context.getImageData(300, 0, 1, 600).data];
    return line.filter((_, at) => at % 4 === 0).some(value => value < 50);
}"""


@pytest.mark.page
def test_the_pages_are_accessible_and_fit(yard: Site, page: Page, axe: Axe) -> None:
    """Search, a holder, a code, the phone's QR, the public's form: no serious violation, at 360 pixels."""
    page.set_viewport_size({"width": 360, "height": 780})
    yard.sign_in(page, "regulation", "/titulaires")
    page.get_by_label("Nom, adresse ou référence").fill("famille")
    page.get_by_role("button", name="Chercher").click()
    assert axe(page) == []
    page.get_by_role("link", name="Famille Un").click()
    expect(page.locator("html[data-forms=ready]")).to_have_count(1)
    page.get_by_role("button", name="Faire un code").click()
    said = page.get_by_role("status").filter(has_text="Code à donner")
    expect(said).to_be_visible()
    code = said.inner_text().rsplit(" ", 1)[1]
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(f"{yard.url}/mon-badge")
    assert axe(page) == []
    page.get_by_label("Référence").fill("F-1")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Afficher mon badge").click()
    svg = page.locator("#qr svg")
    expect(svg).to_be_visible()
    assert (svg.get_attribute("data-text") or "").startswith("GLN1")
    assert page.evaluate(
        READ_QR,
        svg.evaluate(
            "node => { node.setAttribute('xmlns', 'http://www.w3.org/2000/svg'); return node.outerHTML }"
        ),
    )
    assert axe(page) == []
    for address in ("/demande-de-badge", "/passages"):
        page.goto(yard.url + address)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
