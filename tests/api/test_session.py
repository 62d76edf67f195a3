"""Signing in: who may do what, and what a stranger or another site cannot do."""

import threading
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from services import Database

from store.connection import connect
from tests.api.little_territory import PASSWORD

FORM = {"login": "regulation", "password": PASSWORD}


def test_a_stranger_is_sent_to_the_form_by_pages_and_refused_by_the_api(client: TestClient) -> None:
    board = client.get("/")
    assert (board.status_code, board.headers["location"]) == (303, "/connexion?suite=/")
    filtered = client.get("/?flux=verre")  # what was asked for is found again after signing in
    assert filtered.headers["location"] == "/connexion?suite=/%3Fflux%3Dverre"
    api = client.get("/api/v1/communes")
    assert (api.status_code, api.json()) == (401, {"error": "Connectez-vous d'abord."})
    fragment = client.get("/", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment.headers["hx-redirect"]) == (401, "/connexion")


def test_signing_in_sets_a_cookie_scripts_cannot_read_and_is_recorded(
    client: TestClient, territory: Database
) -> None:
    answer = client.post("/api/v1/session", json=FORM)
    assert answer.status_code == 200
    assert answer.json()["display_name"] == "Camille Régulation"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert client.get("/api/v1/session").json()["role"] == "dispatcher"
    with connect(territory.dsn) as connection:
        rows = connection.execute("SELECT action, subject FROM people.audit").fetchall()
        stored = connection.execute("SELECT token_hash FROM people.session").fetchone()
    assert [row["action"] for row in rows] == ["sign_in"]
    assert stored is not None
    assert client.cookies["glaneur_session"].encode() not in stored["token_hash"]


def test_wrong_password_unknown_login_and_closed_account_get_the_same_answer(
    client: TestClient, territory: Database
) -> None:
    with connect(territory.dsn) as connection:
        connection.execute("UPDATE people.account SET active = false WHERE login = 'chauffeur'")
    wrong = [
        {"login": "regulation", "password": "autre chose"},
        {"login": "personne", "password": PASSWORD},
        {"login": "chauffeur", "password": PASSWORD},
    ]
    answers = [client.post("/api/v1/session", json=given) for given in wrong]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(
    ("login", "path", "status"),
    [
        ("regulation", "/", 200),
        ("admin", "/", 200),
        ("chauffeur", "/", 403),
        ("chauffeur", "/api/v1/containers", 403),
        ("chauffeur", "/api/v1/alerts", 403),
        ("chauffeur", "/colonnes/V1", 403),
        ("chauffeur", "/api/v1/communes", 200),
    ],
)
def test_roles(as_person: Callable[[str], TestClient], login: str, path: str, status: int) -> None:
    assert as_person(login).get(path).status_code == status


def test_a_change_without_the_token_of_its_session_is_refused(dispatcher: TestClient) -> None:
    for token in (b"", "jeton inventé".encode(), b"x" * 43):
        answer = dispatcher.delete("/api/v1/session", headers={b"X-CSRF-Token": token})
        assert answer.status_code == 403
        assert "rechargez" in answer.json()["error"]
    assert dispatcher.delete("/api/v1/session").status_code == 204
    assert dispatcher.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://ailleurs.example"},
    ],
)
def test_another_site_cannot_sign_a_visitor_in(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/connexion", data=FORM, headers=headers).status_code == 403
    assert client.post("/api/v1/session", json=FORM, headers=headers).status_code == 403
    assert "glaneur_session" not in client.cookies


def test_guessing_is_slowed_for_one_login_and_not_for_another(client: TestClient) -> None:
    wrong = {"login": "regulation", "password": "au hasard"}
    statuses = [client.post("/api/v1/session", json=wrong).status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    assert client.post("/api/v1/session", json=FORM).status_code == 429
    other = client.post("/api/v1/session", json={"login": "chauffeur", "password": PASSWORD})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("wanted", "landing"),
    [
        ("/colonnes/V1", "/colonnes/V1"),
        ("", "/"),
        ("//ailleurs.example", "/"),
        ("/\\ailleurs.example", "/"),
        ("https://ailleurs.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_never_leads_to_another_site(client: TestClient, wanted: str, landing: str) -> None:
    answer = client.post("/connexion", data={**FORM, "suite": wanted})
    assert (answer.status_code, answer.headers["location"]) == (303, landing)


def test_a_driver_lands_on_the_driver_page(client: TestClient) -> None:
    answer = client.post("/connexion", data={"login": "Chauffeur ", "password": PASSWORD})
    assert answer.headers["location"] == "/chauffeur"


def test_signing_out_by_the_form_ends_the_session(dispatcher: TestClient) -> None:
    token = dispatcher.headers.pop("X-CSRF-Token")
    assert dispatcher.post("/deconnexion").status_code == 403
    answer = dispatcher.post("/deconnexion", data={"csrf_token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/connexion")
    assert dispatcher.get("/api/v1/session").status_code == 401


def test_headers_forbid_foreign_scripts_frames_and_keeping_pages(dispatcher: TestClient) -> None:
    headers = dispatcher.get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_what_does_not_exist_is_said_in_french(dispatcher: TestClient) -> None:
    api = dispatcher.get("/api/v1/rien")
    assert (api.status_code, api.json()) == (404, {"error": "Cette page n'existe pas."})
    assert "existe pas" in dispatcher.get("/rien").text


def test_more_requests_at_once_than_connections(dispatcher: TestClient) -> None:
    """Each request needs one connection, not two: none waits for what the others hold."""
    answers: list[int] = []
    start = threading.Barrier(24)

    def ask() -> None:
        start.wait(30)
        answers.append(dispatcher.get("/api/v1/containers").status_code)

    threads = [threading.Thread(target=ask) for _ in range(24)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(120)
    assert answers == [200] * 24
