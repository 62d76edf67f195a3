"""Plausibility of usage as it comes in: `tariff.usage.review` over a moving week, its doubts appended.

An event is never changed: a doubt is a row beside it, and it is not billed until a person decides. What an
issued run has billed is left alone: the doubt then falls on the newcomer of the pair.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.finance.csv_rows import RefusedRow, Row
from api.finance.imports import Report, import_rows, keep_event
from store.queries import named_queries
from tariff.model import Event
from tariff.usage import Doubt, Reading, Rules, review

SQL = named_queries("api.finance", "review.sql")
STEP = timedelta(days=7)
MARGIN = timedelta(days=1)  # the longest that a rule looks back


def take_usage(connection: Connection[DictRow], rows: Iterable[Row | RefusedRow]) -> Report:
    """Append events, then review them with their neighbours in time: `report.doubted`."""
    new: dict[str, datetime] = {}

    def keep(taking: Connection[DictRow], row: Row) -> bool:
        added = keep_event(taking, row)
        at = row["at"]
        if added and isinstance(at, datetime):
            new[str(row["id"])] = at
        return added

    report = import_rows(connection, rows, keep)
    report.doubted = review_new(connection, new)
    return report


def rules_now(connection: Connection[DictRow]) -> Rules:
    """What the collectivity holds for implausible; `tariff`'s defaults until it says otherwise."""
    row = connection.execute(SQL["rules_now"]).fetchone()
    if row is None:
        return Rules()
    return Rules(
        double_s=row["double_s"],
        double_m=row["double_m"],
        cycle_s=row["cycle_s"],
        neighbour_m=row["neighbour_m"],
        most_per_day=row["most_per_day"],
    )


def review_new(connection: Connection[DictRow], new: Mapping[str, datetime]) -> int:
    """Review the weeks these events are in, one at a time; how many doubts were added."""
    rules = rules_now(connection)
    added = 0
    for week in sorted({(at - _EPOCH) // STEP for at in new.values()}):
        since = _EPOCH + week * STEP
        added += _review(connection, since, since + STEP, rules, new)
    return added


_EPOCH = datetime(2000, 1, 3, tzinfo=UTC)


def _review(
    connection: Connection[DictRow], since: datetime, before: datetime, rules: Rules, new: Collection[str]
) -> int:
    window = {"since": since - MARGIN, "before": before + MARGIN}
    rows = {row["id"]: row for row in connection.execute(SQL["events_around"], window)}
    days = {"first": window["since"].date(), "end": window["before"].date() + timedelta(days=1)}
    homes = {row["code"]: (row["lat"], row["lon"]) for row in connection.execute(SQL["homes"], days)}
    added = 0
    for doubt in review((_reading(row) for row in rows.values()), rules, homes):
        event = _whose(doubt, rows, new)
        if event is not None:
            values = {"event": event, "rule": doubt.rule, "sentence": doubt.sentence, "other": doubt.other}
            if event != doubt.event:
                values["other"] = doubt.event
            added += connection.execute(SQL["doubt_added"], values).rowcount
    return added


def _whose(doubt: Doubt, rows: Mapping[str, DictRow], new: Collection[str]) -> str | None:
    """The event to set aside: the doubtful one, or the newcomer when a person or a bill settled that one."""
    if doubt.event not in new and doubt.other not in new and doubt.rule != "cadence":
        return None
    if rows[doubt.event]["doubted"]:
        return None
    for name in (doubt.event, doubt.other):
        if name is None or rows[name]["decided"] or (rows[name]["billed"] and name not in new):
            continue
        mine = name == doubt.event or name in new
        return name if mine and rows[name]["aside"] is None and not rows[name]["doubted"] else None
    return None


def _reading(row: Mapping[str, Any]) -> Reading:
    event = Event(id=row["id"], at=row["at"], kind=row["kind"], bin=row["bin_code"], badge=row["badge"],
                  device=row["device"])  # fmt: skip
    return Reading(event=event, lat=row["lat"], lon=row["lon"], signal_dbm=row["signal_dbm"])
