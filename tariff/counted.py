"""What is counted: allowances used in order of time, then prices and tiers, event by event.

An allowance is used up by every event of its window, billed in this period or before, so that two bills of
half a year add up to one of a year. Events are taken in order of time, then of name: their order in the input
is nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from tariff.calendar import ONCE, Period, due, window
from tariff.conditions import choose, holds
from tariff.exact import Number, whole
from tariff.lines import Draft, Impossible
from tariff.model import (
    CARRIED,
    PER_BIN,
    Bin,
    Counted,
    Event,
    Facts,
    Grid,
    NotBilled,
    Quota,
    Row,
    Situation,
)
from tariff.timeline import Timeline, bin_on, presence

BEFORE = "hors de la période : événement antérieur, il ne compte que pour le forfait"


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One clause that counts an event, with the row, allowance and minimum of its situation."""

    counted: Counted
    row: Row
    allowance: Quota | None
    minimum: Quota | None


@dataclass(slots=True)
class Ledger:
    """What one allowance, minimum or tier has seen in one window."""

    allowed: Number = 0
    used: Number = 0


@dataclass(slots=True)
class Count:
    """The state of one bill's counting."""

    line: Timeline
    period: Period
    zone: ZoneInfo
    grids: tuple[Grid, ...]
    ledgers: dict[object, Ledger] = field(default_factory=dict)
    targets: dict[object, tuple[Target, ...]] = field(default_factory=dict)
    drafts: dict[object, Draft] = field(default_factory=dict)
    aside: list[NotBilled] = field(default_factory=list)


def count_events(line: Timeline, usage: Iterable[Event], grids: tuple[Grid, ...], period: Period) -> Count:
    """Count every event: `drafts` are the lines, `aside` what no line counts. Errors: `Impossible`."""
    zone = ZoneInfo(grids[0].zone)
    count = Count(line, period, zone, grids)
    seen: set[str] = set()
    for event in sorted(usage, key=lambda one: (one.at, one.id, one.kind, one.bin or "", one.count)):
        if event.id in seen:
            count.aside.append(NotBilled(event=event.id, reason="doublon : même identifiant, déjà lu"))
            continue
        seen.add(event.id)
        reason = _count(count, event)
        if reason:
            count.aside.append(NotBilled(event=event.id, reason=reason))
    return count


def _count(count: Count, event: Event) -> str | None:
    """Count one event; why it is in no line, when it is in none."""
    day = event.at.astimezone(count.zone).date()
    situation = count.line.situation
    if event.aside:
        return event.aside
    if day >= count.period.end:
        return "hors de la période : événement postérieur"
    rank = next((i for i, grid in enumerate(count.grids) if grid.valid.holds(day)), None)
    if rank is None:
        return "aucune grille en vigueur ce jour-là"
    one = None
    if event.bin is not None:
        one = bin_on(situation, event.bin, day)
        if one is None:
            return f"le bac {event.bin} n'est pas attribué à ce compte ce jour-là"
    if not situation.period.holds(day) and (one is None or one.weights is None):
        return "avant l'arrivée ou après le départ"
    if event.badge is not None and not _owned(situation, event.badge, day):
        return "le badge n'est pas attribué à ce compte ce jour-là"
    targets = _targets(count, rank, event, one, day)
    if not targets:
        return f"aucune clause ne donne de prix à « {event.kind} »"
    billed = count.period.holds(day) and situation.period.holds(day)
    reached = [_measured(count, rank, event, one, day, target, billed) for target in targets]
    if not situation.period.holds(day):
        return "avant l'arrivée ou après le départ"
    return _verdict(count, event, targets, reached, day)


def _verdict(
    count: Count, event: Event, targets: tuple[Target, ...], reached: list[bool], day: date
) -> str | None:
    """Why the event is in no line; a measure that lacks while another counts is told apart."""
    if not any(reached):
        return "la mesure manque (poids ou volume)"
    if day < count.period.first:
        return BEFORE
    for target, found in zip(targets, reached, strict=True):
        if not found:
            unit = target.counted.unit
            count.aside.append(NotBilled(event=event.id, reason=f"la mesure manque ({unit})", unit=unit))
    return None


