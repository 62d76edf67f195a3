"""Shapes of the charts, in units of their view box; a template draws them beside a table. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

WIDTH, HEIGHT, FOOT = 720, 160, 22
SERIES = ("a", "b", "c", "d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A rectangle; `series` chooses its colour and pattern; `title` is read on pointing."""

    x: float
    y: float
    width: float
    height: float
    series: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A word under the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars over an axis, and what is written under it."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    foot: int = FOOT


def grouped(
    labels: Sequence[str], values: Sequence[Sequence[int]], titles: Sequence[Sequence[str]], every: int = 1
) -> Chart:
    """For each label, one bar per series side by side; every n-th label is written."""
    most = max((one for series in values for one in series), default=0) or 1
    slot = WIDTH / max(1, len(labels))
    thick = slot * 0.8 / max(1, len(values))
    bars = []
    for rank, series in enumerate(values):
        for place, value in enumerate(series):
            tall = round(value / most * (HEIGHT - FOOT - 8), 1)
            x = place * slot + slot * 0.1 + rank * thick
            bars.append(
                Bar(
                    x=round(x, 1),
                    y=round(HEIGHT - FOOT - tall, 1),
                    width=round(thick, 1),
                    height=tall,
                    series=SERIES[rank % len(SERIES)],
                    title=titles[rank][place],
                )
            )
    marks = [
        Mark(x=round(place * slot + slot / 2, 1), text=text)
        for place, text in enumerate(labels)
        if place % every == 0
    ]
    return Chart(bars=tuple(bars), marks=tuple(marks))


MONTHS = "jan fév mar avr mai jun jul aoû sep oct nov déc".split()  # noqa: SIM905


def months_chart(months: Sequence[date], now: Sequence[int], before: Sequence[int]) -> Chart:
    """Twelve months, the year before and this one side by side."""
    labels = [f"{MONTHS[one.month - 1]} {one:%y}" for one in months]
    titles = [
        [
            f"{MONTHS[one.month - 1]} {one.year - 1} : {value}"
            for one, value in zip(months, before, strict=True)
        ],
        [f"{MONTHS[one.month - 1]} {one.year} : {value}" for one, value in zip(months, now, strict=True)],
    ]
    return grouped(labels, [before, now], titles)


def histogram(
    series: Sequence[Sequence[int]], most_steps: int = 24
) -> tuple[list[tuple[int, int]], list[list[int]]]:
    """Bills in cents by round steps of euros (1, 2, 5, 10…): edges in cents, counts by series."""
    low = min((min(one) for one in series if one), default=0)
    high = max((max(one) for one in series if one), default=0)
    step = 100
    for size in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000, 100_000):
        step = size * 100
        if (high // step) - (low // step) < most_steps:
            break
    first = low // step
    edges = [(rank * step, (rank + 1) * step) for rank in range(first, high // step + 1)]
    counts = [[0] * len(edges) for _ in series]
    for rank, cents in enumerate(series):
        for one in cents:
            counts[rank][one // step - first] += 1
    return edges, counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Winners and losers of a group as parts of a bar 100 wide."""

    winners: float
    losers: float
    label: str
    accounts: int
    gaining: int
    losing: int
    difference: Decimal
