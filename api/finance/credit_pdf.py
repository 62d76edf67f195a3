"""A credit note or a rectification, printed: what it corrects, line by line, and what is left to pay."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.finance import credit
from api.finance.bill_pdf import render
from api.finance.bill_pdf_sheet import DENSE, NO_PAYMENT, address, dated, euros
from api.finance.bill_settings import Billing, Letterhead, read_letterhead
from api.finance.imports import Refusal
from api.french import NBSP, PARIS
from tariff.explain import UNITS
from tariff.lines import figure

NAMED = 6
"""Events that a line of a piece names; more are counted."""


def piece_pdf(connection: Connection[DictRow], rectification: int, billing: Billing) -> bytes:
    """The PDF of an issued piece. Errors: `Refusal` when it is not issued."""
    row = credit.piece(connection, rectification)
    if row["status"] != "issued":
        raise Refusal(f"La rectification {rectification} n'est pas émise.")
    due = credit.balance(connection, row["run_id"], row["account_id"])
    return render(piece_sheet(row, due, read_letterhead(billing.bill_letterhead)), row["issued_at"])


def piece_sheet(row: Mapping[str, Any], due: Decimal, head: Letterhead) -> dict[str, Any]:
    """Everything printed on a piece, as `bill.typ` lays it out."""
    less = row["amount"] < 0
    word = "Avoir" if less else "Facture rectificative"
    facts = [
        (word, f"n°{NBSP}{row['number']} du {_day(row['issued_at'])}"),
        ("Rectifie la facture", f"n°{NBSP}{row['original_number']} du {_day(row['original_issued_at'])}"),
        ("Exercice d’origine", f"{row['original_exercise']}, {'ouvert' if row['original_open'] else 'clos'}"),
        ("Pourquoi", row["reason"]),
        ("Compte", row["reference"]),
        ("Logement", ", ".join(filter(None, (row["dwelling"], row["commune"])))),
        ("Numéro invariant", row["invariant"] or ""),
    ]
    told = "Reste à payer" if due > 0 else "En votre faveur" if due < 0 else "Plus rien n’est dû"
    return {
        "title": word,
        "number": row["number"],
        "footer": f"{word} n°{NBSP}{row['number']}, compte {row['reference']}",
        "dense": 2 * len(row["difference"]) > DENSE,
        "lines_title": "Ce qui change",
        "issuer": {"name": head.name or "Service des déchets", "lines": list(head.lines)},
        "debtor": [row["name"] or "À l’occupant", *address(row["address"], row["commune"])],
        "facts": [fact for fact in facts if fact[1]],
        "due": {"label": "Cette pièce", "amount": euros(row["amount"]), "note": ""},
        "lines": [_line(one) for one in row["difference"]],
        "total": euros(row["amount"]),
        "resolutions": sorted({f"Grille votée : {one['deliberation']}." for one in row["difference"]}),
        "usage": {"months": [], "rows": []},
        "aside": "",
        "before_heads": [],
        "before": [],
        "pay": {
            **NO_PAYMENT,
            "title": "Ce qui reste dû",
            "lines": [f"{told}{f' : {euros(abs(due))}' if due else ''}, paiements en ligne déduits."],
        },
        "contest": list(head.contest) or ["Écrivez-nous en citant le numéro de cette pièce."],
    }


def _day(at: datetime) -> str:
    return dated(at.astimezone(PARIS).date())


def _line(line: Mapping[str, Any]) -> dict[str, str]:
    quantity = Fraction(line["quantite"])
    unit = UNITS.get(line["unite"], (line["unite"], line["unite"]))[abs(quantity) > 1]
    sign = "+" if quantity > 0 else "−"
    told = f"{sign}{NBSP}{figure(abs(quantity))}{NBSP}{unit} × {line['prix'].replace('.', ',')}{NBSP}€"
    events = [*(_named("ajoutés", line["evenements"])), *(_named("retirés", line["retires"]))]
    return {
        "text": line["texte"],
        "article": line["article"],
        "detail": " ; ".join(filter(None, (line["detail"], *events))),
        "told": told if quantity else "",
        "amount": euros(line["montant"]),
    }


def _named(word: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = f" et {len(names) - NAMED} autres" if len(names) > NAMED else ""
    return [f"événements {word} : {', '.join(names[:NAMED])}{more}"]
