"""The JSON an agent's phone reads and writes. Knows no rule.

Units: litres, kilograms, pieces, percent; instants are ISO 8601 with their offset.
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from access.model import Trailer
from api.gate.documents import BroughtIn, DecisionOut, Word

IncidentKind = Literal["accident", "incivilite", "depot", "materiel", "produit", "vol", "autre"]
Outcome = Literal["accepted", "already", "refused"]


class Choice(BaseModel):
    """Something to choose, by its code."""

    code: str
    label: str


class SkipNow(BaseModel):
    """A skip as it is known: `percent` full, seen by someone or measured by its probe."""

    id: int
    code: str
    label: str
    material: str
    volume_l: int
    percent: float | None
    at: AwareDatetime | None
    source: Literal["probe", "seen"] | None
    haulage_status: Literal["asked", "planned"] | None


class Counters(BaseModel):
    """The site's day so far."""

    day: date
    entered: int
    refused: int
    to_check: int
    categories: dict[str, int]


class ListKeys(BaseModel):
    """What the phone needs to read the signed list: base64. `badge_key` hashes numbers as the list does."""

    public_key: str
    badge_key: str


class SiteState(BaseModel):
    """What a phone keeps to work a day at a site, with or without network."""

    sites: list[Choice]
    site: str
    site_name: str
    hours: list[str] = Field(description="today's stretches, for instance 09:00-12:00; none is closed")
    closed_reason: str
    categories: dict[str, str]
    materials: dict[str, str]
    vehicles: list[Choice]
    declares: list[str] = Field(description="categories whose load is counted or priced")
    skips: list[SkipNow]
    counters: Counters
    keys: ListKeys | None


class Load(BaseModel):
    """Who comes with what. `badge` is a number, a plate or the text of a code; it is hashed on arrival."""

    badge: Annotated[str, Field(max_length=1000)]
    vehicle: Word = "car"
    trailer: Trailer = "none"
    brought: list[BroughtIn] = Field(default_factory=list, max_length=20)
    override: Annotated[str, Field(max_length=200)] | None = None


class Look(Load):
    """What would be decided now? Nothing is recorded."""

    site: Word
    at: AwareDatetime


class LookOut(DecisionOut):
    """The decision, and the holder's category; no name."""

    category: str | None


class PassageTold(Load):
    """What the agent did: `seen` says by what (the server's answer, the phone's list, or nothing)."""

    kind: Literal["passage"]
    event_id: UUID
    at: AwareDatetime
    opened: bool
    seen: Literal["server", "list", "none"]


class LevelTold(BaseModel):
    """A skip as the agent sees it; `full` also asks for it to be taken away."""

    kind: Literal["level"]
    event_id: UUID
    at: AwareDatetime
    skip: Annotated[int, Field(ge=1, lt=2**31)]
    percent: Annotated[int, Field(ge=0, le=120)]
    full: bool = False


class IncidentTold(BaseModel):
    """Something happened; no name in the sentence."""

    kind: Literal["incident"]
    event_id: UUID
    at: AwareDatetime
    incident: IncidentKind
    sentence: Annotated[str, Field(min_length=1, max_length=500)]


Told = PassageTold | LevelTold | IncidentTold


class Events(BaseModel):
    """A batch, oldest first, by the phone's clock. One that cannot be read is refused alone."""

    site: Word
    sent_at: AwareDatetime
    events: Annotated[
        list[Annotated[Told | dict[str, JsonValue], Field(union_mode="left_to_right")]],
        Field(max_length=200),
    ]


class EventResult(BaseModel):
    """What became of one event."""

    event_id: str
    outcome: Outcome
    sentence: str = Field(description="French, for the agent; empty when there is nothing to say")


class EventResults(BaseModel):
    """One result per event, in the same order."""

    results: list[EventResult]
