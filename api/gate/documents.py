"""The documents of the terminal's protocol, as they are read and written (README.md explains them)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from access.model import Trailer

MOST_ENTRIES = 500
LONGEST_BADGE = 200

Word = Annotated[str, Field(min_length=1, max_length=40)]

_SCAN: dict[str, Any] = {
    "id": "7d4b8f0a-6c1e-4a53-9d0b-2f6f0a4f7e11",
    "at": "2026-05-04T10:00:02+02:00",
    "badge": "04A1B2C3",
    "vehicle": "car",
    "trailer": "none",
    "brought": [{"material": "rubble", "volume_l": 500}],
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BroughtIn(_Strict):
    """One material of a load."""

    material: Word
    volume_l: int = 0
    weight_kg: int = 0
    pieces: int = 0


class _Scan(_Strict):
    id: UUID
    at: AwareDatetime = Field(description="the terminal's clock when the badge was shown")
    vehicle: Word = "car"
    trailer: Trailer = "none"
    brought: list[BroughtIn] = Field(default_factory=list, max_length=20)
    override: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="an agent's reason to open all the same"
    )


class ScanIn(_Scan):
    """A badge shown at the gate. `id` is the terminal's own, kept when it asks again."""

    badge: Annotated[str, Field(max_length=LONGEST_BADGE, description="card number, plate, or e-badge code")]


class LineScan(_Scan):
    """A badge shown to a terminal alone: its keyed hash, or the e-badge's code. Neither: unreadable."""

    badge_hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    code: Annotated[str, Field(max_length=LONGEST_BADGE)] | None = None


class JournalLine(_Strict):
    """One message of a journal over MQTT."""

    v: Literal[1]
    seq: Annotated[int, Field(gt=0, lt=2**63)]
    opened: bool
    boot: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    up_ms: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    scan: LineScan


class ScanAsked(_Strict):
    """A scan to decide now; `sent_at` is the terminal's clock when it sends."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sent_at": "2026-05-04T10:00:03+02:00", "scan": _SCAN}]}
    )

    sent_at: AwareDatetime
    scan: ScanIn


class EntryIn(ScanIn):
    """A scan that the terminal decided alone."""

    opened: bool
    seq: Annotated[int, Field(gt=0, lt=2**63, description="the journal's own counter")] | None = None


class JournalIn(_Strict):
    """Scans decided alone, in the order they happened."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sent_at": "2026-05-04T12:10:00+02:00",
                    "entries": [_SCAN | {"opened": True, "seq": 118}],
                }
            ]
        }
    )

    sent_at: AwareDatetime
    entries: list[EntryIn] = Field(max_length=MOST_ENTRIES)


class Hello(_Strict):
    """A terminal says its clock, and which list it has."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"sent_at": "2026-05-04T06:55:00+02:00", "boot": 12, "up_ms": 48210, "list_version": 50231}
            ]
        }
    )

    sent_at: AwareDatetime
    boot: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    up_ms: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    list_version: Annotated[int, Field(ge=0, lt=2**63)] | None = None


class Welcome(BaseModel):
    """Who the terminal is here, how far its clock is off, and what it needs to decide alone."""

    terminal: str
    site: str
    offline: Literal["refuse", "open"] = Field(description="what the gate does when it cannot decide at all")
    heard_at: datetime
    clock_error_ms: int = Field(description="the terminal's clock minus ours; positive is fast")
    list_version: int
    list_key: str | None = Field(description="Ed25519 public key, hexadecimal, of lists and e-badges")
    journal_topic: str
    clock_topic: str
    list_topic: str


class LeftOut(BaseModel):
    """What remains of one allowance."""

    rule: str
    unit: str
    material: str | None
    limit: int
    used: int
    renewed_at: datetime | None


class ChargeOut(BaseModel):
    """One priced quantity, in euros."""

    rule: str
    clause: str
    material: str | None
    quantity: int
    unit: str
    amount: str


class DecisionOut(BaseModel):
    """Open or not, by which rule, and what to display."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _SCAN["id"],
                    "opens": True,
                    "rule": "open",
                    "text": "Bienvenue.",
                    "units": 1,
                    "left": [
                        {
                            "rule": "passages",
                            "unit": "passages",
                            "material": None,
                            "limit": 24,
                            "used": 3,
                            "renewed_at": "2027-01-01T00:00:00+01:00",
                        }
                    ],
                    "warnings": [],
                    "charges": [],
                    "overruns": [],
                    "refused_by": None,
                }
            ]
        }
    )

    id: UUID
    opens: bool
    rule: str
    text: str
    units: int = Field(description="what this entry takes from an allowance of passages")
    left: list[LeftOut]
    warnings: list[str]
    charges: list[ChargeOut]
    overruns: list[str]
    refused_by: str | None


class JournalOut(BaseModel):
    """The entries that are recorded for good and may be forgotten by the terminal; the others say why not."""

    recorded: list[UUID]
    refused: dict[str, str]
