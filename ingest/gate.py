"""What gate terminals say over MQTT (api/gate/README.md): lines kept as received, clocks heard live.

Knows only what makes an entry one (its terminal, its id, its counter) and refuses to know what it says: a
worker applies it. A badge's number must not travel this way; where one does, it is taken out before the
message is kept aside.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from ingest.letter import Letter
from ingest.message import Limits, Refused
from ingest.states import Cursor
from store.queries import named_queries

TOPICS = ("glaneur/1/gate/+/journal", "glaneur/1/gate/+/clock")

_QUERIES = named_queries("ingest")
_TOPIC = re.compile(r"glaneur/1/gate/([A-Za-z0-9_-]{1,40})/(journal|clock)")
_MOST = 2**53


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a terminal's journal."""

    terminal: str
    entry_id: UUID
    seq: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A terminal's clock, and which list it has."""

    terminal: str
    said_at: datetime
    boot: int | None
    up_ms: int | None
    list_version: int | None


GateMail = list[tuple[Letter, Entry | Clock]]


def is_gate(topic: str) -> bool:
    """Whether a topic is a terminal's."""
    return _TOPIC.fullmatch(topic) is not None


def read_gate(letter: Letter, limits: Limits) -> Entry | Clock | Refused:
    """Return what a terminal's message is; never raises."""
    named = _TOPIC.fullmatch(letter.topic)
    if named is None:
        return Refused("unknown_topic", "the topic is no terminal's")
    if len(letter.payload) > limits.max_bytes:
        return Refused("too_large", f"{len(letter.payload)} bytes, {limits.max_bytes} accepted")
    try:
        document = from_json(letter.payload, allow_inf_nan=False)
    except ValueError:
        return Refused("not_json", "the message is not JSON")
    if type(document) is not dict:
        return Refused("malformed", "the message is not a JSON object")
    if document.get("v") != 1 or type(document["v"]) is not int:
        return Refused("wrong_version", "v is not 1")
    return (_entry if named[2] == "journal" else _clock)(named[1], document)


def redacted(letter: Letter) -> Letter:
    """A refused message without what may be a badge's number or its code."""
    try:
        document = from_json(letter.payload)
    except ValueError:
        return replace(letter, payload=b"(not JSON: may hold a badge, not kept)")
    scan = document.get("scan") if type(document) is dict else None
    if type(scan) is not dict:
        return letter
    clean = {name: value for name, value in scan.items() if name not in ("badge", "code")}
    return replace(letter, payload=json.dumps({**document, "scan": clean}).encode())


def write_gate(cursor: Cursor, mail: GateMail) -> list[tuple[Letter, Refused]]:
    """Keep entries and hearings, in the order of their arrival; return what names no terminal in service."""
    refused = []
    for letter, said in mail:
        if isinstance(said, Entry):
            values: dict[str, Any] = {
                "terminal": said.terminal, "entry": said.entry_id, "seq": said.seq,
                "received_at": letter.received_at, "payload": letter.payload,
            }  # fmt: skip
            cursor.execute(_QUERIES["keep_entry"], values)
        else:
            values = {
                "terminal": said.terminal, "heard_at": letter.received_at, "said_at": said.said_at,
                "boot": said.boot, "up_ms": said.up_ms, "list_version": said.list_version,
            }  # fmt: skip
            cursor.execute(_QUERIES["hear_terminal"], values)
        row = cursor.fetchone()
        if row is None or row["kept"] != "kept":
            reason = "unknown_device" if row is None else row["kept"]
            refused.append((redacted(letter), Refused(reason, f"{said.terminal} is no terminal in service")))
    return refused


def _entry(terminal: str, document: dict[str, Any]) -> Entry | Refused:
    scan = document.get("scan")
    if type(scan) is not dict or type(document.get("opened")) is not bool:
        return Refused("malformed", "scan or opened is missing")
    if "badge" in scan:
        return Refused("malformed", "a badge's number does not travel over MQTT: badge_hash or code")
    entry_id, seq = _uuid(scan.get("id")), _number(document.get("seq"))
    if entry_id is None or not seq:
        return Refused("malformed", "scan.id is not a UUID, or seq not a positive integer")
    return Entry(terminal, entry_id, seq)


def _clock(terminal: str, document: dict[str, Any]) -> Clock | Refused:
    try:
        said_at = datetime.fromisoformat(document["at"])
        if said_at.utcoffset() is None:
            raise ValueError
        said_at = said_at.astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        return Refused("malformed", "at is no instant with its zone")
    boot = _number(document.get("boot"))
    return Clock(
        terminal, said_at, boot if boot is not None and boot < 2**31 else None,
        _number(document.get("up_ms")), _number(document.get("list")),
    )  # fmt: skip


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < _MOST else None


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if type(value) is str and len(value) == 36 else None
    except ValueError:
        return None


def sort_gate(letters: Sequence[Letter], limits: Limits) -> tuple[GateMail, list[tuple[Letter, Refused]]]:
    """Read terminals' messages: what is to be kept, and what is refused, without any badge."""
    mail: GateMail = []
    refused = []
    for letter in letters:
        said = read_gate(letter, limits)
        if isinstance(said, Refused):
            refused.append((redacted(letter), said))
        else:
            mail.append((letter, said))
    return mail, refused
