"""What an entry costs where the rules themselves name a price. Exact; one rounding, half up, on each charge.

Prices that a council votes in its tariff are `tariff`'s; these are those its gate rules state.
"""

from decimal import ROUND_HALF_UP, Decimal

from access.allowances import Used, priced_by_passage
from access.model import Book, Brought, Charge, Holder, Price, Scan

CENT = Decimal("0.01")
LITRES_PER_M3 = 1000
KG_PER_T = 1000


def charges(book: Book, holder: Holder, scan: Scan, units: int, used: Used) -> tuple[Charge, ...]:
    """Price this entry: its passages, then each material in the order declared. Free lines are left out."""
    found = [
        charge for price in priced_by_passage(book, holder, scan) for charge in _passages(price, units, used)
    ]
    for one in scan.brought:
        price = _price_of(book, holder, scan, one)
        if price is not None and price.amount:
            found.append(_charge(price, one.material, _quantity(price, one)))
    return tuple(found)


def _passages(price: Price, units: int, used: Used) -> list[Charge]:
    # Of the passages before+1 … before+units, those from the first priced to the last.
    before = used.get((price.id, None), 0)
    end = before + units if price.last is None else min(before + units, price.last)
    priced = end - max(before, price.first - 1)
    return [_charge(price, None, priced)] if priced > 0 else []


def _price_of(book: Book, holder: Holder, scan: Scan, brought: Brought) -> Price | None:
    # A material may be sold by volume and by weight: what was weighed is paid by weight.
    fitting = [
        one
        for one in book.prices
        if one.unit != "passage"
        and (not one.materials or brought.material in one.materials)
        and one.scope.holds(holder, scan)
        and _quantity(one, brought) > 0
    ]
    return min(fitting, key=lambda one: ("t", "m3", "piece").index(one.unit), default=None)


def _quantity(price: Price, brought: Brought) -> int:
    if price.unit == "t":
        return brought.weight_kg
    if price.unit == "piece":
        return brought.pieces
    return max(brought.volume_l, price.minimum_l) if brought.volume_l else 0


def _charge(price: Price, material: str | None, quantity: int) -> Charge:
    per = {"m3": LITRES_PER_M3, "t": KG_PER_T}.get(price.unit, 1)
    amount = (price.amount * quantity / per).quantize(CENT, ROUND_HALF_UP)
    return Charge(
        rule=price.id,
        clause=price.clause,
        material=material,
        quantity=quantity,
        unit=price.unit,
        amount=amount,
    )
