"""Labels of a day's trays to print, and who else pays for a person: acts beside the day and the file."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import record
from api.cias.csv_out import download
from api.cias.desk import Key, Office
from api.cias.files import SQL, note_reading, save_support
from api.cias.labels_pdf import FormatName, labels_of_day, labels_pdf
from api.database import Database
from meals.model import Support

routes = APIRouter(tags=["meals"], include_in_schema=False)

Euros = Annotated[str, Form(pattern=r"^[0-9]{1,3}([.,][0-9]{1,2})?$")]


@routes.get("/portage/etiquettes.pdf")
def labels_file(
    request: Request,
    connection: Database,
    account: Office,
    key: Key,
    jour: date,
    form: Annotated[FormatName, Query(alias="format")] = "a4-24",
) -> Response:
    """One label for each tray of the day, in the rounds' order."""
    now = request.app.state.clock.now()
    made, opened = labels_of_day(connection, key, jour)
    note_reading(connection, account, opened, "kitchen", now)
    return download(
        f"etiquettes-{jour}.pdf", labels_pdf(made, jour, form, now), "application/pdf", inline=True
    )


@routes.post("/portage/dossiers/{person}/prise-en-charge")
def add_support(
    connection: Database,
    account: Office,
    person: int,
    payeur: Annotated[str, Form(min_length=1, max_length=80)],
    par_repas: Euros,
    du: Annotated[date, Form()],
    par_mois: Annotated[str, Form(pattern=r"^([0-9]{1,3}([.,][0-9]{1,2})?)?$")] = "",
    au: Annotated[str, Form(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = "",
) -> Response:
    """Note who else pays; the same payer and first day again writes over it."""
    try:
        until = date.fromisoformat(au) if au else None
    except ValueError as why:
        raise HTTPException(422, "Le champ « au » n'est pas une date (AAAA-MM-JJ).") from why
    each, most = _amount(par_repas), _amount(par_mois or "0")
    if not each:
        raise HTTPException(422, "Une prise en charge est de quelques centimes au moins.")
    if until is not None and until < du:
        raise HTTPException(422, "Une prise en charge finit après son début.")
    if connection.execute(SQL["hold_person"], {"id": person}).fetchone() is None:
        raise HTTPException(404, "Cette personne n'a pas de dossier.")
    support = Support(
        payer=payeur.strip(), valid_from=du, valid_until=until, per_meal=each, per_month=most or None
    )
    save_support(connection, person, support)
    record(connection, account, "meals.support", str(person))
    return RedirectResponse(f"/portage/dossiers/{person}#aides", 303)


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))
