"""The JSON of a round of meals on a driver's phone; the people simulator speaks the same. Knows no rules.

Instants are ISO 8601 with their offset, temperatures °C with one decimal, distances metres. One batch of
events holds departures and doors in the order of the taps, so that a phone without network sends one queue.
"""

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from api.driver.documents import EventResult
from meals.model import Moment

DoorKind = Literal["delivered", "neighbour", "absent", "refused", "blocked", "undone"]
DoorStatus = Literal["to_do", "delivered", "neighbour", "absent", "refused", "blocked"]
Wellbeing = Literal["well", "worry"]
Cold = Literal["to_measure", "cold", "warm"]
Celsius = Annotated[Decimal, Field(ge=-40, le=90, decimal_places=1)]
Number = Annotated[int, Field(ge=1, lt=2**63)]


class Tray(BaseModel):
    """One tray to hand over; `label` says in French what tells it from another one: texture and diets."""

    day: date
    moment: Moment
    label: str


class MealDoor(BaseModel):
    """One person's delivery, and the last word on it. A window is what the person asked for, Paris time."""

    id: int
    position: int
    name: str
    address: str
    commune: str
    phone: str
    lat: float | None
    lon: float | None
    access_note: str = Field(description="keys, dog, back door")
    trays: list[Tray]
    arrival_at: AwareDatetime = Field(description="as planned")
    window_from: time | None
    window_until: time | None
    status: DoorStatus
    status_at: AwareDatetime | None
    celsius: float | None
    wellbeing: Wellbeing | None
    note: str = Field(description="the driver's own words with that status")


class Departure(BaseModel):
    """What was measured on leaving the cold room: needed, and cold, before the first tray is handed over."""

    state: Cold
    celsius: float | None
    at: AwareDatetime | None


class MealRound(BaseModel):
    """A published round of meals of today. `version` changes with anything in it."""

    id: int
    version: str
    day: date
    status: Literal["published", "done"]
    van: str
    shift: str
    distance_m: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    limit_c: float = Field(description="°C above which trays are kept back")
    departure: Departure
    doors: list[MealDoor]


class MealRoundAnswer(BaseModel):
    """The round to drive, or null when there is none; `same`: the version one holds still stands."""

    round: MealRound | None
    same: bool = False


class MealRoundChoice(BaseModel):
    """A round of today that one may open; nobody's name is in it."""

    id: int
    day: date
    status: Literal["published", "done"]
    van: str
    shift: str
    doors: int
    doors_told: int
    starts_at: AwareDatetime


class MealRoundChoices(BaseModel):
    """Rounds of today."""

    rounds: list[MealRoundChoice]


class DoorEvent(BaseModel):
    """One tap at a door; of several the last by `happened_at` counts. `event_id` is the phone's own.

    `undone` takes the last word back. `blocked` keeps trays back: they are too warm, or the van was.
    """

    event_id: UUID
    door_id: Number
    kind: DoorKind
    celsius: Celsius | None = None
    wellbeing: Wellbeing | None = None
    note: str = Field("", description="neighbour's name, why refused, what worries; cut at 300 characters")
    happened_at: AwareDatetime


class DepartureEvent(BaseModel):
    """The temperature measured at a van's departure; above the limit, a second one may follow."""

    event_id: UUID
    round_id: Number
    kind: Literal["departure"] = "departure"
    celsius: Celsius
    happened_at: AwareDatetime


class MealEvents(BaseModel):
    """A batch of taps, oldest first. One that cannot be read is refused alone, not with its batch."""

    events: Annotated[
        list[Annotated[DoorEvent | DepartureEvent | dict[str, JsonValue], Field(union_mode="left_to_right")]],
        Field(max_length=500),
    ]


class MealEventResults(BaseModel):
    """One result per event, in the same order."""

    results: list[EventResult]
