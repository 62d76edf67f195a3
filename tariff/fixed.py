"""Fixed parts and rebates: an amount per year, semester… for a household, person, bin, litre or value."""

from collections.abc import Iterator
from fractions import Fraction

from tariff.calendar import ONCE, Part, Period, due
from tariff.clauses import BIN_BASES
from tariff.conditions import Unsaid, choose, holds
from tariff.exact import Number
from tariff.lines import Draft, days, figure
from tariff.model import Bin, Facts, Fixed, Grid
from tariff.timeline import Timeline


def fixed_drafts(grid: Grid, line: Timeline, period: Period) -> Iterator[Draft]:
    """The fixed lines of one grid for the period: one per clause, bin, price and quantity of the basis."""
    inside = period.meet(grid.valid)
    if inside is None:
        return
    for fixed in grid.fixed:
        drafts: dict[object, Draft] = {}
        spans: dict[object, list[Part]] = {}
        for rank, one in _subjects(fixed, line):
            present = line.situation.period if one is None else one.period.meet(line.situation.period)
            if present is None:
                continue
            for part in due(
                fixed.every, fixed.proration, present, inside, line.cuts, grid.opens, grid.year_days
            ):
                key = _add(drafts, grid, fixed, line, (rank, one), part)
                if key is not None:
                    _join(spans.setdefault(key, []), part)
        for key, draft in drafts.items():
            draft.details += _spans(fixed, spans[key])
        yield from drafts.values()


def _subjects(fixed: Fixed, line: Timeline) -> list[tuple[int, Bin | None]]:
    if fixed.basis not in BIN_BASES:
        return [(-1, None)]
    shared = fixed.split is not None
    return [(i, one) for i, one in enumerate(line.situation.bins) if (one.weights is not None) == shared]


def _add(
    drafts: dict[object, Draft],
    grid: Grid,
    fixed: Fixed,
    line: Timeline,
    subject: tuple[int, Bin | None],
    part: Part,
) -> object:
    """Add the part to its line; the line's key, or None when the clause is not for that situation."""
    rank, one = subject
    facts = line.on(part.at, one)
    if not holds(fixed.clause.where, facts):
        return None
    price = choose(fixed.clause, facts).tiers[0].price
    value = _value(fixed, facts, one)
    key = (rank, price, value, part.window)
    draft = drafts.get(key)
    if draft is None:
        kind = "remise" if fixed.sign < 0 else "fixe"
        draft = Draft(grid, fixed.clause, kind, fixed.every, price, sign=fixed.sign, bin=one)
        draft.split = fixed.split
        if one is not None:
            draft.details.append(f"bac {one.id} de {one.volume_l} L")
        elif fixed.basis != "foyer":
            draft.details.append(f"{fixed.basis} : {figure(value)}")
        drafts[key] = draft
    draft.quantity += part.share * value
    return key


def _join(parts: list[Part], part: Part) -> None:
    """Parts that touch are told as one."""
    last = parts[-1] if parts else None
    if last is None or last.span.end != part.span.first:
        parts.append(part)
        return
    span = Period(last.span.first, part.span.end)
    parts[-1] = Part(window=last.window, at=last.at, share=last.share + part.share, span=span)


def _spans(fixed: Fixed, parts: list[Part]) -> list[str]:
    if fixed.every == ONCE or (len(parts) == 1 and parts[0].span == parts[0].window and parts[0].share == 1):
        return []
    return [f"{days(part.span)}, {_share(part, fixed)}" for part in parts]


def _share(part: Part, fixed: Fixed) -> str:
    if fixed.proration.unit == "jour":
        return f"{part.span.days} jours sur {figure(Fraction(part.span.days) / part.share)}"
    return f"{figure(part.share)} {fixed.every}"


def _value(fixed: Fixed, facts: Facts, one: Bin | None) -> Number:
    if fixed.basis in ("foyer", "bac"):
        return 1
    if one is not None:
        return one.volume_l
    value = facts.get(fixed.basis)
    if value is None or isinstance(value, str | frozenset):
        raise Unsaid(fixed.basis)
    return value
