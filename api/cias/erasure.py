"""One person's data, whole and readable; and a person forgotten, with what is kept and why.

Knows where each thing about a person lies; how long things are kept at all is `api.cias.retention`.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account
from api.cias.bills import bills_of
from api.cias.files import SQL as FILES
from api.cias.files import access_note_of, health_of, note_reading, supports_of
from api.cias.sealed import Unreadable, unseal
from api.french import PARIS
from store.queries import named_queries

SQL = named_queries("api.cias", "erasure.sql")
TITLES = {
    "file": "Dossier",
    "health": "Santé (régime, texture, allergies)",
    "access_note": "Consigne d'accès",
    "habits": "Habitudes",
    "incomes": "Revenus par personne",
    "supports": "Prises en charge",
    "requests": "Demandes et réponses",
    "doors": "Livraisons",
    "temperatures": "Températures à la porte",
    "concerns": "Signalements",
    "relatives": "Proches",
    "acts": "Ce que les proches ont changé",
    "notices": "Avis aux proches",
    "bills": "Factures",
    "readings": "Qui a ouvert le dossier",
}


class NotErasable(Exception):
    """The file must not be erased yet; the message is a French sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was taken away, by kind, and one French sentence for each thing that is kept, with its reason."""

    gone: dict[str, int]
    kept: tuple[str, ...]


def export_person(
    connection: Connection[DictRow], key: bytes, person: int, account: Account, now: datetime
) -> dict[str, Any] | None:
    """All that is kept about one person, unsealed, ready for JSON; None when there is no file. Logged."""
    row = connection.execute(FILES["one_person"], {"id": person}).fetchone()
    if row is None:
        return None
    note_reading(connection, account, [person], "export", now)
    ids = {"ids": [person]}
    file = {name: value for name, value in row.items() if name not in ("health", "access_note")}
    found: dict[str, Any] = {
        "file": file,
        "health": health_of(key, row).model_dump(),
        "access_note": access_note_of(key, row),
        "habits": connection.execute(FILES["habits"], ids).fetchall(),
        "incomes": connection.execute(FILES["incomes"], ids).fetchall(),
        "supports": [_plain(one) for one in supports_of(connection, [person]).get(person, ())],
        "bills": [_plain(one) for one in bills_of(connection, person)],
    }
    for name in ("requests", "doors", "temperatures", "concerns", "relatives", "acts", "notices", "readings"):
        found[name] = connection.execute(SQL[f"export_{name}"], {"person": person}).fetchall()
    for door in found["doors"]:
        door["wellbeing"] = _opened(key, person, "wellbeing", door["wellbeing"])
    for concern in found["concerns"]:
        concern["detail"] = _opened(key, person, "concern", concern["detail"])
    cleaned: dict[str, Any] = json.loads(json.dumps(found, default=_json))
    return cleaned


def as_text(found: dict[str, Any]) -> str:
    """The same for somebody who reads no JSON: a line for each fact."""
    lines = ["Données du portage de repas", ""]
    for name, title in TITLES.items():
        value = found[name]
        lines += [title.upper(), *(_lines(value) or ["  rien"]), ""]
    return "\n".join(lines)


def as_archive(found: dict[str, Any]) -> bytes:
    """Both, in one file to hand over."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("donnees.json", json.dumps(found, ensure_ascii=False, indent=1))
        archive.writestr("donnees.txt", as_text(found))
    return out.getvalue()


def erase_person(connection: Connection[DictRow], person: int, now: datetime) -> Erased:
    """Forget one person whose service is over and billed. Errors: `NotErasable`."""
    row = connection.execute(SQL["erasable"], {"person": person}).fetchone()
    if row is None or row["erased_at"] is not None:
        raise NotErasable("Cette personne n'a pas de dossier.")
    if row["until"] is None or row["until"] >= now.astimezone(PARIS).date():
        raise NotErasable("Cette personne est encore servie : fermez d'abord son dossier.")
    if row["unbilled"] is not None:
        raise NotErasable(f"Ses repas du mois {row['unbilled']:%m/%Y} ne sont pas encore facturés.")
    rows = connection.execute(SQL["erase"], {"person": person, "now": now}).fetchall()
    kept = ["Le numéro du dossier, ses dates et sa commune restent, sans nom : les repas se comptent encore."]
    bills = connection.execute(SQL["kept_bills"], {"person": person}).fetchone()
    if bills is not None and bills["bills"]:
        several = bills["bills"] > 1
        kept.append(
            f"{bills['bills']} facture{'s restent' if several else ' reste'} au nom de la personne dix ans "
            "après l'émission : la comptabilité l'exige (code de commerce, article L123-22)."
        )
    kept.append("Le journal de qui a ouvert le dossier reste un an, sans nom de la personne.")
    return Erased(gone={one["what"]: int(one["gone"]) for one in rows}, kept=tuple(kept))


def _opened(key: bytes, person: int, column: str, stored: bytes | None) -> str | None:
    if stored is None:
        return None
    try:
        return unseal(key, str(person), column, stored)
    except Unreadable:
        return "(illisible)"


def _plain(one: Any) -> dict[str, Any]:
    return {
        name: [_plain(part) for part in value] if name == "lines" else value
        for name in one.__dataclass_fields__
        if (value := getattr(one, name)) is not None
    }


def _json(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _lines(value: Any, indent: str = "  ") -> list[str]:
    if isinstance(value, dict):
        return [line for name, one in value.items() for line in _named(name, one, indent)]
    if isinstance(value, list):
        return [line for one in value for line in [f"{indent}–", *_lines(one, indent + "  ")]]
    return [f"{indent}{value}"] if value not in (None, "") else []


def _named(name: str, value: Any, indent: str) -> list[str]:
    if isinstance(value, dict | list) and not all(isinstance(one, str | int) for one in value):
        return [f"{indent}{name} :", *_lines(value, indent + "  ")] if value else []
    shown = ", ".join(map(str, value)) if isinstance(value, list) else value
    return [f"{indent}{name} : {shown}"] if shown not in (None, "") else []
