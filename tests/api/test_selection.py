"""Which columns a round must, may or need not empty: tables of cases, and what holds for any column."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dispatch.selection import (
    OPTIONAL_PERCENT,
    Column,
    expected_percent,
    judge,
    moment,
    prize_cents,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10 h in Paris
DAY = date(2026, 11, 24)


def column(**changes: object) -> Column:
    """A glass column at 50 %, quiet, heard this minute."""
    known: dict[str, object] = {
        "id": 1, "code": "V1", "point_code": "PAV-1", "point_name": "Lavoir", "commune": "Fruges",
        "lat": 50.5, "lon": 2.1, "volume_l": 3000, "density_kg_m3": 330, "plan_percent": 70,
        "fill_percent": 50.0, "measured_at": NOW, "rate_percent_per_day": 0.0, "full_at": None,
        "quality": "ok", "due": False, "planned": None,
    }  # fmt: skip
    return Column(**(known | changes))  # type: ignore[arg-type]


CASES = [
    ("due with an hour", {"fill_percent": 92.0, "due": True, "full_at": NOW + timedelta(hours=52)},
     "required", "À 92\u00a0%, débordera mercredi 14\u00a0h\u00a000."),
    ("due, rate unknown", {"fill_percent": 74.0, "due": True},
     "required", "À 74\u00a0%, au-dessus du seuil de 70\u00a0%."),
    ("full already", {"fill_percent": 100.0, "due": True, "full_at": NOW - timedelta(hours=20)},
     "required", "Pleine depuis hier 14\u00a0h\u00a000."),
    ("full before another service", {"fill_percent": 61.0, "full_at": NOW + timedelta(hours=60)},
     "required", "À 61\u00a0%, débordera mercredi 22\u00a0h\u00a000, avant un autre passage."),
    ("full just after it", {"fill_percent": 61.0, "full_at": NOW + timedelta(hours=62, minutes=1)},
     "optional", "À 61\u00a0%"),
    ("silent but due", {"fill_percent": 80.0, "due": True, "quality": "silent"},
     "required", "À 80\u00a0%, au-dessus du seuil de 70\u00a0% (sonde muette : niveau estimé)."),
    ("growing past the limit by the day", {"fill_percent": 37.0, "rate_percent_per_day": 5.0},
     "optional", "À 37\u00a0% (42\u00a0% attendus ce jour-là)"),
    ("quiet", {"fill_percent": 12.0}, "left", "À 12\u00a0% seulement."),
    ("quiet, with its hour", {"fill_percent": 12.0, "full_at": datetime(2026, 12, 9, 12, tzinfo=UTC)},
     "left", "À 12\u00a0% seulement, pleine vers le mercredi 9 décembre."),
    ("never heard", {"fill_percent": None, "measured_at": None},
     "left", "Niveau inconnu : la sonde n'a encore rien donné de sûr."),
    ("taken already", {"fill_percent": 95.0, "due": True, "planned": "tournée de Grue 1, mardi 24 novembre"},
     "left", "Déjà prévue : tournée de Grue 1, mardi 24 novembre."),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "need", "why"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_need_and_sentence(changes: dict[str, object], need: str, why: str) -> None:
    """Each situation has its need and says why, with figures."""
    lift = judge(column(**changes), DAY, NOW)

    assert (lift.need, lift.why) == (need, why)


def test_load_is_that_of_the_day() -> None:
    """Litres and kilograms are those expected at 10 h on the day, not those of now."""
    lift = judge(column(fill_percent=50.0, rate_percent_per_day=10.0), DAY, NOW)

    assert (lift.fill_percent, lift.load_l, lift.load_kg) == (60, 1800, 594)


def test_unknown_level_counts_as_full() -> None:
    """A column whose level nobody knows, asked for by a person, must not overfill the truck."""
    assert judge(column(fill_percent=None), DAY, NOW).load_l == 3000


levels = st.floats(0, 100)
columns = st.builds(
    lambda fill, rate, ago, ahead, due, quality: column(
        fill_percent=fill,
        rate_percent_per_day=rate,
        measured_at=NOW - timedelta(hours=ago),
        full_at=None if ahead is None else NOW + timedelta(hours=ahead),
        due=due,
        quality=quality,
    ),
    st.none() | levels,
    st.none() | st.floats(-20, 200),
    st.floats(0, 1000),
    st.none() | st.floats(-500, 5000),
    st.booleans(),
    st.sampled_from(["ok", "noisy", "stuck", "silent", "implausible", "saturated"]),
)


@given(columns)
def test_any_column_gets_a_decision_and_a_sentence(one: Column) -> None:
    """Every column is decided, in a sentence, within its volume; due columns with a level are never left."""
    lift = judge(one, DAY, NOW)

    assert lift.why
    assert 0 <= lift.fill_percent <= 100
    assert 0 <= lift.load_l <= one.volume_l
    if one.due and one.fill_percent is not None:
        assert lift.need == "required"
    if lift.need == "optional":
        assert (expected_percent(one, NOW + timedelta(days=2)) or 0) >= OPTIONAL_PERCENT


@given(st.integers(0, 100), st.integers(0, 100))
def test_prize_grows_with_the_level(a: int, b: int) -> None:
    """A fuller column is never worth less, and an emptier one than the limit nothing."""
    assert (prize_cents(a) <= prize_cents(b)) or a > b
    assert prize_cents(OPTIONAL_PERCENT) == 0


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (-12, "hier 22\u00a0h\u00a000"),
        (0, "aujourd'hui 10\u00a0h\u00a000"),
        (20, "demain 6\u00a0h\u00a000"),
        (24 * 6, "dimanche 10\u00a0h\u00a000"),
        (24 * 7, "lundi 30 novembre"),
        (-24 * 3, "vendredi 20 novembre"),
    ],
)
def test_moment(hours: int, words: str) -> None:
    """Near instants are told by their day's name and hour, others by their date."""
    assert moment(NOW + timedelta(hours=hours), NOW) == words
