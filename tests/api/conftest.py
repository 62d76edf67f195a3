"""The web application on a real database, with the little territory: in-process for HTTP, served for pages.

- `territory`: a seeded database on TimescaleDB (what an edition could change is tested on both).
- `client`: nobody signed in. `dispatcher`, `driver`: the same client, signed in.
- `grown`: the little territory grown for planning. `office`: its dispatcher, signed in. `planned`: a glass
  planning of tomorrow, done.
- `site`: the application served on a free port over TimescaleDB, for Chromium; `site.sign_in(page, login)`.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from services import Database

from api import auth
from api.app import create_app
from api.settings import Settings
from tests.api.little_territory import PASSWORD, seed
from tests.api.rounds_desk import planning
from tests.api.rounds_territory import ask, run, seed_rounds


def make_app(dsn: str) -> FastAPI:
    """The application as production makes it, but for cookies over plain HTTP."""
    return create_app(Settings(database=dsn, cookie_secure=False))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _quick_sign_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test is allowed its sign-ins, and hashes passwords at the least cost argon2 takes."""
    auth._LIMITER.storage.reset()  # the limiter offers no other way
    monkeypatch.setattr(auth, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def territory(timescale_database: Database) -> Database:
    """A database with the little territory, its people and its states."""
    seed(timescale_database.dsn)
    return timescale_database


@pytest.fixture
def client(territory: Database) -> Iterator[TestClient]:
    """The application, nobody signed in; redirections are not followed."""
    with TestClient(make_app(territory.dsn), follow_redirects=False) as made:
        yield made


def sign_in(client: TestClient, login: str) -> TestClient:
    """Sign in by the JSON API; later changes carry the CSRF token."""
    answer = client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return client


@pytest.fixture
def dispatcher(client: TestClient) -> TestClient:
    """Camille, dispatcher, signed in."""
    return sign_in(client, "regulation")


@pytest.fixture
def driver(client: TestClient) -> TestClient:
    """Dominique, driver, signed in. Not together with `dispatcher`: both are the one client."""
    return sign_in(client, "chauffeur")


@pytest.fixture
def as_person(client: TestClient) -> Callable[[str], TestClient]:
    """A function that signs the client in as `login`, instead of whoever was."""
    return lambda login: sign_in(client, login)


@dataclass(frozen=True, slots=True)
class Site:
    """The application served on this machine."""

    url: str
    database: Database

    def sign_in(self, page: Page, login: str = "regulation", then: str = "/") -> None:
        """Sign in by the form and land on `then`."""
        page.goto(f"{self.url}/connexion?suite={quote(then, safe='')}")
        page.get_by_label("Identifiant").fill(login)
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url(lambda url: urlsplit(url).path == urlsplit(then).path)


@contextmanager
def serving(app: FastAPI, database: Database) -> Iterator[Site]:
    """Serve an application on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        give_up = time.monotonic() + 20
        while not server.started and thread.is_alive() and time.monotonic() < give_up:
            time.sleep(0.02)
        assert server.started
        try:
            yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", database)
        finally:
            server.should_exit = True
            thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def site(timescale_database: Database) -> Iterator[Site]:
    """The application with the little territory; ask for it before `page`, which then closes first."""
    seed(timescale_database.dsn)
    with serving(make_app(timescale_database.dsn), timescale_database) as served:
        yield served


@pytest.fixture
def grown(timescale_database: Database) -> Database:
    """A database with the grown territory."""
    seed_rounds(timescale_database.dsn)
    return timescale_database


@pytest.fixture
def office(grown: Database) -> Iterator[TestClient]:
    """Camille, dispatcher, signed in."""
    with TestClient(make_app(grown.dsn), follow_redirects=False) as client:
        yield sign_in(client, "regulation")


@pytest.fixture
def planned(grown: Database, office: TestClient) -> dict[str, Any]:
    """A glass planning of tomorrow, done."""
    number = ask(office)
    assert run(grown.dsn, number).status == "done"
    return planning(office, number)
