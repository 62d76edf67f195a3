"""Asking a board's question as Grafana does: panels and variables by name, what a drawing must be given."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import DictRow

from api.boards.expand import Asked, Choice, expand, seconds
from bench.boards import EVERYTHING, boards

PANELS = {f"{board['uid']}/{panel['title']}": panel for board in boards() for panel in board["panels"]}
VARIABLES = {
    one["name"]: one["query"]
    for board in boards()
    for one in board["templating"]["list"]
    if one["type"] == "query"
}

HOSTILE = (
    "l'Étoile",
    "'; DROP TABLE reading; --",
    '" OR 1=1 --',
    "\\'",
    "$__timeFrom()",
    "${flux:sqlstring}",
    "%s",
    "",
)


def ask(
    connection: psycopg.Connection[DictRow],
    panel: dict[str, Any],
    days: int,
    until: datetime,
    **choices: Choice,
) -> list[DictRow]:
    """A panel's rows, with its SQL as the data source would send it to this edition."""
    buckets = connection.execute(
        "SELECT to_regproc('time_bucket') IS NOT NULL OR EXISTS"
        " (SELECT FROM pg_extension WHERE extname = 'timescaledb') AS there"
    ).fetchone()
    asked = Asked(
        since=until - timedelta(days=days), until=until, choices={**EVERYTHING, **choices},
        least_s=seconds(panel.get("interval")), buckets=bool(buckets and buckets["there"]),
    )  # fmt: skip
    return connection.execute(expand(panel["targets"][0]["rawSql"], asked).encode()).fetchall()


def fits(name: str, panel: dict[str, Any], rows: Sequence[DictRow]) -> None:
    """Assert that a panel's rows are what its drawing takes: its columns, figures, levels from 0 to 100."""
    assert rows, name
    columns = list(rows[0])
    values = [value for row in rows for value in row.values()]
    assert any(isinstance(value, int | float | Decimal) for value in values), name
    assert all(
        value is not None for row in rows for key, value in row.items() if key in ("time", "metric")
    ), name
    if panel["targets"][0]["format"] == "time_series":
        assert columns == ["time", "metric", "value"], name
    elif panel["type"] == "timeseries":
        assert columns[0] == "time", name
    elif panel["type"] == "barchart":
        assert isinstance(rows[0][columns[0]], str), name
    elif panel["type"] == "geomap":
        assert {"lat", "lon", "Niveau"} <= set(columns)
    elif panel["type"] == "stat":
        assert len(rows) == 1, name
    if panel["fieldConfig"]["defaults"]["unit"] == "percent" and "budget" not in name:
        found = [row[key] for row in rows for key in row if key not in ("time", "metric")]
        assert all(0 <= value <= 100 for value in found if isinstance(value, int | float | Decimal)), name
