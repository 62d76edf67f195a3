"""What the JSON API says and hears about plannings and rounds; the pages' templates read the same objects."""

from datetime import date, datetime
from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewPlanning(_Strict):
    """What to plan: a day, a stream, trucks (all that carry the stream when none is named), a time budget."""

    day: date
    stream: str
    vehicles: list[str] = Field(default=[], description="vehicle codes", max_length=100)
    budget_s: int | None = Field(default=None, ge=1, le=600, description="time given to the planner")
    service_percent: float = Field(
        default=99.5, ge=90, le=99.95, description="part of the litres brought that should find room"
    )


class Replanning(_Strict):
    """Plan again, keeping locked stops on their trucks."""

    budget_s: int | None = Field(default=None, ge=1, le=600)


class MoveStop(_Strict):
    """Put a stop elsewhere; without a position, where it lengthens the way least."""

    kind: Literal["move"]
    stop: int
    vehicle: str
    position: int | None = Field(
        None, ge=0, description="rank among the stops and unloadings of that vehicle"
    )


class AddContainer(_Strict):
    """Add a container that the plan left out (and with it the others of its point worth emptying)."""

    kind: Literal["add"]
    container: str
    vehicle: str
    position: int | None = Field(default=None, ge=0)


class AddUnloading(_Strict):
    """Add a visit to an unloading site."""

    kind: Literal["add_unloading"]
    site: str
    vehicle: str
    position: int | None = Field(default=None, ge=0)


class DropStop(_Strict):
    """Take a stop out."""

    kind: Literal["drop"]
    stop: int


class LockStop(_Strict):
    """Keep a stop on its truck when planning again, or no longer."""

    kind: Literal["lock", "unlock"]
    stop: int


RoundChange = Annotated[
    MoveStop | AddContainer | AddUnloading | DropStop | LockStop, Field(discriminator="kind")
]


class RoundChanges(_Strict):
    """Changes to apply together. `versions` holds the version seen of every round they touch, by its id."""

    versions: dict[int, int]
    changes: list[RoundChange] = Field(min_length=1, max_length=50)


class Publication(_Strict):
    """Hand a round to a driver."""

    version: int
    driver: int = Field(description="account id of the driver")


class Withdrawal(_Strict):
    """Take a published round back as a draft, or give a draft up."""

    version: int
    to: Literal["draft", "cancelled"] = "draft"


class VehicleOut(BaseModel):
    """A truck; `busy` says what keeps it on the day asked for."""

    id: int
    code: str
    name: str
    streams: list[str]
    capacity_l: int
    capacity_kg: int
    shift_start_s: int = Field(description="seconds after local midnight")
    shift_s: int
    depot: str
    busy: str | None


class StopContainer(BaseModel):
    """A container to empty at a stop, with what is expected in it that day."""

    id: int
    code: str
    fill_percent: float
    volume_l: int = Field(description="litres expected in it")
    weight_kg: int


class StopOut(BaseModel):
    """A visit of a round; loads are what is on board when the truck leaves."""

    id: int
    position: int
    kind: Literal["start", "collect", "unload", "break", "end"]
    code: str | None
    name: str | None
    commune: str
    lat: float | None
    lon: float | None
    arrival_at: datetime
    departure_at: datetime
    load_l: int
    load_kg: int
    required: bool
    locked: bool
    reason: str
    status: Literal["to_do", "done", "not_done"]
    status_reason: str | None
    status_at: datetime | None
    unloaded_kg: int | None
    rank: int | None = Field(description="rank among the stops and unloadings, as `position` of a change")
    number: int | None = Field(description="rank among the collect stops, from 1")
    containers: list[StopContainer]


class RoundOut(BaseModel):
    """One truck's round, with the rules it breaks: publishing is then refused."""

    id: int
    planning_id: int
    day: date
    stream: str
    stream_label: str
    status: Literal["draft", "published", "done", "cancelled"]
    version: int
    vehicle: str
    vehicle_name: str
    capacity_l: int
    capacity_kg: int
    driver_id: int | None
    driver: str | None
    distance_m: int
    duration_s: int
    start_at: datetime | None
    end_at: datetime | None
    collected_l: int
    collected_kg: int
    unloaded_kg: int | None = Field(description="weighed so far")
    stops_total: int
    stops_done: int
    stops_not_done: int
    violations: list[str]
    stops: list[StopOut]


class LeftOutContainer(BaseModel):
    """A container no round empties."""

    code: str
    fill_percent: float | None


class LeftOut(BaseModel):
    """A point (or single container) in no round, and why."""

    point: str
    commune: str
    lat: float
    lon: float
    containers: list[LeftOutContainer]
    required: bool
    fill_percent: float | None
    why: str


class PlanningOut(BaseModel):
    """A planning: how far it is, and once done its rounds and what they leave out."""

    id: int
    day: date
    stream: str
    stream_label: str
    colour: str
    vehicles: list[str]
    budget_s: int
    status: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float
    message: str
    requested_at: datetime
    finished_at: datetime | None
    travel: str = Field(description="what computed distances and times")
    rounds: list[RoundOut]
    left_out: list[LeftOut]

    @computed_field(description="changes whenever what people see of this planning does")  # type: ignore[prop-decorator]
    @property
    def revision(self) -> str:
        """Return a short word for this state: a page compares it with the one it shows."""
        rounds = [
            (
                one.id,
                one.version,
                one.status,
                [(stop.id, stop.status, stop.unloaded_kg) for stop in one.stops],
            )
            for one in self.rounds
        ]
        shown = repr((self.status, self.finished_at, rounds, len(self.left_out)))
        return blake2b(shown.encode(), digest_size=8).hexdigest()


class Effect(BaseModel):
    """What changes did to one round; metres and instants, before and after."""

    vehicle: str
    vehicle_name: str
    distance_m_before: int
    distance_m: int
    end_at_before: datetime | None
    end_at: datetime | None
    violations: list[str]


class Changed(BaseModel):
    """The planning after the changes, their effect, and the changes that would take them back."""

    effects: list[Effect]
    undo: list[RoundChange]
    planning: PlanningOut
