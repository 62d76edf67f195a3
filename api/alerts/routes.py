"""The JSON API of what is chosen about alerts.

Settings of kinds, subscriptions, messages and dead letters.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.alerts import subscriptions
from api.alerts.kinds import Setting, check, save_setting, settings_now
from api.alerts.subscriptions import Subscription, Wish
from api.auth import Dispatcher, record
from api.database import Database

routes = APIRouter(tags=["alerts"])

Seconds = Annotated[int, Field(ge=0, le=90 * 86_400)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


class SettingDocument(BaseModel):
    """How one kind is handled; conditions in the kind's own units, null where it has none."""

    model_config = ConfigDict(extra="forbid")
    opens_at: float | None = None
    clears_at: float | None = None
    lasting_s: Seconds | None = None
    tells: bool
    rings: bool
    wait_s: Seconds
    repeat_s: Annotated[int, Field(ge=300, le=90 * 86_400)] | None
    escalate_s: Annotated[int, Field(ge=60, le=90 * 86_400)] | None
    gather_s: Seconds


class KindSetting(SettingDocument):
    """The same with its kind."""

    kind: str


class Send(BaseModel):
    """A message and what became of it; `id` is the idempotency key its receiver sees."""

    id: UUID
    created_at: datetime
    title: str
    channel: str
    person: str
    alerts: int
    status: Literal["waiting", "sent", "dead"]
    tries: int
    next_try_at: datetime
    sent_at: datetime | None
    error: str


class Moved(BaseModel):
    """How many messages were put back into the queue."""

    messages: int


def _document(setting: Setting) -> KindSetting:
    return KindSetting(**{name: getattr(setting, name) for name in Setting.__slots__})


@routes.get("/api/v1/alert-settings", summary="How each kind of alert is handled")
def list_settings(connection: Database, _: Dispatcher) -> list[KindSetting]:
    """Return the settings in force, the gravest kind first."""
    return [_document(one) for one in settings_now(connection).values()]


@routes.put("/api/v1/alert-settings/{kind}", summary="Change how a kind of alert is handled")
def put_setting(
    request: Request,
    connection: Database,
    account: Dispatcher,
    kind: Annotated[str, Path(max_length=40)],
    wish: SettingDocument,
) -> KindSetting:
    """Put new settings in force from now on; what was before stays known."""
    setting = Setting(kind=kind, **wish.model_dump())
    if (problem := check(setting, settings_now(connection))) is not None:
        raise HTTPException(422, problem)
    if save_setting(connection, setting, account.id, request.app.state.clock.now()):
        record(connection, account, "set_alert_kind", f"alert_kind/{kind}")
    return _document(setting)


@routes.get("/api/v1/subscriptions", summary="One's own subscriptions to alerts")
def list_subscriptions(connection: Database, account: Dispatcher) -> list[Subscription]:
    """Return what this account wants to be told of, and where."""
    return subscriptions.own(connection, account)


@routes.post("/api/v1/subscriptions", status_code=201, summary="Subscribe to alerts")
def add_subscription(connection: Database, account: Dispatcher, wish: Wish) -> Subscription:
    """Add a subscription of this account."""
    return subscriptions.subscribe(connection, account, wish)


@routes.delete("/api/v1/subscriptions/{number}", status_code=204, summary="Unsubscribe")
def remove_subscription(connection: Database, account: Dispatcher, number: Number) -> None:
    """Take a subscription of this account away."""
    subscriptions.unsubscribe(connection, account, number)


@routes.post("/api/v1/subscriptions/{number}/test", status_code=202, summary="Send a test message")
def test_subscription(connection: Database, account: Dispatcher, number: Number) -> None:
    """Queue a test message to a subscription of this account."""
    subscriptions.ask_test(connection, account, number)


@routes.get("/api/v1/notifications", summary="Messages and what became of them")
def list_sends(
    connection: Database,
    _: Dispatcher,
    status: Annotated[Literal["waiting", "sent", "dead"] | None, Query()] = None,
) -> list[Send]:
    """Return the latest 200 messages."""
    return [Send(**row) for row in subscriptions.sends(connection, status=status)]


@routes.post("/api/v1/notifications/resend", status_code=202, summary="Send all dead letters again")
def send_all_again(connection: Database, account: Dispatcher) -> Moved:
    """Put every dead letter back into the queue."""
    return Moved(messages=subscriptions.send_again(connection, account, None))


@routes.post("/api/v1/notifications/{key}/resend", status_code=202, summary="Send a dead letter again")
def send_one_again(connection: Database, account: Dispatcher, key: UUID) -> Moved:
    """Put a dead letter back into the queue, under the same key; 409 when it is none."""
    moved = subscriptions.send_again(connection, account, str(key))
    if not moved:
        raise HTTPException(409, "Ce message n'est pas parmi les abandonnés.")
    return Moved(messages=moved)
