"""Containers as the API and the board's list show them, and the emptyings they had.

What is "due" and "urgent" is the database's answer (`answers.container_now`), not ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel, computed_field

from api.auth import Dispatcher
from api.database import Database
from api.dispatch.words import LEVELS
from store.queries import named_queries

routes = APIRouter(tags=["containers"])

# Real time, whatever the clock shown: longer than any transaction that records an emptying takes.
SETTLING = timedelta(seconds=2)
MOST_EMPTYINGS = 500
Ids = Annotated[
    str | None,
    Query(pattern=r"^\d{1,9}(,\d{1,9})*$", max_length=8000, description="container ids, separated by commas"),
]

_SQL = named_queries("api.dispatch", "containers.sql")
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Container(BaseModel):
    """A container in service with what is known of it now; percents of its useful volume, instants in UTC.

    `estimated`: the probe is not to be trusted; `fill_percent` is the learned rate carried on from the last
    level that was, or the last emptying told.
    """

    id: int
    code: str
    stream: str
    stream_label: str
    colour: str
    point_id: int
    point_code: str
    point_name: str
    access_note: str
    insee: str
    commune: str
    lat: float
    lon: float
    volume_l: int
    plan_percent: int
    urgent_percent: int
    fill_percent: float | None
    rate_percent_per_day: float | None
    full_at: datetime | None
    measured_at: datetime | None
    last_emptied_at: datetime | None
    quality: str
    estimated: bool
    believed_at: datetime | None
    serial: str | None
    battery_percent: float | None
    temperature_c: float | None
    tilt_deg: int | None
    alerts_open: int
    due: bool
    urgent: bool

    @computed_field  # type: ignore[prop-decorator]
    @property
    def level(self) -> Literal["urgent", "plan", "ok", "unknown"]:
        """How the level stands to the container's own thresholds."""
        if self.fill_percent is None:
            return "unknown"
        if self.urgent:
            return "urgent"
        return "plan" if self.due else "ok"

    @property
    def urgency(self) -> tuple[int, datetime, str]:
        """Sort key: urgent first, then by the hour of overflow."""
        return LEVELS[self.level].rank, self.full_at or _NEVER, self.code


@dataclass(frozen=True, slots=True)
class Choice:
    """Which containers are wanted; None wants all."""

    stream: str | None = None
    insee: str | None = None
    due: bool = False
    ids: Sequence[int] | None = None
    code: str | None = None


def parse_ids(ids: str | None) -> list[int] | None:
    """Read « 1,2,3 » (checked by `Ids`)."""
    return None if ids is None else [int(each) for each in ids.split(",")]


def find_containers(connection: Connection[DictRow], choice: Choice) -> list[Container]:
    """Return the chosen containers, the most urgent first."""
    rows = connection.execute(
        _SQL["containers_now"],
        {
            "stream": choice.stream,
            "insee": choice.insee,
            "due": choice.due,
            "ids": None if choice.ids is None else list(choice.ids),
            "code": choice.code,
        },
    )
    return sorted((Container(**row) for row in rows), key=lambda container: container.urgency)


def container_by_code(connection: Connection[DictRow], code: str) -> Container:
    """Return one container in service; raises 404."""
    found = find_containers(connection, Choice(code=code))
    if not found:
        raise HTTPException(404, "Cette colonne n'existe pas ou n'est plus en service.")
    return found[0]


@routes.get("/api/v1/containers", summary="Containers with their state now")
def list_containers(
    connection: Database,
    _: Dispatcher,
    stream: Annotated[str | None, Query(description="code of a stream")] = None,
    insee: Annotated[str | None, Query(description="INSEE code of a commune")] = None,
    due: Annotated[bool, Query(description="only those to empty")] = False,
    ids: Ids = None,
) -> list[Container]:
    """Return the containers that match every filter given, the most urgent first."""
    return find_containers(connection, Choice(stream, insee, due, parse_ids(ids)))


@routes.get("/api/v1/containers/{code}", summary="One container")
def read_container(connection: Database, _: Dispatcher, code: str) -> Container:
    """Return one container in service."""
    return container_by_code(connection, code)


class Emptying(BaseModel):
    """A container was emptied, said by `source`. Pass `cursor` as `after` to get what follows."""

    event_id: UUID
    container: str
    emptied_at: datetime
    source: Literal["level", "crane", "driver", "truck"]
    cursor: str


def _cursor(recorded_at: datetime, event_id: UUID) -> str:
    return f"{recorded_at.astimezone(UTC).strftime('%Y%m%dT%H%M%S.%f')}-{event_id.hex}"


def _parse_cursor(cursor: str) -> tuple[datetime, UUID]:
    if not cursor:
        return datetime(1, 1, 1, tzinfo=UTC), UUID(int=0)
    instant, _, event = cursor.partition("-")
    try:
        return datetime.strptime(instant, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), UUID(event)
    except ValueError:
        raise HTTPException(422, "Ce curseur ne vient pas de cette liste.") from None


@routes.get("/api/v1/emptyings", summary="Emptyings since a cursor")
def list_emptyings(
    connection: Database,
    _: Dispatcher,
    after: Annotated[str, Query(description="cursor of the last emptying read; empty for all")] = "",
    source: Annotated[Literal["level", "crane", "driver", "truck"] | None, Query()] = None,
) -> list[Emptying]:
    """Return at most 500 emptyings in the order they were recorded, two seconds after the fact.

    The cursor grows with each line, so that reading on from the last one never misses any.
    """
    recorded_at, event_id = _parse_cursor(after)
    rows = connection.execute(
        _SQL["emptyings_after"],
        {
            "recorded_at": recorded_at,
            "event_id": event_id,
            "settling": SETTLING,
            "source": source,
            "most": MOST_EMPTYINGS,
        },
    )
    return [Emptying(cursor=_cursor(row.pop("recorded_at"), row["event_id"]), **row) for row in rows]
