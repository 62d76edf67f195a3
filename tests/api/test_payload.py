"""Bytes shown to a person: readable when they are text, hexadecimal when not, never a control character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.payload import SHOWN_BYTES, readable


@pytest.mark.parametrize(
    ("payload", "form", "text"),
    [
        (b'{"v":1,"a":"\xc3\xa9"}', "JSON", '{\n  "v": 1,\n  "a": "\u00e9"\n}'),
        (b"offline", "texte", "offline"),
        (b"{not json", "texte", "{not json"),
        (b"\x00\x01\xff", "hexadécimal", "0000  00 01 ff"),
        ("a\u202eb".encode(), "hexadécimal", "0000  61 e2 80 ae 62"),
        (b"", "hexadécimal", ""),
    ],
)
def test_the_form_fits_the_bytes(payload: bytes, form: str, text: str) -> None:
    """The most readable one that loses nothing."""
    found = readable(payload)
    assert (found.form, found.text, found.size, found.cut) == (form, text, len(payload), False)


def test_a_huge_payload_is_cut_and_says_so() -> None:
    """The page stays light."""
    found = readable(b"x" * 100_000)
    assert (len(found.text), found.size, found.cut) == (SHOWN_BYTES, 100_000, True)


@given(st.binary(max_size=300))
def test_nothing_unprintable_passes(payload: bytes) -> None:
    """Whatever the bytes: no control character, no half character."""
    text = readable(payload).text
    assert all(letter.isprintable() or letter in "\n\t" for letter in text)
