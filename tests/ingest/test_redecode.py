"""Stored bytes read again by another codec: what was derived changes, identity and bytes do not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import DictRow
from services import Database

from ingest import batch
from ingest.codecs.library import Library, read_scripts
from ingest.envelopes.routes import ROUTES
from ingest.letter import Letter
from ingest.message import Limits
from ingest.redecode import Redecoded, main, redecode
from ingest.uplinks import Networks
from store.connection import connect
from tests.ingest.network import EUI, register, uplink
from tests.ingest.probe import letter

pytestmark = [pytest.mark.db, pytest.mark.xdist_group("ingest_batch")]

Connection = psycopg.Connection[DictRow]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FIRST = "function decodeUplink(i) { return {data: {distance: i.bytes[0]}}; }"
# Centimetres after all; a second byte is the level of an hour before; 255 is no longer this device's.
SECOND = """function decodeUplink(i) {
  if (i.bytes[0] == 255) return {errors: ["unknown"]};
  return {data: {distance: i.bytes[0] * 10, temperature: 12.5}};
}"""


def networks(folder: Path, text: str) -> Networks:
    (folder / "acme").mkdir(exist_ok=True)
    (folder / "acme/bin.js").write_text(text)
    return Networks(ROUTES, Library(read_scripts(folder)))


def write(connection: Connection, letters: Sequence[Letter], known: Networks) -> None:
    batch.write(connection, letters, Limits(), {}, known)


def stored(connection: Connection) -> list[DictRow]:
    return connection.execute("SELECT * FROM reading ORDER BY f_cnt NULLS LAST").fetchall()


def test_history_is_read_again(ingesting: Connection, database: Database, tmp_path: Path) -> None:
    """Counted first, then done, then nothing left to do; refused and native messages are left alone."""
    register(database.dsn, "acme/bin")
    old = networks(tmp_path, FIRST)
    at = [NOW - timedelta(hours=n) for n in range(4)]
    write(ingesting, [uplink(f"{100 + n:02x}", n, at[n], NOW, port=1) for n in range(3)], old)
    write(ingesting, [uplink("ff", 3, at[3], NOW, port=1), letter("GLN-2", NOW, 1, NOW, distance=900)], old)
    old.library.close()
    before = stored(ingesting)
    new = networks(tmp_path, SECOND)
    with new.library, connect(database.dsn, autocommit=True) as owner:
        counted = redecode(owner, new, dry_run=True)
        assert counted == Redecoded(messages=4, refused=1, changed=3)
        assert stored(owner) == before
        assert redecode(owner, new, serial="GLN-2") == Redecoded()
        assert redecode(owner, new, since=at[1]) == Redecoded(messages=2, changed=2)
        assert redecode(owner, new) == Redecoded(messages=4, refused=1, changed=1)
        assert redecode(owner, new) == Redecoded(messages=4, refused=1)
        after = stored(owner)
        marks = owner.execute("SELECT DISTINCT hour FROM rollup_mark WHERE container_id = 1").fetchall()
    assert [row["distance_mm"] for row in after] == [1000, 1010, 1020, 255, 900]
    assert [row["temperature_c"] for row in after] == [12.5, 12.5, 12.5, None, None]
    assert after[0]["fill_percent"] == pytest.approx((2000 - 1000) / 18, abs=0.01)
    assert len({row["codec_version"] for row in after[:3]} | {before[0]["codec_version"]}) == 2
    kept = ("measured_at", "device_id", "message_id", "received_at", "raw", "rssi_dbm", "sent_at", "f_cnt")
    assert [[row[name] for name in kept] for row in after] == [[row[name] for name in kept] for row in before]
    assert len(marks) == 4


def test_instants_may_appear_and_go(ingesting: Connection, database: Database, tmp_path: Path) -> None:
    """A codec that finds history where another saw one instant adds rows of the same message, and back."""
    register(database.dsn, "milesight-iot/em500-udl")
    past = int((NOW - timedelta(days=2)).timestamp()).to_bytes(4, "little").hex()
    write(ingesting, [uplink(f"017564 03821e00 20ce{past}2c01", 1, NOW, NOW)], Networks())
    assert len(stored(ingesting)) == 2
    blind = "function decodeUplink(i) { return {data: {distance: 30, battery: 100}}; }"
    register(database.dsn, "acme/bin", eui=EUI)
    known = networks(tmp_path, blind)
    with known.library, connect(database.dsn, autocommit=True) as owner:
        assert redecode(owner, known) == Redecoded(messages=1, changed=1, removed=1)
        assert [row["measured_at"] for row in stored(owner)] == [NOW]
        register(database.dsn, "milesight-iot/em500-udl")
        assert redecode(owner, known) == Redecoded(messages=1, changed=1, added=1)
        assert sorted(row["distance_mm"] for row in stored(owner)) == [30, 300]
        assert redecode(owner, known) == Redecoded(messages=1)


def test_the_command(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line of counts; a call that cannot be is refused."""
    monkeypatch.setenv("GLANEUR_DATABASE", database.dsn)
    assert main(["--dry-run", "--since", "2026-11-01T00:00:00+00:00"]) == 0
    assert capsys.readouterr().out == (
        '{"messages": 0, "refused": 0, "changed": 0, "added": 0, "removed": 0}\n'
    )
    with pytest.raises(SystemExit):
        main(["--since", "2026-11-01T00:00:00"])
