"""Calibrations: the JSON API, and the forms of a device's page about the column it hangs in."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request, Response
from psycopg.rows import DictRow
from pydantic import BaseModel

from api.auth import Dispatcher
from api.database import Database
from api.devices.calibrating import Reader, add_model, calibrate, column, models, observe, shape_of_text
from api.devices.device_desk import acted
from api.devices.forms import Text, instant_of
from api.devices.registry import Refusal
from api.devices.routes import refusing
from api.devices.wishes import CalibrationWish, ContainerModel, Observation
from fill.calibration import calibration_of, table_of

routes = APIRouter(tags=["devices"])


class CalibrationNow(BaseModel):
    """How a column is read now; `table` is (distance in mm, litres), `since` null as it was declared."""

    empty_distance_mm: int
    full_distance_mm: int
    dead_zone_mm: int
    shape: list[tuple[int, int]]
    table: list[tuple[int, int]]
    model: str | None
    since: datetime | None
    how: Literal["typed", "observed"] | None


@routes.get("/api/v1/containers/{code}/calibration", summary="How a container is read")
def read_calibration(connection: Database, _: Dispatcher, code: str) -> CalibrationNow:
    """Return the calibration in force."""
    try:
        row = column(connection, code)
    except Refusal as refusal:
        raise HTTPException(404, str(refusal)) from refusal
    return CalibrationNow(**row, table=list(table_of(calibration_of(row))))


@routes.put("/api/v1/containers/{code}/calibration", status_code=204, summary="Calibrate a container")
def calibrate_container(
    request: Request, connection: Database, account: Dispatcher, code: str, wish: CalibrationWish
) -> Response:
    """Set how a container is read; levels since `since` are read again."""
    reader = Reader(
        empty_mm=wish.empty_distance_mm,
        full_mm=wish.full_distance_mm,
        dead_mm=wish.dead_zone_mm,
        since=wish.since,
        shape=tuple(wish.shape),
        model=wish.model,
    )
    with refusing():
        calibrate(connection, account, code, reader, request.app.state.clock.now())
    return Response(status_code=204)


@routes.post("/api/v1/containers/{code}/calibration/observed", summary="Calibrate from a level seen")
def observe_container(
    request: Request, connection: Database, account: Dispatcher, code: str, seen: Observation
) -> CalibrationNow:
    """Take the newest distance for that of the empty, or full, container; 422 says why it cannot be."""
    now = request.app.state.clock.now()
    with refusing():
        observe(connection, account, code, seen.seen, whole_mounting=seen.whole_mounting, now=now)
    return read_calibration(connection, account, code)


@routes.get("/api/v1/container-models", summary="Container models")
def list_models(connection: Database, _: Dispatcher) -> list[ContainerModel]:
    """Return the models, by name."""
    return [ContainerModel(**row) for row in models(connection)]


@routes.post("/api/v1/container-models", status_code=201, summary="Add a container model")
def create_model(connection: Database, account: Dispatcher, model: ContainerModel) -> ContainerModel:
    """Add a model; it never changes afterwards."""
    with refusing():
        add_model(connection, account, model)
    return model


@routes.post("/sondes/{serial}/etalonner", include_in_schema=False)
def calibrate_form(
    request: Request,
    connection: Database,
    account: Dispatcher,
    serial: str,
    vide_mm: Annotated[int, Form()],
    plein_mm: Annotated[int, Form()],
    aveugle_mm: Annotated[int, Form()] = 0,
    modele: Text = "",
    forme: Annotated[str, Form(max_length=2000)] = "",
    depuis: Text = "",
) -> Response:
    """Set how the container in which it hangs is read."""

    def act(row: DictRow, now: datetime) -> None:
        reader = Reader(
            empty_mm=vide_mm,
            full_mm=plein_mm,
            dead_mm=aveugle_mm,
            since=instant_of(depuis, now),
            shape=shape_of_text(forme),
            model=modele or None,
        )
        calibrate(connection, account, _container(row), reader, now)

    return acted(request, connection, account, serial, "etalonnee", act)


@routes.post("/sondes/{serial}/observer", include_in_schema=False)
def observe_form(
    request: Request,
    connection: Database,
    account: Dispatcher,
    serial: str,
    vue: Annotated[Literal["empty", "full"], Form()],
    valable: Annotated[Literal["montage", "mesure"], Form()] = "montage",
) -> Response:
    """Take the newest measurement as the empty, or the full, column."""

    def act(row: DictRow, now: datetime) -> None:
        whole = valable == "montage"
        observe(connection, account, _container(row), vue, whole_mounting=whole, now=now)

    return acted(request, connection, account, serial, "etalonnee", act)


def _container(row: DictRow) -> str:
    if row["container"] is None:
        raise Refusal("Cette sonde n'est montée nulle part.")
    return str(row["container"])
