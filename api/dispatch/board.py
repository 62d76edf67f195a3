"""The dispatcher's board: every container on a map and in a list, alerts live.

The server writes every figure and word; the page only puts them in place. The first page and the live
changes are the same templates, so that both always say the same.
"""

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel

from api.auth import Anyone, Dispatcher
from api.database import Database
from api.dispatch import alerts
from api.dispatch.alerts import Alert, by_urgency, find_alerts
from api.dispatch.containers import Choice, Ids, find_containers, parse_ids
from api.dispatch.words import LEVELS, alert_word, overflow, quality_word
from api.pages import page
from store.queries import named_queries

routes = APIRouter(tags=["board"])
routes.include_router(alerts.routes)

_SQL = named_queries("api.dispatch", "board.sql")
_WORDS = {"levels": LEVELS, "alert_word": alert_word, "quality_word": quality_word, "overflow": overflow}


class Commune(BaseModel):
    """A commune of the territory and where its centre is."""

    insee: str
    name: str
    postcode: str
    population: int
    lat: float
    lon: float


class PointGeometry(BaseModel):
    """GeoJSON: longitude, latitude."""

    type: str = "Point"
    coordinates: tuple[float, float]


class PointProperties(BaseModel):
    """A drop-off point and the codes of its containers."""

    id: int
    code: str
    name: str
    insee: str
    commune: str
    access_note: str
    containers: list[str]


class PointFeature(BaseModel):
    """GeoJSON: one drop-off point."""

    type: str = "Feature"
    geometry: PointGeometry
    properties: PointProperties


class PointCollection(BaseModel):
    """GeoJSON: the drop-off points."""

    type: str = "FeatureCollection"
    features: list[PointFeature]


@routes.get("/api/v1/communes", summary="Communes of the territory")
def list_communes(connection: Database, _: Anyone) -> list[Commune]:
    """Return every commune, by name."""
    return [Commune(**row) for row in connection.execute(_SQL["communes"])]


@routes.get("/api/v1/points", summary="Drop-off points (GeoJSON)")
def list_points(connection: Database, _: Anyone) -> PointCollection:
    """Return every point that has containers in service."""
    return PointCollection(
        features=[
            PointFeature(
                geometry=PointGeometry(coordinates=(row["lon"], row["lat"])),
                properties=PointProperties(**row),
            )
            for row in connection.execute(_SQL["points"])
        ]
    )


@dataclass(frozen=True, slots=True)
class Filters:
    """The board's filters as its address holds them, in French like everything a person may read."""

    flux: str = ""
    commune: str = ""
    a_vider: bool = False

    def choice(self) -> Choice:
        """Return the containers these filters want."""
        return Choice(self.flux or None, self.commune or None, self.a_vider)


def _without_doubles(open_alerts: list[Alert]) -> list[Alert]:
    """Leave out « to empty » where « urgent » says it already, and put the gravest first."""
    urgent = {alert.container_id for alert in open_alerts if alert.kind == "urgent"}
    return by_urgency(
        [alert for alert in open_alerts if alert.kind != "plan" or alert.container_id not in urgent]
    )


def _version(open_alerts: list[Alert]) -> str:
    """Return a name for what the alerts' panel shows, so that it is sent again only when it changed."""
    shown = [(alert.id, alert.acknowledged_at, alert.asleep, alert.point_name) for alert in open_alerts]
    return blake2b(repr(shown).encode(), digest_size=8).hexdigest()


def _shown(connection: Connection[DictRow], filters: Filters, ids: list[int] | None = None) -> dict[str, Any]:
    """Gather what the board's moving parts show: figures, alerts, rows (of `ids` when given)."""
    choice = filters.choice()
    narrowed = {"stream": choice.stream, "insee": choice.insee}
    open_alerts = _without_doubles(find_alerts(connection, stream=choice.stream, insee=choice.insee))
    return {
        "figures": connection.execute(_SQL["figures"], narrowed).fetchone(),
        "new_alerts": [alert for alert in open_alerts if alert.waits_for_somebody],
        "known_alerts": [alert for alert in open_alerts if not alert.waits_for_somebody],
        "alerts_version": _version(open_alerts),
        "containers": find_containers(connection, replace(choice, ids=ids)),
        **_WORDS,
    }


def _filters(
    flux: Annotated[str, Query(max_length=40)] = "",
    commune: Annotated[str, Query(max_length=5)] = "",
    a_vider: bool = False,
) -> Filters:
    return Filters(flux, commune, a_vider)


Chosen = Annotated[Filters, Depends(_filters)]


@routes.get("/", response_class=HTMLResponse, include_in_schema=False)
def board(request: Request, connection: Database, account: Dispatcher, filters: Chosen) -> HTMLResponse:
    """Show the board."""
    return page(
        request,
        "dispatch/board.html",
        account,
        filters=filters,
        streams=connection.execute(_SQL["streams"]).fetchall(),
        communes=connection.execute(_SQL["communes_equipped"]).fetchall(),
        **_shown(connection, filters),
    )


@routes.get("/tableau/changements", response_class=HTMLResponse, include_in_schema=False)
def changes(
    request: Request,
    connection: Database,
    account: Dispatcher,
    filters: Chosen,
    ids: Ids = None,
    alertes: Annotated[str, Query(max_length=16, description="version of the alerts the page has")] = "",
) -> HTMLResponse:
    """Send the board's moving parts afresh: figures, alerts when they changed, rows of `ids` (all without).

    A row asked for and not sent is no longer in service or no longer matches the filters.
    """
    shown = _shown(connection, filters, parse_ids(ids))
    with_alerts = shown["alerts_version"] != alertes
    return page(request, "dispatch/_changes.html", account, with_alerts=with_alerts, **shown)
