"""How a column is read, and since when: typed, of a model, or taken from a column seen empty or full.

A calibration is dated and never changes another time's: reading the past again gives the past. What is
plausible is `fill.calibration`'s to say. Levels since then are read again by the worker.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.devices import mountings
from api.devices.registry import Refusal
from api.devices.wishes import ContainerModel
from api.french import ago
from fill.calibration import Implausible, Seen, calibration_of, observed, shape_of, table_of
from fill.model import Calibration, Refused
from store.queries import named_queries

FARTHEST_MM = 20_000
FRESH_REPORTS = 2  # a measurement older than two reports may have been made before the truck came

_SQL = named_queries("api.devices", "calibrating.sql")
_DISTANCES = "La distance à vide doit dépasser la distance à plein ; toutes vont de 0 à 20 000 mm."
_SHAPE = (
    "La forme n'est pas lisible : des points « hauteur : volume » en pour cent, qui montent tous deux,"
    " entre 0 et 100 sans les atteindre, 30 au plus."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How distances are to be read in a column, from an instant on."""

    empty_mm: int
    full_mm: int
    dead_mm: int
    since: datetime
    shape: tuple[tuple[int, int], ...] = ()
    model: str | None = None
    how: Literal["typed", "observed"] = "typed"


def column(connection: Connection[DictRow], code: str) -> DictRow:
    """Return how a column is read now, with the probe in it; raises `Refusal`."""
    row = connection.execute(_SQL["column"], {"code": code}).fetchone()
    if row is None:
        raise Refusal("Cette colonne n'existe pas.")
    return row


def shape_of_text(text: str) -> tuple[tuple[int, int], ...]:
    """Read « 20 : 8,5 » lines, percents of the height and of the volume; raises `Refusal`."""
    points = []
    for line in text.replace(";", "\n").splitlines():
        if not line.strip():
            continue
        height, colon, volume = line.replace("%", "").replace(",", ".").partition(":")
        try:
            points.append((round(float(height) * 10), round(float(volume) * 10)))
        except (ValueError, OverflowError):
            raise Refusal(_SHAPE) from None
        if not colon:
            raise Refusal(_SHAPE)
    return tuple(points)


def calibrate(
    connection: Connection[DictRow], account: Account, code: str, reader: Reader, now: datetime
) -> None:
    """Read a column so since an instant, and its levels again from there; raises `Refusal`."""
    if not (0 <= reader.full_mm < reader.empty_mm <= FARTHEST_MM and 0 <= reader.dead_mm <= FARTHEST_MM):
        raise Refusal(_DISTANCES)
    if reader.since > now:
        raise Refusal("L'étalonnage ne peut pas commencer dans le futur.")
    row = column(connection, code)
    shape = reader.shape
    if reader.model:
        shape = shape_of(_model(connection, reader.model)["shape"])
    try:
        _with(calibration_of(row), reader, shape)
    except Refused:
        raise Refusal(_SHAPE) from None
    mountings.begin(connection)
    wanted = {
        "id": row["id"],
        "since": reader.since,
        "empty": reader.empty_mm,
        "full": reader.full_mm,
        "dead": reader.dead_mm,
        "shape": json.dumps(shape),
        "model": reader.model,
        "device_id": row["device_id"],
        "how": reader.how,
    }
    for step in ("forget", "end_before", "add"):
        connection.execute(_SQL[step], wanted)
    record(
        connection,
        account,
        "calibrate",
        f"container/{row['id']}",
        before=[row["empty_distance_mm"], row["full_distance_mm"], row["dead_zone_mm"]],
        after=[reader.empty_mm, reader.full_mm, reader.dead_mm],
        shape=shape,
        how=reader.how,
        since=reader.since.isoformat(),
    )
    devices = connection.execute(_SQL["devices_since"], wanted).fetchall()
    ids = [one["device_id"] for one in devices]
    mountings.ask_recompute(connection, ids, [row["id"]], reader.since, None)


