"""Plan the rotations of skips that wait: read, build, solve in a process of its own, check, write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import HTTPException
from psycopg import Connection
from psycopg.rows import DictRow

from access.calendar import openings
from access.model import Book
from api.auth import Account, record
from api.gate.rotations import Full, Hauler, LeftOut, Rotation, Where, build, rotations
from api.gate.site_documents import PlanOut
from api.gate.site_views import SQL, midnight
from routing.checker import violations
from routing.child import solve_in_child
from routing.model import Plan, Problem, Window
from routing.travel import TravelTimes

BUDGET_S = 3
"""A day has a handful of rotations: the first plan is nearly always the last. The request waits for it."""


@dataclass(frozen=True, slots=True)
class _Day:
    """What a planning found: rotations, what is left and why, metres."""

    done: tuple[Rotation, ...]
    left: tuple[LeftOut, ...]
    distance_m: int


def plan_rotations(
    connection: Connection[DictRow], account: Account, book: Book, day: date, travel: TravelTimes
) -> PlanOut:
    """Give each skip that waits a truck and an hour of that day, or the reason why not."""
    rows = connection.execute(SQL["haulages_to_plan"], {"day": day}).fetchall()
    if not rows:
        return PlanOut(planned=0, left=[], distance_m=0, sentence="Aucun enlèvement n'est demandé.")
    haulers = [_hauler(row) for row in connection.execute(SQL["haulers"])]
    if not haulers:
        raise HTTPException(409, "Aucun camion à bennes : donnez le flux « benne » à un véhicule.")
    ready, nowhere = _fulls(rows, book, day)
    found = _solve(ready, haulers, travel) if ready else _Day((), (), 0)
    left = (*nowhere, *found.left)
    _write(connection, day, found.done, left)
    labels = {row["id"]: f"{row['label']} ({row['site']})" for row in rows}
    record(connection, account, "plan_rotations", f"day/{day}", planned=len(found.done), left=len(left))
    return PlanOut(
        planned=len(found.done),
        left=[f"{labels[one.haulage]} : {one.text}" for one in left],
        distance_m=found.distance_m,
        sentence=_sentence(len(found.done), len(left)),
    )


def _sentence(done: int, left: int) -> str:
    planned = f"{done} rotation{'s' if done > 1 else ''} prévue{'s' if done > 1 else ''}"
    return f"{planned}." if not left else f"{planned}, {left} sans camion."


def _hauler(row: Mapping[str, Any]) -> Hauler:
    return Hauler(
        id=row["id"],
        depot=Where(code=row["code"], lat=row["lat"], lon=row["lon"]),
        shift_start_s=row["shift_start_s"],
        shift_s=row["shift_s"],
        break_after_s=row["break_after_s"],
        break_s=row["break_s"],
    )


def _fulls(
    rows: Sequence[Mapping[str, Any]], book: Book, day: date
) -> tuple[list[Full], tuple[LeftOut, ...]]:
    ready: list[Full] = []
    nowhere: list[LeftOut] = []
    for row in rows:
        hours = _hours(book, row["site"], day)
        if row["lat"] is None or row["outlet"] is None:
            what = "le site n'a pas de coordonnées" if row["lat"] is None else "la benne n'a pas d'exutoire"
            nowhere.append(LeftOut(haulage=row["id"], text=f"Impossible : {what}."))
        elif hours == ():
            nowhere.append(LeftOut(haulage=row["id"], text="Le site est fermé ce jour-là."))
        else:
            ready.append(
                Full(
                    haulage=row["id"],
                    site=Where(code=row["site"], lat=row["lat"], lon=row["lon"], windows=hours or ()),
                    outlet=Where(
                        code=row["outlet"],
                        lat=row["outlet_lat"],
                        lon=row["outlet_lon"],
                        windows=((row["opens_s"], row["closes_s"]),),
                    ),
                    service_s=row["service_s"],
                    spare=row["spare"],
                )
            )
    return ready, tuple(nowhere)


def _hours(book: Book, code: str, day: date) -> tuple[Window, ...] | None:
    """When the site's gate is open to a truck; None: no hours are known, () : closed that day."""
    site = book.sites.get(code)
    if site is None or (not site.hours and not site.exceptions):
        return None
    return tuple(
        (
            one.opens.hour * 3600 + one.opens.minute * 60,
            one.closes.hour * 3600 + one.closes.minute * 60,
        )
        for one in openings(site, day)
    )


def _solve(fulls: Sequence[Full], haulers: Sequence[Hauler], travel: TravelTimes) -> _Day:
    problem: Problem = build(fulls, haulers, travel)
    answer = solve_in_child(problem, seconds=BUDGET_S)
    plan = answer if isinstance(answer, Plan) else getattr(answer, "plan", None)
    if plan is None:
        reasons = getattr(answer, "reasons", ())
        why = reasons[0].text if reasons else getattr(answer, "text", "")
        raise HTTPException(409, f"Les rotations n'ont pas pu être calculées. {why}".strip())
    if violations(problem, plan):
        raise HTTPException(500, "Le plan trouvé ne respecte pas les règles : rien n'a été changé.")
    done, left = rotations(plan, fulls, problem)
    return _Day(done, left, plan.distance_m)


def _write(
    connection: Connection[DictRow], day: date, done: Sequence[Rotation], left: Sequence[LeftOut]
) -> None:
    start = midnight(day)
    for one in done:
        values = {
            "haulage": one.haulage, "day": day, "vehicle": one.hauler, "rank": one.rank,
            "pickup_at": _at(start, one.pickup_s), "outlet_at": _at(start, one.outlet_s),
        }  # fmt: skip
        connection.execute(SQL["plan_haulage"], values)
    for missed in left:
        connection.execute(SQL["leave_haulage"], {"haulage": missed.haulage, "note": missed.text})


def _at(start: datetime, seconds: int) -> datetime:
    """A local time of day as an instant: seconds since midnight on people's clocks."""
    return start + timedelta(seconds=seconds)
