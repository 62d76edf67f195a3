"""From database rows to a `routing.Problem`, and from a `routing.Plan` to the rows of rounds.

Names in the problem are codes people know: a task is its point's code, a vehicle its own, an unloading
site its own; places are `depot/…`, `point/…`, `site/…`. Moments are seconds after local midnight.
Knows nothing of SQL, queues or pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from api.dispatch.selection import Lift, Selection, Stop
from api.french import NBSP, PARIS, kilometres
from api.french import number as decimal
from routing.model import (
    CONTAINER_SERVICE_S,
    SITE_SERVICE_S,
    Break,
    Matrix,
    Pin,
    Place,
    Plan,
    Problem,
    Route,
    Task,
    UnloadingSite,
    Vehicle,
    Visit,
)
from routing.travel import ANY_RIG, GreatCircle, Rig, TravelTimes, extended, widest

FLOWN: TravelTimes = GreatCircle()
"""What is used where no roads were chosen."""
OUTING_CENTS = 3000
"""Taking a truck out at all: about an hour of checking, washing and driving staff. An assumption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truck:
    """A vehicle and its depot, as `vehicles_by_id` returns them; seconds, litres, kilograms."""

    id: int
    code: str
    name: str
    capacity_l: int
    capacity_kg: int
    shift_start_s: int
    shift_s: int
    break_after_s: int
    break_s: int
    depot_id: int
    depot_code: str
    depot_name: str
    lat: float
    lon: float
    height_mm: int | None = None
    width_mm: int | None = None
    length_mm: int | None = None
    gross_weight_kg: int | None = None
    streams: Sequence[str] = ()
    week_s: int = 126_000
    """Hours of its crew in a week, whatever the streams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An unloading site, as `unloading_sites_of_stream` returns it."""

    id: int
    code: str
    name: str
    lat: float
    lon: float
    opens_s: int
    closes_s: int
    service_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow:
    """One row of `stop`, with its containers; `ref` is the task or site it comes from."""

    kind: Literal["start", "collect", "unload", "break", "end"]
    ref: str
    place: str
    arrival_at: datetime
    departure_at: datetime
    load_l: int
    load_kg: int
    required: bool
    reason: str
    lifts: tuple[Lift, ...]


def rig_of(trucks: Iterable[Truck]) -> Rig:
    """The road all these trucks can take."""
    return widest(
        Rig(
            height_mm=one.height_mm,
            width_mm=one.width_mm,
            length_mm=one.length_mm,
            weight_kg=one.gross_weight_kg,
        )
        for one in trucks
    )


def build_problem(
    selection: Selection,
    trucks: Sequence[Truck],
    sites: Sequence[Site],
    pins: Mapping[str, str],
    travel: TravelTimes = FLOWN,
) -> Problem:
    """Put the day together; `pins` says on which vehicle a point's stop must stay."""
    places = tuple(_places(selection.stops, trucks, sites))
    return Problem(
        places=places,
        matrix=travel.travel(places, rig_of(trucks)).matrix,
        tasks=tuple(task_of(stop) for stop in selection.stops),
        vehicles=tuple(_vehicle(truck) for truck in trucks),
        unloading_sites=tuple(_site(site) for site in sites),
        pins=tuple(
            Pin(task=stop.point_code, vehicle=pins[stop.point_code])
            for stop in selection.stops
            if stop.point_code in pins
        ),
    )


def with_stop(problem: Problem, stop: Stop, travel: TravelTimes = FLOWN, rig: Rig = ANY_RIG) -> Problem:
    """Add a stop the planner was not asked about, or replace its task; the rest does not move."""
    place = _place(f"point/{stop.point_code}", stop.lat, stop.lon)
    places, matrix = problem.places, problem.matrix
    if place not in places:
        places = (*places, place)
        matrix = extended(matrix, places, travel.travel(places, rig))
    task = task_of(stop)
    tasks = (*(one for one in problem.tasks if one.id != task.id), task)
    return replace(problem, places=places, matrix=matrix, tasks=tasks)


def task_of(stop: Stop) -> Task:
    """A point as the planner sees it."""
    return Task(
        id=stop.point_code,
        place=f"point/{stop.point_code}",
        load=stop.load,
        service_s=SITE_SERVICE_S + CONTAINER_SERVICE_S * len(stop.lifts),
        required=stop.required,
        prize_cents=0 if stop.required else stop.prize_cents,
    )


def _places(stops: Iterable[Stop], trucks: Iterable[Truck], sites: Iterable[Site]) -> Iterable[Place]:
    depots = {truck.depot_code: truck for truck in trucks}
    for code, depot in sorted(depots.items()):
        yield _place(f"depot/{code}", depot.lat, depot.lon)
    for site in sites:
        yield _place(f"site/{site.code}", site.lat, site.lon)
    for stop in stops:
        yield _place(f"point/{stop.point_code}", stop.lat, stop.lon)


def _place(name: str, lat: float, lon: float) -> Place:
    return Place(id=name, lat=lat, lon=lon)