def _with(calibration: Calibration, reader: Reader, shape: tuple[tuple[int, int], ...]) -> Calibration:
    return Calibration(
        volume_l=calibration.volume_l,
        empty_distance_mm=reader.empty_mm,
        full_distance_mm=reader.full_mm,
        dead_zone_mm=reader.dead_mm,
        shape=shape,
    )


def text_of_shape(shape: Sequence[Sequence[int]]) -> str:
    """Write a shape as `shape_of_text` reads it, a point a line."""
    return "\n".join(f"{height / 10:g} : {volume / 10:g}".replace(".", ",") for height, volume in shape)


def _model(connection: Connection[DictRow], code: str) -> DictRow:
    for row in models(connection):
        if row["code"] == code:
            return row
    raise Refusal("Ce modèle de colonne n'existe pas.")


def observe(
    connection: Connection[DictRow],
    account: Account,
    code: str,
    seen: Seen,
    *,
    whole_mounting: bool,
    now: datetime,
) -> int:
    """Take the newest distance as that of the empty, or full, column; return it. Raises `Refusal`."""
    row = column(connection, code)
    if row["device_id"] is None:
        raise Refusal("Aucune sonde n'est montée dans cette colonne.")
    heard = connection.execute(_SQL["last_distances"], row).fetchall()
    if not heard:
        raise Refusal("Cette sonde n'a encore rien mesuré ici : attendez sa prochaine mesure.")
    at = heard[0]["measured_at"]
    if now - at > timedelta(seconds=FRESH_REPORTS * row["report_interval_s"]):
        raise Refusal(f"La dernière mesure, {ago(at, now)}, est trop ancienne : attendez la prochaine.")
    found = observed(calibration_of(row), seen, [one["distance_mm"] for one in heard])
    if isinstance(found, Implausible):
        raise Refusal(found.sentence)
    since = row["mounted_at"] if whole_mounting else at
    if whole_mounting and row["since"] is not None and row["since"] > since:
        since = row["since"]  # what an earlier calibration of this mounting said of its own time stays
    reader = Reader(
        empty_mm=found.empty_distance_mm,
        full_mm=found.full_distance_mm,
        dead_mm=found.dead_zone_mm,
        since=since,
        shape=found.shape,
        how="observed",
    )
    calibrate(connection, account, code, reader, now)
    return found.empty_distance_mm if seen == "empty" else found.full_distance_mm


def shown_reader(connection: Connection[DictRow], code: str, now: datetime) -> dict[str, Any]:
    """Return what a page says of how a column is read: the calibration, its table, the newest distance."""
    row = column(connection, code)
    heard = connection.execute(_SQL["last_distances"], row).fetchall()
    last = heard[0] if heard else None
    fresh = last is not None and now - last["measured_at"] <= timedelta(
        seconds=FRESH_REPORTS * row["report_interval_s"]
    )
    return {
        **row,
        "text": text_of_shape(row["shape"]),
        "table": table_of(calibration_of(row)),
        "last": last,
        "fresh": fresh and last is not None and last["distance_mm"] is not None,
        "before_mounting": row["since"] is not None
        and row["mounted_at"] is not None
        and row["since"] < row["mounted_at"],
    }


def models(connection: Connection[DictRow]) -> list[DictRow]:
    """Return the container models, by name."""
    return connection.execute(_SQL["models"]).fetchall()


def add_model(connection: Connection[DictRow], account: Account, model: ContainerModel) -> None:
    """Write a model; what it says never changes, a new drawing is a new model. Raises `Refusal`."""
    try:
        calibration_of(model.model_dump())
    except Refused as refused:
        raise Refusal(_SHAPE if "shape" in str(refused) else _DISTANCES) from None
    try:
        with connection.transaction():
            connection.execute(_SQL["add_model"], {**model.model_dump(), "shape": json.dumps(model.shape)})
    except psycopg.errors.UniqueViolation:
        raise Refusal("Un modèle porte déjà ce code.") from None
    record(connection, account, "add_container_model", f"container_model/{model.code}")
