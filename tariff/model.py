"""The nouns: grids as voted, situations as declared, events as read, bills as issued. Computes nothing.

Words that people write in documents (levee, mois, forfait…) keep their French spelling as values.
Quantities are exact fractions, money is Decimal in euros, days are local, instants are aware.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from tariff.calendar import Period, Proration
from tariff.exact import Number, Rounding

Value = str | int | Fraction | frozenset[str]
Facts = Mapping[str, Value]

# What a counted unit measures, when it is not simply a number of events of its own name.
MEASURES = ("kg", "m3", "litre", "litre_bac")
PER_BIN, POOLED = "bac", "foyer"
LOST, CARRIED, DEDUCTED = "perdu", "reporte", "deduit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a document is refused: where, and one sentence in French."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}" if self.line else f"{self.file}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Numbers from `low` to `high`, both included; `high` None: no limit."""

    low: Number
    high: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One condition on one fact: in the span, or among the words; `negated`: not so."""

    fact: str
    wanted: Span | frozenset[str]
    negated: bool = False


Where = tuple[Test, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A price for the units up to the `up_to`-th of the window, included; None: without limit."""

    up_to: Number | None
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a scale: for whom, and the price (tiers) or, for an allowance, the quantity."""

    where: Where
    tiers: tuple[Tier, ...] = ()
    quantity: Number = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What every clause has: its name, the article voted, the sentence shown on bills, for whom, its rows."""

    id: str
    article: str
    text: str
    where: Where
    rows: tuple[Row, ...] = ()
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """An amount per `every` for each unit of `basis`; `sign` -1 for a rebate."""

    clause: Clause
    basis: str
    every: str
    proration: Proration
    sign: int = 1
    split: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A price for each unit of the events of these kinds, after the allowance; `sign` -1 for a rebate."""

    clause: Clause
    unit: str
    measure: str
    kinds: frozenset[str]
    every: str
    scope: str
    split: str | None = None
    label: str = "variable"
    sign: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A quantity of a unit per window: included (an allowance) or due at least (a minimum)."""

    clause: Clause
    role: str
    unit: str
    every: str
    scope: str
    proration: Proration
    prorated: bool
    rounding: str
    unused: str = LOST
    carry_most: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Percent:
    """A part of what other clauses come to: surcharge, rebate (negative), management costs, VAT."""

    clause: Clause
    base: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What was asked in advance is deducted; `schedule`: month, day, percent of a year's bill."""

    clause: Clause
    kind: str
    schedule: tuple[tuple[int, int, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A voted grid. `end` is the day after its last, `date.max` while nothing replaces it."""

    file: str
    name: str
    collectivity: str
    regime: str
    perimeter: str
    resolution: str
    source: str
    valid: Period
    rounding: Rounding
    opens: int = 1
    year_days: int | None = None
    floor: Decimal | None = None
    shadow: bool = False
    zone: str = "Europe/Paris"
    facts: Mapping[str, str] = field(default_factory=dict)
    fixed: tuple[Fixed, ...] = ()
    counted: tuple[Counted, ...] = ()
    allowances: tuple[Quota, ...] = ()
    minimums: tuple[Quota, ...] = ()
    percents: tuple[Percent, ...] = ()
    advances: tuple[Advance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is true of a household or a professional from a day on, until its next state."""

    since: date
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A bin and the days it was in someone's hands. Shared: everyone's weights, by account then key."""

    id: str
    volume_l: int
    stream: str
    period: Period
    weights: Mapping[str, Mapping[str, Number]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A card and the days it was in someone's hands."""

    id: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Who is billed: an account, its days of presence, its states in order, its bins and badges. No name."""

    id: str
    period: Period
    states: tuple[State, ...]
    bins: tuple[Bin, ...] = ()
    badges: tuple[Badge, ...] = ()
    perimeter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One use of the service, append-only. `aside`: why it is not billed (French)."""

    id: str
    at: datetime
    kind: str
    bin: str | None = None
    badge: str | None = None
    count: int = 1
    kg: Number | None = None
    m3: Number | None = None
    litres: Number | None = None
    amount: Decimal | None = None
    stream: str | None = None
    device: str | None = None
    aside: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a bill. `quantity` × `price` = `exact`, of which `part` is this account's when shared.

    `grid` is the grid's file: two grids may be of one resolution.
    """

    clause: str
    article: str
    text: str
    grid: str
    resolution: str
    kind: str
    unit: str
    quantity: Fraction
    price: Decimal
    part: Fraction | None
    exact: Fraction
    amount: Decimal
    detail: str
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBilled:
    """An event that no line counts, and why, in French; `unit` when it is only not counted for that unit."""

    event: str
    reason: str
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What an account owes for a period: the total is the sum of the lines."""

    account: str
    period: Period
    lines: tuple[Line, ...]
    total: Decimal
    not_billed: tuple[NotBilled, ...]
    resolutions: tuple[str, ...]
    shadow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No bill: what is missing or contradictory, in French. Never half a bill."""

    account: str
    problems: tuple[Problem, ...]
