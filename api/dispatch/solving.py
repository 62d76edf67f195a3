"""One planning from its request to its draft rounds: read, build, solve in its own process, check, write.

The worker's task and `glaneur plan` both come here. The row `planning` is the truth: it says what was asked,
how far the work is, and how it ended, in a sentence. Nothing is written but by the run that is running.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.dispatch import choosing, drafts, sharing
from api.dispatch.adjust import Orders, Step
from api.dispatch.drafts import Documents
from api.dispatch.planning import FLOWN, build_problem
from api.dispatch.reading import read_columns, read_sites, read_trucks
from api.dispatch.selection import Selection
from api.french import kilometres
from api.travel.ways import drawn, read_stops
from routing import document
from routing.checker import violations
from routing.model import Failed, Plan, Problem, Refused, Route
from routing.portfolio import solve_in_children
from routing.travel import TravelTimes
from store.clock import read_clock
from store.connection import connect
from store.queries import named_queries

SQL = named_queries("api.dispatch", "planning.sql")
TELL_EVERY_S = 0.5
Progress = Callable[[float, str], None]
_log = logging.getLogger(__name__)


class Interrupted(Exception):
    """The process is asked to stop: the planning is queued again, as if it had not begun."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a planning ended: its status and its sentence."""

    status: str
    message: str


@dataclass(frozen=True, slots=True)
class _Day:
    """What was read for one planning."""

    planning: DictRow
    selection: Selection
    problem: Problem


def run_planning(
    dsn: str,
    planning_id: int,
    *,
    on_progress: Progress | None = None,
    stopping: Callable[[], bool] = lambda: False,
    travel: TravelTimes = FLOWN,
) -> Outcome | None:
    """Plan `planning_id` and write its draft rounds; None when somebody else did or it is over.

    Raises `Interrupted` when `stopping()` became true. Anything unforeseen ends the planning as failed
    and is raised again.
    """
    with connect(dsn, role="glaneur_worker", application="glaneur-planner") as connection:
        try:
            begun = _begin(connection, planning_id, travel)
            if begun is None or isinstance(begun, Outcome):
                return begun
            answer = _solve(connection, begun, on_progress, stopping)
            outcome = _end(connection, begun, answer)
            _draw(connection, planning_id, travel)
            return outcome
        except Interrupted:
            connection.rollback()
            _requeue(connection, planning_id)
            raise
        except Exception:
            connection.rollback()
            _finish(connection, planning_id, "failed", "Le calcul a rencontré une erreur imprévue.")
            raise


def _begin(connection: Connection[DictRow], planning_id: int, travel: TravelTimes) -> _Day | Outcome | None:
    key = {"id": planning_id}
    held = connection.execute(SQL["hold_planning"], key).fetchone()
    mine = held is not None and held["mine"]
    planning = connection.execute(SQL["planning_to_run"], key).fetchone()
    if not mine or planning is None or planning["status"] not in ("queued", "running"):
        connection.rollback()
        return None
    connection.execute(SQL["start_planning"], key)
    connection.commit()
    if planning["cancel_requested"]:
        return _finish(connection, planning_id, "cancelled", "Calcul annulé.")
    _tell(connection, planning_id, 0.0, "Lecture des niveaux…")
    found = _read(connection, planning, travel)
    if isinstance(found, str):
        return _finish(connection, planning_id, "failed", found)
    connection.execute(
        SQL["planning_problem"], {"id": planning_id, "problem": Jsonb(document.write(found.problem))}
    )
    connection.commit()
    return found


def _read(connection: Connection[DictRow], planning: DictRow, travel: TravelTimes) -> _Day | str:
    """Read the day, or say why it cannot be planned."""
    key = {"id": planning["id"]}
    held = {row["vehicle_id"] for row in connection.execute(SQL["vehicles_held"], key)}
    wanted = [vehicle for vehicle in planning["vehicle_ids"] if vehicle not in held]
    trucks = read_trucks(connection, wanted)
    if not trucks:
        return "Aucun camion disponible : ceux de ce plan ont déjà leur tournée publiée."
    sites = read_sites(connection, planning["stream"])
    if not sites:
        return "Aucun site de vidage n'accepte ce flux : les camions ne pourraient pas rentrer vides."
    now = read_clock(connection).now()
    kept = frozenset(row["container_id"] for row in connection.execute(SQL["locked_containers"], key))
    columns = read_columns(connection, planning["stream"], now)
    asked = choosing.ask(columns, trucks, sites, planning["day"], now, travel)
    service = planning["service_percent"] / 100
    asked = sharing.shared(
        connection, planning["stream"], asked, trucks, now, service, travel, planning["id"]
    )
    selection = choosing.select(columns, asked, now, service, kept)
    codes = {truck.code for truck in trucks}
    pins = {row["point_code"]: row["vehicle_code"] for row in connection.execute(SQL["locked_stops"], key)}
    pins = {point: vehicle for point, vehicle in pins.items() if vehicle in codes}
    return _Day(planning, selection, build_problem(selection, trucks, sites, pins, travel))


def _solve(
    connection: Connection[DictRow], begun: _Day, on_progress: Progress | None, stopping: Callable[[], bool]
) -> Plan | Refused | Failed:
    planning_id, budget = begun.planning["id"], begun.planning["budget_s"]
    began = last_told = monotonic()
    best = "Recherche d'un premier plan…"

    def better(_: float, plan: Plan) -> None:
        nonlocal best
        best = f"Meilleur plan : {summary(plan)}"

    def should_cancel() -> bool:
        nonlocal last_told
        if stopping():
            raise Interrupted
        if monotonic() - last_told < TELL_EVERY_S:
            return False
        last_told = monotonic()
        share = min(0.99, (last_told - began) / budget)
        if on_progress is not None:
            on_progress(share, best)
        return _tell(connection, planning_id, share, best)

    return solve_in_children(
        begun.problem,
        seconds=budget,
        seed=begun.planning["seed"],
        on_progress=better,
        should_cancel=should_cancel,
    )


