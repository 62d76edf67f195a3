"""Live events: told to every open page, in order, and none missed between a page's data and its stream."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from threading import Event, Thread
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect
from services import Database

from api.live import CHANNEL, QUEUE, Live
from store.connection import connect
from tests.api.conftest import Site
from tests.api.little_territory import PASSWORD, container_id, notify, set_state

pytestmark = pytest.mark.db


async def _hears(live: Live, before: str) -> str:
    """Wait until more than `before` was heard."""
    async with asyncio.timeout(20):
        while live.heard() == before:
            await asyncio.sleep(0.01)
    return live.heard()


async def _first(events: AsyncIterator[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(20):
        return [await anext(events) for _ in range(number)]


def _tell(dsn: str, *rounds: int) -> None:
    with connect(dsn, autocommit=True) as connection:
        for one in rounds:
            event = json.dumps({"topic": "round", "round": one})
            connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, event))


def test_a_page_is_told_what_came_since_its_data_were_read(database: Database) -> None:
    """Exactly that, in order, and then what comes; where it cannot be known, to fetch afresh."""

    async def scene() -> None:
        async with Live(database.dsn) as live:
            listening = await _hears(live, live.heard())  # the first word is `reload`: it listens
            _tell(database.dsn, 1)
            one = await _hears(live, listening)
            _tell(database.dsn, 2)
            two = await _hears(live, one)
            rounds = [{"topic": "round", "round": n} for n in (1, 2, 3)]
            since = [live.events(heard) for heard in (listening, one, two, "", None)]
            waiting = [asyncio.ensure_future(anext(events)) for events in since]
            await asyncio.sleep(0)
            _tell(database.dsn, 3)
            told = [await asyncio.wait_for(first, 20) for first in waiting]
            assert told == [rounds[0], rounds[1], rounds[2], rounds[2], rounds[2]]
            assert await _first(since[0], 2) == rounds[1:]
            assert await _first(since[1], 1) == rounds[2:]
            process = one.partition("-")[0]
            for unknown in ("00000000-1", f"{process}-", f"{process}-99", f"{process}--1", "…"):
                assert await _first(live.events(unknown), 1) == [{"topic": "reload"}]
            _tell(database.dsn, *range(QUEUE + 5))
            while not live.heard().endswith(f"-{int(two.partition('-')[2]) + 1 + QUEUE + 5}"):
                await _hears(live, live.heard())
            assert await _first(live.events(one), 1) == [{"topic": "reload"}]
            for events in since:
                await events.aclose()  # type: ignore[attr-defined]

    asyncio.run(scene())


def test_a_browser_that_comes_back_is_not_told_old_events_again(site: Site) -> None:
    """A first connection hears what came since the page; one that was broken, only what comes."""
    with httpx2.Client(base_url=site.url, timeout=20) as client, connect(site.database.dsn) as connection:
        client.post("/api/v1/session", json={"login": "regulation", "password": PASSWORD})
        address = f"/api/v1/live?since={_heard(client)}"
        old, new = container_id(connection, "V1"), container_id(connection, "V2")
        notify(connection, "V1")
        connection.commit()
        first, name = _told(client, address, {})
        assert first == {"topic": "containers", "containers": [old]}
        over = Event()

        def tell() -> None:
            while not over.wait(0.1):
                with connect(site.database.dsn) as other:
                    notify(other, "V2")

        telling = Thread(target=tell)
        telling.start()
        try:
            again, _ = _told(client, address, {"Last-Event-ID": name})
        finally:
            over.set()
            telling.join()
        assert again == {"topic": "containers", "containers": [new]}


def _heard(client: httpx2.Client) -> str:
    """What a page says its server had heard, once it listens: its first word is `reload`."""
    give_up = time.monotonic() + 20
    while True:
        found = re.search(r'name="live" content="([^"]+)"', client.get("/").text)
        assert found is not None
        if not found[1].endswith("-0"):
            return found[1]
        assert time.monotonic() < give_up


def _told(client: httpx2.Client, address: str, headers: dict[str, str]) -> tuple[dict[str, Any], str]:
    """The first event of a stream, and its name."""
    told: dict[str, str] = {}
    with client.stream("GET", address, headers=headers) as answer:
        for line in answer.iter_lines():
            key, _, value = line.partition(": ")
            told[key] = value
            if not line and "data" in told:
                break
    return json.loads(told["data"]), told["id"]


@pytest.mark.page
def test_a_change_before_the_stream_is_open_shows_by_itself(site: Site, page: Page) -> None:
    """A column fills after the board was rendered and before its stream is: the open board shows it."""

    def fill_then_let_go(route: Route) -> None:
        with connect(site.database.dsn) as connection:
            set_state(connection, "V3", fill_percent=93.0)
            notify(connection, "V3")
        route.continue_()

    page.route("**/api/v1/live*", fill_then_let_go, times=1)
    site.sign_in(page)
    with connect(site.database.dsn) as connection:
        number = container_id(connection, "V3")
    expect(page.locator(f"#container-{number} .figure")).to_have_text("93\u00a0%")
