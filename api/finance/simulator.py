"""Grids tried side by side on a period's real usage, for elected officials: nothing is written anywhere.

The computing runs in a process of its own, so that pages stay quick, on a connection that can only read. How
people would change is a hypothesis that the caller states; it is never assumed.
"""

import csv
import io
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from multiprocessing import get_context

from api.finance.charts import histogram
from api.finance.imports import Refusal
from api.finance.registry import accounts, stored_grids
from store.connection import connect
from tariff.calendar import Period
from tariff.grids import read_grids
from tariff.simulate import Comparison, Outcome, Scenario, break_even, compare, deciles, during, habit

_ONE_AT_A_TIME = threading.Lock()
MOST_GRIDS = 3
VOTED = "Grille votée"
LONGEST_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to try: a period, projects (name → text of a grid), percent of events left by kind."""

    period: Period
    projects: Mapping[str, str]
    habits: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One scenario: euros; `factor`: by how much to multiply variable prices to meet the cost."""

    name: str
    product: Decimal
    difference: Decimal
    marks: tuple[Decimal, ...]
    refused: tuple[tuple[str, int], ...]
    factor: Fraction | None


def simulate_alone(dsn: str, wish: Wish) -> Comparison:
    """As `simulate`, one at a time. Errors: `Refusal`, also while another one runs."""
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        raise Refusal("Une autre simulation est en cours : recommencez dans une minute.")
    try:
        return simulate(dsn, wish)
    finally:
        _ONE_AT_A_TIME.release()


def simulate(dsn: str, wish: Wish) -> Comparison:
    """Compare in another process. Errors: `Refusal`, with every problem of the grids."""
    _scenarios_of(wish, {})  # refuse wrong grids at once
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(simulate_here, dsn, wish).result(timeout=LONGEST_S)


def simulate_here(dsn: str, wish: Wish) -> Comparison:
    """Compare in this process, on a connection that cannot write. Errors: `Refusal`."""
    with connect(dsn, role="glaneur_api", application="glaneur-simulate") as connection:
        connection.read_only = True
        _, problems, texts = stored_grids(connection)
        if problems and texts:
            raise Refusal(" ".join(map(str, problems)))
        scenarios = _scenarios_of(wish, texts)
        pages = accounts(connection, [one.grids for one in scenarios], wish.period)
        usage = ((situation, events) for page in pages for _, situation, events in page)
        return compare(usage, scenarios, wish.period)


def _scenarios_of(wish: Wish, voted: Mapping[str, str]) -> list[Scenario]:
    """The voted grids first, when there are, then each project as if it were in force."""
    scenarios = [Scenario(name=VOTED, grids=read_grids(voted)[0])] if voted else []
    wrong = []
    for name, text in wish.projects.items():
        grids, problems = read_grids({name: text})
        wrong += [str(one) for one in problems]
        if not problems:
            scenarios.append(Scenario(name=name, grids=during(grids, wish.period), habits=wish.habits))
    if wrong:
        raise Refusal("\n".join(wrong))
    if not wish.projects:
        raise Refusal("Il faut au moins une grille à essayer.")
    return scenarios


def habit_of(percent: str, elasticity: str, before: str, after: str) -> Fraction | None:
    """Percent of events left: as said, or from an elasticity and two prices; None when nothing is said."""
    if not percent.strip() and not elasticity.strip():
        return None
    if percent.strip():
        value = _number(percent, "pourcentage")
        if not 0 <= value <= 1000:
            raise Refusal("Le pourcentage d'événements conservés va de 0 à 1000.")
        return Fraction(value)
    first, then = _number(before, "prix d'avant"), _number(after, "prix d'après")
    if first <= 0 or then < 0:
        raise Refusal("Une élasticité demande le prix d'avant et le prix d'après.")
    return habit(Fraction(_number(elasticity, "élasticité")), first, then)


def _number(text: str, what: str) -> Decimal:
    try:
        value = Decimal(text.strip().replace(",", ".").replace("\u2212", "-"))
    except InvalidOperation:
        raise Refusal(f"Le nombre « {what} » manque ou n'en est pas un : {text[:20]}.") from None
    if not value.is_finite() or abs(value) > 10**9:
        raise Refusal(f"Le nombre « {what} » n'est pas possible.")
    return value


def cost_of(text: str) -> Decimal | None:
    """The cost to balance, euros; None when nothing is said."""
    return _number(text, "coût") if text.strip() else None


def figures(found: Comparison, cost: Decimal | None) -> list[Figures]:
    """What each scenario comes to, beside the first."""
    first = found.outcomes[0].product
    return [
        Figures(
            name=one.name,
            product=one.product,
            difference=one.product - first,
            marks=_marks(one),
            refused=tuple(one.refused.most_common(5)),
            factor=None if cost is None else break_even(one, cost),
        )
        for one in found.outcomes
    ]


def _marks(one: Outcome) -> tuple[Decimal, ...]:
    """Smallest, first decile, median, ninth decile, largest; nothing without bills."""
    tenths = deciles(one.cents)
    return tuple(tenths[rank] for rank in (0, 1, 5, 9, 10)) if tenths else ()


def as_csv(told: list[Sequence[object]]) -> str:
    """The table for a spreadsheet, in UTF-8 with its mark."""
    out = io.StringIO()
    lines = ([str(cell).replace("\n", " ") for cell in row] for row in told)
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(lines)
    return "\ufeff" + out.getvalue()


def rows(found: Comparison, cost: Decimal | None, habits: Mapping[str, Fraction]) -> list[Sequence[object]]:
    """Everything as one long table: what, scenario, by what, value, measure, number."""
    told: list[Sequence[object]] = [("tableau", "scenario", "selon", "valeur", "mesure", "nombre")]
    told += [("hypothese", "", "evenement", kind, "pourcentage conserve", f"{float(left):g}")
             for kind, left in habits.items()]  # fmt: skip
    for one in figures(found, cost):
        told.append(("total", one.name, "", "", "produit", one.product))
        marks = zip(
            ("plus petite", "1er decile", "mediane", "9e decile", "plus grande"), one.marks, strict=False
        )
        told += [("total", one.name, "", "", measure, value) for measure, value in marks]
        if one.factor is not None:
            told.append(("total", one.name, "", "", "facteur d'equilibre", f"{float(one.factor):.4f}"))
        told += [("refus", one.name, "", reason, "comptes", count) for reason, count in one.refused]
    for group in found.groups:
        for measure, number in (("comptes", group.accounts), ("gagnants", group.winners),
                                ("perdants", group.losers), ("ecart moyen", group.difference)):  # fmt: skip
            told.append(("groupe", group.scenario, group.fact, group.value, measure, number))
    edges, counts = histogram([one.cents for one in found.outcomes])
    for outcome, series in zip(found.outcomes, counts, strict=True):
        told += [("distribution", outcome.name, "euros", f"{low // 100} a {high // 100}", "comptes", count)
                 for (low, high), count in zip(edges, series, strict=True)]  # fmt: skip
    return told
