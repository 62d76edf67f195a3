"""`glaneur travel`: ask the roads for every place we have; say who is far from any, and what was measured.

The measured detour and speed are what the great circle should use here when no engine answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import typer
from psycopg import Connection
from psycopg.rows import DictRow

from api.settings import Settings
from api.travel.choice import travel_times
from api.travel.network import Network
from api.travel.ways import SQL, rig_of_row
from routing.model import Place
from routing.travel import Rig, Travel, TravelTimes, great_circle_m
from store.connection import connect


@dataclass(frozen=True, slots=True, kw_only=True)
class Far:
    """A place that lies far from the road it was put on."""

    kind: str
    code: str
    name: str
    commune: str
    off_road_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What roads are against the great circle, all legs together: metres a metre, and kilometres an hour."""

    detour: float
    speed_kmh: float
    legs: int


def far_from_roads(connection: Connection[DictRow], travel: TravelTimes, limit_m: int) -> list[Far]:
    """Places farther than `limit_m` from a road, as the engine has told so far; the farthest first."""
    if not isinstance(travel, Network):
        return []
    asked = {"engine": travel.engine.name, "limit": limit_m}
    return [Far(**row) for row in connection.execute(SQL["places_far_from_roads"], asked)]


def all_places(connection: Connection[DictRow]) -> tuple[list[Place], Rig]:
    """Every depot, unloading site and point with a container, and the road all active trucks can take."""
    places = [Place(**row) for row in connection.execute(SQL["all_places"])]
    fleet = connection.execute(SQL["fleet"]).fetchone()
    return places, rig_of_row(fleet) if fleet else Rig()


def measured(places: Sequence[Place], found: Travel) -> Measured | None:
    """The detour factor and the speed of these legs; None where there is no road to measure."""
    crow = metres = seconds = legs = 0.0
    for row, origin in enumerate(places):
        for column, target in enumerate(places):
            distance, duration = found.matrix.distance_m[row][column], found.matrix.duration_s[row][column]
            if distance and duration:
                crow += great_circle_m(origin, target)
                metres, seconds, legs = metres + distance, seconds + duration, legs + 1
    if not crow or not seconds:
        return None
    return Measured(detour=metres / crow, speed_kmh=3.6 * metres / seconds, legs=int(legs))


def cut_off(places: Sequence[Place], found: Travel) -> list[str]:
    """Places that more than half of the others cannot reach, or be reached from."""
    lost = dict.fromkeys((place.id for place in places), 0)
    for origin, target in found.unreachable(places):
        lost[origin] += 1
        lost[target] += 1
    return [name for name, count in lost.items() if count > len(places) - 1]


def report(settings: Settings) -> bool:
    """Print what the roads of this installation are; return whether all is well."""
    travel = travel_times(settings, "glaneur_worker")
    with connect(settings.database.get_secret_value(), role="glaneur_worker") as connection:
        places, rig = all_places(connection)
        connection.commit()
        found = travel.travel(places, rig)
        far = far_from_roads(connection, travel, settings.travel_off_road_m)
    typer.echo(f"Distances : {found.matrix.source} ; {len(places)} lieux.")
    if found.remark or not isinstance(travel, Network):
        typer.echo(found.remark or "Aucun moteur de routes n'est choisi (GLANEUR_TRAVEL).")
        return not found.remark
    figures = measured(places, found)
    if figures is not None:
        typer.echo(
            f"Mesuré sur {figures.legs} trajets : détour {figures.detour:.2f}, {figures.speed_kmh:.0f} km/h"
            f" (GLANEUR_TRAVEL_DETOUR={figures.detour:.2f} GLANEUR_TRAVEL_SPEED_KMH={figures.speed_kmh:.0f})."
        )
    for one in far:
        where = f"{one.name} ({one.commune})" if one.commune else one.name
        typer.echo(f"À {one.off_road_m} m d'une route : {one.kind}/{one.code}, {where}.")
    lost = cut_off(places, found)
    for name in lost:
        typer.echo(f"Sans route : {name}.")
    if not far and not lost:
        typer.echo(f"Tous les lieux sont à moins de {settings.travel_off_road_m} m d'une route.")
    return not far and not lost
