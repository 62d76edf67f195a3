"""The quick way to write a state says exactly what the document says."""

import json
from dataclasses import replace

from hypothesis import given
from pydantic_core import to_json

from fill.document import state_from_document, state_to_document
from fill.fold import first, tick
from fill.model import Reading, State
from fill.values import state_to_values
from tests.fill.cases import COLUMN, START, any_series, at, play, unhurried


def written(state: State) -> object:
    return json.loads(to_json(state_to_values(state)))


@unhurried
@given(any_series())
def test_both_ways_say_the_same(readings: list[Reading]) -> None:
    """Of any state that readings lead to; and it comes back equal."""
    state, _ = play(readings)
    assert written(state) == state_to_document(state)
    assert state_from_document(written(state)) == state


def test_every_field_of_the_memory_is_written() -> None:
    """Even those that few containers ever need."""
    state, _ = tick(first(COLUMN), START, COLUMN)
    for each in (State(), state, tick(state, at(9), COLUMN)[0]):
        told = replace(
            each.memory, confirmed_at=at(1), tilted_since=at(2), full_since=at(3), awaited_since=at(4)
        )
        full = replace(each, memory=replace(told, base=replace(told.base, emptyings=2, low=-1.5, left=1)))
        assert written(full) == state_to_document(full)
