"""Books that are wrong: every fault is named with its place, none is guessed, no text raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.model import Book
from access.rules import book_at, read_book
from tests.access.books import SMALL, book, small


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("limit = 3", "limit = 3.5", "allowances[1].limit: a whole number is expected"),
        ("limit = 3", "limt = 3", "allowances[1].limit: is missing"),
        ("limit = 3", "limit = 3\nlimt = 3", "allowances[1].limt: is not a known key"),
        ("limit = 3", "limit = -3", "passages: limit and warn_left must not be negative"),
        ("rolling_days = 30", "", "passages: rolling_days goes with per = 'rolling', and is positive"),
        ('per = "week"', 'per = "fortnight"', "allowances[2].per: one of day, week"),
        ('categories = ["professional"]', 'categories = ["pros"]', "volume.categories: pros is not declared"),
        ('"09:00-12:00"', '"12:00-09:00"', "sites.fruges.hours.monday: '12:00-09:00' ends before it begins"),
        ('"09:00-12:00"', '"9h-12h"', "sites.fruges.hours.monday: '9h-12h' is not hours"),
        (
            '"14:00-18:00"',
            '"11:00-18:00"',
            "sites.fruges.hours.monday: '11:00-18:00' ends before it begins, or",
        ),
        ("monday =", "lundi =", "sites.fruges.hours.lundi: is not a weekday"),
        ('id = "volume"', 'id = "passages"', "the rules: passages stands twice"),
        ("valid_until = 2026-12-31", "valid_until = 2025-12-31", "valid_until: is before valid_from"),
        ("valid_from = 2026-01-01", "valid_from = 'janvier'", "valid_from: a date is expected"),
        ('source = "essai"', "", "source: is missing"),
        ('source = "essai"', "source =", "the document: is not TOML"),
    ],
)
def test_fault_is_named_with_its_place(old: str, new: str, fault: str) -> None:
    """One change to a sound book, one sentence."""
    assert old in SMALL
    found = read_book(SMALL.replace(old, new, 1))
    assert not isinstance(found, Book)
    assert any(str(one).startswith(fault) for one in found), found


def test_all_faults_are_told_at_once() -> None:
    """Whoever writes a book mends it in one go."""
    found = read_book(SMALL.replace("limit = 3", "limit = 'x'").replace("limit = 4000", "limit = true"))
    assert [one.where for one in found] == ["allowances[1].limit", "allowances[2].limit"]  # type: ignore[union-attr]


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    """Any text is a book or a list of problems."""
    assert read_book(text)


@given(
    cut=st.integers(0, len(SMALL)), put=st.sampled_from(["", "[[", "=", '"', "\n[sites]\n", "x = 1\n", "\0"])
)
def test_no_spoilt_book_raises(cut: int, put: str) -> None:
    """Nor any damage to a sound one."""
    assert read_book(SMALL[:cut] + put + SMALL[cut:])


def test_book_of_the_day() -> None:
    """History is adding a file: the latest that has begun and not ended."""
    newer = book(SMALL.replace("2026-01-01", "2026-07-01", 1))
    day = small().valid_from
    assert book_at([small(), newer], day) == small()
    assert book_at([small(), newer], newer.valid_from) == newer
    assert book_at([small(), newer], day.replace(year=2025)) is None
    assert book_at([small(), newer], day.replace(year=2027)) is None
