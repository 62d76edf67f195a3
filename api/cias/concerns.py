"""What the office must see to at once: opened once, told to subscribers, on top of its page until closed.

A message names nobody and says nothing of health: a sort of concern, and the address of the page.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.queue import defer
from store.queries import named_queries

SQL = named_queries("api.cias", "concerns.sql")
CONCERN = "concern"
"""The sealed column `detail`, as `api.cias.sealed` binds it."""
Kind = Literal["worry", "excursion", "absent", "refused", "late"]
WORDS: dict[Kind, tuple[str, str]] = {
    "worry": ("une inquiétude", "Un livreur s'inquiète d'une personne chez qui il est passé."),
    "excursion": ("température trop haute", "Des plateaux sont au-dessus de la température permise."),
    "absent": ("porte close", "Personne n'a ouvert à un livreur."),
    "refused": ("repas refusé", "Un repas a été refusé."),
    "late": ("tournée en retard", "Une tournée a plus de 30 minutes de retard."),
}
"""What a message says of each kind: end of its title, first sentence."""


def subscribed(kind: Kind) -> str:
    """The word for this kind in `people.subscription.kinds`."""
    return f"meal_{kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where messages lead: the address of the pages, empty when it is not known."""

    public_url: str = ""


def open_concern(
    connection: Connection[DictRow],
    office: Office,
    kind: Kind,
    at: datetime,
    *,
    round_id: int,
    door_id: int | None = None,
    person: int | None = None,
    detail: bytes | None = None,
) -> int | None:
    """Open it and tell the office, in the caller's transaction; None when one like it is open. `detail` is
    sealed."""
    wanted = {"kind": kind, "at": at, "round_id": round_id, "door_id": door_id, "person": person}
    row = connection.execute(SQL["open_concern"], {**wanted, "detail": detail}).fetchone()
    if row is None:
        return None
    title, sentence = WORDS[kind]
    page = f"{office.public_url.rstrip('/')}/portage/signalements" if office.public_url else ""
    told = connection.execute(
        SQL["tell_subscribers"],
        {
            "wanted": subscribed(kind),
            "title": f"Portage de repas : {title}",
            "body": f"{sentence} À voir dans Glaneur, page Signalements du portage. {page}".strip(),
            "document": Jsonb({"v": 1, "concern": row["id"], "kind": kind}),
        },
    ).fetchall()
    if told:
        defer(connection, "send_notifications", timestamp=0)
    announce(connection, int(row["id"]))
    return int(row["id"])


def close_said(
    connection: Connection[DictRow], door_id: int | None, kind: str, account: int, now: datetime
) -> None:
    """A corrected word closes what the first one opened; `kind` is the word that stands now."""
    wanted = {"door_id": door_id, "kind": kind, "account": account, "now": now}
    if connection.execute(SQL["close_said"], wanted).rowcount:
        announce(connection, None)


def announce(connection: Connection[DictRow], concern: int | None) -> None:
    """Tell the open pages, at commit, that concerns changed."""
    connection.execute(SQL["announce"], {"event": json.dumps({"topic": "meals", "concern": concern})})


def close(
    connection: Connection[DictRow], number: int, account: int, outcome: str, now: datetime
) -> bool | None:
    """Close a concern with what came of it; False when it was closed already, None when there is none."""
    wanted = {"id": number, "account": account, "outcome": outcome, "now": now}
    if connection.execute(SQL["close_concern"], wanted).fetchone() is not None:
        announce(connection, number)
        return True
    known = connection.execute(SQL["concern_known"], {"id": number}).fetchone()
    return None if known is None else False
