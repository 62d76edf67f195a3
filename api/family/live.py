"""A relative's live page: it hears that something of its own delivery changed, and nothing else.

What goes out names nobody and no door: the page fetches its part again, where rights are checked. Each event
is asked about in the database, so that an access taken back ends the stream.
"""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from psycopg.rows import DictRow
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from api.family.access import SQL, Following

routes = APIRouter(tags=["family"])


@routes.get(
    "/api/v1/family/{access}/live",
    summary="That one's delivery changed (text/event-stream)",
    response_class=EventSourceResponse,
)
async def follow_delivery(request: Request, visit: Following) -> EventSourceResponse:
    """Stream `delivery` when today's delivery may have changed, `closed` once the access is over."""
    visit.require("delivery")
    asked = {"token_hash": visit.visitor.token_hash, "relative": visit.access.id}

    def concerned(event: dict[str, Any]) -> DictRow | None:
        wanted = asked | {"beneficiary": event.get("beneficiary"), "round": event.get("round")}
        with request.app.state.pool.connection() as connection:
            found: DictRow | None = connection.execute(SQL["concerned"], wanted).fetchone()
            return found

    async def stream() -> AsyncIterator[dict[str, str]]:
        async for event in request.app.state.live.events():
            topic = event.get("topic")
            if topic not in ("meals", "reload"):
                continue
            found = await run_in_threadpool(concerned, event)
            if found is None:
                yield {"event": "closed", "data": "{}"}
                return
            if found["concerned"] or topic == "reload":
                yield {"event": "delivery", "data": "{}"}

    return EventSourceResponse(stream(), ping=15)