def _vehicle(truck: Truck) -> Vehicle:
    depot = f"depot/{truck.depot_code}"
    return Vehicle(
        id=truck.code,
        start=depot,
        end=depot,
        capacity={"l": truck.capacity_l, "kg": truck.capacity_kg},
        shift_start_s=truck.shift_start_s,
        shift_end_s=truck.shift_start_s + truck.shift_s,
        pause=Break(duration_s=truck.break_s, latest_after_s=truck.break_after_s) if truck.break_s else None,
        fixed_cost_cents=OUTING_CENTS,
    )


def _site(site: Site) -> UnloadingSite:
    # The window says when unloading may start; it must also be over when the site closes.
    window = (site.opens_s, max(site.opens_s, site.closes_s - site.service_s))
    return UnloadingSite(id=site.code, place=f"site/{site.code}", service_s=site.service_s, window=window)


def instant(service_day: date, seconds: int) -> datetime:
    """Turn seconds after local midnight into an instant: wall-clock time, as shifts and opening hours are."""
    return (datetime.combine(service_day, time(), PARIS) + timedelta(seconds=seconds)).astimezone(UTC)


def rows_of(
    route: Route, service_day: date, stops: Mapping[str, Stop], legs: "Legs", by_hand: frozenset[str]
) -> tuple[StopRow, ...]:
    """Write a route as stop rows, each collect stop with why it is there; `by_hand` were added by people."""
    rows = []
    for number, visit in enumerate(route.visits):
        stop = stops.get(visit.ref) if visit.kind == "collect" else None
        reason = _unloading_reason(route.visits, number) if visit.kind == "unload" else ""
        if stop is not None:
            detour = legs.detour_m(route.visits, number)
            reason = reason_of(stop, detour, stop.point_code in by_hand)
        rows.append(
            StopRow(
                kind=visit.kind,
                ref=visit.ref,
                place=visit.place,
                arrival_at=instant(service_day, visit.arrival_s),
                departure_at=instant(service_day, visit.departure_s),
                load_l=visit.load.get("l", 0),
                load_kg=visit.load.get("kg", 0),
                required=stop is not None and stop.required,
                reason=reason,
                lifts=stop.lifts if stop else (),
            )
        )
    return tuple(rows)


def reason_of(stop: Stop, detour_m: int, by_hand: bool) -> str:
    """Say in one sentence why the truck stops here."""
    first = next((lift for lift in stop.lifts if lift.need == "required"), stop.lifts[0])
    others = len(stop.lifts) - 1
    more = (
        f" Et {others} autre{'s' if others > 1 else ''} colonne{'s' if others > 1 else ''}." if others else ""
    )
    if stop.required:
        return first.why + more
    why = first.why.rstrip(".")
    if by_hand:
        return f"{why}, ajoutée à la main : {kilometres(detour_m)} de détour.{more}"
    return f"{why}, sur le chemin : {kilometres(detour_m)} de détour.{more}"


def _unloading_reason(visits: Sequence[Visit], number: int) -> str:
    aboard = f"{cubic_metres(visits[number - 1].load.get('l', 0))} à bord"
    last = all(visit.kind != "collect" for visit in visits[number:])
    return f"Vidage de fin de tournée, {aboard}." if last else f"Vidage en cours de tournée, {aboard}."


def cubic_metres(litres: int) -> str:
    """Write « 12,4 m³ »."""
    return f"{decimal(litres / 1000, 1)}{NBSP}m³"


@dataclass(frozen=True, slots=True)
class Legs:
    """Road metres between the places of a problem, looked up by name."""

    at: Mapping[str, int]
    matrix: Matrix

    @classmethod
    def of(cls, problem: Problem) -> "Legs":
        """Index the matrix of `problem`."""
        return cls({place.id: number for number, place in enumerate(problem.places)}, problem.matrix)

    def metres(self, origin: str, target: str) -> int:
        """Metres from one place to the other; 0 where no road is known."""
        return self.matrix.distance_m[self.at[origin]][self.at[target]] or 0

    def detour_m(self, visits: Sequence[Visit], number: int) -> int:
        """Metres that skipping this visit would spare."""
        before, here, after = (visits[number + step].place for step in (-1, 0, 1))
        return max(0, self.metres(before, here) + self.metres(here, after) - self.metres(before, after))


def served_by_engine(plan: Plan) -> frozenset[str]:
    """Tasks the planner itself chose to serve."""
    return frozenset(v.ref for route in plan.routes for v in route.visits if v.kind == "collect")


def stop_to_document(stop: Stop) -> dict[str, Any]:
    """Write a stop for the planning's own document, where adjusting finds it again."""
    return {
        "point_code": stop.point_code,
        "point_name": stop.point_name,
        "commune": stop.commune,
        "lat": stop.lat,
        "lon": stop.lon,
        "required": stop.required,
        "prize_cents": stop.prize_cents,
        "lifts": [{name: getattr(lift, name) for name in Lift.__slots__} for lift in stop.lifts],
    }


def stop_from_document(document: Mapping[str, Any]) -> Stop:
    """Read what `stop_to_document` wrote."""
    lifts = tuple(Lift(**lift) for lift in document["lifts"])
    return Stop(**{**document, "lifts": lifts})
