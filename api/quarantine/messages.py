"""Messages in quarantine as pages and API show them, and what may be decided of them.

Reads and decides; taking a message again is ingest's own code, run by the worker. Nothing is deleted here.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from fastapi import HTTPException
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel, ConfigDict, Field

from api.auth import Account, record
from api.payload import readable
from api.quarantine.words import reason_words
from api.queue import defer
from store.queries import named_queries

PAGE = 50
DAYS = 30
_SQL = named_queries("api.quarantine")
_SHORTEST_NOTE = 3


class Message(BaseModel):
    """A message in quarantine; `payload` is JSON, text or hexadecimal (`payload_form`)."""

    id: int
    first_at: datetime
    last_at: datetime
    times: int
    topic: str
    reason: str
    reason_label: str
    meaning: str
    remedy: str
    detail: str
    payload: str
    payload_form: str
    payload_bytes: int
    payload_cut: bool
    settled_at: datetime | None
    settled_because: Literal["replayed", "dismissed", "merged"] | None
    settled_note: str
    replayed_at: datetime | None


class ReasonCount(BaseModel):
    """Open messages of one reason, and how often they came."""

    reason: str
    label: str
    messages: int
    times: int
    last_at: datetime


class DayCount(BaseModel):
    """Messages first seen on a day in Paris, and those of them still open."""

    day: date
    messages: int
    open: int


class Counts(BaseModel):
    """The quarantine in numbers."""

    reasons: list[ReasonCount]
    days: list[DayCount]


class Accepted(BaseModel):
    """A try was asked for; live events (`quarantine`) tell when it is done."""

    asked: bool = True


class Farewell(BaseModel):
    """Why a message needs nobody."""

    model_config = ConfigDict(extra="forbid")
    note: str = Field(min_length=_SHORTEST_NOTE, max_length=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages are wanted; None wants all."""

    id: int | None = None
    reason: str | None = None
    q: str | None = None
    settled: bool | None = False
    page: int = 1


def find_messages(connection: Connection[DictRow], wanted: Wanted) -> tuple[list[Message], int]:
    """Return one page of messages, the latest first, and how many there are."""
    parameters = {name: getattr(wanted, name) for name in Wanted.__slots__}
    rows = connection.execute(
        _SQL["messages"], parameters | {"at_most": PAGE, "skip": PAGE * (wanted.page - 1)}
    ).fetchall()
    return [_message(row) for row in rows], rows[0]["found"] if rows else 0


def _message(row: DictRow) -> Message:
    words, shown = reason_words(row["reason"]), readable(bytes(row["payload"]))
    return Message(
        **{name: value for name, value in row.items() if name in Message.model_fields and name != "payload"},
        reason_label=words.label,
        meaning=words.meaning,
        remedy=words.remedy,
        payload=shown.text,
        payload_form=shown.form,
        payload_bytes=shown.size,
        payload_cut=shown.cut,
    )


def counts(connection: Connection[DictRow], now: datetime, reason: str | None = None) -> Counts:
    """Return open messages by reason, and all by day over the last month."""
    period = {"since": now - timedelta(days=DAYS), "now": now, "reason": reason}
    return Counts(
        reasons=[
            ReasonCount(label=reason_words(row["reason"]).label, **row)
            for row in connection.execute(_SQL["reasons"])
        ],
        days=[DayCount(**row) for row in connection.execute(_SQL["by_day"], period)],
    )


def one_open(connection: Connection[DictRow], quarantine_id: int) -> Message:
    """Return one open message; raises 404, or 409 when it is settled."""
    found, _ = find_messages(connection, Wanted(id=quarantine_id, settled=None))
    if not found:
        raise HTTPException(404, "Ce message n'est pas, ou plus, en quarantaine.")
    if found[0].settled_at is not None:
        raise HTTPException(409, "Ce message est déjà réglé.")
    return found[0]


def ask_replay(
    connection: Connection[DictRow],
    account: Account,
    *,
    ids: list[int] | None = None,
    reason: str | None = None,
) -> None:
    """Have the worker take messages again."""
    subject = f"quarantine/{ids[0]}" if ids else "quarantine"
    record(connection, account, "replay_quarantine", subject, ids=ids, reason=reason)
    defer(connection, "replay_quarantine", ids=ids, reason=reason)


def dismiss(
    connection: Connection[DictRow],
    account: Account,
    note: str,
    now: datetime,
    *,
    quarantine_id: int | None = None,
    reason: str | None = None,
) -> int:
    """Settle messages without taking them; return how many. The note says why."""
    note = " ".join("".join(letter if letter.isprintable() else " " for letter in note).split())[:300]
    if len(note) < _SHORTEST_NOTE:
        raise HTTPException(422, "Dites en quelques mots pourquoi ce message est écarté.")
    parameters = {"at": now, "by": account.id, "note": note, "id": quarantine_id, "reason": reason}
    gone = connection.execute(_SQL["dismiss"], parameters).fetchall()
    subject = f"quarantine/{quarantine_id}" if quarantine_id else "quarantine"
    record(connection, account, "dismiss_quarantine", subject, messages=len(gone), reason=reason)
    return len(gone)
