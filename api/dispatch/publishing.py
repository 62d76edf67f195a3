"""Hand a round to a driver, take it back, give it up: what must hold first, and what is told to whom."""

from datetime import datetime

from fastapi import HTTPException
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.dispatch.changes import STALE
from api.dispatch.drafts import SQL
from api.dispatch.live import notify_planning, notify_round
from api.dispatch.round_models import Publication, RoundOut, Withdrawal
from api.dispatch.round_views import read_round
from api.french import PARIS


def publish(
    connection: Connection[DictRow], account: Account, round_id: int, wanted: Publication, now: datetime
) -> RoundOut:
    """Publish a draft; raises 404, 409 (stale, not a draft) or 422 with every reason against it."""
    one = _held(connection, round_id, wanted.version)
    if one.status != "draft":
        raise HTTPException(409, "Cette tournée est déjà publiée.")
    against = reasons_against(connection, one, wanted.driver, now)
    if against:
        raise HTTPException(422, " ".join(against))
    connection.execute(SQL["publish"], {"id": round_id, "driver_id": wanted.driver})
    record(connection, account, "publish_round", f"round/{round_id}", driver=wanted.driver)
    return _told(connection, one)


def withdraw(
    connection: Connection[DictRow], account: Account, round_id: int, wanted: Withdrawal
) -> RoundOut:
    """Take a published round back (possible until the driver said something), or give a draft up."""
    one = _held(connection, round_id, wanted.version)
    if one.status in ("done", "cancelled"):
        raise HTTPException(409, "Cette tournée est terminée : elle ne change plus.")
    if one.status == "draft" and wanted.to == "draft":
        raise HTTPException(409, "Cette tournée n'est pas publiée.")
    words = connection.execute(SQL["words_of_round"], {"id": round_id}).fetchone()
    if words and words["begun"]:
        raise HTTPException(409, "Le chauffeur a commencé cette tournée : elle ne peut plus être retirée.")
    connection.execute(SQL["withdraw"], {"id": round_id, "status": wanted.to})
    record(connection, account, "withdraw_round", f"round/{round_id}", to=wanted.to)
    return _told(connection, one)


def reasons_against(
    connection: Connection[DictRow], one: RoundOut, driver_id: int, now: datetime
) -> list[str]:
    """Return every reason not to publish this round with this driver, in French; empty when it may be."""
    against = list(one.violations)
    if one.stops_total == 0:
        against.append("Cette tournée est vide.")
    if one.day < now.astimezone(PARIS).date():
        against.append("Ce jour est passé.")
    if driver_id not in {row["id"] for row in connection.execute(SQL["drivers"])}:
        against.append("Choisissez un chauffeur.")
    vehicle = connection.execute("SELECT vehicle_id FROM round WHERE id = %s", (one.id,)).fetchone()
    key = {
        "id": one.id,
        "day": one.day,
        "driver_id": driver_id,
        "vehicle_id": vehicle["vehicle_id"] if vehicle else None,
    }
    for row in connection.execute(SQL["clashes"], key):
        other = f"une tournée {row['stream_label'].lower()} publiée ce jour-là"
        if row["same_vehicle"]:
            against.append(f"{row['vehicle']} a déjà {other}.")
        elif row["same_driver"]:
            against.append(f"Ce chauffeur a déjà {other} ({row['vehicle']}).")
        if row["containers"]:
            codes = ", ".join(row["containers"][:5]) + ("…" if len(row["containers"]) > 5 else "")
            against.append(f"{row['vehicle']} vide déjà ces colonnes ce jour-là : {codes}.")
    return against


def _held(connection: Connection[DictRow], round_id: int, version: int) -> RoundOut:
    """Lock the round's planning rounds, and return it as the caller saw it."""
    row = connection.execute(SQL["planning_of_round"], {"id": round_id}).fetchone()
    if row is None:
        raise HTTPException(404, "Cette tournée n'existe pas.")
    connection.execute(SQL["rounds_to_change"], {"planning_id": row["planning_id"]})
    one = read_round(connection, round_id)
    if one is None:
        raise HTTPException(409, "Cette tournée a été abandonnée.")
    if one.version != version:
        raise HTTPException(409, STALE)
    return one


def _told(connection: Connection[DictRow], one: RoundOut) -> RoundOut:
    notify_round(connection, one.id, one.day)
    notify_planning(connection, one.planning_id)
    after = read_round(connection, one.id)
    return after or one.model_copy(update={"status": "cancelled", "version": one.version + 1})
