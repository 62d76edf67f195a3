"""A journal over MQTT: kept as received, applied once and in order, dated right, never refused after."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from services import Database

from api.gate.badges import badge_hash, e_badge
from api.gate.books import Shelf
from api.gate.jobs import forget
from api.gate.journal import Applied, apply_journals
from api.gate.terminals import revoke_terminal
from ingest.batch import prepare, write_surely
from ingest.letter import Letter
from ingest.message import DEFAULT_LIMITS
from store.connection import connect
from tests.api.gate_site import BADGE_KEY, application, equip, settings

pytestmark = pytest.mark.db

FAMILY, FIRM = (badge_hash(one, bytes.fromhex(BADGE_KEY)) for one in ("04A1B2C3", "04D1"))
NOW = datetime.now(UTC).replace(microsecond=0)
JOURNAL, CLOCK = "glaneur/1/gate/borne-fruges/journal", "glaneur/1/gate/borne-fruges/clock"
SIGNER = settings("postgresql:///x").gate_signer


def line(
    seq: int, badge: bytes | None = FAMILY, *, at: datetime = NOW, opened: bool = True, **more: Any
) -> bytes:
    """A line of a journal, as a terminal writes it."""
    scan = {"id": str(uuid4()), "at": at.isoformat()} | more.pop("scan", {})
    if badge is not None:
        scan["badge_hash"] = badge.hex()
    return json.dumps({"v": 1, "seq": seq, "opened": opened, "scan": scan} | more).encode()


def receive(dsn: str, *said: tuple[str, bytes], at: datetime = NOW) -> None:
    """Let ingest write these messages in one batch."""
    with connect(dsn, role="glaneur_ingest", autocommit=True) as connection:
        prepare(connection)
        write_surely(connection, [Letter(topic, payload, at) for topic, payload in said], DEFAULT_LIMITS, {})


def work(dsn: str, now: datetime = NOW) -> Applied:
    """What the worker does each minute."""
    assert SIGNER is not None
    with connect(dsn, role="glaneur_worker", autocommit=True) as connection:
        return apply_journals(connection, Shelf(), SIGNER.public_key(), now)


def ask(dsn: str, query: str) -> list[tuple[Any, ...]]:
    """Rows as the owner sees them."""
    with connect(dsn) as connection:
        return [tuple(row.values()) for row in connection.execute(query.encode())]


def test_applied_once_in_order_and_overruns_marked(database: Database) -> None:
    """Five entries of a household with three rights, sent twice, last first: all stand, two are marked."""
    equip(database.dsn)
    lines = [line(seq, at=NOW - timedelta(minutes=60 - seq)) for seq in range(1, 6)]
    receive(database.dsn, *((JOURNAL, one) for one in reversed(lines)), *((JOURNAL, one) for one in lines))
    assert (work(database.dsn), work(database.dsn)) == (Applied(lines=5), Applied())
    found = ask(database.dsn, "SELECT seq, opened, overruns, offline FROM gate.passage ORDER BY seq")
    assert found == [(seq, True, [] if seq < 4 else ["passages"], True) for seq in range(1, 6)]


def test_gap_is_waited_for_then_passed(plain_database: Database) -> None:
    """A line that comes before its forerunner waits ten minutes; the forerunner still counts afterwards."""
    dsn = plain_database.dsn
    equip(dsn)
    receive(dsn, (JOURNAL, line(1)), (JOURNAL, line(3)))
    assert work(dsn) == Applied(lines=1, waiting=1)
    assert work(dsn, NOW + timedelta(minutes=11)) == Applied(lines=1)
    receive(dsn, (JOURNAL, line(2)))
    assert work(dsn) == Applied(lines=1)
    assert sorted(ask(dsn, "SELECT seq FROM gate.passage")) == [(1,), (2,), (3,)]


def test_answered_at_the_gate_is_not_counted_again(plain_database: Database) -> None:
    """The terminal journals what it asked too: by the scan's id it is the same passage."""
    dsn = plain_database.dsn
    key, _ = equip(dsn)
    name = str(uuid4())
    now = datetime.now(UTC).isoformat()
    with application(dsn) as client:
        scan = {"id": name, "at": now, "badge": "04A1B2C3"}
        answer = client.post(
            "/api/v1/gate/scans",
            json={"sent_at": now, "scan": scan},
            headers={"Authorization": f"Bearer {key}"},
        )
    assert answer.json()["opens"] is True
    receive(dsn, (JOURNAL, line(1, scan={"id": name})))
    assert work(dsn) == Applied(lines=1)
    assert ask(dsn, "SELECT count(*), max(seq) FROM gate.passage") == [(1, None)]


