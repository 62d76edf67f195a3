"""Bad input is refused with the field and the reason; good input is not."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from routing.model import Break, Pin, Place, Prefix, Problem, Shipment, Succession, UnloadingSite
from routing.validate import MAX_QUANTITY, refusals
from tests.routing.days import line, problems, truck


def matrix(**changes: object) -> Problem:
    problem = line(8)
    return replace(problem, matrix=replace(problem.matrix, **changes))  # type: ignore[arg-type]


def task(**changes: object) -> Problem:
    problem = line(8)
    return replace(problem, tasks=(replace(problem.tasks[0], **changes),))  # type: ignore[arg-type]


def doubled(name: str) -> Problem:
    problem = line(8)
    return replace(problem, **{name: getattr(problem, name) * 2})


SQUARE = line(8).matrix.duration_s

REFUSED: list[tuple[str, str, Callable[[], Problem]]] = [
    ("no_vehicle", "vehicles", lambda: line(8, vehicles=())),
    ("duplicate", "tasks", lambda: doubled("tasks")),
    ("duplicate", "vehicles", lambda: doubled("vehicles")),
    ("duplicate", "unloading_sites", lambda: doubled("unloading_sites")),
    ("duplicate", "tasks, unloading_sites", lambda: task(id="quai")),
    ("duplicate", "places", lambda: line(8, places=(Place(id="km0", lat=0, lon=0),) * 3)),
    ("matrix_size", "matrix.duration_s", lambda: matrix(duration_s=())),
    ("matrix_size", "matrix.duration_s", lambda: matrix(duration_s=(*SQUARE, SQUARE[0]))),
    ("matrix_size", "matrix.distance_m[1]", lambda: matrix(distance_m=(SQUARE[0], (0, 0), SQUARE[2]))),
    ("matrix_hole", "matrix[0]", lambda: matrix(duration_s=((0, None, 480), *SQUARE[1:]))),
    ("range", "matrix.duration_s[0]", lambda: matrix(duration_s=((0, -1, 480), *SQUARE[1:]))),
    ("range", "matrix.duration_s[0]", lambda: matrix(duration_s=((0, 2**63, 480), *SQUARE[1:]))),
    ("range", "places[0].lat", lambda: line(places=(Place(id="km0", lat=91, lon=0), *line().places[1:]))),
    (
        "range",
        "places[0].lon",
        lambda: line(places=(Place(id="km0", lat=0, lon=float("nan")), *line().places[1:])),
    ),
    ("range", "tasks[0].load.kg", lambda: task(load={"kg": -1})),
    ("range", "tasks[0].load.kg", lambda: task(load={"kg": MAX_QUANTITY + 1})),
    ("range", "tasks[0].service_s", lambda: task(service_s=2**70)),
    ("range", "tasks[0].prize_cents", lambda: task(prize_cents=-5)),
    ("range", "tasks[0].windows[0][1]", lambda: task(windows=((0, 10**9),))),
    ("window", "tasks[0].windows[1]", lambda: task(windows=((0, 5), (9, 8)))),
    ("unknown", "tasks[0].place", lambda: task(place="nowhere")),
    ("unknown", "tasks[0].vehicles", lambda: task(vehicles=("tracteur",))),
    ("unknown", "vehicles[0].start", lambda: line(8, vehicles=(truck("c", start="x"),))),
    ("unknown", "vehicles[0].end", lambda: line(8, vehicles=(truck("c", end="x"),))),
    ("window", "vehicles[0].shift", lambda: line(8, vehicles=(truck("c", shift_end_s=0),))),
    ("range", "vehicles[0].capacity.kg", lambda: line(8, vehicles=(truck("c", capacity={"kg": -1}),))),
    ("range", "vehicles[0].max_duration_s", lambda: line(8, vehicles=(truck("c", max_duration_s=-1),))),
    (
        "range",
        "vehicles[0].cost_per_km_cents",
        lambda: line(8, vehicles=(truck("c", cost_per_km_cents=2**40),)),
    ),
    (
        "range",
        "vehicles[0].pause.duration_s",
        lambda: line(8, vehicles=(truck("c", pause=Break(duration_s=-1, latest_after_s=0)),)),
    ),
    ("unknown", "unloading_sites[0].place", lambda: line(8, unloading_sites=(site(place="x"),))),
    ("window", "unloading_sites[0].window", lambda: line(8, unloading_sites=(site(window=(9, 8)),))),
    ("unknown", "pins[0].task", lambda: line(8, pins=(Pin(task="x", vehicle="camion"),))),
    ("unknown", "pins[0].vehicle", lambda: line(8, pins=(Pin(task="t1", vehicle="x"),))),
    (
        "contradiction",
        "pins[0]",
        lambda: replace(task(vehicles=()), pins=(Pin(task="t1", vehicle="camion"),)),
    ),
    ("duplicate", "pins", lambda: line(8, pins=(Pin(task="t1", vehicle="camion"),) * 2)),
    ("unknown", "prefixes[0].vehicle", lambda: line(8, prefixes=(Prefix(vehicle="x", stops=()),))),
    ("unknown", "prefixes[0].stops[0]", lambda: line(8, prefixes=(Prefix(vehicle="camion", stops=("x",)),))),
    (
        "contradiction",
        "prefixes[0].stops[1]",
        lambda: line(8, prefixes=(Prefix(vehicle="camion", stops=("t1", "t1")),)),
    ),
    ("unknown", "successions[0].vehicle", lambda: line(8, successions=(lined("t1", vehicle="x"),))),
    ("unknown", "successions[0].tasks[0]", lambda: line(8, successions=(lined("quai"),))),
    ("contradiction", "successions[0].tasks[1]", lambda: line(8, successions=(lined("t1", "t1"),))),
    (
        "contradiction",
        "successions[1].tasks[0]",
        lambda: line(8, 9, successions=(lined("t1", "t2"), lined("t2"))),
    ),
    (
        "contradiction",
        "successions[0].tasks[0]",
        lambda: line(
            8,
            vehicles=(truck("camion"), truck("b")),
            pins=(Pin(task="t1", vehicle="b"),),
            successions=(lined("t1"),),
        ),
    ),
    (
        "contradiction",
        "successions[0].tasks",
        lambda: line(
            8, 9, prefixes=(Prefix(vehicle="camion", stops=("t2",)),), successions=(lined("t1", "t2"),)
        ),
    ),
    (
        "contradiction",
        "successions[0].tasks[0]",
        lambda: line(
            8,
            9,
            unloading_sites=(),
            shipments=(Shipment(pickup="t1", delivery="t2"),),
            successions=(lined("t2", "t1"),),
        ),
    ),
]


def lined(*tasks: str, vehicle: str = "camion") -> Succession:
    return Succession(vehicle=vehicle, tasks=tasks)


def site(**changes: object) -> UnloadingSite:
    return replace(line().unloading_sites[0], **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "field", "problem"), REFUSED, ids=[f"{c}-{f}" for c, f, _ in REFUSED])
def test_refused_with_field_and_reason(code: str, field: str, problem: Callable[[], Problem]) -> None:
    """The exact field is named, and a French sentence goes with it."""
    found = refusals(problem())
    assert (code, field) in {(reason.code, reason.field) for reason in found}
    assert all(reason.text for reason in found)


@settings(max_examples=50, deadline=None)
@given(problems())
def test_what_the_strategy_makes_is_valid(problem: Problem) -> None:
    """The random problems of the other tests really reach the solver."""
    assert refusals(problem) == ()
