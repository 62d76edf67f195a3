"""What engines answered, kept in our database: by engine, profile, truck and rounded coordinates.

Not a file of its own: several workers and web processes share it, it survives restarts, and grants exist
already. Every reading and writing has a short connection of its own, so that nobody's transaction
holds a row here while an engine is asked. Whatever fails here is a log line and a cache that knows nothing.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from routing.model import Place
from routing.travel import Turn, Way
from store.connection import connect
from store.queries import named_queries

_SQL = named_queries("api.travel", "cache.sql")
_log = logging.getLogger(__name__)

Spot = tuple[int, int]
"""Latitude and longitude in 1/100,000 degree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """Where answers are kept, for how long and for how many places."""

    dsn: str
    role: str
    days: int
    places: int


UNKNOWN = -1
"""In a grid: nobody has said yet. None is an answer: there is no road."""
Row = list[int | None]


@dataclass(slots=True)
class Grid:
    """What is known between some spots, in their order: filled by the cache, then by the engine.

    `ids` are the cache's own numbers of the spots it knows.
    """

    spots: Sequence[Spot]
    ids: dict[Spot, int]
    off_road_m: dict[Spot, int | None]
    metres: list[Row]
    seconds: list[Row]


def blank(spots: Sequence[Spot]) -> Grid:
    """A grid in which only the way to oneself is known; the spots are distinct."""
    size = range(len(spots))
    metres: list[Row] = [[0 if i == j else UNKNOWN for j in size] for i in size]
    return Grid(spots, {}, {}, metres, [row.copy() for row in metres])


def spot_of(place: Place) -> Spot:
    """Round to about a metre."""
    return round(place.lat * 100_000), round(place.lon * 100_000)


def place_of(spot: Spot) -> Place:
    """The place that is asked for a spot, whoever asks first."""
    return Place(id="", lat=spot[0] / 100_000, lon=spot[1] / 100_000)


def read_grid(cache: Cache, engine: str, spots: Sequence[Spot]) -> Grid:
    """What is kept between these spots; nothing when the database does not answer."""
    grid = blank(spots)
    try:
        with connect(cache.dsn, cache.role, application="glaneur-travel") as connection:
            for spot, (number, off) in _known(connection, cache, engine, spots).items():
                grid.ids[spot], grid.off_road_m[spot] = number, off
            at = {grid.ids[spot]: index for index, spot in enumerate(spots) if spot in grid.ids}
            for row in connection.execute(_SQL["legs_between"], {"ids": sorted(at)}):
                metres, seconds = grid.metres[at[row["from_id"]]], grid.seconds[at[row["from_id"]]]
                told = zip(row["to_ids"], row["distances"], row["durations"], strict=True)
                for to_id, distance, duration in told:
                    metres[at[to_id]], seconds[at[to_id]] = distance, duration
            connection.execute(_SQL["touch_places"], {"ids": sorted(at)})
    except psycopg.Error as error:
        _log.warning("the travel cache cannot be read: %s", type(error).__name__)
        return blank(spots)
    return grid


def _known(
    connection: Connection[DictRow], cache: Cache, engine: str, spots: Iterable[Spot]
) -> dict[Spot, tuple[int, int | None]]:
    rows = connection.execute(_SQL["known_places"], {"engine": engine, "days": cache.days, **_columns(spots)})
    return {(row["lat_e5"], row["lon_e5"]): (row["id"], row["off_road_m"]) for row in rows}


def keep_legs(cache: Cache, engine: str, grid: Grid, legs: Sequence[tuple[int, int]]) -> None:
    """Keep these legs (row, column), which an engine has just told; forget what is old or too much."""
    if not legs or len(grid.spots) > cache.places:
        return
    try:
        with connect(cache.dsn, cache.role, application="glaneur-travel") as connection:
            limits = {"days": cache.days, "most": cache.places}
            connection.execute(_SQL["forget_old"], limits)
            told = {grid.spots[index] for leg in legs for index in leg}
            ids = _add_places(connection, engine, {spot: grid.off_road_m.get(spot) for spot in told})
            values = {
                "from_ids": [ids[grid.spots[row]] for row, _ in legs],
                "to_ids": [ids[grid.spots[column]] for _, column in legs],
                "distances": [grid.metres[row][column] for row, column in legs],
                "durations": [grid.seconds[row][column] for row, column in legs],
            }
            connection.execute(_SQL["add_legs"], values)
            connection.execute(_SQL["forget_old"], limits)
    except psycopg.Error as error:
        _log.warning("the travel cache cannot be written: %s", type(error).__name__)


def _add_places(
    connection: Connection[DictRow], engine: str, off_road_m: Mapping[Spot, int | None]
) -> dict[Spot, int]:
    values = {"engine": engine, "offs": list(off_road_m.values()), **_columns(off_road_m)}
    rows = connection.execute(_SQL["add_places"], values)
    return {(row["lat_e5"], row["lon_e5"]): row["id"] for row in rows}


def read_ways(cache: Cache, engine: str, pairs: Sequence[tuple[Spot, Spot]]) -> dict[tuple[Spot, Spot], Way]:
    """The ways kept for these legs."""
    try:
        with connect(cache.dsn, cache.role, application="glaneur-travel") as connection:
            known = _known(connection, cache, engine, [spot for pair in pairs for spot in pair])
            wanted = {(known[a][0], known[b][0]): (a, b) for a, b in pairs if a in known and b in known}
            values = {"from_ids": [a for a, _ in wanted], "to_ids": [b for _, b in wanted]}
            rows = connection.execute(_SQL["known_ways"], values).fetchall()
            return {wanted[row["from_id"], row["to_id"]]: way_from_document(row["way"]) for row in rows}
    except psycopg.Error as error:
        _log.warning("the travel cache cannot be read: %s", type(error).__name__)
        return {}


def keep_ways(cache: Cache, engine: str, ways: Mapping[tuple[Spot, Spot], Way]) -> None:
    """Keep ways an engine has just drawn."""
    spots: dict[Spot, int | None] = {spot: None for pair in ways for spot in pair}
    if not ways or len(spots) > cache.places:
        return
    try:
        with connect(cache.dsn, cache.role, application="glaneur-travel") as connection:
            connection.execute(_SQL["forget_old"], {"days": cache.days, "most": cache.places})
            ids = _add_places(connection, engine, spots)
            values = {
                "from_ids": [ids[a] for a, _ in ways],
                "to_ids": [ids[b] for _, b in ways],
                "ways": [Jsonb(way_to_document(way)) for way in ways.values()],
            }
            connection.execute(_SQL["add_ways"], values)
    except psycopg.Error as error:
        _log.warning("the travel cache cannot be written: %s", type(error).__name__)


def way_to_document(way: Way) -> dict[str, Any]:
    """Write a way as JSON, for the cache, the pages and the phone."""
    return {
        "line": [list(point) for point in way.line],
        "turns": [
            {"text": turn.text, "distance_m": turn.distance_m, "duration_s": turn.duration_s}
            for turn in way.turns
        ],
    }


def way_from_document(document: Mapping[str, Any]) -> Way:
    """Read what `way_to_document` wrote."""
    return Way(
        line=tuple((lon, lat) for lon, lat in document["line"]),
        turns=tuple(Turn(**turn) for turn in document["turns"]),
    )


def _columns(spots: Iterable[Spot]) -> dict[str, list[int]]:
    both = list(dict.fromkeys(spots))
    return {"lats": [lat for lat, _ in both], "lons": [lon for _, lon in both]}
