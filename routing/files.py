"""Public benchmark files as problems: CVRPLIB/VRPLIB, Solomon, and PVRP-IF, so that anyone can compare.

It knows how each set is scored: one unit of distance is one metre and costs one cent, one unit of time
is one second and costs nothing. VRPTW files follow the DIMACS convention (everything × 10,
truncated), the others round distances to the nearest whole. It reads text; opening files is the caller's.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot, sqrt

from routing.model import Matrix, Place, Problem, Reason, Refused, Task, UnloadingSite, Vehicle

CENTS_PER_KM = 1000
"""One cent a metre: a plan's cost is the file's own objective."""
FOREVER_S = 600_000
"""The day of a file that has no time windows; what ``validate`` takes is a little more."""
Cells = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Vrplib:
    """A VRPLIB text taken apart: its specifications and its sections."""

    specifications: Mapping[str, str]
    sections: Mapping[str, Cells]

    def number(self, key: str, otherwise: float | None = None) -> float:
        """A specification as a number."""
        text = self.specifications.get(key)
        if text is None:
            if otherwise is None:
                raise ValueError(f"{key} is missing")
            return otherwise
        return float(text)

    def column(self, section: str, size: int) -> list[float]:
        """A section of one value a node, in the nodes' order; zeros when it is absent."""
        values = {int(row[0]): row[1] for row in self.sections.get(section, ())}
        return [values.get(i + 1, 0) for i in range(size)]


def read_text(text: str, *, vehicles: int | None = None) -> Problem | Refused:
    """A VRPLIB or Solomon file's text as a problem; ``vehicles`` overrides how many there are."""
    try:
        if re.search(r"^\s*CUST(OMER)?\b", text, re.MULTILINE):
            return _solomon(text, vehicles)
        return _vrplib(_taken_apart(text), vehicles)
    except (ValueError, KeyError, IndexError, OverflowError) as error:
        reason = Reason(code="malformed", field="", text=f"Fichier illisible : {error}.")
        return Refused(reasons=(reason,))


def _taken_apart(text: str) -> Vrplib:
    specifications: dict[str, str] = {}
    sections: dict[str, list[list[float]]] = {}
    section: str | None = None
    for line in text.splitlines():
        words = line.split()
        if not words or words[0] == "EOF":
            continue
        if words[0].endswith("_SECTION"):
            section = words[0]
            sections[section] = []
        elif ":" in line and words[0][0].isalpha():
            key, _, value = line.partition(":")
            specifications[key.strip()] = value.strip().strip('"')
        elif section is not None:
            sections[section].append([float(word) for word in words])
    if "DIMENSION" not in specifications:
        raise ValueError("DIMENSION is missing")
    return Vrplib(specifications, sections)


def _vrplib(file: Vrplib, vehicles: int | None) -> Problem:
    size = int(file.number("DIMENSION"))
    points = [(row[1], row[2]) for row in file.sections["NODE_COORD_SECTION"]]
    if len(points) != size:
        raise ValueError(f"{len(points)} coordinates for a dimension of {size}")
    kind = file.specifications.get("TYPE", "CVRP")
    # PyVRP's sets scale by ten like DIMACS; the X set rounds.
    scale = 1 if kind == "CVRP" else 10
    demands = file.column("DEMAND_SECTION", size)
    windows = {int(row[0]): (row[1], row[2]) for row in file.sections.get("TIME_WINDOW_SECTION", ())}
    releases = file.column("RELEASE_TIME_SECTION", size)
    prizes = file.column("PRIZE_SECTION", size)
    service = [file.number("SERVICE_TIME", 0)] * size
    if "SERVICE_TIME_SECTION" in file.sections:
        service = file.column("SERVICE_TIME_SECTION", size)
    trips = "VEHICLES_RELOAD_DEPOT_SECTION" in file.sections
    horizon = int(windows[1][1] * scale) if windows else FOREVER_S
    tasks = []
    for i in range(1, size):
        first, last = windows.get(i + 1, (0, horizon))
        load = {"u": round(demands[i])}
        tasks.append(
            Task(
                id=str(i),
                place=str(i),
                load={} if trips else load,
                deliver=load if trips else {},
                service_s=int(service[i] * scale),
                required=not prizes[i],
                prize_cents=int(prizes[i] * scale),
                windows=((int(first * scale), int(last * scale)),) if windows else (),
                release_s=int(releases[i] * scale),
            )
        )
    count = vehicles or int(file.number("VEHICLES", _enough(demands, file.number("CAPACITY"))))
    distances = _plane(points, scale)
    site = UnloadingSite(id="reload", place="0", window=(0, horizon))
    return _problem(points, distances, tasks, count, int(file.number("CAPACITY")), horizon, (site,) * trips)