def _end(connection: Connection[DictRow], begun: _Day, answer: Plan | Refused | Failed) -> Outcome:
    planning_id = begun.planning["id"]
    note = ""
    if isinstance(answer, Failed) and answer.code != "cancelled" and answer.plan is not None:
        _log.warning(
            "planning %s: the solver ended early (%s), its best plan is kept", planning_id, answer.code
        )
        note, answer = f" {answer.text} Le meilleur plan trouvé avant est gardé.", answer.plan
    if isinstance(answer, Failed):
        status = "cancelled" if answer.code == "cancelled" else "failed"
        return _finish(connection, planning_id, status, answer.text)
    if isinstance(answer, Refused):
        return _finish(connection, planning_id, "failed", " ".join(one.text for one in answer.reasons))
    broken = violations(begun.problem, answer)
    if broken:  # the child's parent checked it already: this would be a fault of ours
        _log.error("planning %s: the plan breaks %d rules", planning_id, len(broken))
        return _finish(connection, planning_id, "failed", "Le plan trouvé ne passe pas la vérification.")
    stops = {stop.point_code: stop for stop in begun.selection.stops}
    documents = Documents(
        problem=begun.problem, plan=answer, stops=stops, left_alone=begun.selection.left_alone
    )
    note += "".join(f" {remark}" for remark in answer.remarks)
    return _write(connection, begun, documents, summary(answer) + note)


def _write(connection: Connection[DictRow], begun: _Day, documents: Documents, message: str) -> Outcome:
    planning, plan = begun.planning, documents.plan
    ended = _end_row(connection, planning["id"], "done", message, drafts.documents_to_json(documents))
    if not ended:  # somebody else ended it meanwhile: their rounds stand
        connection.rollback()
        return Outcome("done", message)
    held = drafts.hold(connection, planning["id"])
    orders = {route.vehicle: _steps(held.orders, route.vehicle, _refs(route)) for route in plan.routes}
    connection.execute(drafts.SQL["drop_drafts"], {"planning_id": planning["id"], "vehicles": list(orders)})
    drafts.write_routes(connection, planning, plan, documents, orders, held.technical)
    _notify(connection, planning["id"])
    connection.commit()
    return Outcome("done", message)


def _draw(connection: Connection[DictRow], planning_id: int, travel: TravelTimes) -> None:
    """Have the rounds' roads found and kept, so that the map and the phones need not wait for them."""
    rows = read_stops(connection, planning=planning_id, round=None)
    connection.commit()
    drawn(rows, travel, ask=True)


def _refs(route: Route) -> list[str]:
    return [visit.ref for visit in route.visits if visit.kind in ("collect", "unload")]


def _steps(before: Orders, vehicle: str, refs: list[str]) -> tuple[Step, ...]:
    """Give each stop of the new order the row and the lock it had on this truck, if any."""
    known = list(before.get(vehicle, ()))
    steps = []
    for ref in refs:
        same = next((step for step in known if step.ref == ref), None)
        if same is not None:
            known.remove(same)
        steps.append(same or Step(ref=ref))
    return tuple(steps)


def summary(plan: Plan) -> str:
    """Say a plan in one line, with what it leaves out though it is required."""
    stops = sum(visit.kind == "collect" for route in plan.routes for visit in route.visits)
    if not stops and plan.complete:
        return "Rien à vider ce jour-là."
    trucks = len(plan.routes)
    line = (
        f"{stops} arrêt{'s' if stops > 1 else ''}, {kilometres(plan.distance_m)}, "
        f"{trucks} camion{'s' if trucks > 1 else ''}."
    )
    return line if plan.complete else f"{line} Des points à vider n'ont pas trouvé de place."


def _tell(connection: Connection[DictRow], planning_id: int, share: float, message: str) -> bool:
    """Write how far it is, and return whether somebody asked to cancel (or it is no longer ours)."""
    row = connection.execute(
        SQL["planning_progress"], {"id": planning_id, "progress": share, "message": message}
    ).fetchone()
    _notify(connection, planning_id)
    connection.commit()
    return row is None or bool(row["cancel_requested"])


def _finish(connection: Connection[DictRow], planning_id: int, status: str, message: str) -> Outcome:
    _end_row(connection, planning_id, status, message, (None, None))
    _notify(connection, planning_id)
    connection.commit()
    return Outcome(status, message)


def _end_row(
    connection: Connection[DictRow], planning_id: int, status: str, message: str, documents: tuple[Any, Any]
) -> bool:
    problem, plan = documents
    values = {"id": planning_id, "status": status, "message": message, "problem": problem, "plan": plan}
    return connection.execute(SQL["finish_planning"], values).fetchone() is not None


def _requeue(connection: Connection[DictRow], planning_id: int) -> None:
    connection.execute(SQL["requeue_planning"], {"id": planning_id})
    _notify(connection, planning_id)
    connection.commit()


def _notify(connection: Connection[DictRow], planning_id: int) -> None:
    event = json.dumps({"topic": "planning", "planning": planning_id})
    connection.execute(SQL["notify_live"], {"event": event})
