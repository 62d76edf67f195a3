"""A year of made-up households and their events, one at a time, from a seed. Bills nothing, keeps nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from tariff.calendar import NEVER, Period
from tariff.model import Bin, Situation, State

GRID = Path(__file__).parents[1] / "tests" / "data" / "tariff" / "grids" / "estuaire-sillon-2024.toml"
YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))
Raw = tuple[str, datetime, str, str | None]
Household = tuple[Situation, list[Raw]]


def households(count: int, events: int, seed: int) -> Iterator[Household]:
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