def _enough(demands: Sequence[float], capacity: float) -> int:
    """Files of the X set leave the fleet open: three vehicles in ten more than the load asks for."""
    return int(1.3 * sum(demands) / capacity) + 4


def _solomon(text: str, vehicles: int | None) -> Problem:
    rows = [[float(word) for word in line.split()] for line in text.splitlines() if _all_numbers(line)]
    fleet, nodes = rows[0], rows[1:]
    tasks = tuple(
        Task(
            id=str(int(number)),
            place=str(int(number)),
            load={"u": int(demand)},
            service_s=int(10 * service),
            windows=((int(10 * ready), int(10 * due)),),
        )
        for number, _, _, demand, ready, due, service in nodes[1:]
    )
    points = [(row[1], row[2]) for row in nodes]
    horizon = int(10 * nodes[0][5])
    return _problem(points, _plane(points, 10), tasks, vehicles or int(fleet[0]), int(fleet[1]), horizon, ())


def _all_numbers(line: str) -> bool:
    return bool(line.split()) and all(re.fullmatch(r"-?\d+(\.\d+)?", word) for word in line.split())


def _plane(points: Sequence[tuple[float, float]], scale: int) -> Cells:
    """Distances on the plane: rounded when unscaled, else multiplied and truncated (DIMACS)."""
    if scale == 1:
        return [[int(hypot(a - c, b - d) + 0.5) for c, d in points] for a, b in points]
    return [[int(scale * sqrt((a - c) ** 2 + (b - d) ** 2)) for c, d in points] for a, b in points]


def _problem(
    points: Sequence[tuple[float, float]],
    distances: Cells,
    tasks: Sequence[Task],
    vehicles: int,
    capacity: int,
    horizon: int,
    sites: tuple[UnloadingSite, ...],
) -> Problem:
    rows = tuple(tuple(int(value) for value in row) for row in distances)
    return Problem(
        places=tuple(Place(id=str(i), lat=0.0, lon=0.0) for i in range(len(points))),
        matrix=Matrix(distance_m=rows, duration_s=rows, source="fichier public"),
        tasks=tuple(tasks),
        vehicles=tuple(
            Vehicle(
                id=f"v{i + 1}",
                start="0",
                end="0",
                capacity={"u": capacity},
                shift_start_s=0,
                shift_end_s=horizon,
                cost_per_km_cents=CENTS_PER_KM,
                cost_per_hour_cents=0,
            )
            for i in range(vehicles)
        ),
        unloading_sites=sites,
        end_empty=False,
    )


def best_known(text: str) -> float | None:
    """The cost a solution file states."""
    found = re.search(r"^Cost:?\s+([\d.]+)", text, re.MULTILINE)
    return None if found is None else float(found[1])


def read_pvrpif(text: str, report: str, day: int) -> Problem | Refused:
    """One day of a PVRP-IF file, with the customers that a published report assigns to it.

    Minutes are read as seconds and as metres: the objective is driving time.
    """
    try:
        document = json.loads(text)
        info, matrix = document["info"], document["duration"]
        nodes = {int(one["properties"]["id"]): one["properties"] for one in document["features"]}
        tasks = [
            Task(
                id=str(i),
                place=str(i),
                load={"u": round(nodes[i]["demand"])},
                service_s=round(nodes[i]["service"]),
            )
            for i in _customers(report, day)
            if nodes[i]["type"] == "customer"
        ]
        sites = tuple(
            UnloadingSite(id=f"site-{i}", place=str(i), service_s=round(one["service"]))
            for i, one in nodes.items()
            if one["type"] == "intermediateFacility"
        )
        points = [(0.0, 0.0)] * len(nodes)
        longest, capacity, fleet = (round(info[key]) for key in ("maxDuration", "maxCapacity", "numVehicles"))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        return Refused(reasons=(Reason(code="malformed", field="", text=f"Fichier illisible : {error}."),))
    return replace(_problem(points, matrix, tasks, fleet, capacity, longest, sites), end_empty=True)


def _customers(report: str, day: int) -> list[int]:
    found: set[int] = set()
    for block in re.split(r"(?=^Day: )", report, flags=re.MULTILINE):
        path = re.search(r"^path\s+(.*)$", block, re.MULTILINE)
        if path and block.startswith(f"Day: {day}:"):
            found |= {int(float(word)) for word in path[1].split()}
    if not found:
        raise ValueError(f"the report has no day {day}")
    return sorted(found)
