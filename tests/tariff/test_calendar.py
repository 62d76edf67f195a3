"""Each proration's own rule, on the same presence: from 10 March to 20 August 2024 (excluded)."""

from datetime import date
from fractions import Fraction

import pytest

from tariff.calendar import Period, due, proration, window, windows

HERE = Period(date(2024, 3, 10), date(2024, 8, 20))
YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("jour", Fraction(163, 366)),
        ("aucun", Fraction(1)),
        ("mois_commence", Fraction(6, 12)),
        ("mois_entier", Fraction(4, 12)),
        ("mois_au_1er", Fraction(5, 12)),
        ("mois_au_15", Fraction(6, 12)),
        ("trimestre_commence", Fraction(3, 4)),
        ("trimestre_entier", Fraction(1, 4)),
        ("semestre_commence", Fraction(1)),
        ("semestre_entier", Fraction(0)),
        ("semestre_au_1er", Fraction(1, 2)),
        ("annee_commencee", Fraction(1)),
    ],
)
def test_what_is_due_of_a_year(word: str, expected: Fraction) -> None:
    """By hand: 163 days; March to August started; April to July whole."""
    rule = proration(word, "annee")
    assert rule is not None
    assert sum(part.share for part in due("annee", rule, HERE, YEAR)) == expected


def test_three_hundred_and_sixty_five_days_even_in_a_leap_year() -> None:
    """A regulation that says 1/365 a day is followed to the letter."""
    rule = proration("jour", "annee")
    assert rule is not None
    assert sum(part.share for part in due("annee", rule, HERE, YEAR, year_days=365)) == Fraction(163, 365)


@pytest.mark.parametrize("word", ["", "jours", "mois", "semaine_commence", "mois_au_20"])
def test_words_that_mean_nothing(word: str) -> None:
    """Refused, never guessed; and nothing but `aucun` fits what is due once."""
    assert proration(word, "annee") is None
    assert proration("jour", "unique") is None
    assert proration("mois_commence", "unique") is None


def test_years_that_open_in_another_month() -> None:
    """A grid whose year opens in October: semesters are October–March and April–September."""
    assert window("semestre", date(2024, 2, 29), opens=10) == Period(date(2023, 10, 1), date(2024, 4, 1))
    assert window("annee", date(2024, 9, 30), opens=10) == Period(date(2023, 10, 1), date(2024, 10, 1))
    assert [one.first.month for one in windows("quadrimestre", YEAR)] == [1, 5, 9]
