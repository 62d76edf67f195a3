"""Tell relatives: expand what happened into messages by rights and wishes, then send them; links too.

A message holds neither text nor address: both are looked up when it leaves, so a relative whose access was
taken back meanwhile gets nothing, and the code of a link is never stored, only its hash. At least once, as
alerts are (`api/alerts/sending.py`): the same key, the same waits, dead letters.
"""

import logging
from collections import Counter
from datetime import timedelta
from functools import cache

from psycopg import Connection
from psycopg.rows import DictRow

from api.alerts.channels import Failure, Message, send
from api.alerts.messaging import Messaging
from api.alerts.sending import BACK_OFF_S, KEPT, LEASE_S, MOST_TRIES
from api.family.access import LINK_LIFETIME, LINK_SIGNS, digest, new_code
from api.family.words import GOES_STALE, RIGHT_OF, STALE_AFTER, link_text, mail_text, notice_text, sms_text
from store.clock import read_clock
from store.queries import named_queries

AT_ONCE = 500
TITLE = "Portage de repas"
LINK_WAITS = timedelta(minutes=30)
"""Who asked for a link that does not come asks again: an old wish is dropped."""
_SQL = named_queries("api.family", "notices.sql")
_log = logging.getLogger(__name__)


def expand(connection: Connection[DictRow]) -> int:
    """Write the messages of every notice nobody expanded yet; return how many notices. Commits."""
    row = connection.execute(_SQL["alone"]).fetchone()
    if row is None or not row["alone"]:
        connection.rollback()
        return 0
    now = read_clock(connection).now()
    notices = connection.execute(_SQL["take_notices"], {"now": now, "most": AT_ONCE}).fetchall()
    for one in sorted(notices, key=lambda one: one["id"]):
        stale = one["kind"] in GOES_STALE and now - one["happened_at"] > STALE_AFTER
        if not one["tell"] or stale:
            continue
        wanted = {"notice": one["id"], "person": one["beneficiary_id"], "kind": one["kind"]}
        connection.execute(_SQL["add_messages"], wanted | {"right": RIGHT_OF[one["kind"]]})
    connection.commit()
    return len(notices)


def send_waiting(connection: Connection[DictRow], messaging: Messaging) -> Counter[str]:
    """Send every message whose turn it is; return what became of them. Commits each one.

    A broken road keeps its other messages for the next run, without using up their tries.
    """
    connection.execute(_SQL["give_up"], {"most": MOST_TRIES})
    counts: Counter[str] = Counter()
    broken: set[str] = set()
    while (row := _claim(connection, broken)) is not None:
        message = _compose(connection, row, messaging)
        failure = send(message, messaging) if message is not None else None
        if row["channel"] not in messaging.open_channels:
            _say_closed(row["channel"])
        elif failure is not None:
            _log.warning(
                "family message %s by %s, try %d: %s",
                row["id"], row["channel"], row["tries"], failure.reason,
            )  # fmt: skip
        counts[_settle(connection, row, failure, dropped=message is None)] += 1
        if failure is not None and failure.road:
            broken.add(row["channel"])
    return counts


def purge(connection: Connection[DictRow]) -> int:
    """Forget links, sessions and messages whose time is over; return how many. Commits."""
    row = connection.execute(_SQL["purge"], {"kept": KEPT}).fetchone()
    connection.commit()
    return int(row["purged"]) if row else 0


@cache
def _say_closed(channel: str) -> None:
    """Once for each run of the worker: every message by this road fails alike; the files say so too."""
    setting = {"email": "GLANEUR_SMTP", "sms": "GLANEUR_SMS_URL"}[channel]
    _log.warning(
        "relatives ask to be told by %s, which is not set (%s): messages are tried again, then given up",
        channel, setting,
    )  # fmt: skip


def _claim(connection: Connection[DictRow], broken: set[str]) -> DictRow | None:
    row = connection.execute(_SQL["claim"], {"lease_s": LEASE_S, "broken": sorted(broken)}).fetchone()
    connection.commit()
    return row


def _compose(connection: Connection[DictRow], row: DictRow, messaging: Messaging) -> Message | None:
    """The message as it is now, None when there is nobody to tell, or nothing worth telling, any more."""
    address = row["email"] if row["channel"] == "email" else row["phone"]
    if row["revoked_at"] is not None or not address:
        return None
    page = f"{messaging.public_url.rstrip('/')}/famille" if messaging.public_url else ""
    if row["notice_id"] is None:
        text = _link(connection, row, address, page)
    else:
        text = _notice(connection, row, page)
    if text is None:
        return None
    return Message(
        key=str(row["id"]), channel=row["channel"], address=address, title=TITLE, body=text, document={}
    )


def _notice(connection: Connection[DictRow], row: DictRow, page: str) -> str | None:
    notice = connection.execute(_SQL["notice"], {"id": row["notice_id"]}).fetchone()
    assert notice is not None  # noqa: S101 - a foreign key with ON DELETE CASCADE
    now = read_clock(connection).now()
    if notice["kind"] in GOES_STALE and now - notice["happened_at"] > STALE_AFTER:
        return None
    text = notice_text(notice["kind"], notice["happened_at"], now, themselves=row["themselves"])
    return sms_text(text) if row["channel"] == "sms" else mail_text(text, page)


def _link(connection: Connection[DictRow], row: DictRow, address: str, page: str) -> str | None:
    """A fresh link for every access of this contact; each try makes its own, so none needs to be stored."""
    if row["age"] > LINK_WAITS:
        return None
    found = connection.execute(_SQL["reached"], {"channel": row["channel"], "address": address}).fetchone()
    assert found is not None  # noqa: S101 - an aggregate always has one row
    if not found["ids"]:
        return None
    code = new_code(LINK_SIGNS)
    wanted = {"token_hash": digest(code), "kind": "link", "relatives": found["ids"]}
    connection.execute(_SQL["add_key"], wanted | {"lifetime": LINK_LIFETIME})
    connection.commit()
    return link_text(
        code, page, minutes=int(LINK_LIFETIME.total_seconds() // 60), short=row["channel"] == "sms"
    )


def _settle(connection: Connection[DictRow], row: DictRow, failure: Failure | None, *, dropped: bool) -> str:
    status, wait, reason = "sent", None, ""
    if dropped:
        status = "dropped"
    elif failure is not None:
        last = failure.final or row["tries"] > len(BACK_OFF_S)
        status, reason = ("dead" if last else "waiting"), failure.reason
        wait = None if last else BACK_OFF_S[row["tries"] - 1]
    connection.execute(_SQL["settle"], {"id": row["id"], "status": status, "error": reason, "next_s": wait})
    connection.commit()
    return "put_back" if status == "waiting" else status
