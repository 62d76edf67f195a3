"""Run a board's panels: the queries of Grafana's own JSON, by the read-only role, on a period and choices.

Knows the generated boards of `dashboards/` and the database; refuses to know how anything is drawn.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from json import loads
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow

from api.boards.expand import Asked, Choice, expand, seconds

PERIODS = {"1j": 1, "7j": 7, "30j": 30, "90j": 90, "1an": 365, "5ans": 1826}
POINTS = {"status-history": 45, "timeseries": 180}
MOST_ROWS = 2_000
PATIENCE = "5s"
UNREAD = "Ce panneau n'a pas pu être lu."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel and what its query answered; `problem` is a sentence when it answered nothing at all."""

    id: int
    kind: str
    title: str
    about: str
    width: int
    unit: str
    decimals: int | None
    units: Mapping[str, str]  # of columns that have their own
    colours: Mapping[str, str]  # of series that have their own
    links: Mapping[str, str]  # column → address, {} where its value goes
    stacked: bool
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What people choose from: (value, text), and what « all » is written as, where all can be chosen."""

    name: str
    label: str
    every: str | None
    options: Sequence[tuple[str, str]]
    chosen: str  # "" for all


@cache
def boards() -> dict[str, dict[str, Any]]:
    """Return the generated boards by uid, in the order in which they are offered."""
    folder = files("dashboards").joinpath("generated")
    names = folder.joinpath("order.txt").read_text(encoding="utf-8").split()
    return {name: loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8")) for name in names}


def read_variables(
    connection: Connection[DictRow], board: Mapping[str, Any], wanted: Mapping[str, str], now: datetime
) -> list[Variable]:
    """Return the board's variables with what they offer; a value that is not offered counts as none."""
    found: list[Variable] = []
    for one in board["templating"]["list"]:
        if one["type"] != "query":
            continue
        asked = Asked(since=now, until=now, choices=choices(found))
        rows = connection.execute(expand(one["query"], asked).encode()).fetchall()
        options = [(str(row["__value"]), str(row["__text"])) for row in rows]
        every = one.get("allValue") if one["includeAll"] else None
        chosen = wanted.get(one["name"], "")
        if chosen not in {value for value, _ in options}:
            chosen = "" if every is not None or not options else options[0][0]
        found.append(
            Variable(name=one["name"], label=one["label"], every=every, options=options, chosen=chosen)
        )
    return found


def choices(variables: Sequence[Variable]) -> dict[str, Choice]:
    """Return the variables as the SQL takes them."""
    return {
        one.name: Choice(values=(one.chosen,) if one.chosen else (), every=None if one.chosen else one.every)
        for one in variables
    }


def read_panels(
    connection: Connection[DictRow],
    board: Mapping[str, Any],
    variables: Sequence[Variable],
    until: datetime,
    period: timedelta,
) -> list[Panel]:
    """Return every panel of a board with its rows; one that fails says so and costs the others nothing."""
    return [_panel(connection, one, choices(variables), until, period) for one in board["panels"]]


def prepare(connection: Connection[DictRow]) -> None:
    """Make the transaction read only and impatient."""
    connection.execute("SET TRANSACTION READ ONLY")
    connection.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'".encode())


def _panel(
    connection: Connection[DictRow],
    panel: Mapping[str, Any],
    chosen: Mapping[str, Choice],
    until: datetime,
    period: timedelta,
) -> Panel:
    asked = Asked(
        since=until - period, until=until, choices=chosen, least_s=seconds(panel.get("interval")),
        points=POINTS.get(panel["type"], 180),
    )  # fmt: skip
    columns: list[str] = []
    rows: list[tuple[Any, ...]] = []
    problem = ""
    try:
        with connection.transaction(), connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
            cursor.execute(expand(panel["targets"][0]["rawSql"], asked).encode())
            columns = [one.name for one in cursor.description or ()]
            rows = cursor.fetchmany(MOST_ROWS)
    except psycopg.Error as error:
        _log.error("panel %s: %s", panel["title"], type(error).__name__)
        problem = UNREAD
    defaults = panel["fieldConfig"]["defaults"]
    return Panel(
        id=panel["id"],
        kind=panel["type"],
        title=panel["title"],
        about=panel["description"],
        width=panel["gridPos"]["w"],
        unit=defaults.get("unit", "short"),
        decimals=defaults.get("decimals"),
        units=_overrides(panel, "unit"),
        colours={name: one["fixedColor"] for name, one in _overrides(panel, "color").items()},
        links={name: _ours(links[0]["url"]) for name, links in _overrides(panel, "links").items()},
        stacked=_stacked(panel),
        columns=columns,
        rows=rows,
        problem=problem,
    )


def _overrides(panel: Mapping[str, Any], wanted: str) -> dict[str, Any]:
    return {
        override["matcher"]["options"]: each["value"]
        for override in panel["fieldConfig"]["overrides"]
        for each in override["properties"]
        if each["id"] == wanted
    }


def _stacked(panel: Mapping[str, Any]) -> bool:
    custom = panel["fieldConfig"]["defaults"].get("custom", {})
    drawn: bool = custom.get("drawStyle") == "bars"
    stacked: bool = panel.get("options", {}).get("stacking") == "normal"
    return drawn or stacked


def _ours(address: str) -> str:
    """Return an address of ours out of a link of Grafana's: ${glaneur}/colonnes/${__value.raw}."""
    return address.replace("${glaneur}", "").replace("${__value.raw}", "{}")
