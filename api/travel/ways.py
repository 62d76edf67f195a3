"""The drawn way of rounds: from each stop to the next, by the roads their distances were found for."""

from collections import defaultdict
from itertools import pairwise
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel, Field

from api.travel.cache import way_to_document
from routing.model import Place
from routing.travel import Rig, TravelTimes
from store.queries import named_queries

SQL = named_queries("api.travel", "rounds.sql")


class TurnOut(BaseModel):
    """One instruction, and how far to go on after it."""

    text: str
    distance_m: int
    duration_s: int


class WayOut(BaseModel):
    """The road to a stop from the one before."""

    line: list[tuple[float, float]] = Field(description="longitude and latitude along the road")
    turns: list[TurnOut]


class StopWay(BaseModel):
    """How one gets to a stop; `way` is null where no road is drawn: go straight."""

    stop: int
    way: WayOut | None


class RoundWays(BaseModel):
    """The ways of one round, to each stop but its first."""

    round: int
    stops: list[StopWay]


def read_stops(connection: Connection[DictRow], *, planning: int | None, round: int | None) -> list[DictRow]:
    """The places of a planning's rounds, or of one round, in order."""
    return connection.execute(SQL["places_of_rounds"], {"planning": planning, "round": round}).fetchall()


def drawn(rows: list[DictRow], travel: TravelTimes, *, ask: bool) -> list[RoundWays]:
    """The ways along what `read_stops` returned; without `ask`, only those found before."""
    rounds: dict[int, list[DictRow]] = defaultdict(list)
    for row in rows:
        rounds[row["round_id"]].append(row)
    return [RoundWays(round=number, stops=_stops(stops, travel, ask)) for number, stops in rounds.items()]


def _stops(rows: list[DictRow], travel: TravelTimes, ask: bool) -> list[StopWay]:
    places = [Place(id=str(row["stop_id"]), lat=row["lat"], lon=row["lon"]) for row in rows]
    ways = travel.ways(places, rig_of_row(rows[0]), ask=ask)
    return [
        StopWay(stop=row["stop_id"], way=None if way is None else WayOut.model_validate(way_to_document(way)))
        for (_, row), way in zip(pairwise(rows), ways, strict=True)
    ]


def rig_of_row(row: dict[str, Any]) -> Rig:
    """The measures of a truck in a row, or of several together."""
    return Rig(**{name: row[name] for name in Rig.__slots__})
