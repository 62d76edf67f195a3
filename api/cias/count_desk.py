"""Statistics and lists: pages of the office, and their files."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.auth import record
from api.cias.csv_out import csv_file
from api.cias.desk import Key, Office
from api.cias.files import note_reading
from api.cias.lists import day_list, lists
from api.cias.statistics import DOORS, Statistics, statistics, table
from api.database import Database
from api.french import PARIS
from api.pages import page
from meals.french import MOMENTS, REASONS

routes = APIRouter(tags=["meals"], include_in_schema=False)

LONGEST_DAYS = 400
First = Annotated[date | None, Query(alias="de")]
Last = Annotated[date | None, Query(alias="a")]


def span(request: Request, first: date | None, last: date | None) -> tuple[date, date]:
    """The two days asked for; this month so far when none is. 422 with a sentence when they cannot be."""
    today = request.app.state.clock.now().astimezone(PARIS).date()
    until = last or today
    since = first or until.replace(day=1)
    if not 0 <= (until - since).days <= LONGEST_DAYS:
        raise HTTPException(422, f"La période va d'un jour à un autre, {LONGEST_DAYS} jours au plus.")
    return since, until


@routes.get("/portage/statistiques", response_class=HTMLResponse)
def statistics_page(
    request: Request, connection: Database, account: Office, key: Key, de: First = None, a: Last = None
) -> HTMLResponse:
    """The service between two days, in counts."""
    first, last = span(request, de, a)
    found, opened = statistics(connection, key, first, last)
    note_reading(connection, account, opened, "kitchen", request.app.state.clock.now())
    return page(
        request,
        "cias/statistics.html",
        account,
        found=found,
        doors=DOORS,
        groups=_groups(found),
        most=max(found.by_month.values(), default=1),
    )


@routes.get("/portage/statistiques.csv")
def statistics_file(
    request: Request, connection: Database, account: Office, key: Key, de: First = None, a: Last = None
) -> Response:
    """The same as a file; counts below five are hidden, it may go anywhere."""
    first, last = span(request, de, a)
    found, opened = statistics(connection, key, first, last)
    note_reading(connection, account, opened, "export", request.app.state.clock.now())
    record(connection, account, "meals.statistics", f"{first} {last}")
    return csv_file(f"portage-{first}-{last}.csv", ("Sujet", "Valeur", "Nombre"), table(found))


@routes.get("/portage/listes", response_class=HTMLResponse)
def lists_page(request: Request, connection: Database, account: Office, key: Key) -> HTMLResponse:
    """Who to ring, who is away, whose meal cannot be made."""
    now = request.app.state.clock.now()
    today = now.astimezone(PARIS).date()
    found, opened = lists(connection, key, today)
    note_reading(connection, account, opened, "order", now)
    return page(
        request,
        "cias/lists.html",
        account,
        found=found,
        today=today,
        tomorrow=today + timedelta(days=1),
        reasons=REASONS,
        moments=MOMENTS,
    )


@routes.get("/portage/jour.csv")
def day_file(request: Request, connection: Database, account: Office, key: Key, jour: date) -> Response:
    """The day's list: who gets how many trays, where, when; nothing of health."""
    rows, opened = day_list(connection, key, jour)
    note_reading(connection, account, opened, "export", request.app.state.clock.now())
    record(connection, account, "meals.day.export", str(jour))
    header = ("Commune", "Nom", "Adresse", "Téléphone", "Créneau", "Plateaux")
    return csv_file(f"portage-{jour}.csv", header, rows)


def _groups(found: Statistics) -> list[tuple[str, dict[str, int | str]]]:
    return [
        ("Par commune", dict(found.by_commune)),
        ("Par régime", dict(found.by_diet)),
        ("Par texture", dict(found.by_texture)),
        ("Par repas", dict(found.by_moment)),
        ("Annulations", dict(found.cancelled)),
        ("Aux portes", {name: found.doors[code] for code, name in DOORS.items()}),
    ]
