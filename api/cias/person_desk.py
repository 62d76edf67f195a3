"""One person's data handed over, and a person erased: two acts of the file, both in the audit log."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from api.auth import record
from api.cias.csv_out import download
from api.cias.desk import Key, Office
from api.cias.erasure import NotErasable, as_archive, erase_person, export_person
from api.database import Database
from api.pages import page

routes = APIRouter(tags=["meals"], include_in_schema=False)


@routes.post("/portage/dossiers/{person}/donnees")
def export(request: Request, connection: Database, account: Office, key: Key, person: int) -> Response:
    """All that is kept about one person, as JSON and as a text, in one archive."""
    found = export_person(connection, key, person, account, request.app.state.clock.now())
    if found is None:
        raise HTTPException(404, "Cette personne n'a pas de dossier.")
    record(connection, account, "meals.person.export", str(person))
    return download(f"donnees-{person}.zip", as_archive(found), "application/zip")


@routes.post("/portage/dossiers/{person}/effacer", response_class=HTMLResponse)
def erase(
    request: Request,
    connection: Database,
    account: Office,
    person: int,
    reference: Annotated[str, Form(max_length=40)],
) -> HTMLResponse:
    """Forget one person; the file's reference, typed again, says that it is meant."""
    row = connection.execute("SELECT reference FROM people.beneficiary WHERE id = %s", [person]).fetchone()
    if row is None or row["reference"] != reference.strip():
        raise HTTPException(409, "La référence du dossier n'est pas celle-là : rien n'est effacé.")
    try:
        found = erase_person(connection, person, request.app.state.clock.now())
    except NotErasable as why:
        raise HTTPException(409, str(why)) from why
    record(connection, account, "meals.person.erase", str(person), **found.gone)
    return page(request, "cias/erased.html", account, found=found)
