"""What the office does with planned rounds: move somebody, give a driver, publish, withdraw. Each is checked.

A move is judged by the roads the plan was made on and the people's own windows; their habits hold nobody back
here, for the office knows why it moves them.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.cias.day_problem import SQL, carried
from api.cias.round_problem import DayAsked, day_of, matrix_of, orders_of
from api.cias.rounds import problem_of
from api.cias.solving import doors_of, write_round
from routing.checker import violations
from routing.model import Plan, Problem, Refused
from routing.schedule import schedule

LEFT = "Cette tournée est déjà partie : elle ne change plus."


class Impossible(Exception):
    """What was asked cannot be; nothing has changed. The message is a French sentence."""


def move(
    connection: Connection[DictRow], account: Account, planning: int, person: int, shift: int, position: int
) -> None:
    """Put a person at this place (from 1) of this half-day; whoever had no place gets one.

    Raises `Impossible`: no such plan, a van on the road, or a round that would break a rule.
    """
    row = connection.execute(SQL["planning"], {"id": planning}).fetchone()
    asked = DayAsked.model_validate(row["problem"]) if row and row["problem"] else None
    if asked is None or asked.matrix is None:
        raise Impossible("Ce plan n'existe pas, ou n'est pas fini.")
    if person not in {one.person for one in asked.doors}:
        raise Impossible("Cette personne n'est pas de ce plan : recalculez les tournées du jour.")
    if shift not in {one.shift for one in asked.vans}:
        raise Impossible("Ce fourgon n'est pas de ce plan.")
    held = connection.execute(SQL["hold_rounds_of_planning"], {"planning": planning}).fetchall()
    doors = connection.execute(SQL["doors_of_planning"], {"planning": planning}).fetchall()
    at = {one["beneficiary_id"]: one for one in doors}
    touched = {shift} | ({at[person]["shift_id"]} if person in at else set())
    if any(
        one["left"] or one["status"] in ("done", "cancelled") for one in held if one["shift_id"] in touched
    ):
        raise Impossible(LEFT)
    orders: dict[int, list[int]] = {one.shift: [] for one in asked.vans}
    for one in doors:
        if one["beneficiary_id"] != person:
            orders[one["shift_id"]].append(one["beneficiary_id"])
    orders[shift].insert(max(0, position - 1), person)
    plan = _judged(asked, orders)
    _rewrite(connection, planning, asked, plan, at, touched)
    record(connection, account, "move_meal", f"meal_planning/{planning}", person=person, shift=shift)
    _announce(connection, planning)


def _judged(asked: DayAsked, orders: Mapping[int, list[int]]) -> Plan:
    matrix = matrix_of(asked)
    if matrix is None:
        raise Impossible("Les routes de ce plan ne sont plus connues : recalculez-le.")
    whole = problem_of(day_of(asked), matrix, {})
    served = {str(one) for people in orders.values() for one in people}
    problem = Problem(
        places=whole.places,
        matrix=whole.matrix,
        tasks=tuple(one for one in whole.tasks if one.id in served),
        vehicles=whole.vehicles,
    )
    plan = schedule(problem, orders_of(orders))
    if isinstance(plan, Refused):
        raise Impossible(" ".join(one.text for one in plan.reasons))
    broken = violations(problem, plan)
    if broken:
        # A rule names its stop by the person's number, which says nothing to the office: the page names them.
        raise Impossible(
            "Ce changement ne tient pas : " + " ".join(sorted({_said(one.code) for one in broken}))
        )
    return plan


_BROKEN = {
    "window": "quelqu'un serait servi hors de son créneau.",
    "shift": "le fourgon rentrerait trop tard.",
    "capacity": "le fourgon n'a pas assez de place.",
    "ride": "un plateau resterait trop longtemps en route.",
    "no_road": "aucune route connue n'y mène.",
}


def _said(code: str) -> str:
    return _BROKEN.get(code, f"une règle est enfreinte ({code}).")


def _rewrite(
    connection: Connection[DictRow],
    planning: int,
    asked: DayAsked,
    plan: Plan,
    at: Mapping[int, DictRow],
    touched: set[int],
) -> None:
    """Bring the touched rounds' rows to the plan; a door keeps its number wherever it goes."""
    for route in plan.routes:
        if int(route.vehicle) not in touched:
            continue
        number = write_round(connection, planning, asked, route)
        for position, values in enumerate(doors_of(asked, route), 1):
            known = at.get(int(str(values["person"])))
            more = {"round": number, "position": position, "door": known and known["id"]}
            connection.execute(SQL["add_door" if known is None else "move_door"], {**values, **more})
    connection.execute(SQL["drop_empty_rounds"], {"planning": planning})


