"""Elected officials compare grids on the same usage: sums, groups, hypotheses, break-even are right."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tariff.calendar import NEVER, Period
from tariff.calls import calls
from tariff.grids import Grids, read_grids
from tariff.law import breaches
from tariff.model import Event, Situation, State
from tariff.simulate import Scenario, adapted, break_even, compare, deciles, during, habit

YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))
TEXT = """
[grille]
nom = "n"
collectivite = "c"
regime = "REOMi"
deliberation = "d"
source = "s"
du = 2024-01-01
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
montant = FIXED
[[clause]]
id = "v"
type = "variable"
article = "a"
texte = "t"
unite = "levee"
prix = PRICE
[[clause]]
id = "acompte"
type = "acompte"
article = "a"
texte = "t"
echeances = [{ le = "09-01", part = 33.3 }, { le = "04-01", part = 33.3 }]
"""


def grid(fixed: str, price: str) -> Grids:
    grids, problems = read_grids({"g": TEXT.replace("FIXED", fixed).replace("PRICE", price)})
    assert problems == ()
    return grids


def lifts(count: int) -> list[Event]:
    start = datetime(2024, 1, 2, tzinfo=UTC)
    return [Event(id=f"e{i}", at=start + timedelta(days=3 * i), kind="levee") for i in range(count)]


def accounts() -> Iterator[tuple[Situation, list[Event]]]:
    """Persons 1 to 4, ten lifts a person; one without a state on the first day, which no grid can bill."""
    here = Period(YEAR.first, NEVER)
    for persons in range(1, 5):
        commune = "Fruges" if persons < 3 else "Embry"
        states = (State(since=here.first, facts={"personnes": persons, "commune": commune}),)
        yield Situation(id=f"h{persons}", period=here, states=states), lifts(10 * persons)
    yield Situation(id="vide", period=here, states=()), []


def test_two_grids_side_by_side() -> None:
    """100 € flat and 0 a lift, against 50 € and 2 € a lift: small households win, the product is known."""
    now = Scenario(name="actuelle", grids=grid("100", "0"))
    new = Scenario(name="projet", grids=grid("50", "2"))
    found = compare(accounts(), [now, new], YEAR)
    assert (found.accounts, found.left_out) == (4, 1)
    assert [one.product for one in found.outcomes] == [Decimal(400), Decimal(400)]
    sizes = [
        (one.value, one.winners, one.losers, one.difference)
        for one in found.groups
        if one.fact == "personnes"
    ]
    assert sizes == [
        ("1", 1, 0, Decimal("-30.00")),
        ("2", 1, 0, Decimal("-10.00")),
        ("3", 0, 1, Decimal("10.00")),
        ("4", 0, 1, Decimal("30.00")),
    ]
    communes = {one.value: one.difference for one in found.groups if one.fact == "commune"}
    assert communes == {"Fruges": Decimal("-20.00"), "Embry": Decimal("20.00")}
    assert deciles(found.outcomes[1].cents)[0] == Decimal("70.00")
    assert deciles(found.outcomes[1].cents)[-1] == Decimal("130.00")
    assert sum(found.outcomes[1].refused.values()) == 1


def test_habits_are_an_explicit_hypothesis_and_break_even_follows() -> None:
    """Half the lifts: 150 € of variable part are left of 200; to earn 400 again prices double."""
    half = Scenario(name="moitié", grids=grid("50", "2"), habits={"levee": Fraction(50)})
    found = compare(accounts(), [half], YEAR)
    assert found.outcomes[0].product == Decimal(300)
    assert break_even(found.outcomes[0], Decimal(400)) == 2
    assert (
        break_even(
            compare(accounts(), [Scenario(name="x", grids=grid("1", "0"))], YEAR).outcomes[0], Decimal(1)
        )
        is None
    )
    assert habit(Fraction(-1, 2), Decimal(2), Decimal(3)) == 75
    assert habit(Fraction(-3), Decimal(2), Decimal(4)) == 0


@given(count=st.integers(0, 60), percent=st.integers(0, 250))
def test_habits_keep_their_percentage(count: int, percent: int) -> None:
    """Whatever the number of events, what is left is the percentage, to the nearest event."""
    left = adapted(lifts(count), {"levee": Fraction(percent)})
    assert abs(len(left) - Fraction(count * percent, 100)) <= Fraction(1, 2)
    assert len({one.id for one in left}) == len(left)


@given(cents=st.integers(0, 10**7))
def test_calls_and_their_balance_are_the_expected_amount(cents: int) -> None:
    """Not a cent is lost between the advances and the balance; days are in order."""
    expected = Decimal(cents) / 100
    (advance,) = next(iter(grid("1", "1"))).advances
    found = calls(expected, advance, YEAR)
    assert [one.day for one in found] == [date(2024, 4, 1), date(2024, 9, 1), None]
    assert sum(one.amount for one in found) == expected
    assert all(one.amount >= 0 for one in found)


def test_the_bounds_of_the_law() -> None:
    """CGI 1522 bis: 10 to 45 %; first year: not above the year before."""
    assert breaches(Decimal(10), Decimal(100)) == ()
    assert breaches(Decimal(45), Decimal(100)) == ()
    assert "9,99 %" in breaches(Decimal("9.99"), Decimal(100))[0]
    assert "45,01 %" in breaches(Decimal("45.01"), Decimal(100))[0]
    assert "première année" in breaches(Decimal(20), Decimal(101), before=Decimal(100))[0]
    assert breaches(Decimal(20), Decimal(101), before=Decimal(100), tolerance_percent=1) == ()
    assert breaches(Decimal(0), Decimal(0)) == ("le produit total est nul.",)


def test_a_grid_of_next_year_is_tried_on_last_years_usage() -> None:
    """Its dates do not matter, its prices do."""
    period = Period(date(2022, 3, 1), date(2023, 1, 1))
    tried = during(grid("50", "2"), period)
    found = tried.at("", date(2022, 1, 1))
    assert found is not None
    assert [one.clause.id for one in found.fixed] == ["f"]
    assert grid("50", "2").at("", date(2022, 1, 1)) is None
