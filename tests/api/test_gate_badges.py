"""The code of an e-badge: ours, of this minute, for this badge; or refused. A table of forgeries."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from api.gate.badges import CODE_MOST, BadCode, e_badge, is_code, read_code

SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BADGE = bytes(32)


def test_code_says_its_badge_and_fits_a_small_qr() -> None:
    """Capitals and digits: 178 of them fit version 7 of a QR code at level M (ISO/IEC 18004, table 7)."""
    text = e_badge(SIGNER, BADGE, NOW)
    assert is_code(text)
    assert text.isalnum()
    assert text == text.upper()
    assert len(text) <= 178
    code = read_code(text.lower(), SIGNER.public_key())
    assert (code.badge, code.made_at) == (BADGE, NOW)


@pytest.mark.parametrize(
    ("seconds", "holds"), [(-31, False), (-29, True), (0, True), (89, True), (90, False)]
)
def test_code_holds_a_minute(seconds: int, holds: bool) -> None:
    """And half a minute around it for clocks that differ."""
    code = read_code(e_badge(SIGNER, BADGE, NOW), SIGNER.public_key())
    assert code.holds(NOW + timedelta(seconds=seconds)) is holds


def test_code_of_an_hour_is_never_taken() -> None:
    """Not even signed by us: what is photographed must soon be worth nothing."""
    code = read_code(e_badge(SIGNER, BADGE, NOW, CODE_MOST + timedelta(seconds=1)), SIGNER.public_key())
    assert not code.holds(NOW)


@pytest.mark.parametrize("place", range(4, 174, 10))
def test_changed_code_is_forged(place: int) -> None:
    """One letter, anywhere."""
    text = e_badge(SIGNER, BADGE, NOW)
    other = "A" if text[place] != "A" else "B"
    with pytest.raises(BadCode):
        read_code(text[:place] + other + text[place + 1 :], SIGNER.public_key())


def test_strangers_code_is_forged() -> None:
    """Well made, by another key."""
    with pytest.raises(BadCode):
        read_code(e_badge(STRANGER, BADGE, NOW), SIGNER.public_key())


@given(st.text(max_size=300))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    """Whatever a reader hands us, nothing but `BadCode`."""
    with pytest.raises(BadCode):
        read_code("GLN1" + text, SIGNER.public_key())
