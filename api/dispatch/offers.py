"""Offer a container to a plan that left it out: find it, foresee its level, make room for its stop."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fastapi import HTTPException
from psycopg import Connection
from psycopg.rows import DictRow

from api.dispatch.adjust import Orders
from api.dispatch.drafts import Documents
from api.dispatch.planning import rig_of, with_stop
from api.dispatch.reading import column_of, read_trucks
from api.dispatch.selection import Lift, judge, stop_of
from api.french import PARIS
from routing.travel import TravelTimes
from store.queries import named_queries

_SQL = named_queries("api.dispatch", "planning.sql")


def offer_container(
    connection: Connection[DictRow],
    planning: Mapping[str, Any],
    documents: Documents,
    orders: Orders,
    code: str,
    now: datetime,
    travel: TravelTimes,
) -> tuple[Documents, bool]:
    """Return the documents in which `code` belongs to a stop, and whether a vehicle serves that stop already.

    Raises `HTTPException` when the container does not exist here or another published round takes it.
    """
    served = {step.ref for steps in orders.values() for step in steps}
    for stop in documents.stops.values():
        if any(lift.code == code for lift in stop.lifts):
            if stop.point_code in served:
                raise HTTPException(409, "Cette colonne est déjà dans une tournée de ce plan.")
            return documents, False
    today = now.astimezone(PARIS).date()
    rows = connection.execute(_SQL["containers_to_judge"], {"stream": planning["stream"], "today": today})
    row = next((row for row in rows.fetchall() if row["code"] == code), None)
    if row is None:
        raise HTTPException(404, "Cette colonne n'existe pas, ou n'est pas de ce flux.")
    column = column_of(row)
    if column.planned:
        raise HTTPException(409, f"Cette colonne est déjà prévue : {column.planned}.")
    lift: Lift = replace(judge(column, planning["day"], now), need="optional")
    known = documents.stops.get(column.point_code)
    stop = stop_of(column, [*(known.lifts if known else ()), lift])
    stop = replace(stop, required=known.required if known else False)
    rig = rig_of(read_trucks(connection, planning["vehicle_ids"]))
    changed = replace(
        documents,
        problem=with_stop(documents.problem, stop, travel, rig),
        stops={**documents.stops, stop.point_code: stop},
    )
    return changed, stop.point_code in served
