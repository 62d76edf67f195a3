"""Files for other software: an issued run out by a profile, the tax office's list of premises in.

A profile is data (`tariff.profiles`): no layout is known here. A return file of TEOMi has one amount for each
premises and leaves only within the law's bounds; what does not fit leaves no file at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.finance import credit
from api.finance.csv_rows import RefusedRow
from api.finance.imports import Refusal, Report
from api.finance.registry import stored_grids
from api.finance.runs import run_row
from api.french import PARIS
from store.queries import named_queries
from tariff.law import breaches
from tariff.profiles import Profile, read_file, write_file
from tariff.simulate import VARIABLE

SQL = named_queries("api.finance", "exports.sql")
SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What the law compares: the whole product of TEOM, fixed part included; in the first year, last year's.

    `tolerance_percent` is for whoever holds a text that allows more in the first year; 0 otherwise.
    """

    product: Decimal | None = None
    before: Decimal | None = None
    tolerance_percent: int = 0


def export(
    connection: Connection[DictRow], run: int, profile: Profile, law: Law | None = None
) -> tuple[bytes, dict[str, Decimal]]:
    """The file of an issued run and the totals written in it. Errors: `Refusal`, then there is no file."""
    if run_row(connection, run)["status"] != "issued":
        raise Refusal(f"Le calcul {run} n'est pas émis.")
    if profile.nature == "fichier_aller":
        raise Refusal("Ce profil lit un fichier, il n'en écrit pas.")
    if profile.nature == "rectifications":
        rows: Iterator[dict[str, object]] = _rectifications(connection, run)
    else:
        rows = _bills(connection, run, named=profile.has("nom", "adresse"))
    if profile.nature == "retour_teomi":
        rows = iter(_by_premises(connection, run, rows))
    data, totals, wrong = write_file(profile, rows)
    if profile.nature == "retour_teomi":
        wrong = (*wrong, *_unlawful(connection, run, totals["part_incitative"], law or Law()))
    if wrong:
        more = f"\n… et {len(wrong) - SHOWN} autres." if len(wrong) > SHOWN else ""
        raise Refusal("\n".join(wrong[:SHOWN]) + more)
    return data, totals


def incentive(document: DictRow) -> Decimal:
    """The incentive part of a bill: what follows use, never below nothing."""
    lines = (Decimal(one["montant"]) for one in document["lignes"] if one["nature"] in VARIABLE)
    return max(sum(lines, Decimal(0)), Decimal(0))


def _bills(connection: Connection[DictRow], run: int, *, named: bool) -> Iterator[dict[str, object]]:
    for row in connection.execute(SQL["bills_exported"], {"run": run, "named": named}):
        yield {
            "compte": row["reference"],
            "invariant": row["invariant"],
            "commune": row["commune"],
            "logement": row["dwelling"],
            "numero": row["number"],
            "total": row["total"],
            "part_incitative": incentive(row["document"]),
            "du": row["document"]["du"],
            "au": row["document"]["au"],
            "exercice": row["exercise"],
            "date": row["issued_at"].astimezone(PARIS).date(),
            "reference": row["pay_reference"],
            "nom": row["name"],
            "adresse": row["address"],
        }


def _rectifications(connection: Connection[DictRow], run: int) -> Iterator[dict[str, object]]:
    for row in connection.execute(SQL["rectifications_exported"], {"run": run}):
        yield {
            "compte": row["reference"],
            "numero": row["number"],
            "total": row["amount"],
            "exercice": row["exercise"],
            "date": row["issued_at"].astimezone(PARIS).date(),
            "piece_origine": row["original_number"],
            "exercice_origine": row["original_exercise"],
            "motif": row["reason"],
            "ecriture": credit.treatment(row),
        }


def _by_premises(
    connection: Connection[DictRow], run: int, rows: Iterator[dict[str, object]]
) -> list[dict[str, object]]:
    """One row for each premises: two households of a year in one dwelling are one amount. Rectified first."""
    corrected = {
        row["account"]: row["document"] for row in connection.execute(SQL["rectified"], {"run": run})
    }
    found: dict[str, dict[str, object]] = {}
    missing = []
    for row in rows:
        if row["compte"] in corrected:
            row["part_incitative"] = incentive(corrected[row["compte"]])
        key = row["invariant"]
        if not isinstance(key, str) or not key:
            missing.append(row["compte"])
        elif key in found:
            for name in ("part_incitative", "total"):
                found[key][name] = Decimal(str(found[key][name])) + Decimal(str(row[name]))
        else:
            found[key] = row
    if missing:
        shown = ", ".join(map(str, missing[:SHOWN]))
        raise Refusal(f"{len(missing)} compte(s) sans numéro invariant : {shown}.")
    return sorted(found.values(), key=lambda row: str(row["invariant"]))


def _unlawful(connection: Connection[DictRow], run: int, part: Decimal, law: Law) -> tuple[str, ...]:
    row = connection.execute(SQL["resolutions_of_run"], {"run": run}).fetchone()
    billed = set(row["resolutions"] or ()) if row else set()
    taxes = {grid.resolution for grid in stored_grids(connection)[0] if grid.regime == "TEOMi"}
    if not billed or not billed <= taxes:
        return ("Ce calcul n'est pas celui d'une taxe (TEOMi) : il n'a pas de fichier retour.",)
    if law.product is None:
        return (
            "Dites le produit total de la taxe, part fixe comprise : la loi y compare la part incitative.",
        )
    return breaches(part, law.product, law.before, law.tolerance_percent)


def take_premises(connection: Connection[DictRow], profile: Profile, data: bytes, since: date) -> Report:
    """Read the tax office's list: each known premises gets its rateable value from `since` on.

    A premises without account is told, not made: who lives there is declared, never taken from a tax file.
    Names in the list are not kept.
    """
    if profile.nature != "fichier_aller" or not profile.has("invariant"):
        raise Refusal('Il faut un profil de nature "fichier_aller", avec une colonne « invariant ».')
    report = Report()
    for number, record in read_file(profile, data):
        if isinstance(record, str):
            report.refused.append(RefusedRow(number, record))
            continue
        facts = {"valeur_locative": str(record["valeur_locative"])} if "valeur_locative" in record else {}
        values = {"invariant": record["invariant"], "since": since, "facts": Jsonb(facts)}
        if connection.execute(SQL["premises_known"], values).fetchone() is None:
            report.refused.append(
                RefusedRow(number, f"Le local {record['invariant']} n'a pas de compte à cette date.")
            )
        elif facts and connection.execute(SQL["premises_valued"], values).rowcount:
            report.taken += 1
        else:
            report.known += 1
    return report
