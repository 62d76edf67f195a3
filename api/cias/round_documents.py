"""The JSON of the office's rounds of meals. Names and addresses, nothing of health; instants are aware."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.driver.meal_documents import DoorStatus

Usual = Literal["kept", "hour", "driver", "both", "new"]
Number = Annotated[int, Field(ge=1, lt=2**63)]


class PlanWish(BaseModel):
    """The day to plan, and how many seconds the planner may take."""

    day: date
    seconds: Annotated[int, Field(ge=1, le=600)] = 10
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1


class Asked(BaseModel):
    """A planning that was asked for, or one of that day that waits already."""

    planning: int


class Unserved(BaseModel):
    """Somebody without a place in the plan, and why."""

    person: int
    name: str
    code: str
    text: str


class Planning(BaseModel):
    """How far a planning is, and whom it leaves out."""

    id: int
    day: date
    status: Literal["queued", "running", "done", "failed"]
    message: str
    unserved: list[Unserved]


class PlannedDoor(BaseModel):
    """One person's delivery. `usual` says what differs from what they are used to: `hour` is another hour,
    `driver` another driver, `both` both, `kept` neither; `new`: no habit yet."""

    id: int
    position: int
    person: int
    name: str
    address: str
    commune: str
    lat: float | None
    lon: float | None
    window_from: time | None
    window_until: time | None
    arrival_at: AwareDatetime
    departure_at: AwareDatetime
    trays: int
    usual: Usual
    status: DoorStatus
    said_at: AwareDatetime | None


class PlannedRound(BaseModel):
    """A van's half-day with its doors in order, and the last temperature measured on leaving."""

    id: int
    planning_id: int
    day: date
    status: Literal["draft", "published", "done"]
    van: str
    shift: str
    shift_id: int
    room: int = Field(description="trays the van holds")
    driver_id: int | None
    driver: str | None
    distance_m: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    published_at: AwareDatetime | None
    departure_c: float | None
    departed_at: AwareDatetime | None
    warm: bool
    doors: list[PlannedDoor]


class Rounds(BaseModel):
    """Published rounds of a day and the drafts of its latest plan."""

    day: date
    planning: Planning | None
    rounds: list[PlannedRound]


class Move(BaseModel):
    """Put this person at this place (from 1) of this half-day."""

    person: Number
    shift: Number
    position: Annotated[int, Field(ge=1, le=1000)]


class Assignment(BaseModel):
    """Who drives; null takes a draft back."""

    driver: Number | None


class Said(BaseModel):
    """What was done, in French."""

    sentence: str


class Closing(BaseModel):
    """What came of a concern, in the office's words."""

    outcome: Annotated[str, Field(min_length=1, max_length=500)]


class ConcernOut(BaseModel):
    """Something the office must see to. `detail` is what the driver wrote: it was sealed until now."""

    id: int
    kind: Literal["worry", "excursion", "absent", "refused", "late"]
    person: int | None
    name: str | None
    phone: str | None
    round: int | None
    van: str | None
    opened_at: AwareDatetime
    celsius: float | None
    detail: str
    closed_at: AwareDatetime | None
    outcome: str


class Concerns(BaseModel):
    """Open ones, the gravest first; then those closed lately."""

    concerns: list[ConcernOut]
