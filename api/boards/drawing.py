"""What a page needs to show a panel: figures in French, series for the island, a table for everyone. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from api.boards.reading import Panel
from api.french import NBSP, PARIS, ago, number

SUFFIXES = {
    "percent": "%", "lengthkm": "km", "masst": "t", "masskg": "kg", "currencyEUR": "€", "h": "h", "wps": "/s",
    "dBm": "dBm", "celsius": "°C",
}  # fmt: skip
BYTES = ("o", "ko", "Mo", "Go", "To")
LONG_S = 7200


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text, and where it leads."""

    text: str
    link: str = ""


def written(value: Any, unit: str, decimals: int | None, now: datetime) -> str:
    """Write a value in its unit; what is not there is a dash."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        local = value.astimezone(PARIS)
        if value <= now:
            return ago(value, now)
        return f"{local:%d/%m %H:%M}" if local.year == now.year else f"{local:%d/%m/%Y}"
    if isinstance(value, str | bool):
        return str(value)
    figure = float(value)
    if unit == "decbytes":
        power = 0
        while abs(figure) >= 1000 and power < len(BYTES) - 1:
            figure, power = figure / 1000, power + 1
        return f"{number(figure, 1 if power else 0)}{NBSP}{BYTES[power]}"
    if unit == "s":
        return _duration(figure)
    whole = figure == int(figure) and (decimals is None or unit == "short")
    digits = 0 if whole else 1 if decimals is None else decimals
    text = number(figure, digits)
    return f"{text}{NBSP}{SUFFIXES[unit]}" if unit in SUFFIXES else text


def _duration(seconds: float) -> str:
    if abs(seconds) < 120:
        return f"{number(seconds, 0 if seconds == int(seconds) else 1)}{NBSP}s"
    if abs(seconds) < LONG_S:
        return f"{number(seconds / 60)}{NBSP}min"
    if abs(seconds) < 2 * 86_400:
        return f"{number(seconds / 3600)}{NBSP}h"
    return f"{number(seconds / 86_400)}{NBSP}j"


def figures(panel: Panel, now: datetime) -> list[tuple[str, str]]:
    """Return (name, written value) of a panel of figures; nothing when there is no row, or nothing in it."""
    if not panel.rows or all(value is None for value in panel.rows[-1]):
        return []
    return [
        (name, written(value, panel.units.get(name, panel.unit), panel.decimals, now))
        for name, value in zip(panel.columns, panel.rows[-1], strict=True)
    ]


def table(panel: Panel, now: datetime) -> list[list[Cell]]:
    """Return a panel's rows for people: the alternative to its drawing, or the panel itself."""
    return [
        [_cell(panel, name, value, now) for name, value in zip(panel.columns, row, strict=True)]
        for row in panel.rows
    ]


def of_figures(panel: Panel) -> list[bool]:
    """Say of each column whether it holds figures, which are written to the right."""
    return [
        name != "time" and any(isinstance(row[at], int | float | Decimal) for row in panel.rows)
        for at, name in enumerate(panel.columns)
    ]


def _cell(panel: Panel, name: str, value: Any, now: datetime) -> Cell:
    if name == "time":
        return Cell(f"{datetime.fromtimestamp(float(value), PARIS):%d/%m/%Y %H:%M}")
    unit, decimals = panel.units.get(name, panel.unit), panel.decimals
    link = panel.links.get(name)
    text = written(value, unit, decimals, now)
    return Cell(text, link.format(quote(str(value), safe="")) if link else "")


def drawing(panel: Panel) -> dict[str, Any] | None:
    """Return what the island draws: JSON; None when there is nothing to draw."""
    if not panel.rows or panel.kind in ("stat", "table"):
        return None
    common = {
        "kind": panel.kind,
        "unit": panel.unit,
        "suffix": SUFFIXES.get(panel.unit, ""),
        "stacked": panel.stacked,
    }
    if panel.kind == "geomap":
        places = [_place(panel.columns, row) for row in panel.rows]
        return {**common, "places": places}
    if panel.columns[0] == "time":
        x, series = _over_time(panel)
        return {
            **common,
            "x": x,
            "series": _series(panel, series),
        }
    names = [str(row[0]) for row in panel.rows]
    values = {name: [_plain(row[at]) for row in panel.rows] for at, name in enumerate(panel.columns) if at}
    return {
        **common,
        "names": names,
        "series": _series(panel, values),
    }


def _series(panel: Panel, values: Mapping[str, Sequence[float | None]]) -> list[dict[str, Any]]:
    return [{"name": name, "values": one, "colour": panel.colours.get(name)} for name, one in values.items()]


def _place(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    named: Mapping[str, Any] = dict(zip(columns, row, strict=True))
    return {
        "lat": named["lat"], "lon": named["lon"], "value": _plain(named["Niveau"]),
        "name": " – ".join(str(named[one]) for one in columns if isinstance(named[one], str)),
    }  # fmt: skip


def _over_time(panel: Panel) -> tuple[list[float], dict[str, list[float | None]]]:
    """Return instants, and the series: one a column, or one a name when a text column names them."""
    x = sorted({float(row[0]) for row in panel.rows})
    place = {at: number for number, at in enumerate(x)}
    series: dict[str, list[float | None]] = {}
    for row in panel.rows:
        if panel.columns[1:2] == ["metric"]:
            pairs = [(str(row[1]), row[2])]
        else:
            pairs = list(zip(panel.columns[1:], row[1:], strict=True))
        for name, value in pairs:
            series.setdefault(name, [None] * len(x))[place[float(row[0])]] = _plain(value)
    return x, series


def _plain(value: Any) -> float | None:
    return None if value is None else round(float(value), 3)
