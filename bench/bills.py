"""A year of bills: how long on one core, and whether memory stays flat as households are streamed.

The grid is a real one (Estuaire et Sillon, 2024). Households and their events are made up from a seed: half
have a bin (lifts and openings), half use the drop-off points alone, one in ten moves in during the year. The
peer is the script a person would write for this one grid: it gives totals and explains nothing. Both must
agree to the cent. `households=100000` measures growth.
"""

import resource
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from time import process_time

from bench.result import Result
from tariff.billing import bill
from tariff.calendar import NEVER, Period
from tariff.grids import Grids, read_grids
from tariff.model import Bill, Bin, Event, Situation, State

TITLE = "How long do a year's bills take on one core, each cent tied to its events?"
GRID = Path(__file__).parents[1] / "tests" / "data" / "tariff" / "grids" / "estuaire-sillon-2024.toml"
YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))
PRICES = {80: ("177.89", "3.85"), 120: ("203.95", "5.12"), 240: ("312.25", "8.78")}
CENT = Decimal("0.01")
Raw = tuple[str, datetime, str, str | None]


def households(count: int, events: int, seed: int) -> Iterator[tuple[Situation, list[Raw]]]:
    """One household at a time with its year of raw events, in no order; nothing is kept."""
    for number in range(count):
        random = Random(seed * 1_000_003 + number)
        arrival = (
            date(2024, 1, 1) if random.random() < 0.9 else YEAR.first + timedelta(random.randrange(1, 365))
        )
        here = Period(arrival, NEVER)
        volume = random.choice((80, 120, 120, 240)) if number % 2 else None
        bins = (Bin(id=f"b{number}", volume_l=volume, stream="omr", period=here),) if volume else ()
        state = State(since=arrival, facts={"categorie": "menage", "personnes": random.randrange(1, 6)})
        name = f"h{number}"
        yield (
            Situation(id=name, period=here, states=(state,), bins=bins),
            [_raw(random, name, bins, rank, here) for rank in range(events)],
        )


def _raw(random: Random, name: str, bins: tuple[Bin, ...], rank: int, here: Period) -> Raw:
    days = (YEAR.end - here.first).days - 1
    start = datetime(here.first.year, here.first.month, here.first.day, 5, tzinfo=UTC)
    at = start + timedelta(days=random.randrange(max(1, days)), seconds=random.randrange(50_000))
    lift = bool(bins) and random.random() < 0.3
    return f"{name}-{rank}", at, "levee" if lift else "ouverture", bins[0].id if lift else None


def by_hand(situation: Situation, usage: list[Raw]) -> Decimal:
    """The peer: this grid alone, written out, the total alone."""
    days = (YEAR.end - max(situation.period.first, YEAR.first)).days
    volume = situation.bins[0].volume_l if situation.bins else None
    fee, lift = PRICES[volume] if volume else ("177.89", "0")
    included = int((Decimal(6 * days) / 366).to_integral_value(ROUND_HALF_UP))
    lifts = sum(kind == "levee" for _, _, kind, _ in usage)
    part = (Decimal(fee) * days / 366).quantize(CENT, ROUND_HALF_UP)
    return part + max(0, lifts - included) * Decimal(lift) + (len(usage) - lifts) * Decimal("1.83")


def run(households: int = 10_000, events: int = 100, seed: int = 1) -> Result:
    """One row a size: a tenth, a half, all; `events` for each household."""
    grids, problems = read_grids({GRID.name: GRID.read_text(encoding="utf-8")})
    assert not problems
    rows = [_measure(grids, size, events, seed) for size in (households // 10, households // 2, households)]
    first, last = rows[0], rows[-1]
    return Result(
        rows,
        {
            "households": households,
            "events": last["events"],
            "billing_s": last["billing_s"],
            "by_hand_s": last["by_hand_s"],
            "peak_mb_growth": round(float(str(last["peak_mb"])) - float(str(first["peak_mb"])), 1),
            "differences": sum(int(str(row["differences"])) for row in rows),
        },
    )


def _measure(grids: Grids, size: int, events: int, seed: int) -> dict[str, object]:
    billing = hand = 0.0
    lines = counted = differences = 0
    total = Decimal(0)
    for situation, raw in households(size, events, seed):
        began = process_time()
        usage = [Event(id=name, at=at, kind=kind, bin=bin_id) for name, at, kind, bin_id in raw]
        found = bill(usage, situation, grids, YEAR)
        billing += process_time() - began
        assert isinstance(found, Bill)
        began = process_time()
        peer = by_hand(situation, raw)
        hand += process_time() - began
        differences += peer != found.total
        total += found.total
        lines += len(found.lines)
        counted += sum(len(line.events) for line in found.lines) + len(found.not_billed)
    assert counted == size * events
    return {
        "households": size,
        "events": counted,
        "billing_s": round(billing, 2),
        "by_hand_s": round(hand, 2),
        "us_per_event": round(billing / counted * 1e6, 1),
        "lines": lines,
        "total_eur": str(total),
        "differences": differences,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
