"""What the law bounds in a year's product of TEOMi: sentences when it is not respected, nothing else.

CGI art. 1522 bis: the incentive part is between 10 and 45 % of the whole. CGI art. 1636 B undecies: in the
first year the whole may not exceed the product of the year before. A later tolerance of 10 % could not be
verified: `tolerance_percent` is there for whoever has the text, 0 otherwise.
"""

from decimal import Decimal
from fractions import Fraction

from tariff.lines import figure

LOW, HIGH = 10, 45


def breaches(
    incentive: Decimal, whole: Decimal, before: Decimal | None = None, tolerance_percent: int = 0
) -> tuple[str, ...]:
    """What the amounts break, in French. `before`: last year's product, in the first year only."""
    if whole <= 0:
        return ("le produit total est nul.",)
    told = []
    share = Fraction(incentive) * 100 / Fraction(whole)
    if not LOW <= share <= HIGH:
        shown = figure(Fraction(round(share * 100), 100))
        told.append(f"la part incitative fait {shown} % du produit : il faut de {LOW} à {HIGH} %.")
    if before is not None and Fraction(whole) > Fraction(before) * (100 + tolerance_percent) / 100:
        told.append(
            f"la première année, le produit ({whole} €) ne dépasse pas celui de l'année d'avant ({before} €)."
        )
    return tuple(told)