def _owned(situation: Situation, badge: str, day: date) -> bool:
    return any(one.id == badge and one.period.holds(day) for one in situation.badges)


def _targets(count: Count, rank: int, event: Event, one: Bin | None, day: date) -> tuple[Target, ...]:
    key = (rank, count.line.rank(day), event.kind, id(one), event.litres, event.stream)
    found = count.targets.get(key)
    if found is None:
        facts: Facts = count.line.on(day, one)
        if one is None and event.litres is not None:
            facts = {**facts, "volume": event.litres}
        if event.stream is not None:
            facts = {**facts, "flux": event.stream}
        found = count.targets[key] = tuple(targets_of(count.grids[rank], event.kind, one, facts))
    return found


def targets_of(grid: Grid, kind: str, one: Bin | None, facts: Facts) -> Iterator[Target]:
    """The clauses that count this kind of event in this situation. Errors: `NoRow`, `Unsaid`."""
    for counted in grid.counted:
        shared = one is not None and one.weights is not None
        if kind not in counted.kinds or not holds(counted.clause.where, facts):
            continue
        if shared and counted.split is None:
            raise Impossible(f"la clause « {counted.clause.id} » ne dit pas comment partager un bac commun.")
        yield Target(
            counted,
            choose(counted.clause, facts),
            _quota(grid.allowances, counted.unit, facts),
            _quota(grid.minimums, counted.unit, facts),
        )


def _quota(quotas: tuple[Quota, ...], unit: str, facts: Facts) -> Quota | None:
    return next((one for one in quotas if one.unit == unit and holds(one.clause.where, facts)), None)


def _measured(
    count: Count, rank: int, event: Event, one: Bin | None, day: date, target: Target, billed: bool
) -> bool:
    """Put the event's quantity into the allowance, then into lines; whether there was a quantity."""
    quantity = _quantity(event, one, target.counted.measure)
    if quantity is None:
        return False
    free: Number = 0
    if target.allowance:
        ledger = ledger_of(count, rank, target.allowance, one, day)
        free = max(0, min(quantity, ledger.allowed - ledger.used))
        ledger.used += quantity
    paid = quantity - free
    if target.minimum and paid:
        ledger_of(count, rank, target.minimum, one, day).used += paid
    if free and billed and target.allowance:
        _include(count, rank, target.allowance, event, one, free)
    if paid:
        _price(count, rank, event, one, day, target, paid, billed)
    return True


def _quantity(event: Event, one: Bin | None, measure: str) -> Number | None:
    if measure == "nombre":
        return event.count
    if measure == "kg":
        return event.kg
    if measure == "m3":
        return event.m3
    if measure == "litre_bac":
        return None if one is None else event.count * one.volume_l
    return event.litres


def _scope(quota: Quota | Counted, one: Bin | None) -> str | None:
    """A shared bin always has an account of its own."""
    return one.id if one is not None and (quota.scope == PER_BIN or one.weights is not None) else None


def ledger_of(count: Count, rank: int, quota: Quota, one: Bin | None, day: date) -> Ledger:
    """The account of this allowance (or minimum) for the window that holds the day."""
    name = _scope(quota, one)
    grid = count.grids[rank]
    key = (quota.clause.id, rank, name, (day.year, day.month))
    found = count.ledgers.get(key)
    if found is None:
        when = _window(count, grid, quota, name, day)
        # Not prorated, an allowance goes on from one grid to the next; prorated, each grid has its own part.
        same = (quota.role, quota.unit, quota.scope, name, when.first, rank if quota.prorated else None)
        found = count.ledgers.setdefault(same, Ledger())
        found.allowed = allowed(count, grid, rank, quota, one, when)
        count.ledgers[key] = found
    return found


def _window(count: Count, grid: Grid, quota: Quota, name: str | None, day: date) -> Period:
    if quota.every == ONCE:
        return presence(count.line.situation, name) or Period(day, day)
    return window(quota.every, day, grid.opens)


