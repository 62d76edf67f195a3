"""What a passage takes from each allowance, and what was taken before. Knows no refusal and no sentence.

A counter is named by a rule and, for an allowance that counts each material by itself, the material. Whoever
keeps the passages (a database, a terminal without a network) sums them over `windows`; `count` does it from a
list.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from access.calendar import Window, window
from access.model import Allowance, Book, Brought, Holder, Passage, Price, Scan, Unit

Counter = tuple[str, str | None]
Used = Mapping[Counter, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One number to know before deciding: the sum of `unit` over `window`, of these materials (none: all)."""

    counter: Counter
    unit: Unit
    window: Window
    materials: tuple[str, ...]


def applying(book: Book, holder: Holder, scan: Scan) -> tuple[Allowance, ...]:
    """The allowances that this scan is subject to, in the book's order."""
    return tuple(one for one in book.allowances if one.scope.holds(holder, scan))


def priced_by_passage(book: Book, holder: Holder, scan: Scan) -> tuple[Price, ...]:
    """The prices that depend on how many times one came."""
    return tuple(one for one in book.prices if one.unit == "passage" and one.scope.holds(holder, scan))


def windows(book: Book, holder: Holder, scan: Scan) -> tuple[Counted, ...]:
    """Every number that `decide` will ask for."""
    wanted = []
    for one in applying(book, holder, scan):
        span = window(scan.at, one.per, one.rolling_days)
        for material in touched(one, scan) if one.each else (None,):
            materials = one.materials if material is None else (material,)
            wanted.append(
                Counted(counter=(one.id, material), unit=one.unit, window=span, materials=materials)
            )
    for price in priced_by_passage(book, holder, scan):
        span = window(scan.at, price.per)
        wanted.append(Counted(counter=(price.id, None), unit="passages", window=span, materials=()))
    return tuple(wanted)


def longest(book: Book, at: datetime) -> Window | None:
    """The span that holds every window of a book's rules around an instant; None when nothing is counted."""
    spans = [window(at, one.per, one.rolling_days) for one in book.allowances]
    spans += [window(at, one.per) for one in book.prices if one.unit == "passage"]
    if not spans:
        return None
    return Window(min(one.start for one in spans), max(one.end for one in spans), False)


def count(wanted: Iterable[Counted], passages: Iterable[Passage]) -> dict[Counter, int]:
    """Sum past passages for each counter, in one reading of the list."""
    asked = tuple(wanted)
    sums = {one.counter: 0 for one in asked}
    for passage in passages:
        for one in asked:
            if one.window.start <= passage.at < one.window.end:
                sums[one.counter] += measure(one.unit, one.materials, passage.units, passage.brought)
    return sums


def touched(allowance: Allowance, scan: Scan) -> tuple[str, ...]:
    """The materials of this load that the allowance is about."""
    wanted = allowance.materials
    return tuple(one.material for one in scan.brought if not wanted or one.material in wanted)


def measure(unit: Unit, materials: tuple[str, ...], units: int, brought: Iterable[Brought]) -> int:
    """What one entry takes, in an allowance's unit."""
    if unit == "passages":
        return units
    meant = (one for one in brought if not materials or one.material in materials)
    return sum({"l": one.volume_l, "kg": one.weight_kg, "pieces": one.pieces}[unit] for one in meant)


def units_of(book: Book, scan: Scan) -> int:
    """What an entry takes from an allowance of passages; an empty trailer takes nothing."""
    vehicle = book.vehicles[scan.vehicle]
    return vehicle.units + (vehicle.trailer_units if scan.trailer == "loaded" else 0)
