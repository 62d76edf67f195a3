"""The protocol's test vectors are what this version does, and the simulated terminal reads them as we do.

`GLANEUR_WRITE_VECTORS=1` writes them again, from the fixed keys below, when the protocol itself changes.
"""

import base64
import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import gate_list
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from api.gate.allow_list import Untrusted, encode_list, read_list
from api.gate.badges import BadCode, badge_hash, e_badge, read_code
from api.gate.documents import JournalLine

FILE = Path(__file__).parents[2] / "api/gate/vectors/terminal.json"
SEED, BADGE_KEY = bytes(range(32)), bytes(range(100, 132))
SIGNER = Ed25519PrivateKey.from_private_bytes(SEED)
NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
CARDS = {"active": "04A1B2C3", "blocked": "04:a1:b2:c4", "lost": "FR 123-AB", "dated": "04D1D1D1"}


def row(number: str, state: str = "active", category: str = "resident", **dates: datetime) -> dict[str, Any]:
    """A badge as the database gives it."""
    return {
        "number_hash": badge_hash(number, BADGE_KEY), "category": category, "sector": None, "blocked": False,
        "state": state, "valid_from": dates.get("since"), "valid_until": dates.get("until"),
    }  # fmt: skip


def make() -> dict[str, Any]:
    """Everything a vendor needs to try a terminal without us."""
    until = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
    rows = [
        row(CARDS["active"]), row(CARDS["blocked"], "blocked"), row(CARDS["lost"], "lost"),
        row(CARDS["dated"], category="professional", until=until),
    ]  # fmt: skip
    whole = encode_list(rows, SIGNER, NOW, 0, 41)
    delta = encode_list([row(CARDS["active"], "blocked")], SIGNER, NOW + timedelta(minutes=1), 41, 42)
    later = encode_list([], SIGNER, NOW + timedelta(minutes=2), 43, 44)
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    foreign = encode_list(rows, stranger, NOW, 0, 45)
    card = badge_hash(CARDS["active"], BADGE_KEY)
    good = e_badge(SIGNER, card, NOW)
    return {
        "about": "Keys are for tests alone. Instants are UTC. Bytes are base64, keys hexadecimal.",
        "list_public_key": SIGNER.public_key().public_bytes_raw().hex(),
        "badge_key": BADGE_KEY.hex(),
        "now": NOW.isoformat(),
        "hashes": {number: badge_hash(number, BADGE_KEY).hex() for number in CARDS.values()},
        "names": {number: gate_list.name_of(badge_hash(number, BADGE_KEY)) for number in CARDS.values()},
        "lists": [
            {"is": name, "bytes": base64.b64encode(body).decode(), "taken_after": after, "taken": taken}
            for name, body, after, taken in (
                ("whole", whole, None, True),
                ("delta", delta, "whole", True),
                ("delta that begins too late", later, "whole", False),
                ("whole, by another's key", foreign, None, False),
                ("whole, one bit changed", bytes([*whole[:80], whole[80] ^ 1, *whole[81:]]), None, False),
            )
        ],
        "alone_with_whole": [
            {"badge": number, "at": at.isoformat(), "opens": opens, "rule": rule}
            for number, at, opens, rule in (
                (CARDS["active"], NOW, True, "open"),
                ("04-a1-b2-c3", NOW, True, "open"),
                (CARDS["blocked"], NOW, False, "blocked"),
                (CARDS["lost"], NOW, False, "lost"),
                (CARDS["dated"], NOW, True, "open"),
                (CARDS["dated"], NOW + timedelta(days=6), True, "open"),
                ("04FFFFFF", NOW, False, "unknown_badge"),
                (CARDS["active"], NOW + timedelta(days=8), False, "no_list"),
            )
        ],
        "codes": [
            {"code": code, "at": at.isoformat(), "rule": rule, "badge_hash": card.hex()}
            for code, at, rule in (
                (good, NOW + timedelta(seconds=20), "open"),
                (good.lower(), NOW + timedelta(seconds=20), "open"),
                (good, NOW + timedelta(seconds=91), "expired_code"),
                (good, NOW - timedelta(seconds=31), "expired_code"),
                (e_badge(stranger, card, NOW), NOW, "forged_code"),
                (good[:60] + ("A" if good[60] != "A" else "B") + good[61:], NOW, "forged_code"),
            )
        ],
        "journal_line": {
            "v": 1, "seq": 118, "boot": 12, "up_ms": 48_210_000, "opened": True,
            "scan": {
                "id": "7d4b8f0a-6c1e-4a53-9d0b-2f6f0a4f7e11", "at": "2026-05-04T10:00:02+02:00",
                "badge_hash": card.hex(), "vehicle": "car", "trailer": "none",
                "brought": [{"material": "rubble", "volume_l": 500}],
            },
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    """The committed file."""
    if os.environ.get("GLANEUR_WRITE_VECTORS"):
        FILE.write_text(json.dumps(make(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def plain(vectors: dict[str, Any]) -> dict[str, Any]:
    """The vectors with lists opened: two versions of zlib may press the same words into other bytes."""
    lists = []
    for one in vectors["lists"]:
        body = base64.b64decode(one["bytes"])
        whole = "changed" not in one["is"]
        lists.append(one | {"bytes": json.loads(gzip.decompress(body[64:])) if whole else None})
    return vectors | {"lists": lists}


def test_they_are_what_this_version_makes(vectors: dict[str, Any]) -> None:
    """Signatures of codes included: Ed25519 has one signature for one message."""
    assert plain(vectors) == plain(make())


def test_we_read_lists_and_codes_as_they_say(vectors: dict[str, Any]) -> None:
    """The server's own reader."""
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(vectors["list_public_key"]))
    for one in vectors["lists"]:
        body = base64.b64decode(one["bytes"])
        if "another" in one["is"] or "bit" in one["is"]:
            with pytest.raises(Untrusted):
                read_list(body, public)
        else:
            assert read_list(body, public)["format"] == 1
    for one in vectors["codes"]:
        at = datetime.fromisoformat(one["at"])
        try:
            code = read_code(one["code"], public)
            rule = "open" if code.holds(at) else "expired_code"
            assert code.badge.hex() == one["badge_hash"]
        except BadCode:
            rule = "forged_code"
        assert rule == one["rule"], one
    JournalLine.model_validate(vectors["journal_line"])


def test_a_terminal_that_shares_no_code_reads_them_so(vectors: dict[str, Any]) -> None:
    """The simulated terminal: hashes, names, lists taken and refused, decisions alone, codes."""
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(vectors["list_public_key"]))
    key, now = bytes.fromhex(vectors["badge_key"]), datetime.fromisoformat(vectors["now"])
    for number, hashed in vectors["hashes"].items():
        assert gate_list.badge_hash(number, key).hex() == hashed
        assert gate_list.name_of(bytes.fromhex(hashed)) == vectors["names"][number]
    have: dict[str | None, gate_list.BadgeList | None] = {None: None}
    for one in vectors["lists"]:
        before, body = have[one["taken_after"]], base64.b64decode(one["bytes"])
        if one["taken"]:
            have[one["is"]] = gate_list.take(before, body, public, now)
        else:
            with pytest.raises(gate_list.NotTrusted):
                gate_list.take(before, body, public, now)
    with pytest.raises(gate_list.NotTrusted, match="expired"):
        gate_list.take(None, base64.b64decode(vectors["lists"][0]["bytes"]), public, now + timedelta(days=8))
    with pytest.raises(gate_list.NotTrusted, match="older"):
        gate_list.take(have["delta"], base64.b64decode(vectors["lists"][0]["bytes"]), public, now)
    for one in vectors["alone_with_whole"]:
        hashed = gate_list.badge_hash(one["badge"], key)
        at = datetime.fromisoformat(one["at"])
        assert gate_list.decide(have["whole"], hashed, at, "refuse") == (one["opens"], one["rule"]), one
    blocked = gate_list.badge_hash(CARDS["active"], key)
    assert gate_list.decide(have["delta"], blocked, now, "open") == (False, "blocked")
    for one in vectors["codes"]:
        code = gate_list.read_code(one["code"], public)
        at = datetime.fromisoformat(one["at"])
        rule = "forged_code" if code is None else "open" if code.holds(at) else "expired_code"
        assert rule == one["rule"], one


def test_without_a_list_a_gate_does_what_its_site_says(vectors: dict[str, Any]) -> None:
    """Refuse, or open and record; and never by the list's fault alone."""
    now = datetime.fromisoformat(vectors["now"])
    assert gate_list.decide(None, bytes(32), now, "refuse") == (False, "no_list")
    assert gate_list.decide(None, bytes(32), now, "open") == (True, "no_list")
