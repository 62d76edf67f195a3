"""The dispatcher's board: every container on a map and in a list, alerts live."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.auth import Anyone
from api.database import Database
from store.queries import named_queries

routes = APIRouter(tags=["board"])

_SQL = named_queries("api.dispatch", "board.sql")


class Commune(BaseModel):
    """A commune of the territory and where its centre is."""

    insee: str
    name: str
    postcode: str
    population: int
    lat: float
    lon: float


@routes.get("/api/v1/communes", summary="Communes of the territory")
def list_communes(connection: Database, _: Anyone) -> list[Commune]:
    """Return every commune, by name."""
    return [Commune(**row) for row in connection.execute(_SQL["communes"])]
