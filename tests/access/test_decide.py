"""The order of the checks, and what never happens: a gate open by mistake, a count that goes wrong."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.allowances import Counter, count, units_of, windows
from access.calendar import PARIS
from access.decide import decide
from access.model import Badge, Brought, Holder, Passage, Refused, Scan
from tests.access.books import RULEBOOKS, shipped, small

MONDAY = datetime(2026, 5, 4, 10, tzinfo=PARIS)
RESIDENT = Holder(category="resident")


@pytest.mark.parametrize(
    ("holder", "changed", "rule"),
    [
        (None, {}, "unknown_badge"),
        (Holder(category="mayor"), {}, "unknown_category"),
        (RESIDENT, {"site": "paris"}, "unknown_site"),
        (RESIDENT, {"vehicle": "tank"}, "unknown_vehicle"),
        (RESIDENT, {"brought": (Brought(material="gold"),)}, "unknown_material"),
        (RESIDENT, {"at": MONDAY - timedelta(hours=3)}, "closed"),
        (RESIDENT, {"at": MONDAY.replace(year=2027)}, "no_rules"),
        (Holder(category="resident", blocked=True), {}, "blocked"),
        (Holder(category="resident", badge=Badge(state="replaced")), {}, "replaced"),
        (Holder(category="resident", badge=Badge(valid_from=MONDAY + timedelta(1))), {}, "not_yet_valid"),
        (RESIDENT, {}, "open"),
    ],
)
def test_each_refusal_has_its_rule(holder: Holder | None, changed: dict[str, Any], rule: str) -> None:
    """One scan for each built-in rule, and the sentence is never empty."""
    scan = replace(Scan(at=MONDAY, site="fruges"), **changed)
    decision = decide(small(), holder, scan, {})
    assert (decision.rule, decision.opens) == (rule, rule == "open")
    assert decision.text


@pytest.mark.parametrize("holder", [None, Holder(category="mayor")])
def test_override_never_opens_for_the_unknown(holder: Holder | None) -> None:
    """The agent may overrule a rule; nobody may pass whom nothing can be counted for."""
    scan = Scan(at=MONDAY, site="fruges", override="je le connais")
    assert not decide(small(), holder, scan, {}).opens


def test_override_counts_the_passage() -> None:
    """What the agent let in beyond the limit is counted, and marked as overrun."""
    scan = Scan(at=MONDAY, site="fruges", override="panne du camion")
    decision = decide(small(), RESIDENT, scan, {("passages", None): 3})
    assert (decision.opens, decision.refused_by, decision.overruns) == (True, "passages", ("passages",))
    assert decision.left[0].used == 4


def test_refused_scan_takes_nothing() -> None:
    """What is left is told as it was."""
    scan = Scan(at=MONDAY, site="fruges")
    decision = decide(small(), RESIDENT, scan, {("passages", None): 3})
    assert (decision.left[0].used, decision.left[0].left) == (3, 0)


def test_who_brings_nothing_of_it_is_not_refused_for_it() -> None:
    """An allowance of volume overrun while offline does not close the gate to another material."""
    holder = Holder(category="professional")
    scan = Scan(at=MONDAY, site="fruges", brought=(Brought(material="green", volume_l=10),))
    used: dict[Counter, int] = {("volume", "rubble"): 9000, ("volume", "green"): 0}
    assert decide(small(), holder, scan, used).opens
    assert not decide(small(), holder, scan, used | {("volume", "green"): 4000}).opens


def test_rolling_window_frees_the_oldest() -> None:
    """Thirty days after the first of three passages there is room for one more."""
    passages = [Passage(at=MONDAY + timedelta(days=day), site="fruges") for day in (0, 5, 10)]
    for days, opens in ((14, False), (28, False), (35, True)):
        scan = Scan(at=MONDAY + timedelta(days=days), site="fruges")
        used = count(windows(small(), RESIDENT, scan), passages)
        assert decide(small(), RESIDENT, scan, used).opens is opens, days


@pytest.mark.parametrize(
    "make",
    [
        lambda: Scan(at=MONDAY.replace(tzinfo=None), site="x"),
        lambda: Scan(at=MONDAY, site="x", override=" "),
        lambda: Scan(at=MONDAY, site="x", brought=(Brought(material="a"), Brought(material="a"))),
        lambda: Brought(material="a", volume_l=-1),
        lambda: Brought(material="a", weight_kg=10**7),
        lambda: Passage(at=MONDAY, site="x", units=-1),
    ],
)
def test_impossible_values_are_refused(make: Any) -> None:
    """Before any rule sees them."""
    with pytest.raises(Refused):
        make()


BOOKS = [shipped(path.stem) for path in RULEBOOKS]


@st.composite
def situations(draw: st.DrawFn) -> tuple[Any, Holder, list[Scan]]:
    """A shipped book, one of its holders, and that holder's scans in order."""
    book = draw(st.sampled_from(BOOKS))
    holder = Holder(
        category=draw(st.sampled_from(sorted(book.categories))),
        sector=draw(st.sampled_from([None, "ordinary", "extended"])),
    )
    scans, at = [], datetime(2026, 1, 5, 9, tzinfo=PARIS)
    for _ in range(draw(st.integers(1, 25))):
        at += timedelta(hours=draw(st.integers(1, 60)))
        kinds = (
            draw(st.lists(st.sampled_from(sorted(book.materials)), unique=True, max_size=2))
            if book.materials
            else []
        )
        volumes = st.integers(0, 6000)
        scans.append(
            Scan(
                at=at,
                site=next(iter(book.sites)),
                vehicle=draw(st.sampled_from(sorted(book.vehicles))),
                trailer=draw(st.sampled_from(["none", "empty", "loaded"])),
                brought=tuple(Brought(material=one, volume_l=draw(volumes)) for one in kinds),
            )
        )
    return book, holder, scans


@given(situation=situations())
def test_no_strict_allowance_is_ever_passed(situation: Any) -> None:
    """Whatever comes through an open gate stays within what a span allows; each refusal names its rule."""
    book, holder, scans = situation
    passages: list[Passage] = []
    known = {one.id for one in (*book.bans, *book.allowances)}
    for scan in scans:
        decision = decide(book, holder, scan, count(windows(book, holder, scan), passages))
        if not decision.opens:
            assert decision.rule in known
            continue
        passages.append(Passage(at=scan.at, site=scan.site, units=units_of(book, scan), brought=scan.brought))
        after = count(windows(book, holder, scan), passages)
        for left in decision.left:
            assert after[left.rule, left.material] == left.used
            strict = next(one for one in book.allowances if one.id == left.rule).over == "refuse"
            assert not strict or left.used <= left.limit


@given(situation=situations())
def test_passage_prices_add_up_in_any_grouping(situation: Any) -> None:
    """The yearly price of passages is that of their number: the same for one long year or scan by scan."""
    _, _, scans = situation
    book, holder = shipped("loudunais"), Holder(category="resident")
    paid, passages = Decimal(0), list[Passage]()
    for scan in (Scan(at=one.at, site="loudun") for one in scans * 2):
        decision = decide(book, holder, scan, count(windows(book, holder, scan), passages))
        paid += sum((one.amount for one in decision.charges), Decimal(0))
        passages.append(Passage(at=scan.at, site="loudun"))
    assert paid == 15 * max(0, len(passages) - 30)
