"""Problems for the tests: one easy to follow by hand, one like a real day, and random small ones.

All places are made up.
"""

from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from routing.model import (
    Break,
    Driving,
    Group,
    Habit,
    Lunch,
    Matrix,
    Pin,
    Place,
    Plan,
    Prefix,
    Problem,
    Refused,
    Shipment,
    Succession,
    Task,
    UnloadingSite,
    Vehicle,
)
from routing.travel import GreatCircle

HOUR = 3600
SIX = 6 * HOUR


def line(*positions_km: int, **changes: object) -> Problem:
    """A straight road: depot at km 0, a site "quai" at km 5, tasks "t1", "t2"… at these kilometres.

    A kilometre takes a minute; each task weighs 1,000 kg and takes 3 min; one truck of 2,500 kg
    goes out at 6:00 for at most 7 hours, for 1 € a kilometre and 36 € an hour.
    """
    at = [0, 5, *positions_km]
    places = [Place(id=f"km{i}", lat=50.5, lon=2 + km / 100) for i, km in enumerate(at)]
    fields: dict[str, object] = {
        "places": tuple(places),
        "matrix": Matrix(
            distance_m=tuple(tuple(1000 * abs(a - b) for b in at) for a in at),
            duration_s=tuple(tuple(60 * abs(a - b) for b in at) for a in at),
        ),
        "tasks": tuple(
            Task(id=f"t{i + 1}", place=f"km{i + 2}", load={"kg": 1000}, service_s=180)
            for i in range(len(positions_km))
        ),
        "vehicles": (truck("camion"),),
        "unloading_sites": (UnloadingSite(id="quai", place="km1", service_s=600),),
    }
    return Problem(**(fields | changes))  # type: ignore[arg-type]


def truck(identifier: str, **changes: object) -> Vehicle:
    """A truck of the line's depot."""
    fields: dict[str, object] = {
        "id": identifier,
        "start": "km0",
        "end": "km0",
        "capacity": {"kg": 2500},
        "shift_start_s": SIX,
        "shift_end_s": 13 * HOUR,
        "cost_per_km_cents": 100,
        "cost_per_hour_cents": 3600,
    }
    return Vehicle(**(fields | changes))  # type: ignore[arg-type]


def planned(answer: Plan | Refused) -> Plan:
    """The plan; a refusal fails the test with its reasons."""
    assert isinstance(answer, Plan), answer
    return answer


def codes(answer: object) -> set[str]:
    """The codes of a refusal's reasons."""
    assert isinstance(answer, Refused), answer
    return {reason.code for reason in answer.reasons}


