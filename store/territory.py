"""Load a territory document: communes, points, containers, devices, depots, vehicles.

The document is what `python firmware-sim territory` prints or what a collectivity exports: plain JSON,
keys named like the columns of `0001_territory.sql`, references by code. Loading it again updates what
changed and adds what is new; it never removes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import DictRow

from store.queries import named_queries

_QUERIES = named_queries("store", "sql/queries/territory.sql")

# Document section → query, in the order references need.
_SECTIONS = (
    ("communes", "upsert_commune"),
    ("streams", "upsert_stream"),
    ("points", "upsert_point"),
    ("containers", "upsert_container"),
    ("devices", "upsert_device"),
    ("mountings", "add_mounting"),
    ("depots", "upsert_depot"),
    ("unloading_sites", "upsert_unloading_site"),
    ("vehicles", "upsert_vehicle"),
)

_OPTIONAL: dict[str, dict[str, Any]] = {
    "vehicles": {
        "height_mm": None,
        "width_mm": None,
        "length_mm": None,
        "gross_weight_kg": None,
        "week_s": 126_000,
    },
}


class BadTerritory(Exception):
    """The document cannot be loaded; the message names the section and the row."""


def load_territory(
    connection: psycopg.Connection[DictRow], document: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, int]:
    """Write `document` in one transaction; return the number of rows per section.

    Raises `BadTerritory` and writes nothing when a row is refused.
    """
    counts: dict[str, int] = {}
    with connection.transaction():
        for section, query in _SECTIONS:
            rows = document.get(section, ())
            for number, row in enumerate(rows):
                try:
                    connection.execute(_QUERIES[query], {**_OPTIONAL.get(section, {}), **row})
                except (psycopg.Error, KeyError) as error:
                    cause = error.diag.message_primary if isinstance(error, psycopg.Error) else f"no {error}"
                    raise BadTerritory(f"{section}[{number}]: {cause or error}") from error
            counts[section] = len(rows)
    return counts
