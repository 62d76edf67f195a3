"""What one transaction writes, on real databases of both editions, with ingest's own rights."""

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from services import Database

from fill.fold import fold
from ingest import batch, readings, states
from ingest.batch import Written, announcements
from ingest.letter import Letter
from tests.ingest.probe import letter, mount, up
from tests.ingest.written import (
    LIMITS,
    NOW,
    Connection,
    count,
    filling,
    hours,
    rows,
    snapshot,
    write,
    write_surely,
)

pytestmark = [pytest.mark.db, pytest.mark.xdist_group("ingest_batch")]


def test_a_reading_is_stored_whole(ingesting: Connection) -> None:
    """Each fact in its column, the container by the mounting, the level by its calibration, the bytes."""
    topic, payload = up(
        "GLN-2", hours(0), 7, distance=1100, temperature=11.5, battery=87, tilt=2, rssi=-101, snr=7.5
    )
    written = write(ingesting, [Letter(topic, payload, NOW)], LIMITS)
    assert written == Written(readings=1)
    (row,) = rows(ingesting, "SELECT r.*, c.code FROM reading r JOIN container c ON c.id = r.container_id")
    expected = {
        "measured_at": hours(0), "received_at": NOW, "code": "C2", "distance_mm": 1100, "fill_percent": 50.0,
        "temperature_c": 11.5, "battery_percent": 87.0, "battery_v": None, "tilt_deg": 2, "rssi_dbm": -101,
        "snr_db": 7.5, "quality": "ok", "codec": "native", "raw": payload,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_a_reading_says_how_good_it_is(ingesting: Connection, database: Database) -> None:
    """A level that cannot be known is a quality, never a number; a probe that hangs nowhere is stored too."""
    with psycopg.connect(database.dsn) as owner:
        owner.execute("INSERT INTO device (serial) VALUES ('UNHUNG')")
    cases: list[tuple[dict[str, Any], str, str, float | None]] = [
        ({}, "ok", "ok", None),
        ({"distance": "no_echo"}, "implausible", "implausible", None),
        ({"distance": "blind_zone"}, "saturated", "saturated", None),
        ({"distance": 2000}, "ok", "ok", 0.0),
        ({"distance": 20_000}, "implausible", "ok", None),
    ]
    for seq, (facts, hung_quality, quality, percent) in enumerate(cases):
        for serial in ("GLN-1", "UNHUNG"):
            assert write(ingesting, [letter(serial, hours(seq), seq, NOW, **facts)], LIMITS).readings == 1
        unhung, hung = rows(
            ingesting,
            "SELECT * FROM reading WHERE measured_at = %s ORDER BY container_id NULLS FIRST",
            hours(seq),
        )
        assert (hung["quality"], hung["fill_percent"]) == (hung_quality, percent)
        assert (unhung["quality"], unhung["fill_percent"], unhung["container_id"]) == (quality, None, None)
    assert count(ingesting, "container_state") == 1


def test_what_comes_twice_counts_once(ingesting: Connection) -> None:
    """Within a batch, in a later batch, or in part: one row, one fold, one alert, one emptying."""
    letters = filling("GLN-1", [20, 40, 60, 75, 78, 80, 4, 5, 8])
    once = write(ingesting, letters, LIMITS)
    assert (once.readings, once.repeated, once.emptyings) == (9, 0, 1)
    assert once.alerts >= 1
    before = snapshot(ingesting)
    assert write(ingesting, letters, LIMITS) == Written(repeated=9)
    assert write(ingesting, [*letters[3:], *letters], LIMITS) == Written(repeated=15)
    assert snapshot(ingesting) == before
    more = filling("GLN-1", [10], first=9)
    assert write(ingesting, [*letters, *more, *more], LIMITS) == Written(readings=1, repeated=10)
    assert count(ingesting, "reading") == 10


def test_a_batch_with_a_repeat_is_stored_as_one_without(ingesting: Connection) -> None:
    """Copied at once or sifted one by one: the same rows, states and hours to count again."""

    def left_by(code: str) -> list[list[Any]]:
        (container,) = rows(ingesting, "SELECT id FROM container WHERE code = %s", code)
        queries = (
            "SELECT measured_at, fill_percent, raw FROM reading WHERE container_id = %s ORDER BY 1",
            "SELECT DISTINCT hour FROM rollup_mark WHERE container_id = %s ORDER BY 1",
            "SELECT memory FROM container_state WHERE container_id = %s",
        )
        return [rows(ingesting, query, container["id"]) for query in queries]

    levels = [20, 40, 60, 75, 78, 80, 4, 5, 8]
    assert write(ingesting, filling("GLN-1", levels), LIMITS).readings == 9
    assert write(ingesting, filling("GLN-2", levels[:1]), LIMITS).readings == 1
    again = write(ingesting, filling("GLN-2", levels), LIMITS)
    assert (again.readings, again.repeated) == (8, 1)
    assert left_by("C1") == left_by("C2")
    assert [len(found) for found in left_by("C1")] == [9, 9, 1]


def test_a_reading_belongs_to_where_the_probe_hung_then(ingesting: Connection, database: Database) -> None:
    """Moved, and hung nowhere in between: each reading goes by its own instant, at once."""
    write(ingesting, filling("GLN-1", [10]), LIMITS)
    with psycopg.connect(database.dsn) as owner:
        owner.execute("DELETE FROM mounting")
        mount(owner, "GLN-1", "C1", str(hours(-100)), str(hours(2)))
        mount(owner, "GLN-1", "C2", str(hours(6)), None)
    write(ingesting, filling("GLN-1", [50, 55, 60], first=1), LIMITS)
    write(ingesting, [letter("GLN-1", hours(2), 99, NOW), letter("GLN-1", hours(1.99), 98, NOW)], LIMITS)
    found = rows(
        ingesting,
        "SELECT c.code, r.measured_at FROM reading r LEFT JOIN container c ON c.id = r.container_id"
        " ORDER BY r.measured_at",
    )
    assert [(row["code"], row["measured_at"]) for row in found] == [
        ("C1", hours(0)), ("C1", hours(1.99)), (None, hours(2)), (None, hours(4)),
        ("C2", hours(8)), ("C2", hours(12)),
    ]  # fmt: skip


UP = "glaneur/1/GLN-1/up"
REFUSED = {
    "not_json": (UP, b"\x00\xff"),
    "malformed": (UP, b"{}"),
    "wrong_version": ("glaneur/1/GLN-1/up", b'{"v": 2}'),
    "wrong_unit": (UP, up("GLN-1", NOW, 1, distance=100)[1].replace(b'"mm"', b'"cm"')),
    "out_of_range": up("GLN-1", NOW, 1, distance=30_000),
    "in_the_future": up("GLN-1", NOW + timedelta(hours=1), 1),
    "too_late": up("GLN-1", NOW - timedelta(days=31), 1),
    "unknown_device": up("STRANGER", NOW, 1),
    "too_large": (UP, b"{" * 5000),
    "unknown_topic": ("glaneur/1/GLN-1/up/\x00\ud800", b"{}"),
}


def test_refused_messages_are_kept_with_their_reason(ingesting: Connection) -> None:
    """Each reason: the bytes, counted when they come again, and the neighbours stored."""
    refused = [Letter(topic, payload, NOW) for topic, payload in REFUSED.values()]
    letters = [*filling("GLN-1", [10]), *refused, *filling("GLN-1", [11], first=1)]
    assert write(ingesting, letters, LIMITS) == Written(readings=2, quarantined=len(REFUSED))
    again = [Letter(one.topic, one.payload, NOW + timedelta(seconds=9)) for one in refused]
    assert write(ingesting, [*again, *again], LIMITS) == Written(quarantined=2 * len(REFUSED))
    kept = {row["reason"]: row for row in rows(ingesting, "SELECT * FROM quarantine")}
    assert kept.keys() == REFUSED.keys()
    for reason, (topic, payload) in REFUSED.items():
        row = kept[reason]
        assert (row["payload"], row["times"]) == (payload, 3)
        assert (row["first_at"], row["last_at"]) == (NOW, NOW + timedelta(seconds=9))
        assert row["topic"] == (topic if topic.isprintable() else ascii(topic))
        assert row["detail"]


def test_a_settled_message_that_comes_again_is_open_again(ingesting: Connection, database: Database) -> None:
    """Somebody thought it was dealt with; it was not."""
    bad = [Letter(UP, b"{}", NOW)]
    write(ingesting, bad, LIMITS)
    with psycopg.connect(database.dsn) as owner:
        owner.execute("UPDATE quarantine SET settled_at = now()")
    write(ingesting, bad, LIMITS)
    assert rows(ingesting, "SELECT times, settled_at FROM quarantine") == [{"times": 2, "settled_at": None}]


def test_an_enormous_message_is_known_by_all_its_bytes_and_kept_in_part(ingesting: Connection) -> None:
    """64 KiB are enough to see what it was; two that differ further on are two rows."""
    letters = [Letter(UP, b"x" * 100_000 + end, NOW) for end in (b"a", b"b")]
    assert write(ingesting, letters, LIMITS) == Written(quarantined=2)
    kept = rows(ingesting, "SELECT length(payload) AS size, detail FROM quarantine")
    assert [row["size"] for row in kept] == [65_536, 65_536]
    assert "100001 bytes" in kept[0]["detail"]


def test_a_device_registered_a_moment_ago_is_known(ingesting: Connection, database: Database) -> None:
    """Nothing is cached: a stranger's next message is taken as soon as somebody registers it."""
    stranger = [letter("NEW", hours(0), 0, NOW)]
    assert write(ingesting, stranger, LIMITS).quarantined == 1
    with psycopg.connect(database.dsn) as owner:
        owner.execute("INSERT INTO device (serial) VALUES ('NEW')")
    assert write(ingesting, stranger, LIMITS).readings == 1


def test_contact_changes_only_when_it_changes(ingesting: Connection) -> None:
    """`since` is when the last word began to be true; the last word of a batch counts."""
    said = [(b"online", 0), (b"online", 1), (b"offline", 2)]
    letters = [Letter("glaneur/1/GLN-1/status", word, hours(hour)) for word, hour in said]
    for one in letters[:2]:
        assert write(ingesting, [one], LIMITS) == Written(statuses=1)
    assert rows(ingesting, "SELECT online, since FROM device_contact") == [
        {"online": True, "since": hours(0)}
    ]
    write(ingesting, letters, LIMITS)
    assert rows(ingesting, "SELECT online, since FROM device_contact") == [
        {"online": False, "since": hours(2)}
    ]
    assert write(ingesting, [Letter("glaneur/1/WHO/status", b"online", NOW)], LIMITS) == Written(
        quarantined=1
    )


def test_a_fault_of_ours_costs_one_message(ingesting: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that chokes on one reading sends that one to the quarantine, and stores its neighbours."""
    honest = fold

    def choking(state: Any, reading: Any, calibration: Any, rules: Any) -> Any:
        if reading.distance_mm == 666:
            raise ZeroDivisionError("a bug")
        return honest(state, reading, calibration, rules)

    monkeypatch.setattr(states, "fold", choking)
    poison = letter("GLN-2", hours(3), 1, NOW, distance=666)
    letters = [*filling("GLN-1", [10] * 20), poison, *filling("GLN-3", [20] * 20)]
    assert write_surely(ingesting, letters, LIMITS) == Written(readings=40, quarantined=1)
    (row,) = rows(ingesting, "SELECT * FROM quarantine")
    assert (row["reason"], row["payload"]) == ("not_storable", poison.payload)
    assert "ZeroDivisionError" in row["detail"]


def test_what_the_database_refuses_costs_one_message(
    ingesting: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So does a row it will not take; a missing table, on the contrary, is an outage and raises."""
    honest = readings.reading_row

    def orphan(one: Any) -> tuple[object, ...]:
        row = list(honest(one))
        row[1] = 999_999 if one.measurement.distance_mm == 666 else row[1]  # no such device
        return tuple(row)

    monkeypatch.setattr(readings, "reading_row", orphan)
    letters = [*filling("GLN-1", [10, 11]), letter("GLN-2", hours(3), 1, NOW, distance=666)]
    assert write_surely(ingesting, letters, LIMITS) == Written(readings=2, quarantined=1)
    (row,) = rows(ingesting, "SELECT * FROM quarantine")
    assert "ForeignKeyViolation" in row["detail"]
    ingesting.execute("SET search_path = nowhere")
    with pytest.raises(psycopg.errors.UndefinedTable):
        write_surely(ingesting, letters, LIMITS)


def test_all_or_nothing(ingesting: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last step fails, nothing of the batch is there: readings, states, quarantine, announcement."""

    def broken(*_: Any) -> None:
        raise RuntimeError("at the last moment")

    monkeypatch.setattr(batch, "_announce", broken)
    with pytest.raises(RuntimeError):
        write(ingesting, [*filling("GLN-1", [80, 81]), Letter("x", b"", NOW)], LIMITS)
    tables = ("reading", "container_state", "alert", "quarantine")
    assert [count(ingesting, table) for table in tables] == [0, 0, 0, 0]


def test_listeners_learn_which_containers_changed(ingesting: Connection, database: Database) -> None:
    """After the commit, and only for containers whose state moved."""
    with psycopg.connect(database.dsn, autocommit=True) as listener:
        listener.execute("LISTEN glaneur_live")
        write(ingesting, [*filling("GLN-1", [10, 11]), *filling("GLN-3", [10])], LIMITS)
        write(ingesting, filling("GLN-1", [10, 11]), LIMITS)
        told = [json.loads(notice.payload) for notice in listener.notifies(timeout=5, stop_after=1)]
        assert not list(listener.notifies(timeout=0.2))
    assert told[0]["topic"] == "containers"  # the name of the event that open pages wait for
    codes = rows(ingesting, "SELECT code FROM container WHERE id = ANY(%s)", told[0]["containers"])
    assert {row["code"] for row in codes} == {"C1", "C3"}
    assert len(told) == 1


@given(containers=st.lists(st.integers(1, 2**31 - 1), unique=True, max_size=300), limit=st.integers(50, 500))
def test_announcements_fit_and_name_everyone(containers: list[int], limit: int) -> None:
    """PostgreSQL refuses long notifications: they are split, and nobody is forgotten."""
    told = list(announcements(containers, limit))
    assert all(len(one) <= limit for one in told)
    assert [container for one in told for container in json.loads(one)["containers"]] == containers
