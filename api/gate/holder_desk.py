"""The desk's pages about holders: search, one holder, import with a report; the public's request form."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, UploadFile
from fastapi.responses import HTMLResponse
from limits import RateLimitItemPerHour
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, Dispatcher, allow, record, same_origin
from api.database import Database
from api.gate.agent import book_now
from api.gate.holder_acts import SQL
from api.gate.holders import Report, import_holders
from api.pages import page

routes = APIRouter(tags=["déchetterie : titulaires"], include_in_schema=False)

MOST_BYTES = 20_000_000
REQUESTS_BY_ADDRESS = RateLimitItemPerHour(10)
MEDIA = {"rfid": "carte", "qr": "téléphone", "plate": "plaque"}
STATES = {
    "active": ("ouvre", "ok"),
    "blocked": ("bloqué", "urgent"),
    "lost": ("perdu", "plan"),
    "replaced": ("remplacé", ""),
}


@routes.get("/titulaires", response_class=HTMLResponse)
def holders_page(request: Request, connection: Database, account: Dispatcher) -> HTMLResponse:
    """The search form, the requests that wait, the import."""
    return _home(request, connection, account)


@routes.post("/titulaires", response_class=HTMLResponse)
def search(
    request: Request, connection: Database, account: Dispatcher, q: Annotated[str, Form(max_length=80)] = ""
) -> HTMLResponse:
    """Search; by POST, so that no name stands in an address."""
    return _home(request, connection, account, q=q.strip())


@routes.post("/titulaires/import", response_class=HTMLResponse)
def take(request: Request, connection: Database, account: Dispatcher, file: UploadFile) -> HTMLResponse:
    """Import a CSV: all of it, or nothing and every refused line with why."""
    key = request.app.state.settings.gate_badge_key
    if key is None:
        raise HTTPException(503, "Cette installation n'a pas de clé de badges.")
    content = file.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise HTTPException(413, "Ce fichier est trop grand : partagez-le.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    categories = frozenset(book_now(request, connection).categories)
    report = import_holders(connection, text, key, categories)
    if not report.faults:
        record(
            connection, account, "holders_imported", "holders", holders=report.holders, badges=report.badges
        )
    return _home(request, connection, account, report=report)


def _home(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    *,
    q: str = "",
    report: Report | None = None,
) -> HTMLResponse:
    escaped = q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = connection.execute(SQL["search"], {"pattern": f"%{escaped}%"}).fetchall() if q else []
    return page(
        request,
        "gate/holders.html",
        account,
        status=422 if report and report.faults else 200,
        q=q,
        rows=rows,
        requests=connection.execute(SQL["requests"]).fetchall(),
        report=report,
        categories=book_now(request, connection).categories,
    )


@routes.get("/titulaires/{holder}", response_class=HTMLResponse)
def holder_page(request: Request, connection: Database, account: Dispatcher, holder: int) -> HTMLResponse:
    """One holder and the badges; its reading is audited."""
    row = connection.execute(SQL["holder"], {"holder": holder}).fetchone() if holder < 2**63 else None
    if row is None:
        raise HTTPException(404, "Ce titulaire n'existe pas.")
    record(connection, account, "holder_read", f"holder/{holder}")
    return page(
        request,
        "gate/holder.html",
        account,
        holder=row,
        badges=connection.execute(SQL["badges"], {"holder": holder}).fetchall(),
        categories=book_now(request, connection).categories,
        media=MEDIA,
        states=STATES,
    )


@routes.get("/demande-de-badge", response_class=HTMLResponse)
def request_page(request: Request, connection: Database) -> HTMLResponse:
    """The public's form."""
    categories = book_now(request, connection).categories
    return page(request, "gate/request.html", None, categories=categories, sent=False, problem="")


@routes.post("/demande-de-badge", response_class=HTMLResponse)
def ask(
    request: Request,
    connection: Database,
    category: Annotated[str, Form(max_length=40)] = "",
    name: Annotated[str, Form(max_length=120)] = "",
    address: Annotated[str, Form(max_length=200)] = "",
    email: Annotated[str, Form(max_length=120)] = "",
    note: Annotated[str, Form(max_length=500)] = "",
) -> HTMLResponse:
    """Keep a request for the desk to decide; nobody need sign in, and few come from one address."""
    if not same_origin(request):
        raise HTTPException(403, "Cette demande vient d'un autre site.")
    categories = book_now(request, connection).categories
    if not allow(REQUESTS_BY_ADDRESS, "badge-request", request.client.host if request.client else ""):
        raise HTTPException(429, "Trop de demandes : réessayez dans une heure.")
    wanted = {"category": category, "name": name.strip(), "address": address.strip(), "email": email.strip()}
    if category not in categories or not wanted["name"] or not wanted["address"]:
        said = "Donnez votre nom, votre adresse et votre catégorie."
        return page(
            request, "gate/request.html", None, status=422, categories=categories, sent=False, problem=said
        )
    connection.execute(
        SQL["add_request"], wanted | {"note": note.strip(), "now": request.app.state.clock.now()}
    )
    return page(request, "gate/request.html", None, categories=categories, sent=True, problem="")
