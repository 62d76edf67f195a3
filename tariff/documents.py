"""A case as a document: period, situation, usage and corrections in (JSON or TOML), a bill out (JSON).

Keys are French, as in the grids; days are inclusive on both sides in documents. Mistakes are collected.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from tariff.calendar import NEVER, ONE, Period
from tariff.exact import Number
from tariff.model import Badge, Bill, Bin, Event, Line, Problem, Refused, Situation, State, Value
from tariff.places import Path
from tariff.reading import Reader, Table, exact_number, open_toml
from tariff.usage import ACTIONS, Correction, settle

EVENT = (
    "id", "le", "quoi", "bac", "badge", "nombre", "kg", "m3", "litres", "montant", "flux", "appareil",
    "a_verifier", "fois", "tous_les_jours",
)  # fmt: skip
MOST_REPEATED = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything a bill is made from, besides the grids."""

    period: Period
    situation: Situation
    usage: tuple[Event, ...]
    unknown: tuple[str, ...]


def read_json(file: str, text: str | bytes) -> tuple[Case | None, tuple[Problem, ...]]:
    """A case from JSON, or the problems."""
    try:
        document = json.loads(text, parse_float=exact_number, parse_constant=exact_number)
    except (ValueError, RecursionError) as why:
        line = why.lineno if isinstance(why, json.JSONDecodeError) else 1
        return None, (Problem(file=file, line=line, sentence=f"le document n'est pas du JSON ({why})."),)
    return read_case(Reader(file), document)


def read_toml(file: str, text: str) -> tuple[Case | None, tuple[Problem, ...]]:
    """A case from TOML, or the problems."""
    reader, document = open_toml(file, text)
    return (None, tuple(reader.problems)) if document is None else read_case(reader, document)


def read_case(reader: Reader, document: object) -> tuple[Case | None, tuple[Problem, ...]]:
    """A case from a parsed document; keys that are not of a case (titre, attendu…) are left to others."""
    if not isinstance(document, dict):
        reader.problem((), "le document doit être un objet.")
        return None, tuple(reader.problems)
    for key in ("periode", "situation"):
        if key not in document:
            reader.missing((), key)
    period = _period(reader, reader.table(document, (), "periode"), ("periode",), closed=True)
    situation = read_situation(reader, reader.table(document, (), "situation"), ("situation",))
    usage: list[Event] = []
    for rank, table in enumerate(reader.tables(document, (), "usage")):
        usage += _event(reader, table, ("usage", rank))
    corrections = [
        _correction(reader, one, ("corrections", rank))
        for rank, one in enumerate(reader.tables(document, (), "corrections"))
    ]
    if reader.problems or period is None or situation is None:
        return None, tuple(reader.problems)
    settled, unknown = settle(usage, [one for one in corrections if one])
    return Case(period=period, situation=situation, usage=tuple(settled), unknown=tuple(unknown)), ()


def read_situation(reader: Reader, table: Table, at: Path) -> Situation | None:
    """An account's situation."""
    reader.known(table, at, ("id", "perimetre", "du", "au", "etats", "bacs", "badges", "partages"))
    name = reader.text(table, at, "id")
    here = _period(reader, table, at)
    states = [
        _state(reader, one, (*at, "etats", rank), here)
        for rank, one in enumerate(reader.tables(table, at, "etats"))
    ]
    bins = [
        _bin(reader, one, (*at, "bacs", i), here) for i, one in enumerate(reader.tables(table, at, "bacs"))
    ]
    shares = reader.tables(table, at, "partages")
    bins += [_bin(reader, one, (*at, "partages", i), here, shared=True) for i, one in enumerate(shares)]
    badges = reader.tables(table, at, "badges")
    cards = [_badge(reader, one, (*at, "badges", i), here) for i, one in enumerate(badges)]
    if not states:
        reader.missing(at, "etats")
    found = [one for one in bins if one]
    for one, other in ((a, b) for i, a in enumerate(found) for b in found[i + 1 :] if a.id == b.id):
        if one.period.meet(other.period):
            reader.problem(at, f"le bac {one.id} est donné deux fois aux mêmes dates.")
    if name is None or here is None:
        return None
    known = sorted((one for one in states if one), key=lambda one: one.since)
    for one_state, next_state in pairwise(known):
        if one_state.since == next_state.since:
            reader.problem(at, f"deux états commencent le {one_state.since}.")
    return Situation(
        id=name,
        period=here,
        states=tuple(known),
        bins=tuple(found),
        badges=tuple(one for one in cards if one),
        perimeter=str(table.get("perimetre", "")),
    )


def _period(
    reader: Reader, table: Table, at: Path, within: Period | None = None, closed: bool = False
) -> Period | None:
    """From `du` to `au`, both included; within the presence when they are not said."""
    first = reader.day(table, at, "du", required=within is None)
    last = reader.day(table, at, "au", required=closed)
    start = first or (within.first if within else None)
    if start is None or (closed and last is None):
        return None
    end = last + ONE if last else (within.end if within else NEVER)
    if end <= start:
        reader.problem(at, f"la période finit avant de commencer ({start}).")
        return None
    return Period(start, end)


def _state(reader: Reader, table: Table, at: Path, here: Period | None) -> State | None:
    since = reader.day(table, at, "du", required=False) or (here.first if here else None)
    facts: dict[str, Value] = {}
    for key, value in table.items():
        if key != "du":
            fact = _fact(value)
            if fact is None:
                said = (
                    f"« {key} » doit être un texte, une liste de textes ou un nombre exact, jamais négatif."
                )
                reader.problem((*at, key), said)
            else:
                facts[key] = fact
    return State(since=since, facts=facts) if since else None


