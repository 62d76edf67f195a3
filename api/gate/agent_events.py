"""What an agent's phone tells: passages, skips, incidents; each kept once by its own id, in its order.

A passage goes through `scans.judge` like a terminal's: decided by the server where the agent followed its
answer a moment ago, else recorded as it happened, counted again and marked. Nothing that was let in is
refused afterwards.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
from fastapi import HTTPException
from psycopg import Connection, Rollback
from psycopg.rows import DictRow

from access.model import Brought, Refused, Scan
from api.auth import Account, record
from api.gate.agent_documents import EventResult, IncidentTold, LevelTold, Load, Outcome, PassageTold
from api.gate.books import Shelf
from api.gate.routes import named
from api.gate.scans import ForeignScan, Shown, Terminal, Unsettled, judge
from api.settings import Settings
from store.queries import named_queries

LIVE = timedelta(minutes=5)
"""A passage told later than this after it happened was decided without us."""
FUTURE = timedelta(seconds=30)
FULL = "Benne pleine, signalée par l'agent"

SQL = named_queries("api.gate", "agent.sql")


class Unreadable(ValueError):
    """An event that cannot be kept; the message is a French sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every event of one request needs."""

    connection: Connection[DictRow]
    shelf: Shelf
    account: Account
    terminal: Terminal
    settings: Settings
    now: datetime
    error: timedelta


def agents_terminal(connection: Connection[DictRow], site: str) -> Terminal:
    """The terminal under which a site's agents record; made on first use."""
    name = f"agents-{hashlib.sha256(site.encode()).hexdigest()[:12]}"
    row = connection.execute(SQL["agents_terminal"], {"name": name, "site": site}).fetchone()
    if row is None:
        wanted = {"name": name, "site": site, "key_hash": secrets.token_bytes(32)}
        row = connection.execute(SQL["add_agents_terminal"], wanted).fetchone()
        assert row is not None  # noqa: S101 - RETURNING always returns
    return Terminal(**row)


def take(
    desk: Desk, events: Sequence[PassageTold | LevelTold | IncidentTold | Mapping[str, Any]]
) -> list[EventResult]:
    """Keep each event that can be kept, each by itself, and say what became of it."""
    return [_take(desk, one) for one in events]


def look(desk: Desk, told: Load, at: datetime, scan_id: Any) -> dict[str, Any]:
    """What would be decided now, with the holder's category; nothing is written."""
    answer: dict[str, Any] = {}
    shown = named(desk.settings, Shown(id=scan_id, badge=None, scan=_scan(desk, told, at)), told.badge)
    with desk.connection.transaction() as transaction:
        answer = judge(desk.connection, desk.shelf, desk.terminal, shown, desk.now)
        raise Rollback(transaction)
    row = None
    if shown.badge is not None:
        row = desk.connection.execute(SQL["shown_category"], {"number_hash": shown.badge}).fetchone()
    return answer | {"category": row["category"] if row else None}


def _take(desk: Desk, told: PassageTold | LevelTold | IncidentTold | Mapping[str, Any]) -> EventResult:
    if isinstance(told, Mapping):
        name = str(told.get("event_id", ""))[:64]
        return _result(name, "refused", "Saisie illisible : signalez-la à la régulation.")
    try:
        with desk.connection.transaction():
            if isinstance(told, PassageTold):
                return _passage(desk, told)
            at = told.at - desk.error
            if at > desk.now + FUTURE:
                raise Unreadable("L'heure de cette saisie est dans le futur : vérifiez l'heure du téléphone.")
            return _level(desk, told, at) if isinstance(told, LevelTold) else _incident(desk, told, at)
    except (Unreadable, Refused) as problem:
        return _result(str(told.event_id), "refused", str(problem))
    except Unsettled:
        raise HTTPException(503, "La base est très occupée : l'envoi sera repris.") from None
    except ForeignScan:
        return _result(str(told.event_id), "refused", "Cet identifiant a déjà servi ailleurs.")
    except psycopg.DataError:
        return _result(str(told.event_id), "refused", "Saisie illisible : signalez-la à la régulation.")


def _result(event_id: str, outcome: Outcome, sentence: str = "") -> EventResult:
    return EventResult(event_id=event_id, outcome=outcome, sentence=sentence)


def _scan(desk: Desk, told: Load, at: datetime) -> Scan:
    override = (told.override or "").strip() or None
    return Scan(
        at=at - desk.error,
        site=desk.terminal.site,
        vehicle=told.vehicle,
        trailer=told.trailer,
        brought=tuple(Brought(**one.model_dump()) for one in told.brought),
        override=override,
    )


class _OtherWay(Exception):
    """The rules answer otherwise than what the agent did."""


def _passage(desk: Desk, told: PassageTold) -> EventResult:
    scan = _scan(desk, told, told.at)
    shown = named(desk.settings, Shown(id=told.event_id, badge=None, scan=scan), told.badge)
    live = told.seen == "server" and abs(desk.now - scan.at) <= LIVE
    answer = None
    if live:
        try:
            with desk.connection.transaction():
                answer = judge(desk.connection, desk.shelf, desk.terminal, shown, desk.now)
                if answer["opens"] != told.opened:
                    raise _OtherWay
        except _OtherWay:
            answer = None  # what the agent did is what happened: recorded below as such
    if answer is None:
        done = replace(shown, opened=told.opened)
        answer = judge(desk.connection, desk.shelf, desk.terminal, done, desk.now)
    record(
        desk.connection, desk.account, "passage", f"passage/{told.event_id}",
        site=desk.terminal.site, opened=told.opened, seen=told.seen, override=scan.override is not None,
    )  # fmt: skip
    _tell(desk)
    overruns = answer["rule"] if told.opened and answer["rule"] not in ("open", "override") else ""
    return _result(
        str(told.event_id), "accepted", f"Noté. La règle disait : {answer['text']}" if overruns else ""
    )


def _level(desk: Desk, told: LevelTold, at: datetime) -> EventResult:
    wanted = {"skip": told.skip, "site": desk.terminal.site}
    if desk.connection.execute(SQL["skip_at"], wanted).fetchone() is None:
        raise Unreadable("Cette benne n'est pas sur ce site.")
    values = wanted | {
        "event_id": told.event_id,
        "at": at,
        "percent": told.percent,
        "account": desk.account.id,
    }
    if desk.connection.execute(SQL["add_level"], values).fetchone() is None:
        return _result(str(told.event_id), "already")
    if told.full:
        desk.connection.execute(SQL["ask_haulage"], values | {"reason": FULL})
    record(
        desk.connection, desk.account, "skip_level", f"skip/{told.skip}", percent=told.percent, full=told.full
    )
    _tell(desk)
    return _result(str(told.event_id), "accepted")


def _incident(desk: Desk, told: IncidentTold, at: datetime) -> EventResult:
    sentence = " ".join("".join(one if one.isprintable() else " " for one in told.sentence).split())
    if not sentence:
        raise Unreadable("Il manque ce qui s'est passé.")
    values = {
        "event_id": told.event_id, "site": desk.terminal.site, "at": at, "incident": told.incident,
        "sentence": sentence, "account": desk.account.id,
    }  # fmt: skip
    if desk.connection.execute(SQL["add_incident"], values).fetchone() is None:
        return _result(str(told.event_id), "already")
    record(desk.connection, desk.account, "incident", f"incident/{told.event_id}", kind=told.incident)
    _tell(desk)
    return _result(str(told.event_id), "accepted")


def _tell(desk: Desk) -> None:
    desk.connection.execute(SQL["tell_site"], {"site": desk.terminal.site})
