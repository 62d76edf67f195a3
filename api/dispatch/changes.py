"""Apply a dispatcher's changes to draft rounds: judged, written, audited, with the way back.

Every change is written even when it breaks a rule: the page shows the rule, and publishing refuses.
Two dispatchers: the version of each round touched must be the one the page showed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from fastapi import HTTPException
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.dispatch.adjust import (
    Add,
    Change,
    Drop,
    Judgement,
    Lock,
    Move,
    NotPossible,
    Orders,
    apply,
    judge,
    sentence,
)
from api.dispatch.drafts import (
    SQL,
    Documents,
    Held,
    documents_from_json,
    documents_to_json,
    hold,
    write_routes,
)
from api.dispatch.live import notify_planning, notify_round
from api.dispatch.offers import offer_container
from api.dispatch.planning import instant
from api.dispatch.round_models import (
    AddContainer,
    AddUnloading,
    Changed,
    DropStop,
    Effect,
    LockStop,
    MoveStop,
    RoundChange,
)
from api.dispatch.round_views import names_of, read_planning
from routing.travel import TravelTimes

STALE = "Une autre personne vient de modifier cette tournée : voyez sa version, puis recommencez."


def change_rounds(
    connection: Connection[DictRow],
    account: Account,
    planning_id: int,
    versions: Mapping[int, int],
    changes: Sequence[RoundChange],
    now: datetime,
    travel: TravelTimes,
) -> Changed:
    """Apply all the changes or none; raises `HTTPException` 404, 409 or 422 with a French sentence."""
    planning = connection.execute(SQL["planning_documents_to_change"], {"id": planning_id}).fetchone()
    if planning is None:
        raise HTTPException(404, "Ce plan n'existe pas.")
    if planning["plan"] is None or planning["status"] in ("queued", "running"):
        raise HTTPException(409, "Ce plan n'est pas encore prêt : attendez la fin du calcul.")
    documents = documents_from_json(planning["problem"], planning["plan"])
    held = hold(connection, planning_id)
    after, orders = documents, held.orders
    undo: list[RoundChange] = []
    for change in changes:
        after, orders, back = _one(connection, planning, after, orders, change, now, travel)
        undo = [*back, *undo]
    touched = _touched(held.orders, orders, documents, after)
    _refuse_stale(held, touched, versions)
    before, judged = judge(documents.problem, held.orders), judge(after.problem, orders)
    if isinstance(judged, NotPossible):
        raise HTTPException(422, judged.sentence)
    if after is not documents:
        problem, plan = documents_to_json(after)
        connection.execute(SQL["save_documents"], {"id": planning_id, "problem": problem, "plan": plan})
    row = {"id": planning_id, "day": planning["day"], "stream": planning["stream"]}
    write_routes(
        connection, row, judged.plan, after, {vehicle: orders[vehicle] for vehicle in touched}, held.technical
    )
    record(
        connection,
        account,
        "change_rounds",
        f"planning/{planning_id}",
        changes=[change.model_dump() for change in changes],
    )
    notify_planning(connection, planning_id)
    for one in held.rounds.values():
        notify_round(connection, one["id"], one["day"])
    return _answer(connection, planning_id, before, judged, after, touched, undo)


_Stepped = tuple[Documents, Orders, list[RoundChange]]


def _one(
    connection: Connection[DictRow],
    planning: Mapping[str, Any],
    documents: Documents,
    orders: Orders,
    change: RoundChange,
    now: datetime,
    travel: TravelTimes,
) -> _Stepped:
    """Return the documents and orders after one change, and what takes it back."""
    wanted: Change | None
    match change:
        case MoveStop():
            wanted = Move(stop_id=change.stop, vehicle=change.vehicle, position=change.position)
        case DropStop():
            wanted = Drop(stop_id=change.stop)
        case LockStop():
            wanted = Lock(stop_id=change.stop, locked=change.kind == "lock")
        case AddUnloading():
            if change.site not in {site.id for site in documents.problem.unloading_sites}:
                raise HTTPException(422, "Ce site de vidage n'accepte pas ce flux.")
            wanted = Add(ref=change.site, vehicle=change.vehicle, position=change.position)
        case AddContainer():
            documents, served = offer_container(
                connection, planning, documents, orders, change.container, now, travel
            )
            point = next(
                stop.point_code
                for stop in documents.stops.values()
                if any(lift.code == change.container for lift in stop.lifts)
            )
            wanted = None if served else Add(ref=point, vehicle=change.vehicle, position=change.position)
    if wanted is None:  # its point was a stop already: only the load changed
        return documents, orders, []
    done = apply(orders, wanted, documents.problem)
    if isinstance(done, NotPossible):
        raise HTTPException(409, done.sentence)
    back = list(_inverse(orders, documents, change))
    if isinstance(change, DropStop):
        gone = _refs(orders) - _refs(done)
        documents = replace(documents, dropped=documents.dropped | (gone & documents.stops.keys()))
    return documents, done, back


def _refs(orders: Orders) -> set[str]:
    return {step.ref for steps in orders.values() for step in steps}


def _inverse(before: Orders, documents: Documents, change: RoundChange) -> Iterable[RoundChange]:
    if isinstance(change, LockStop):
        kind: Any = "unlock" if change.kind == "lock" else "lock"
        yield LockStop(kind=kind, stop=change.stop)
        return
    if not isinstance(change, MoveStop | DropStop):
        return  # a new stop has no number yet: the page drops it by hand
    for vehicle, steps in before.items():
        for position, step in enumerate(steps):
            if step.stop_id != change.stop:
                continue
            if isinstance(change, MoveStop):
                yield MoveStop(kind="move", stop=change.stop, vehicle=vehicle, position=position)
            elif step.ref in documents.stops:
                code = documents.stops[step.ref].lifts[0].code
                yield AddContainer(kind="add", container=code, vehicle=vehicle, position=position)
            else:
                yield AddUnloading(kind="add_unloading", site=step.ref, vehicle=vehicle, position=position)


def _touched(before: Orders, after: Orders, old: Documents, new: Documents) -> list[str]:
    loads = {code for code, stop in new.stops.items() if old.stops.get(code) != stop}
    return [
        vehicle
        for vehicle, steps in after.items()
        if before.get(vehicle, ()) != steps or any(step.ref in loads for step in steps)
    ]


def _refuse_stale(held: Held, touched: Iterable[str], versions: Mapping[int, int]) -> None:
    for vehicle in touched:
        row = held.rounds.get(vehicle)
        if row is None:
            continue  # the truck stayed home so far: its round is made now
        if row["status"] != "draft":
            raise HTTPException(
                409, f"La tournée de {row['vehicle_name']} est publiée : retirez-la avant de la modifier."
            )
        if versions.get(row["id"]) != row["version"]:
            raise HTTPException(409, STALE)


def _answer(
    connection: Connection[DictRow],
    planning_id: int,
    before: Judgement | NotPossible,
    judged: Judgement,
    documents: Documents,
    touched: Sequence[str],
    undo: list[RoundChange],
) -> Changed:
    planning = read_planning(connection, planning_id)
    assert planning is not None  # noqa: S101 - locked above
    earlier = {} if isinstance(before, NotPossible) else {one.vehicle: one for one in before.plan.routes}
    later = {one.vehicle: one for one in judged.plan.routes}
    names = {one.vehicle: one.vehicle_name for one in planning.rounds}
    effects = []
    for vehicle in touched:
        old, new = earlier.get(vehicle), later.get(vehicle)
        effects.append(
            Effect(
                vehicle=vehicle,
                vehicle_name=names.get(vehicle, vehicle),
                distance_m_before=old.distance_m if old else 0,
                distance_m=new.distance_m if new else 0,
                end_at_before=instant(planning.day, old.visits[-1].arrival_s) if old else None,
                end_at=instant(planning.day, new.visits[-1].arrival_s) if new else None,
                violations=list(
                    dict.fromkeys(
                        sentence(documents.problem, judged, one, names_of(documents))
                        for one in judged.of(vehicle)
                    )
                ),
            )
        )
    return Changed(effects=effects, undo=undo, planning=planning)
