"""French of the pages: instants near now, ages, hours of overflow. Tables; times are those of Paris."""

from datetime import UTC, datetime, timedelta

import pytest

from api.dispatch.words import alert_word, foreseen, overflow, quality_word
from api.french import ago, instant, when
from fill.model import KINDS, QUALITIES

NOW = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)  # Tuesday 22:30 in Paris


def plain(text: str) -> str:
    """The text with ordinary spaces."""
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 24, 22, 59, tzinfo=UTC), "aujourd'hui 23 h"),
        (datetime(2026, 11, 24, 23, 0, tzinfo=UTC), "demain 0 h"),
        (datetime(2026, 11, 25, 13, 59, tzinfo=UTC), "demain 14 h"),
        (datetime(2026, 11, 23, 8, 0, tzinfo=UTC), "hier 9 h"),
        (datetime(2026, 11, 30, 11, 0, tzinfo=UTC), "lundi 12 h"),
        (datetime(2026, 12, 1, 11, 0, tzinfo=UTC), "le 1er déc."),
        (datetime(2026, 11, 20, 11, 0, tzinfo=UTC), "le 20 nov."),
        (datetime(2027, 11, 20, 11, 0, tzinfo=UTC), "le 20 nov. 2027"),
        (None, "–"),
    ],
)
def test_when(at: datetime | None, expected: str) -> None:
    assert plain(when(at, NOW)) == expected


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, "à l'instant"),
        (-30, "à l'instant"),
        (2, "il y a 2 min"),
        (119, "il y a 119 min"),
        (120, "il y a 2 h"),
        (2879, "il y a 47 h"),
        (2880, "il y a 2 j"),
    ],
)
def test_ago(minutes: int, expected: str) -> None:
    assert plain(ago(NOW - timedelta(minutes=minutes), NOW)) == expected


def test_an_instant_is_written_for_paris_and_in_short() -> None:
    assert plain(instant(datetime(2026, 7, 1, 22, 5, tzinfo=UTC))) == "jeu. 2 juil., 0 h 05"


@pytest.mark.parametrize(
    ("in_hours", "fill", "expected"),
    [
        (None, 50.0, "–"),
        (-5, 100.0, "pleine"),
        (-5, 75.0, "sans doute pleine"),
        (-5, None, "sans doute pleine"),
        (10, 90.0, "demain 8 h"),
        (24 * 61, 10.0, "dans plus de 2 mois"),
    ],
)
def test_overflow(in_hours: float | None, fill: float | None, expected: str) -> None:
    at = None if in_hours is None else NOW + timedelta(hours=in_hours)
    assert plain(overflow(at, NOW, fill)) == expected


@pytest.mark.parametrize(
    ("full", "early", "late", "expected"),
    [
        (None, None, None, None),
        (-3, -5, 2, None),
        (30, 8, 60, "Pleine vers jeudi 4 h (entre demain matin et vendredi matin)"),
        (3, -2, 7, "Pleine vers demain 1 h (entre maintenant et demain matin)"),
        (20, 16, 21, "Pleine vers demain 18 h (entre demain après-midi et demain soir)"),
        (20, 20, 21, "Pleine vers demain 18 h (demain soir)"),
        (24 * 9, 24 * 8, 24 * 14, "Pleine vers le 3 déc. (entre le 2 déc. et le 8 déc.)"),
        (24 * 4, 24 * 3, 24 * 70, "Pleine vers samedi 22 h (au plus tôt vendredi soir)"),
        (None, 24 * 30, None, "Peut-être pleine dès le 24 déc."),
        (24 * 61, 24 * 30, None, None),
    ],
)
def test_when_a_column_will_be_full(
    full: float | None, early: float | None, late: float | None, expected: str | None
) -> None:
    """The hour expected and the edges, as precise as each deserves."""
    at, since, until = (
        None if hours is None else NOW + timedelta(hours=hours) for hours in (full, early, late)
    )
    found = foreseen(at, since, until, NOW)
    assert (found and plain(found)) == expected


def test_all_that_fill_can_say_has_a_french_name() -> None:
    assert [kind for kind in KINDS if alert_word(kind).label == kind] == []
    assert [quality for quality in QUALITIES if quality_word(quality).label == quality] == []
