"""What the pages do, for programs: the same rights, the same records, one French sentence in each refusal."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from services import Database

from tests.api.test_finance import BINS
from tests.api.test_finance_pages import fill
from tests.api.test_finance_simulator import DEARER

pytestmark = pytest.mark.db

ROOT = "/api/v1/finance"


@pytest.fixture
def officer(client: TestClient, territory: Database, as_person: Callable[[str], TestClient]) -> TestClient:
    """Lou, with three accounts, a year of usage and a draft."""
    fill(territory.dsn)
    return as_person("finance")


def posted(officer: TestClient, address: str, status: int = 200, **body: Any) -> Any:
    """Post a document; the answer's."""
    answer = officer.post(ROOT + address, json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_from_a_search_to_a_bill_and_its_correction(officer: TestClient) -> None:
    """Found by name, the file, the bill's lines with their events, a decision, a card written as lost."""
    (found,) = posted(officer, "/households/search", words="eve fruges")
    assert found["reference"] == "C1"
    file = officer.get(f"{ROOT}/households/{found['id']}").json()
    assert file["household"]["name"] == "Ève Durand"
    assert [one["code"] for one in file["bins"]] == ["B1"]
    bill = officer.get(f"{ROOT}/runs/1/bills/{found['id']}").json()
    assert bill["total"] == "219.31"
    assert "L9" in bill["document"]["lignes"][-1]["evenements"]
    posted(officer, "/corrections", 201, event="L9", action="annuler", reason="Bac du voisin")
    refused = posted(officer, "/corrections", 409, event="L99", action="annuler", reason="x")
    assert refused == {"error": "Cet événement n'existe pas."}
    lost = {"kind": "carte_perdue", "at": "2024-05-02T10:00:00", "subject": "C1", "reason": "Dite perdue"}
    assert posted(officer, "/events", 201, **lost)["id"].startswith("S-")
    assert posted(officer, "/events", 409, **{**lost, "subject": "C77"})["error"].startswith("Personne n'a")
    (waiting,) = officer.get(f"{ROOT}/review").json()
    assert (waiting["id"], waiting["rule"], waiting["reference"]) == ("O2", "declare", "C3")
    (grid,) = officer.get(f"{ROOT}/grids").json()
    assert len(grid["clauses"]) == 7


def test_a_claim_to_its_answer(officer: TestClient) -> None:
    """Opened on a bill, commented, decided, answered; a step out of order is refused."""
    number = posted(officer, "/claims", 201, household=1, run=1, channel="courriel", subject="trop")["id"]
    steps = f"/claims/{number}/steps"
    posted(officer, steps, 409, kind="reponse", body="Madame")
    posted(officer, steps, 204, kind="commentaire", body="Rappelée")
    posted(officer, steps, 204, kind="etat", value="examen")
    posted(officer, steps, 409, kind="echeance", body="vacances")
    posted(officer, steps, 204, kind="echeance", body="vacances", due="2027-09-01")
    posted(officer, steps, 204, kind="decision", value="rejetee", body="Tout est juste")
    posted(officer, steps, 204, kind="reponse", body="Madame")
    found = officer.get(f"{ROOT}/claims/{number}").json()
    assert found["state"] == "repondue"
    assert [one["kind"] for one in found["steps"]] == [
        "ouverture", "commentaire", "etat", "echeance", "decision", "reponse",
    ]  # fmt: skip
    assert officer.get(f"{ROOT}/claims").json() == []
    assert len(officer.get(f"{ROOT}/claims?state=").json()) == 1
    assert officer.get(f"{ROOT}/claims/99").status_code == 404


def test_a_file_is_tried_then_taken(officer: TestClient) -> None:
    """The report with each refused line; only `apply` keeps anything."""
    body = (BINS + "B8;80;omr;C1;2024-02-01;\nB9;0;omr;C1;2024-02-01;\n").encode()
    send = {"content": body, "headers": {"Content-Type": "text/csv"}}
    for address in ("", "", "?apply=true"):
        told = officer.post(f"{ROOT}/files/bacs{address}", **send).json()  # type: ignore[arg-type]
        assert (told["taken"], told["known"]) == (1, 3)
        assert told["refused"] == [
            {"line": 6, "reason": "Le volume doit être un nombre entier de litres, plus grand que zéro."}
        ]
    assert officer.post(f"{ROOT}/files/bacs", **send).json()["taken"] == 0  # type: ignore[arg-type]
    assert officer.post(f"{ROOT}/files/autre", **send).status_code == 422  # type: ignore[arg-type]


def test_a_simulation(officer: TestClient) -> None:
    """Figures as on the page; a grid with a fault is a sentence."""
    trial: dict[str, Any] = {
        "first": "2024-01-01",
        "last": "2024-12-31",
        "cost": "500",
        "grids": {"Plus cher": DEARER},
    }
    found = posted(officer, "/simulations", **trial)
    assert [one["product"] for one in found["outcomes"]] == ["399.03", "414.39"]
    assert found["accounts"] == 3
    wrong = posted(officer, "/simulations", 409, **{**trial, "grids": {"x": "[grille]"}})
    assert "x:1:" in wrong["error"]


def test_it_is_for_finance_alone(
    client: TestClient, officer: TestClient, as_person: Callable[[str], TestClient]
) -> None:
    """A dispatcher reads no file, by any door; and it is all documented."""
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {f"{ROOT}/households/search", f"{ROOT}/claims/{{number}}/steps"} <= set(paths)
    other = as_person("regulation")
    for address in ("/households/1", "/runs/1/bills/1", "/review", "/claims", "/claims/1", "/grids"):
        assert other.get(ROOT + address).status_code == 403
    assert other.post(f"{ROOT}/households/search", json={"words": "eve"}).status_code == 403
