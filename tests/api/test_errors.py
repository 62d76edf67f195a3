"""Whatever goes wrong, the answer is one French sentence, as JSON or as a page, and tells no secret."""

from collections.abc import Iterator

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from services import Database

from tests.api.conftest import make_app, sign_in
from tests.api.little_territory import seed

pytestmark = pytest.mark.db


@pytest.fixture
def app(timescale_database: Database) -> FastAPI:
    """The application with two routes that fail."""
    seed(timescale_database.dsn)
    made = make_app(timescale_database.dsn)

    @made.get("/api/v1/fault")
    @made.get("/fault")
    def fault() -> None:
        raise RuntimeError("the secret is 42")

    @made.get("/api/v1/away")
    def away() -> None:
        raise psycopg.OperationalError("server closed the connection: password=42")

    return made


@pytest.fixture
def anyone(app: FastAPI) -> Iterator[TestClient]:
    """A client that gets answers instead of our exceptions."""
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


def test_fault_has_a_reference_and_no_detail(anyone: TestClient) -> None:
    """An unforeseen fault answers 500 with a reference; its text stays in the log."""
    for path in ("/api/v1/fault", "/fault"):
        answer = anyone.get(path)
        assert answer.status_code == 500
        assert "Référence à donner à l" in answer.text
        assert "42" not in answer.text.split("Référence")[0]
        assert "secret" not in answer.text


def test_database_away(anyone: TestClient) -> None:
    """A lost database answers 503 and when to come back."""
    answer = anyone.get("/api/v1/away")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"].startswith("La base de données ne répond pas")


def test_unknown_pages(anyone: TestClient) -> None:
    """An address that does not exist says so, as JSON under /api/ and as a page elsewhere."""
    assert anyone.get("/api/v1/nowhere").json() == {"error": "Cette page n'existe pas."}
    page = anyone.get("/nowhere")
    assert page.status_code == 404
    assert "<!doctype html>" in page.text
    assert anyone.delete("/api/v1/plannings").json() == {"error": "Cette demande n'existe pas ici."}


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/api/v1/plannings", b"{", "Cette demande n'est pas compréhensible."),
        ("/api/v1/plannings", b"{}", "Le champ « day » manque (et 1 autre)."),
        (
            "/api/v1/rounds/x/publish",
            b"{}",
            "Le champ « round_id » n'est pas un nombre entier (et 2 autres).",
        ),
    ],
)
def test_validation(anyone: TestClient, path: str, body: bytes, sentence: str) -> None:
    """A malformed request is refused by naming its first fault, without its value."""
    client = sign_in(anyone, "regulation")
    answer = client.post(path, content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()) == (422, {"error": sentence})
