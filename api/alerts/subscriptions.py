"""Who wants to be told, of what, and where: each person's own subscriptions.

An address is personal data: it is shown to its owner alone, and is in no log. A webhook, which reaches a
machine, is an administrator's to give.
"""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import HTTPException
from limits import RateLimitItemPerMinute
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.alerts.kinds import DEFAULTS
from api.auth import Account, allow, record
from api.queue import defer
from store.queries import named_queries

MOST = 20
TESTS = RateLimitItemPerMinute(5)
TEST_TITLE = "Essai"
TEST_BODY = "Ceci est un essai : vos alertes arriveront ici. Rien n'est à faire."
_SQL = named_queries("api.alerts", "subscriptions.sql")
# One @, no blank, something on both sides: the mail server judges the rest.
_MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
_PHONE = re.compile(r"\+[1-9]\d{7,14}")  # E.164

Minute = Annotated[int, Field(ge=0, le=1439, description="minutes after midnight in Paris")]
Codes = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=200)]


class Wish(BaseModel):
    """What somebody wants to be told.

    Empty lists mean all; `escalated_only` only what nobody took in time.
    """

    model_config = ConfigDict(extra="forbid")
    channel: Literal["email", "sms", "webhook"]
    address: str = Field(min_length=3, max_length=500)
    kinds: Codes = []
    communes: Codes = []
    streams: Codes = []
    escalated_only: bool = False
    quiet_from_min: Minute | None = None
    quiet_until_min: Minute | None = None

    @model_validator(mode="after")
    def _check(self) -> "Wish":
        if (self.quiet_from_min is None) != (self.quiet_until_min is None):
            raise ValueError("quiet hours need both ends")
        return self


class Subscription(Wish):
    """A subscription as it is kept."""

    id: int


def phone(text: str) -> str:
    """Write a French or international number as the gateways want it: +33612345678."""
    bare = re.sub(r"[\s.\-()]", "", text)
    if re.fullmatch(r"0[1-9]\d{8}", bare):
        return f"+33{bare[1:]}"
    return f"+{bare[2:]}" if bare.startswith("00") else bare


def well_formed(channel: str, text: str) -> str:
    """Return an address of this channel made regular, or refuse it with 422 and a sentence."""
    address = phone(text) if channel == "sms" else text.strip()
    if channel == "email" and not (_MAIL.fullmatch(address) and address.isascii()):
        raise HTTPException(422, "Cette adresse de courriel n'est pas valable.")
    if channel == "sms" and not _PHONE.fullmatch(address):
        raise HTTPException(422, "Ce numéro n'est pas valable : 06 12 34 56 78 ou +33612345678.")
    return address


def checked(wish: Wish, account: Account) -> Wish:
    """Return the wish with its address made regular, or refuse it with 422 or 403 and a sentence."""
    address = well_formed(wish.channel, wish.address)
    if wish.channel == "webhook":
        if account.role != "admin":
            raise HTTPException(403, "Un webhook est donné par un administrateur.")
        parts = urlsplit(address)
        if (
            parts.scheme not in ("https", "http")
            or not parts.hostname
            or parts.username
            or not address.isascii()
        ):
            raise HTTPException(422, "Un webhook s'écrit https://serveur/chemin, sans mot de passe.")
    if unknown := [kind for kind in wish.kinds if kind not in DEFAULTS]:
        raise HTTPException(422, f"Le genre d'alerte « {unknown[0][:40]} » n'existe pas.")
    return wish.model_copy(update={"address": address})


def own(connection: Connection[DictRow], account: Account) -> list[Subscription]:
    """Return the account's subscriptions."""
    return [Subscription(**row) for row in connection.execute(_SQL["own"], {"account": account.id})]


def subscribe(connection: Connection[DictRow], account: Account, wish: Wish) -> Subscription:
    """Add a subscription."""
    wish = checked(wish, account)
    if len(own(connection, account)) >= MOST:
        raise HTTPException(409, f"Un compte a {MOST} abonnements au plus.")
    row = connection.execute(_SQL["add"], {"account": account.id, **wish.model_dump()}).fetchone()
    assert row is not None  # noqa: S101 - RETURNING always returns
    record(connection, account, "subscribe", f"subscription/{row['id']}", channel=wish.channel)
    return Subscription(id=row["id"], **wish.model_dump())


def unsubscribe(connection: Connection[DictRow], account: Account, number: int) -> None:
    """Take one's own subscription away; its messages and their traces go with it."""
    gone = connection.execute(_SQL["remove"], {"id": number, "account": account.id}).rowcount
    if not gone:
        raise HTTPException(404, "Cet abonnement n'existe pas.")
    record(connection, account, "unsubscribe", f"subscription/{number}")


def ask_test(connection: Connection[DictRow], account: Account, number: int) -> None:
    """Queue a message that says it is a test; few a minute: they cost money and may reach strangers."""
    if not allow(TESTS, "test_subscription", str(account.id)):
        raise HTTPException(429, "Trop d'essais : patientez une minute.")
    row = connection.execute(
        _SQL["add_test"],
        {
            "id": number,
            "account": account.id,
            "title": TEST_TITLE,
            "body": TEST_BODY,
            "document": Jsonb({"v": 1, "title": TEST_TITLE, "test": True, "alerts": []}),
        },
    ).fetchone()
    if row is None:
        raise HTTPException(404, "Cet abonnement n'existe pas.")
    record(connection, account, "test_subscription", f"subscription/{number}")
    ask_send(connection)


def ask_send(connection: Connection[DictRow]) -> None:
    """Have the worker empty the outbox now, once this transaction commits."""
    defer(connection, "send_notifications", timestamp=0)


def sends(
    connection: Connection[DictRow], *, status: str | None = None, most: int = 200
) -> list[dict[str, Any]]:
    """Return the latest messages and what became of them; people by name, never their address."""
    return connection.execute(_SQL["sends"], {"status": status, "most": most}).fetchall()


def send_counts(connection: Connection[DictRow]) -> DictRow:
    """Return how many messages wait, left and were given up over the last 30 days."""
    row = connection.execute(_SQL["send_counts"]).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has one row
    return row


def send_again(connection: Connection[DictRow], account: Account, key: str | None) -> int:
    """Put one dead letter, or all with None, back into the queue under the same key; return how many."""
    moved = connection.execute(_SQL["send_again"], {"id": key}).rowcount
    if moved:
        record(connection, account, "send_again", f"notification/{key or 'all'}", messages=moved)
        ask_send(connection)
    return moved
