"""The nouns of planning: what must be collected, by whom, and the plan that answers.

Units, everywhere: seconds, metres, litres, kilograms, cents; whole numbers. A moment of the day is
in seconds after local midnight (it may pass 86,400 for a round that ends the next day). Both ends
of a window are inclusive, and a window says when service may *start*.

It refuses to know how a plan is found (``solve``), judged (``checker``) or written (``document``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

Seconds = Annotated[int, "seconds"]
Clock = Annotated[int, "seconds after local midnight"]
Metres = Annotated[int, "metres"]
Cents = Annotated[int, "cents"]
Load = Annotated[Mapping[str, int], "quantity by dimension, for instance l (litres) and kg (kilograms)"]
Window = Annotated[tuple[int, int], "first and last moment at which service may start, both inclusive"]

SITE_SERVICE_S = 120
"""Seconds to park, set up and leave at a point; CONTAINER_SERVICE_S more for each container lifted.

Both from the Groningen study (Wouda, Aerts-Veenstra, van Foreest 2024, arXiv 2409.13386), whose
published configuration takes 2 min per site and 1 min per container."""
CONTAINER_SERVICE_S = 60

VisitKind = Literal["start", "collect", "unload", "break", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere a truck can be, in WGS 84 degrees."""

    id: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Travel between places, in the order of the problem's places; None where no road is known.

    ``distance_m[i][j]`` and ``duration_s[i][j]`` go from place i to place j and need not be
    symmetric. ``source`` names what computed it, for the people who read the plan.
    """

    distance_m: tuple[tuple[int | None, ...], ...]
    duration_s: tuple[tuple[int | None, ...], ...]
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One stop: ``load`` is taken on board there, ``deliver`` was brought from where the trip starts.

    A trip starts where the vehicle does, and again at each unloading site. A required task is
    dropped only when no way to serve it is found, with the reason. An optional one is served when
    ``prize_cents`` outweighs what the detour costs. No window means any time; ``vehicles`` None
    means any vehicle; a vehicle must have every skill the task asks for (crane, narrow road…).
    """

    id: str
    place: str
    load: Load = field(default_factory=dict)
    service_s: Seconds = 0
    required: bool = True
    prize_cents: Cents = 0
    windows: tuple[Window, ...] = ()
    vehicles: tuple[str, ...] | None = None
    skills: tuple[str, ...] = ()
    deliver: Load = field(default_factory=dict)
    release_s: Clock = 0
    """What is delivered is ready then: the trip that serves it starts no earlier."""
    max_ride_s: Seconds | None = None
    """From its trip's start, service starts after so long at most (a meal out of the cold room)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A pause the crew takes parked, between two visits.

    It starts at most ``latest_after_s`` after the route's start; a route over by then needs none.
    """

    duration_s: Seconds
    latest_after_s: Seconds


