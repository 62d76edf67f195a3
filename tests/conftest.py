"""What tests may ask for: real databases, a real broker, a real browser. Each starts on first use only.

- `database`: a fresh migrated database; the test runs on TimescaleDB and on plain PostgreSQL.
- `timescale_database`, `plain_database`: the same on one edition only.
- `empty_database`: both editions, with nothing in it.
- `broker`: a fresh Mosquitto of the test's own, with production's configuration (it starts in 50 ms).
- `own_services`: starts whole servers that the test may kill and restart.
- `page` (or `open_page` for several people), `faults`, `axe`: Chromium, and axe-core's judgement of it.

PostgreSQL servers are shared by pytest-xdist's workers and end with the run, however it ends.
Types for annotations: `services.Database`, `services.BrokerAddress`, `services.OwnServices`.
"""

import asyncio
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, sync_playwright
from psycopg import sql
from service_root import alone
from services import BrokerAddress, Database, OwnServices, Shared

EDITIONS = ("timescale", "plain")
TEMPLATE = "glaneur_template"
RUN_FOLDER = "GLANEUR_TEST_RUN"
OWNER = "GLANEUR_TEST_OWNER"

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing leaves this machine, not even from a service worker, whose requests Playwright cannot see.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
# The map's background: pages must do without it, so here it is never there, and that is no fault.
MAP_HOST = "data.geopf.fr"
AXE = Path(__file__).parent.parent / "node_modules/axe-core/axe.min.js"


def pytest_configure(config: pytest.Config) -> None:
    """The controller (or the only process) names the run's folder; workers inherit it."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="glaneur-tests-")
        os.environ[OWNER] = str(os.getpid())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let groups be heard: pytest-xdist 3.8 writes them where pytest 9.2 no longer looks.

    It ends `_nodeid` in @GROUP; since 9.2 a node keeps its id parsed, in `_id`: groups fell apart unseen.
    tests/test_groups.py tells when this is no longer needed, or no longer enough.
    """
    for item in items:
        named = getattr(item, "_nodeid", item.nodeid)
        if named != item.nodeid:
            item._id = type(item._id).parse(named)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started, after the last worker is done with it."""
    if not hasattr(config, "workerinput"):
        folder = Path(os.environ[RUN_FOLDER])
        Shared(folder=folder, owner=os.getpid()).close()
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()


def _server(edition: str) -> str:
    """The shared server's connection string; the one `services.py run` started, when it did."""
    given = os.environ.get("GLANEUR_TEST_TIMESCALE") if edition == "timescale" else None
    return given or Shared(folder=Path(os.environ[RUN_FOLDER]), owner=int(os.environ[OWNER])).dsn(edition)


def _renamed(dsn: str, name: str) -> str:
    return urlsplit(dsn)._replace(path=f"/{name}").geturl()


