"""The roads of a planning's rounds, for the map, and the places far from any, for whoever mends positions."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.auth import Dispatcher
from api.database import Database
from api.travel.command import far_from_roads
from api.travel.ways import RoundWays, drawn, read_stops

routes = APIRouter(prefix="/api/v1", tags=["rounds"])


class FarPlace(BaseModel):
    """A depot, site or point that lies far from the road it was put on: its position is probably wrong."""

    kind: str
    code: str
    name: str
    commune: str
    off_road_m: int


@routes.get("/travel/far", summary="Places far from any road")
def far_places(request: Request, connection: Database, account: Dispatcher) -> list[FarPlace]:
    """Return the places over `GLANEUR_TRAVEL_OFF_ROAD_M` from a road, the farthest first, as far as known."""
    state = request.app.state
    found = far_from_roads(connection, state.travel, state.settings.travel_off_road_m)
    return [FarPlace.model_validate(one, from_attributes=True) for one in found]


@routes.get("/plannings/{planning_id}/ways", summary="The roads of a planning's rounds")
def planning_ways(request: Request, account: Dispatcher, planning_id: int) -> list[RoundWays]:
    """Return the way to each stop; null where there is none to draw, everywhere without a road engine."""
    state = request.app.state
    with state.pool.connection() as connection:  # given back before anybody waits for an engine
        rows = read_stops(connection, planning=planning_id, round=None)
    return drawn(rows, state.travel, ask=True)
