"""The register of waste that left a site, as the arrêté du 31 mai 2021 (article 2) wants it, and its CSV.

A line is written when a skip has left, with every fact as it is that day; it is never rewritten. A
correction is a new line that replaces the first.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from fastapi import HTTPException
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.auth import Account, record
from api.french import PARIS
from api.gate.agent_events import SQL as AGENT_SQL
from api.gate.site_documents import CorrectionIn, DoneIn
from api.gate.site_views import SQL

FINALS = {
    "": "",
    "reemploi": "préparation en vue de la réutilisation",
    "recyclage": "recyclage",
    "valorisation": "autre valorisation",
    "energie": "valorisation énergétique",
    "elimination": "élimination",
}
COLUMNS = (
    "date_expedition", "denomination_usuelle", "code_dechet", "dechet_dangereux", "dechet_pop", "code_bale",
    "numeros_bordereaux", "quantite_tonnes", "quantite_m3", "bon_de_pesee", "poids_brut_kg", "tare_kg",
    "expediteur_raison_sociale", "expediteur_siret", "expediteur_adresse", "adresse_prise_en_charge",
    "communes_origine_insee", "eco_organisme_raison_sociale", "eco_organisme_siren",
    "transporteur_raison_sociale", "transporteur_siret", "transporteur_adresse", "transporteur_recepisse",
    "immatriculation", "destinataire_raison_sociale", "destinataire_siret", "destinataire_adresse",
    "code_traitement", "qualification_traitement_final", "ligne", "remplace_ligne",
)  # fmt: skip


def close_rotation(
    connection: Connection[DictRow], account: Account, haulage: int, given: DoneIn, now: datetime
) -> tuple[int, str]:
    """Write the register's line of a skip that left and set it down empty; returns the line and its site."""
    row = connection.execute(SQL["hold_haulage"], {"haulage": haulage}).fetchone()
    if row is None:
        raise HTTPException(404, "Cet enlèvement n'existe pas.")
    if row["status"] not in ("asked", "planned"):
        raise HTTPException(409, "Cet enlèvement est déjà terminé ou annulé.")
    missing = [
        word
        for word, there in (
            ("le code déchet de la benne", row["waste_code"]),
            ("l'exutoire de la benne", row["outlet_name"]),
            ("le transporteur de la benne", row["carrier_name"]),
            ("l'adresse du site", row["address"]),
        )
        if not there
    ]
    if missing:
        raise HTTPException(422, f"Le registre ne peut pas être tenu : il manque {', '.join(missing)}.")
    sent_at = given.sent_at or now
    if sent_at > now:
        raise HTTPException(422, "La date d'expédition est dans le futur.")
    line = _line(row, given, sent_at, now, account.id)
    number = _add(connection, line)
    connection.execute(SQL["end_haulage"], {"haulage": haulage, "at": sent_at})
    empty = {"event_id": uuid4(), "skip": row["skip_id"], "at": sent_at, "percent": 0, "account": account.id}
    connection.execute(AGENT_SQL["add_level"], empty)
    record(connection, account, "outgoing", f"outgoing/{number}", haulage=haulage, site=row["site"])
    return number, row["site"]


def correct(
    connection: Connection[DictRow], account: Account, number: int, given: CorrectionIn, now: datetime
) -> int:
    """Replace a line by one that says what it should have said; the first stays in the table."""
    row = connection.execute(SQL["one_outgoing"], {"id": number}).fetchone()
    if row is None:
        raise HTTPException(404, "Cette ligne du registre n'existe pas.")
    if row["replaced"]:
        raise HTTPException(409, "Cette ligne a déjà été corrigée : corrigez celle qui la remplace.")
    changed = {name: value for name, value in given.model_dump().items() if value is not None}
    if not changed:
        raise HTTPException(422, "Dites ce qui change.")
    line = {name: row[name] for name in _PLAIN} | changed
    if "net_kg" not in changed and {"gross_kg", "tare_kg"} & set(changed):
        line["net_kg"] = None
    line |= {name: Jsonb(row[name]) for name in ("origin", "eco", "carrier", "destination")}
    line |= _weights(line["gross_kg"], line["tare_kg"], line["net_kg"], line["volume_l"])
    line |= {"replaces": number, "haulage": row["haulage_id"], "now": now, "account": account.id}
    found = _add(connection, line)
    record(connection, account, "outgoing_corrected", f"outgoing/{found}", replaces=number)
    return found


