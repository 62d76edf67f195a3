"""Overflows expected and emptyings unexplained: their two conditions, and sentences people can act upon."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fill.expected import Outlook, overflow_clears, overflow_opens, unexplained_clears, unexplained_opens

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def outlook(risk: float, *, planned: bool = True, level: float | None = 81.0) -> Outlook:
    """A risk before 26 November."""
    return Outlook(risk_percent=risk, before=date(2026, 11, 26), planned=planned, fill_percent=level)


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        (
            outlook(64.4),
            "Débordement probable avant la collecte prévue le 26/11\u00a0: 64 chances sur 100,"
            " remplie à 81\u00a0% aujourd’hui.",
        ),
        (
            outlook(100, planned=False, level=None),
            "Débordement probable avant le 26/11\u00a0: 99 chances sur 100, sans collecte prévue d’ici là.",
        ),
        (outlook(29.9), None),
    ],
)
def test_an_overflow_is_expected(case: Outlook, sentence: str | None) -> None:
    """From the threshold on, with the day, the chance and the level; never as a certainty."""
    assert overflow_opens(case, 30) == sentence


def test_an_overflow_is_no_longer_expected() -> None:
    """Below the lower threshold, or when nothing is forecast any more."""
    assert overflow_clears(outlook(15.1), 15) is None
    assert overflow_clears(None, 15) == "Plus aucune prévision pour cette colonne."
    assert overflow_clears(outlook(15), 15) == (
        "Risque de débordement avant la collecte du 26/11 redescendu à 15\u00a0%."
    )


@given(risk=st.floats(0, 100), clears=st.floats(1, 49), gap=st.floats(1, 50))
def test_what_opens_does_not_clear_at_once(risk: float, clears: float, gap: float) -> None:
    """Separate conditions: no risk both opens and clears."""
    case = outlook(risk)
    assert overflow_opens(case, clears + gap) is None or overflow_clears(case, clears) is None


def test_an_emptying_is_asked_about_after_a_while() -> None:
    """A driver's word may still be on its way; then the sentence has both levels, or does without."""
    hours = timedelta(hours=1)
    assert unexplained_opens(NOW - 5 * hours, NOW, 6 * 3600, 84, 6) is None
    asked = unexplained_opens(NOW - 6 * hours, NOW, 6 * 3600, 84, 6)
    assert asked is not None
    assert asked.startswith("Niveau tombé de 84\u00a0% à 6\u00a0% sans tournée")
    unknown = unexplained_opens(NOW - 6 * hours, NOW, 6 * 3600, None, None)
    assert unknown is not None
    assert unknown.startswith("Vidage sans tournée")


def test_the_question_is_closed() -> None:
    """Explained, or too old to matter."""
    day = timedelta(days=1)
    assert unexplained_clears(NOW - day, NOW, True, 7) is None
    assert unexplained_clears(NOW - day, NOW, False, 7) == "Le vidage a été expliqué."
    assert (
        unexplained_clears(NOW - 7 * day, NOW, True, 7)
        == "Sans explication depuis 7\u00a0jours\u00a0: archivée."
    )
