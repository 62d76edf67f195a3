"""Nothing implausible passes as a number, and a sample says plainly what it is worth."""

from datetime import UTC, datetime
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.codecs.model import LIMITS, Sample, document, instant, sample


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("beyond", ["low", "high", nan, inf, -inf])
def test_value_outside_its_limits_is_dropped_and_said(name: str, beyond: float | str) -> None:
    """Just outside, infinite or no number: absent, with a quality."""
    low, high = LIMITS[name]
    value = {"low": low - 1, "high": high + 1}.get(beyond, beyond) if isinstance(beyond, str) else beyond
    raw: dict[str, Any] = {name: value}
    one = sample(**raw)
    assert getattr(one, name) is None
    assert one.quality == ("out_of_range" if name == "distance_mm" else "implausible")


@pytest.mark.parametrize("name", LIMITS)
def test_limits_themselves_are_plausible(name: str) -> None:
    """Both ends belong to the range."""
    for value in LIMITS[name]:
        raw: dict[str, Any] = {name: value}
        one = sample(**raw)
        assert (getattr(one, name), one.quality) == (value, "ok")


def test_fault_of_the_level_is_never_hidden() -> None:
    """An implausible temperature beside a missing echo leaves the echo's reason, and no distance."""
    one = sample("no_echo", distance_mm=100, temperature_c=900)
    assert (one.quality, one.distance_mm, one.temperature_c) == ("no_echo", None, None)


@pytest.mark.parametrize(
    ("quality", "distance", "error"),
    [
        ("ok", 5, None), ("ok", None, None), ("no_echo", None, "no_echo"), ("blind_zone", None, "blind_zone"),
        ("out_of_range", None, "no_echo"), ("sensor_fault", None, "no_echo"), ("implausible", 5, None),
        ("no_temperature_sensor", None, None),
    ],
)  # fmt: skip
def test_echo_error_speaks_the_words_of_fill(quality: str, distance: int | None, error: str | None) -> None:
    """fill knows two errors; every fault of the level is one of them, and nothing else is."""
    assert Sample(quality=quality, distance_mm=distance).echo_error == error  # type: ignore[arg-type]


def test_parameter_echo_measures_nothing() -> None:
    """What only has extras must not become a reading."""
    assert not sample(extra={"kind": "parameters"}).measures
    assert sample(tilted=False).measures
    assert sample("no_echo").measures


def test_document_leaves_out_what_is_absent() -> None:
    """Instants end in Z; None is not said."""
    one = sample(
        measured_at=datetime(2026, 11, 22, 10, tzinfo=UTC), distance_mm=1200, extra={"a": None, "b": 1}
    )
    assert document(one) == {
        "measured_at": "2026-11-22T10:00:00Z",
        "distance_mm": 1200,
        "quality": "ok",
        "extra": {"b": 1},
    }


@given(st.integers(-(10**20), 10**20))
def test_any_clock_is_an_instant_or_none(seconds: int) -> None:
    """A device's clock can say anything; only the years of LoRaWAN are believed."""
    at = instant(seconds)
    assert at is None or 2015 <= at.year < 2100
