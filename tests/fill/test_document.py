"""Documents are strict: everything known comes back equal, everything else is refused with one sentence."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fill.document import (
    calibration_from_document,
    reading_from_document,
    rules_from_document,
    state_from_document,
    state_to_document,
)
from fill.fold import first, tick
from fill.model import Reading, Refused, Rules, State
from tests.fill.cases import COLUMN, START, any_series, at, echo, levels, play, unhurried

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@unhurried
@given(any_series())
def test_round_trip_through_text(readings: list[Reading]) -> None:
    """Exact, through JSON text as a database keeps it, whole floats told as integers included."""
    state, _ = play(readings)
    text = json.dumps(state_to_document(state), allow_nan=False)
    assert state_from_document(json.loads(text)) == state
    assert state_from_document(json.loads(text.replace(".0,", ",").replace(".0}", "}"))) == state


def test_the_first_and_the_awaited_state_round_trip() -> None:
    """A state without a past is a document too."""
    state, _ = tick(first(COLUMN), START, COLUMN)
    for each in (State(), state, tick(state, at(9), COLUMN)[0]):
        assert state_from_document(state_to_document(each)) == each


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(document))
    inner, names = copy, path.split(".")
    for name in names[:-1]:
        inner = inner[name]
    if value is ...:
        del inner[names[-1]]
    else:
        inner[names[-1]] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("v", 2, "state must have v = 1"),
        ("v", ..., "state must have v = 1"),
        ("colour", "red", "state has an unknown field, 'colour'"),
        ("memory", [], "memory must be an object"),
        ("memory.track.level", ..., "track lacks level"),
        ("memory.track.level", 101, "level must be between 0 and 100"),
        ("memory.track.level", True, "level must be a finite number of at most a billion"),
        ("memory.track.level", float("nan"), "level must be a finite number of at most a billion"),
        ("memory.track.settled", 1, "settled must be true or false"),
        ("memory.track.variance", -1, "variance must not be negative"),
        ("memory.track.at", "2027-01-01T00:00:00Z", "track must not be newer than the last"),
        (
            "memory.track.pending_at",
            "2026-11-01T00:00:00Z",
            "track must have both of pending_at and pending_percent",
        ),
        ("memory.rate.gained", float("inf"), "gained must be a finite number of at most a billion"),
        ("memory.echo.bad", -1, "bad must not be negative"),
        ("memory.echo.bad", 1.0, "bad must be an integer"),
        ("memory.silent_since", "2026-11-01T00:00:00Z", "silent_since must be there exactly when"),
        ("measured_at", "yesterday", "measured_at must be an RFC 3339 instant"),
        ("measured_at", 5, "measured_at must be an RFC 3339 instant"),
        ("measured_at", "2026-11-02T06:00:00", "measured_at has no time zone"),
        ("measured_at", "1850-11-02T06:00:00Z", "measured_at is outside the years"),
        ("quality", "splendid", "quality must be one of ok, noisy"),
        ("quality", [], "quality must be one of ok, noisy"),
        ("open_alerts", "plan", "open_alerts must be a list of alert kinds"),
        ("open_alerts", ["war"], "open_alerts must be a list of alert kinds"),
        ("open_alerts", [[]], "open_alerts must be a list of alert kinds"),
    ],
)
def test_state_refuses(path: str, value: object, sentence: str) -> None:
    """A document that no state could have made names what is wrong with it."""
    document = state_to_document(play(levels([40, 41, 42]))[0])
    with pytest.raises(Refused) as refusal:
        state_from_document(changed(document, path, value))
    assert str(refusal.value).startswith(sentence)


@unhurried
@given(
    json_values,
    st.sampled_from(["memory", "memory.track", "memory.track.at", "memory.rate", "memory.echo", "full_at"]),
)
def test_a_damaged_state_is_refused_or_can_be_folded(value: object, path: str) -> None:
    """Whatever stands in the place of a part: `Refused`, or a state that the next reading does not break."""
    document = changed(state_to_document(play(levels([40, 41, 42]))[0]), path, value)
    try:
        state = state_from_document(document)
    except Refused:
        return
    play([echo(5, 43), echo(6, 10), echo(7, 11)], state)


@unhurried
@given(json_values)
def test_any_json_is_refused_or_read(value: object) -> None:
    """No other exception than `Refused` at any border."""
    for parse in (state_from_document, reading_from_document, calibration_from_document, rules_from_document):
        try:
            parse(value)
        except Refused:
            continue


def test_readings_calibrations_rules() -> None:
    """Required fields are required, defaults default, other types are refused."""
    assert reading_from_document({"measured_at": "2026-11-02T07:00:00+01:00"}) == Reading(measured_at=START)
    with pytest.raises(Refused, match="reading lacks measured_at"):
        reading_from_document({"distance_mm": 4})
    with pytest.raises(Refused, match="echo_error must be a text"):
        reading_from_document({"measured_at": "2026-11-02T07:00:00Z", "echo_error": 4})
    given_column = {"volume_l": 3000, "empty_distance_mm": 1800, "full_distance_mm": 300, "dead_zone_mm": 250}
    assert calibration_from_document(given_column) == COLUMN
    with pytest.raises(Refused, match="plan_percent must be an integer"):
        calibration_from_document({**given_column, "plan_percent": 70.5})
    assert rules_from_document({"fire_c": 80}) == Rules(fire_c=80.0)
    with pytest.raises(Refused, match="rules has an unknown field"):
        rules_from_document({"smoke": 1})
