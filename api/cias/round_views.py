"""A day's rounds, plannings and concerns as the office sees them, in JSON and on pages."""

from datetime import date, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account
from api.cias.concerns import CONCERN
from api.cias.concerns import SQL as CONCERNS
from api.cias.day_problem import SQL
from api.cias.files import note_reading_of_the_day
from api.cias.round_documents import ConcernOut, PlannedDoor, PlannedRound, Planning, Rounds, Unserved
from api.cias.sealed import unseal

CLOSED_SHOWN = timedelta(days=14)


def planning_of(connection: Connection[DictRow], number: int) -> Planning | None:
    """A planning and whom it leaves out, by name; None when there is none of that number."""
    row = connection.execute(SQL["planning"], {"id": number}).fetchone()
    if row is None:
        return None
    left: list[dict[str, Any]] = (row["plan"] or {}).get("unserved", [])
    rows = connection.execute(SQL["names"], {"ids": [one["person"] for one in left]}).fetchall()
    names = {one["id"]: one["name"] for one in rows}
    return Planning(
        id=row["id"],
        day=row["day"],
        status=row["status"],
        message=row["message"],
        unserved=[Unserved(name=names.get(one["person"], "?"), **one) for one in left],
    )


def rounds_of(connection: Connection[DictRow], day: date) -> Rounds:
    """The day's published rounds and the latest plan's drafts."""
    latest = connection.execute(SQL["latest_planning"], {"day": day}).fetchone()
    planning = planning_of(connection, latest["id"]) if latest else None
    wanted = {"day": day, "planning": planning and planning.id}
    rounds = connection.execute(SQL["rounds_of_day"], wanted).fetchall()
    doors: dict[int, list[PlannedDoor]] = {row["id"]: [] for row in rounds}
    for row in connection.execute(SQL["doors_of_day"], {"rounds": list(doors)}).fetchall():
        doors[row["round_id"]].append(PlannedDoor.model_validate(row))
    if planning is not None:
        # Whoever the office gave a place by hand is no longer without one.
        placed = {door.person for found in doors.values() for door in found}
        planning.unserved = [one for one in planning.unserved if one.person not in placed]
    made = [PlannedRound.model_validate({**row, "doors": doors[row["id"]]}) for row in rounds]
    return Rounds(day=day, planning=planning, rounds=made)


def concerns_of(
    connection: Connection[DictRow], key: bytes, account: Account, now: datetime, *, closed: bool
) -> list[ConcernOut]:
    """What is open, the gravest first, and with `closed` what was closed lately. Openings are logged."""
    wanted = {"closed": closed, "since": now - CLOSED_SHOWN}
    rows = connection.execute(CONCERNS["concerns"], wanted).fetchall()
    opened = sorted({row["person"] for row in rows if row["detail"] is not None})
    if opened:
        note_reading_of_the_day(connection, account, opened, "file", now)
    return [
        ConcernOut.model_validate(
            {
                **row,
                "detail": ""
                if row["detail"] is None
                else unseal(key, str(row["person"]), CONCERN, row["detail"]),
            }
        )
        for row in rows
    ]