def test_wrong_clock_is_mended_and_kept(plain_database: Database) -> None:
    """Two days slow, heard live once: the passage is today, and what the terminal said is there too."""
    dsn = plain_database.dsn
    equip(dsn)
    slow = timedelta(days=2)
    beat = {"v": 1, "at": (NOW - slow).isoformat(), "boot": 3, "up_ms": 7_200_000, "list": 4}
    receive(dsn, (CLOCK, json.dumps(beat).encode()))
    scanned = NOW - timedelta(hours=1)
    receive(dsn, (JOURNAL, line(1, at=scanned - slow, boot=3, up_ms=3_600_000)), at=NOW + timedelta(hours=5))
    work(dsn)
    found = ask(dsn, "SELECT at, said_at, clock_error_ms, clock_source FROM gate.passage")
    assert found == [(scanned, scanned - slow, -172_800_000, "uptime")]
    assert ask(dsn, "SELECT clock_error_ms, list_version FROM gate.terminal WHERE name = 'borne-fruges'") == [
        (-172_800_000, 4)
    ]


def test_heartbeats_are_noted_only_when_they_say_something(plain_database: Database) -> None:
    """Every thirty seconds for five minutes is one note; a clock that was set is another."""
    dsn = plain_database.dsn
    equip(dsn)
    for number in range(10):
        at = NOW + timedelta(seconds=30 * number)
        receive(dsn, (CLOCK, json.dumps({"v": 1, "at": at.isoformat()}).encode()), at=at)
    at = NOW + timedelta(minutes=6)
    receive(dsn, (CLOCK, json.dumps({"v": 1, "at": (at - timedelta(hours=1)).isoformat()}).encode()), at=at)
    assert ask(dsn, "SELECT count(*) FROM gate.clock_note") == [(2,)]


def test_codes_are_judged_at_their_own_instant(plain_database: Database) -> None:
    """Taken offline an hour ago: good then. Again by another: marked. An hour old when shown: marked."""
    dsn = plain_database.dsn
    equip(dsn)
    assert SIGNER is not None
    then = NOW - timedelta(hours=1)
    good = e_badge(SIGNER, FAMILY, then)
    late = e_badge(SIGNER, FAMILY, then - timedelta(hours=1))
    lines = [line(n, None, at=then, scan={"code": code}) for n, code in enumerate((good, good, late), 1)]
    receive(dsn, *((JOURNAL, one) for one in lines))
    work(dsn)
    found = ask(dsn, "SELECT rule, opened, holder_id IS NOT NULL FROM gate.passage ORDER BY seq")
    assert found == [("open", True, True), ("replayed_code", True, True), ("expired_code", True, True)]


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (JOURNAL, b"{", "not_json"),
        (JOURNAL, b"[1]", "malformed"),
        (JOURNAL, b'{"v": 2}', "wrong_version"),
        (JOURNAL, b'{"v": 1, "seq": 0, "opened": true, "scan": {"id": "x"}}', "malformed"),
        (JOURNAL, line(1, scan={"badge": "04A1B2C3"}), "malformed"),
        (JOURNAL, b" " * 5000, "too_large"),
        (CLOCK, b'{"v": 1, "at": "yesterday"}', "malformed"),
        ("glaneur/1/gate/stranger/journal", line(1), "unknown_device"),
        ("glaneur/1/gate/stranger/clock", b'{"v": 1, "at": "2026-11-23T10:00:00Z"}', "unknown_device"),
    ],
)
def test_poison_goes_aside_without_a_number(
    plain_database: Database, topic: str, payload: bytes, reason: str
) -> None:
    """And its neighbours are taken."""
    equip(plain_database.dsn)
    receive(plain_database.dsn, (topic, payload), (JOURNAL, line(1)))
    ((found, kept),) = ask(plain_database.dsn, "SELECT reason, payload FROM quarantine")
    assert found == reason
    assert b"04A1B2C3" not in bytes(kept)
    assert ask(plain_database.dsn, "SELECT count(*) FROM gate.inbox") == [(1,)]


