"""A bill told in French to the person who pays it: each line's computation, its article, its events."""

from decimal import Decimal

from tariff.lines import figure, french
from tariff.model import Bill, Line, Refused

WIDTH = 78
UNITS = {
    "levee": ("levée", "levées"),
    "ouverture": ("ouverture", "ouvertures"),
    "passage": ("passage", "passages"),
    "depot": ("dépôt", "dépôts"),
    "annee": ("an", "ans"),
    "kg": ("kg", "kg"),
    "m3": ("m³", "m³"),
    "litre": ("litre", "litres"),
    "litre_bac": ("litre", "litres"),
}


def explain(bill: Bill) -> str:
    """The whole bill as text."""
    told = [f"Facture du compte {bill.account}, du {french(bill.period.first)} au {french(bill.period.last)}"]
    if bill.shadow:
        told.append("FACTURE À BLANC, pour information : rien n'est à payer.")
    told += [f"Délibération : {one}" for one in bill.resolutions]
    told.append("")
    for line in bill.lines:
        told += line_text(line)
    total = f"{euros(bill.total)} €"
    told += ["─" * WIDTH, "Total".ljust(WIDTH - len(total)) + total]
    if bill.not_billed:
        told += ["", "Événements non facturés :"]
        told += [f"  {one.event} : {one.reason}" for one in bill.not_billed]
    return "\n".join(told) + "\n"


def line_text(line: Line) -> list[str]:
    """One line: title and amount, then how it is computed and what it counts."""
    amount = f"{euros(line.amount)} €"
    title = f"{line.text} ({line.article})"
    room = WIDTH - len(amount) - 1
    told = [f"{title.ljust(room)} {amount}" if len(title) <= room else f"{title}\n{amount.rjust(WIDTH)}"]
    how = computation(line)
    if how:
        told.append(f"    {how}")
    if line.detail:
        told.append(f"    {line.detail}")
    if line.events:
        told.append(f"    événements : {', '.join(line.events)}")
    return told


def computation(line: Line) -> str:
    """Quantity × price as a person would write it; empty when there is nothing to compute."""
    if line.kind in ("arrondi", "plancher", "acompte", "pourcentage"):
        return ""
    singular, plural = UNITS.get(line.unit, (line.unit, line.unit))
    unit = plural if line.quantity > 1 else singular
    if line.kind == "compris":
        return f"{figure(line.quantity)} {unit}, comprises"
    part = "" if line.part is None else f", part {line.part.numerator}/{line.part.denominator}"
    if line.kind in ("fixe", "remise") and line.unit in UNITS and line.quantity == 1:
        return f"{euros(line.price)} € par {singular}{part}"
    return f"{figure(line.quantity)} {unit} × {euros(line.price)} €{part}"


def euros(amount: Decimal) -> str:
    """An amount with a French comma and narrow spaces for thousands: 1 234,56."""
    text = f"{amount:,f}"
    whole, _, cents = text.partition(".")
    return whole.replace(",", "\u202f") + ("," + cents.ljust(2, "0") if cents or "." in text else ",00")


def explain_refused(refused: Refused) -> str:
    """Why there is no bill."""
    told = [f"Aucune facture pour le compte {refused.account} :"]
    return "\n".join([*told, *(f"  {one.sentence}" for one in refused.problems)]) + "\n"
