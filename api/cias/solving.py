"""One planning of meals from its document of numbers to draft rounds: solve, check, write. The worker's.

It reads no file and no name. The row `meals.planning` is the truth: how far the work is, and how it ended, in
a sentence; nothing hangs, for a planning nobody finishes is given up by the minute's job.
"""

import json
import logging
from collections.abc import Mapping

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.cias.round_problem import DayAsked, day_of, instant, usual_word, with_matrix
from api.cias.rounds import places_of, steadiest
from api.french import kilometres
from routing.checker import violations
from routing.model import Failed, Plan, Problem, Refused, Route
from routing.portfolio import solve_in_children
from routing.schedule import Orders
from routing.travel import TravelTimes
from store.connection import connect
from store.queries import named_queries

SQL = named_queries("api.cias", "rounds.sql")
PATIENCE_S = 120
"""Beside four times its budget, what a planning may wait and take before it is given up."""
UNSERVED = {
    "closed": "Aucun fourgon ne peut y être dans son créneau.",
    "no_road": "Aucune route connue n'y mène.",
    "too_far": "Trop loin pour un aller et retour dans la demi-journée, ou pour le froid.",
    "too_big": "Plus de plateaux que n'en tient un fourgon.",
    "day_full": "Plus de place dans la journée à côté des autres personnes.",
}
"""Why somebody has no place, in the office's words; other reasons stand as `routing` says them."""
_log = logging.getLogger(__name__)


def run_planning(dsn: str, planning_id: int, travel: TravelTimes, *, steps: int | None = None) -> str | None:
    """Plan it and write its drafts; return its message, None when somebody else did.

    `steps` instead of the budget makes the plan the same each time. Anything unforeseen ends the planning as
    failed and is raised again.
    """
    with connect(dsn, role="glaneur_worker", application="glaneur-planner") as connection:
        row = connection.execute(SQL["begin_planning"], {"id": planning_id}).fetchone()
        announce(connection, planning_id)
        connection.commit()
        if row is None:
            return None
        try:
            return _plan(connection, row, travel, steps)
        except Exception:
            connection.rollback()
            _end(connection, planning_id, "failed", "Le calcul a rencontré une erreur imprévue.")
            raise


def give_up(connection: Connection[DictRow]) -> int:
    """Say of plannings nobody finished that they failed; return how many. Commits."""
    rows = connection.execute(SQL["give_up_plannings"], {"patience_s": PATIENCE_S}).fetchall()
    for row in rows:
        announce(connection, row["id"])
    connection.commit()
    return len(rows)


def _plan(connection: Connection[DictRow], row: DictRow, travel: TravelTimes, steps: int | None) -> str:
    asked = DayAsked.model_validate(row["problem"])
    day = day_of(asked)
    matrix = travel.travel(places_of(day)).matrix
    told: list[str] = []
    left_s = [float(row["budget_s"]), row["budget_s"] / 2]

    def solve(problem: Problem, start: Orders) -> Plan | None:
        seconds = left_s.pop(0) if left_s else row["budget_s"] / 2
        found = solve_in_children(problem, seconds=seconds, seed=row["seed"], start=start, steps=steps)
        if isinstance(found, Failed):
            told.append(found.text)
            return found.plan
        if isinstance(found, Refused):
            told.extend(one.text for one in found.reasons)
            return None
        return found

    best = steadiest(day, matrix, solve)
    if best is None:
        return _end(connection, row["id"], "failed", " ".join(told) or "Aucun plan n'a été trouvé.")
    if violations(*best):  # the child's parent checked it already: this would be a fault of ours
        _log.error("meal planning %s: the plan breaks %d rules", row["id"], len(violations(*best)))
        return _end(connection, row["id"], "failed", "Le plan trouvé ne passe pas la vérification.")
    return _write(connection, row, with_matrix(asked, matrix), best[1])


def _write(connection: Connection[DictRow], row: DictRow, asked: DayAsked, plan: Plan) -> str:
    unserved = [
        {"person": int(one.task), "code": one.code, "text": UNSERVED.get(one.code, one.text)}
        for one in plan.unserved
    ]
    unserved += [{"person": one.person, "code": "nowhere", "text": one.text} for one in asked.left_out]
    served = sum(visit.kind == "collect" for route in plan.routes for visit in route.visits)
    rounds = len(plan.routes)
    message = (
        f"{served} personne{'s' if served > 1 else ''}, {kilometres(plan.distance_m)}, "
        f"{rounds} tournée{'s' if rounds > 1 else ''}."
    )
    if unserved:
        message += f" {len(unserved)} sans place."
    answer = {"unserved": unserved, "distance_m": plan.distance_m, "engine": plan.engine}
    documents = {"problem": Jsonb(asked.model_dump(mode="json")), "plan": Jsonb(answer)}
    if not _finish(connection, row["id"], "done", message, documents):
        connection.rollback()
        return message
    connection.execute(SQL["drop_drafts"], {"day": asked.day})
    for route in plan.routes:
        number = write_round(connection, row["id"], asked, route)
        for position, values in enumerate(doors_of(asked, route), 1):
            connection.execute(SQL["add_door"], {"round": number, "position": position, **values})
    announce(connection, row["id"])
    connection.commit()
    return message


def write_round(connection: Connection[DictRow], planning: int, asked: DayAsked, route: Route) -> int:
    """The round's own row, new or brought up to date; return its number."""
    van = next(one for one in asked.vans if str(one.shift) == route.vehicle)
    made = connection.execute(
        SQL["add_round"],
        {
            "planning": planning,
            "day": asked.day,
            "shift": van.shift,
            "driver": van.driver,
            "distance_m": route.distance_m,
            "starts_at": instant(asked.day, route.visits[0].departure_s),
            "ends_at": instant(asked.day, route.visits[-1].arrival_s),
        },
    ).fetchone()
    assert made is not None  # noqa: S101 - RETURNING always returns
    return int(made["id"])


def doors_of(asked: DayAsked, route: Route) -> list[dict[str, object]]:
    """The doors of a route in order, as rows: one arrives when service starts, not when the van does."""
    van = next(one for one in asked.vans if str(one.shift) == route.vehicle)
    doors = {str(one.person): one for one in asked.doors}
    return [
        {
            "person": doors[visit.ref].person,
            "arrival_at": instant(asked.day, visit.start_s),
            "departure_at": instant(asked.day, visit.departure_s),
            "meals": list(doors[visit.ref].meals),
            "usual": usual_word(doors[visit.ref], van, visit.start_s),
        }
        for visit in route.visits
        if visit.kind == "collect"
    ]


def _end(connection: Connection[DictRow], planning_id: int, status: str, message: str) -> str:
    _finish(connection, planning_id, status, message, {"problem": None, "plan": None})
    announce(connection, planning_id)
    connection.commit()
    return message


def _finish(
    connection: Connection[DictRow],
    planning_id: int,
    status: str,
    message: str,
    documents: Mapping[str, Jsonb | None],
) -> bool:
    values = {"id": planning_id, "status": status, "message": message, **documents}
    return connection.execute(SQL["end_planning"], values).fetchone() is not None


def announce(connection: Connection[DictRow], planning_id: int) -> None:
    """Tell the open pages, at commit, that this planning moved on."""
    event = json.dumps({"topic": "meals", "planning": planning_id})
    connection.execute(SQL["announce"], {"event": event})
