"""Rounds of meals as others make them, by hand and by pyvroom, from the day and the matrix that ours gets.

By hand, the vans share the territory like slices of a cake around the kitchen, each going to the nearest door
not yet served. The day after, by hand, is yesterday's sheet: who does not eat is struck out, who is new is
written in after the nearest door. pyvroom starts anew, or is told what people are used to as hard rules:
their van as a skill, their hour as a window of a quarter either way, within the one they asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import atan2, cos, pi, radians

import vroom  # type: ignore[import-untyped]

from api.cias.rounds import Day, Door, Van, places_of, usual
from routing.checker import violations
from routing.model import Clock, Matrix, Plan, Problem
from routing.schedule import schedule

Usual = Mapping[str, tuple[str, Clock]]
"""Who was served by which van, and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What rounds come to, and whom they serve when. `broken`: rules the checker finds broken."""

    km: float
    hours: float
    late_minutes: float
    late_people: int
    served: Usual
    broken: int | None


def by_hand(day: Day, matrix: Matrix) -> Sums:
    """Slices of the territory with as many doors each, and always the nearest door next."""
    room = day.cold_room
    angle = {
        one.id: atan2(one.lat - room.lat, (one.lon - room.lon) * cos(radians(room.lat))) % (2 * pi)
        for one in day.doors
    }
    doors = sorted(day.doors, key=lambda one: angle[one.id])
    index = _index(day)
    sheets: dict[str, list[Door]] = {}
    for n, van in enumerate(day.vans):
        left = doors[n * len(doors) // len(day.vans) : (n + 1) * len(doors) // len(day.vans)]
        here, sheet = 0, []
        while left:
            nearest = min(left, key=lambda one: matrix.distance_m[here][index[one.id]] or 0)
            left.remove(nearest)
            sheet.append(nearest)
            here = index[nearest.id]
        sheets[van.id] = sheet
    return _driven(day, matrix, sheets)


def by_hand_again(day: Day, matrix: Matrix, before: Usual) -> Sums:
    """Yesterday's sheets with the gone struck out, and each newcomer after the nearest door."""
    index = _index(day)
    sheets: dict[str, list[Door]] = {van.id: [] for van in day.vans}
    known = sorted((one for one in day.doors if one.id in before), key=lambda one: before[one.id][1])
    for one in known:
        sheets[before[one.id][0]].append(one)
    for one in day.doors:
        if one.id not in before:
            near = min(known, key=lambda two: matrix.distance_m[index[two.id]][index[one.id]] or 0)
            sheet = sheets[before[near.id][0]]
            sheet.insert(sheet.index(near) + 1, one)
    return _driven(day, matrix, sheets)


def by_vroom(problem: Problem, used_to: Usual | None = None) -> Sums:
    """pyvroom on the same matrix with the same costs; its orders are timed by `routing.schedule`.

    With `used_to`, whoever is in it has that van as a skill: `problem` then holds the windows of their hour.
    """
    index = {one.id: n for n, one in enumerate(problem.places)}
    vans = {one.id: n for n, one in enumerate(problem.vehicles)}
    model = vroom.Input()
    model.set_durations_matrix("car", [[value or 0 for value in row] for row in problem.matrix.duration_s])
    model.set_distances_matrix("car", [[value or 0 for value in row] for row in problem.matrix.distance_m])
    for n, one in enumerate(problem.vehicles):
        model.add_vehicle(
            vroom.Vehicle(
                n,
                start=index[one.start],
                end=index[one.end],
                capacity=[one.capacity["trays"]],
                skills={n},
                time_window=vroom.TimeWindow(one.shift_start_s, one.shift_end_s),
                costs=vroom.VehicleCosts(per_hour=one.cost_per_hour_cents, per_km=one.cost_per_km_cents),
            )
        )
    for n, task in enumerate(problem.tasks):
        pinned = used_to is not None and task.id in used_to
        model.add_job(
            vroom.Job(
                n,
                location=index[task.place],
                default_service=task.service_s,
                delivery=[task.deliver["trays"]],
                skills={vans[used_to[task.id][0]]} if pinned and used_to is not None else set(),
                time_windows=[vroom.TimeWindow(*one) for one in task.windows],
            )
        )
    solution = model.solve(exploration_level=5, nb_threads=2)
    orders: dict[str, list[str]] = {one.id: [] for one in problem.vehicles}
    for step in solution.routes.itertuples():
        if step.type == "job":
            orders[problem.vehicles[step.vehicle_id].id].append(problem.tasks[step.id].id)
    plan = schedule(problem, {key: tuple(value) for key, value in orders.items() if value})
    assert isinstance(plan, Plan), plan
    return sums_of(problem, plan)


def sums_of(problem: Problem, plan: Plan) -> Sums:
    """A plan's sums; windows are hard in it, so nobody is late, but somebody may be left out."""
    return Sums(
        km=plan.distance_m / 1000,
        hours=plan.duration_s / 3600,
        late_minutes=0,
        late_people=0,
        served=usual(plan),
        broken=len(violations(problem, plan)),
    )


def _driven(day: Day, matrix: Matrix, sheets: Mapping[str, list[Door]]) -> Sums:
    """Each sheet driven in its order: who comes early waits, who comes late is late."""
    found = [_one_van(day, matrix, van, sheets[van.id]) for van in day.vans]
    late = [minutes for one in found for minutes in one[2]]
    return Sums(
        km=sum(one[0] for one in found) / 1000,
        hours=sum(one[1] for one in found) / 3600,
        late_minutes=sum(late) / 60,
        late_people=sum(one > 0 for one in late),
        served={door: when for one in found for door, when in one[3].items()},
        broken=None,
    )


def _one_van(
    day: Day, matrix: Matrix, van: Van, sheet: list[Door]
) -> tuple[int, int, list[int], dict[str, tuple[str, Clock]]]:
    """Metres, seconds, how late at each door, and when each was served."""
    index = _index(day)
    metres, here, now = 0, 0, van.starts_s
    late: list[int] = []
    served: dict[str, tuple[str, Clock]] = {}
    for one in sheet:
        there = index[one.id]
        metres += matrix.distance_m[here][there] or 0
        now += matrix.duration_s[here][there] or 0
        first, last = one.windows[0] if one.windows else (0, van.ends_s)
        now = max(now, first)
        late.append(max(0, now - min(last, van.ends_s)))
        served[one.id] = (van.id, now)
        now += one.service_s
        here = there
    metres += matrix.distance_m[here][0] or 0
    now += matrix.duration_s[here][0] or 0
    return metres, now - van.starts_s, late, served


def _index(day: Day) -> dict[str, int]:
    return {one.id: n for n, one in enumerate(places_of(day))}
