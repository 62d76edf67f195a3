"""Today's delivery as a relative follows it: what is expected, what was said at the door, how the person is.

Reads the round's progress and nobody else's name. Wellbeing is opened for whoever has that right, and logged.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.sealed import Unreadable, unseal
from api.family.access import SQL, Access, note_reading
from api.family.arrival import Stop, expected
from api.family.words import after_text, arrival_text, progress_text, state_text
from api.french import PARIS

WELL = "Tout va bien, d'après le livreur."
WORRY = "Le livreur a signalé une inquiétude. Le service est prévenu."
State = Literal["expected", "delivered", "neighbour", "absent", "refused", "blocked", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery of the day in plain words; `at` is when it is expected, or when it was told."""

    door: int
    state: State
    at: datetime
    earliest: datetime | None = None
    latest: datetime | None = None
    title: str
    detail: str = ""
    wellbeing: str = ""


def deliveries_of_day(
    connection: Connection[DictRow], key: bytes, access: Access, now: datetime
) -> tuple[Delivery, ...]:
    """What comes, or came, to this person today, in order; empty when no round is published for them."""
    day = now.astimezone(PARIS).date()
    rows = connection.execute(SQL["doors_of_day"], {"person": access.beneficiary, "day": day}).fetchall()
    return tuple(_delivery(connection, key, access, row, now) for row in rows)


def _delivery(
    connection: Connection[DictRow], key: bytes, access: Access, row: DictRow, now: datetime
) -> Delivery:
    if row["kind"] in (None, "undone"):
        return _coming(connection, row, now)
    return Delivery(
        door=row["id"],
        state=row["kind"],
        at=row["happened_at"],
        title=state_text(row["kind"], row["happened_at"]),
        detail=after_text(row["kind"], themselves=access.themselves),
        wellbeing=_wellbeing(connection, key, access, row, now),
    )


def _coming(connection: Connection[DictRow], row: DictRow, now: datetime) -> Delivery:
    if row["status"] == "cancelled":
        title = "La tournée d'aujourd'hui est annulée."
        detail = "Le service vous dira quand les repas seront apportés."
        return Delivery(door=row["id"], state="cancelled", at=row["arrival_at"], title=title, detail=detail)
    stops = [
        Stop(
            position=one["position"],
            arrival=one["arrival_at"],
            departure=one["departure_at"],
            told_at=one["told_at"],
        )
        for one in connection.execute(SQL["stops_of_round"], {"round": row["round_id"]}).fetchall()
    ]
    guess = expected(stops, row["position"], now)
    if row["status"] == "done":
        # The round is over and nothing was said at this door: better no hour than a wrong one.
        title = "La tournée est finie, sans nouvelles de cette porte."
        detail = "Appelez le service si le repas n'est pas là."
        return Delivery(door=row["id"], state="expected", at=guess.at, title=title, detail=detail)
    return Delivery(
        door=row["id"],
        state="expected",
        at=guess.at,
        earliest=guess.earliest,
        latest=guess.latest,
        title=arrival_text(guess),
        detail=progress_text(guess),
    )


def _wellbeing(
    connection: Connection[DictRow], key: bytes, access: Access, row: DictRow, now: datetime
) -> str:
    if "wellbeing" not in access.rights or row["wellbeing"] is None:
        return ""
    note_reading(connection, access, now)
    try:
        said = json.loads(unseal(key, str(access.beneficiary), "wellbeing", row["wellbeing"]))["state"]
    except (Unreadable, ValueError, KeyError):
        return ""
    # The driver's note stays with the service: it may speak of what a relative was not meant to read.
    return {"well": WELL, "worry": WORRY}.get(said, "")
