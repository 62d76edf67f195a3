"""Skips to take away → a `routing` problem, and its plan → rotations. Reads and writes nothing.

A truck carries one skip at a time. Where a spare one is brought, a rotation is a shipment: the full skip is
taken at the site (the empty one set down) and emptied at its outlet; the truck leaves with it empty, for the
next exchange. Without a spare the same skip must come back: site, outlet and site again are one stop that
lasts as long as all of it, so that nothing can come in between. Which empty skip is aboard is not followed:
an exchange takes whichever the truck has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.model import Break, Place, Plan, Problem, Shipment, Task, Vehicle, Window
from routing.travel import TravelTimes

ONE = {"benne": 1}
EXCHANGE_S = 1200
"""Set the empty skip down and load the full one with a hook: an assumption, to be measured."""
LOAD_S = 600
"""Load or set down one skip: an assumption, half of an exchange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place by its name, WGS 84 degrees; `windows` in seconds after local midnight, none is always."""

    code: str
    lat: float
    lon: float
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """A skip to take away. `service_s`: weigh, tip and weigh again at the outlet."""

    haulage: int
    site: Where
    outlet: Where
    service_s: int
    spare: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hauler:
    """A truck with a hook and its day; seconds after local midnight."""

    id: int
    depot: Where
    shift_start_s: int
    shift_s: int
    break_after_s: int
    break_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """One skip taken away: when taken, and when at its outlet, in seconds after local midnight."""

    haulage: int
    hauler: int
    rank: int
    pickup_s: int
    outlet_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A skip that no truck takes, and why, in French."""

    haulage: int
    text: str


def build(fulls: Sequence[Full], haulers: Sequence[Hauler], travel: TravelTimes) -> Problem:
    """The problem of one day: every skip must go, each by one truck, one at a time."""
    places = _places(fulls, haulers)
    matrix = travel.travel(places).matrix
    at = {place.id: index for index, place in enumerate(places)}
    tasks: list[Task] = []
    for one in fulls:
        there = matrix.duration_s[at[_site(one)]][at[_outlet(one)]]
        back = matrix.duration_s[at[_outlet(one)]][at[_site(one)]]
        if one.spare:
            tasks += _exchange(one)
        elif there is not None and back is not None:
            tasks.append(_return(one, there, back))
        else:  # no road to its outlet: required, and told as such
            tasks += _exchange(one)
    named = {task.id for task in tasks}
    return Problem(
        places=places,
        matrix=matrix,
        tasks=tuple(tasks),
        vehicles=tuple(_vehicle(one) for one in haulers),
        shipments=tuple(
            Shipment(pickup=f"p{one.haulage}", delivery=f"d{one.haulage}")
            for one in fulls
            if f"d{one.haulage}" in named
        ),
    )


def rotations(
    plan: Plan, fulls: Sequence[Full], problem: Problem
) -> tuple[tuple[Rotation, ...], tuple[LeftOut, ...]]:
    """What each truck does, in order, and what is left with its reason."""
    found: list[Rotation] = []
    by_number = {one.haulage: one for one in fulls}
    index = {place.id: number for number, place in enumerate(problem.places)}
    for route in plan.routes:
        starts = {visit.ref: visit.start_s for visit in route.visits}
        taken = [visit for visit in route.visits if visit.kind == "collect" and visit.ref[0] in "pr"]
        for rank, visit in enumerate(taken, 1):
            number = int(visit.ref[1:])
            one = by_number[number]
            leg = problem.matrix.duration_s[index[_site(one)]][index[_outlet(one)]] or 0
            outlet_s = starts.get(f"d{number}", visit.start_s + LOAD_S + leg)
            found.append(
                Rotation(
                    haulage=number,
                    hauler=int(route.vehicle),
                    rank=rank,
                    pickup_s=visit.start_s,
                    outlet_s=outlet_s,
                )
            )
    left = {int(one.task[1:]): one.text for one in plan.unserved}
    return tuple(found), tuple(LeftOut(haulage=number, text=text) for number, text in left.items())


def _site(one: Full) -> str:
    return f"site/{one.site.code}"


def _outlet(one: Full) -> str:
    return f"outlet/{one.outlet.code}"


def _places(fulls: Sequence[Full], haulers: Sequence[Hauler]) -> tuple[Place, ...]:
    wheres = {f"depot/{one.depot.code}": one.depot for one in haulers}
    wheres |= {_site(one): one.site for one in fulls} | {_outlet(one): one.outlet for one in fulls}
    return tuple(Place(id=name, lat=one.lat, lon=one.lon) for name, one in sorted(wheres.items()))


def _vehicle(one: Hauler) -> Vehicle:
    depot = f"depot/{one.depot.code}"
    return Vehicle(
        id=str(one.id),
        start=depot,
        end=depot,
        capacity=ONE,
        shift_start_s=one.shift_start_s,
        shift_end_s=one.shift_start_s + one.shift_s,
        pause=Break(duration_s=one.break_s, latest_after_s=one.break_after_s) if one.break_s else None,
    )


def _exchange(one: Full) -> list[Task]:
    return [
        Task(
            id=f"p{one.haulage}", place=_site(one), load=ONE, service_s=EXCHANGE_S, windows=one.site.windows
        ),
        Task(id=f"d{one.haulage}", place=_outlet(one), service_s=one.service_s, windows=one.outlet.windows),
    ]


def _return(one: Full, there: int, back: int) -> Task:
    """Take, drive, tip, drive back, set down: one stop at the site, begun when the outlet will be open."""
    lasts = LOAD_S + there + one.service_s + back + LOAD_S
    windows = [
        (max(first, opens - LOAD_S - there), min(last, closes - LOAD_S - there))
        for first, last in one.site.windows or ((0, 86_400),)
        for opens, closes in one.outlet.windows or ((0, 86_400),)
    ]
    kept = tuple((max(0, first), last) for first, last in windows if max(0, first) <= last)
    # No common hour: a window that nobody can keep, so that the plan says why it stays.
    return Task(id=f"r{one.haulage}", place=_site(one), service_s=lasts, windows=kept or ((0, 0),))
