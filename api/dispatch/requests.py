"""Ask for a planning, ask again, cancel: what may be asked for, and the job that goes with it."""

from datetime import date, datetime, timedelta

from fastapi import HTTPException
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.dispatch.drafts import SQL
from api.dispatch.live import notify_planning
from api.dispatch.round_models import NewPlanning, VehicleOut
from api.french import PARIS
from api.jobs import defer_planning

FURTHEST = timedelta(days=30)


def next_working_day(now: datetime) -> date:
    """Return the next day from Monday to Friday, after today in Paris."""
    day = now.astimezone(PARIS).date() + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day


def vehicles_on(connection: Connection[DictRow], day: date, stream: str | None = None) -> list[VehicleOut]:
    """Return the active trucks, those that carry `stream` when given, with what keeps them on `day`."""
    rows = connection.execute(SQL["vehicles"], {"day": day}).fetchall()
    return [VehicleOut(**row) for row in rows if stream is None or stream in row["streams"]]


def check_request(connection: Connection[DictRow], wanted: NewPlanning, now: datetime) -> list[int]:
    """Return the ids of the trucks to plan with; raises 422 with what is wrong with the request."""
    today = now.astimezone(PARIS).date()
    if wanted.day < today:
        raise HTTPException(422, "Ce jour est passé : choisissez aujourd'hui ou plus tard.")
    if wanted.day > today + FURTHEST:
        raise HTTPException(
            422, "Ce jour est trop loin : les niveaux ne se prévoient pas à plus de 30 jours."
        )
    streams = {row["code"] for row in connection.execute(SQL["streams"])}
    if wanted.stream not in streams:
        raise HTTPException(422, "Ce flux n'existe pas.")
    able = {one.code: one for one in vehicles_on(connection, wanted.day, wanted.stream)}
    for code in wanted.vehicles:
        if code not in able:
            raise HTTPException(422, f"Le camion « {code} » n'existe pas, ou ne collecte pas ce flux.")
        if able[code].busy:
            raise HTTPException(
                422, f"{able[code].name} a déjà une tournée publiée ce jour-là ({able[code].busy})."
            )
    chosen = wanted.vehicles or [code for code, one in able.items() if not one.busy]
    if not chosen:
        raise HTTPException(422, "Aucun camion n'est disponible pour ce flux ce jour-là.")
    return [able[code].id for code in dict.fromkeys(chosen)]


def add_planning(
    connection: Connection[DictRow],
    wanted: NewPlanning,
    now: datetime,
    seconds: int,
    account: Account | None = None,
) -> int:
    """Write the request and return its id; the caller queues or runs it."""
    ids = check_request(connection, wanted, now)
    row = connection.execute(
        SQL["add_planning"],
        {
            "day": wanted.day,
            "stream": wanted.stream,
            "vehicle_ids": ids,
            "budget_s": wanted.budget_s or seconds,
            "seed": 1,
            "service_percent": wanted.service_percent,
            "requested_by": account.id if account else None,
        },
    ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING always returns
    return int(row["id"])


def request_planning(
    connection: Connection[DictRow], account: Account, wanted: NewPlanning, now: datetime, seconds: int
) -> int:
    """Write the request and its job together, and return the planning's id."""
    planning_id = add_planning(connection, wanted, now, seconds, account)
    defer_planning(connection, planning_id)
    record(
        connection,
        account,
        "request_planning",
        f"planning/{planning_id}",
        day=wanted.day.isoformat(),
        stream=wanted.stream,
    )
    return planning_id


def request_replanning(
    connection: Connection[DictRow], account: Account, planning_id: int, seconds: int
) -> None:
    """Plan the drafts again, with what is locked; published rounds do not move."""
    known = connection.execute(SQL["planning"], {"id": planning_id}).fetchone()
    if known is None:
        raise HTTPException(404, "Ce plan n'existe pas.")
    row = connection.execute(SQL["replan"], {"id": planning_id, "budget_s": seconds}).fetchone()
    if row is None:
        raise HTTPException(409, "Ce plan est déjà en cours de calcul.")
    defer_planning(connection, planning_id)
    record(connection, account, "request_replanning", f"planning/{planning_id}")
    notify_planning(connection, planning_id)


def request_cancel(connection: Connection[DictRow], account: Account, planning_id: int) -> None:
    """Ask the worker to stop; a planning that nobody began is over at once."""
    row = connection.execute(SQL["request_cancel"], {"id": planning_id}).fetchone()
    if row is None:
        known = connection.execute(SQL["planning"], {"id": planning_id}).fetchone()
        if known is None:
            raise HTTPException(404, "Ce plan n'existe pas.")
        raise HTTPException(409, "Ce calcul est déjà terminé.")
    record(connection, account, "cancel_planning", f"planning/{planning_id}")
    notify_planning(connection, planning_id)
