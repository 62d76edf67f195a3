"""Ask for a day's rounds: who gets how many trays and who is used to whom, as a document of numbers.

Only here, in the process that holds the key, are files opened; each opening is logged.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.auth import Account, record
from api.cias.asking import CARRIED_AHEAD_DAYS, settled
from api.cias.files import SQL as FILES
from api.cias.files import note_reading
from api.cias.round_problem import DayAsked, DoorAsked, LeftOut, VanAsked
from api.queue import defer
from meals.kitchen import deliveries
from store.queries import named_queries

SQL = named_queries("api.cias", "rounds.sql")
NOWHERE = "Son adresse n'est pas placée sur la carte : donnez sa latitude et sa longitude."


class CannotPlan(Exception):
    """Nothing to plan with; the message is a French sentence."""


def ask_planning(
    connection: Connection[DictRow],
    key: bytes,
    account: Account,
    day: date,
    now: datetime,
    *,
    budget_s: int = 10,
    seed: int = 1,
) -> int:
    """Write what is to be planned and queue it, in one transaction; a plan that waits already is the answer.

    Raises `CannotPlan`.
    """
    waiting = connection.execute(SQL["planning_waiting"], {"day": day}).fetchone()
    if waiting is not None:
        return int(waiting["id"])
    asked = asked_for(connection, key, account, day, now)
    wanted = {"day": day, "budget_s": budget_s, "seed": seed, "account": account.id}
    problem = Jsonb(asked.model_dump(mode="json"))
    row = connection.execute(SQL["add_planning"], {**wanted, "problem": problem}).fetchone()
    assert row is not None  # noqa: S101 - RETURNING always returns
    defer(connection, "plan_meals", planning_id=row["id"])
    record(connection, account, "plan_meals", f"meal_planning/{row['id']}", day=day.isoformat())
    return int(row["id"])


def asked_for(
    connection: Connection[DictRow], key: bytes, account: Account, day: date, now: datetime
) -> DayAsked:
    """The day as it is asked for now, without who is on a published round already. Raises `CannotPlan`."""
    vans = connection.execute(SQL["shifts_of_day"], {"day": day}).fetchall()
    if not vans:
        raise CannotPlan("Aucun fourgon libre ce jour-là : réglez les fourgons et leurs demi-journées.")
    done = {row["beneficiary_id"] for row in connection.execute(SQL["already_carried"], {"day": day})}
    trays = {
        who: meals for who, meals in carried(connection, key, account, day, now).items() if who not in done
    }
    if not trays:
        raise CannotPlan("Rien n'est à livrer ce jour-là, ou tout est déjà sur une tournée publiée.")
    rows = connection.execute(FILES["people_served"], {"first": day, "last": day}).fetchall()
    people = {row["id"]: row for row in rows if row["id"] in trays}
    habits = _habits(connection, list(people), day)
    placed = {who: row for who, row in people.items() if row["lat"] is not None and row["lon"] is not None}
    room = (vans[0]["room_lat"], vans[0]["room_lon"])
    return DayAsked(
        day=day,
        cold_room=room,
        ride_s=min(one["ride_s"] for one in vans),
        doors=tuple(_door(row, trays[who], habits.get(who)) for who, row in sorted(placed.items())),
        vans=tuple(_van(one) for one in vans),
        left_out=tuple(LeftOut(person=who, text=NOWHERE) for who in sorted(set(people) - set(placed))),
    )


def carried(
    connection: Connection[DictRow], key: bytes, account: Account, day: date, now: datetime
) -> Mapping[int, tuple[str, ...]]:
    """Whom a delivery reaches that day, with the numbers of its meals. Their files are opened: logged."""
    rows = connection.execute(FILES["people_served"], {"first": day, "last": day}).fetchall()
    note_reading(connection, account, [row["id"] for row in rows], "round", now)
    _, found = settled(connection, key, rows, day, day + timedelta(days=CARRIED_AHEAD_DAYS))
    return {int(one.person): one.meals for one in deliveries(found.meals) if one.day == day}


def _habits(connection: Connection[DictRow], ids: list[int], day: date) -> dict[int, DictRow]:
    rows = connection.execute(SQL["habits_of_people"], {"ids": ids, "day": day}).fetchall()
    return {row["beneficiary_id"]: row for row in rows}


def _door(row: DictRow, meals: tuple[str, ...], habit: DictRow | None) -> DoorAsked:
    window = (row["window_from"], row["window_until"])
    return DoorAsked(
        person=row["id"],
        lat=row["lat"],
        lon=row["lon"],
        meals=meals,
        windows=() if window[0] is None else ((_seconds(window[0]), _seconds(window[1])),),
        usual_driver=None if habit is None else habit["driver_id"],
        usual_shift=None if habit is None else habit["shift_id"],
        usual_s=None if habit is None else habit["usual_s"],
    )


def _seconds(clock: datetime) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _van(row: DictRow) -> VanAsked:
    room = (row["room_lat"], row["room_lon"])
    return VanAsked(
        shift=row["shift"],
        driver=row["driver_id"],
        trays=row["trays"],
        starts_s=row["starts_s"],
        ends_s=row["ends_s"],
        start=room if row["start_lat"] is None else (row["start_lat"], row["start_lon"]),
        end=room if row["end_lat"] is None else (row["end_lat"], row["end_lon"]),
    )
