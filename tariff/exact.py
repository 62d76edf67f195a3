"""Exact arithmetic of money: fractions inside, one rounding function, and sharing out without losing a cent.

Knows nothing of clauses. Quantities and prices meet as fractions: nothing is rounded before the rule says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Number = int | Fraction
CENT = Decimal("0.01")
HALF = Fraction(1, 2)
MODES = ("demi_haut", "demi_pair", "inferieur", "superieur")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How a grid rounds: each line or the whole bill, to which step, and which way halves go."""

    per: str = "ligne"
    step: Decimal = CENT
    mode: str = "demi_haut"


def whole(value: Number, mode: str) -> int:
    """The whole number near `value`: halves away from zero (demi_haut) or to even; or down, or up."""
    value = Fraction(value)
    if mode == "inferieur":
        return value.__floor__()
    if mode == "superieur":
        return value.__ceil__()
    if mode == "demi_pair":
        return round(value)
    return (value + HALF).__floor__() if value >= 0 else -((-value + HALF).__floor__())


def rounded(value: Number, step: Decimal = CENT, mode: str = "demi_haut") -> Decimal:
    """The amount near `value` that is a whole number of steps. The only place where money is rounded."""
    amount = Decimal(whole(Fraction(value) / Fraction(step), mode)) * step
    return amount.quantize(CENT) if step >= CENT else amount


def shared(amount: Decimal, weights: Mapping[str, Number], step: Decimal = CENT) -> dict[str, Decimal]:
    """The amount split in proportion to the weights, adding up to it exactly (largest remainder).

    The steps left over go to the largest remainders, then by name: everyone's part can be found alone.
    Weights: not negative, not all zero. The amount must be a whole number of steps, else ValueError.
    """
    steps = Fraction(amount) / Fraction(step)
    total = sum(weights.values())
    if steps.denominator != 1:
        raise ValueError(f"{amount} is not a whole number of {step}")
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError("weights must not be negative, nor all zero")
    parts = {name: steps * Fraction(weight) / total for name, weight in weights.items()}
    given = {name: part.__floor__() for name, part in parts.items()}
    left = int(steps) - sum(given.values())
    for name in sorted(parts, key=lambda one: (given[one] - parts[one], one))[:left]:
        given[name] += 1
    return {name: Decimal(count) * step for name, count in given.items()}
