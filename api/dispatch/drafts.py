"""Rounds as rows: read a planning's documents and orders, write a plan's routes, keeping the rows' identity.

Used by the planner (a new plan) and by the dispatcher's edits (the same plan, changed). Decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.dispatch.adjust import Orders, Step, pair_steps
from api.dispatch.planning import (
    Legs,
    StopRow,
    rows_of,
    served_by_engine,
    stop_from_document,
    stop_to_document,
)
from api.dispatch.selection import LeftAlone, Stop
from routing import document
from routing.model import Plan, Problem, Refused, Route
from store.queries import named_queries

SQL = named_queries("api.dispatch", "rounds.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """What a planning keeps to be explained and changed: problem, engine's plan, choice of stops."""

    problem: Problem
    plan: Plan
    stops: Mapping[str, Stop]
    left_alone: tuple[LeftAlone, ...]
    dropped: frozenset[str] = frozenset()
    """Points that people took out of a round since: the engine's reason for leaving them out is over."""

    @property
    def by_hand(self) -> frozenset[str]:
        """Points in which the planner itself saw no stop: when served, a person asked for it."""
        return frozenset(self.stops) - served_by_engine(self.plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The rounds of a planning as they stand, locked for a change."""

    rounds: Mapping[str, DictRow]
    orders: Orders
    technical: Mapping[str, Mapping[str, int]]
    """For each vehicle, the rows of its start, break and end."""


def documents_to_json(documents: Documents) -> tuple[Jsonb, Jsonb]:
    """Return the columns `problem` and `plan` of a planning."""
    plan = {
        "plan": document.write(documents.plan),
        "stops": [stop_to_document(stop) for stop in documents.stops.values()],
        "left_alone": [
            {name: getattr(one, name) for name in LeftAlone.__slots__} for one in documents.left_alone
        ],
        "dropped": sorted(documents.dropped),
    }
    return Jsonb(document.write(documents.problem)), Jsonb(plan)


def documents_from_json(problem: Any, plan: Mapping[str, Any]) -> Documents:
    """Read what `documents_to_json` wrote; raises `ValueError` on anything else."""
    read_problem, read_plan = document.read(Problem, problem), document.read(Plan, plan["plan"])
    if isinstance(read_problem, Refused) or isinstance(read_plan, Refused):
        raise ValueError("a stored planning document is not readable")
    stops = [stop_from_document(stop) for stop in plan["stops"]]
    return Documents(
        problem=read_problem,
        plan=read_plan,
        stops={stop.point_code: stop for stop in stops},
        left_alone=tuple(LeftAlone(**one) for one in plan["left_alone"]),
        dropped=frozenset(plan.get("dropped", ())),
    )


def hold(connection: Connection[DictRow], planning_id: int) -> Held:
    """Lock and read the planning's rounds and the order of their stops."""
    rounds = connection.execute(SQL["rounds_to_change"], {"planning_id": planning_id}).fetchall()
    code_of = {row["id"]: row["vehicle_code"] for row in rounds}
    orders: dict[str, list[Step]] = {code: [] for code in code_of.values()}
    technical: dict[str, dict[str, int]] = {code: {} for code in code_of.values()}
    for row in connection.execute(SQL["steps_of_rounds"], {"ids": list(code_of)}):
        code = code_of[row["round_id"]]
        if row["ref"] is None:
            technical[code][row["kind"]] = row["id"]
        else:
            orders[code].append(Step(ref=row["ref"], stop_id=row["id"], locked=row["locked"]))
    return Held(
        rounds={row["vehicle_code"]: row for row in rounds},
        orders={code: tuple(steps) for code, steps in orders.items()},
        technical=technical,
    )


def write_routes(
    connection: Connection[DictRow],
    planning: Mapping[str, Any],
    plan: Plan,
    documents: Documents,
    orders: Orders,
    technical: Mapping[str, Mapping[str, int]],
) -> None:
    """Write the routes of the vehicles in `orders`; a step's row keeps its number wherever it went."""
    legs = Legs.of(documents.problem)
    routes = {route.vehicle: route for route in plan.routes}
    saved: dict[str, int] = {}
    kept: set[int] = set()
    for vehicle, steps in orders.items():
        route = routes.get(vehicle)  # a truck without stops keeps its round, empty, to receive some
        saved[vehicle] = _save_round(connection, planning, vehicle, route)
        if route is not None:
            rows = rows_of(route, planning["day"], documents.stops, legs, documents.by_hand)
            pairs = pair_steps(steps, [row.kind for row in rows], technical.get(vehicle, {}))
            kept |= _save_stops(connection, saved[vehicle], rows, pairs)
    # Last, because a stop that went to another truck still stood in this round a moment ago.
    for round_id in saved.values():
        connection.execute(SQL["drop_stops"], {"round_id": round_id, "kept": list(kept)})


def _save_round(
    connection: Connection[DictRow], planning: Mapping[str, Any], vehicle: str, route: Route | None
) -> int:
    row = connection.execute(
        SQL["save_round"],
        {
            "planning_id": planning["id"],
            "day": planning["day"],
            "stream": planning["stream"],
            "vehicle": vehicle,
            "distance_m": route.distance_m if route else 0,
            "duration_s": route.duration_s if route else 0,
        },
    ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING always returns
    return int(row["id"])


def _save_stops(
    connection: Connection[DictRow],
    round_id: int,
    rows: Sequence[StopRow],
    pairs: Sequence[tuple[int | None, bool]],
) -> set[int]:
    saved = set()
    for position, (row, (known, locked)) in enumerate(zip(rows, pairs, strict=True)):
        stop_id = _save_stop(connection, round_id, position, row, known, locked)
        saved.add(stop_id)
        connection.execute(SQL["drop_stop_containers"], {"stop_id": stop_id})
        for lift in row.lifts:
            connection.execute(
                SQL["add_stop_container"],
                {
                    "stop_id": stop_id,
                    "container_id": lift.container_id,
                    "fill_percent": lift.fill_percent,
                    "volume_l": lift.load_l,
                    "weight_kg": lift.load_kg,
                },
            )
    return saved


def _save_stop(
    connection: Connection[DictRow],
    round_id: int,
    position: int,
    row: StopRow,
    stop_id: int | None,
    locked: bool,
) -> int:
    folder, _, code = row.place.partition("/")
    found = {
        "id": stop_id,
        "round_id": round_id,
        "position": position,
        "kind": row.kind,
        "point": code if folder == "point" else None,
        "site": code if folder == "site" else None,
        "depot": code if folder == "depot" else None,
        "arrival_at": row.arrival_at,
        "departure_at": row.departure_at,
        "load_l": row.load_l,
        "load_kg": row.load_kg,
        "required": row.required,
        "locked": locked,
        "reason": row.reason,
    }
    if stop_id is not None:
        connection.execute(SQL["save_stop"], found)
        return stop_id
    added = connection.execute(SQL["add_stop"], found).fetchone()
    assert added is not None  # noqa: S101 - RETURNING always returns
    return int(added["id"])
