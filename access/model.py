"""The nouns of the gate: who, with which badge, brings what, and the answer. Knows what is possible, no rule.

Units: litres, kilograms and pieces, whole; euros as `Decimal`; instants aware, days and weeks those of
Europe/Paris. A value that cannot be is refused here with one sentence (`Refused`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal

Span = Literal["day", "week", "month", "semester", "year", "rolling"]
Unit = Literal["passages", "l", "kg", "pieces"]
Over = Literal["refuse", "bill"]
BadgeState = Literal["active", "blocked", "lost", "replaced"]
Trailer = Literal["none", "empty", "loaded"]
Fallback = Literal["refuse", "open"]

SPANS: tuple[Span, ...] = ("day", "week", "month", "semester", "year", "rolling")
UNITS: tuple[Unit, ...] = ("passages", "l", "kg", "pieces")
LARGEST = 1_000_000
"""More litres, kilograms or pieces than any vehicle brings: a slip of the finger, refused."""


class Refused(ValueError):
    """A value that the gate will not take; the message is one sentence that says why."""


def _instant(name: str, at: datetime) -> None:
    if at.utcoffset() is None:
        raise Refused(f"{name} has no time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """What was shown at the gate: a card, a QR code or a number plate. Its number is not known here."""

    state: BadgeState = "active"
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        for name, at in (("valid_from", self.valid_from), ("valid_until", self.valid_until)):
            if at is not None:
                _instant(name, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A household, a firm or a service; its badges share its allowances. `sector` is the council's."""

    category: str
    badge: Badge = field(default_factory=Badge)
    sector: str | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One material of a load, as declared; a quantity not declared is zero."""

    material: str
    volume_l: int = 0
    weight_kg: int = 0
    pieces: int = 0

    def __post_init__(self) -> None:
        for name in ("volume_l", "weight_kg", "pieces"):
            if not 0 <= getattr(self, name) <= LARGEST:
                raise Refused(f"{name} must be between 0 and {LARGEST}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A badge shown at a site. `override` is the agent's reason to open although a rule refuses."""

    at: datetime
    site: str
    vehicle: str = "car"
    trailer: Trailer = "none"
    brought: tuple[Brought, ...] = ()
    override: str | None = None

    def __post_init__(self) -> None:
        _instant("at", self.at)
        materials = [one.material for one in self.brought]
        if len(set(materials)) != len(materials):
            raise Refused("a material is declared twice")
        if self.override is not None and not self.override.strip():
            raise Refused("an override needs a reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A past entry that counts. `units` is what it took from an allowance of passages."""

    at: datetime
    site: str
    units: int = 1
    brought: tuple[Brought, ...] = ()

    def __post_init__(self) -> None:
        _instant("at", self.at)
        if not 0 <= self.units <= LARGEST:
            raise Refused(f"units must be between 0 and {LARGEST}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whom a rule is about; an empty part means all."""

    categories: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    vehicles: tuple[str, ...] = ()

    def holds(self, holder: Holder, scan: Scan) -> bool:
        """Whether this scan of this holder is meant."""
        return (
            (not self.categories or holder.category in self.categories)
            and (not self.sites or scan.site in self.sites)
            and (not self.sectors or holder.sector in self.sectors)
            and (not self.vehicles or scan.vehicle in self.vehicles)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So much per span. `each` counts every material by itself; from `warn_left` on, say what is left."""

    id: str
    clause: str
    scope: Scope
    unit: Unit
    limit: int
    per: Span
    rolling_days: int = 0
    materials: tuple[str, ...] = ()
    each: bool = False
    over: Over = "refuse"
    warn_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What is paid at or after the gate: by m³, tonne, piece, or passage from the `first`th of a span on."""

    id: str
    clause: str
    scope: Scope
    unit: Literal["m3", "t", "piece", "passage"]
    amount: Decimal
    materials: tuple[str, ...] = ()
    minimum_l: int = 0
    first: int = 1
    last: int | None = None
    per: Span = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """Who may not come at all, or only on these weekdays (1 is Monday), or not with this vehicle."""

    id: str
    clause: str
    scope: Scope
    text: str
    except_weekdays: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One stretch of a day at a site."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Opening hours by ISO weekday (1 is Monday); `exceptions` replace a date's hours, none means closed.

    A site without any hours is never closed by the rules. `offline` is what a gate does that cannot decide.
    """

    code: str
    name: str
    hours: Mapping[int, tuple[Opening, ...]] = field(default_factory=dict)
    closed_on_holidays: bool = True
    exceptions: Mapping[date, tuple[Opening, ...]] = field(default_factory=dict)
    offline: Fallback = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """What one entry takes from an allowance of passages; a loaded trailer adds to it, an empty one not."""

    code: str
    label: str
    units: int = 1
    trailer_units: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One collectivity's rules from `valid_from` until the day before the next book's."""

    name: str
    source: str
    valid_from: date
    valid_until: date | None
    categories: Mapping[str, str]
    materials: Mapping[str, str]
    vehicles: Mapping[str, Vehicle]
    sites: Mapping[str, Site]
    bans: tuple[Ban, ...]
    allowances: tuple[Allowance, ...]
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What remains of one allowance after this scan, and when it begins anew (None: it rolls)."""

    rule: str
    unit: Unit
    material: str | None
    limit: int
    used: int
    renewed_at: datetime | None

    @property
    def left(self) -> int:
        """Never below zero: what was taken beyond the limit is `used - limit`."""
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One priced quantity: litres, kilograms, pieces or passages, exact to the cent."""

    rule: str
    clause: str
    material: str | None
    quantity: int
    unit: Literal["m3", "t", "piece", "passage"]
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Open or not, by which rule, and the sentence to display.

    `rule` is a rule's id, or one of: open, closed, unknown_badge, blocked, lost, replaced, not_yet_valid,
    expired, unknown_site, unknown_category, unknown_vehicle, unknown_material, no_rules. `refused_by` is the
    rule that an agent's override overruled. `overruns` are the allowances passed, to be billed or looked at.
    """

    opens: bool
    rule: str
    text: str
    units: int = 0
    left: tuple[Left, ...] = ()
    warnings: tuple[str, ...] = ()
    charges: tuple[Charge, ...] = ()
    overruns: tuple[str, ...] = ()
    refused_by: str | None = None