PUBLIC_AGENT_BREAK = Break(duration_s=20 * 60, latest_after_s=6 * 3600)
"""Twenty minutes after six hours at most (décret n° 2000-815, art. 3; Code du travail, L3121-16)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lunch:
    """A pause that starts inside ``window``; owed by a route that begins before the window closes
    and ends after it."""

    duration_s: Seconds
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Driving:
    """No more than ``limit_s`` at the wheel without ``rest_s``, in one piece or as both ``parts`` in order.

    The defaults are regulation (EC) 561/2006, art. 7. Only driving counts; any pause counts as rest.
    """

    limit_s: Seconds = 16_200
    rest_s: Seconds = 2_700
    parts: tuple[int, int] = (900, 1_800)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A truck and its crew for the day.

    The route starts no earlier than ``shift_start_s`` and ends no later than ``shift_end_s``.
    A load dimension missing from ``capacity`` has no room at all. Costs are whole cents. A truck
    already on the road starts where it is, at that time, with ``aboard``.
    """

    id: str
    start: str
    end: str
    capacity: Load
    shift_start_s: Clock
    shift_end_s: Clock
    max_duration_s: Seconds | None = None
    pause: Break | None = None
    cost_per_km_cents: Cents = 100
    cost_per_hour_cents: Cents = 3000
    fixed_cost_cents: Cents = 0
    skills: tuple[str, ...] = ()
    aboard: Load = field(default_factory=dict)
    max_overtime_s: Seconds = 0
    """The route may last so much longer than ``max_duration_s``, at ``overtime_per_hour_cents`` on top."""
    overtime_per_hour_cents: Cents = 0
    lunch: Lunch | None = None
    driving: Driving | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnloadingSite:
    """Where a truck empties itself, as often as it likes, when the site is open (None: always)."""

    id: str
    place: str
    service_s: Seconds = 0
    window: Window | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The dispatcher's lock: if this task is served, it is by this vehicle."""

    task: str
    vehicle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """The vehicle's route begins with exactly these stops (tasks or unloading sites), in order."""

    vehicle: str
    stops: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """The dispatcher's order: of these tasks, those that are served are served by this vehicle, in this
    order. Others may come between. A task is in one succession at most."""

    vehicle: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Tasks of which one at most is served: two doors of one yard, two days' doors of one person.

    Its tasks are neither required nor prized by themselves: the group is.
    """

    id: str
    tasks: tuple[str, ...]
    required: bool = True
    prize_cents: Cents = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """What ``pickup`` takes on board is left at ``delivery``, by the same vehicle, later on; or neither."""

    pickup: str
    delivery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What it costs when another vehicle than the usual one serves the task: the same driver for
    the same person, or yesterday's plan."""

    task: str
    vehicle: str
    price_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything a plan depends on. ``routing.validate.refusals`` says what is wrong with it."""

    places: tuple[Place, ...]
    matrix: Matrix
    tasks: tuple[Task, ...]
    vehicles: tuple[Vehicle, ...]
    unloading_sites: tuple[UnloadingSite, ...] = ()
    pins: tuple[Pin, ...] = ()
    prefixes: tuple[Prefix, ...] = ()
    end_empty: bool = True
    groups: tuple[Group, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    habits: tuple[Habit, ...] = ()
    successions: tuple[Succession, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One line of a route. ``load`` is what is on board when the truck leaves.

    ``ref`` is a task, an unloading site, or for start, break and end the place where it happens.
    The truck arrives, waits until ``start_s``, and leaves at ``departure_s``.
    """

    kind: VisitKind
    ref: str
    place: str
    arrival_s: Clock
    start_s: Clock
    departure_s: Clock
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What one vehicle does, from its start to its end."""

    vehicle: str
    visits: tuple[Visit, ...]
    distance_m: Metres
    duration_s: Seconds
    cost_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A task left out, with a code for programs and a French sentence for people.

    Codes: no_vehicle, too_big, no_site, no_road, closed, too_far (all: alone on an empty truck it
    would not do either), day_full (no room was found beside the other stops: not a proof),
    too_dear (optional, the detour costs more than the prize), out_of_time (the budget ended before
    every place was tried), removed (by the caller's own order), other_chosen (another of its group
    is served).
    """

    task: str
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The routes, and every task they leave out. Vehicles that stay home have no route."""

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    distance_m: Metres
    duration_s: Seconds
    cost_cents: Cents
    lost_prizes_cents: Cents
    complete: bool
    """Whether every required task and group is served. False must be shown to whoever reads the plan."""
    engine: str
    seed: int
    habits_cents: Cents = 0
    """What the habits it breaks are priced at."""
    bound_cents: Cents | None = None
    """No complete plan costs less, all prices included; None when no bound was worked out."""
    remarks: tuple[str, ...] = ()
    """What went wrong on the way to a plan that is good all the same, for whoever reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a document or a problem is refused: the field at fault and a French sentence."""

    code: str
    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No plan was attempted, or none can exist; never empty."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The solver's process did not answer; ``plan`` is the best checked plan it had sent, if any.

    Codes: cancelled, memory, killed, deadline, protocol.
    """

    code: str
    text: str
    plan: Plan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One rule a plan breaks; ``ref`` is the stop, ``vehicle`` the route, when there is one."""

    code: str
    text: str
    vehicle: str | None = None
    ref: str | None = None
