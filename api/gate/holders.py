"""Who holds which badge: a CSV of the collectivity in, a report out. Names go to `people` and nowhere else.

Columns: reference, category, name; optional: sector, address, insee, badge, medium, valid_from, valid_until.
One line per badge; a holder with several stands on several lines. The file is taken whole or not at all.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from psycopg import Connection, Rollback
from psycopg.rows import DictRow

from access.calendar import PARIS
from api.gate.badges import BadNumber, badge_hash
from store.queries import named_queries

NEEDED = ("reference", "category", "name")
OPTIONAL = ("sector", "address", "insee", "badge", "medium", "valid_from", "valid_until")
MEDIA = ("rfid", "qr", "plate")
_REFERENCE = 40

_SQL = named_queries("api.gate")


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of the file (the first after the header is 2) and what is wrong, without what it holds."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was written; nothing is when there is a fault."""

    holders: int = 0
    badges: int = 0
    faults: tuple[Fault, ...] = ()


def import_holders(
    connection: Connection[DictRow], text: str, key: bytes, categories: frozenset[str]
) -> Report:
    """Write the file's holders and badges, or report every line that cannot be."""
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if ";" in text.split("\n")[0] else ","
    )
    columns = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in NEEDED if name not in columns]
    unknown = [name for name in columns if name not in NEEDED + OPTIONAL]
    if missing or unknown:
        said = [f"colonne {one} absente" for one in missing] + [f"colonne {one} inconnue" for one in unknown]
        return Report(faults=(Fault(1, " ; ".join(said) + "."),))
    faults: list[Fault] = []
    rows = []
    for line, row in enumerate(reader, 2):
        found = list(_faults(row, categories, key))
        faults += [Fault(line, one) for one in found]
        if not found:
            rows.append((line, {name: (row.get(name) or "").strip() for name in NEEDED + OPTIONAL}))
    if faults:
        return Report(faults=tuple(faults))
    with connection.transaction() as transaction:
        report = _write(connection, rows, key)
        if report.faults:
            raise Rollback(transaction)
    return report


def _write(connection: Connection[DictRow], rows: list[tuple[int, dict[str, str]]], key: bytes) -> Report:
    holders: dict[str, int] = {}
    badges, faults = 0, []
    for line, row in rows:
        if row["reference"] not in holders:
            wanted = {name: row[name] or None for name in ("sector", "insee")}
            wanted |= {name: row[name] for name in ("reference", "category", "name", "address")}
            saved = connection.execute(_SQL["holder_saved"], wanted).fetchone()
            assert saved is not None  # noqa: S101 - RETURNING always returns
            holders[row["reference"]] = saved["id"]
        if not row["badge"]:
            continue
        badge = {
            "holder": holders[row["reference"]],
            "number_hash": badge_hash(row["badge"], key),
            "medium": row["medium"] or "rfid",
            "valid_from": _day(row["valid_from"], time()),
            "valid_until": _day(row["valid_until"], time(23, 59, 59)),
        }
        if connection.execute(_SQL["badge_saved"], badge).fetchone() is None:
            faults.append(Fault(line, "ce badge est celui d'un autre titulaire."))
        badges += 1
    return Report(faults=tuple(faults)) if faults else Report(holders=len(holders), badges=badges)


def _faults(row: dict[str, Any], categories: frozenset[str], key: bytes) -> Iterator[str]:
    if None in row:
        yield "trop de champs."
        return
    value = {name: (row.get(name) or "").strip() for name in NEEDED + OPTIONAL}
    for name in NEEDED:
        if not value[name]:
            yield f"{name} manque."
    reference = value["reference"]
    if reference and not (
        len(reference) <= _REFERENCE and reference.replace("-", "").replace("_", "").isalnum()
    ):
        yield "reference : 40 lettres, chiffres, - ou _ au plus."
    if value["category"] and value["category"] not in categories:
        yield f"category : {', '.join(sorted(categories))} sont connues."
    if value["medium"] and value["medium"] not in MEDIA:
        yield f"medium : {', '.join(MEDIA)} sont connus."
    if value["badge"]:
        try:
            badge_hash(value["badge"], key)
        except BadNumber:
            yield "badge : 4 à 64 lettres et chiffres."
    for name in ("valid_from", "valid_until"):
        try:
            _day(value[name], time())
        except ValueError:
            yield f"{name} : une date AAAA-MM-JJ est attendue."


def _day(text: str, at: time) -> datetime | None:
    return datetime.combine(datetime.fromisoformat(text).date(), at, PARIS) if text else None
