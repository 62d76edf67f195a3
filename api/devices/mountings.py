"""Which probe hangs in which container, from when to when: mount, unmount, replace, correct.

The database refuses two places at once; this module says in French which mounting is in the way. A change
also changes what past readings mean: it is handed to the worker (`recompute`) in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from fastapi import HTTPException
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.range import Range

from api.auth import Account, record
from api.devices.words import dated
from api.queue import defer
from store.queries import named_queries

FUTURE = timedelta(minutes=5)
_SQL = named_queries("api.devices", "mountings.sql")
_BUSY = "D'autres changements sont en cours : réessayez dans un instant."


class Conflict(Exception):
    """A mounting cannot be written; the message is a French sentence that names what is in the way."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A probe in a container from an instant on, until another or for good. Ids are the database's."""

    device_id: int
    container_id: int
    since: datetime
    until: datetime | None = None

    @property
    def during(self) -> Range[datetime]:
        """The same as a range."""
        return Range(self.since, self.until, "[)")


def begin(connection: Connection[DictRow]) -> None:
    """Wait for the batches under way and hold the next ones until commit: all read one set of mountings.

    Without it a batch that read the mountings before the change could write after it was recomputed.
    """
    connection.execute("SET LOCAL lock_timeout = '5s'")
    try:
        connection.execute("LOCK TABLE mounting IN ACCESS EXCLUSIVE MODE")
    except psycopg.errors.LockNotAvailable as error:
        raise HTTPException(503, _BUSY) from error


def check_instant(at: datetime, now: datetime) -> None:
    """Refuse an instant in the future; raises `Conflict`."""
    if at > now + FUTURE:
        raise Conflict(f"Le {dated(at)} n'est pas encore venu : un montage se note quand il est fait.")


def add(connection: Connection[DictRow], wish: Wish) -> None:
    """Write a mounting.

    Raises `Conflict`, after which the transaction goes on as if nothing had been tried.
    """
    parameters = {"device_id": wish.device_id, "container_id": wish.container_id, "during": wish.during}
    try:
        with connection.transaction():
            connection.execute(_SQL["add"], parameters)
    except psycopg.errors.ExclusionViolation as error:
        raise Conflict(_in_the_way(connection, parameters)) from error
    except (psycopg.errors.CheckViolation, psycopg.DataError) as error:
        raise Conflict("Le démontage doit être après le montage.") from error


def _in_the_way(connection: Connection[DictRow], parameters: dict[str, object]) -> str:
    row = connection.execute(_SQL["in_the_way"], parameters).fetchone()
    if row is None:
        return "Un autre montage occupe déjà cette période."
    span = f"depuis le {dated(row['since'])}"
    if row["until"] is not None:
        span = f"du {dated(row['since'])} au {dated(row['until'])}"
    if row["same_device"]:
        return f"La sonde {row['serial']} est déjà montée dans {row['code']} {span}."
    return f"La colonne {row['code']} porte déjà la sonde {row['serial']} {span}."


def mount(connection: Connection[DictRow], account: Account, wish: Wish, now: datetime) -> None:
    """Hang a probe in a container; raises `Conflict`."""
    check_instant(wish.since, now)
    with connection.transaction():
        begin(connection)
        add(connection, wish)
        _tell(connection, account, "mount", wish.device_id, [wish], wish.since, wish.until)


def unmount(
    connection: Connection[DictRow], account: Account, device_id: int, at: datetime, now: datetime
) -> None:
    """Take a probe out of where it hangs, from `at` on; raises `Conflict`."""
    check_instant(at, now)
    with connection.transaction():
        begin(connection)
        ended = _end(connection, device_id, at)
        _tell(connection, account, "unmount", device_id, [ended], at, None)


def _end(connection: Connection[DictRow], device_id: int, at: datetime) -> Wish:
    row = connection.execute(_SQL["open_of_device"], {"device_id": device_id}).fetchone()
    if row is None:
        raise Conflict("Cette sonde n'est montée nulle part.")
    if at <= row["since"]:
        raise Conflict(f"Le démontage doit être après le montage, le {dated(row['since'])}.")
    connection.execute(_SQL["end"], {"device_id": device_id, "since": row["since"], "until": at})
    return Wish(device_id, row["container_id"], row["since"], at)


def replace(
    connection: Connection[DictRow], account: Account, old_id: int, new_id: int, at: datetime, now: datetime
) -> None:
    """Put another probe in the place of one, at one instant; raises `Conflict`."""
    check_instant(at, now)
    if old_id == new_id:
        raise Conflict("Une sonde ne se remplace pas par elle-même.")
    with connection.transaction():
        begin(connection)
        ended = _end(connection, old_id, at)
        begun = Wish(new_id, ended.container_id, at)
        add(connection, begun)
        _tell(connection, account, "replace", old_id, [ended, begun], at, None)


def correct(
    connection: Connection[DictRow], account: Account, old: Wish, new: Wish | None, now: datetime
) -> None:
    """Write what was really done instead of `old` (None.

    Nothing was); raises `Conflict`. The past is re-read.
    """
    if new is not None:
        check_instant(new.since, now)
        if new.until is not None:
            check_instant(new.until, now)
    with connection.transaction():
        begin(connection)
        wanted = {"device_id": old.device_id, "container_id": old.container_id, "since": old.since}
        gone = connection.execute(_SQL["remove"], wanted).fetchone()
        if gone is None:
            raise Conflict("Ce montage a changé entre-temps : rechargez la page.")
        was = Wish(old.device_id, old.container_id, old.since, gone["until"])
        if new is not None:
            add(connection, new)
        since, until = changed_period(was, new)
        if since == until:
            return
        _tell(
            connection,
            account,
            "correct_mounting",
            old.device_id,
            [was, *([new] if new else [])],
            since,
            until,
        )


def changed_period(old: Wish, new: Wish | None) -> tuple[datetime, datetime | None]:
    """Return the smallest period outside which nothing changed: (since, until), until None for no end."""
    if new is None or (new.device_id, new.container_id) != (old.device_id, old.container_id):
        both = [old, *([new] if new else [])]
        known = [one.until for one in both if one.until is not None]
        return min(one.since for one in both), max(known) if len(known) == len(both) else None
    first = min(old.since, new.since)
    if old.until == new.until:
        return first, max(old.since, new.since)
    ends = [one for one in (old.until, new.until) if one is not None]
    since = first if old.since != new.since else min(ends)
    return since, max(ends) if len(ends) == 2 else None


def _tell(
    connection: Connection[DictRow],
    account: Account,
    action: str,
    device_id: int,
    wishes: list[Wish],
    since: datetime,
    until: datetime | None,
) -> None:
    """Record who did it, and have the period read again."""
    spans = [
        [one.device_id, one.container_id, one.since.isoformat(), one.until and one.until.isoformat()]
        for one in wishes
    ]
    record(connection, account, action, f"device/{device_id}", mountings=spans)
    ask_recompute(
        connection,
        sorted({one.device_id for one in wishes}),
        sorted({one.container_id for one in wishes}),
        since,
        until,
    )


def ask_recompute(
    connection: Connection[DictRow],
    device_ids: list[int],
    container_ids: list[int],
    since: datetime,
    until: datetime | None,
) -> None:
    """Have the worker read this period of these devices again, once the caller's transaction commits."""
    defer(
        connection,
        "recompute",
        device_ids=device_ids,
        container_ids=container_ids,
        since=since.isoformat(),
        until=None if until is None else until.isoformat(),
    )
