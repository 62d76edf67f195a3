"""A family for the tests: relatives with rights, a link in hand, a van on its round, times around now."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from fastapi.testclient import TestClient
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from api.cias.sealed import seal
from api.family.access import LINK_LIFETIME, LINK_SIGNS, add_key
from api.french import PARIS
from tests.api.test_meals_office import KEY

ALL = ("menus", "order", "delivery", "wellbeing", "bills")


def opened(dsn: str) -> Connection[DictRow]:
    """The owner's look into the database."""
    return psycopg.connect(dsn, row_factory=dict_row, autocommit=True)


def give(dsn: str, reference: str, *, rights: Sequence[str] = ALL, **more: Any) -> int:
    """An access to this person's meals, as the office gives it."""
    known: dict[str, Any] = {"name": "Claire", "email": "claire@exemple.fr", "phone": "", "themselves": False}
    known |= {"told_by": [], "large_print": False, **more}
    with opened(dsn) as connection:
        row = connection.execute(
            """
            INSERT INTO people.relative (beneficiary_id, name, themselves, email, phone, rights, told_by,
                                         large_print, made_at)
            SELECT id, %(name)s, %(themselves)s, %(email)s, %(phone)s, %(rights)s, %(told_by)s,
                   %(large_print)s, now()
            FROM people.beneficiary WHERE reference = %(reference)s RETURNING id
            """,
            {**known, "rights": list(rights), "reference": reference},
        ).fetchone()
    assert row is not None
    return int(row["id"])


def link(dsn: str, *relatives: int) -> str:
    """A link's code for these accesses, as the worker makes it when it sends one."""
    with opened(dsn) as connection:
        return add_key(connection, "link", list(relatives), LINK_LIFETIME, LINK_SIGNS)


def enter(client: TestClient, dsn: str, *relatives: int) -> TestClient:
    """Sign in with a link; later changes carry the CSRF token."""
    answer = client.post("/famille/entrer", data={"code": link(dsn, *relatives)})
    assert answer.status_code == 303, answer.text
    client.headers["X-CSRF-Token"] = client.get("/api/v1/family").json()["csrf_token"]
    return client


def at(hours: float = 0) -> datetime:
    """So many hours from now, but of the same Paris day: a test at midnight is no test of this."""
    now = datetime.now(UTC)
    day = now.astimezone(PARIS)
    wanted = (now + timedelta(hours=hours)).astimezone(PARIS)
    if wanted.date() > day.date():
        wanted = day.replace(hour=23, minute=59)
    if wanted.date() < day.date():
        wanted = day.replace(hour=0, minute=0)
    return wanted.astimezone(UTC)


def van_round(
    dsn: str, references: Sequence[str], starts: datetime, *, status: str = "published", code: str = "V1"
) -> dict[str, int]:
    """A round of these doors, one each quarter of an hour from `starts`; door numbers by reference."""
    with opened(dsn) as connection:
        run = connection.execute
        day = starts.astimezone(PARIS).date()
        room = run(
            "INSERT INTO meals.cold_room (code, name, lat, lon) VALUES (%s, 'x', 50.5, 2.1) RETURNING id",
            [code],
        ).fetchone()
        van = run(
            "INSERT INTO meals.van (code, name, cold_room_id, trays) VALUES (%s, 'x', %s, 60) RETURNING id",
            [code, room and room["id"]],
        ).fetchone()
        shift = run(
            "INSERT INTO meals.shift (van_id, name, weekdays, starts, ends) "
            "VALUES (%s, 'matin', '{1,2,3,4,5,6,7}', '08:00', '13:00') RETURNING id",
            [van and van["id"]],
        ).fetchone()
        planning = run(
            "INSERT INTO meals.planning (day, status, requested_at) VALUES (%s, 'done', now()) RETURNING id",
            [day],
        ).fetchone()
        last = starts + timedelta(minutes=15 * len(references))
        round_ = run(
            "INSERT INTO meals.round (planning_id, day, shift_id, status, distance_m, starts_at, ends_at) "
            "VALUES (%s, %s, %s, %s, 1000, %s, %s) RETURNING id",
            [planning and planning["id"], day, shift and shift["id"], status, starts, last],
        ).fetchone()
        doors = {}
        for n, reference in enumerate(references):
            arrival = starts + timedelta(minutes=15 * n)
            row = run(
                "INSERT INTO meals.door (round_id, position, beneficiary_id, arrival_at, departure_at, "
                "meals) SELECT %s, %s, id, %s, %s, '{x}' FROM people.beneficiary WHERE reference = %s "
                "RETURNING id",
                [round_ and round_["id"], n, arrival, arrival + timedelta(minutes=3), reference],
            ).fetchone()
            assert row is not None
            doors[reference] = int(row["id"])
    return doors


def say(
    dsn: str, door: int, kind: str, happened: datetime, *, wellbeing: str = "", notice: bool = False
) -> UUID:
    """What the driver says at a door, as it is kept; with the notice that families are told by."""
    event = uuid4()
    with opened(dsn) as connection, connection.transaction():
        who = connection.execute("SELECT beneficiary_id FROM meals.door WHERE id = %s", [door]).fetchone()
        assert who is not None
        text = json.dumps({"state": wellbeing, "note": "chute dans la cuisine"})
        sealed = (
            seal(bytes.fromhex(KEY), str(who["beneficiary_id"]), "wellbeing", text) if wellbeing else None
        )
        connection.execute(
            "INSERT INTO meals.door_event (event_id, door_id, kind, wellbeing, happened_at) "
            "VALUES (%s, %s, %s, %s, %s)",
            [event, door, kind, sealed, happened],
        )
        if notice:
            tell(connection, who["beneficiary_id"], kind, happened, door)
        if wellbeing == "worry":
            tell(connection, who["beneficiary_id"], "worry", happened, door)
    return event


def tell(
    connection: Connection[DictRow], person: int, kind: str, happened: datetime, door: int | None = None
) -> None:
    """A notice for the family."""
    connection.execute(
        "INSERT INTO people.family_notice (beneficiary_id, kind, door_id, happened_at) "
        "VALUES (%s, %s, %s, %s)",
        [person, kind, door, happened],
    )