def _fact(value: object) -> Value | None:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal):
        return None if value < 0 else value if isinstance(value, int) else Fraction(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return frozenset(value)
    return None


def _bin(reader: Reader, table: Table, at: Path, here: Period | None, shared: bool = False) -> Bin | None:
    reader.known(table, at, ("id", "volume", "flux", "du", "au", *(("cles",) if shared else ())))
    name = reader.text(table, at, "id")
    volume = table.get("volume")
    if not isinstance(volume, int) or isinstance(volume, bool) or volume <= 0:
        reader.problem(
            (*at, "volume"), "« volume » doit être un nombre entier de litres, plus grand que zéro."
        )
        return None
    period = _period(reader, table, at, here)
    stream = reader.text(table, at, "flux", "omr")
    weights = _weights(reader, reader.table(table, at, "cles"), (*at, "cles")) if shared else None
    if name is None or period is None or stream is None:
        return None
    return Bin(id=name, volume_l=volume, stream=stream, period=period, weights=weights)


def _weights(reader: Reader, table: Table, at: Path) -> Mapping[str, Mapping[str, Number]]:
    found: dict[str, dict[str, Number]] = {}
    for account, keys in table.items():
        found[account] = {}
        for key, value in keys.items() if isinstance(keys, dict) else [("?", keys)]:
            number = reader.number(value, (*at, account, key))
            if number is not None:
                found[account][key] = number
    return found


def _badge(reader: Reader, table: Table, at: Path, here: Period | None) -> Badge | None:
    reader.known(table, at, ("id", "du", "au"))
    name, period = reader.text(table, at, "id"), _period(reader, table, at, here)
    return Badge(id=name, period=period) if name and period else None


def _instant(reader: Reader, table: Table, at: Path) -> datetime | None:
    value = table.get("le")
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    reader.problem(
        (*at, "le"), "« le » doit être un instant avec son fuseau, écrit 2024-01-08T06:30:00+01:00."
    )
    return None


def _event(reader: Reader, table: Table, at: Path) -> list[Event]:
    """One event, or a regular series of them (`fois`, `tous_les_jours`), whose ids end in -1, -2…"""
    reader.known(table, at, EVENT)
    name, kind = reader.text(table, at, "id"), reader.text(table, at, "quoi")
    instant = _instant(reader, table, at)
    sizes = {
        key: reader.number(table[key], (*at, key))
        for key in ("nombre", "kg", "m3", "litres", "fois", "tous_les_jours")
        if key in table
    }
    amount = reader.amount(table["montant"], (*at, "montant")) if "montant" in table else None
    words = {
        key: reader.text(table, at, key)
        for key in ("bac", "badge", "flux", "appareil", "a_verifier")
        if key in table
    }
    times, step, count = sizes.get("fois", 1), sizes.get("tous_les_jours", 1), sizes.get("nombre", 1)
    if not (isinstance(times, int) and isinstance(step, int) and isinstance(count, int)):
        reader.problem(at, "« nombre », « fois » et « tous_les_jours » sont des nombres entiers.")
        return []
    if times > MOST_REPEATED or step > 366:
        reader.problem(at, f"une série a au plus {MOST_REPEATED} événements, au plus un an entre deux.")
        return []
    if name is None or kind is None or instant is None:
        return []
    doubt = words.get("a_verifier")
    return [
        Event(
            id=name if "fois" not in table else f"{name}-{rank + 1}",
            at=instant + timedelta(days=step * rank),
            kind=kind,
            bin=words.get("bac"),
            badge=words.get("badge"),
            count=count,
            kg=sizes.get("kg"),
            m3=sizes.get("m3"),
            litres=sizes.get("litres"),
            amount=amount,
            stream=words.get("flux"),
            device=words.get("appareil"),
            aside=f"à vérifier : {doubt}" if doubt else None,
        )
        for rank in range(times)
    ]


def _correction(reader: Reader, table: Table, at: Path) -> Correction | None:
    reader.known(table, at, ("id", "le", "evenement", "action", "auteur", "motif"))
    name, event = reader.text(table, at, "id"), reader.text(table, at, "evenement")
    author, reason = reader.text(table, at, "auteur"), reader.text(table, at, "motif")
    action = reader.choice(table, at, "action", ACTIONS)
    instant = _instant(reader, table, at)
    if not (name and event and author and reason and action and instant):
        return None
    return Correction(id=name, at=instant, event=event, action=action, author=author, reason=reason)


def last_day(period: Period) -> date | None:
    """The last day as documents write it; None when there is none."""
    return None if period.end == NEVER else period.last


def write_bill(bill: Bill) -> dict[str, object]:
    """A bill as a document; amounts are texts, so that no reader makes floats of them."""
    return {
        "compte": bill.account,
        "du": bill.period.first.isoformat(),
        "au": bill.period.last.isoformat(),
        "total": str(bill.total),
        "a_blanc": bill.shadow,
        "deliberations": list(bill.resolutions),
        "lignes": [_line(one) for one in bill.lines],
        "non_factures": [
            {"evenement": one.event, "motif": one.reason, **({"unite": one.unit} if one.unit else {})}
            for one in bill.not_billed
        ],
    }


def _line(line: Line) -> dict[str, object]:
    return {
        "clause": line.clause,
        "article": line.article,
        "texte": line.text,
        "deliberation": line.resolution,
        "nature": line.kind,
        "quantite": str(line.quantity),
        "unite": line.unit,
        "prix": str(line.price),
        "part": None if line.part is None else str(line.part),
        "montant": str(line.amount),
        "detail": line.detail,
        "evenements": list(line.events),
    }


def write_refused(refused: Refused) -> dict[str, object]:
    """A refusal as a document."""
    return {"compte": refused.account, "refus": [str(one) for one in refused.problems]}
