"""Alerts: which are open, who took note of them. Opening and closing them is ingest's and the worker's."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel

from api.alerts.acts import Number
from api.alerts.acts import acknowledge as take_note
from api.auth import Dispatcher
from api.database import Database
from api.dispatch.words import alert_word
from store.queries import named_queries

routes = APIRouter(tags=["alerts"])

MOST = 1000

_SQL = named_queries("api.dispatch", "alerts.sql")


class Alert(BaseModel):
    """An alert on a container; `sentence` says why it opened, `closed_because` why it closed.

    `asleep`: somebody lets it wait until `snoozed_until`.
    """

    @property
    def waits_for_somebody(self) -> bool:
        """Nobody took note of it, and nobody said that it may wait."""
        return self.acknowledged_at is None and not self.asleep

    id: int
    kind: str
    opened_at: datetime
    sentence: str
    closed_at: datetime | None
    closed_because: str | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    assigned_to: str | None
    snoozed_until: datetime | None
    asleep: bool
    escalated_at: datetime | None
    container_id: int
    container: str
    stream: str
    stream_label: str
    point_name: str
    insee: str
    commune: str


def find_alerts(
    connection: Connection[DictRow],
    *,
    open_only: bool = True,
    stream: str | None = None,
    insee: str | None = None,
    container: str | None = None,
    number: int | None = None,
    most: int = MOST,
) -> list[Alert]:
    """Return the alerts that match, the newest first."""
    rows = connection.execute(
        _SQL["alerts"],
        {
            "open": open_only,
            "stream": stream,
            "insee": insee,
            "container": container,
            "id": number,
            "most": most,
        },
    )
    return [Alert(**row) for row in rows]


def by_urgency(alerts: list[Alert]) -> list[Alert]:
    """Return what nobody took note of first, then the gravest, then the newest."""
    newest = sorted(alerts, key=lambda alert: alert.opened_at, reverse=True)
    return sorted(newest, key=lambda alert: (not alert.waits_for_somebody, alert_word(alert.kind).rank))


@routes.get("/api/v1/alerts", summary="Alerts")
def list_alerts(
    connection: Database,
    _: Dispatcher,
    stream: Annotated[str | None, Query(description="code of a stream")] = None,
    insee: Annotated[str | None, Query(description="INSEE code of a commune")] = None,
    container: Annotated[str | None, Query(description="code of a container")] = None,
    open_only: Annotated[bool, Query(alias="open", description="false adds the closed ones")] = True,
) -> list[Alert]:
    """Return at most 1,000 alerts: unacknowledged first, then the gravest, then the newest."""
    found = find_alerts(connection, open_only=open_only, stream=stream, insee=insee, container=container)
    return by_urgency(found)


@routes.post("/api/v1/alerts/{number}/acknowledge", summary="Take note of an alert")
def acknowledge(request: Request, connection: Database, account: Dispatcher, number: Number) -> Alert:
    """Write that this account took note of an open alert; a second time changes nothing."""
    take_note(connection, account, number, request.app.state.clock.now())
    found = find_alerts(connection, open_only=False, number=number)
    if not found:
        raise HTTPException(404, "Cette alerte n'existe pas.")
    return found[0]
