"""The JSON of running a site. Litres, kilograms, percent, seconds after local midnight, WGS 84 degrees."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.gate.agent_documents import Counters, SkipNow

Line = Annotated[str, Field(max_length=200)]
Named = Annotated[str, Field(min_length=1, max_length=120)]
CodeWord = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Siret = Annotated[str, Field(pattern=r"^([0-9]{14})?$")]
WasteCode = Annotated[
    str, Field(pattern=r"^([0-9]{2} [0-9]{2} [0-9]{2}\*?)?$", description="« 20 02 01 »; * hazardous")
]
Final = Literal["", "reemploi", "recyclage", "valorisation", "energie", "elimination"]
Kilograms = Annotated[int, Field(ge=0, le=60_000)]
Number = Annotated[int, Field(ge=1, lt=2**31)]
Clock = Annotated[int, Field(ge=0, le=86_400)]


class Strict(BaseModel):
    """What is not expected is refused."""

    model_config = ConfigDict(extra="forbid")


class PlaceIn(Strict):
    """Where a site is and who runs it."""

    address: Line = ""
    insee: list[Annotated[str, Field(pattern=r"^[0-9AB]{5}$")]] = Field(default_factory=list, max_length=200)
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    operator: Line = ""
    siret: Siret = ""
    notice: Annotated[str, Field(max_length=500)] = ""


class OutletIn(Strict):
    """Where skips are emptied; `treatment` as annexes I and II of directive 2008/98/EC."""

    code: CodeWord
    name: Named
    siret: Siret = ""
    address: Line = ""
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    opens_s: Clock = 28_800
    closes_s: Clock = 61_200
    service_s: Annotated[int, Field(ge=0, le=14_400)] = 1_200
    treatment: Annotated[str, Field(pattern=r"^([RD][0-9]{1,2})?$")] = ""
    final: Final = ""


class CarrierIn(Strict):
    """Who drives; `receipt`: its number as a carrier of waste."""

    name: Named
    siret: Siret = ""
    address: Line = ""
    receipt: Line = ""


class SkipIn(Strict):
    """A skip of a site; `container`: the code of the container whose probe is mounted on it."""

    code: CodeWord
    material: Annotated[str, Field(min_length=1, max_length=40)]
    label: Named
    volume_l: Annotated[int, Field(ge=100, le=60_000)] = 30_000
    container: Annotated[str, Field(max_length=64)] = ""
    outlet_id: Number | None = None
    carrier_id: Number | None = None
    waste_code: WasteCode = ""
    pop: bool = False
    eco_name: Line = ""
    eco_siren: Annotated[str, Field(pattern=r"^([0-9]{9})?$")] = ""
    spare: bool = True
    active: bool = True


class LevelIn(Strict):
    """How full a skip is seen."""

    percent: Annotated[int, Field(ge=0, le=120)]


class Reason(Strict):
    """Why."""

    reason: Line = ""


class PlanIn(Strict):
    """Plan the rotations that wait, for a day."""

    day: date


class DoneIn(Strict):
    """A skip has left: the weighbridge's slip and what the register wants besides."""

    sent_at: AwareDatetime | None = None
    gross_kg: Kilograms | None = None
    tare_kg: Kilograms | None = None
    net_kg: Kilograms | None = None
    slip: Line = ""
    plate: Annotated[str, Field(max_length=20)] = ""
    tracking_form: Line = ""
    basel_code: Annotated[str, Field(max_length=20)] = ""


class CorrectionIn(Strict):
    """What a line of the register should have said; the first one stays, replaced."""

    gross_kg: Kilograms | None = None
    tare_kg: Kilograms | None = None
    net_kg: Kilograms | None = None
    slip: Line | None = None
    tracking_form: Line | None = None
    plate: Annotated[str, Field(max_length=20)] | None = None


class HazardIn(Strict):
    """A kind of hazardous waste a site keeps, up to a limit."""

    label: Named
    waste_code: Annotated[str, Field(pattern=r"^[0-9]{2} [0-9]{2} [0-9]{2}\*?$")]
    limit_kg: Annotated[int, Field(ge=1, le=100_000)]


class MoveIn(Strict):
    """Kilograms in (positive) or out (negative); `event_id` makes it count once."""

    event_id: UUID
    kg: Annotated[int, Field(ge=-100_000, le=100_000)]
    note: Line = ""


class DutyIn(Strict):
    """Who is on duty, local times of one day."""

    account: Number
    day: date
    begins: Annotated[str, Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$")]
    ends: Annotated[str, Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$")]


class ExceptionIn(Strict):
    """Other hours on one day; none is closed; `withdrawn` gives the rule book's hours back."""

    day: date
    hours: list[Annotated[str, Field(max_length=20)]] = Field(default_factory=list, max_length=4)
    reason: Line = ""
    withdrawn: bool = False


class ClosingIn(Strict):
    """What was done about an incident."""

    closing: Annotated[str, Field(min_length=1, max_length=500)]


class Done(BaseModel):
    """What a change made: its number, and a sentence when there is something to say."""

    id: str
    sentence: str = ""


class HaulageOut(BaseModel):
    """A skip to be taken away."""

    id: int
    site: str
    code: str
    label: str
    asked_at: AwareDatetime
    reason: str
    status: Literal["asked", "planned", "done", "cancelled"]
    day: date | None
    vehicle: str | None
    rank: int | None
    pickup_at: AwareDatetime | None
    outlet_at: AwareDatetime | None
    outlet: str | None
    note: str
    done_at: AwareDatetime | None


class PlanOut(BaseModel):
    """What a planning of rotations came to."""

    planned: int
    left: list[str]
    distance_m: int
    sentence: str


class HazardOut(BaseModel):
    """A stock of hazardous waste."""

    id: int
    label: str
    waste_code: str
    limit_kg: int
    kg: int


class DutyOut(BaseModel):
    """Someone on duty."""

    id: int
    name: str
    begins_at: AwareDatetime
    ends_at: AwareDatetime


class DayHours(BaseModel):
    """A day's hours at a site; `reason` when they are not the usual ones."""

    day: date
    hours: list[str]
    text: str = Field(description="the same in French")
    reason: str = ""
    exceptional: bool = False


class IncidentOut(BaseModel):
    """Something that happened."""

    event_id: UUID
    at: AwareDatetime
    kind: str
    sentence: str
    by: str | None
    closed_at: AwareDatetime | None
    closing: str


class SiteOut(BaseModel):
    """Everything of a site on one screen."""

    site: str
    name: str
    days: list[DayHours]
    counters: Counters
    skips: list[SkipNow]
    haulages: list[HaulageOut]
    hazards: list[HazardOut]
    duties: list[DutyOut]
    incidents: list[IncidentOut]


class PublicSite(BaseModel):
    """What the public knows of a site."""

    site: str
    name: str
    address: str
    lat: float | None
    lon: float | None
    notice: str
    open_now: bool
    days: list[DayHours]
    materials: dict[str, str]