def _admin(dsn: str, statement: str, *names: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _template(edition: str, server: str) -> str:
    """The migrated database the others are copied from: made once a run, then closed to connections."""
    from store.migrate import migrate  # here: tests of pure packages need no driver

    folder = Path(os.environ[RUN_FOLDER])
    name = f"{TEMPLATE}_{folder.name.rpartition('-')[2]}"
    with alone(folder / f"{edition}.template.lock"):
        if not (folder / f"{edition}.template").exists():
            _admin(server, "CREATE DATABASE {}", name)
            migrate(_renamed(server, name))
            _close(edition, server, name)
            (folder / f"{edition}.template").touch()
    return name


def _close(edition: str, server: str, name: str) -> None:
    """Nobody may be connected to a template; TimescaleDB's scheduler would, and would come back."""
    if edition == "timescale":
        _admin(_renamed(server, name), "SELECT _timescaledb_functions.stop_background_workers()")
    _admin(server, "ALTER DATABASE {} ALLOW_CONNECTIONS false", name)


@contextmanager
def _database(edition: str, *, migrated: bool = True) -> Iterator[Database]:
    server = _server(edition)
    name = f"test_{secrets.token_hex(6)}"
    if migrated:
        # PostgreSQL's default sends each page through its log, compressed: five times dearer.
        copy = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
        _admin(server, copy, name, _template(edition, server))
    else:
        _admin(server, "CREATE DATABASE {}", name)
    yield Database(dsn=_renamed(server, name), edition=edition)
    _admin(server, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture(params=EDITIONS)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh migrated database; the test runs once on each edition."""
    with _database(request.param) as made:
        yield made


@pytest.fixture(params=EDITIONS)
def empty_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh database with nothing in it, on each edition: for tests of the migrations themselves."""
    with _database(request.param, migrated=False) as made:
        yield made


@pytest.fixture
def timescale_database() -> Iterator[Database]:
    """A fresh migrated database on TimescaleDB."""
    with _database("timescale") as made:
        yield made


@pytest.fixture
def plain_database() -> Iterator[Database]:
    """A fresh migrated database on plain PostgreSQL."""
    with _database("plain") as made:
        yield made


@pytest.fixture
def own_services() -> Iterator[OwnServices]:
    """Whole servers of the test's own, to kill and restart."""
    mine = OwnServices()
    yield mine
    mine.remove()


@pytest.fixture
def broker(own_services: OwnServices) -> BrokerAddress:
    """A fresh Mosquitto and an account that may use every topic."""
    made = own_services.broker()
    return BrokerAddress(host=made.host, port=made.port, username=made.username, password=made.password)


@pytest.fixture(scope="session")
def chromium() -> Iterator[tuple[Browser, asyncio.AbstractEventLoop]]:
    """One Chromium a worker, and the event loop that Playwright drives it with.

    Playwright marks its loop as running for as long as it lives, which would break every asyncio.run of
    the tests that follow: the mark is put only while a test uses the browser.
    """
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield started, loop
        asyncio._set_running_loop(loop)
        started.close()


@pytest.fixture
def browser(chromium: tuple[Browser, asyncio.AbstractEventLoop]) -> Iterator[Browser]:
    """The browser itself; `page` and `open_page` are what tests usually want."""
    started, loop = chromium
    asyncio._set_running_loop(loop)
    yield started
    asyncio._set_running_loop(None)


@pytest.fixture
def faults() -> list[str]:
    """What went wrong in the pages so far; a test that provokes a fault looks at it and clears it."""
    return []


OpenPage = Callable[[int, int], Page]


@pytest.fixture
def open_page(browser: Browser, faults: list[str]) -> Iterator[OpenPage]:
    """A function (width, height) -> page in French, each with its own cookies: one per person played.

    The test fails on an error in the console, an uncaught exception, or a request to another host.
    """
    contexts: list[BrowserContext] = []

    def gate(route: Route) -> None:
        host = urlsplit(route.request.url).hostname
        if host == "127.0.0.1":
            route.continue_()
            return
        if host != MAP_HOST:
            faults.append(f"request to another host: {route.request.url}")
        route.abort()

    def heard(message: ConsoleMessage) -> None:
        # Chromium itself reports each refused background tile as an error at that address.
        where = message.location.get("url", "")
        if message.type == "error" and urlsplit(where).hostname != MAP_HOST:
            faults.append(f"console: {message.text} ({where})")

    def opened(width: int, height: int) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.route(lambda url: urlsplit(url).scheme in ("http", "https"), gate)
        context.on("console", heard)
        context.on("weberror", lambda error: faults.append(f"uncaught: {error.error}"))
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def page(open_page: OpenPage, request: pytest.FixtureRequest) -> Page:
    """A page at 1440 × 900, or at the size given by parametrising indirectly: (360, 740)."""
    width, height = getattr(request, "param", (1440, 900))
    return open_page(width, height)


Axe = Callable[[Page], list[dict[str, Any]]]


@pytest.fixture
def axe() -> Axe:
    """A function that returns axe-core's serious and critical violations on a page: [] is what we want."""

    def judge(page: Page) -> list[dict[str, Any]]:
        # evaluate, not a script element: the page's content security policy need not allow it.
        page.evaluate(AXE.read_text())
        found = json.loads(page.evaluate("async () => JSON.stringify((await axe.run()).violations)"))
        return [
            {"id": one["id"], "help": one["help"], "where": [node["target"] for node in one["nodes"]]}
            for one in found
            if one["impact"] in ("serious", "critical")
        ]

    return judge
