"""One container's page: its weeks, its forecast, its probe, its emptyings and its alerts.

The forecast is `fill`'s, from what the hourly pass learned (`foreseeing`); this page only draws it.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel

from api.auth import Account, Dispatcher
from api.database import Database
from api.dispatch.alerts import find_alerts
from api.dispatch.containers import Container, container_by_code
from api.dispatch.foreseeing import fan
from api.dispatch.weather import rain_by_commune
from api.dispatch.words import LEVELS, SOURCES, alert_word, foreseen, overflow, quality_word
from api.pages import page
from api.travel.command import far_from_roads
from fill.calibration import calibration_of
from fill.document import state_from_document
from fill.model import Refused
from fill.quality import evidence
from store.queries import named_queries

routes = APIRouter(tags=["containers"])

PERIODS = (7, 28, 90)  # days the page offers
MOST_ALERTS = 50

_SQL = named_queries("api.dispatch", "column.sql")


class Level(BaseModel):
    """One reading; `fill_percent` is null when the echo gave no credible level."""

    at: datetime
    fill_percent: float | None
    quality: str


class PastEmptying(BaseModel):
    """An emptying, whoever told it: the level's drop, the crane, the driver, the truck.

    `partial` leaves a quarter or more; `unexplained` is a drop without a round and without anybody's word.
    """

    emptied_at: datetime
    sources: list[Literal["level", "crane", "driver", "truck"]]
    before_percent: float | None
    after_percent: float | None
    partial: bool
    unexplained: bool


class ForecastPoint(BaseModel):
    """The expected level at an instant; 80 times in 100 it lies between `low` and `high`."""

    at: datetime
    low: float
    expected: float
    high: float


class Series(BaseModel):
    """The levels of a period and their forecast; `no_forecast` says why there is none.

    `no_level` (not enough credible readings), `no_rate` (rate not known yet), `no_memory` (nothing kept).
    `estimated`: the probe is not trusted, or was not heard since a truck came; the forecast starts from a
    guess.
    """

    since: datetime
    now: datetime
    plan_percent: int
    urgent_percent: int
    levels: list[Level]
    emptyings: list[PastEmptying]
    forecast: list[ForecastPoint]
    full_at: datetime | None
    full_early: datetime | None
    full_late: datetime | None
    no_forecast: str | None
    estimated: bool


def _evidence(row: DictRow | None, now: datetime) -> str:
    """Say why the probe has its quality; empty when there is nothing to say."""
    try:
        if row is None or row["memory"] is None:
            return ""
        return evidence(state_from_document(row["memory"]), calibration_of(row), now).sentence
    except Refused:
        return ""


@routes.get("/api/v1/containers/{code}/series", summary="Levels and forecast of a container")
def read_series(
    request: Request,
    connection: Database,
    _: Dispatcher,
    code: str,
    days: Annotated[int, Query(ge=1, le=366, description="how far back")] = 28,
) -> Series:
    """Return the levels of the last days (at most about 700) and the forecast of the next ones."""
    container_by_code(connection, code)
    row = connection.execute(_SQL["calibration"], {"code": code}).fetchone()
    assert row is not None  # noqa: S101 - a container in service has its calibration
    now = request.app.state.clock.now()
    since = now - timedelta(days=days)
    period = {"container": row["id"], "since": since, "until": now, "step": timedelta(days=days) / 700}
    levels = connection.execute(_SQL["levels"], period).fetchall()
    emptyings = connection.execute(_SQL["emptyings"], period).fetchall()
    rain = rain_by_commune(connection, now).at(row["insee"])
    found = fan(row, now, timedelta(days=min(14, max(3, days // 4))), rain)
    return Series(
        since=since,
        now=now,
        plan_percent=row["plan_percent"],
        urgent_percent=row["urgent_percent"],
        levels=[Level(**level) for level in levels],
        emptyings=[PastEmptying(**emptying) for emptying in emptyings],
        forecast=[
            ForecastPoint(at=at, low=low, expected=expected, high=high)
            for at, low, expected, high in found.points
        ],
        full_at=found.full_at,
        full_early=found.full_early,
        full_late=found.full_late,
        no_forecast=found.reason,
        estimated=found.estimated,
    )


def _shown(connection: Connection[DictRow], container: Container, now: datetime, days: int) -> dict[str, Any]:
    """Gather what the page says in words and tables."""
    period = {"container": container.id, "since": now - timedelta(days=days), "until": now}
    calibration = connection.execute(_SQL["calibration"], {"code": container.code}).fetchone()
    assert calibration is not None  # noqa: S101 - a container in service has its calibration
    rain = rain_by_commune(connection, now).at(calibration["insee"])
    expected = fan(calibration, now, timedelta(days=1), rain)
    return {
        "container": container,
        "days": days,
        "calibration": calibration,
        "evidence": _evidence(calibration, now),
        "foreseen": foreseen(expected.full_at, expected.full_early, expected.full_late, now),
        "estimated": expected.estimated,
        "mountings": connection.execute(_SQL["mountings"], period).fetchall(),
        "radio": connection.execute(_SQL["last_radio"], period).fetchone(),
        "emptyings": connection.execute(_SQL["emptyings"], period).fetchall(),
        "by_day": connection.execute(_SQL["levels_by_day"], period).fetchall(),
        "alerts": find_alerts(connection, open_only=False, container=container.code, most=MOST_ALERTS),
        "levels": LEVELS,
        "sources": SOURCES,
        "alert_word": alert_word,
        "quality": quality_word(container.quality),
        "overflow": overflow,
    }


def _page(
    template: str, request: Request, connection: Connection[DictRow], account: Account, code: str, jours: int
) -> HTMLResponse:
    days = jours if jours in PERIODS else PERIODS[1]
    container = container_by_code(connection, code)
    state = request.app.state
    shown = _shown(connection, container, state.clock.now(), days)
    far = far_from_roads(connection, state.travel, state.settings.travel_off_road_m)
    points = {one.code: one.off_road_m for one in far if one.kind == "point"}
    shown["off_road_m"] = points.get(container.point_code)
    return page(request, template, account, periods=PERIODS, **shown)


@routes.get("/colonnes/{code}", response_class=HTMLResponse, include_in_schema=False)
def column_page(
    request: Request, connection: Database, account: Dispatcher, code: str, jours: int = 28
) -> HTMLResponse:
    """Show one container."""
    return _page("dispatch/column.html", request, connection, account, code, jours)


@routes.get("/colonnes/{code}/changements", response_class=HTMLResponse, include_in_schema=False)
def column_changes(
    request: Request, connection: Database, account: Dispatcher, code: str, jours: int = 28
) -> HTMLResponse:
    """Send the moving parts of the page afresh."""
    return _page("dispatch/_column.html", request, connection, account, code, jours)
