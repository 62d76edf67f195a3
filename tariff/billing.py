"""`bill`: usage, a situation, the grids voted and a period in; a bill out, or why there is none.

The total is the sum of the lines. Every event given is either in a line or in `not_billed` with its reason.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tariff.calendar import ONCE, Period, window
from tariff.closing import close
from tariff.conditions import NoRow, Unsaid, choose, holds
from tariff.counted import count_events
from tariff.exact import rounded
from tariff.fixed import fixed_drafts
from tariff.grids import Grids
from tariff.lines import Draft, Impossible, adjustment, french, write
from tariff.model import (
    CARRIED,
    Advance,
    Bill,
    Event,
    Grid,
    Line,
    NotBilled,
    Percent,
    Problem,
    Refused,
    Situation,
)
from tariff.timeline import Timeline, timeline

ABSENT = "avant l'arrivée ou après le départ"


def bill(usage: Iterable[Event], situation: Situation, grids: Grids, period: Period) -> Bill | Refused:
    """The account's bill for the period. `usage` reaches back to `needed_since`, where allowances begin."""
    file = situation.id
    here = period.meet(situation.period)
    if here is None:
        aside = tuple(NotBilled(event=one.id, reason=ABSENT) for one in sorted(usage, key=lambda e: e.id))
        return Bill(
            account=file, period=period, lines=(), total=Decimal("0.00"), not_billed=aside, resolutions=(),
            shadow=False,
        )  # fmt: skip
    try:
        return _bill(list(usage), timeline(situation), grids, period, here)
    except Unsaid as why:
        said = f"la situation ne dit pas « {why.args[0]} », que la grille demande."
    except NoRow as why:
        said = f"aucune ligne du barème de « {why.args[0]} » ne convient ({why.args[1]})."
    except Impossible as why:
        said = str(why)
    return Refused(account=file, problems=(Problem(file=file, line=0, sentence=said),))


def needed_since(grids: Grids, perimeter: str, period: Period) -> date:
    """From which day on `bill` needs the usage: the first day of every window still open in the period."""
    since = period.first
    for grid in grids.during(perimeter, period):
        for quota in (*grid.allowances, *grid.minimums):
            if quota.every == ONCE or quota.unused == CARRIED:
                since = min(since, grid.valid.first)
            else:
                since = min(since, window(quota.every, period.first, grid.opens).first)
        for counted in grid.counted:
            if counted.every != ONCE and any(len(row.tiers) > 1 for row in counted.clause.rows):
                since = min(since, window(counted.every, period.first, grid.opens).first)
    return since


def _bill(usage: list[Event], line: Timeline, grids: Grids, period: Period, here: Period) -> Bill:
    situation = line.situation
    if not situation.states or situation.states[0].since > here.first:
        raise Impossible(f"la situation ne commence pas le {french(here.first)} : aucun état ce jour-là.")
    known = grids.by_perimeter.get(situation.perimeter, ())
    now = grids.during(situation.perimeter, here)
    if not now or now[0].valid.first > here.first or now[-1].valid.end < here.end:
        raise Impossible(f"aucune grille votée ne couvre toute la période {_days(here)}.")
    advances = {one.kind: one for grid in now for one in grid.advances}
    counted = count_events(line, [one for one in usage if one.kind not in advances], known, period)
    close(counted)
    drafts = [draft for grid in now for draft in fixed_drafts(grid, line, period)]
    drafts += list(counted.drafts.values())
    lines = _ordered(drafts, known, situation.id)
    paid, aside = _advanced([one for one in usage if one.kind in advances], now, here)
    lines = _with_percents(lines, line, known, here) + paid
    lines += _settled(lines, now[-1])
    return Bill(
        account=situation.id,
        period=period,
        lines=tuple(lines),
        total=sum((one.amount for one in lines), Decimal("0.00")),
        not_billed=tuple(sorted((*counted.aside, *aside), key=lambda one: (one.event, one.unit or ""))),
        resolutions=tuple(grid.resolution for grid in now),
        shadow=any(grid.shadow for grid in now),
    )