def assign(connection: Connection[DictRow], account: Account, number: int, driver: int | None) -> None:
    """Give a round to a driver, or take it back. Raises `Impossible`."""
    held = _held(connection, number)
    if held["left"]:
        raise Impossible(LEFT)
    if driver is None and held["status"] != "draft":
        raise Impossible("Une tournée publiée garde un livreur : donnez-la à un autre.")
    if driver is not None and driver not in {one["id"] for one in connection.execute(SQL["drivers"])}:
        raise Impossible("Ce compte n'est pas celui d'un livreur.")
    connection.execute(SQL["assign_driver"], {"id": number, "driver": driver})
    record(connection, account, "assign_meals", f"meal_round/{number}", driver=driver)
    _announce(connection, held["planning_id"])


def publish(connection: Connection[DictRow], key: bytes, account: Account, number: int, now: datetime) -> str:
    """Show a round to its driver; return a sentence for the office.

    Doors are compared with the orders as they stand now: who takes nothing any more is left out, trays are
    counted again, and who ordered since and is on no round is said. Raises `Impossible`.
    """
    held = _held(connection, number)
    if held["status"] != "draft":
        raise Impossible("Cette tournée n'est plus un brouillon.")
    if held["driver_id"] is None:
        raise Impossible("Donnez d'abord cette tournée à un livreur.")
    beside = connection.execute(SQL["published_beside"], {"id": number}).fetchone()
    if beside is not None:
        raise Impossible(
            "Ce fourgon a déjà une tournée publiée à cette heure."
            if beside["same_shift"]
            else "Quelqu'un de cette tournée est déjà sur une tournée publiée."
        )
    said = _brought_up_to_date(connection, key, account, held, now)
    connection.execute(SQL["publish_round"], {"id": number, "now": now})
    record(connection, account, "publish_meals", f"meal_round/{number}")
    _announce(connection, held["planning_id"])
    return f"Tournée publiée.{said}"


def withdraw(connection: Connection[DictRow], account: Account, number: int) -> None:
    """Take a published round back from its driver, as long as the van has not left. Raises `Impossible`."""
    held = _held(connection, number)
    if held["status"] != "published" or held["left"]:
        raise Impossible(LEFT if held["left"] else "Cette tournée n'est pas publiée.")
    connection.execute(SQL["withdraw_round"], {"id": number})
    record(connection, account, "withdraw_meals", f"meal_round/{number}")
    _announce(connection, held["planning_id"])


def _held(connection: Connection[DictRow], number: int) -> DictRow:
    row = connection.execute(SQL["hold_round"], {"id": number}).fetchone()
    if row is None:
        raise Impossible("Cette tournée n'existe pas.")
    return row


def _brought_up_to_date(
    connection: Connection[DictRow], key: bytes, account: Account, held: DictRow, now: datetime
) -> str:
    trays = carried(connection, key, account, held["day"], now)
    gone = changed = 0
    for door in connection.execute(SQL["doors_of_round"], {"id": held["id"]}).fetchall():
        wanted = trays.get(door["beneficiary_id"])
        if wanted is None:
            gone += connection.execute(SQL["drop_door"], {"id": door["id"]}).rowcount
        elif list(wanted) != door["meals"]:
            connection.execute(SQL["change_meals"], {"id": door["id"], "meals": list(wanted)})
            changed += 1
    placed = {"day": held["day"], "planning": held["planning_id"]}
    known = {row["beneficiary_id"] for row in connection.execute(SQL["people_on_rounds"], placed)}
    missing = len(set(trays) - known)
    said = f" {gone} sans repas depuis le plan, enlevés." if gone else ""
    said += f" {changed} avec d'autres plateaux." if changed else ""
    return said + (f" {missing} à livrer n'ont pas de place : voyez « Sans place »." if missing else "")


def _announce(connection: Connection[DictRow], planning: int) -> None:
    event = json.dumps({"topic": "meals", "planning": planning})
    connection.execute(SQL["announce"], {"event": event})