def allowed(count: Count, grid: Grid, rank: int, quota: Quota, one: Bin | None, when: Period) -> Number:
    """How much is included (or due) in the window, what is carried over from the window before added."""
    name = _scope(quota, one)
    subject = one if name else None
    here = presence(count.line.situation, name)
    if here is None:
        return 0
    inside = when.meet(grid.valid) if quota.prorated else when
    total: Number = 0
    if inside is not None:
        for part in due(
            quota.every, quota.proration, here, inside, count.line.cuts, grid.opens, grid.year_days
        ):
            facts = count.line.on(part.at, subject)
            if holds(quota.clause.where, facts):
                total += choose(quota.clause, facts).quantity * part.share
    if quota.rounding != "exact":
        total = whole(total, quota.rounding)
    return total + _carried(count, grid, rank, quota, one, when)


def _carried(count: Count, grid: Grid, rank: int, quota: Quota, one: Bin | None, when: Period) -> Number:
    """What the window before left unused, as far back as this grid and this account go."""
    here = presence(count.line.situation, _scope(quota, one))
    if quota.unused != CARRIED or here is None or when.first <= max(grid.valid.first, here.first):
        return 0
    eve = date.fromordinal(when.first.toordinal() - 1)
    ledger = ledger_of(count, rank, quota, one, eve)
    left = max(0, ledger.allowed - ledger.used)
    return left if quota.carry_most is None else min(left, quota.carry_most)


def _include(count: Count, rank: int, quota: Quota, event: Event, one: Bin | None, free: Number) -> None:
    key = ("compris", rank, quota.clause.id, None if one is None else one.id)
    draft = count.drafts.get(key)
    if draft is None:
        grid = count.grids[rank]
        draft = Draft(grid, quota.clause, "compris", quota.unit, Decimal(0), bin=one)
        draft.details += [f"bac {one.id}"] if one else []
        count.drafts[key] = draft
    draft.quantity += free
    draft.events.append(event.id)


def _price(
    count: Count,
    rank: int,
    event: Event,
    one: Bin | None,
    day: date,
    target: Target,
    paid: Number,
    billed: bool,
) -> None:
    """Spread the paid quantity over the tiers, then over lines when it is of this period."""
    tiers = target.row.tiers
    if len(tiers) == 1:
        if billed:
            add(count, rank, target, one, 0, paid, event)
        return
    counted = target.counted
    grid = count.grids[rank]
    when = window(counted.every, day, grid.opens) if counted.every != ONCE else count.line.situation.period
    key = ("tranche", rank, counted.clause.id, _scope(counted, one), when.first)
    ledger = count.ledgers.setdefault(key, Ledger())
    for number, tier in enumerate(tiers):
        room = paid if tier.up_to is None else max(0, min(paid, tier.up_to - ledger.used))
        ledger.used += room
        paid -= room
        if room and billed:
            add(count, rank, target, one, number, room, event)


def add(
    count: Count, rank: int, target: Target, one: Bin | None, tier: int, quantity: Number, event: Event | None
) -> None:
    """Add to the line of this clause, bin and price."""
    counted, price = target.counted, target.row.tiers[tier].price
    # Two states of a shared bin (other weights) are two lines; the bin's first day tells them apart.
    since = None if one is None else (one.id, one.period.first)
    key = ("prix", rank, counted.clause.id, since, price, tier)
    draft = count.drafts.get(key)
    if draft is None:
        shared = one is not None and one.weights is not None
        draft = Draft(count.grids[rank], counted.clause, counted.label, counted.unit, price, bin=one)
        draft.split = counted.split if shared else None
        draft.sign = counted.sign
        draft.details += [f"bac {one.id} de {one.volume_l} L"] if one else []
        draft.details += [f"tranche {tier + 1}"] if len(target.row.tiers) > 1 else []
        count.drafts[key] = draft
    draft.quantity += quantity
    if event is not None:
        draft.events.append(event.id)
