"""A terminal's journal, as ingest kept it, becomes passages: in the order of its own counter, once.

What a gate opened stands: rights are counted again and overruns marked, never refused. A line that cannot be
read is left with its reason and stops nobody. A gap in the counter is waited for, a while: the lines after
it may be on their way before it.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import ValidationError

from access.model import Brought, Refused, Scan
from api.gate.badges import BadCode, read_code
from api.gate.books import Shelf
from api.gate.clocks import Hearing, dated
from api.gate.documents import JournalLine
from api.gate.scans import judge
from api.gate.verdicts import ForeignScan, Shown, Terminal, Unsettled
from store.queries import named_queries

GAP = timedelta(minutes=10)
"""How long lines wait for one that is missing before them."""
AT_ONCE = 200

_SQL = named_queries("api.gate")
_log = logging.getLogger("api.gate")


@dataclass(slots=True)
class Applied:
    """What was done with the journals: lines, those that could not be read, those that wait for a gap."""

    lines: int = 0
    faulty: int = 0
    waiting: int = 0


def apply_journals(
    connection: Connection[DictRow], shelf: Shelf, public: Ed25519PublicKey | None, now: datetime
) -> Applied:
    """Apply what waits of every terminal; each line in a transaction of its own (`connection` commits)."""
    done = Applied()
    for row in connection.execute(_SQL["terminals_waiting"]).fetchall():
        held = connection.execute(_SQL["hold_journal"], {"terminal": row["id"]}).fetchone()
        if held is None or not held["held"]:
            continue
        try:
            terminal = Terminal(row["id"], row["name"], row["site"])
            _apply(connection, shelf, public, terminal, row["applied_seq"], now, done)
        finally:
            connection.execute(_SQL["leave_journal"], {"terminal": row["id"]})
    return done


def _apply(
    connection: Connection[DictRow],
    shelf: Shelf,
    public: Ed25519PublicKey | None,
    terminal: Terminal,
    applied: int,
    now: datetime,
    done: Applied,
) -> None:
    rows = connection.execute(_SQL["hearings"], {"terminal": terminal.id}).fetchall()
    hearings = tuple(Hearing(**one) for one in rows)
    while True:
        wanted = {"terminal": terminal.id, "at_most": AT_ONCE}
        lines = connection.execute(_SQL["lines_waiting"], wanted).fetchall()
        for line in lines:
            if line["seq"] > applied + 1 and now - line["received_at"] < GAP:
                done.waiting += 1
                return
            with connection.transaction():
                outcome = _record(connection, shelf, public, terminal, line, hearings, now)
                if outcome is None:
                    return
                connection.execute(_SQL["line_applied"], {"id": line["id"], "at": now, "outcome": outcome})
                connection.execute(_SQL["journal_applied"], {"terminal": terminal.id, "seq": line["seq"]})
            applied = max(applied, line["seq"])
            done.lines += 1
            done.faulty += outcome != "recorded"
        if len(lines) < AT_ONCE:
            return


def _record(
    connection: Connection[DictRow],
    shelf: Shelf,
    public: Ed25519PublicKey | None,
    terminal: Terminal,
    line: DictRow,
    hearings: tuple[Hearing, ...],
    now: datetime,
) -> str | None:
    """What became of a line; None when it is to be tried again."""
    shown = _shown(line, terminal.site, public, hearings)
    if isinstance(shown, str):
        _log.warning("terminal %s, line %d: %s", terminal.name, line["seq"], shown)
        return shown
    try:
        judge(connection, shelf, terminal, shown, max(now, line["received_at"]))
    except ForeignScan:
        _log.warning("terminal %s, line %d: the scan id is another terminal's", terminal.name, line["seq"])
        return "foreign_scan"
    except Unsettled:
        return None
    return "recorded"


def _shown(
    line: DictRow, site: str, public: Ed25519PublicKey | None, hearings: tuple[Hearing, ...]
) -> Shown | str:
    try:
        said = JournalLine.model_validate_json(line["payload"])
        told = said.scan
        at, heard = dated(told.at, said.boot, said.up_ms, said.seq, hearings)
        scan = Scan(
            at=at,
            site=site,
            vehicle=told.vehicle,
            trailer=told.trailer,
            brought=tuple(Brought(**one.model_dump()) for one in told.brought),
            override=told.override,
        )
    except (ValidationError, Refused, OverflowError) as fault:
        return f"malformed: {type(fault).__name__}"
    shown = Shown(id=told.id, badge=None, scan=scan, opened=said.opened, heard=heard)
    if told.code is not None:
        try:
            if public is None:
                raise BadCode
            code = read_code(told.code, public)
        except BadCode:
            return replace(shown, forged=True)
        return replace(shown, badge=code.badge, code=code)
    return replace(shown, badge=None if told.badge_hash is None else bytes.fromhex(told.badge_hash))
