"""The roads of a planning's rounds, for the map: asked of the engine when they are not known yet."""

from fastapi import APIRouter, Request

from api.auth import Dispatcher
from api.travel.ways import RoundWays, drawn, read_stops

routes = APIRouter(prefix="/api/v1", tags=["rounds"])


@routes.get("/plannings/{planning_id}/ways", summary="The roads of a planning's rounds")
def planning_ways(request: Request, account: Dispatcher, planning_id: int) -> list[RoundWays]:
    """Return the way to each stop; null where there is none to draw, everywhere without a road engine."""
    state = request.app.state
    with state.pool.connection() as connection:  # given back before anybody waits for an engine
        rows = read_stops(connection, planning=planning_id, round=None)
    return drawn(rows, state.travel, ask=True)
