"""Live events: what PostgreSQL notifies, sent to every open page as server-sent events.

One connection listens on the channel `glaneur_live`; each open page has a small queue. A page that does
not read fast enough loses its queue, not our memory: it gets one `reload` event and fetches afresh. A page
says what its server had heard before it read the database (`heard`), and is first told what came since:
nothing is missed between the page and its stream.

The payload is JSON with a `topic` (`containers`, `planning`, `round`…) and identifiers; pages ask the API
for the rest, so that rights are checked in one place.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from secrets import token_hex
from types import TracebackType
from typing import Annotated, Any, Self

import psycopg
from fastapi import APIRouter, Header, Query, Request
from sse_starlette import EventSourceResponse

from api.auth import Anyone

CHANNEL = "glaneur_live"
QUEUE = 200
_log = logging.getLogger(__name__)

routes = APIRouter(tags=["live"])


class Live:
    """Listen to the database once and hand every notification to all open pages."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pages: set[asyncio.Queue[dict[str, Any]]] = set()
        self._process, self._count = token_hex(4), 0
        self._recent: deque[tuple[int, dict[str, Any]]] = deque(maxlen=QUEUE)
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self) -> None:
        delay = 0.5
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, application_name="glaneur-live"
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    delay = 0.5
                    self._send({"topic": "reload"})  # what happened while we were away is unknown
                    async for notification in connection.notifies():
                        self._hand_out(notification.payload)
            except psycopg.Error as error:
                _log.warning("live events: database away (%s), again in %.1f s", type(error).__name__, delay)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 10)

    def _hand_out(self, payload: str) -> None:
        try:
            event = json.loads(payload)
        except json.JSONDecodeError:
            _log.error("live events: a notification was not JSON")
            return
        if isinstance(event, dict):
            self._send(event)

    def heard(self) -> str:
        """How far this process has heard, for `events`: to be taken before a page's data are read."""
        return f"{self._process}-{self._count}"

    def _since(self, heard: str) -> list[dict[str, Any]]:
        """What came after `heard`; one `reload` where that is not known: another process, or long ago."""
        process, _, told = heard.partition("-")
        number = int(told) if told.isdecimal() else -1
        if process != self._process or not self._count - len(self._recent) <= number <= self._count:
            return [{"topic": "reload"}]
        return [event for n, event in self._recent if n > number]

    def _send(self, event: dict[str, Any]) -> None:
        self._count += 1
        self._recent.append((self._count, event))
        for page in self._pages:
            if page.full():
                while not page.empty():
                    page.get_nowait()
                page.put_nowait({"topic": "reload"})
            else:
                page.put_nowait(event)

    async def events(self, heard: str | None = None) -> AsyncIterator[dict[str, Any]]:
        """Yield events until the application stops, first those that came after `heard`."""
        page: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE)
        for event in self._since(heard) if heard else ():
            page.put_nowait(event)
        self._pages.add(page)
        try:
            while not self._stopped.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        event = await page.get()
                    yield event
        finally:
            self._pages.discard(page)


@routes.get("/api/v1/live", summary="Live events (text/event-stream)", response_class=EventSourceResponse)
async def stream_events(
    request: Request,
    account: Anyone,
    since: Annotated[str | None, Query(max_length=40)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> EventSourceResponse:
    """Stream live events; each has the event name of its topic and a JSON body of identifiers.

    `since` is what the page's `live` meta says: what came after it is told first. A browser that comes back
    to a broken stream sends `Last-Event-ID`: its page fetches afresh, and old events are not told again.
    """
    live = request.app.state.live

    async def stream() -> AsyncIterator[dict[str, str]]:
        async for event in live.events(None if last_event_id else since):
            topic = str(event.get("topic", "message"))
            yield {"event": topic, "data": json.dumps(event), "id": live.heard()}

    return EventSourceResponse(stream(), ping=15)
