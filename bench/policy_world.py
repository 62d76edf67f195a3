"""Made-up territories and what people bring, for `bench.policy`: the truth, which no policy sees.

Arrivals are compound Poisson: deposits come at a rate that follows weekday, season, slow changes of habit
and rare events, and their sizes are lognormal with one in sixty drawn from a Pareto tail (a shop, a cellar
emptied). None of this is the forecaster's model (`bench.policy_forecast`: a level and a rate, normal).
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routing.model import Matrix, Place
from routing.travel import GreatCircle

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WARM_UP = 42
WEEKDAY = np.array([0.95, 0.85, 1.0, 0.85, 0.95, 1.35, 1.05])
MORNING = 0.4
"""The part of a day's deposits that come before noon, when rounds empty columns."""
TAIL, BIG = 1 / 60, 6.0
"""The part of deposits from the heavy tail, and the least of these in usual deposits; forty is the most."""
KG_A_YEAR = {"verre": (35, 330), "papier": (20, 220), "emballages": (10, 30)}
"""Kilograms a year and inhabitant, and kilograms per cubic metre: those of the demonstration territory."""
DEPOSIT_L = {"verre": 8.0, "papier": 15.0, "emballages": 33.0, "omr": 33.4}
MOST_A_DAY = 0.14
"""The part of its volume that a column usually gets a day at most: where more is brought, people have long
put a second one. Without this bound no policy whatever keeps 99.5 % of a town's litres: some columns would
fill every day, and nobody comes on Sunday."""
COMMUNES = Path(__file__).parents[1] / "firmware-sim" / "data" / "communes.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The columns of one stream: positions in the territory's arrays, and the truck that carries it."""

    code: str
    columns: tuple[int, ...]
    capacity_l: int
    capacity_kg: int
    density_kg_m3: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """Places (0 is the hub: depot and unloading site together), columns, trucks, days of service."""

    name: str
    places: tuple[Place, ...]
    matrix: Matrix
    place_of: tuple[int, ...]
    volume: Floats
    usual: Floats
    """Litres a day, as inhabitants alone would tell: known to the forecaster at the start."""
    streams: tuple[Stream, ...]
    weekdays: frozenset[int]
    trucks: int
    shift_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Litres brought, [day, half, column]; probes: 0 sound, 1 silent, 2 shifted by `offset` points."""

    brought: Floats
    fault: NDArray[np.int64]
    offset: Floats
    start: Floats


def countryside(seed: int) -> Territory:
    """Sixty points over the 49 communes; 60 glass, 50 paper and 70 packaging columns: 180."""
    rng = np.random.default_rng([seed, 1])
    with COMMUNES.open(encoding="utf-8", newline="") as lines:
        communes = list(csv.DictReader(lines))
    seats = dict.fromkeys(range(len(communes)), 1)
    people = [int(one["population_municipale"]) for one in communes]
    while sum(seats.values()) < 60:
        best = max(seats, key=lambda i: people[i] / (seats[i] + 1))
        seats[best] += 1
    hub = next(one for one in communes if one["nom"] == "Fruges")
    places, served = [Place(id="hub", lat=float(hub["lat"]) - 0.008, lon=float(hub["lon"]) + 0.018)], [0.0]
    for i, one in enumerate(communes):
        for _ in range(seats[i]):
            reach = 0.35 if seats[i] == 1 else 0.8
            north, east = rng.uniform(-reach, reach, 2)
            lat = float(one["lat"]) + north / 111.32
            lon = float(one["lon"]) + east / (111.32 * math.cos(math.radians(lat)))
            places.append(Place(id=f"p{len(places)}", lat=lat, lon=lon))
            served.append(people[i] / seats[i])
    matrix = GreatCircle().matrix(places)
    rank = sorted(range(1, 61), key=lambda p: -served[p])
    place_of: list[int] = []
    usual: list[float] = []
    streams = []
    for code, total, litres, kilos in (
        ("verre", 60, 30_000, 10_000), ("papier", 50, 30_000, 10_000), ("emballages", 70, 60_000, 9_000),
    ):  # fmt: skip
        at = (rank + rank)[:total]
        share = dict.fromkeys(set(at), 0.0)
        for p in range(1, 61):
            share[min(share, key=lambda q: (matrix.distance_m[p][q] or 0, q))] += served[p]
        kg, density = KG_A_YEAR[code]
        first = len(place_of)
        place_of += at
        usual += [share[p] / at.count(p) * kg * 1000 / density / 365 for p in at]
        columns = tuple(range(first, len(place_of)))
        streams.append(
            Stream(code=code, columns=columns, capacity_l=litres, capacity_kg=kilos, density_kg_m3=density)
        )
    volume = np.array([4000.0 if served[p] > 300 else 3250.0 for p in place_of])
    return Territory(
        name="countryside", places=tuple(places), matrix=matrix, place_of=tuple(place_of), volume=volume,
        usual=np.array(usual), streams=tuple(streams), weekdays=frozenset(range(5)), trucks=3, shift_s=23_400,
    )  # fmt: skip


def town(seed: int, columns: int = 850) -> Territory:
    """A dense town: one stream, a column a place, 17 a square kilometre whatever their number; 25 km/h."""
    rng = np.random.default_rng([seed, 2])
    reach = 4.0 * math.sqrt(columns / 850)
    radius, turn = reach * np.sqrt(rng.uniform(0, 1, columns)), rng.uniform(0, 2 * math.pi, columns)
    places = [Place(id="hub", lat=50.73, lon=2.62)]
    for i in range(columns):
        north, east = radius[i] * math.cos(turn[i]), radius[i] * math.sin(turn[i])
        lat = 50.72 + north / 111.32
        lon = 2.55 + east / (111.32 * math.cos(math.radians(lat)))
        places.append(Place(id=f"p{i + 1}", lat=lat, lon=lon))
    usual = 650.0 * rng.lognormal(-(0.5**2) / 2, 0.5, columns)
    stream = Stream(
        code="omr", columns=tuple(range(columns)), capacity_l=90_000, capacity_kg=11_000, density_kg_m3=120
    )
    return Territory(
        name="town", places=tuple(places), matrix=GreatCircle(speed_kmh=25).matrix(places),
        place_of=tuple(range(1, columns + 1)), volume=np.full(columns, 5000.0), usual=usual,
        streams=(stream,), weekdays=frozenset(range(6)), trucks=5, shift_s=23_400,
    )  # fmt: skip


def truth(territory: Territory, days: int, broken: float, seed: int) -> Truth:
    """What happens whatever the policy: the same deposits for all."""
    rng = np.random.default_rng([seed, 3])
    n = len(territory.volume)
    code = [""] * n
    for stream in territory.streams:
        for one in stream.columns:
            code[one] = stream.code
    size = np.array([DEPOSIT_L[one] for one in code])
    base = np.minimum(MOST_A_DAY * territory.volume, territory.usual * rng.lognormal(-(0.35**2) / 2, 0.35, n))
    phase, swing = rng.uniform(0, 2 * math.pi), 0.15
    habit = rng.normal(0, 0.2, n)
    brought = np.zeros((days, 2, n))
    event = np.zeros(n)
    sizes = size * (1 - TAIL + TAIL * BIG * 1.9 / 0.9)
    for day in range(days):
        habit = 0.97 * habit + rng.normal(0, 0.2 * math.sqrt(1 - 0.97**2), n)
        event = np.where(rng.uniform(0, 1, n) < 1 / 120, rng.uniform(1, 3, n), event * (rng.uniform() < 0.5))
        season = 1 + swing * math.sin(2 * math.pi * day / 364 + phase)
        shared = rng.lognormal(-0.005, 0.1)
        mean = base * WEEKDAY[day % 7] * season * shared * np.exp(habit - 0.02) * (1 + event)
        for half, part in enumerate((MORNING, 1 - MORNING)):
            count = rng.poisson(mean * part / sizes)
            owner = np.repeat(np.arange(n), count)
            litres = size[owner] * rng.lognormal(-0.32, 0.8, len(owner))
            big = rng.uniform(0, 1, len(owner)) < TAIL
            litres[big] = size[owner[big]] * np.minimum(40.0, BIG * (1 + rng.pareto(1.9, int(big.sum()))))
            brought[day, half] = np.bincount(owner, weights=litres, minlength=n)
    fault = np.where(rng.uniform(0, 1, n) < broken, rng.integers(1, 3, n), 0)
    return Truth(
        brought=brought,
        fault=fault,
        offset=np.where(fault == 2, rng.choice([-15.0, -10.0, 10.0, 15.0], n), 0.0),
        start=rng.uniform(0, 0.7, n) * territory.volume,
    )
