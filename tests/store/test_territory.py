"""A territory document is loaded whole or not at all, and may be loaded again."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from store.connection import connect
from store.territory import BadTerritory, load_territory

pytestmark = pytest.mark.db

DOCUMENT: dict[str, Any] = {
    "about": "fictional",
    "communes": [
        {
            "insee": "62364", "name": "Fruges", "postcode": "62310",
            "population": 2400, "lat": 50.515, "lon": 2.133,
        }
    ],
    "streams": [{"code": "verre", "label": "Verre", "colour": "#2e7d32", "density_kg_m3": 330}],
    "points": [
        {"code": "P1", "name": "Lavoir", "insee": "62364", "lat": 50.5, "lon": 2.1, "access_note": None}
    ],
    "containers": [
        {
            "code": "C1", "point": "P1", "stream": "verre", "volume_l": 4000,
            "empty_distance_mm": 2000, "full_distance_mm": 200, "dead_zone_mm": 100,
        }
    ],
    "devices": [{"serial": "GLN-1", "report_interval_s": 14400}],
    "mountings": [{"device": "GLN-1", "container": "C1", "from": "2026-01-01T00:00:00Z"}],
    "depots": [{"code": "D1", "name": "Dépôt", "lat": 50.5, "lon": 2.1}],
    "unloading_sites": [
        {
            "code": "U1", "name": "Quai", "lat": 50.5, "lon": 2.1, "streams": ["verre"],
            "opens_s": 18000, "closes_s": 68400, "service_s": 1200,
        }
    ],
    "vehicles": [
        {
            "code": "V1", "name": "Camion", "depot": "D1", "streams": ["verre"], "capacity_l": 20000,
            "capacity_kg": 9000, "shift_start_s": 21600, "shift_s": 25200, "break_after_s": 21600,
            "break_s": 1200,
        }
    ],
}  # fmt: skip
TABLES = {
    "communes": "commune", "streams": "stream", "points": "point", "containers": "container",
    "devices": "device", "mountings": "mounting", "depots": "depot",
    "unloading_sites": "unloading_site", "vehicles": "vehicle",
}  # fmt: skip

NOTHING: dict[str, list[DictRow]] = {section: [] for section in TABLES}


@pytest.fixture
def connection(plain_database: Database) -> Iterator[psycopg.Connection[DictRow]]:
    """The owner's connection to an empty territory."""
    with connect(plain_database.dsn, autocommit=True) as opened:
        yield opened


def everything(connection: psycopg.Connection[DictRow]) -> dict[str, list[DictRow]]:
    queries = {section: f"SELECT * FROM {table} ORDER BY 1" for section, table in TABLES.items()}  # noqa: S608
    return {section: connection.execute(query.encode()).fetchall() for section, query in queries.items()}


def test_every_section_is_loaded(connection: psycopg.Connection[DictRow]) -> None:
    """Each row reaches its table, and the counts say so."""
    assert load_territory(connection, DOCUMENT) == dict.fromkeys(TABLES, 1)
    found = everything(connection)
    assert {section: len(rows) for section, rows in found.items()} == dict.fromkeys(TABLES, 1)
    assert found["containers"][0]["dead_zone_mm"] == 100
    assert found["points"][0]["access_note"] == ""


def test_loading_again_changes_only_what_changed(connection: psycopg.Connection[DictRow]) -> None:
    """The same document leaves the same rows, a corrected one corrects them, and nothing is removed."""
    load_territory(connection, DOCUMENT)
    before = everything(connection)
    load_territory(connection, DOCUMENT)
    assert everything(connection) == before
    changed = deepcopy(DOCUMENT) | {"vehicles": []}
    changed["points"][0]["name"] = "Place de l’Église"
    load_territory(connection, changed)
    after = everything(connection)
    assert after["points"][0]["name"] == "Place de l’Église"
    assert after["points"][0]["id"] == before["points"][0]["id"]
    assert {**after, "points": []} == {**before, "points": []}


@pytest.mark.parametrize(
    ("section", "change", "words"),
    [
        ("containers", {"point": "NOWHERE"}, r"containers\[0\]: .*point_id"),
        ("containers", {"volume_l": -1}, r"containers\[0\]: .*volume_l"),
        ("communes", {"population": "many"}, r"communes\[0\]: .*integer"),
        ("streams", {"colour": "green"}, r"streams\[0\]: .*colour"),
        ("devices", {"serial": "a b"}, r"devices\[0\]: .*serial"),
        ("mountings", {"device": "UNKNOWN"}, r"mountings\[0\]: .*device_id"),
        ("vehicles", {"depot": "D9"}, r"vehicles\[0\]: .*depot_id"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(
    connection: psycopg.Connection[DictRow], section: str, change: dict[str, Any], words: str
) -> None:
    """One wrong row refuses the whole document, so that nobody works on half a territory."""
    document = deepcopy(DOCUMENT)
    document[section][0] |= change
    with pytest.raises(BadTerritory, match=words):
        load_territory(connection, document)
    assert everything(connection) == NOTHING


def test_a_missing_column_is_named(connection: psycopg.Connection[DictRow]) -> None:
    """As is one that was forgotten."""
    document = deepcopy(DOCUMENT)
    del document["depots"][0]["lat"]
    with pytest.raises(BadTerritory, match=r"depots\[0\].*lat"):
        load_territory(connection, document)
    assert everything(connection) == NOTHING
