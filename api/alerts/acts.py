"""What people do with an alert: take note, give it to somebody, comment, let it wait; and its history.

Each act locks the alert's row first, so two people and ingest's closing come one after the other: who comes
second sees what the first did. Acts on a closed alert are refused but for comments. `alert_event` is only
ever added to.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Request
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from api.auth import Account, Dispatcher, record
from api.database import Database
from store.queries import named_queries

routes = APIRouter(tags=["alerts"])

LONGEST_SNOOZE = timedelta(days=60)
CLOSED = "Cette alerte s'est close entre-temps."
_AUDITED = {
    "acknowledged": "acknowledge_alert",
    "assigned": "assign_alert",
    "released": "release_alert",
    "commented": "comment_alert",
    "snoozed": "snooze_alert",
    "woken": "wake_alert",
}
_SQL = named_queries("api.alerts")

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class Assignment(BaseModel):
    """To whom: a login, or null for nobody.

    `seen`: who had it when you looked, so that nobody takes it unseen.
    """

    model_config = ConfigDict(extra="forbid")
    assignee: str | None
    seen: str | None


class Said(BaseModel):
    """A comment."""

    model_config = ConfigDict(extra="forbid")
    note: Comment


class Snooze(BaseModel):
    """Until when it may wait; null wakes it."""

    model_config = ConfigDict(extra="forbid")
    until: AwareDatetime | None


class Event(BaseModel):
    """One thing that happened; `who` did it (null: the platform), `whom` it was given to."""

    at: datetime
    what: Literal[
        "opened", "acknowledged", "assigned", "released", "commented", "snoozed", "woken", "escalated",
        "told", "closed",
    ]  # fmt: skip
    who: str | None
    whom: str | None
    until: datetime | None
    note: str


def _held(connection: Connection[DictRow], number: int, *, open_only: bool = True) -> DictRow:
    connection.execute(_SQL["hold_alert"], {"id": number})
    row = connection.execute(_SQL["alert_held"], {"id": number}).fetchone()
    if row is None:
        raise HTTPException(404, "Cette alerte n'existe pas.")
    if open_only and row["closed_at"] is not None:
        raise HTTPException(409, CLOSED)
    return row


def _happened(
    connection: Connection[DictRow],
    account: Account,
    alert: DictRow,
    what: str,
    now: datetime,
    **more: object,
) -> None:
    event = {"assignee": None, "until": None, "note": "", **more}
    connection.execute(
        _SQL["add_event"], {"id": alert["id"], "account": account.id, "what": what, "now": now, **event}
    )
    record(connection, account, _AUDITED[what], f"alert/{alert['id']}", container=alert["container"])
    connection.execute(_SQL["tell"], {"container": alert["container_id"]})


def acknowledge(connection: Connection[DictRow], account: Account, number: int, now: datetime) -> None:
    """Take note of an open alert; a second time, by whomever, changes nothing."""
    alert = _held(connection, number, open_only=False)
    if alert["acknowledged_at"] is not None:
        return
    if alert["closed_at"] is not None:
        raise HTTPException(409, CLOSED)
    connection.execute(_SQL["acknowledge"], {"id": number, "account": account.id, "now": now})
    _happened(connection, account, alert, "acknowledged", now)


def assign(
    connection: Connection[DictRow],
    account: Account,
    number: int,
    assignee: str | None,
    seen: str | None,
    now: datetime,
) -> None:
    """Give an alert to somebody, or to nobody; refused when `seen` is no longer who has it."""
    alert = _held(connection, number)
    if alert["assigned_login"] == assignee:
        return
    if alert["assigned_login"] != seen:
        had = alert["assigned_name"]
        said = f"{had} s'en charge déjà." if had else "Elle n'est plus attribuée à personne."
        raise HTTPException(409, f"L'alerte a changé de mains entre-temps. {said}")
    whom = None
    if assignee is not None:
        whom = connection.execute(_SQL["account_of_login"], {"login": assignee}).fetchone()
        if whom is None:
            raise HTTPException(422, "Cette personne ne peut pas recevoir d'alerte.")
    chosen = None if whom is None else whom["id"]
    connection.execute(_SQL["assign"], {"id": number, "assignee": chosen, "now": now})
    what = "released" if whom is None else "assigned"
    _happened(connection, account, alert, what, now, assignee=chosen)


def comment(connection: Connection[DictRow], account: Account, number: int, note: str, now: datetime) -> None:
    """Add a comment, also to a closed alert."""
    alert = _held(connection, number, open_only=False)
    _happened(connection, account, alert, "commented", now, note=note)


def snooze(
    connection: Connection[DictRow], account: Account, number: int, until: datetime | None, now: datetime
) -> None:
    """Let an alert wait until an instant, or wake it."""
    alert = _held(connection, number)
    if until is not None and not now < until <= now + LONGEST_SNOOZE:
        raise HTTPException(422, "Une alerte peut attendre jusqu'à 60 jours, et pas dans le passé.")
    if alert["snoozed_until"] == until:
        return
    connection.execute(_SQL["snooze"], {"id": number, "until": until})
    _happened(connection, account, alert, "woken" if until is None else "snoozed", now, until=until)


def history(connection: Connection[DictRow], number: int) -> list[Event]:
    """Return everything that happened to an alert, in order; raises 404."""
    events = [Event(**row) for row in connection.execute(_SQL["history"], {"id": number})]
    if not events:
        raise HTTPException(404, "Cette alerte n'existe pas.")
    return events


@routes.get("/api/v1/alerts/{number}/history", summary="History of an alert")
def read_history(connection: Database, _: Dispatcher, number: Number) -> list[Event]:
    """Return everything that happened to an alert, the oldest first."""
    return history(connection, number)


@routes.post("/api/v1/alerts/{number}/assign", summary="Give an alert to somebody")
def assign_one(
    request: Request, connection: Database, account: Dispatcher, number: Number, wish: Assignment
) -> list[Event]:
    """Give an open alert to a person, or to nobody, and return its history.

    409 when somebody else was quicker.
    """
    assign(connection, account, number, wish.assignee, wish.seen, request.app.state.clock.now())
    return history(connection, number)


@routes.post("/api/v1/alerts/{number}/comment", summary="Comment an alert")
def comment_one(
    request: Request, connection: Database, account: Dispatcher, number: Number, said: Said
) -> list[Event]:
    """Add a comment and return the alert's history."""
    comment(connection, account, number, said.note, request.app.state.clock.now())
    return history(connection, number)


@routes.post("/api/v1/alerts/{number}/snooze", summary="Let an alert wait")
def snooze_one(
    request: Request, connection: Database, account: Dispatcher, number: Number, wish: Snooze
) -> list[Event]:
    """Hide an open alert from the inbox, and tell nobody again, until an instant; then return its history."""
    snooze(connection, account, number, wish.until, request.app.state.clock.now())
    return history(connection, number)
