"""When the meals will be there: the plan, moved by how late the van is; wide where little is known."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.family.arrival import AT_LEAST, AT_MOST, STEP, Stop, expected
from api.family.words import (
    RIGHT_OF,
    arrival_text,
    notice_text,
    progress_text,
    sms_text,
    state_text,
)
from api.french import NBSP

DAY = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # 9 h in Paris


def minutes(n: float) -> datetime:
    """So many minutes after 9 h."""
    return DAY + timedelta(minutes=n)


def stops(told: dict[int, float], count: int = 8) -> list[Stop]:
    """Doors every twenty minutes from 9 h, three minutes each; some told at these minutes."""
    return [
        Stop(
            position=n,
            arrival=minutes(20 * n),
            departure=minutes(20 * n + 3),
            told_at=minutes(told[n]) if n in told else None,
        )
        for n in range(count)
    ]


# told, position, now -> at, earliest, latest (minutes after 9 h), late (minutes)
CASES: tuple[tuple[dict[int, float], int, float, float, float, float, float | None], ...] = (
    # Before the round: the plan, and no news.
    ({}, 4, -60, 80, 65, 95, None),
    # On time at the first door: one hour ahead, three doors before.
    ({0: 3}, 4, 3, 80, 55, 105, 0),
    # Next door, on time: the narrowest.
    ({0: 3, 1: 23, 2: 43, 3: 63}, 4, 64, 80, 65, 95, 0),
    # Half an hour late: all of it moves.
    ({0: 3, 1: 53}, 2, 54, 70, 55, 85, 30),
    # Ahead by ten minutes.
    ({0: 3, 1: 13}, 2, 14, 30, 15, 45, -10),
    # A told door that was served later in the round's order than ours: it may come back, nobody knows when.
    ({0: 3, 5: 90}, 4, 91, 90, 90, 155, -13),
)


@pytest.mark.parametrize(("told", "position", "now", "at", "earliest", "latest", "late"), CASES)
def test_the_plan_moves_with_the_van(
    told: dict[int, float],
    position: int,
    now: float,
    at: float,
    earliest: float,
    latest: float,
    late: float | None,
) -> None:
    """A table of mornings: what is said of one door."""
    guess = expected(stops(told), position, minutes(now))
    got = [(one - DAY).total_seconds() / 60 for one in (guess.at, guess.earliest, guess.latest)]
    assert got == [at, earliest, latest]
    assert guess.late == (None if late is None else timedelta(minutes=late))


def test_silence_widens_and_is_said() -> None:
    """Fifty minutes after the next door should have been told, the hour is said to be uncertain."""
    fresh = expected(stops({0: 3}), 2, minutes(20))
    silent = expected(stops({0: 3}), 2, minutes(75))
    assert fresh.silent_since is None
    assert silent.silent_since == minutes(3)
    assert silent.latest - silent.earliest > fresh.latest - fresh.earliest
    assert "Pas de nouvelles du livreur depuis 9" in progress_text(silent)
    never = expected(stops({}), 2, minutes(50))
    assert never.silent_since == minutes(0)
    assert "devait commencer" in progress_text(never)


def test_a_door_that_is_not_there() -> None:
    """A position the round does not have is a mistake of ours, not a guess."""
    with pytest.raises(ValueError, match="position 99"):
        expected(stops({}), 99, DAY)


@given(
    told=st.dictionaries(st.integers(0, 6), st.integers(-30, 400), max_size=7),
    now=st.integers(-120, 500),
)
def test_a_guess_is_never_absurd(told: dict[int, int], now: int) -> None:
    """Never in the past, in order, to five minutes, no narrower and no wider than is honest."""
    guess = expected(stops({n: float(at) for n, at in told.items()}), 7, minutes(now))
    assert guess.earliest <= guess.at <= guess.latest
    assert guess.latest > guess.earliest
    assert guess.earliest + STEP > minutes(now)
    assert (guess.latest - guess.earliest) >= min(AT_LEAST, STEP)
    assert (guess.latest - guess.earliest) <= 2 * AT_MOST + 2 * STEP
    assert all((one - DAY) % STEP == timedelta() for one in (guess.at, guess.earliest, guess.latest))


def test_a_later_van_is_never_expected_earlier() -> None:
    """Each minute of delay at the last door moves the arrival on, or leaves it."""
    found = [expected(stops({0: 3.0 + late}), 4, minutes(3 + late)).at for late in range(0, 90)]
    assert found == sorted(found)


def test_an_sms_is_one_piece_in_plain_letters() -> None:
    """160 signs of the GSM alphabet: one letter outside it and each SMS costs two or three."""
    plain = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;'()/-éèàùç")
    for kind in RIGHT_OF:
        for now in (minutes(163), minutes(2000), minutes(-150_000)):
            for themselves in (False, True):
                text = sms_text(notice_text(kind, now, minutes(162), themselves=themselves))
                assert len(text) <= 160
                assert set(text) <= plain, text


def test_words() -> None:
    """As the family reads them."""
    guess = expected(stops({0: 3, 1: 23, 2: 43, 3: 63}), 4, minutes(64))
    text = arrival_text(guess).replace(NBSP, " ")
    assert text == "Arrivée prévue vers 10 h 20 (entre 10 h 05 et 10 h 35)"
    assert progress_text(guess) == "C'est la prochaine porte. Le livreur est à l'heure."
    assert state_text("delivered", minutes(162)).replace(NBSP, " ") == "Livré à 11 h 42"
    late = expected(stops({0: 33}), 4, minutes(34))
    assert progress_text(late) == "Encore 3 portes avant. Le livreur a 30 minutes de retard."
    told = notice_text("delivered", minutes(162), minutes(163), themselves=False).replace(NBSP, " ")
    assert told == "Le repas de votre proche a été remis à 11 h 42."
    after = notice_text("absent", minutes(162), minutes(2000), themselves=True).replace(NBSP, " ")
    assert after.startswith("Personne n'a ouvert le mardi 24 novembre à 11 h 42 pour votre repas.")
