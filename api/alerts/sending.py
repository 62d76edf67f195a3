"""Empty the outbox: claim a message, hand it over, write down what became of it; back off, then give up.

At least once: a worker killed between the handing over and the writing down leaves its claim to lapse, and
the message goes again under the same idempotency key (see `channels`), by which the receiver can tell.
Knows no alert.
"""

import logging
from collections import Counter
from datetime import timedelta

from psycopg import Connection
from psycopg.rows import DictRow

from api.alerts.channels import Failure, Message, send
from api.alerts.messaging import Messaging
from store.clock import read_clock
from store.queries import named_queries

LEASE_S = 180
"""How long a claim holds: longer than any try, whose network waits are some ten seconds each."""
BACK_OFF_S = (60, 300, 900, 3600, 4 * 3600, 12 * 3600)
"""Waits after each failed try: some 17 hours in all, a mail server's bad night. Then it is a dead letter."""
MOST_TRIES = 2 * len(BACK_OFF_S)
"""Claims, ended or not: a message that takes its worker down is not tried for ever."""
KEPT = timedelta(days=180)

_SQL = named_queries("api.alerts", "telling.sql")
_log = logging.getLogger(__name__)


def send_waiting(connection: Connection[DictRow], messaging: Messaging) -> Counter[str]:
    """Send every message whose turn it is; return how many were sent, put back or given up. Commits each
    one.

    When a road is broken (no mail server, a gateway that refuses us), its other messages wait for the next
    run without using up their tries.
    """
    connection.execute(_SQL["give_up"], {"most": MOST_TRIES})
    counts: Counter[str] = Counter()
    broken: set[str] = set()
    while (row := _claim(connection, broken)) is not None:
        message = Message(
            key=str(row["id"]),
            channel=row["channel"],
            address=row["address"],
            title=row["title"],
            body=row["body"],
            document=row["document"],
        )
        failure = send(message, messaging)
        counts[_settle(connection, row, failure)] += 1
        if failure is not None and failure.road:
            broken.add(row["channel"])
    if counts:
        connection.execute(_SQL["announce"], {"event": '{"topic": "notifications"}'})
        connection.commit()
    return counts


def _claim(connection: Connection[DictRow], broken: set[str]) -> DictRow | None:
    row = connection.execute(_SQL["claim"], {"lease_s": LEASE_S, "broken": sorted(broken)}).fetchone()
    connection.commit()
    return row


def _settle(connection: Connection[DictRow], row: DictRow, failure: Failure | None) -> str:
    if failure is None:
        connection.execute(_SQL["sent"], {"id": row["id"]})
        outcome = "sent"
    else:
        last = failure.final or row["tries"] > len(BACK_OFF_S)
        wait = None if last else BACK_OFF_S[row["tries"] - 1]
        connection.execute(_SQL["failed"], {"id": row["id"], "next_s": wait, "reason": failure.reason})
        outcome = "dead" if last else "put_back"
        _log.warning(
            "notification %s by %s, try %d: %s (%s)",
            row["id"], row["channel"], row["tries"], outcome, failure.reason,
        )  # fmt: skip
    connection.commit()
    return outcome


def purge(connection: Connection[DictRow]) -> int:
    """Forget messages older than `KEPT`; return how many. Commits."""
    before = read_clock(connection).now() - KEPT
    gone = connection.execute(_SQL["purge"], {"before": before}).rowcount
    connection.commit()
    return gone
