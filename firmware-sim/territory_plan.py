"""Draws the demonstration territory: points, columns, probes, depots, trucks for the 49 communes.

Knows the communes (facts, data/README.md) and invents the rest from a seed: same seed, same document.
Refuses to know databases and numeric identifiers: rows refer to each other by code, and their keys are
the columns of the tables in store/sql/migrations/0001_territory.sql. Litres, kilograms, millimetres,
seconds; WGS 84 degrees.
"""

import csv
import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]

DATA = Path(__file__).parent / "data"
POINTS = 60
COLUMNS = {"verre": 60, "papier": 50, "emballages": 70}
DEAD_ZONE_MM = {"ultrasonic": 280, "laser": 120}
FIRST_MOUNTING = datetime(2025, 9, 1, 8, tzinfo=UTC)

ABOUT = (
    "Territoire de démonstration. Seules les 49 communes de la CC du Haut-Pays du Montreuillois sont réelles "
    "(source : Etalab découpage administratif, IGN ; Licence Ouverte 2.0). Points, colonnes, sondes, dépôts, "
    "quais, camions et leurs noms sont fictifs. Les densités sont des hypothèses, à caler sur les pesées."
)

# Densities are assumptions (middle of 300-350, 200-250 and 25-35 kg/m3), to be corrected by weighbridge
# tickets. The colours keep a contrast of at least 4.5 with white, so yellow bins become amber.
STREAMS: tuple[Row, ...] = (
    {"code": "verre", "label": "Verre", "colour": "#1b7a3d", "density_kg_m3": 330},
    {"code": "papier", "label": "Papier", "colour": "#1d5fa8", "density_kg_m3": 220},
    {"code": "emballages", "label": "Emballages", "colour": "#946200", "density_kg_m3": 30},
)

_ALL = ["verre", "papier", "emballages"]
# (code, name, INSEE code of the commune beside which it stands, metres east, metres north)
_DEPOTS = (
    ("DEP-FRU", "Dépôt de Fruges", "62364", 900, -700),
    ("DEP-HUC", "Dépôt d'Hucqueliers", "62463", -600, 500),
)
_SITES: tuple[tuple[str, str, str, int, int, list[str], int, int], ...] = (
    ("QUAI-FRU", "Quai de transfert de Fruges", "62364", 1300, -900, _ALL, 18000, 68400),
    ("QUAI-BOU", "Quai de transfert de Bourthes", "62168", 800, 600, ["papier", "emballages"], 21600, 64800),
)
# A crane truck carries a 30 m3 caisson; the third one compacts, so it takes more loose litres. It leaves
# at 05:00 under the 45 minutes after 4 h 30 of driving; the two others take 20 minutes within 6 hours.
_VEHICLES: tuple[Row, ...] = (
    {"code": "GRUE-1", "name": "Camion grue 1", "depot": "DEP-FRU", "streams": ["verre", "papier"],
     "capacity_l": 30000, "capacity_kg": 10000, "shift_start_s": 21600, "shift_s": 25200,
     "break_after_s": 21600, "break_s": 1200, "active": True},
    {"code": "GRUE-2", "name": "Camion grue 2", "depot": "DEP-HUC", "streams": _ALL,
     "capacity_l": 30000, "capacity_kg": 10000, "shift_start_s": 21600, "shift_s": 25200,
     "break_after_s": 21600, "break_s": 1200, "active": True},
    {"code": "COMPACT-3", "name": "Camion grue compacteur", "depot": "DEP-FRU",
     "streams": ["papier", "emballages"], "capacity_l": 60000, "capacity_kg": 9000,
     "shift_start_s": 18000, "shift_s": 25200,
     "break_after_s": 16200, "break_s": 2700, "active": True},
)  # fmt: skip


def territory(seed: int) -> Row:
    """Return the whole document, ready for JSON. Only the seed changes it."""
    rng = random.Random(f"territory/{seed}")
    communes = _communes()
    points, people = _points(communes, rng)
    containers = _containers(points, people, rng)
    devices, mountings = _devices(containers, rng)
    return {
        "about": ABOUT,
        "seed": seed,
        "communes": communes,
        "streams": [dict(stream) for stream in STREAMS],
        "points": points,
        "containers": containers,
        "devices": devices,
        "mountings": mountings,
        "depots": _depots(communes),
        "unloading_sites": _unloading_sites(communes),
        "vehicles": [dict(vehicle) for vehicle in _VEHICLES],
    }


def _communes() -> list[Row]:
    with (DATA / "communes.csv").open(encoding="utf-8", newline="") as lines:
        return [
            {
                "insee": row["insee"],
                "name": row["nom"],
                "postcode": row["code_postal"],
                "population": int(row["population_municipale"]),
                "lat": float(row["lat"]),
                "lon": float(row["lon"]),
            }
            for row in csv.DictReader(lines)
        ]


