"""A year of bills: how long on one core, whether memory stays flat, and how long until they are printed.

The grid is a real one (Estuaire et Sillon, 2024). Households and their events are made up from a seed: half
have a bin (lifts and openings), half use the drop-off points alone, one in ten moves in during the year. The
peer is the script a person would write for this one grid: it gives totals and explains nothing. Both must
agree to the cent. `growth` times as many households are billed at the end, streamed. Then the same ones
go through the tables (`stored=0` leaves that out): a run, its issue, and its PDF bills by `workers`.
"""

import resource
from decimal import ROUND_HALF_UP, Decimal
from time import process_time

from bench import bills_made
from bench.bills_made import GRID, YEAR, Raw
from bench.result import Result
from tariff.billing import bill
from tariff.grids import Grids, read_grids
from tariff.model import Bill, Event, Situation

TITLE = "How long do a year's bills take, each cent tied to its events, and how long to print them?"
VERSIONS = ("typst", "zxing-cpp", "psycopg", "playwright")
PRICES = {80: ("177.89", "3.85"), 120: ("203.95", "5.12"), 240: ("312.25", "8.78")}
CENT = Decimal("0.01")


def by_hand(situation: Situation, usage: list[Raw]) -> Decimal:
    """The peer: this grid alone, written out, the total alone."""
    days = (YEAR.end - max(situation.period.first, YEAR.first)).days
    volume = situation.bins[0].volume_l if situation.bins else None
    fee, lift = PRICES[volume] if volume else ("177.89", "0")
    included = int((Decimal(6 * days) / 366).to_integral_value(ROUND_HALF_UP))
    lifts = sum(kind == "levee" for _, _, kind, _ in usage)
    part = (Decimal(fee) * days / 366).quantize(CENT, ROUND_HALF_UP)
    return part + max(0, lifts - included) * Decimal(lift) + (len(usage) - lifts) * Decimal("1.83")


def run(
    households: int = 10_000, events: int = 100, growth: int = 10, stored: int = 10_000, workers: int = 2,
    peers: int = 100, seed: int = 1,
) -> Result:  # fmt: skip
    """A row for a tenth, all and `growth` times all, `events` a household; then the tables and the PDF."""
    grids, problems = read_grids({GRID.name: GRID.read_text(encoding="utf-8")})
    assert not problems
    sizes = sorted({households // 10, households, households * growth})
    rows = [_measure(grids, size, events, seed) for size in sizes]
    first, last = rows[0], rows[-1]
    whole = next(row for row in rows if row["bills"] == households)
    summary: dict[str, object] = {
        "households": households,
        "events": whole["events"],
        "billing_s": whole["seconds"],
        "growth_s": last["seconds"],
        "growth_households": last["bills"],
        "us_per_event": [row["us_per_event"] for row in rows],
        "peak_mb_growth": round(float(str(last["peak_mb"])) - float(str(first["peak_mb"])), 1),
        "differences": sum(int(str(row["differences"])) for row in rows),
    }
    if stored:
        from bench.bills_stored import measure  # its servers and browser would hide how flat billing is

        tables = measure(bills_made.households(stored, events, seed), stored, workers, peers)
        rows += tables
        summary |= {
            "stored_run_s": tables[0]["seconds"],
            "pdf_s": tables[2]["seconds"],
            "pdf_cpu_s": tables[2]["cpu_s"],
        }
    return Result(rows, summary)


def _measure(grids: Grids, size: int, events: int, seed: int) -> dict[str, object]:
    billing = 0.0
    counted = differences = 0
    total = Decimal(0)
    for situation, raw in bills_made.households(size, events, seed):
        began = process_time()
        usage = [Event(id=name, at=at, kind=kind, bin=bin_id) for name, at, kind, bin_id in raw]
        found = bill(usage, situation, grids, YEAR)
        billing += process_time() - began
        assert isinstance(found, Bill)
        differences += by_hand(situation, raw) != found.total
        total += found.total
        counted += sum(len(line.events) for line in found.lines) + len(found.not_billed)
    assert counted == size * events
    return {
        "measure": "billing, one core",
        "bills": size,
        "events": counted,
        "seconds": round(billing, 2),
        "cpu_s": round(billing, 2),
        "us_per_event": round(billing / counted * 1e6, 1),
        "ms_per_bill": round(billing / size * 1000, 2),
        "total_eur": str(total),
        "differences": differences,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
