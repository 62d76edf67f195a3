"""The dial of the planning form: what each service level is expected to cost over the coming days.

Reads the day as the worker would, asks the policy once per level, and lays the answers out as a small chart.
Knows the chart's geometry and no policy of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import DictRow

from api.dispatch import choosing, sharing
from api.dispatch.drafts import SQL as ROUNDS
from api.dispatch.reading import read_columns, read_sites, read_trucks
from routing.curve import Point
from routing.travel import TravelTimes

SERVICES = tuple(round(100 * one, 2) for one in choosing.SERVICES)
USUAL = 99.5
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 320, 170, 46, 30, 18
"""The chart in pixels, with room for its figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One level on the chart and in the table beside it."""

    asked: float
    expected: float
    km_week: float
    emptyings: int
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """The marks from the lowest service to the highest, or why there are none."""

    marks: tuple[Mark, ...]
    days: int
    travel: str
    problem: str
    line: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BOTTOM
    most_km: float = 0.0


def read(
    connection: Connection[DictRow],
    day: date,
    stream: str,
    trucks: Sequence[str],
    now: datetime,
    travel: TravelTimes,
) -> Dial:
    """Ask the policy what each level costs with these trucks (codes; all if none is named)."""
    able = [row for row in connection.execute(ROUNDS["vehicles"], {"day": day}) if stream in row["streams"]]
    codes = [row["id"] for row in able if not trucks or row["code"] in trucks]
    fleet, sites = read_trucks(connection, codes), read_sites(connection, stream)
    columns = read_columns(connection, stream, now)
    if not fleet or not sites:
        return drawn((), travel.name, "Il faut au moins un camion et un site de vidage pour ce flux.")
    asked = choosing.ask(columns, fleet, sites, day, now, travel)
    if not asked.horizon.columns:
        return drawn((), travel.name, "Aucune colonne de ce flux n'a de niveau connu.")
    asked = sharing.shared(connection, stream, asked, fleet, now, USUAL / 100, travel)
    return drawn(choosing.expected(asked), asked.source)


def drawn(points: Sequence[Point], travel: str, problem: str = "") -> Dial:
    """Lay the points out: service to the right at equal steps, kilometres a week upwards from zero."""
    weekly = [7 * one.metres / 1000 / max(1, one.days) for one in points]
    most = max([*weekly, 1.0])
    step = (WIDTH - LEFT - 36) / max(1, len(points) - 1)
    marks = tuple(
        Mark(
            asked=round(100 * one.asked, 2),
            expected=100 * one.expected,
            km_week=km,
            emptyings=one.emptyings,
            x=round(LEFT + 10 + number * step, 1),
            y=round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * km / most, 1),
        )
        for number, (one, km) in enumerate(zip(points, weekly, strict=True))
    )
    return Dial(
        marks=marks,
        days=points[0].days if points else 0,
        travel=travel,
        problem=problem,
        line=" ".join(f"{mark.x},{mark.y}" for mark in marks),
        most_km=most,
    )
