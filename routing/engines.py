"""Which engine can say which rule: a table, and what follows from it for a problem.

``yes``: said exactly. ``near``: only approximated; its proposals are mended, timed and judged like all
others, so this costs quality, not correctness. ``no``: the engine is not asked at all. The package's
own insertion knows every rule, since it times each trial: it is why a problem always has someone.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from routing.model import Problem

Says = Literal["yes", "near", "no"]
ENGINES = ("PyVRP", "OR-Tools")
"""In the order in which they are asked."""

MANY_TASKS = 400
"""Beyond some 300 stops with unloading trips OR-Tools has left required stops out whatever its time."""

RULES: Mapping[str, Callable[[Problem], bool]] = {
    "unloading": lambda p: bool(p.unloading_sites),
    "prizes": lambda p: not all(t.required for t in p.tasks) or not all(g.required for g in p.groups),
    "several_windows": lambda p: any(len(task.windows) > 1 for task in p.tasks),
    "who_may": lambda p: (
        bool(p.pins or p.successions) or any(t.skills or t.vehicles is not None for t in p.tasks)
    ),
    "prefixes": lambda p: bool(p.prefixes),
    "aboard": lambda p: any(any(vehicle.aboard.values()) for vehicle in p.vehicles),
    "pause": lambda p: any(vehicle.pause is not None for vehicle in p.vehicles),
    "lunch": lambda p: any(vehicle.lunch is not None for vehicle in p.vehicles),
    "driving": lambda p: any(vehicle.driving is not None for vehicle in p.vehicles),
    "overtime": lambda p: any(vehicle.max_overtime_s for vehicle in p.vehicles),
    "deliveries": lambda p: any(any(task.deliver.values()) for task in p.tasks),
    "deliveries_and_unloading": lambda p: (
        bool(p.unloading_sites) and any(any(task.deliver.values()) for task in p.tasks)
    ),
    "release": lambda p: any(task.release_s for task in p.tasks),
    "ride": lambda p: any(task.max_ride_s is not None for task in p.tasks),
    "groups": lambda p: bool(p.groups),
    "shipments": lambda p: bool(p.shipments),
    "habits": lambda p: bool(p.habits),
    "successions": lambda p: any(len(one.tasks) > 1 for one in p.successions),
}
"""Each rule that some engine may not know, and whether a problem has it."""

EXPRESSES: Mapping[str, Mapping[str, Says]] = {
    "PyVRP": {
        "unloading": "yes",
        "prizes": "yes",
        "several_windows": "yes",
        "who_may": "yes",
        "prefixes": "near",  # timed apart from what follows
        "aboard": "yes",
        "pause": "near",  # no breaks in the open library: the day is shorter by the pause
        "lunch": "near",
        "driving": "near",
        "overtime": "yes",
        "deliveries": "yes",
        "deliveries_and_unloading": "yes",
        "release": "yes",
        "ride": "near",  # only what follows for the length of the whole route
        "groups": "yes",
        "shipments": "near",  # the first window of each end only
        "habits": "yes",
        "successions": "near",  # the vehicle, not the order, which is dealt anew afterwards
    },
    "OR-Tools": {
        "unloading": "yes",
        "prizes": "yes",
        "several_windows": "yes",
        "who_may": "yes",
        "prefixes": "near",
        "aboard": "yes",
        "pause": "near",  # the vehicle leaves at one moment chosen beforehand
        "lunch": "near",
        "driving": "near",  # counts the time since the last rest, at the wheel or not
        "overtime": "yes",
        "deliveries": "yes",
        "deliveries_and_unloading": "no",  # what a site takes off and puts on would be one variable
        "release": "no",
        "ride": "near",  # waiting on the way is not counted
        "groups": "yes",
        "shipments": "yes",
        "habits": "yes",
        "successions": "yes",
    },
}


def expresses(problem: Problem) -> dict[str, Says]:
    """For each engine, the worst of what it can say of this problem's rules."""
    present = [rule for rule, has in RULES.items() if has(problem)]
    worst: dict[str, Says] = {}
    for engine in ENGINES:
        said = {EXPRESSES[engine][rule] for rule in present}
        worst[engine] = "no" if "no" in said else "near" if "near" in said else "yes"
    return worst


def entrants(problem: Problem) -> tuple[str, ...]:
    """The engines worth asking, the likeliest first; may be empty.

    Without unloading trips, and when PyVRP says every rule exactly, OR-Tools has been 3 to 12 % behind
    on every public instance tried: the time is better spent on PyVRP alone. On large days too.
    """
    said = expresses(problem)
    alone = said["PyVRP"] == "yes" and not problem.unloading_sites
    if alone or (said["PyVRP"] != "no" and len(problem.tasks) > MANY_TASKS):
        return ("PyVRP",)
    return tuple(engine for engine in ENGINES if said[engine] != "no")
