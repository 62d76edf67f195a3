"""Grids side by side on the same usage: product, distribution, who pays more, what would balance.

How people would change their habits is never hidden in the computation: it is `Scenario.habits`, a percentage
of last year's events of each kind, 100 unless said. Accounts are streamed; one whole number is kept for each.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from tariff.billing import bill
from tariff.calendar import NEVER, Period, window
from tariff.exact import CENT, HALF, rounded
from tariff.grids import Grids
from tariff.model import Bill, Event, Refused, Situation

VARIABLE = ("variable", "minimum", "deduit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A grid to try, and the hypothesis on habits: percent of the real events of a kind that would remain."""

    name: str
    grids: Grids
    habits: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What one scenario gives, in cents; `refused` counts accounts without a bill, by reason."""

    name: str
    cents: "array[int]" = field(default_factory=lambda: array("q"))
    by_kind: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def product(self) -> Decimal:
        """The sum of all bills."""
        return Decimal(sum(self.cents)) * CENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """How a group (a household size, a commune) fares under a scenario against the first one."""

    scenario: str
    fact: str
    value: str
    accounts: int
    winners: int
    losers: int
    difference: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All scenarios on the accounts that every one of them could bill; the others are in `refused`."""

    accounts: int
    left_out: int
    outcomes: tuple[Outcome, ...]
    groups: tuple[Group, ...]


def compare(
    accounts: Iterable[tuple[Situation, Sequence[Event]]],
    scenarios: Sequence[Scenario],
    period: Period,
    facts: Sequence[str] = ("personnes", "commune"),
) -> Comparison:
    """Bill every account under every scenario; the first is what the others are compared with."""
    outcomes = tuple(Outcome(name=one.name) for one in scenarios)
    tallies: dict[tuple[str, str, str], list[int]] = {}
    billed = left_out = 0
    for situation, usage in accounts:
        found = [bill(adapted(usage, one.habits), situation, one.grids, period) for one in scenarios]
        for outcome, one in zip(outcomes, found, strict=True):
            if isinstance(one, Refused):
                outcome.refused[one.problems[0].sentence] += 1
        bills = [one for one in found if isinstance(one, Bill)]
        if len(bills) < len(scenarios):
            left_out += 1
            continue
        billed += 1
        for outcome, one in zip(outcomes, bills, strict=True):
            _keep(outcome, one)
        _tally(tallies, situation, bills, scenarios, facts)
    groups = tuple(_group(key, counts) for key, counts in sorted(tallies.items(), key=_rank))
    return Comparison(accounts=billed, left_out=left_out, outcomes=outcomes, groups=groups)


def during(grids: Grids, period: Period) -> Grids:
    """The last grid of each perimeter as if in force all through the period: to try it on the past."""
    tried = {}
    for name, history in grids.by_perimeter.items():
        first = window("annee", period.first, history[-1].opens).first
        tried[name] = (replace(history[-1], valid=Period(first, NEVER)),)
    return Grids(tried)


def _keep(outcome: Outcome, one: Bill) -> None:
    outcome.cents.append(_cents(one.total))
    for line in one.lines:
        outcome.by_kind[line.kind] += _cents(line.amount)


def _cents(amount: Decimal) -> int:
    return int(amount * 100)


def _tally(
    tallies: dict[tuple[str, str, str], list[int]],
    situation: Situation,
    bills: Sequence[Bill],
    scenarios: Sequence[Scenario],
    facts: Sequence[str],
) -> None:
    last = situation.states[-1].facts
    for scenario, one in zip(scenarios[1:], bills[1:], strict=True):
        difference = _cents(one.total) - _cents(bills[0].total)
        for fact in facts:
            if fact in last:
                counts = tallies.setdefault((scenario.name, fact, str(last[fact])), [0, 0, 0, 0])
                counts[0] += 1
                counts[1] += difference < 0
                counts[2] += difference > 0
                counts[3] += difference


def _rank(one: tuple[tuple[str, str, str], list[int]]) -> tuple[str, str, int, str]:
    scenario, fact, value = one[0]
    return scenario, fact, int(value) if value.isdigit() else -1, value


def _group(key: tuple[str, str, str], counts: list[int]) -> Group:
    scenario, fact, value = key
    mean = rounded(Fraction(counts[3], 100 * counts[0]))
    return Group(
        scenario=scenario, fact=fact, value=value, accounts=counts[0], winners=counts[1], losers=counts[2],
        difference=mean,
    )  # fmt: skip


def adapted(usage: Sequence[Event], habits: Mapping[str, Fraction]) -> list[Event]:
    """The events left when a kind keeps so many percent, evenly in time; above 100, some come twice."""
    if not habits:
        return list(usage)
    seen: Counter[str] = Counter()
    told: list[Event] = []
    for event in sorted(usage, key=lambda one: (one.at, one.id)):
        share = habits.get(event.kind)
        if share is None:
            told.append(event)
            continue
        rank = seen[event.kind]
        seen[event.kind] += 1
        copies = int((rank + 1) * share / 100 + HALF) - int(rank * share / 100 + HALF)
        told += [event if i == 0 else replace(event, id=f"{event.id}+{i}") for i in range(copies)]
    return told


def habit(elasticity: Fraction, before: Decimal, after: Decimal) -> Fraction:
    """Percent of events left when a price moves: 100 × (1 + elasticity × change), never below 0. Linear."""
    change = (Fraction(after) - Fraction(before)) / Fraction(before)
    return max(Fraction(0), 100 * (1 + elasticity * change))


def deciles(cents: Sequence[int]) -> tuple[Decimal, ...]:
    """The smallest bill, the nine deciles, the largest; empty without bills."""
    ordered = sorted(cents)
    if not ordered:
        return ()
    return tuple(Decimal(ordered[rank * (len(ordered) - 1) // 10]) * CENT for rank in range(11))


def break_even(outcome: Outcome, cost: Decimal) -> Fraction | None:
    """By how much to multiply variable prices for the product to meet the cost; None without such a part.

    Exact when the bills have no floor; habits are taken as the scenario says, not changed by the new prices.
    """
    variable = sum(outcome.by_kind[kind] for kind in VARIABLE)
    rest = sum(outcome.cents) - variable
    return None if not variable else (Fraction(cost) * 100 - rest) / variable
