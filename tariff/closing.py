"""What is settled when a window ends: unused units that are deducted, and minimums that were not reached."""

from collections.abc import Iterator

from tariff.calendar import ONCE, Period, windows
from tariff.conditions import holds
from tariff.counted import Count, Target, ledger_of, targets_of
from tariff.lines import Draft, Impossible, days, figure
from tariff.model import DEDUCTED, PER_BIN, Bin, Grid, Quota
from tariff.timeline import bin_on, presence


def close(count: Count) -> None:
    """Add to the drafts what the windows that end in the period settle. Errors: `Impossible`."""
    for rank, grid in enumerate(count.grids):
        deducted = [one for one in grid.allowances if one.unused == DEDUCTED]
        for quota in (*deducted, *grid.minimums):
            for name in _names(count, quota):
                for span in _endings(count, grid, quota, name):
                    _settle(count, rank, quota, name, span)


def _names(count: Count, quota: Quota) -> list[str | None]:
    """The bins that have an account of their own, and None when the others are pooled."""
    bins = count.line.situation.bins
    alone = {one.id for one in bins if one.weights is not None or quota.scope == PER_BIN}
    return [*sorted(alone), *([] if quota.scope == PER_BIN else [None])]


def _endings(count: Count, grid: Grid, quota: Quota, name: str | None) -> Iterator[Period]:
    """The part of each window that was used, when its last day is in the period and under this grid."""
    situation = count.line.situation
    here = presence(situation, name)
    now = count.period.meet(grid.valid)
    if here is None or now is None:
        return
    for when in [here] if quota.every == ONCE else windows(quota.every, now, grid.opens):
        span = when.meet(here)
        if span and quota.prorated:
            span = span.meet(grid.valid)
        if span and now.holds(span.last) and situation.period.holds(span.last):
            yield span


def _settle(count: Count, rank: int, quota: Quota, name: str | None, span: Period) -> None:
    situation = count.line.situation
    one = None if name is None else bin_on(situation, name, span.last)
    if name is not None and one is None:
        return
    if not holds(quota.clause.where, count.line.on(span.last, one)):
        return
    ledger = ledger_of(count, rank, quota, one, span.last)
    left = ledger.allowed - ledger.used
    if left <= 0:
        return
    target = _price(count, rank, quota, one, span)
    minimum = quota.role == "minimum"
    kind, sign = ("minimum", 1) if minimum else ("deduit", -1)
    price = target.row.tiers[0].price
    draft = Draft(count.grids[rank], quota.clause, kind, quota.unit, price, left, sign=sign)
    draft.bin = one
    draft.split = target.counted.split if one is not None and one.weights is not None else None
    words = "dues au moins" if minimum else "comprises"
    draft.details.append(f"{figure(ledger.allowed)} {words}, {figure(ledger.used)} comptées {days(span)}")
    count.drafts[kind, rank, quota.clause.id, name, span.first] = draft


def _price(count: Count, rank: int, quota: Quota, one: Bin | None, span: Period) -> Target:
    """The unit's price for the account on the span's last day; pooled bins must agree on it."""
    line = count.line
    own = [b for b in line.situation.bins if b.weights is None and b.period.holds(span.last)]
    subjects: list[Bin | None] = [one] if one is not None else [*own] or [None]
    grid = count.grids[rank]
    found: list[Target] = []
    for subject in subjects:
        facts = line.on(span.last, subject)
        for counted in grid.counted:
            if counted.unit == quota.unit and holds(counted.clause.where, facts):
                kind = min(counted.kinds)
                found += [one for one in targets_of(grid, kind, subject, facts) if one.counted is counted]
    prices = {target.row.tiers[0].price for target in found}
    if len(prices) != 1:
        said = "aucun prix" if not prices else "plusieurs prix"
        raise Impossible(f"la clause « {quota.clause.id} » se règle en fin de période, mais il y a {said}.")
    return found[0]
