"""What is known of a site, read for the pages and the JSON API. Changes nothing."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from access.calendar import is_open, openings
from access.model import Book
from api.french import PARIS
from api.gate.agent import counters, skips
from api.gate.agent_documents import SkipNow
from api.gate.openings import in_words, told
from api.gate.site_documents import (
    DayHours,
    DutyOut,
    HaulageOut,
    HazardOut,
    IncidentOut,
    PublicSite,
    SiteOut,
)
from store.queries import named_queries

SQL = named_queries("api.gate", "site.sql")
DAYS_AHEAD = 14
DAYS_BACK = 14


def site_out(connection: Connection[DictRow], book: Book, code: str, now: datetime) -> SiteOut:
    """Everything of a site."""
    since = {"site": code, "since": now - timedelta(days=DAYS_BACK)}
    return SiteOut(
        site=code,
        name=book.sites[code].name,
        days=days(connection, book, code, now),
        counters=counters(connection, code, now),
        skips=[skip_now(row) for row in skips(connection, code)],
        haulages=haulages(connection, code, now),
        hazards=[
            HazardOut(**fields(HazardOut, row)) for row in connection.execute(SQL["hazards"], {"site": code})
        ],
        duties=[DutyOut(**row) for row in connection.execute(SQL["duties"], {"site": code, "since": now})],
        incidents=[IncidentOut(**row) for row in connection.execute(SQL["incidents"], since)],
    )


def fields(model: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row's columns that the model has."""
    return {name: row[name] for name in model.model_fields if name in row}


def skip_now(row: Mapping[str, Any]) -> SkipNow:
    """A skip as the API gives it."""
    return SkipNow(**fields(SkipNow, row))


def haulages(connection: Connection[DictRow], site: str | None, now: datetime) -> list[HaulageOut]:
    """What waits and what was done lately, of one site or all."""
    wanted = {"site": site, "since": now - timedelta(days=DAYS_BACK)}
    return [HaulageOut(**fields(HaulageOut, row)) for row in connection.execute(SQL["haulages"], wanted)]


def days(
    connection: Connection[DictRow], book: Book, code: str, now: datetime, ahead: int = DAYS_AHEAD
) -> list[DayHours]:
    """A site's hours of the coming days, with why they are not the usual ones."""
    today = now.astimezone(PARIS).date()
    rows = connection.execute(SQL["exceptions"], {"since": today}).fetchall()
    why = {row["day"]: row["reason"] for row in rows if row["site"] == code}
    found = []
    for number in range(ahead):
        day = today + timedelta(days=number)
        hours = hours_of(book, code, day)
        found.append(
            DayHours(
                day=day,
                hours=hours,
                text=in_words(hours) or "fermée",
                reason=why.get(day, ""),
                exceptional=day in why,
            )
        )
    return found


def hours_of(book: Book, code: str, day: date) -> list[str]:
    """A day's stretches; a site without hours is open all day."""
    site = book.sites[code]
    if not site.hours and not site.exceptions:
        return ["00:00-24:00"]
    return [one.replace("23:59", "24:00") for one in told(openings(site, day))]


def public_site(connection: Connection[DictRow], book: Book, code: str, now: datetime) -> PublicSite:
    """What anyone may read."""
    row = connection.execute(SQL["place"], {"site": code}).fetchone() or {}
    return PublicSite(
        site=code,
        name=book.sites[code].name,
        address=row.get("address", ""),
        lat=row.get("lat"),
        lon=row.get("lon"),
        notice=row.get("notice", ""),
        open_now=is_open(book.sites[code], now),
        days=days(connection, book, code, now),
        materials=dict(book.materials),
    )


def midnight(day: date) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(day, time(), PARIS)
