"""Read plannings and rounds as people and programs see them; the judgement of drafts is made on reading."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.dispatch.adjust import Judgement, NotPossible, Orders, Step, judge, sentence
from api.dispatch.drafts import SQL, Documents, documents_from_json
from api.dispatch.round_models import LeftOut, LeftOutContainer, PlanningOut, RoundOut, StopOut
from api.dispatch.selection import Lift, Stop
from routing import document
from routing.model import Problem, Refused


def read_documents(connection: Connection[DictRow], planning_id: int) -> Documents | None:
    """Return what the planning keeps, or None before it is done for the first time."""
    row = connection.execute(SQL["planning_documents"], {"id": planning_id}).fetchone()
    if row is None or row["problem"] is None or row["plan"] is None:
        return None
    return documents_from_json(row["problem"], row["plan"])


def read_planning(connection: Connection[DictRow], planning_id: int) -> PlanningOut | None:
    """Return one planning with its rounds, judged, and what they leave out."""
    row = connection.execute(SQL["planning"], {"id": planning_id}).fetchone()
    if row is None:
        return None
    ids = [one["id"] for one in connection.execute(SQL["rounds_of_planning"], {"planning_id": planning_id})]
    rounds = read_rounds(connection, ids)
    documents = read_documents(connection, planning_id)
    left_out: list[LeftOut] = []
    travel = ""
    if documents is not None:
        judged = judge(documents.problem, orders_of(rounds))
        rounds = [with_violations(one, documents, judged) for one in rounds]
        left_out = left_out_of(documents, rounds)
        travel = documents.problem.matrix.source
    return PlanningOut(
        **{name: row[name] for name in _PLAIN},
        budget_s=row["budget_s"],
        travel=travel,
        rounds=rounds,
        left_out=left_out,
    )


_PLAIN = (
    "id", "day", "stream", "stream_label", "colour", "vehicles", "status", "progress", "message",
    "requested_at", "finished_at",
)  # fmt: skip


def read_rounds(connection: Connection[DictRow], ids: Sequence[int]) -> list[RoundOut]:
    """Return these rounds with their stops, in the order of days and trucks."""
    stops: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(SQL["stops_of_rounds"], {"ids": list(ids)}):
        stops[row["round_id"]].append(row)
    rows = connection.execute(SQL["rounds"], {"ids": list(ids)}).fetchall()
    return [_round(row, [StopOut(**stop) for stop in _ranked(stops[row["id"]])]) for row in rows]


def read_round(connection: Connection[DictRow], round_id: int) -> RoundOut | None:
    """Return one round, judged beside the other rounds of its planning."""
    row = connection.execute(SQL["planning_of_round"], {"id": round_id}).fetchone()
    planning = read_planning(connection, row["planning_id"]) if row else None
    return next((one for one in planning.rounds if one.id == round_id), None) if planning else None


def _ranked(stops: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    rank = number = 0
    for stop in stops:
        moves = stop["kind"] in ("collect", "unload")
        collects = stop["kind"] == "collect"
        number += collects
        yield {**stop, "rank": rank if moves else None, "number": number if collects else None}
        rank += moves


def _round(row: DictRow, stops: list[StopOut]) -> RoundOut:
    lifted = [one for stop in stops for one in stop.containers]
    weighed = [stop.unloaded_kg for stop in stops if stop.kind == "unload" and stop.unloaded_kg is not None]
    return RoundOut(
        **{name: row[name] for name in _SAME},
        vehicle=row["vehicle_code"],
        start_at=stops[0].departure_at if stops else None,
        end_at=stops[-1].arrival_at if stops else None,
        collected_l=sum(one.volume_l for one in lifted),
        collected_kg=sum(one.weight_kg for one in lifted),
        unloaded_kg=sum(weighed) if weighed else None,
        stops_total=row["stops"],
        violations=[],
        stops=stops,
    )


_SAME = (
    "id", "planning_id", "day", "stream", "stream_label", "status", "version", "vehicle_name", "capacity_l",
    "capacity_kg", "driver_id", "driver", "distance_m", "duration_s", "stops_done", "stops_not_done",
)  # fmt: skip


def orders_of(rounds: Iterable[RoundOut]) -> Orders:
    """Return what each vehicle does, for the judge."""
    return {
        one.vehicle: tuple(
            Step(ref=stop.code or "", stop_id=stop.id, locked=stop.locked)
            for stop in one.stops
            if stop.rank is not None
        )
        for one in rounds
    }


def names_of(documents: Documents) -> dict[str, str]:
    """Return the names of points by the codes a violation may hold."""
    return {code: f"{stop.commune}, {stop.point_name}" for code, stop in documents.stops.items()}


def with_violations(one: RoundOut, documents: Documents, judged: Judgement | NotPossible) -> RoundOut:
    """Return the round with the sentences of the rules it breaks."""
    if isinstance(judged, NotPossible):
        return one.model_copy(update={"violations": [judged.sentence]})
    names = names_of(documents)
    sentences = [sentence(documents.problem, judged, broken, names) for broken in judged.of(one.vehicle)]
    return one.model_copy(update={"violations": list(dict.fromkeys(sentences))})


def left_out_of(documents: Documents, rounds: Sequence[RoundOut]) -> list[LeftOut]:
    """Return what no round empties, required points first, then the fullest."""
    taken = {container.code for one in rounds for stop in one.stops for container in stop.containers}
    engine = {one.task: one.text for one in documents.plan.unserved if one.task not in documents.dropped}
    found = [
        _left_stop(stop, rest, engine.get(stop.point_code, "Retirée à la main."))
        for stop in documents.stops.values()
        if (rest := [lift for lift in stop.lifts if lift.code not in taken])
    ]
    listed = {container.code for one in found for container in one.containers}
    found += [
        LeftOut(
            point=one.point_name,
            commune=one.commune,
            lat=one.lat,
            lon=one.lon,
            containers=[LeftOutContainer(code=one.code, fill_percent=one.fill_percent)],
            required=False,
            fill_percent=one.fill_percent,
            why=one.why,
        )
        for one in documents.left_alone
        if one.code not in taken and one.code not in listed
    ]
    return sorted(found, key=lambda one: (not one.required, -(one.fill_percent or 0), one.commune, one.point))


def _left_stop(stop: Stop, rest: Sequence[Lift], because: str) -> LeftOut:
    first = rest[0]
    return LeftOut(
        point=stop.point_name,
        commune=stop.commune,
        lat=stop.lat,
        lon=stop.lon,
        containers=[LeftOutContainer(code=lift.code, fill_percent=lift.fill_percent) for lift in rest],
        required=any(lift.need == "required" for lift in rest),
        fill_percent=first.fill_percent,
        why=f"{first.why.rstrip('.')}. {because}",
    )


def read_problem(connection: Connection[DictRow], planning_id: int) -> Problem | None:
    """Return the problem given to the planner, for whoever wants to replay it."""
    row = connection.execute(SQL["planning_documents"], {"id": planning_id}).fetchone()
    if row is None or row["problem"] is None:
        return None
    found = document.read(Problem, row["problem"])
    return None if isinstance(found, Refused) else found
