"""Bad input at the gate, one by one: refused by a rule, recorded without a number, slowed down, not open."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from limits import RateLimitItemPerMinute
from services import Database

from api.auth import _LIMITER
from api.gate import terminals
from api.gate.badges import badge_hash, e_badge
from api.gate.books import load_book
from store.connection import connect
from tests.api.gate_site import BADGE_KEY, BOOK, LIST_KEY, Gate, application, equip

pytestmark = pytest.mark.db

SIGNER = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(LIST_KEY))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
FAMILY = badge_hash("04A1B2C3", bytes.fromhex(BADGE_KEY))


@pytest.fixture
def gates(plain_database: Database) -> Iterator[tuple[Gate, Gate, str]]:
    """Two gates and their database; each test begins with its own count of requests."""
    _LIMITER.storage.reset()
    fruges, hucqueliers = equip(plain_database.dsn)
    with application(plain_database.dsn) as client:
        yield Gate(client, fruges), Gate(client, hucqueliers), plain_database.dsn
    _LIMITER.storage.reset()


def code(signer: Ed25519PrivateKey = SIGNER, *, age_s: float = 0, badge: bytes = FAMILY) -> str:
    """What a phone shows."""
    return e_badge(signer, badge, datetime.now(UTC) - timedelta(seconds=age_s))


def test_code_opens_once_and_counts_for_its_household(gates: tuple[Gate, Gate, str]) -> None:
    """Then it is replayed: at the same gate, at another; the household's next code opens."""
    fruges, hucqueliers, _ = gates
    shown = code()
    first = fruges.ask(shown)
    assert (first["rule"], first["left"][0]["used"]) == ("open", 1)
    assert [gate.ask(shown)["rule"] for gate in (fruges, hucqueliers)] == ["replayed_code"] * 2
    assert hucqueliers.ask(code())["left"][0]["used"] == 2


def test_asking_again_by_the_same_id_is_no_replay(gates: tuple[Gate, Gate, str]) -> None:
    """The answer was lost: the same scan with the same code gets the same answer."""
    fruges, _, _ = gates
    scan = fruges.scan(code())
    answers: list[Any] = [fruges.post("scans", scan=scan) for _ in range(2)]
    assert [one.json()["opens"] for one in answers] == [True, True]


@pytest.mark.parametrize(
    ("shown", "rule"),
    [
        (lambda: code(STRANGER), "forged_code"),
        (lambda: code()[:-10] + "AAAAAAAAAA", "forged_code"),
        (lambda: "GLN1" + "A" * 170, "forged_code"),
        (lambda: code(age_s=200), "expired_code"),
        (lambda: code(age_s=-200), "expired_code"),
        (lambda: code(badge=bytes(32)), "unknown_badge"),
        (lambda: "04FFFFFFFF", "unknown_badge"),
    ],
)
def test_bad_codes_open_nothing(
    gates: tuple[Gate, Gate, str], caplog: pytest.LogCaptureFixture, shown: Any, rule: str
) -> None:
    """Recorded under their rule; the log names the terminal and the rule, and not what was shown."""
    fruges, _, dsn = gates
    text = shown()
    with caplog.at_level(logging.INFO):
        answer = fruges.ask(text)
    assert (answer["opens"], answer["rule"]) == (False, rule)
    assert f"terminal borne-fruges: refused by {rule}" in caplog.text
    assert text[:20] not in caplog.text
    with connect(dsn) as connection:
        row = connection.execute(
            "SELECT opened, rule, row_to_json(p)::text AS told FROM gate.passage p"
        ).fetchone()
    assert row is not None
    assert (row["opened"], row["rule"]) == (False, rule)
    assert text[:20] not in row["told"]


def test_blocked_badges_code_is_refused(gates: tuple[Gate, Gate, str]) -> None:
    """A good code of a badge that is blocked; unblocked, the same code opens: it was not spent."""
    fruges, _, dsn = gates
    shown = code()
    with connect(dsn, role="glaneur_api") as connection:
        connection.execute("UPDATE people.badge SET state = 'blocked' WHERE number_hash = %s", [FAMILY])
    assert fruges.ask(shown)["rule"] == "blocked"
    with connect(dsn, role="glaneur_api") as connection:
        connection.execute("UPDATE people.badge SET state = 'active' WHERE number_hash = %s", [FAMILY])
    assert fruges.ask(shown)["rule"] == "open"


def test_who_tries_numbers_is_slowed_down(gates: tuple[Gate, Gate, str]) -> None:
    """Sixty unknown badges in a minute, then 429; a good badge still opens, and so does the other gate."""
    fruges, hucqueliers, _ = gates
    statuses = [
        fruges.post("scans", scan=fruges.scan(f"0BAD{number:04}")).status_code for number in range(63)
    ]
    assert (set(statuses[:60]), set(statuses[60:])) == ({200}, {429})
    assert fruges.ask("04A1B2C3")["opens"] is True
    assert hucqueliers.ask("0BAD0BAD")["rule"] == "unknown_badge"


def test_a_loop_is_stopped(gates: tuple[Gate, Gate, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """More requests in a minute than a terminal may make: 429 with the time to wait, before any database."""
    monkeypatch.setattr(terminals, "SCANS_BY_TERMINAL", RateLimitItemPerMinute(5))
    fruges, _, _ = gates
    answers: list[Any] = [fruges.post("scans", scan=fruges.scan("04A1B2C3")) for _ in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "10"


def test_hello_tells_what_a_gate_alone_does(gates: tuple[Gate, Gate, str]) -> None:
    """Refuse or open when it can decide nothing: the site's own setting; and its clock is measured."""
    fruges, hucqueliers, dsn = gates
    book = BOOK.replace('name = "Hucqueliers"', 'name = "Hucqueliers"\noffline = "open"')
    with connect(dsn, role="glaneur_api") as connection:
        load_book(connection, book)
    fast = Gate(fruges.client, fruges.key, clock_error_s=90)
    welcomes: list[Any] = [fast.post("hello", boot=3, up_ms=10), hucqueliers.post("hello", list_version=0)]
    first, second = (one.json() for one in welcomes)
    assert (first["site"], first["offline"], second["offline"]) == ("fruges", "refuse", "open")
    assert first["clock_error_ms"] == pytest.approx(90_000, abs=30_000)
    assert bytes.fromhex(first["list_key"]) == SIGNER.public_key().public_bytes_raw()
    assert first["journal_topic"] == "glaneur/1/gate/borne-fruges/journal"


def test_revoked_terminal_gets_nothing(gates: tuple[Gate, Gate, str]) -> None:
    """Neither hello, nor scan, nor journal, nor list."""
    fruges, _, dsn = gates
    with connect(dsn) as connection:
        connection.execute("UPDATE gate.terminal SET revoked_at = now()")
    answers: list[Any] = [
        fruges.post("hello"),
        fruges.post("scans", scan=fruges.scan("04A1B2C3")),
        fruges.post("journal", entries=[fruges.scan("04A1B2C3", opened=True)]),
        fruges.client.get("/api/v1/gate/list", headers={"Authorization": f"Bearer {fruges.key}"}),
    ]
    assert [one.status_code for one in answers] == [401] * 4