def test_line_that_cannot_be_read_stops_nobody(plain_database: Database) -> None:
    """Kept with its reason; the next one counts."""
    dsn = plain_database.dsn
    equip(dsn)
    receive(dsn, (JOURNAL, line(1, scan={"vehicle": ""})), (JOURNAL, line(2, b"")), (JOURNAL, line(3)))
    assert work(dsn) == Applied(lines=3, faulty=2)
    assert ask(dsn, "SELECT outcome FROM gate.inbox ORDER BY seq") == [
        ("malformed: ValidationError",), ("malformed: ValidationError",), ("recorded",)
    ]  # fmt: skip


def test_another_terminals_scan_is_left_aside(plain_database: Database) -> None:
    """Its id is taken: the line says so, the passage stays whose it was."""
    dsn = plain_database.dsn
    equip(dsn)
    name = str(uuid4())
    other = JOURNAL.replace("fruges", "hucqueliers")
    receive(dsn, (JOURNAL, line(1, scan={"id": name})), (other, line(1, scan={"id": name})))
    assert work(dsn) == Applied(lines=2, faulty=1)
    assert ask(dsn, "SELECT site FROM gate.passage") == [("fruges",)]


def test_what_a_revoked_terminal_said_before_counts(plain_database: Database) -> None:
    """Received before: applied. After: kept aside, where a person may look at it."""
    dsn = plain_database.dsn
    equip(dsn)
    receive(dsn, (JOURNAL, line(1)), at=NOW - timedelta(minutes=5))
    with connect(dsn, role="glaneur_api") as connection:
        assert revoke_terminal(connection, "borne-fruges")
    receive(dsn, (JOURNAL, line(2)), at=NOW + timedelta(days=1))
    assert work(dsn, NOW + timedelta(days=1)) == Applied(lines=1)
    assert ask(dsn, "SELECT reason FROM quarantine") == [("unknown_device",)]


def test_what_the_gate_did_stands_when_our_answer_was_lost(plain_database: Database) -> None:
    """We refused and were not heard; the gate opened by its list: counted, and marked with our rule."""
    dsn = plain_database.dsn
    key, _ = equip(dsn)
    name, now = str(uuid4()), datetime.now(UTC).isoformat()
    receive(dsn, *((JOURNAL, line(seq)) for seq in (1, 2, 3)))
    work(dsn)
    with application(dsn) as client:
        asked = {"sent_at": now, "scan": {"id": name, "at": now, "badge": "04A1B2C3"}}
        answer = client.post("/api/v1/gate/scans", json=asked, headers={"Authorization": f"Bearer {key}"})
    assert answer.json()["rule"] == "passages"
    for _ in range(2):
        receive(dsn, (JOURNAL, line(4, scan={"id": name})))
        work(dsn)
    found = ask(dsn, "SELECT id::text, opened, offline, units, overruns FROM gate.passage WHERE seq IS NULL")
    assert found == [(name, True, True, 1, ["passages"])]


def test_what_serves_nothing_is_forgotten(plain_database: Database) -> None:
    """Two months after: lines, hearings and codes are gone; passages stay, and so does what waits."""
    dsn = plain_database.dsn
    equip(dsn)
    assert SIGNER is not None
    code = e_badge(SIGNER, FAMILY, NOW)
    beat = {"v": 1, "at": NOW.isoformat()}
    receive(dsn, (JOURNAL, line(1, None, scan={"code": code})), (CLOCK, json.dumps(beat).encode()))
    work(dsn)
    receive(dsn, (JOURNAL, line(9)), at=NOW)
    with connect(dsn, role="glaneur_worker") as connection:
        forget(connection, NOW + timedelta(days=59))
    assert ask(dsn, "SELECT count(*) FROM gate.inbox") == [(2,)]
    with connect(dsn, role="glaneur_worker") as connection:
        forget(connection, NOW + timedelta(days=61))
    assert ask(dsn, "SELECT seq FROM gate.inbox") == [(9,)]
    for table in ("gate.clock_note", "gate.shown_code"):
        assert ask(dsn, f"TABLE {table}") == []
    assert ask(dsn, "SELECT rule FROM gate.passage") == [("open",)]
