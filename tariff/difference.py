"""What changed between a bill and the bill it should have been: lines to add and to take back.

Works on bills as documents (`tariff.documents.write_bill`), as they are kept for years; computes no tariff.
Lines that did not change are left out; a line that changed is written once, with what it adds (or takes, when
negative) and the events that it counts from now on or no longer. A bill and its differences thus count each
event exactly as the last bill does: once.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

Document = Mapping[str, Any]
SAME = ("clause", "article", "deliberation", "nature", "unite", "prix", "part", "texte")
Key = tuple[Any, ...]


def difference(before: Document, after: Document) -> list[dict[str, Any]]:
    """The lines between two bills of an account and period; amounts are texts, as in a bill."""
    old, new = _grouped(before["lignes"]), _grouped(after["lignes"])
    told = [_between(key, old.get(key, ()), new.get(key, ())) for key in dict.fromkeys((*old, *new))]
    return [line for line in told if line is not None]


def amount(lines: Iterable[Document]) -> Decimal:
    """What the lines come to."""
    return sum((Decimal(line["montant"]) for line in lines), Decimal("0.00"))


def cancelled(before: Document) -> dict[str, Any]:
    """The bill that should not have been: nothing due, and every event said to be left out."""
    names = dict.fromkeys(name for line in before["lignes"] for name in line["evenements"])
    aside = [{"evenement": name, "motif": "facture annulée"} for name in names]
    return {**before, "total": "0.00", "lignes": [], "non_factures": [*before["non_factures"], *aside]}


def _grouped(lines: Sequence[Document]) -> dict[Key, list[Document]]:
    groups: dict[Key, list[Document]] = {}
    for line in lines:
        groups.setdefault(tuple(line[name] for name in SAME), []).append(line)
    return groups


def _between(key: Key, old: Sequence[Document], new: Sequence[Document]) -> dict[str, Any] | None:
    gone, come = _events(old), _events(new)
    quantity = _quantity(new) - _quantity(old)
    change = amount(new) - amount(old)
    if not quantity and not change and gone == come:
        return None
    detail = (new or old)[-1]["detail"]
    return {
        **dict(zip(SAME, key, strict=True)),
        "quantite": str(quantity),
        "montant": str(change),
        "detail": detail,
        "evenements": [name for name in come if name not in gone],
        "retires": [name for name in gone if name not in come],
    }


def _events(lines: Sequence[Document]) -> dict[str, None]:
    return dict.fromkeys(name for line in lines for name in line["evenements"])


def _quantity(lines: Sequence[Document]) -> Fraction:
    return sum((Fraction(line["quantite"]) for line in lines), Fraction(0))
