"""Assemble the web application: routes of each room, errors, headers, life of its resources."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles

from api import live, session
from api.alerts import acts, inbox
from api.alerts import desk as alert_desk
from api.alerts import routes as alert_choices
from api.boards import desk as boards
from api.cias import bill_desk as meal_bills
from api.cias import count_desk as meal_counts
from api.cias import desk as cias
from api.cias import file_desk as meal_files
from api.cias import lots_desk as meal_lots
from api.cias import menus_desk as meal_menus
from api.cias import office_api as meal_api
from api.cias import person_desk as meal_people
from api.cias import print_desk as meal_print
from api.cias import rounds_api as meal_rounds
from api.cias import rounds_desk as meal_desk
from api.cias import vans_api as meal_vans
from api.cias import vans_desk as meal_vans_desk
from api.devices import calibration_routes, desk, device_desk, maintenance
from api.devices import routes as devices
from api.dispatch import board, column, containers, rounds
from api.driver import meal_routes as meals_driver
from api.driver import routes as driver
from api.errors import add_errors
from api.family import entrance, family_api
from api.family import live as family_live
from api.family import office as family_office
from api.family import routes as family
from api.finance import (
    bill_desk,
    change_desk,
    claim_desk,
    files_desk,
    grid_desk,
    household_desk,
    rectification_desk,
    review_desk,
)
from api.finance import desk as finance
from api.finance import routes as finance_api
from api.finance import simulator_desk as simulator
from api.gate import agent as gate_agent
from api.gate import holder_acts, holder_desk, my_badge, outputs, site_acts
from api.gate import routes as gate
from api.gate import site as gate_site
from api.gate.allow_list import Lists
from api.gate.books import Shelf
from api.headers import ResponseHeaders
from api.metrics import Measured, api_problems
from api.pages import DIST, asset
from api.quarantine import desk as quarantine
from api.settings import Settings
from api.travel import routes as travel
from api.travel.choice import travel_times
from store.clock import read_clock
from store.connection import async_pool, pool

_TITLE = "Glaneur"


def create_app(settings: Settings) -> FastAPI:
    """Return the application; it connects to the database when it starts, not when it is made."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        dsn = settings.database.get_secret_value()
        app.state.pool = pool(dsn, role="glaneur_api", application="glaneur-api")
        app.state.boards = pool(dsn, role="glaneur_grafana", size=2, application="glaneur-boards")
        with app.state.pool.connection() as connection:
            app.state.clock = read_clock(connection)
        gate_pool = async_pool(dsn, role="glaneur_api", application="glaneur-gate")
        async with gate_pool as app.state.gate_pool, live.Live(dsn) as app.state.live:
            yield
        app.state.boards.close()
        app.state.pool.close()

    app = FastAPI(
        title=_TITLE,
        version="0.1.0",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.settings = settings
    app.state.shelf = Shelf()
    app.state.travel = travel_times(settings, "glaneur_api")
    app.state.lists = Lists()
    app.add_middleware(ResponseHeaders, tiles_origin=settings.tiles_origin)
    app.add_middleware(Measured)
    technical = (travel, devices, calibration_routes, desk, device_desk, maintenance, quarantine)
    alerts = (acts, inbox, alert_choices, alert_desk)
    files = (household_desk, change_desk, review_desk, files_desk, grid_desk)
    bills = (finance, finance_api, bill_desk, claim_desk, rectification_desk, simulator, *files)
    site = (gate_agent, gate_site, site_acts, holder_acts, holder_desk, my_badge, outputs)
    office = (meal_files, meal_bills, meal_print, meal_people, meal_menus, meal_counts, meal_api, cias)
    carried = (meal_desk, meal_rounds, meal_vans, meal_vans_desk, meal_lots)
    # Before the office's own pages, whose forms are caught by their last word.
    families = (entrance, family_office, family, family_api, family_live)
    offices = (*bills, *families, *office, *carried, *site, boards)
    # Routes are tried in this order, and a gate is who can least wait.
    people = (session, board, containers, column, rounds, driver, meals_driver)
    for room in (gate, *people, *offices, *technical, *alerts, live):
        app.include_router(room.routes)
    add_errors(app)
    _add_documentation(app)
    _add_health(app)
    app.mount("/assets", StaticFiles(directory=DIST, check_dir=False), name="assets")
    return app


def _add_documentation(app: FastAPI) -> None:
    @app.get("/api/docs", include_in_schema=False)
    def documentation() -> HTMLResponse:
        """Serve the API's documentation from our own assets."""
        html = get_swagger_ui_html(
            openapi_url="/api/v1/openapi.json",
            title=f"{_TITLE} – API",
            swagger_js_url=asset("swagger-ui-bundle.js"),
            swagger_css_url=asset("swagger-ui.css"),
            swagger_favicon_url=asset("icon.svg"),
        )
        # The page of the library holds one inline script; allow it here and nowhere else.
        html.headers["Content-Security-Policy"] = (
            "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
            "script-src 'self' 'unsafe-inline'"
        )
        return html


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthy() -> PlainTextResponse:
        """Say that the process lives."""
        return PlainTextResponse("ok\n")

    @app.get("/readyz", include_in_schema=False)
    def ready() -> PlainTextResponse:
        """Say whether pages can be served: 503 when not. The reasons are told on the metrics port only."""
        working = not api_problems(app)
        return PlainTextResponse("ready\n" if working else "not ready\n", 200 if working else 503)
