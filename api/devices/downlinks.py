"""Settings asked of probes: queued with the request, sent by the worker, cancelled before that.

At least once: a worker that dies between the broker's acknowledgement and the commit sends again, under the
same id, which a probe that has seen it only acknowledges again. Answers are ingest's to read.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.devices.frames import Setting, Unfit
from api.devices.wire import Message, Target, message
from api.mqtt import Broker, Unreachable, publish
from api.queue import defer
from store.clock import read_clock
from store.queries import named_queries

AT_ONCE = 200
_SQL = named_queries("api.devices", "downlinks.sql")
_log = logging.getLogger(__name__)


def target_of(row: DictRow) -> Target:
    """Return how the device of a row is named."""
    return Target(**{name: row[name] for name in Target.__slots__})


def queue(
    connection: Connection[DictRow], account: Account, device: DictRow, setting: Setting, now: datetime
) -> UUID | Unfit:
    """Queue a setting for a device; its id, or why this device cannot be told."""
    downlink_id = uuid4()
    made = message(target_of(device), downlink_id, setting, now)
    if isinstance(made, Unfit):
        return made
    connection.execute(
        _SQL["add"],
        {
            "id": downlink_id,
            "device_id": device["id"],
            "kind": setting.kind,
            "value": setting.value,
            "by": account.id,
            "at": now,
        },
    )
    record(
        connection,
        account,
        "downlink",
        f"device/{device['id']}",
        downlink=str(downlink_id),
        kind=setting.kind,
        value=setting.value,
    )
    defer(connection, "send_downlinks")
    return downlink_id


def cancel(
    connection: Connection[DictRow], account: Account, device_id: int, downlink_id: UUID, now: datetime
) -> bool:
    """Take back a downlink that is not sent yet; False when it is too late."""
    gone = connection.execute(
        _SQL["cancel"], {"id": downlink_id, "device_id": device_id, "at": now}
    ).fetchone()
    if gone is None:
        return False
    record(connection, account, "cancel_downlink", f"device/{device_id}", downlink=str(downlink_id))
    return True


def send_waiting(connection: Connection[DictRow], brokers: Mapping[str, Broker]) -> int:
    """Send what waits, each to the broker of its network; return how many were sent.

    Rows that another worker holds are left to it. A broker that is away keeps its downlinks waiting.
    """
    with connection.transaction():
        now = read_clock(connection).now()
        rows = connection.execute(_SQL["waiting"], {"at_most": AT_ONCE}).fetchall()
        by_broker: dict[str, list[tuple[UUID, Message]]] = {}
        for row in rows:
            made = message(target_of(row), row["id"], Setting(row["kind"], row["value"]), now)
            if isinstance(made, Unfit):  # the device changed since it was asked
                connection.execute(_SQL["give_up"], {"id": row["id"], "at": now, "error": made.sentence})
            else:
                by_broker.setdefault(made.broker, []).append((row["id"], made))
        return sum(_send(connection, brokers, name, posts, now) for name, posts in by_broker.items())


def _send(
    connection: Connection[DictRow],
    brokers: Mapping[str, Broker],
    name: str,
    posts: list[tuple[UUID, Message]],
    now: datetime,
) -> int:
    sent: list[UUID] = []
    try:
        if name not in brokers:
            raise Unreachable(f"no broker is set for {name}")
        publish(brokers[name], [post for _, post in posts], lambda number: sent.append(posts[number][0]))
    except Unreachable as error:
        _log.warning("%d downlink(s) for %s wait: %s", len(posts) - len(sent), name, error)
    connection.execute(_SQL["note_sent"], {"ids": sent, "at": now})
    connection.execute(_SQL["note_tried"], {"ids": [one for one, _ in posts if one not in sent]})
    return len(sent)
