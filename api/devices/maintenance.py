"""The probes to maintain: what, why, since when, where, with which spare, in the order of a technician's day.

Decides nothing about probes: alerts and qualities are `fill`'s. Owns what each calls for in the van.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel

from api.auth import Dispatcher
from api.database import Database
from api.devices.tour import by_commune
from api.dispatch.words import alert_word, quality_word
from api.pages import page
from store.queries import named_queries

routes = APIRouter(tags=["devices"])

_SQL = named_queries("api.devices", "maintenance.sql")

KINDS = ("silent", "implausible", "low_battery", "tilt")
# What a quality says when no alert does; noisy and saturated probes are watched, not visited.
QUALITIES = {
    "stuck": "La sonde répète la même distance.",
    "drifting": "Le niveau de la colonne vide dérive.",
    "implausible": "Distances non crédibles.",
}
SPARES = {
    "low_battery": ("pile",),
    "silent": ("pile", "sonde de rechange"),
    "implausible": ("chiffon", "sonde de rechange"),
    "tilt": ("fixation", "outils de levage"),
    "stuck": ("sonde de rechange",),
    "drifting": ("mètre, pour étalonner de nouveau",),
}


class Visit(BaseModel):
    """One probe to see: every reason, the oldest instant, what to bring."""

    container: str
    serial: str
    stream_label: str
    point_name: str
    access_note: str
    insee: str
    commune: str
    lat: float
    lon: float
    reasons: list[str]
    sentences: list[str]
    since: datetime | None
    spares: list[str]
    alerts: list[int]
    assigned: str | None
    measured_at: datetime | None
    battery_percent: float | None
    codec: str


class CommuneVisits(BaseModel):
    """The visits of one commune, in order."""

    insee: str
    commune: str
    visits: list[Visit]


def _visit(row: DictRow) -> Visit:
    kinds, sentences = list(row["kinds"] or ()), list(row["sentences"] or ())
    causes = [*kinds]
    reasons = [alert_word(kind).label for kind in kinds]
    if row["quality"] in QUALITIES and "implausible" not in kinds:
        causes.append(row["quality"])
        reasons.append(quality_word(row["quality"]).label)
        sentences.append(QUALITIES[row["quality"]])
    spares = dict.fromkeys(spare for cause in causes for spare in SPARES.get(cause, ()))
    shown = {name: row[name] for name in Visit.model_fields if name in row}
    return Visit(
        **{
            **shown,
            "reasons": reasons,
            "sentences": sentences,
            "spares": list(spares),
            "alerts": row["alerts"] or [],
        }
    )


def maintenance_tour(
    connection: Connection[DictRow], now: datetime, insee: str | None = None
) -> list[CommuneVisits]:
    """Return the probes to maintain, commune by commune in the order of a round from the depot."""
    parameters = {"now": now, "kinds": list(KINDS), "qualities": list(QUALITIES), "insee": insee}
    visits = [_visit(row) for row in connection.execute(_SQL["to_maintain"], parameters)]
    start = connection.execute(_SQL["start"]).fetchone()
    if not visits or start is None:
        return []
    groups = by_commune(
        (start["lat"], start["lon"]), visits, lambda one: one.insee, lambda one: (one.lat, one.lon)
    )
    return [CommuneVisits(insee=one[0].insee, commune=one[0].commune, visits=one) for one in groups]


@routes.get("/api/v1/devices-to-maintain", summary="Probes to maintain, as a technician's round")
def list_maintenance(
    request: Request,
    connection: Database,
    _: Dispatcher,
    insee: Annotated[str | None, Query(max_length=5, description="INSEE code of a commune")] = None,
) -> list[CommuneVisits]:
    """Return the probes that need somebody, by commune, in the order of a round from the depot."""
    return maintenance_tour(connection, request.app.state.clock.now(), insee)


@routes.get("/sondes-a-entretenir", response_class=HTMLResponse, include_in_schema=False)
def maintenance_page(
    request: Request,
    connection: Database,
    account: Dispatcher,
    commune: Annotated[str, Query(max_length=5)] = "",
) -> HTMLResponse:
    """Show the list, ready to print."""
    now = request.app.state.clock.now()
    everywhere = maintenance_tour(connection, now)
    tour = [one for one in everywhere if one.insee == commune] if commune else everywhere
    visits = [visit for one in tour for visit in one.visits]
    spares: dict[str, int] = {}
    for visit in visits:
        for spare in visit.spares:
            spares[spare] = spares.get(spare, 0) + 1
    return page(
        request,
        "devices/maintenance.html",
        account,
        tour=tour,
        found=len(visits),
        spares=spares,
        communes=sorted(everywhere, key=lambda one: one.commune),
        chosen=commune,
    )
