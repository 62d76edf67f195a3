"""The demonstration territory: complete, consistent, believable, and the same for the same seed."""

import csv
import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from territory_plan import territory

ROOT = Path(__file__).parents[2]
SEEDS = (1, 2, 77)


@pytest.fixture(scope="module", params=SEEDS)
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The territory of several seeds: what holds must hold for all."""
    return territory(request.param)


def test_same_seed_same_bytes_other_seed_other_bytes() -> None:
    """A bug report with a seed can be replayed; the seed is not decoration."""
    first, again, other = (json.dumps(territory(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    """No row names a row that is not there, and codes are unique."""
    codes = {
        section: [row[key] for row in document[section]]
        for section, key in (
            ("communes", "insee"), ("streams", "code"), ("points", "code"), ("containers", "code"),
            ("devices", "serial"), ("depots", "code"), ("unloading_sites", "code"), ("vehicles", "code"),
        )
    }  # fmt: skip
    assert all(len(found) == len(set(found)) for found in codes.values())
    assert {p["insee"] for p in document["points"]} <= set(codes["communes"])
    assert {c["point"] for c in document["containers"]} <= set(codes["points"])
    assert {c["stream"] for c in document["containers"]} <= set(codes["streams"])
    assert {v["depot"] for v in document["vehicles"]} <= set(codes["depots"])
    for row in document["unloading_sites"] + document["vehicles"]:
        assert set(row["streams"]) <= set(codes["streams"])
    assert sorted(m["device"] for m in document["mountings"]) == sorted(codes["devices"])
    assert sorted(m["container"] for m in document["mountings"]) == sorted(codes["containers"])


def test_counts_and_every_commune_served(document: dict[str, Any]) -> None:
    """49 communes, 60 points, 180 columns; at least a point each, and most of them where most people are."""
    sections = (
        "communes",
        "streams",
        "points",
        "containers",
        "devices",
        "depots",
        "unloading_sites",
        "vehicles",
    )
    assert [len(document[name]) for name in sections] == [49, 3, 60, 180, 180, 2, 2, 3]
    per_commune = Counter(point["insee"] for point in document["points"])
    assert set(per_commune) == {commune["insee"] for commune in document["communes"]}
    assert per_commune.most_common(1)[0][0] == "62364"  # Fruges
    streams_at = Counter((c["point"], c["stream"]) for c in document["containers"])
    assert all((point["code"], "verre") in streams_at for point in document["points"])


def test_communes_are_the_facts_of_the_file() -> None:
    """Population, coordinates and names are copied, never drawn."""
    with (ROOT / "firmware-sim/data/communes.csv").open(encoding="utf-8", newline="") as lines:
        facts = [tuple(row.values()) for row in csv.DictReader(lines)]
    told = [
        (c["insee"], c["name"], c["postcode"], c["population"], c["lat"], c["lon"])
        for c in territory(1)["communes"]
    ]
    assert [(a, b, c, int(d), float(e), float(f)) for a, b, c, d, e, f in facts] == told


def test_points_stand_near_their_commune(document: dict[str, Any]) -> None:
    """A point is within 1.2 km of its commune's centre, and no two share a place or a name in a commune."""
    centre = {c["insee"]: (c["lat"], c["lon"]) for c in document["communes"]}
    for point in document["points"]:
        lat, lon = centre[point["insee"]]
        east = (point["lon"] - lon) * math.cos(math.radians(lat))
        assert 111_320 * math.hypot(point["lat"] - lat, east) < 1200
    assert len({(p["lat"], p["lon"]) for p in document["points"]}) == 60
    assert len({(p["insee"], p["name"]) for p in document["points"]}) == 60


def test_calibrations_and_thresholds_respect_the_schema(document: dict[str, Any]) -> None:
    """The constraints of the container table hold, and volumes are those of real columns."""
    for c in document["containers"]:
        assert c["empty_distance_mm"] > c["full_distance_mm"] > c["dead_zone_mm"] >= 0
        assert 0 < c["plan_percent"] < c["urgent_percent"] <= 100
        assert 3000 <= c["volume_l"] <= 4000
    serials = [device["serial"] for device in document["devices"]]
    assert all(re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", serial) for serial in serials)


def test_keys_are_columns_of_the_tables() -> None:
    """Each key is a column of its table (a reference loses its `_id`), so loading needs no dictionary."""
    sql = (ROOT / "store/sql/migrations/0001_territory.sql").read_text(encoding="utf-8")
    tables = dict(re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", sql, re.DOTALL))
    document = territory(1)
    for section, table in (
        ("communes", "commune"), ("streams", "stream"), ("points", "point"), ("containers", "container"),
        ("devices", "device"), ("depots", "depot"),
        ("unloading_sites", "unloading_site"), ("vehicles", "vehicle"),
    ):  # fmt: skip
        columns = {
            name.removesuffix("_id")
            for name in re.findall(r"^    ([a-z_0-9]+) ", tables[table], re.MULTILINE)
        }
        for row in document[section]:
            assert set(row) <= columns
    assert set(document["mountings"][0]) == {"device", "container", "from"}


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_stream_colours_can_be_read_on_white() -> None:
    """WCAG's 4.5 : 1, for text in the stream's colour or white text on it."""
    for stream in territory(1)["streams"]:
        assert re.fullmatch(r"#[0-9a-f]{6}", stream["colour"])
        assert 1.05 / (_luminance(stream["colour"]) + 0.05) >= 4.5


def test_says_what_is_fictional() -> None:
    """Nobody may take the invented equipment for the collectivity's own."""
    assert "fictifs" in territory(1)["about"]
    assert "fictional" in (ROOT / "firmware-sim/data/README.md").read_text(encoding="utf-8")
