"""What comes out of the gates: passages by site, hour, category and material; statements of those who pay.

Counts are read from `answers`, where no holder is; a statement is one holder's, and its reading is audited.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel

from api.auth import Dispatcher, record
from api.database import Database
from api.french import PARIS
from api.gate.agent import book_now
from api.gate.retention import bill
from api.gate.site_views import midnight
from api.pages import page
from store.queries import named_queries

routes = APIRouter(tags=["déchetterie : passages"])

_SQL = named_queries("api.gate", "outputs.sql")
Day = Annotated[date | None, Query()]
SiteOr = Annotated[str | None, Query(max_length=40)]


class SiteCount(BaseModel):
    """Passages of one category at one site."""

    site: str
    category: str
    entered: int
    refused: int
    overrun: int
    offline: int


class MaterialCount(BaseModel):
    """What was brought: litres and kilograms."""

    site: str
    category: str
    material: str
    loads: int
    volume_l: int
    weight_kg: int


class Passages(BaseModel):
    """A time's passages, counted."""

    first: date
    last: date
    sites: list[SiteCount]
    hours: dict[int, int]
    days: dict[date, int]
    materials: list[MaterialCount]


class Billed(BaseModel):
    """How many usage events a pass wrote."""

    written: int
    sentence: str


class BillIn(BaseModel):
    """The days whose passages become usage."""

    first: date
    last: date


@routes.get("/api/v1/passages", summary="Passages, counted")
def read_passages(
    request: Request,
    connection: Database,
    account: Dispatcher,
    du: Day = None,
    au: Day = None,
    site: SiteOr = None,
) -> Passages:
    """Count passages by site, category, local hour, day and material between two days."""
    first, last = _span(request, du, au)
    values = _values(first, last, site)
    return Passages(
        first=first,
        last=last,
        sites=[SiteCount(**row) for row in connection.execute(_SQL["by_site"], values)],
        hours={row["hour"]: row["entered"] for row in connection.execute(_SQL["by_hour"], values)},
        days={row["day"]: row["entered"] for row in connection.execute(_SQL["by_day"], values)},
        materials=[MaterialCount(**row) for row in connection.execute(_SQL["by_material"], values)],
    )


@routes.get("/passages", response_class=HTMLResponse, include_in_schema=False)
def passages_page(
    request: Request,
    connection: Database,
    account: Dispatcher,
    du: Day = None,
    au: Day = None,
    site: SiteOr = None,
) -> HTMLResponse:
    """The same for people, with charts and their tables."""
    book = book_now(request, connection)
    found = read_passages(request, connection, account, du, au, site or None)
    values = _values(found.first, found.last, site or None)
    return page(
        request,
        "gate/passages.html",
        account,
        found=found,
        book=book,
        site=site or "",
        hours=_bars([(f"{hour} h", found.hours.get(hour, 0)) for hour in range(7, 20)]),
        days=_bars([(f"{day:%d/%m}", count) for day, count in found.days.items()]),
        statements=connection.execute(_SQL["statements"], values).fetchall(),
    )


@routes.get("/api/v1/passages.csv", summary="Passages by the hour as CSV")
def passages_csv(
    request: Request,
    connection: Database,
    account: Dispatcher,
    du: Day = None,
    au: Day = None,
    site: SiteOr = None,
) -> Response:
    """Give one line per hour, site and category; no holder is in it."""
    first, last = _span(request, du, au)
    rows = connection.execute(_SQL["hours"], _values(first, last, site))
    columns = ("jour", "heure", "site", "categorie", "entrees", "refus", "hors_droits", "hors_ligne")
    return _csv(
        f"passages-{first}-{last}.csv",
        columns,
        (
            (f"{(at := row['hour'].astimezone(PARIS)):%d/%m/%Y}", at.hour, row["site"], row["category"],
             row["entered"], row["refused"], row["overrun"], row["offline"])
            for row in rows
        ),
    )  # fmt: skip


@routes.get("/api/v1/materials.csv", summary="Materials brought as CSV")
def materials_csv(
    request: Request,
    connection: Database,
    account: Dispatcher,
    du: Day = None,
    au: Day = None,
    site: SiteOr = None,
) -> Response:
    """Give one line per site, category and material."""
    first, last = _span(request, du, au)
    rows = connection.execute(_SQL["by_material"], _values(first, last, site))
    columns = ("site", "categorie", "dechet", "apports", "m3", "kg")
    return _csv(
        f"apports-{first}-{last}.csv",
        columns,
        (
            (
                row["site"],
                row["category"],
                row["material"],
                row["loads"],
                _m3(row["volume_l"]),
                row["weight_kg"],
            )
            for row in rows
        ),
    )


@routes.get("/api/v1/holders/{holder}/statement.csv", summary="A holder's statement as CSV")
def statement_csv(
    request: Request, connection: Database, account: Dispatcher, holder: int, du: Day = None, au: Day = None
) -> Response:
    """Give every entry of a holder with what was brought; the reading is written to the audit log."""
    first, last = _span(request, du, au)
    values = _values(first, last, None) | {"holder": holder}
    rows = connection.execute(_SQL["statement"], values).fetchall()
    record(connection, account, "statement_read", f"holder/{holder}", first=str(first), last=str(last))
    columns = ("date", "heure", "site", "dechet", "m3", "kg", "hors_droits")
    return _csv(f"releve-{holder}-{first}-{last}.csv", columns, _entries(rows))


@routes.post("/api/v1/passages/usage", summary="Write passages as usage for billing")
def write_usage(connection: Database, account: Dispatcher, body: BillIn) -> Billed:
    """Write the usage events of these days that are not yet written; again writes nothing."""
    if body.first > body.last:
        raise HTTPException(422, "La période finit avant de commencer.")
    written = bill(connection, midnight(body.first), midnight(body.last + timedelta(days=1)))
    record(connection, account, "passages_billed", f"days/{body.first}/{body.last}", written=written)
    return Billed(written=written, sentence=f"{written} usages écrits pour la facturation.")


def _entries(rows: Iterable[Mapping[str, Any]]) -> Iterable[Sequence[Any]]:
    for row in rows:
        at: datetime = row["at"].astimezone(PARIS)
        start = (f"{at:%d/%m/%Y}", f"{at:%H:%M}", row["site"])
        end = ("oui" if row["overruns"] else "non",)
        for one in row["brought"] or [{}]:
            volume, weight = one.get("volume_l", 0), one.get("weight_kg", 0)
            yield (*start, one.get("material", ""), _m3(volume), weight, *end)


def _m3(litres: int) -> str:
    return f"{litres / 1000:.3f}".replace(".", ",")


def _bars(points: list[tuple[str, int]]) -> list[tuple[str, int, float]]:
    """Label, value, and the height in percent of the highest."""
    most = max((value for _, value in points), default=0) or 1
    return [(label, value, 100 * value / most) for label, value in points]


def _csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return Response(
        "\ufeff" + out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _span(request: Request, first: date | None, last: date | None) -> tuple[date, date]:
    today = request.app.state.clock.now().astimezone(PARIS).date()
    last = last or today
    first = first or last - timedelta(days=29)
    if first > last:
        raise HTTPException(422, "La période finit avant de commencer.")
    return first, last


def _values(first: date, last: date, site: str | None) -> dict[str, Any]:
    return {"since": midnight(first), "until": midnight(last + timedelta(days=1)), "site": site or None}


def holder_statement(connection: Connection[DictRow], holder: int, first: date, last: date) -> list[DictRow]:
    """One holder's entries, for the holder's page."""
    return connection.execute(_SQL["statement"], _values(first, last, None) | {"holder": holder}).fetchall()
