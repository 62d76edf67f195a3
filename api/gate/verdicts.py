"""What a scan comes to, once it was looked at: a decision, and the row that records it. No I/O, no clock.

The database is asked once (`gate_look`) and told once (`gate_record`); everything between is here, the same
for a scan at the gate and for a terminal's journal. A badge's number never comes this far.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from access.allowances import count, longest, units_of, windows
from access.calendar import PARIS, Window
from access.decide import decide
from access.document import write
from access.model import Badge, Book, Brought, Decision, Holder, Passage, Scan
from api.gate.badges import Code

FUTURE = timedelta(seconds=30)
"""A scan later than this, once the terminal's own clock error is taken off, did not happen yet."""

CODE_TEXTS = {
    "forged_code": "Code refusé : il n’est pas de notre collectivité.",
    "expired_code": "Code périmé : affichez-le à nouveau sur votre téléphone.",
    "replayed_code": "Code déjà présenté : affichez-en un nouveau.",
}


@dataclass(frozen=True, slots=True)
class Terminal:
    """Who speaks: a gate or an agent's phone, at one site."""

    id: int
    name: str
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A terminal's clock at a scan: what it said, how far it was off (ms), and how that is known."""

    said_at: datetime
    error_ms: int
    source: str
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A scan as a terminal tells it. `opened` is what the gate did when it decided alone; None asks us.

    `code` is an e-badge that we signed; `forged` says that it claimed to be one and is not.
    """

    id: UUID
    badge: bytes | None
    scan: Scan
    opened: bool | None = None
    code: Code | None = None
    forged: bool = False
    heard: Heard | None = None


class ForeignScan(Exception):
    """The id belongs to another terminal's scan."""


class Unsettled(Exception):
    """A scan could not be recorded, though it was tried again and again: no decision."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision, and the arguments with which `gate_record` writes it."""

    decision: Decision
    answer: dict[str, Any]
    record: dict[str, Any]


def look_arguments(shown: Shown, span: Window | None) -> dict[str, Any]:
    """What `gate_look` is asked, beside who speaks."""
    return {
        "scan": shown.id,
        "badge": shown.badge,
        "code": None if shown.code is None else shown.code.digest,
        "since": None if span is None else span.start,
        "until": None if span is None else span.end,
    }


def span_of(book: Book | None, at: datetime) -> Window | None:
    """Over which past passages a book's rules may count."""
    return None if book is None else longest(book, at)


def day_of(at: datetime) -> Any:
    """The day of an instant, in Paris: books are in force by days."""
    return at.astimezone(PARIS).date()


def known_answer(looked: DictRow) -> dict[str, Any] | None:
    """What was answered to this scan before; raises `ForeignScan` when another terminal's was."""
    if looked["known_to"] is None:
        return None
    if looked["known_to"] != looked["terminal_id"]:
        raise ForeignScan
    answer: dict[str, Any] = looked["known_answer"]
    return answer


def amendment(book: Book | None, looked: DictRow, shown: Shown) -> dict[str, Any] | None:
    """What to write when our answer was lost and the gate did otherwise; None: nothing."""
    if shown.opened is None or shown.opened == looked["known_opened"]:
        return None
    known = book is not None and shown.scan.vehicle in book.vehicles
    units = units_of(book, shown.scan) if known and book is not None else 0
    return {"scan": shown.id, "terminal": looked["terminal_id"], "opened": shown.opened, "units": units}


def verdict(book: Book | None, looked: DictRow, shown: Shown, now: datetime, span: Window | None) -> Verdict:
    """Decide a scan (or, after the fact, count it again), and say what is to be recorded."""
    holder = _holder(looked)
    # When a gate decided alone, a code was shown when it was scanned; else it is shown now.
    code_rule = _code_fault(looked, shown, shown.scan.at if shown.opened is not None else now)
    if shown.scan.at > now + FUTURE:
        text = "Horloge de la borne en avance : passage refusé."
        decision = Decision(opens=False, rule="from_the_future", text=text)
    elif code_rule is not None:
        decision = Decision(opens=False, rule=code_rule, text=CODE_TEXTS[code_rule])
    elif book is None or holder is None:
        decision = decide(book, holder, shown.scan, {})
    else:
        counted = count(windows(book, holder, shown.scan), _past(looked))
        decision = decide(book, holder, shown.scan, counted)
    return _verdict(book, looked, holder, shown, decision, now, span)


def _code_fault(looked: DictRow, shown: Shown, at: datetime) -> str | None:
    if shown.forged:
        return "forged_code"
    if shown.code is None:
        return None
    if not shown.code.holds(at):
        return "expired_code"
    return "replayed_code" if looked["code_seen"] else None


def _holder(looked: DictRow) -> Holder | None:
    if looked["holder_id"] is None:
        return None
    card = Badge(state=looked["state"], valid_from=looked["valid_from"], valid_until=looked["valid_until"])
    return Holder(category=looked["category"], sector=looked["sector"], blocked=looked["blocked"], badge=card)


def _past(looked: DictRow) -> list[Passage]:
    return [
        Passage(
            at=datetime.fromtimestamp(float(epoch), UTC),
            site=site,
            units=units,
            brought=tuple(Brought(**one) for one in brought),
        )
        for epoch, site, units, brought in looked["past"] or ()
    ]


def _verdict(
    book: Book | None,
    looked: DictRow,
    holder: Holder | None,
    shown: Shown,
    decision: Decision,
    now: datetime,
    span: Window | None,
) -> Verdict:
    # What a gate did alone stands, whatever the rules say of it afterwards; it is counted and marked.
    opened = decision.opens if shown.opened is None else shown.opened
    scan, heard = shown.scan, shown.heard
    units = decision.units
    if opened and not decision.opens and book is not None and scan.vehicle in book.vehicles:
        units = units_of(book, scan)
    answer: dict[str, Any] = write(decision) | {"id": str(shown.id), "opens": opened}
    overruns = [*decision.overruns, *([decision.rule] if opened and not decision.opens else ())]
    row = {
        "id": answer["id"],
        "terminal_id": looked["terminal_id"],
        "site": scan.site,
        "at": scan.at.isoformat(),
        "received_at": now.isoformat(),
        "holder_id": looked["holder_id"],
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
        "brought": write(scan.brought),
        "charges": answer["charges"],
        "answer": answer,
        "said_at": None if heard is None else heard.said_at.isoformat(),
        "clock_error_ms": None if heard is None else heard.error_ms,
        "clock_source": None if heard is None else heard.source,
        "seq": None if heard is None else heard.seq,
    }
    # A code that opened is spent; one that was refused for another reason may be shown again.
    spent = shown.code if opened and not looked["code_seen"] else None
    record = {
        "passage": Jsonb(row),
        "badge": looked["badge_id"],
        "changed": looked["changed"],
        "seen": looked["seen"],
        "since": None if span is None else span.start,
        "until": None if span is None else span.end,
        "code": None if spent is None else spent.digest,
        "code_until": None if spent is None else spent.expires_at,
    }
    return Verdict(decision, answer, record)