def _lines(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


def _seats(populations: dict[str, int], seats: int) -> dict[str, int]:
    """One point each, then the next to whoever has most inhabitants per point (d'Hondt's quotients)."""
    given = dict.fromkeys(populations, 1)
    for _ in range(seats - len(given)):
        best = max(given, key=lambda code: (populations[code] / (given[code] + 1), code))
        given[best] += 1
    return given


def _moved(lat: float, lon: float, east_m: float, north_m: float) -> tuple[float, float]:
    """A place some metres away, rounded to the fifth decimal (about a metre)."""
    return (
        round(lat + north_m / 111_320, 5),
        round(lon + east_m / (111_320 * math.cos(math.radians(lat))), 5),
    )


def _points(communes: list[Row], rng: random.Random) -> tuple[list[Row], dict[str, int]]:
    """Points, and how many inhabitants each serves."""
    seats = _seats({c["insee"]: c["population"] for c in communes}, POINTS)
    names, notes = _lines("point_names.txt"), _lines("access_notes.txt")
    points: list[Row] = []
    people: dict[str, int] = {}
    for commune in communes:
        count = seats[commune["insee"]]
        for name in rng.sample(names, count):
            code = f"PAV-{len(points) + 1:03d}"
            reach = 350 if count == 1 else 800  # metres: several points of one town stand apart
            lat, lon = _moved(
                commune["lat"], commune["lon"], rng.uniform(-reach, reach), rng.uniform(-reach, reach)
            )
            note = rng.choice(notes) if rng.random() < 0.15 else ""
            points.append(
                {
                    "code": code,
                    "name": name,
                    "insee": commune["insee"],
                    "lat": lat,
                    "lon": lon,
                    "access_note": note,
                }
            )
            people[code] = round(commune["population"] / count)
    return points, people


def _containers(points: list[Row], people: dict[str, int], rng: random.Random) -> list[Row]:
    """Every point has glass and packaging; paper and second columns go where most people are."""
    ranked = sorted(people, key=lambda code: (-people[code], code))
    containers = []
    for point in points:
        rank = ranked.index(point["code"])
        for stream, total in COLUMNS.items():
            count = total // len(points) + (rank < total % len(points))
            for number in range(1, count + 1):
                code = f"{point['code']}-{stream[0].upper()}{number}"
                containers.append(_container(code, point["code"], stream, people[point["code"]], rng))
    return containers


def _container(code: str, point: str, stream: str, people: int, rng: random.Random) -> Row:
    volume_l = 4000 if people > 300 else rng.choice((3000, 3500))
    dead_zone_mm = DEAD_ZONE_MM[rng.choice(("ultrasonic", "ultrasonic", "laser"))]
    full_mm = 320 + 10 * rng.randrange(8)
    inside_mm = {3000: 1250, 3500: 1400, 4000: 1550}[volume_l]
    return {
        "code": code,
        "point": point,
        "stream": stream,
        "volume_l": volume_l,
        "empty_distance_mm": full_mm + inside_mm + 10 * rng.randrange(-3, 4),
        "full_distance_mm": full_mm,
        "dead_zone_mm": dead_zone_mm,
        "plan_percent": 70,
        "urgent_percent": 90,
    }


def _devices(containers: list[Row], rng: random.Random) -> tuple[list[Row], list[Row]]:
    devices, mountings = [], []
    for number, container in enumerate(containers, start=1):
        serial = f"GLN-{number:04d}"
        devices.append({"serial": serial, "codec": "native", "report_interval_s": 14400})
        day = FIRST_MOUNTING + timedelta(days=rng.randrange(90), minutes=10 * rng.randrange(40))
        mountings.append(
            {"device": serial, "container": container["code"], "from": day.strftime("%Y-%m-%dT%H:%M:%SZ")}
        )
    return devices, mountings


def _beside(communes: list[Row], insee: str, east_m: int, north_m: int) -> tuple[float, float]:
    commune = next(c for c in communes if c["insee"] == insee)
    return _moved(commune["lat"], commune["lon"], east_m, north_m)


def _depots(communes: list[Row]) -> list[Row]:
    rows = []
    for code, name, insee, east_m, north_m in _DEPOTS:
        lat, lon = _beside(communes, insee, east_m, north_m)
        rows.append({"code": code, "name": name, "lat": lat, "lon": lon})
    return rows


def _unloading_sites(communes: list[Row]) -> list[Row]:
    rows = []
    for code, name, insee, east_m, north_m, streams, opens_s, closes_s in _SITES:
        lat, lon = _beside(communes, insee, east_m, north_m)
        rows.append(
            {
                "code": code,
                "name": name,
                "lat": lat,
                "lon": lon,
                "streams": streams,
                "opens_s": opens_s,
                "closes_s": closes_s,
                "service_s": 1200,
            }
        )
    return rows