def _days(period: Period) -> str:
    return f"du {french(period.first)} au {french(period.last)}"


def _ordered(drafts: Sequence[Draft], grids: Sequence[Grid], account: str) -> list[Line]:
    """Lines in the order of the grids, then of their clauses, then as they came about in time."""
    ranks = {grid.file: rank for rank, grid in enumerate(grids)}
    told = sorted(drafts, key=lambda one: (ranks[one.grid.file], one.clause.order))
    return [write(one, account) for one in told]


def _with_percents(lines: list[Line], line: Timeline, grids: Sequence[Grid], here: Period) -> list[Line]:
    """The lines, and after them what each grid takes or gives on some of its own, in the clauses' order."""
    told = list(lines)
    for grid in grids:
        now = grid.valid.meet(here)
        if now is None:
            continue
        for percent in grid.percents:
            facts = line.on(now.last)
            if holds(percent.clause.where, facts):
                told += _percent(told, grid, percent, choose(percent.clause, facts).tiers[0].price)
    return told


def _percent(lines: Sequence[Line], grid: Grid, percent: Percent, rate: Decimal) -> list[Line]:
    mine = [one for one in lines if one.grid == grid.file and one.clause in percent.base]
    whole = grid.rounding.per == "facture"
    base = sum((one.exact if whole else Fraction(one.amount) for one in mine), Fraction(0))
    if not base:
        return []
    shown = sum((one.amount for one in mine), Decimal("0.00"))
    draft = Draft(grid, percent.clause, "pourcentage", "%", rate, base / 100)
    draft.details.append(f"{rate} % de {shown} €".replace(".", ","))
    return [write(draft, "")]


def _advanced(usage: list[Event], grids: Sequence[Grid], here: Period) -> tuple[list[Line], list[NotBilled]]:
    """Advances asked for in the period are deducted, each named."""
    lines: list[Line] = []
    aside: list[NotBilled] = []
    seen: set[str] = set()
    zone = ZoneInfo(grids[0].zone)
    for event in sorted(usage, key=lambda one: (one.at, one.id)):
        day = event.at.astimezone(zone).date()
        reason = "doublon : même identifiant, déjà lu" if event.id in seen else _not_now(event, day, here)
        found = _clause(event, day, grids)
        if reason is None and found is None:
            reason = f"aucune clause ne déduit « {event.kind} » ce jour-là"
        if reason is not None or found is None or event.amount is None:
            aside.append(NotBilled(event=event.id, reason=reason or "acompte sans montant"))
            continue
        seen.add(event.id)
        grid, advance = found
        draft = Draft(grid, advance.clause, "acompte", "€", event.amount, 1, sign=-1)
        draft.events.append(event.id)
        draft.details.append(f"acompte du {french(day)}")
        lines.append(write(draft, ""))
    return lines, aside


def _not_now(event: Event, day: date, here: Period) -> str | None:
    if event.aside:
        return event.aside
    if not here.holds(day):
        return "hors de la période"
    return "acompte sans montant" if event.amount is None else None


def _clause(event: Event, day: date, grids: Sequence[Grid]) -> tuple[Grid, Advance] | None:
    for grid in grids:
        for one in grid.advances:
            if one.kind == event.kind and grid.valid.holds(day):
                return grid, one
    return None


def _settled(lines: Sequence[Line], grid: Grid) -> list[Line]:
    """The floor, then the rounding of the whole, as the last grid of the period says."""
    more: list[Line] = []
    total = sum((one.amount for one in lines), Decimal("0.00"))
    if grid.rounding.per == "facture":
        exact = sum((one.exact for one in lines), Fraction(0))
        difference = rounded(exact, grid.rounding.step, grid.rounding.mode) - total
        if difference:
            more.append(adjustment(grid, "arrondi", "Arrondi de la facture", difference))
            total += difference
    if grid.floor is not None and total < grid.floor:
        text = "Minimum de la facture" if grid.floor else "Une facture n'est pas négative"
        more.append(adjustment(grid, "plancher", text, grid.floor - total))
    return more
