"""Who the office should ring: nothing ordered next week, too few meals, away, in hospital, back soon; and the
day's list."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.asking import granted, settled
from api.cias.files import SQL
from meals.calendar import week_of
from meals.kitchen import deliveries
from meals.model import Absence, Meal, Reason
from meals.settle import below_minimum

USUAL_WEEKS = 4
"""Usually served: with a meal in at least half of so many weeks before."""
AHEAD_DAYS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """An absence under way or to come."""

    who: DictRow
    first: date
    last: date
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What to see to. `silent`: usually served, nothing next week; `few`: below the minimum next week."""

    monday: date
    silent: tuple[DictRow, ...]
    few: tuple[tuple[DictRow, int], ...]
    away: tuple[Away, ...]
    unwell: tuple[tuple[DictRow, Meal], ...]


def lists(connection: Connection[DictRow], key: bytes, today: date) -> tuple[Lists, list[int]]:
    """The lists of this day; and whose files were opened for them."""
    monday = week_of(today)[-1] + timedelta(days=1)
    first = monday - timedelta(days=7 * USUAL_WEEKS)
    last = monday + timedelta(days=6)
    rows = connection.execute(SQL["people_served"], {"first": today, "last": last}).fetchall()
    who = {str(row["id"]): row for row in rows}
    service, found = settled(connection, key, rows, first, last)
    wanted = [one for one in found.meals if one.status in ("ordered", "pending")]
    weeks: dict[str, set[date]] = defaultdict(set)
    for one in wanted:
        weeks[one.person].add(week_of(one.day)[0])
    away = _away(connection, rows, today)
    known_away = {one.who["id"] for one in away if one.first <= last and one.last >= monday}
    silent = [
        row
        for row in rows
        if monday not in weeks[str(row["id"])]
        and 2 * len(weeks[str(row["id"])]) >= USUAL_WEEKS
        and row["id"] not in known_away
    ]
    made = Lists(
        monday=monday,
        silent=tuple(silent),
        few=tuple(
            (who[person], count) for person, week, count in below_minimum(service, wanted) if week == monday
        ),
        away=away,
        unwell=tuple(
            (who[one.person], one)
            for one in found.meals
            if one.status == "undeliverable" and one.day >= today
        ),
    )
    return made, [row["id"] for row in rows]


def day_list(
    connection: Connection[DictRow], key: bytes, day: date
) -> tuple[list[tuple[object, ...]], list[int]]:
    """Everybody who gets something that day: commune's code, name, address, telephone, hours, trays."""
    rows = connection.execute(SQL["people_served"], {"first": day, "last": day}).fetchall()
    who = {str(row["id"]): row for row in rows}
    _, found = settled(connection, key, rows, day, day + timedelta(days=6))
    stops = deliveries([one for one in found.meals if one.delivery == day])
    made = [
        (row["insee"], row["name"], row["address"], row["phone"], _hours(row), stop.trays)
        for stop in stops
        for row in (who[stop.person],)
    ]
    return sorted(made, key=lambda one: (str(one[0] or ""), str(one[1]))), [row["id"] for row in rows]


def _away(connection: Connection[DictRow], rows: Sequence[DictRow], today: date) -> tuple[Away, ...]:
    who = {str(row["id"]): row for row in rows}
    found = [
        Away(who=who[one.person], first=one.first, last=one.last, reason=one.reason)
        for one in granted(connection, [row["id"] for row in rows])
        if isinstance(one, Absence) and one.last >= today and one.first <= today + timedelta(days=AHEAD_DAYS)
    ]
    return tuple(sorted(found, key=lambda one: (one.last, one.who["name"])))


def _hours(row: DictRow) -> str:
    if row["window_from"] is None:
        return ""
    return f"{row['window_from']:%H:%M} – {row['window_until']:%H:%M}"
