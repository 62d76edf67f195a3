"""What lies between two bills adds up: to the cent, and event by event."""

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings

from tariff.billing import bill
from tariff.calendar import Period
from tariff.difference import amount, cancelled, difference
from tariff.documents import write_bill
from tariff.grids import read_grids
from tariff.model import Bill, Event, Situation
from tests.tariff.strategies import FIRST, YEARS, grid_texts, situations, usages
from tests.tariff.test_cases import DATA, case_bill


def counts(lines: list[dict[str, Any]], key: str = "evenements") -> Counter[tuple[str, str, str]]:
    """How often each event is in the lines of a clause at a price."""
    return Counter((line["clause"], line["prix"], name) for line in lines for name in set(line[key]))


@settings(max_examples=40, deadline=None)
@given(texts=grid_texts(), situation=situations(), usage=usages(), other=usages())
def test_a_bill_and_its_difference_make_the_other(
    texts: dict[str, str], situation: Situation, usage: list[Event], other: list[Event]
) -> None:
    """Original plus difference is the right bill: its total, and the events of each clause, once."""
    grids, problems = read_grids(texts)
    assert problems == ()
    period = Period(FIRST, YEARS.end)
    old, new = bill(usage, situation, grids, period), bill(other, situation, grids, period)
    assume(isinstance(old, Bill) and isinstance(new, Bill))
    assert isinstance(old, Bill)
    assert isinstance(new, Bill)
    before: dict[str, Any] = write_bill(old)
    after: dict[str, Any] = write_bill(new)
    lines = difference(before, after)
    assert amount(lines) == new.total - old.total
    moved = counts(before["lignes"])
    moved.update(counts(lines))
    moved.subtract(counts(lines, "retires"))
    assert +moved == +counts(after["lignes"])
    assert difference(before, before) == []


def test_a_cancelled_bill_gives_everything_back() -> None:
    """The difference is the whole bill with the other sign, and each of its events is left out with why."""
    _, found = case_bill(DATA / "cases" / "estuaire-sillon-120L-9-levees.toml")
    before: dict[str, Any] = write_bill(found)
    nothing: dict[str, Any] = cancelled(before)
    lines = difference(before, nothing)
    assert amount(lines) == -found.total
    assert Decimal(nothing["total"]) == 0
    gone = {name for line in lines for name in line["retires"]}
    assert gone == {name for line in found.lines for name in line.events}
    assert gone <= {one["evenement"] for one in nothing["non_factures"]}
