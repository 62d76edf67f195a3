"""Bills hold together whatever the grid: sums, cuts, order, events accounted for. Refusals are values."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tariff.billing import bill, needed_since
from tariff.calendar import NEVER, Period
from tariff.exact import CENT
from tariff.grids import Grids
from tariff.model import Bill, Event, Refused, Situation, State
from tests.tariff.strategies import YEARS, days, grid_texts, read, situations, usages

BOUND = settings(max_examples=30, deadline=None)
YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))


def made(usage: Iterable[Event], situation: Situation, grids: Grids, period: Period) -> Bill | None:
    """The bill, None when the grid cannot settle this situation (pooled bins of several prices, for one)."""
    found = bill(usage, situation, grids, period)
    return found if isinstance(found, Bill) else None


@BOUND
@given(texts=grid_texts(), situation=situations(), usage=usages(), seed=st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter_and_lines_add_up(
    texts: dict[str, str], situation: Situation, usage: list[Event], seed: object
) -> None:
    """The total is the sum of the lines, in cents; shuffled usage gives the same bill, ids and all."""
    grids = read(texts)
    first = bill(usage, situation, grids, YEARS)
    mixed = list(usage)
    seed.shuffle(mixed)  # type: ignore[attr-defined]
    assert bill(mixed, situation, grids, YEARS) == first
    if isinstance(first, Bill):
        assert first.total == sum((line.amount for line in first.lines), Decimal(0))
        assert all(line.amount == line.amount.quantize(CENT) for line in first.lines)


@BOUND
@given(texts=grid_texts(), situation=situations(), usage=usages())
def test_every_event_is_counted_once_or_told(
    texts: dict[str, str], situation: Situation, usage: list[Event]
) -> None:
    """Each lift is in lines or listed with its reason, never both; quantities are the lifts counted."""
    found = made(usage, situation, read(texts), YEARS)
    if found is None:
        return
    counted = {name for line in found.lines for name in line.events}
    told = Counter(one.event for one in found.not_billed if one.unit is None)
    given_once = Counter(event.id for event in usage)
    for name, times in given_once.items():
        assert told[name] + (name in counted) == times
    lifts = [line for line in found.lines if line.unit == "levee" and line.kind in ("compris", "variable")]
    assert sum(line.quantity for line in lifts) == len({name for line in lifts for name in line.events})
    assert all(one.reason for one in found.not_billed)


@BOUND
@given(texts=grid_texts(), situation=situations(), usage=usages(), cut=days(date(2024, 1, 2)))
def test_two_halves_of_a_period_add_up(
    texts: dict[str, str], situation: Situation, usage: list[Event], cut: date
) -> None:
    """Before rounding exactly, whatever each proration's rule; after, within half a cent for each line."""
    grids = read(texts)
    whole = made(usage, situation, grids, YEARS)
    halves = [
        made(usage, situation, grids, one) for one in (Period(YEARS.first, cut), Period(cut, YEARS.end))
    ]
    if whole is None or halves[0] is None or halves[1] is None:
        return
    found = [*halves[0].lines, *halves[1].lines]
    exact = sum((line.exact for line in found if line.kind != "arrondi"), Fraction(0))
    assert exact == sum((line.exact for line in whole.lines if line.kind != "arrondi"), Fraction(0))
    most = (len(found) + len(whole.lines)) * CENT
    assert abs(halves[0].total + halves[1].total - whole.total) <= most


@BOUND
@given(texts=grid_texts(), situation=situations(), usage=usages(), cut=days(date(2024, 6, 1)))
def test_usage_before_what_is_needed_changes_nothing(
    texts: dict[str, str], situation: Situation, usage: list[Event], cut: date
) -> None:
    """`needed_since` is right: a bill made from that day on has the lines of one made from everything."""
    grids = read(texts)
    period = Period(cut, YEARS.end)
    since = needed_since(grids, "", period) - timedelta(days=1)
    # Two events of one name: which is the first is known only to whoever has both. Storage has one of each.
    usage = list({one.id: one for one in usage}.values())
    enough = [one for one in usage if one.at.date() >= since]
    whole, less = made(usage, situation, grids, period), made(enough, situation, grids, period)
    assert (whole and whole.lines) == (less and less.lines)


@BOUND
@given(texts=grid_texts(), situation=situations(), usage=usages(), day=days())
def test_one_more_lift_never_costs_less(
    texts: dict[str, str], situation: Situation, usage: list[Event], day: date
) -> None:
    """With tiers that do not fall. README.md says which grids are not so."""
    grids = read(texts)
    more = Event(id="plus", at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC), kind="levee", bin="A")
    before, after = made(usage, situation, grids, YEARS), made([*usage, more], situation, grids, YEARS)
    if before is not None and after is not None:
        assert after.total >= before.total


def refusal(found: Bill | Refused) -> str:
    assert isinstance(found, Refused)
    return found.problems[0].sentence


SMALL = """
[grille]
nom = "n"
collectivite = "c"
regime = "REOMi"
deliberation = "d"
source = "s"
du = 2024-01-01
au = 2024-12-31
plancher = {floor}
[arrondi]
par = "ligne"
mode = "demi_haut"
[[clause]]
id = "f"
type = "fixe"
article = "a"
texte = "t"
chaque = "annee"
prorata = "jour"
bareme = [{{ personnes = "1-2", montant = 50 }}, {{ personnes = "3+", montant = 60 }}]
[[clause]]
id = "r"
type = "remise"
article = "a"
texte = "t"
unite = "aide"
prix = 40
"""


