"""Rain by day, where somebody provides it: a file becomes rows, rows become what forecasts are given.

No network: a file of observations and forecasts (CSV or JSON) is imported by hand or by cron. A file with one
bad line is refused whole, with the line; the same day given again replaces what was known. Forecasts do
without.
"""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import DictRow

from fill.season import NO_RAIN, Rain
from store.queries import named_queries

MOST_DAYS = 400_000  # twenty years of fifty communes
MOST_MM = 2_000.0
FIELDS = {"day", "rain_mm", "insee"}
TERRITORY = ""
"""In place of a commune: the territory as a whole."""

_SQL = named_queries("api.dispatch", "weather.sql")


class BadWeather(ValueError):
    """A file that is no weather; the message is a sentence that says where."""


@dataclass(frozen=True, slots=True)
class RainyDay:
    """Millimetres fallen, or expected, on a local day in a commune (by its INSEE code, "" for all)."""

    insee: str
    day: date
    rain_mm: float


@dataclass(frozen=True, slots=True)
class Weather:
    """Rain by commune; a commune without its own has the territory's."""

    by_commune: Mapping[str, Rain]

    def at(self, insee: str) -> Rain:
        """The rain that counts for a commune."""
        return self.by_commune.get(insee) or self.by_commune.get(TERRITORY, NO_RAIN)


def read_weather(text: str) -> list[RainyDay]:
    """Read `day,rain_mm[,insee]` as CSV (`;` and decimal commas too) or JSON. Errors: `BadWeather`."""
    found: dict[tuple[str, date], RainyDay] = {}
    for number, row in _rows(text.lstrip("\ufeff")):
        if len(found) >= MOST_DAYS:
            raise BadWeather(f"more than {MOST_DAYS} days")
        one = _day(number, row)
        if found.setdefault((one.insee, one.day), one) != one:
            raise BadWeather(f"line {number}: {one.day} is given twice with different rain")
    if not found:
        raise BadWeather("no day in it")
    return list(found.values())


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    if text.lstrip().startswith("["):
        try:
            rows = json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            raise BadWeather("neither CSV nor JSON") from None
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict):
                raise BadWeather(f"line {number}: not an object")
            yield number, row
        return
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ",", restkey="more")
    try:
        for row in reader:
            yield reader.line_num, {name: cell for name, cell in row.items() if cell is not None}
    except csv.Error:
        raise BadWeather(f"line {reader.line_num}: not CSV") from None


def _day(number: int, row: Mapping[str, object]) -> RainyDay:
    if not {"day", "rain_mm"} <= row.keys() <= FIELDS:
        raise BadWeather(f"line {number}: the fields must be day, rain_mm and perhaps insee")
    try:
        day = date.fromisoformat(str(row["day"]).strip())
        fallen = float(str(row["rain_mm"]).strip().replace(",", "."))
    except ValueError:
        raise BadWeather(f"line {number}: day must be a date, rain_mm a number") from None
    if not 0.0 <= fallen <= MOST_MM or not 2000 <= day.year < 2200:
        raise BadWeather(f"line {number}: rain_mm must be between 0 and {MOST_MM:.0f}, day after 2000")
    return RainyDay(str(row.get("insee", TERRITORY)).strip(), day, fallen)


def save_weather(connection: Connection[DictRow], days: Iterable[RainyDay], source: str) -> int:
    """Write the days; return how many. Commits. A commune nobody knows: `BadWeather`, nothing written."""
    rows = list(days)
    known = {row["insee"] for row in connection.execute(_SQL["communes"])} | {TERRITORY}
    strange = sorted({one.insee for one in rows} - known)
    if strange:
        raise BadWeather(f"commune {strange[0][:20]!r} is not one of the territory's")
    columns = ([one.insee for one in rows], [one.day for one in rows], [one.rain_mm for one in rows])
    given = dict(zip(("insees", "days", "rain"), columns, strict=True))
    connection.execute(_SQL["save"], {**given, "source": source})
    connection.commit()
    return len(rows)


def rain_by_commune(connection: Connection[DictRow], now: datetime) -> Weather:
    """Read the rain of the last 400 days and of those to come."""
    found: dict[str, dict[date, float]] = defaultdict(dict)
    for row in connection.execute(_SQL["rain"], {"now": now}):
        found[row["insee"]][row["day"]] = row["rain_mm"]
    return Weather(dict(found))
