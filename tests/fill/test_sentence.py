"""French typography: commas, no-break spaces, durations in useful units."""

import pytest

from fill.sentence import lasting, number, typeset


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(71.5, 0, "72"), (6.25, 1, "6,2"), (6.0, 1, "6"), (100, 0, "100"), (10.0, 1, "10")],
)
def test_number(value: float, digits: int, text: str) -> None:
    """No useless zero, no zero lost."""
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 min"),
        (600, "10 min"),
        (3600, "1 h"),
        (44_400, "12 h 20 min"),
        (172_799, "47 h 59 min"),
        (172_800, "2 jours"),
    ],
)
def test_lasting(seconds: float, text: str) -> None:
    """The two largest units that matter."""
    assert lasting(seconds) == text


def test_typeset() -> None:
    """No-break before units and colons, ordinary spaces elsewhere, words that begin like a unit included."""
    given = "Remplie à 72 % : 3 h, 4 mm, 20 °C, 5 jours hors 8 heures de minuit"
    assert typeset(given) == given.replace("72 %", "72\u00a0%").replace(" :", "\u00a0:").replace(
        "3 h", "3\u00a0h"
    ).replace("4 mm", "4\u00a0mm").replace("20 °C", "20\u00a0°C").replace("5 jours", "5\u00a0jours")
