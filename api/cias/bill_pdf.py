"""An issued bill of meals as a PDF: what is due, line by line, meal and delivery apart, and what was free."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.bill_runs import of_month
from api.cias.bills import SQL, BillLine, lines_of
from api.cias.typeset import typeset
from api.finance.bill_settings import Billing, Letterhead, read_letterhead
from api.french import NBSP, PARIS
from meals.french import MOMENTS, day_text
from meals.prices import PRICED


def bill_pdf(connection: Connection[DictRow], bill: int, billing: Billing) -> tuple[str, bytes] | None:
    """Number and PDF of an issued bill; None when it is not issued or there is none. The same bill gives the
    same bytes. Errors: `api.finance.bill_settings.BadLetterhead`."""
    row = connection.execute(SQL["run_bills"], {"run": None, "bill": bill}).fetchone()
    if row is None or row["number"] is None:
        return None
    lines = lines_of(connection, [bill])[bill]
    free = connection.execute(SQL["free_of"], {"bill": bill}).fetchall()
    sheet = _sheet(row, lines, free, read_letterhead(billing.bill_letterhead))
    return row["number"], typeset("meal_bill", sheet, row["issued_at"])


def euros(amount: Decimal) -> str:
    """`−1 234,50 €`."""
    text = f"{abs(amount):,.2f}".replace(",", NBSP).replace(".", ",")
    return f"{'−' if amount < 0 else ''}{text}{NBSP}€"


def _sheet(row: DictRow, lines: list[BillLine], free: list[DictRow], head: Letterhead) -> dict[str, Any]:
    day = row["issued_at"].astimezone(PARIS).date()
    credit = row["total"] < 0
    due = f"à payer avant le {day + timedelta(days=head.days):%d/%m/%Y}" if head.days and not credit else ""
    return {
        "title": f"Portage de repas : {'avoir' if credit else 'facture'} {of_month(row['month'])}",
        "number": row["number"],
        "issuer": {"name": head.name or "Portage de repas", "lines": list(head.lines)},
        "debtor": [row["name"], *(part.strip() for part in row["address"].split(",") if part.strip())],
        "facts": [
            ["Numéro", row["number"]],
            ["Émise le", f"{day:%d/%m/%Y}"],
            ["Dossier", row["reference"]],
            ["Repas du mois", str(row["meals"])],
        ],
        "due": {
            "label": "À vous rendre" if credit else "À payer",
            "amount": euros(abs(row["total"])),
            "note": due,
        },
        "lines": [_line(one) for one in lines],
        "total": euros(row["total"]),
        "split": [
            f"Dont livraison : {euros(row['delivery'])} ; repas : {euros(row['total'] - row['delivery'])}.",
        ],
        "free": [
            f"{MOMENTS[one['moment']].capitalize()} du {day_text(one['day'])} : {one['reason']}"
            for one in free
        ],
        "pay": [] if credit else list(head.pay),
        "footer": f"{row['number']} · {row['reference']}",
    }


def _line(one: BillLine) -> dict[str, str]:
    return {
        "label": one.label,
        "detail": one.reason,
        "quantity": str(one.quantity) if one.quantity else "",
        # A share of the price is not so many times a price.
        "unit": euros(one.unit) if one.unit is not None and one.kind in PRICED else "",
        "amount": euros(one.amount),
    }
