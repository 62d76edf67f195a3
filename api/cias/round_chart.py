"""A day's rounds as one drawing: straight lines from door to door, in the rounds' order. Pure; knows no page.

Degrees become points of a picture `WIDTH` wide; east and north keep their proportion at this latitude.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

from api.cias.round_documents import PlannedRound

WIDTH, HEIGHT, EDGE = 800.0, 420.0, 16.0
STYLES = 4
"""How many looks lines have (colour and dashes together), then they repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A door's place in the picture."""

    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A round's way; `style` is one of `STYLES`."""

    name: str
    style: int
    points: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The picture, and where the cold room is in it."""

    lines: tuple[Line, ...]
    room: Dot | None


def chart_of(rounds: Sequence[PlannedRound], room: tuple[float, float] | None) -> Chart | None:
    """The picture of these rounds; None when nobody on them has a place."""
    placed = [(one.lat, one.lon) for found in rounds for one in found.doors if one.lat is not None]
    spots = [(lat, lon) for lat, lon in (*placed, *((room,) if room else ())) if lon is not None]
    if not placed:
        return None
    south, north = min(lat for lat, _ in spots), max(lat for lat, _ in spots)
    west, east = min(lon for _, lon in spots), max(lon for _, lon in spots)
    narrow = cos(radians((south + north) / 2))
    scale = min(
        (WIDTH - 2 * EDGE) / max(1e-6, (east - west) * narrow), (HEIGHT - 2 * EDGE) / max(1e-6, north - south)
    )

    def dot(lat: float, lon: float, title: str) -> Dot:
        x, y = EDGE + (lon - west) * narrow * scale, EDGE + (north - lat) * scale
        return Dot(x=round(x, 1), y=round(y, 1), title=title)

    start = dot(*room, "Chambre froide") if room else None
    lines = []
    for n, found in enumerate(rounds):
        dots = tuple(
            dot(one.lat, one.lon, f"{number}. {one.name}")
            for number, one in enumerate(found.doors, 1)
            if one.lat is not None and one.lon is not None
        )
        way = (*((start,) if start else ()), *dots, *((start,) if start else ()))
        points = " ".join(f"{one.x},{one.y}" for one in way)
        lines.append(Line(name=f"{found.van}, {found.shift}", style=n % STYLES, points=points, dots=dots))
    return Chart(lines=tuple(lines), room=start)
