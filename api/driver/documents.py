"""The JSON a driver's phone reads and writes; the truck simulator speaks the same. Knows no rules.

Units: metres, litres, kilograms, percent; instants are ISO 8601 with their offset.
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from api.travel.ways import WayOut

StopKind = Literal["start", "collect", "unload", "break", "end"]
EventKind = Literal["done", "not_done", "undone"]
Outcome = Literal["accepted", "already", "refused"]


class ContainerToEmpty(BaseModel):
    """A container of a stop, as full as planning expects it when the truck arrives."""

    id: int
    code: str
    stream: str
    fill_percent: float
    volume_l: int = Field(description="litres expected to be lifted")


class Stop(BaseModel):
    """A visit of the round, the road that leads there, and the last word on it."""

    id: int
    position: int
    kind: StopKind
    arrival_at: AwareDatetime
    departure_at: AwareDatetime
    name: str = Field(description="point, unloading site or depot; empty for a break")
    commune: str
    lat: float | None
    lon: float | None
    access_note: str
    load_l: int = Field(description="litres on board when the truck leaves")
    load_kg: int = Field(description="kilograms on board when the truck leaves")
    required: bool
    reason: str = Field(description="why planning put it there")
    status: Literal["to_do", "done", "not_done"]
    status_reason: str
    status_at: AwareDatetime | None
    weight_kg: int | None = Field(description="weighed at unloading")
    containers: list[ContainerToEmpty]
    way: WayOut | None = Field(None, description="the road from the stop before, when it is known")


class Round(BaseModel):
    """A published round."""

    id: int
    day: date
    version: int
    status: Literal["published", "done"]
    vehicle: str
    stream: str
    distance_m: int
    stops: list[Stop]


class RoundAnswer(BaseModel):
    """The round to drive, or null when there is none."""

    round: Round | None


class RoundChoice(BaseModel):
    """A round one may open."""

    id: int
    day: date
    status: Literal["published", "done"]
    vehicle: str
    stream: str
    distance_m: int
    stops: int
    stops_told: int
    driver: str | None


class RoundChoices(BaseModel):
    """Rounds of today and later."""

    rounds: list[RoundChoice]


class StopEvent(BaseModel):
    """One tap of the driver. `event_id` is the phone's own and makes it idempotent."""

    event_id: UUID
    stop_id: Annotated[int, Field(ge=1, lt=2**63)]
    kind: EventKind
    reason: str = Field("", description="why not done; cut at 300 characters")
    weight_kg: int | None = Field(None, description="weighbridge, for an unloading done")
    happened_at: AwareDatetime


class StopEvents(BaseModel):
    """A batch of taps, oldest first. One that cannot be read is refused alone, not with its batch."""

    events: Annotated[
        list[Annotated[StopEvent | dict[str, JsonValue], Field(union_mode="left_to_right")]],
        Field(max_length=500),
    ]


class EventResult(BaseModel):
    """What became of one tap."""

    event_id: str
    outcome: Outcome
    sentence: str = Field(description="French, for the driver; empty when there is nothing to say")


class EventResults(BaseModel):
    """One result per event, in the same order."""

    results: list[EventResult]
