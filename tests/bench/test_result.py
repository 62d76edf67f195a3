"""The harness of the measurements: words become typed choices, a result becomes a table and a document."""

import json
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

import pytest

import bench.__main__ as harness
from bench.result import BadChoice, Result, choices, record, table

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def module() -> ModuleType:
    """A measurement with one parameter of each type."""

    def run(messages: int = 100, rate: float = 1.5, edition: str = "plain", seed: int = 7) -> Result:
        return Result(
            [
                {"edition": edition, "messages": messages, "per second": rate},
                {"edition": "b", "messages": 2000},
            ],
            {"best_per_s": messages * rate},
        )

    made = ModuleType("bench.example")
    made.__dict__.update(run=run, TITLE="How fast?", VERSIONS=("pytest", "no-such-package"))
    return made


def test_words_become_typed_choices(module: ModuleType) -> None:
    """Each value takes the type of its parameter's default."""
    assert choices(module, ["messages=5", "rate=2", "edition=x"]) == {
        "messages": 5,
        "rate": 2.0,
        "edition": "x",
    }


@pytest.mark.parametrize("word", ["speed=3", "messages=many", "messages"])
def test_a_wrong_word_is_refused_with_a_sentence(module: ModuleType, word: str) -> None:
    """A mistyped choice never measures something else in silence."""
    with pytest.raises(BadChoice, match=word.partition("=")[2] or "messages=100"):
        choices(module, [word])


def test_a_record_says_where_when_and_with_what(module: ModuleType) -> None:
    """The line kept holds the machine, the date, the seed, the versions, the rows and the summary."""
    chosen = choices(module, ["messages=4"])
    kept = json.loads(json.dumps(record(module, chosen, module.run(**chosen), AT)))
    assert kept["name"] == "example"
    assert kept["date"] == "2026-11-22T12:00:00+00:00"
    assert kept["seed"] == 7
    assert kept["choices"] == {"messages": 4, "rate": 1.5, "edition": "plain", "seed": 7}
    assert kept["versions"]["pytest"] == pytest.__version__
    assert kept["versions"]["no-such-package"] == "absent"
    assert set(kept["machine"]) == {"cpu", "cores", "memory_gb"}
    assert kept["machine"]["cores"] >= 1
    assert kept["rows"][0]["messages"] == 4
    assert kept["best_per_s"] == 6.0


def test_the_table_is_aligned_and_bears_gaps(module: ModuleType) -> None:
    """Numbers stand to the right, words to the left, a missing cell is blank."""
    assert table(module.run().rows).splitlines() == [
        "edition  messages  per second",
        "───────  ────────  ──────────",
        "plain         100         1.5",
        "b           2,000",
    ]


def test_measuring_prints_the_table_then_one_line_and_keeps_it(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last line printed is the JSON, and the file holds the same."""
    monkeypatch.setattr(harness, "RESULTS", tmp_path / "results")
    harness.measure(module, [])
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == "How fast?"
    assert json.loads(printed[-1]) == json.loads((tmp_path / "results/example.json").read_text())


def test_every_measurement_keeps_the_contract() -> None:
    """Each module with a `run` has a title and returns a Result, so that `make bench` can run them all."""
    assert harness.measurements()
    for name in harness.measurements():
        one = import_module(f"bench.{name}")
        assert isinstance(one.TITLE, str), name
        assert get_type_hints(one.run)["return"] is Result, name
        assert choices(one, []) == {}


def test_an_unknown_measurement_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong name says what there is, with status 2."""
    assert harness.main(["no-such-measurement"]) == 2
    assert "no-such-measurement" in capsys.readouterr().err
