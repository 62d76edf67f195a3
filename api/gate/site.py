"""Running déchetteries: the list of sites, one screen per site, the register of waste, the public's page."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow

from access.model import Book
from api.auth import COOKIE as SESSION
from api.auth import Agent, account_of
from api.database import Database
from api.french import PARIS
from api.gate.agent import book_now
from api.gate.register import FINALS, csv_of
from api.gate.site_documents import HaulageOut, PublicSite, SiteOut
from api.gate.site_views import SQL, haulages, midnight, public_site, site_out
from api.pages import page

routes = APIRouter(tags=["déchetterie : site"])

KINDS = {
    "accident": "accident ou chute",
    "incivilite": "incivilité",
    "depot": "dépôt interdit",
    "materiel": "matériel en panne",
    "produit": "produit dangereux",
    "vol": "vol ou effraction",
    "autre": "autre",
}
Day = Annotated[date | None, Query()]


@routes.get("/dechetterie", response_class=HTMLResponse, include_in_schema=False)
def sites_page(request: Request, connection: Database, account: Agent) -> HTMLResponse:
    """Every site in a line, and the rotations of all."""
    book, now = book_now(request, connection), request.app.state.clock.now()
    return page(
        request,
        "gate/sites.html",
        account,
        sites=[site_out(connection, book, code, now) for code in book.sites],
        haulages=haulages(connection, None, now),
        tomorrow=now.astimezone(PARIS).date() + timedelta(days=1),
    )


@routes.get("/dechetterie/{site}", response_class=HTMLResponse, include_in_schema=False)
def site_page(request: Request, connection: Database, account: Agent, site: str) -> HTMLResponse:
    """One site on one screen."""
    book, now = _site(request, connection, site), request.app.state.clock.now()
    return page(
        request,
        "gate/site.html",
        account,
        site=site_out(connection, book, site, now),
        place=connection.execute(SQL["place"], {"site": site}).fetchone(),
        outlets=connection.execute(SQL["outlets"]).fetchall(),
        carriers=connection.execute(SQL["carriers"]).fetchall(),
        agents=connection.execute(SQL["agents"]).fetchall(),
        materials=book.materials,
        kinds=KINDS,
        finals=FINALS,
    )


@routes.get("/dechetterie/{site}/registre", response_class=HTMLResponse, include_in_schema=False)
def register_page(
    request: Request, connection: Database, account: Agent, site: str, du: Day = None, au: Day = None
) -> HTMLResponse:
    """The register of outgoing waste between two days; this year's without them."""
    book = _site(request, connection, site)
    first, last = _span(request, du, au)
    return page(
        request,
        "gate/register.html",
        account,
        code=site,
        name=book.sites[site].name,
        rows=_register(connection, site, first, last),
        first=first,
        last=last,
        finals=FINALS,
    )


@routes.get("/api/v1/sites/{site}/outgoing.csv", summary="The register of outgoing waste as CSV")
def register_csv(
    request: Request, connection: Database, account: Agent, site: str, du: Day = None, au: Day = None
) -> Response:
    """Give the fields of the arrêté du 31 mai 2021, one line per lot that left."""
    _site(request, connection, site)
    first, last = _span(request, du, au)
    name = f"registre-sortants-{first}-{last}.csv"
    return Response(
        csv_of(_register(connection, site, first, last)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@routes.get("/api/v1/sites/{site}", summary="Everything of a site")
def read_site(request: Request, connection: Database, account: Agent, site: str) -> SiteOut:
    """Give hours, counters, skips, haulage, stocks, duty and incidents."""
    return site_out(connection, _site(request, connection, site), site, request.app.state.clock.now())


@routes.get("/api/v1/haulages", summary="Skips to take away")
def read_haulages(request: Request, connection: Database, account: Agent) -> list[HaulageOut]:
    """Give what waits, what is planned and what was done lately, of every site."""
    return haulages(connection, None, request.app.state.clock.now())


@routes.get("/api/v1/public/sites", summary="The déchetteries, for everyone")
def read_public(request: Request, connection: Database) -> list[PublicSite]:
    """Give each site's address, hours and exceptions of two weeks, and what it takes; nobody need sign in."""
    book, now = book_now(request, connection), request.app.state.clock.now()
    return [public_site(connection, book, code, now) for code in book.sites]


@routes.get("/dechetteries", response_class=HTMLResponse, include_in_schema=False)
def public_page(request: Request, connection: Database) -> HTMLResponse:
    """Every site, for everyone."""
    return _public(request, connection, read_public(request, connection))


@routes.get("/dechetteries/{site}", response_class=HTMLResponse, include_in_schema=False)
def public_site_page(request: Request, connection: Database, site: str) -> HTMLResponse:
    """One site, for everyone."""
    book = _site(request, connection, site)
    return _public(request, connection, [public_site(connection, book, site, request.app.state.clock.now())])


def _public(request: Request, connection: Connection[DictRow], sites: list[PublicSite]) -> HTMLResponse:
    account = account_of(connection, request.cookies.get(SESSION))
    return page(request, "gate/public.html", account, sites=sites)


def _site(request: Request, connection: Connection[DictRow], site: str) -> Book:
    book = book_now(request, connection)
    if site not in book.sites:
        raise HTTPException(404, "Ce site n'est pas au règlement.")
    return book


def _span(request: Request, first: date | None, last: date | None) -> tuple[date, date]:
    today = request.app.state.clock.now().astimezone(PARIS).date()
    last = last or today
    first = first or date(last.year, 1, 1)
    if first > last:
        raise HTTPException(422, "La période finit avant de commencer.")
    return first, last


def _register(connection: Connection[DictRow], site: str, first: date, last: date) -> list[DictRow]:
    span = {"site": site, "since": midnight(first), "until": midnight(last + timedelta(days=1))}
    return connection.execute(SQL["outgoing"], span).fetchall()
