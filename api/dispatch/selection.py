"""What is known of each column for a day's round, and what its level alone asks for. Pure.

By its level alone a column is required when it is due (`answers.container_due`: at or above its planning
threshold) or expected full within 24 hours after the day, and optional from `OPTIONAL_PERCENT`. That is
what a dispatcher who adds one by hand reads; `api.dispatch.choosing` decides by risks, and keeps these
facts. The columns of one point are one stop: whoever stops there empties all that are worth it.

Knows nothing of trucks and roads. Sentences are in French, for the dispatcher and the driver.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from api.french import NBSP, PARIS, day, hour

OPTIONAL_PERCENT = 40
"""Below this expected level a column is left alone: a lift would move mostly air."""
PRIZE_OF_FULL_CENTS = 1500
"""What emptying a full column while passing is worth: about one later visit spared, three minutes on site and
some seven kilometres at the planner's own prices. An assumption, for stops that people add."""
SERVICE_HOUR = time(10)
"""When in the day a level is foreseen: the middle of a morning round."""

Need = Literal["required", "optional", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One container as `containers_to_judge` returns it; levels in percent, rate in percent per day."""

    id: int
    code: str
    point_code: str
    point_name: str
    commune: str
    lat: float
    lon: float
    volume_l: int
    density_kg_m3: int
    plan_percent: int
    fill_percent: float | None
    measured_at: datetime | None
    rate_percent_per_day: float | None
    full_at: datetime | None
    quality: str
    due: bool
    planned: str | None
    """The published round that holds it already, in words; None when there is none."""
    ends: Sequence[datetime] | None = None
    """Instants of the forecast made since its last emptying; `mean`, `sd` are the level's then, unclipped."""
    mean: Sequence[float] | None = None
    sd: Sequence[float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """One container to empty at a stop, with what is expected in it on the day."""

    container_id: int
    code: str
    need: Need
    fill_percent: int
    load_l: int
    load_kg: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The lifts of one point: one task for the planner."""

    point_code: str
    point_name: str
    commune: str
    lat: float
    lon: float
    required: bool
    prize_cents: int
    lifts: tuple[Lift, ...]

    @property
    def load(self) -> dict[str, int]:
        """What the truck takes on board here."""
        return {"l": sum(lift.load_l for lift in self.lifts), "kg": sum(lift.load_kg for lift in self.lifts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone:
    """A container the planner was not asked about, with the reason."""

    container_id: int
    code: str
    point_name: str
    commune: str
    lat: float
    lon: float
    fill_percent: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What planning starts from."""

    stops: tuple[Stop, ...]
    left_alone: tuple[LeftAlone, ...]


def stop_of(column: Column, lifts: list[Lift]) -> Stop:
    """Put the lifts of one point together; `column` is any column of that point."""
    return Stop(
        point_code=column.point_code,
        point_name=column.point_name,
        commune=column.commune,
        lat=column.lat,
        lon=column.lon,
        required=any(lift.need == "required" for lift in lifts),
        prize_cents=sum(prize_cents(lift.fill_percent) for lift in lifts),
        lifts=tuple(sorted(lifts, key=lambda lift: (-lift.fill_percent, lift.code))),
    )


def left_alone(column: Column, lift: Lift) -> LeftAlone:
    """Say why a column takes no part."""
    known = None if column.fill_percent is None else lift.fill_percent
    return LeftAlone(
        container_id=column.id,
        code=column.code,
        point_name=column.point_name,
        commune=column.commune,
        lat=column.lat,
        lon=column.lon,
        fill_percent=known,
        why=lift.why,
    )


def prize_cents(fill_percent: int) -> int:
    """Return what emptying an optional column is worth: nothing at `OPTIONAL_PERCENT`, growing to full."""
    share = max(0.0, (fill_percent - OPTIONAL_PERCENT) / (100 - OPTIONAL_PERCENT))
    return round(PRIZE_OF_FULL_CENTS * share)


def expected_percent(column: Column, at: datetime) -> float | None:
    """Carry the last credible level on at its usual rate, at most to 100 %."""
    if column.fill_percent is None:
        return None
    rate = max(column.rate_percent_per_day or 0.0, 0.0)
    days = (at - column.measured_at).total_seconds() / 86_400 if column.measured_at else 0.0
    return min(100.0, column.fill_percent + rate * max(days, 0.0))


def judge(column: Column, service_day: date, now: datetime) -> Lift:
    """Decide about one column, with the sentence that says why."""
    expected = expected_percent(column, datetime.combine(service_day, SERVICE_HOUR, PARIS))
    percent = round(expected) if expected is not None else 100  # counted full, should people ask for it
    need, why = _need(column, expected, service_day, now)
    return lift_of(column, percent, need, why)


def lift_of(column: Column, percent: int, need: Need, why: str) -> Lift:
    """Turn an expected level into litres and kilograms."""
    litres = round(column.volume_l * percent / 100)
    return Lift(
        container_id=column.id,
        code=column.code,
        need=need,
        fill_percent=percent,
        load_l=litres,
        load_kg=round(litres * column.density_kg_m3 / 1000),
        why=why,
    )


def _need(column: Column, expected: float | None, service_day: date, now: datetime) -> tuple[Need, str]:
    if column.planned:
        return "left", f"Déjà prévue : {column.planned}."
    if expected is None or column.fill_percent is None:
        return "left", "Niveau inconnu : la sonde n'a encore rien donné de sûr."
    level = f"{column.fill_percent:.0f}{NBSP}%"
    doubt = _doubt(column)
    deadline = datetime.combine(service_day + timedelta(days=2), time(), PARIS)
    if column.full_at is not None and column.full_at <= now:
        return "required", f"Pleine depuis {moment(column.full_at, now)}{doubt}."
    if column.due:
        when = f", débordera {moment(column.full_at, now)}" if column.full_at else ""
        seuil = f", au-dessus du seuil de {column.plan_percent}{NBSP}%" if not when else ""
        return "required", f"À {level}{when or seuil}{doubt}."
    if column.full_at is not None and column.full_at <= deadline:
        return (
            "required",
            f"À {level}, débordera {moment(column.full_at, now)}, avant un autre passage{doubt}.",
        )
    if expected >= OPTIONAL_PERCENT:
        return "optional", f"À {level}{_foreseen(expected, column)}{doubt}"
    later = f", pleine vers le {day(column.full_at)}" if column.full_at else ""
    return "left", f"À {level} seulement{later}{doubt}."


def _foreseen(expected: float, column: Column) -> str:
    gained = round(expected) - round(column.fill_percent or 0)
    return f" ({round(expected)}{NBSP}% attendus ce jour-là)" if gained >= 3 else ""


def _doubt(column: Column) -> str:
    words = {"silent": "sonde muette", "implausible": "sonde douteuse", "stuck": "sonde figée"}
    word = words.get(column.quality)
    return f" ({word} : niveau estimé)" if word else ""


def moment(at: datetime, now: datetime) -> str:
    """Write « aujourd'hui 14 h 05 », « jeudi 9 h 00 » within the week, else « jeudi 3 décembre »."""
    days = (at.astimezone(PARIS).date() - now.astimezone(PARIS).date()).days
    names = {-1: "hier", 0: "aujourd'hui", 1: "demain"}
    if days in names:
        return f"{names[days]} {hour(at)}"
    return f"{day(at).split()[0]} {hour(at)}" if 0 < days < 7 else day(at)
