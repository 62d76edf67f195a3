"""The command: a question in, an answer out, each fault with its place; books and grids looked over."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meals.__main__ import main
from meals.document import Question, read
from meals.model import Book
from meals.rules import read_book, read_grid
from tests.meals.kit import BOOKS, GRIDS

EXAMPLE = BOOKS.parent / "examples" / "week.json"


@pytest.fixture
def ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, str]]:
    """Run the command on a document; its status, and what it printed on either side."""

    def asked(text: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        status = main([])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return asked


def test_example_answers_as_it_says(ask: Callable[[str], tuple[int, str]]) -> None:
    """The example of the README: three meals asked for, one declined, two billed."""
    status, out = ask(EXAMPLE.read_text(encoding="utf-8"))
    answer = json.loads(out)
    assert status == 0
    assert [one["status"] for one in answer["settled"]["meals"]] == ["ordered", "cancelled", "ordered"]
    assert [one.get("rule") for one in answer["settled"]["answers"]] == [None, None, "unsuited"]
    assert answer["bills"][0]["total"] == "20.00"
    assert answer["deliveries"][0]["meals"] == ["12:2026-03-02:lunch"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda one: one.pop("first"), "first: "),
        (lambda one: one["service"]["people"][0].update(alergens=["milk"]), "alergens"),
        (lambda one: one["service"]["people"][0].update(diets=["keto"]), "diets"),
        (lambda one: one["service"]["people"].append(one["service"]["people"][0]), "given twice"),
        (lambda one: one.update(now="2026-03-01T12:00:00"), "time zone"),
        (lambda one: one["events"][0].update(at="2026-02-20T12:00:00"), "time zone"),
        (lambda one: one.update(last="2020-01-01"), "last: "),
        (lambda one: one["events"][0].update(kind="wish"), "events.0"),
    ],
)
def test_faults_are_named(
    change: Callable[[Any], object], word: str, ask: Callable[[str], tuple[int, str]]
) -> None:
    """A misspelt key, an unknown diet, a day the wrong way round: status 1 and the place."""
    question = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    change(question)
    status, out = ask(json.dumps(question))
    assert status == 1
    assert word in out


@given(st.binary(max_size=200))
def test_any_bytes_are_a_fault_not_a_crash(junk: bytes) -> None:
    """No bytes make the reader raise."""
    assert not isinstance(read(junk), Question)


def test_books_and_grids_that_ship_are_sound(capsys: pytest.CaptureFixture[str]) -> None:
    """`check` finds nothing to say about them."""
    files = [str(one) for folder in (BOOKS, GRIDS) for one in sorted(folder.glob("*.toml"))]
    assert main(["check", *files]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("shelf_life_days = 2", "shelf_life_days = 0", "beyond 0"),
        (
            "[[order_until]]\ndays_before = 7",
            "[[order_until]]\nweekdays = [1]\ndays_before = 7",
            "nothing says",
        ),
        ("days_before = 7", "weekday = 2\ndays_before = 7", "either"),
        ("[carried]", "[carries]", "carries"),
        ("6 = 1", "8 = 1", "weekdays are 1 to 7"),
        ("cancel_hours = 168", "cancel_hours = -1", "below zero"),
        ("name =", "name", "not TOML"),
        ("days_before = 7", "days_before = 90", "between 0 and 60"),
    ],
)
def test_faults_of_a_book(
    old: str, new: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each rule that cannot be kept is refused before anybody orders by it, with file and key."""
    text = (BOOKS / "livradois.toml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "book.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    assert main(["check", str(file)]) == 1
    err = capsys.readouterr().err
    assert word in err
    assert "book.toml: " in err


def test_money_stays_exact() -> None:
    """A price in a file is the decimal that was written."""
    found = read_grid((GRIDS / "les_arcs.toml").read_text(encoding="utf-8"))
    assert not isinstance(found, tuple)
    assert str(found.dinner_supplement) == "1.50"
    assert isinstance(read_book((BOOKS / "muret.toml").read_text(encoding="utf-8")), Book)
