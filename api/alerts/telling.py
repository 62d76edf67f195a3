"""One pass of the worker over the open alerts: escalate, find who is due, write their messages to the
outbox.

The marks of what was told and the messages are one transaction: nobody is told twice of the same occasion,
nor forgotten. Nothing leaves here; `sending` empties the outbox.
"""

import json
import logging
from collections import defaultdict
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.errors import LockNotAvailable
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.alerts import messages
from api.alerts.due import Bundle, Standing, Subscription, Told, due
from api.alerts.kinds import Setting, settings_now
from api.alerts.messages import compose
from store.clock import read_clock
from store.queries import named_queries

_SQL = named_queries("api.alerts", "telling.sql")
_EVENT_IDS = 500
_log = logging.getLogger(__name__)


def tell(connection: Connection[DictRow], territory: str, inbox: str, *, patience_s: int = 0) -> int:
    """Escalate and write what is due to the outbox; return the number of messages. Commits.

    Another pass under way is waited for at most `patience_s`; if it does not end, nothing is done.
    """
    if not _alone(connection, patience_s):
        connection.rollback()
        return 0
    now = read_clock(connection).now()
    settings = settings_now(connection)
    _escalate(connection, settings, now)
    rows = connection.execute(_SQL["standing"], {"now": now}).fetchall()
    standing = [_standing(row) for row in rows]
    bundles = due(now, settings, _subscriptions(connection), standing, _told(connection, settings, now))
    if bundles:
        probes = connection.execute(_SQL["probes"], {"now": now}).fetchone()
        assert probes is not None  # noqa: S101 - an aggregate always has one row
        by_id = {row["id"]: row for row in rows}
        for bundle in bundles:
            _write(connection, bundle, by_id, territory, inbox, probes["probes"], now)
        _log.info(
            "%d message(s) about %d alert(s) to send", len(bundles), sum(len(b.alerts) for b in bundles)
        )
    connection.commit()
    return len(bundles)


def _alone(connection: Connection[DictRow], patience_s: int) -> bool:
    if patience_s:
        connection.execute(_SQL["patience"], {"wait": f"{patience_s}s"})
        try:
            connection.execute(_SQL["wait_alone"])
        except LockNotAvailable:
            return False
        return True
    row = connection.execute(_SQL["alone"]).fetchone()
    return row is not None and bool(row["alone"])


def _escalate(connection: Connection[DictRow], settings: dict[str, Setting], now: datetime) -> None:
    timed = {kind: one.escalate_s for kind, one in settings.items() if one.escalate_s is not None}
    parameters = {"now": now, "kinds": list(timed), "seconds": list(timed.values())}
    raised = connection.execute(_SQL["escalate"], parameters).fetchall()
    if not raised:
        return
    connection.execute(_SQL["add_escalations"], {"now": now, "ids": [row["id"] for row in raised]})
    tell_pages(connection, [row["container_id"] for row in raised])


def tell_pages(connection: Connection[DictRow], containers: list[int]) -> None:
    """Say to the open pages, at commit, that these containers' alerts changed."""
    for start in range(0, len(containers), _EVENT_IDS):
        event = {"topic": "containers", "containers": containers[start : start + _EVENT_IDS]}
        connection.execute(_SQL["announce"], {"event": json.dumps(event)})


def _subscriptions(connection: Connection[DictRow]) -> list[Subscription]:
    return [
        Subscription(
            **{
                **row,
                "kinds": frozenset(row["kinds"]),
                "communes": frozenset(row["communes"]),
                "streams": frozenset(row["streams"]),
            }
        )
        for row in connection.execute(_SQL["subscriptions"])
    ]


def _standing(row: DictRow) -> Standing:
    return Standing(**{name: row[name] for name in Standing.__slots__})


def _told(connection: Connection[DictRow], settings: dict[str, Setting], now: datetime) -> Told:
    occasions: dict[tuple[int, int], dict[str, datetime]] = defaultdict(dict)
    for row in connection.execute(_SQL["told"]):
        occasions[row["subscription_id"], row["alert_id"]][row["occasion"]] = row["at"]
    since = now - timedelta(seconds=max(one.gather_s for one in settings.values()))
    latest = connection.execute(_SQL["latest"], {"since": since})
    return Told(occasions, {(row["subscription_id"], row["kind"]): row["at"] for row in latest})


def _write(
    connection: Connection[DictRow],
    bundle: Bundle,
    rows: dict[int, DictRow],
    territory: str,
    inbox: str,
    probes: int,
    now: datetime,
) -> None:
    """Write one message and mark what it tells."""
    subscription = bundle.subscription
    shown = ("id", "kind", "container", "stream", "commune", "point_name", "opened_at", "sentence")
    alerts = [
        messages.Told(**{name: rows[alert.id][name] for name in shown}, occasion=occasion)
        for alert, occasion in bundle.alerts
    ]
    text = compose(subscription.channel, alerts, territory, inbox, probes)
    made = connection.execute(
        _SQL["add_notification"],
        {
            "subscription": subscription.id,
            "title": text.title,
            "body": text.body,
            "document": Jsonb(text.document),
        },
    ).fetchone()
    assert made is not None  # noqa: S101 - RETURNING always returns
    with connection.cursor() as cursor:
        cursor.executemany(
            _SQL["mark_told"],
            [
                {
                    "subscription": subscription.id,
                    "alert": alert.id,
                    "occasion": occasion,
                    "now": now,
                    "notification": made["id"],
                }
                for alert, occasion in bundle.alerts
            ],
        )
