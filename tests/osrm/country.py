"""A little country in OpenStreetMap's own format, drawn here: what its roads forbid is known to the tests.

Ten by seven crossroads 500 m apart, in the Haut-Pays' latitude. A river runs between columns 4 and 5; one
bridge stands on row 3, and a bridge too weak for trucks (3.5 t) on row 0. Row 5 is one-way eastwards. South
of row 6, an island's road touches no other. Columns are streets, rows are departmental roads.
"""

from dataclasses import dataclass
from math import cos, radians
from xml.etree.ElementTree import Element, SubElement, tostring

from routing.model import Place

SOUTH, WEST = 50.50, 2.00
BLOCK_M = 500
COLUMNS, ROWS = 10, 7
RIVER = 4
"""The river runs east of this column."""
BRIDGE, WEAK_BRIDGE, ONE_WAY = 3, 0, 5
_LAT_M = 111_195
_LON_M = _LAT_M * cos(radians(SOUTH))


@dataclass(frozen=True, slots=True)
class _Way:
    nodes: tuple[tuple[int, int], ...]
    tags: dict[str, str]


def crossroads(column: float, row: float, name: str = "") -> Place:
    """Where a column and a row meet; parts of a block are allowed, rows count northwards."""
    lat = SOUTH + row * BLOCK_M / _LAT_M
    lon = WEST + column * BLOCK_M / _LON_M
    return Place(id=name or f"{column}/{row}", lat=round(lat, 6), lon=round(lon, 6))


def document() -> bytes:
    """The country as OSM XML."""
    root = Element("osm", version="0.6", generator="glaneur tests")
    ways = [*_roads(), _island()]
    numbers: dict[tuple[int, int], int] = {}
    for node in (node for way in ways for node in way.nodes):
        numbers.setdefault(node, len(numbers) + 1)
    for (column, row), number in numbers.items():
        place = crossroads(column, row)
        SubElement(root, "node", id=str(number), version="1", lat=f"{place.lat:.6f}", lon=f"{place.lon:.6f}")
    for number, way in enumerate(ways, 1):
        element = SubElement(root, "way", id=str(number), version="1")
        for node in way.nodes:
            SubElement(element, "nd", ref=str(numbers[node]))
        for key, value in way.tags.items():
            SubElement(element, "tag", k=key, v=value)
    return b"<?xml version='1.0' encoding='UTF-8'?>\n" + tostring(root)


def _roads() -> list[_Way]:
    ways = []
    for row in range(ROWS):
        tags = {"highway": "tertiary", "name": f"Route du Rang {row}", "ref": f"D {100 + row}"}
        if row == ONE_WAY:
            tags["oneway"] = "yes"
        ways.append(_Way(tuple((column, row) for column in range(RIVER + 1)), tags))
        ways.append(_Way(tuple((column, row) for column in range(RIVER + 1, COLUMNS)), tags))
    for row, limit in ((BRIDGE, {}), (WEAK_BRIDGE, {"maxweight": "3.5"})):
        tags = {"highway": "tertiary", "name": f"Pont du Rang {row}", "bridge": "yes", **limit}
        ways.append(_Way(((RIVER, row), (RIVER + 1, row)), tags))
    for column in range(COLUMNS):
        tags = {"highway": "residential", "name": f"Rue de la Colonne {column}"}
        ways.append(_Way(tuple((column, row) for row in range(ROWS)), tags))
    return ways


def _island() -> _Way:
    return _Way(((2, -8), (3, -8), (4, -8)), {"highway": "residential", "name": "Rue de l'Île"})
