"""One scan judged and recorded, in one transaction: at the gate, or from a terminal's journal afterwards.

The holder's row is locked while its passages are counted, so that two gates never give the same right twice.
A scan is recorded under the id its terminal gave it; the same id again answers what was answered, and
another terminal's is refused. The number of a badge is hashed on arrival and is in no log.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from access.allowances import Counted, Counter, count, units_of, windows
from access.calendar import PARIS
from access.decide import decide
from access.document import write
from access.model import Badge, Book, Brought, Decision, Holder, Passage, Scan
from api.gate.books import Shelf
from store.queries import named_queries

FUTURE = timedelta(seconds=30)
"""A scan later than this, once the terminal's own clock error is taken off, did not happen yet."""

_SQL = named_queries("api.gate")


@dataclass(frozen=True, slots=True)
class Terminal:
    """Who speaks: a gate or an agent's phone, at one site."""

    id: int
    name: str
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A scan as a terminal tells it. `opened` is what the gate did when it decided alone; None asks us."""

    id: UUID
    badge: bytes | None
    scan: Scan
    opened: bool | None = None


class ForeignScan(Exception):
    """The id belongs to another terminal's scan."""


def judge(
    connection: Connection[DictRow], shelf: Shelf, terminal: Terminal, shown: Shown, now: datetime
) -> dict[str, Any]:
    """Decide (or, after the fact, re-count) and record a scan; return the answer as JSON takes it."""
    known = _known(connection, terminal, shown.id)
    if known is not None:
        return known
    book = shelf.at(connection, shown.scan.at.astimezone(PARIS).date())
    found = None if shown.badge is None else _holder(connection, shown.badge)
    holder_id, holder = found if found is not None else (None, None)
    # A second look, now that the holder is locked: the same scan may have been on its way twice.
    known = _known(connection, terminal, shown.id) if holder_id is not None else None
    if known is not None:
        return known
    if shown.scan.at > now + FUTURE:
        text = "Horloge de la borne en avance : passage refusé."
        decision = Decision(opens=False, rule="from_the_future", text=text)
    else:
        decision = _decided(connection, book, holder_id, holder, shown)
    return _record(connection, terminal, shown, holder_id, holder, book, decision, now)


def _known(connection: Connection[DictRow], terminal: Terminal, scan: UUID) -> dict[str, Any] | None:
    row = connection.execute(_SQL["passage_known"], {"id": scan}).fetchone()
    if row is None:
        return None
    if row["terminal_id"] != terminal.id:
        raise ForeignScan
    answer: dict[str, Any] = row["answer"]
    return answer


def _holder(connection: Connection[DictRow], badge: bytes) -> tuple[int, Holder] | None:
    row = connection.execute(_SQL["holder_of_badge"], {"number_hash": badge}).fetchone()
    if row is None:
        return None
    card = Badge(state=row["state"], valid_from=row["valid_from"], valid_until=row["valid_until"])
    return row["id"], Holder(
        category=row["category"], sector=row["sector"], blocked=row["blocked"], badge=card
    )


def _decided(
    connection: Connection[DictRow],
    book: Book | None,
    holder_id: int | None,
    holder: Holder | None,
    shown: Shown,
) -> Decision:
    if book is None or holder is None:
        return decide(book, holder, shown.scan, {})
    wanted = windows(book, holder, shown.scan)
    return decide(book, holder, shown.scan, _counted(connection, holder_id, wanted, shown.id))


def _counted(
    connection: Connection[DictRow], holder_id: int | None, wanted: tuple[Counted, ...], but: UUID
) -> dict[Counter, int]:
    if not wanted:
        return {}
    span = {
        "holder": holder_id,
        "since": min(one.window.start for one in wanted),
        "until": max(one.window.end for one in wanted),
        "id": but,
    }
    rows = connection.execute(_SQL["passages_counted"], span)
    passages = (
        Passage(
            at=row["at"],
            site=row["site"],
            units=row["units"],
            brought=tuple(Brought(**one) for one in row["brought"]),
        )
        for row in rows
    )
    return count(wanted, passages)


def _record(
    connection: Connection[DictRow],
    terminal: Terminal,
    shown: Shown,
    holder_id: int | None,
    holder: Holder | None,
    book: Book | None,
    decision: Decision,
    now: datetime,
) -> dict[str, Any]:
    # What a gate did alone stands, whatever the rules say of it afterwards; it is counted and marked.
    opened = decision.opens if shown.opened is None else shown.opened
    scan = shown.scan
    units = decision.units
    if opened and not decision.opens and book is not None and scan.vehicle in book.vehicles:
        units = units_of(book, scan)
    answer: dict[str, Any] = write(decision) | {"id": str(shown.id), "opens": opened}
    overruns = list(decision.overruns)
    if opened and not decision.opens:
        overruns.append(decision.rule)
    connection.execute(
        _SQL["add_passage"],
        {
            "id": shown.id,
            "terminal": terminal.id,
            "site": scan.site,
            "at": scan.at,
            "received_at": now,
            "holder": holder_id,
            "category": None if holder is None else holder.category,
            "vehicle": scan.vehicle,
            "trailer": scan.trailer,
            "units": units if opened else 0,
            "opened": opened,
            "rule": decision.rule,
            "refused_by": decision.refused_by,
            "override": scan.override,
            "overruns": overruns,
            "offline": shown.opened is not None,
            "brought": Jsonb(write(scan.brought)),
            "charges": Jsonb(write(decision.charges)),
            "answer": Jsonb(answer, dumps=_dumps),
        },
    )
    return answer


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
