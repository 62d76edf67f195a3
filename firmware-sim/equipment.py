"""Reads a territory document into what the simulation needs: one Equipment per column with its probe.

Knows how inhabitants become litres per day in each column. Refuses to know time: nothing moves here.
Kilograms per inhabitant are assumptions for a rural territory: glass in the middle of the 30-40 kg
collected by voluntary drop-off, paper 20 kg, and 10 kg of packaging (what does not go to the door).
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

KG_PER_INHABITANT_YEAR = {"verre": 35, "papier": 20, "emballages": 10}


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """A column, the probe that hangs in it, and what people bring to it on an average day."""

    container: str
    stream: str
    density_kg_m3: int
    volume_l: int
    empty_distance_mm: int
    full_distance_mm: int
    dead_zone_mm: int
    serial: str
    report_interval_s: int
    mounted_at: datetime
    litres_per_day: float


def read_equipment(document: dict[str, Any]) -> tuple[Equipment, ...]:
    """One Equipment per mounting, in the document's order. KeyError when a reference does not resolve."""
    containers = {c["code"]: c for c in document["containers"]}
    devices = {d["serial"]: d for d in document["devices"]}
    densities = {s["code"]: s["density_kg_m3"] for s in document["streams"]}
    litres = _litres_per_day(document, densities)
    found = []
    for mounting in document["mountings"]:
        container, device = containers[mounting["container"]], devices[mounting["device"]]
        found.append(
            Equipment(
                container=container["code"],
                stream=container["stream"],
                density_kg_m3=densities[container["stream"]],
                volume_l=container["volume_l"],
                empty_distance_mm=container["empty_distance_mm"],
                full_distance_mm=container["full_distance_mm"],
                dead_zone_mm=container["dead_zone_mm"],
                serial=device["serial"],
                report_interval_s=device["report_interval_s"],
                mounted_at=datetime.fromisoformat(mounting["from"]),
                litres_per_day=litres[container["code"]],
            )
        )
    return tuple(found)


def _litres_per_day(document: dict[str, Any], densities: dict[str, int]) -> dict[str, float]:
    """Each point's inhabitants use the nearest point that has the stream, and share its columns."""
    points = {p["code"]: p for p in document["points"]}
    per_commune: dict[str, int] = {}
    for point in points.values():
        per_commune[point["insee"]] = per_commune.get(point["insee"], 0) + 1
    people = {c["insee"]: c["population"] / per_commune.get(c["insee"], 1) for c in document["communes"]}
    litres: dict[str, float] = {}
    for stream, density in densities.items():
        columns: dict[str, list[str]] = {}
        for container in document["containers"]:
            if container["stream"] == stream:
                columns.setdefault(container["point"], []).append(container["code"])
        if not columns:
            continue
        each = KG_PER_INHABITANT_YEAR.get(stream, 10) * 1000 / density / 365
        for point in points.values():
            nearest = min(columns, key=lambda code: (_metres(point, points[code]), code))
            share = people[point["insee"]] * each / len(columns[nearest])
            for code in columns[nearest]:
                litres[code] = litres.get(code, 0.0) + share
    return litres


def _metres(a: dict[str, Any], b: dict[str, Any]) -> float:
    """Flat-earth distance: exact enough to say which point is nearest within a territory."""
    east = (a["lon"] - b["lon"]) * math.cos(math.radians(a["lat"]))
    return 111_320 * math.hypot(a["lat"] - b["lat"], east)
