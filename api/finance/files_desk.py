"""CSV files taken in by page: tried first, with each refused row, then taken in. Kept a day at most.

A trial does everything the taking in does, in a transaction that is then rolled back.
"""

import csv
import io
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import Connection, Rollback
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.auth import Finance, record
from api.database import Database
from api.finance.household_desk import SAID
from api.finance.imports import Report
from api.finance.kinds import COLUMNS, KINDS, LABELS
from api.pages import page
from store.queries import named_queries

routes = APIRouter(tags=["finance"], include_in_schema=False)

SQL = named_queries("api.finance", "files.sql")
MOST_BYTES = 50_000_000
KEPT = timedelta(days=1)
REFUSED_KEPT = 10_000
REFUSED_SHOWN = 200


@routes.get("/finances/fichiers", response_class=HTMLResponse)
def files_page(request: Request, connection: Database, account: Finance) -> HTMLResponse:
    """What can be sent, and what was."""
    now = request.app.state.clock.now()
    connection.execute(SQL["files_forgotten"], {"before": now - KEPT})
    return page(
        request,
        "finance/files.html",
        account,
        files=connection.execute(SQL["files"]).fetchall(),
        labels=LABELS,
        columns=COLUMNS,
        w=SAID,
    )


@routes.post("/finances/fichiers")
def try_file(
    request: Request,
    connection: Database,
    account: Finance,
    genre: Annotated[str, Form(max_length=40)],
    fichier: Annotated[UploadFile, File()],
) -> Response:
    """Try it: nothing of it goes into the tables yet."""
    if genre not in KINDS:
        raise HTTPException(422, "Dites ce que contient le fichier.")
    content = fichier.file.read(MOST_BYTES + 1)
    if not content.strip() or len(content) > MOST_BYTES:
        raise HTTPException(422, "Le fichier est vide, ou fait plus de 50 Mo : partagez-le.")
    name = (fichier.filename or "sans nom").rsplit("/", 1)[-1][-100:]
    values = {
        "kind": genre,
        "name": name,
        "content": content,
        "at": request.app.state.clock.now(),
        "by": account.login,
        "report": Jsonb(_document(tried(connection, genre, content))),
    }
    row = connection.execute(SQL["file_kept"], values).fetchone()
    assert row  # noqa: S101 - the statement returns
    record(connection, account, "file_tried", f"import_file/{row['id']}", kind=genre)
    return RedirectResponse(f"/finances/fichiers/{row['id']}", status_code=303)


def tried(connection: Connection[DictRow], kind: str, content: bytes) -> Report:
    """What taking the file in would give; nothing stays of it."""
    with connection.transaction():
        report = KINDS[kind](connection, content)
        raise Rollback
    return report


def _document(report: Report) -> dict[str, Any]:
    kept = report.refused[:REFUSED_KEPT]
    return {**asdict(report), "refused": [asdict(one) for one in kept], "refused_count": len(report.refused)}


def _row(connection: Connection[DictRow], number: int) -> DictRow:
    found = connection.execute(SQL["file"], {"file": number}).fetchone()
    if found is None:
        raise HTTPException(404, "Ce fichier n'existe pas.")
    return found


@routes.get("/finances/fichiers/{number}", response_class=HTMLResponse)
def file_page(request: Request, connection: Database, account: Finance, number: int) -> HTMLResponse:
    """The report of a trial, or of a taking in."""
    return page(
        request,
        "finance/file.html",
        account,
        file=_row(connection, number),
        shown=REFUSED_SHOWN,
        labels=LABELS,
        w=SAID,
    )


@routes.post("/finances/fichiers/{number}/prendre")
def take_file(request: Request, connection: Database, account: Finance, number: int) -> Response:
    """Take it in: what is right is kept, what is refused is told. Once."""
    _row(connection, number)
    found = connection.execute(SQL["file_locked"], {"file": number}).fetchone()
    if found is None or found["content"] is None:
        raise HTTPException(409, "Ce fichier a déjà été pris, ou n'est plus gardé : envoyez-le de nouveau.")
    report = KINDS[found["kind"]](connection, bytes(found["content"]))
    values = {"file": number, "at": request.app.state.clock.now(), "by": account.login}
    connection.execute(SQL["file_applied"], {**values, "report": Jsonb(_document(report))})
    record(connection, account, "file_taken", f"import_file/{number}", taken=report.taken)
    return RedirectResponse(f"/finances/fichiers/{number}", status_code=303)


@routes.get("/finances/fichiers/{number}/refus.csv")
def refused_csv(connection: Database, account: Finance, number: int) -> Response:
    """Each refused row with its reason, for a spreadsheet."""
    found = _row(connection, number)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(("fichier", "ligne", "raison"))
    for one in found["report"]["refused"]:
        writer.writerow((_cell(found["name"]), one["line"], _cell(one["reason"])))
    name = f'attachment; filename="refus-{number}.csv"'
    body = ("\ufeff" + out.getvalue()).encode()
    return Response(body, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})


def _cell(text: str) -> str:
    """What a spreadsheet would take for a formula is text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
