"""What programs send to finance and what they get: shapes and bounds, nothing else."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

Sentence = Annotated[str, Field(min_length=1, max_length=8000)]


class Words(BaseModel):
    """What to look for; in the body, never in an address."""

    words: Annotated[str, Field(max_length=120)]


class Found(BaseModel):
    """A household that holds every word."""

    id: int
    reference: str
    name: str
    address: str
    commune: str
    invariant: str | None
    first: date
    last: date | None


class Correcting(BaseModel):
    """A decision on an event; `to`: the bin, badge or account it belongs to, when it is moved."""

    event: str
    action: Literal["retenir", "annuler", "deplacer"]
    reason: Sentence
    to: str = ""
    claim: int | None = None


class Written(BaseModel):
    """An event that no machine read, on a bin, a badge or an account."""

    kind: str
    at: datetime
    subject: str
    reason: Sentence
    count: Annotated[int, Field(ge=1, le=10_000)] = 1


class Made(BaseModel):
    """The name of what was written."""

    id: str


class ClaimOpened(BaseModel):
    """A claim on a household, or on its bill in a run."""

    household: int
    run: int | None = None
    channel: Literal["telephone", "courrier", "courriel", "guichet"]
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    body: Annotated[str, Field(max_length=8000)] = ""
    due: date | None = None


class Step(BaseModel):
    """Something said or done about a claim; `value`: the state or the decision; `due`: the new date."""

    kind: Literal["commentaire", "etat", "echeance", "decision", "reponse"]
    body: Annotated[str, Field(max_length=8000)] = ""
    value: str = ""
    due: date | None = None


class RefusedLine(BaseModel):
    """A row that is not taken."""

    line: int
    reason: str


class Taken(BaseModel):
    """What a file gave, or would give."""

    taken: int
    known: int
    doubted: int
    refused: list[RefusedLine]


class Trial(BaseModel):
    """Grids to try on a period's usage; `kept`: percent of events left by kind, an explicit hypothesis."""

    first: date
    last: date
    grids: Annotated[dict[str, str], Field(min_length=1, max_length=3)]
    kept: dict[str, Annotated[Decimal, Field(ge=0, le=1000)]] = {}
    cost: Decimal | None = None


class Outcome(BaseModel):
    """What a grid gives: euros; `marks`: least, first decile, median, ninth decile, most."""

    name: str
    product: Decimal
    difference: Decimal
    marks: list[Decimal]
    balance_factor: float | None
    refused: list[tuple[str, int]]


class Group(BaseModel):
    """Who gains and who loses under a grid, by a fact."""

    scenario: str
    fact: str
    value: str
    accounts: int
    winners: int
    losers: int
    difference: Decimal


class Compared(BaseModel):
    """Grids side by side, on the accounts that each of them can bill."""

    accounts: int
    left_out: int
    outcomes: list[Outcome]
    groups: list[Group]
