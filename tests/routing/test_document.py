"""Documents: what is written is read back equal, nothing is guessed, the published schema is the code's."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import routing
from routing.document import TYPES, parse, read, render, schema, write
from routing.model import Plan, Problem, Refused
from routing.schedule import schedule
from tests.routing.days import line, planned, problems

FOLDER = Path(routing.__file__).parent
GOOD: dict[str, Any] = json.loads(render(line(8, 10)))


@settings(max_examples=25, deadline=None)
@given(problems())
def test_a_problem_comes_back_equal(problem: Problem) -> None:
    """Through text and back; and the published schema accepts what is written."""
    assert parse(Problem, render(problem)) == problem
    jsonschema.validate(write(problem), schema("problem"))


def test_a_plan_comes_back_equal() -> None:
    """Loads, unserved tasks and all."""
    plan = planned(schedule(line(8, 10), {"camion": ["t1", "quai"]}))
    assert parse(Plan, render(plan)) == plan
    jsonschema.validate(write(plan), schema("plan"))


MALFORMED: list[tuple[str, Any]] = [
    ("tasks[0].loda", ("tasks", 0, "loda", 1)),
    ("tasks[0].load.kg", ("tasks", 0, "load", {"kg": True})),
    ("tasks[0].load.kg", ("tasks", 0, "load", {"kg": 1.0})),
    ("tasks[0].service_s", ("tasks", 0, "service_s", "180")),
    ("tasks[0].service_s", ("tasks", 0, "service_s", None)),
    ("tasks[0].required", ("tasks", 0, "required", 1)),
    ("tasks[0].windows[0]", ("tasks", 0, "windows", [[1, 2, 3]])),
    ("tasks[0].windows", ("tasks", 0, "windows", 7)),
    ("tasks[0].id", ("tasks", 0, "id", 7)),
    ("vehicles[0].pause", ("vehicles", 0, "pause", 1200)),
    ("vehicles[0].pause.duration_s", ("vehicles", 0, "pause", {"latest_after_s": 1})),
    ("matrix.duration_s[0][1]", ("matrix", "duration_s", 0, [0, "1", 2, 3])),
    ("matrix.duration_s[0][1]", ("matrix", "duration_s", 0, [0, True, 2, 3])),
    ("places[0].lat", ("places", 0, "lat", "50")),
    ("places[0].lat", ("places", 0, "lat", 10**400)),
    ("end_empty", ("end_empty", 0)),
]


@pytest.mark.parametrize(("field", "change"), MALFORMED)
def test_malformed_is_refused_with_its_path(field: str, change: tuple[Any, ...]) -> None:
    """One field too many, too few, or of another type; nothing is converted."""
    document = copy.deepcopy(GOOD)
    *path, last, value = change
    target: Any = document
    for step in path:
        target = target[step]
    target[last] = value
    answer = read(Problem, document)
    assert isinstance(answer, Refused)
    assert answer.reasons[0].field == field
    assert answer.reasons[0].text


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", "[" * 100_000, b"\xff", '{"places": []}'])
def test_not_a_document(text: str | bytes) -> None:
    """Whatever arrives is a value, never an exception."""
    assert isinstance(parse(Problem, text), Refused)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "id"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_reading_never_raises(value: Any) -> None:
    """Any JSON at all is a problem or a refusal."""
    assert isinstance(read(Problem, value), Problem | Refused)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_published_schema_is_what_the_code_reads(name: str) -> None:
    """Renew with: python -m routing schema NAME > routing/schema/NAME.json."""
    published = json.loads((FOLDER / "schema" / f"{name}.json").read_text())
    assert published == schema(name)
    jsonschema.Draft202012Validator.check_schema(published)