_PLAIN = (
    "site", "sent_at", "label", "waste_code", "pop", "hazardous", "basel_code", "tracking_form", "gross_kg",
    "tare_kg", "net_kg", "volume_l", "slip", "plate", "treatment", "final",
)  # fmt: skip


def _line(row: Mapping[str, Any], given: DoneIn, sent_at: datetime, now: datetime, by: int) -> dict[str, Any]:
    hazardous = row["waste_code"].endswith("*")
    if hazardous and not given.tracking_form:
        raise HTTPException(422, "Un déchet dangereux part avec un bordereau de suivi : écrivez son numéro.")
    weights = _weights(given.gross_kg, given.tare_kg, given.net_kg, row["volume_l"])
    return weights | {
        "replaces": None, "haulage": row["id"], "site": row["site"], "sent_at": sent_at,
        "label": row["label"], "waste_code": row["waste_code"], "pop": row["pop"], "hazardous": hazardous,
        "basel_code": given.basel_code, "tracking_form": given.tracking_form, "slip": given.slip,
        "plate": given.plate, "treatment": row["treatment"], "final": row["final"], "now": now, "account": by,
        "origin": Jsonb({"name": row["operator"], "siret": row["siret"], "address": row["address"],
                         "insee": row["insee"]}),
        "eco": Jsonb({"name": row["eco_name"], "siren": row["eco_siren"]}),
        "carrier": Jsonb({"name": row["carrier_name"], "siret": row["carrier_siret"],
                          "address": row["carrier_address"], "receipt": row["carrier_receipt"]}),
        "destination": Jsonb({"name": row["outlet_name"], "siret": row["outlet_siret"],
                              "address": row["outlet_address"]}),
    }  # fmt: skip


def _weights(gross: int | None, tare: int | None, net: int | None, volume_l: int | None) -> dict[str, Any]:
    """What the weighbridge said; without a weight, the skip's volume stands for the quantity."""
    if gross is not None and tare is not None:
        if gross < tare:
            raise HTTPException(422, "Le poids brut est inférieur à la tare.")
        if net is not None and net != gross - tare:
            raise HTTPException(422, "Le poids net n'est pas le poids brut moins la tare.")
        net = gross - tare
    return {"gross_kg": gross, "tare_kg": tare, "net_kg": net, "volume_l": volume_l}


def _add(connection: Connection[DictRow], line: dict[str, Any]) -> int:
    row = connection.execute(SQL["add_outgoing"], line).fetchone()
    assert row is not None  # noqa: S101 - RETURNING always returns
    return int(row["id"])


def csv_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """The register as a spreadsheet reads it: semicolons, commas in numbers, one line per lot that left."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_safe(value) for value in _cells(row)])
    return "\ufeff" + out.getvalue()


def _cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
    origin, eco, carrier, to = row["origin"], row["eco"], row["carrier"], row["destination"]
    return (
        f"{row['sent_at'].astimezone(PARIS):%d/%m/%Y}", row["label"], row["waste_code"],
        _yes(row["hazardous"]), _yes(row["pop"]), row["basel_code"], row["tracking_form"],
        _thousandths(row["net_kg"]), "" if row["net_kg"] is not None else _thousandths(row["volume_l"]),
        row["slip"], _whole(row["gross_kg"]), _whole(row["tare_kg"]), origin["name"], origin["siret"],
        origin["address"], origin["address"], " ".join(origin["insee"]), eco.get("name", ""),
        eco.get("siren", ""), carrier["name"], carrier["siret"], carrier["address"], carrier["receipt"],
        row["plate"], to["name"], to["siret"], to["address"], row["treatment"], FINALS[row["final"]],
        row["id"], row["replaces"] or "",
    )  # fmt: skip


def _yes(value: bool) -> str:
    return "oui" if value else "non"


def _whole(value: int | None) -> str:
    return "" if value is None else str(value)


def _thousandths(value: int | None) -> str:
    return "" if value is None else f"{value / 1000:.3f}".replace(".", ",")


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is quoted (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
