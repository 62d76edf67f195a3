"""The words and figures of a printed bill, as `bill.typ` lays them out. Pure: rows in, a document out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from api.finance.bill_settings import Billing, Letterhead
from api.french import NBSP, PARIS
from tariff.explain import UNITS
from tariff.lines import figure

DENSE = 20
"""Rows of tables above which a bill is set smaller, to stay on one page."""
MONTHS = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()  # noqa: SIM905
TAX = "Ne payez pas ce document : c’est une part de la taxe, que l’administration fiscale vous demandera."
NO_PAYMENT: Mapping[str, str | list[str]] = {
    "title": "Payer",
    "qr": "",
    "link": "",
    "matrix_text": "",
    "lines": [],
}
"""What a page without codes says of payment."""
Events = Mapping[str, Mapping[str, Any]]


YEAR = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)


def dated(day: date) -> str:
    """A day as letters write it, « 1er mars 2025 »."""
    return f"{day.day}{'er' if day.day == 1 else ''}{NBSP}{YEAR[day.month - 1]}{NBSP}{day.year}"


def euros(amount: Decimal | str) -> str:
    """An amount as people read it, « 1 234,56 € », with a true minus."""
    text = f"{Decimal(amount):,.2f}".replace(",", NBSP).replace(".", ",").replace("-", "−")
    return f"{text}{NBSP}€"


def named_events(row: Mapping[str, Any]) -> set[str]:
    """The events that a printed bill needs: its own and those of the bill before."""
    return {name for key in ("document", "before_document") for name in counted(row[key])}


def counted(document: Mapping[str, Any] | None) -> set[str]:
    """The events that some line of a bill counts."""
    return {name for line in (document or {}).get("lignes", ()) for name in line["evenements"]}


def sheet(
    row: Mapping[str, Any], events: Events, head: Letterhead, billing: Billing, taxes: Iterable[str] = ()
) -> dict[str, Any]:
    """Everything printed on one bill but its codes. `taxes`: resolutions of TEOMi, which nobody pays here."""
    document = row["document"]
    tax = not set(taxes).isdisjoint(document["deliberations"])
    shadow = document["a_blanc"]
    first, last = date.fromisoformat(document["du"]), date.fromisoformat(document["au"])
    issued = row["issued_at"].astimezone(PARIS).date()
    title = (
        "Part incitative de la taxe d’enlèvement des ordures ménagères"
        if tax
        else "Facture de redevance incitative"
    )
    usage, before = _usage(document, events, first, last), _before(row, events, first, last)
    facts = [
        ("Facture", f"n°{NBSP}{row['number']} du {dated(issued)}"),
        ("Période", f"du {dated(first)} au {dated(last)}"),
        ("Compte", row["reference"]),
        ("Logement", ", ".join(filter(None, (row["dwelling"], row["commune"])))),
        ("Numéro invariant", row["invariant"] or ""),
    ]
    return {
        "title": title + (" (à blanc)" if shadow else ""),
        "number": row["number"],
        "footer": f"Facture n°{NBSP}{row['number']}, compte {row['reference']}",
        "dense": _rows(document, usage, before) > DENSE,
        "lines_title": "Ce qui vous est facturé",
        "issuer": {"name": head.name or "Service des déchets", "lines": list(head.lines)},
        "debtor": [row["name"] or "À l’occupant", *address(row["address"], row["commune"])],
        "facts": [fact for fact in facts if fact[1]],
        "due": _due(row["total"], issued, head.days, tax=tax, shadow=shadow),
        "lines": [_line(one) for one in document["lignes"]],
        "total": euros(row["total"]),
        "resolutions": [f"Grille votée : {one}." for one in document["deliberations"]],
        "usage": usage,
        "aside": _aside(document),
        **before,
        "pay": _pay(row, head, billing, tax=tax, shadow=shadow),
        "contest": [
            *(
                head.contest
                or ("Une ligne vous semble fausse ? Écrivez-nous en citant le numéro de cette facture.",)
            ),
            "Chaque événement compté ici peut vous être détaillé : sa date, son heure, son appareil.",
        ],
    }


def address(given: str, commune: str) -> list[str]:
    """An address as lines; the commune when nothing else is known."""
    lines = [part.strip() for part in given.replace("|", "\n").split("\n") if part.strip()]
    return lines if lines else [commune] if commune else []


def _rows(document: Mapping[str, Any], usage: Mapping[str, Any], before: Mapping[str, Any]) -> int:
    """How many rows of text the tables take: a detail is one more, a row of bars is three."""
    lines = sum(1 + bool(line["detail"]) for line in document["lignes"])
    return lines + 3 * len(usage["rows"]) + len(before["before"])


def _due(total: Decimal, issued: date, days: int, *, tax: bool, shadow: bool) -> dict[str, str]:
    if shadow:
        return {
            "label": "Pour information",
            "amount": euros(total),
            "note": "année d’essai : rien n’est à payer",
        }
    if tax:
        return {"label": "Part incitative", "amount": euros(total), "note": "sur votre avis de taxe foncière"}
    if total <= 0:
        label = "En votre faveur" if total < 0 else "À payer"
        return {"label": label, "amount": euros(abs(total)), "note": "" if total else "rien n’est dû"}
    note = f"avant le {dated(issued + timedelta(days=days))}" if days else ""
    return {"label": "À payer", "amount": euros(total), "note": note}


def _line(line: Mapping[str, Any]) -> dict[str, str]:
    return {
        "text": line["texte"],
        "article": line["article"],
        "detail": line["detail"],
        "told": _told(line),
        "amount": euros(line["montant"]),
    }


def _told(line: Mapping[str, Any]) -> str:
    if line["nature"] in ("arrondi", "plancher", "acompte", "pourcentage"):
        return ""
    quantity = Fraction(line["quantite"])
    unit = UNITS.get(line["unite"], (line["unite"], line["unite"]))[quantity > 1]
    if line["nature"] == "compris":
        return f"{figure(quantity)}{NBSP}{unit}, sans frais"
    part = f", part {line['part']}" if line["part"] else ""
    return f"{figure(quantity)}{NBSP}{unit} × {line['prix'].replace('.', ',')}{NBSP}€{part}"


def _kinds(document: Mapping[str, Any], events: Events) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in counted(document):
        if name in events:
            found[events[name]["kind"]] += events[name]["count"]
    return found


def _word(kind: str) -> str:
    return UNITS.get(kind, (kind, kind.replace("_", " ")))[1].capitalize()


def _usage(document: Mapping[str, Any], events: Events, first: date, last: date) -> dict[str, Any]:
    """Events by kind and month; an empty one beyond twelve months, which no row of a page holds."""
    months = [(first.year + (first.month - 1 + i) // 12, (first.month - 1 + i) % 12 + 1) for i in range(12)]
    months = [one for one in months if one <= (last.year, last.month)]
    table: dict[str, Counter[tuple[int, int]]] = {}
    for name in counted(document):
        if name in events:
            at: datetime = events[name]["at"].astimezone(PARIS)
            table.setdefault(events[name]["kind"], Counter())[(at.year, at.month)] += events[name]["count"]
    if (last.year, last.month) > months[-1]:
        return {"months": [], "rows": []}
    rows = [
        {"name": _word(kind), "counts": [counts[one] for one in months], "total": str(sum(counts.values()))}
        for kind, counts in sorted(table.items())
    ]
    return {"months": [MONTHS[month - 1] for _, month in months], "rows": rows}


def _aside(document: Mapping[str, Any]) -> str:
    """What happened in the period and is not billed; what was before it only used the allowance up."""
    here = [one for one in document["non_factures"] if not one["motif"].startswith("hors de la période")]
    count = len({one["evenement"] for one in here})
    if not count:
        return ""
    reasons = Counter(one["motif"] for one in here)
    said = " ; ".join(reason for reason, _ in reasons.most_common(3))
    word = "événements non facturés" if count > 1 else "événement non facturé"
    return f"{count} {word} : {said}{' ; …' if len(reasons) > 3 else '.'}"


def _before(row: Mapping[str, Any], events: Events, first: date, last: date) -> dict[str, Any]:
    """The comparison with the bill before: amounts and uses; periods in full, they may differ."""
    document = row["before_document"]
    if document is None:
        return {"before_heads": [], "before": []}
    then = (date.fromisoformat(document["du"]), date.fromisoformat(document["au"]))
    table = [
        [
            "Montant",
            euros(row["before_total"]),
            euros(row["total"]),
            _signed(row["total"] - row["before_total"]),
        ]
    ]
    old, new = _kinds(document, events), _kinds(row["document"], events)
    for kind in sorted({*old, *new}):
        change = new[kind] - old[kind]
        said = f"{'+' if change > 0 else '−' if change else ''}{abs(change)}"
        table.append([_word(kind), str(old[kind]), str(new[kind]), said])
    return {"before_heads": [_days(*then), _days(first, last), "Écart"], "before": table}


def _signed(amount: Decimal) -> str:
    return ("+" if amount > 0 else "") + euros(amount)


def _days(first: date, last: date) -> str:
    return f"{first:%d/%m/%Y} – {last:%d/%m/%Y}"


def _pay(
    row: Mapping[str, Any], head: Letterhead, billing: Billing, *, tax: bool, shadow: bool
) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {**NO_PAYMENT}
    if tax or shadow or row["pay_reference"] is None:
        return {**found, "lines": [TAX if tax else "Rien n’est à payer sur cette facture."]}
    lines = [f"Référence de paiement : {row['pay_reference']}"]
    if billing.pays_online:
        link = billing.link(row["token"])
        marks = {"reference": row["pay_reference"], "numero": row["number"], "exercice": row["exercise"],
                 "centimes": int(row["total"] * 100)}  # fmt: skip
        found |= {"link": link, "matrix_text": head.datamatrix.format(**marks)}
        lines.insert(0, "En ligne, par carte ou prélèvement (PayFiP) : scannez le code, ou ouvrez l’adresse")
    return {**found, "lines": [*lines, *head.pay]}