def household(grids_from: str = "2024-01-01") -> Situation:
    here = Period(date.fromisoformat(grids_from), NEVER)
    return Situation(id="x", period=here, states=(State(since=here.first, facts={"personnes": 2}),))


def test_a_period_without_a_grid_is_refused_before_and_after() -> None:
    """No vote, no bill: neither before the first grid nor after the last one's end."""
    grids = read({"a.toml": SMALL.format(floor=0)})
    early = bill([], household("2023-06-01"), grids, Period(date(2023, 12, 1), date(2024, 2, 1)))
    late = bill([], household(), grids, Period(date(2024, 12, 1), date(2025, 2, 1)))
    assert "aucune grille votée ne couvre" in refusal(early)
    assert "aucune grille votée ne couvre" in refusal(late)
    assert "aucune grille votée ne couvre" in refusal(bill([], household(), Grids({}), YEAR))


def test_a_fact_that_is_not_said_refuses_the_bill() -> None:
    """A scale that asks for persons never falls back on zero."""
    grids = read({"a.toml": SMALL.format(floor=0)})
    silent = replace(household(), states=(State(since=date(2024, 1, 1), facts={}),))
    assert (
        refusal(bill([], silent, grids, YEAR))
        == "la situation ne dit pas « personnes », que la grille demande."
    )
    nobody = replace(household(), states=(State(since=date(2024, 1, 1), facts={"personnes": 0}),))
    assert "aucune ligne du barème de « f » ne convient (personnes = 0)" in refusal(
        bill([], nobody, grids, YEAR)
    )
    late = replace(household(), states=(State(since=date(2024, 3, 1), facts={"personnes": 2}),))
    assert "aucun état ce jour-là" in refusal(bill([], late, grids, YEAR))


def test_the_floor_is_a_line_of_its_own() -> None:
    """Rebates may exceed what is due: the bill stops at the floor, and says by how much."""
    aid = [Event(id=f"a{i}", at=datetime(2024, 2, i + 1, tzinfo=UTC), kind="aide") for i in range(2)]
    found = bill(aid, household(), read({"a.toml": SMALL.format(floor=0)}), YEAR)
    assert isinstance(found, Bill)
    assert [(line.clause, line.amount) for line in found.lines] == [
        ("f", Decimal("50.00")),
        ("r", Decimal("-80.00")),
        ("plancher", Decimal("30.00")),
    ]
    assert found.total == 0


def test_someone_who_was_not_there_owes_nothing() -> None:
    """A bill without lines, and every event told."""
    grids = read({"a.toml": SMALL.format(floor=0)})
    event = Event(id="e", at=datetime(2024, 2, 1, tzinfo=UTC), kind="aide")
    found = bill([event], household("2025-02-01"), grids, YEAR)
    assert isinstance(found, Bill)
    assert (found.lines, found.total, len(found.not_billed)) == ((), Decimal("0.00"), 1)


def test_a_percentage_is_of_its_own_grid_even_when_two_share_a_resolution() -> None:
    """10 % of 50 € × 184/366 + 10 % of 50 € × 182/366, each counted once."""
    vat = """
[[clause]]
id = "tva"
type = "pourcentage"
article = "a"
texte = "t"
sur = "tout"
taux = 10
"""
    first = SMALL.format(floor=0).replace("2024-12-31", "2024-06-30") + vat
    second = SMALL.format(floor=0).replace("2024-01-01", "2024-07-01") + vat
    found = bill([], household(), read({"a.toml": first, "b.toml": second}), YEAR)
    assert isinstance(found, Bill)
    assert [line.amount for line in found.lines if line.clause == "tva"] == [Decimal("2.49"), Decimal("2.51")]


@pytest.mark.parametrize(("word", "first", "second"), [("jour", 5, 6), ("aucun", 8, 4)])
def test_an_allowance_when_the_grid_changes_in_the_year(word: str, first: int, second: int) -> None:
    """Prorated, each grid has its own part (12 × 182/366, 12 × 184/366); else the year's twelve go on."""
    more = f"""
[[clause]]
id = "c"
type = "compris"
article = "a"
texte = "t"
unite = "levee"
quantite = 12
chaque = "annee"
portee = "foyer"
prorata = "{word}"
arrondi = "inferieur"
[[clause]]
id = "l"
type = "variable"
article = "a"
texte = "t"
unite = "levee"
prix = 1
"""
    before = SMALL.format(floor=0).replace("2024-12-31", "2024-06-30") + more
    after = SMALL.format(floor=0).replace("2024-01-01", "2024-07-01") + more
    lifts = [
        Event(id=f"{month}-{day}", at=datetime(2024, month, day, 12, tzinfo=UTC), kind="levee")
        for month in (3, 9)
        for day in range(1, 9)
    ]
    found = bill(lifts, household(), read({"a.toml": before, "b.toml": after}), YEAR)
    assert isinstance(found, Bill)
    assert [line.quantity for line in found.lines if line.clause == "c"] == [first, second]


def test_the_local_day_decides() -> None:
    """23:30 UTC on New Year's eve is the new year in Paris: the event is of the next period."""
    grids = read({"a.toml": SMALL.format(floor=0)})
    event = Event(id="e", at=datetime(2024, 12, 31, 23, 30, tzinfo=UTC), kind="aide")
    found = bill([event], household(), grids, YEAR)
    assert isinstance(found, Bill)
    assert found.not_billed[0].reason == "hors de la période : événement postérieur"