def waste_day(seed: int, stops: int = 40) -> Problem:
    """A day like those of the public PVRP-IF instances: several trips, two sites, shift, one capacity."""
    random = Random(seed)
    places = [
        Place(id=f"p{i}", lat=50.4 + random.random() / 5, lon=2 + random.random() / 3) for i in range(stops)
    ]
    tasks = [
        Task(
            id=f"t{i}",
            place=f"p{i}",
            load={"l": random.randrange(1000, 4000), "kg": random.randrange(200, 1200)},
            service_s=60 * random.randrange(3, 7),
            required=random.random() < 0.8,
            prize_cents=random.randrange(3000),
        )
        for i in range(3, stops)
    ]
    vehicles = [
        Vehicle(
            id=f"v{i}",
            start="p0",
            end="p0",
            capacity={"l": 20_000 - 4000 * i, "kg": 6000},
            shift_start_s=SIX,
            shift_end_s=SIX + 7 * HOUR,
            pause=Break(duration_s=1200, latest_after_s=4 * HOUR),
            fixed_cost_cents=4000,
        )
        for i in range(2)
    ]
    return Problem(
        places=tuple(places),
        matrix=GreatCircle().matrix(places),
        tasks=tuple(tasks),
        vehicles=tuple(vehicles),
        unloading_sites=(
            UnloadingSite(id="s1", place="p1", service_s=900, window=(5 * HOUR, 12 * HOUR)),
            UnloadingSite(id="s2", place="p2", service_s=600, window=(8 * HOUR, 18 * HOUR)),
        ),
    )


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Small valid problems that combine every rule, many of them impossible to satisfy in full."""
    n_places = draw(st.integers(1, 6))
    places = tuple(Place(id=f"p{i}", lat=50.0, lon=2.0) for i in range(n_places))
    place = st.sampled_from([one.id for one in places])
    vehicles = tuple(draw(_vehicle(f"v{i}", place)) for i in range(draw(st.integers(1, 3))))
    names = [vehicle.id for vehicle in vehicles]
    tasks = tuple(draw(_task(f"t{i}", place, names)) for i in range(draw(st.integers(0, 7))))
    sites = tuple(draw(_site(f"s{i}", place)) for i in range(draw(st.integers(0, 2))))
    tasks, groups, shipments = draw(_together(tasks, bool(sites)))
    pins, prefixes = draw(_locks(tasks, sites, names))
    successions = draw(_successions(tasks, names)) if not (pins or prefixes or shipments) else ()
    habits = draw(st.lists(st.tuples(st.integers(0, 6), st.sampled_from(names)), max_size=2, unique=True))
    return Problem(
        places=places,
        matrix=draw(_matrix(n_places)),
        tasks=tasks,
        vehicles=vehicles,
        unloading_sites=sites,
        pins=pins,
        prefixes=prefixes,
        end_empty=draw(st.booleans()),
        groups=groups,
        shipments=shipments,
        habits=tuple(
            Habit(task=tasks[i].id, vehicle=vehicle, price_cents=draw(st.integers(0, 3000)))
            for i, vehicle in habits
            if i < len(tasks)
        ),
        successions=successions,
    )


@st.composite
def _together(
    draw: st.DrawFn, tasks: tuple[Task, ...], sites: bool
) -> tuple[tuple[Task, ...], tuple[Group, ...], tuple[Shipment, ...]]:
    """Now and then the last tasks as a group, and (without sites) the first two as a shipment."""
    free = list(tasks)
    groups, shipments = [], []
    if len(free) > 3 and draw(st.integers(0, 2)) == 0:
        size = draw(st.integers(1, 3))
        free[-size:] = [replace(task, required=False, prize_cents=0) for task in free[-size:]]
        names = tuple(task.id for task in free[-size:])
        prize = draw(st.integers(0, 3000))
        groups.append(Group(id="g", tasks=names, required=draw(st.booleans()), prize_cents=prize))
    if len(free) > 5 and not sites and draw(st.integers(0, 1)) == 0:
        free[0] = replace(free[0], deliver={})
        free[1] = replace(free[1], load={}, deliver={}, required=free[0].required)
        shipments.append(Shipment(pickup=free[0].id, delivery=free[1].id))
    return tuple(free), tuple(groups), tuple(shipments)


@st.composite
def _locks(
    draw: st.DrawFn, tasks: tuple[Task, ...], sites: tuple[UnloadingSite, ...], names: list[str]
) -> tuple[tuple[Pin, ...], tuple[Prefix, ...]]:
    free = list(tasks)
    pins, prefixes = [], []
    if draw(st.booleans()) and free:
        task = free.pop()
        pins.append(Pin(task=task.id, vehicle=draw(st.sampled_from(task.vehicles or tuple(names)))))
    if draw(st.integers(0, 4)) == 0 and free:
        stops = [task.id for task in free[: draw(st.integers(1, 2))]]
        stops += [site.id for site in sites[: draw(st.integers(0, 1))]]
        prefixes.append(Prefix(vehicle=draw(st.sampled_from(names)), stops=tuple(stops)))
    return tuple(pins), tuple(prefixes)


@st.composite
def _successions(draw: st.DrawFn, tasks: tuple[Task, ...], names: list[str]) -> tuple[Succession, ...]:
    """Now and then some of the tasks that its vehicle may serve, in any order."""
    vehicle = draw(st.sampled_from(names))
    free = [task.id for task in tasks if task.vehicles is None or vehicle in task.vehicles]
    if len(free) < 2 or draw(st.integers(0, 2)):
        return ()
    order = draw(st.permutations(free))[: draw(st.integers(2, 4))]
    return (Succession(vehicle=vehicle, tasks=tuple(order)),)


def _window() -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(0, 12_000), st.integers(0, 15_000)).map(lambda w: (w[0], w[0] + w[1]))


def _loads(top: int) -> st.SearchStrategy[dict[str, int]]:
    return st.dictionaries(st.sampled_from(["l", "kg"]), st.integers(0, top))


@st.composite
def _vehicle(draw: st.DrawFn, name: str, place: st.SearchStrategy[str]) -> Vehicle:
    start = draw(st.integers(0, 5000))
    pauses = st.builds(Break, duration_s=st.integers(0, 2000), latest_after_s=st.integers(0, 9000))
    lunches = st.builds(Lunch, duration_s=st.integers(0, 2000), window=_window())
    wheels = st.builds(
        Driving, limit_s=st.integers(500, 9000), rest_s=st.just(600), parts=st.just((200, 400))
    )
    rarely = st.integers(0, 4).map(lambda n: n == 0)
    return Vehicle(
        id=name,
        start=draw(place),
        end=draw(place),
        capacity={"l": draw(st.integers(5, 40)), "kg": draw(st.integers(10, 40))},
        shift_start_s=start,
        shift_end_s=start + draw(st.integers(2000, 25_000)),
        max_duration_s=draw(st.none() | st.integers(3000, 20_000)),
        pause=draw(st.none() | pauses),
        cost_per_km_cents=draw(st.integers(0, 200)),
        cost_per_hour_cents=draw(st.integers(0, 5000)),
        fixed_cost_cents=draw(st.integers(0, 5000)),
        skills=tuple(draw(st.lists(st.sampled_from(["grue", "étroit"]), unique=True))),
        aboard=draw(_loads(5)) if draw(rarely) else {},
        max_overtime_s=draw(st.sampled_from([0, 0, 3000])),
        overtime_per_hour_cents=draw(st.integers(0, 5000)),
        lunch=draw(lunches) if draw(rarely) else None,
        driving=draw(wheels) if draw(rarely) else None,
    )


@st.composite
def _task(draw: st.DrawFn, name: str, place: st.SearchStrategy[str], vehicles: list[str]) -> Task:
    some = st.lists(st.sampled_from(vehicles), unique=True, min_size=1).map(tuple)
    return Task(
        id=name,
        place=draw(place),
        load=draw(_loads(15)),
        service_s=draw(st.integers(0, 900)),
        required=draw(st.booleans()),
        prize_cents=draw(st.integers(0, 5000)),
        windows=tuple(draw(st.lists(_window(), max_size=2))),
        vehicles=draw(st.none() | some),
        skills=("grue",) if draw(st.integers(0, 5)) == 0 else (),
        deliver=draw(_loads(5)) if draw(st.integers(0, 3)) == 0 else {},
        release_s=draw(st.integers(0, 9000)) if draw(st.integers(0, 5)) == 0 else 0,
        max_ride_s=draw(st.integers(0, 6000)) if draw(st.integers(0, 5)) == 0 else None,
    )


@st.composite
def _site(draw: st.DrawFn, name: str, place: st.SearchStrategy[str]) -> UnloadingSite:
    window = draw(st.none() | _window())
    return UnloadingSite(id=name, place=draw(place), service_s=draw(st.integers(0, 900)), window=window)


@st.composite
def _matrix(draw: st.DrawFn, size: int) -> Matrix:
    """Asymmetric, without triangle inequality, now and then without a road."""
    leg = st.tuples(st.integers(0, 20_000), st.integers(0, 1500))
    cells = [
        [(0, 0) if i == j else draw(leg) if draw(st.integers(0, 15)) else (None, None) for j in range(size)]
        for i in range(size)
    ]
    return Matrix(
        distance_m=tuple(tuple(cell[0] for cell in row) for row in cells),
        duration_s=tuple(tuple(cell[1] for cell in row) for row in cells),
    )
