"""The published rules, scan by scan: cases that a service chief can read, and the books that judge them."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from access.__main__ import Case, judged
from access.document import read, write
from access.model import Book
from access.rules import read_book
from tests.access.books import RULEBOOKS, shipped

CASES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("cases").joinpath("published.toml").read_text(encoding="utf-8"),
    parse_float=Decimal,
)["cases"]


@pytest.mark.parametrize("case", CASES, ids=[one["name"] for one in CASES])
def test_published_rule(case: dict[str, Any]) -> None:
    """The decision is the one the rules' own text announces."""
    passage = case.get("passage") or {"at": case["scan"]["at"], "site": case["scan"]["site"]}
    document = {
        "holder": case["holder"],
        "scan": case["scan"],
        "passages": [passage] * case.get("before", 0),
    }
    found = read(Case, document)
    assert isinstance(found, Case), found
    decision = judged([shipped(case["book"])], found)
    answer = write(decision) | {"amounts": [str(one.amount) for one in decision.charges]}
    assert {key: answer[key] for key in case["expect"]} == case["expect"]


@pytest.mark.parametrize("path", RULEBOOKS, ids=[one.stem for one in RULEBOOKS])
def test_shipped_book_is_sound_and_has_a_case(path: Path) -> None:
    """Every book that ships is read without a fault, says where it comes from, and is tried above."""
    book = read_book(path.read_text(encoding="utf-8"))
    assert isinstance(book, Book), book
    assert book.source
    assert path.stem in {one["book"] for one in CASES}
