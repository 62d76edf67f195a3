"""Forms that change a household from a day on, or write a decision on one of its events; each is recorded."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, Finance, record
from api.database import Database
from api.finance import changes, claims
from api.finance.corrections import Decision, decide, write_event
from api.finance.household_desk import known, show_file
from api.finance.imports import Refusal
from api.french import PARIS

routes = APIRouter(tags=["finance"], include_in_schema=False)

Text = Annotated[str, Form(max_length=500)]
Short = Annotated[str, Form(max_length=64)]
Act = Callable[[DictRow], object]


def _do(
    request: Request, connection: Connection[DictRow], account: Account, number: int, what: str, act: Act
) -> Response:
    """Do it and come back to the file, or show the file with why not; nothing is then changed."""
    try:
        with connection.transaction():
            act(known(connection, number))
            record(connection, account, what, f"finance_account/{number}")
    except Refusal as why:
        return show_file(request, connection, account, number, said=str(why), status=409)
    return RedirectResponse(f"/finances/foyers/{number}", status_code=303)


@routes.post("/finances/foyers/{number}/situation")
def change_state(
    request: Request,
    connection: Database,
    account: Finance,
    number: int,
    du: Annotated[date, Form()],
    personnes: Short = "",
    categorie: Short = "",
    options: Text = "",
) -> Response:
    """Other persons, category or options from a day on."""

    def act(file: DictRow) -> None:
        words = [one.strip() for one in options.split("|") if one.strip()]
        facts = {"personnes": _figure(personnes), "categorie": categorie.strip(), "options": words}
        changes.set_state(connection, file, du, facts)

    return _do(request, connection, account, number, "household_state", act)


def _figure(text: str) -> str:
    """A number as the tables keep facts."""
    if not text.strip():
        return ""
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value <= 10**6:
        raise Refusal(f"Le nombre de personnes n'est pas un nombre : {text[:20]}.")
    return str(value)


@routes.post("/finances/foyers/{number}/donner")
def give(
    request: Request,
    connection: Database,
    account: Finance,
    number: int,
    code: Short,
    du: Annotated[date, Form()],
    volume: Short = "",
    flux: Short = "omr",
) -> Response:
    """A bin or a badge more."""

    def act(file: DictRow) -> None:
        if not code.strip() or any(one in code.strip() for one in " ;,"):
            raise Refusal("Un numéro de bac ou de badge n'a ni espace, ni virgule.")
        if volume.strip() and not (volume.strip().isdecimal() and 0 < int(volume) <= 100_000):
            raise Refusal("Le volume est un nombre entier de litres, plus grand que zéro.")
        litres = int(volume) if volume.strip() else None
        changes.give(connection, file, code.strip(), du, litres, flux.strip() or "omr")

    return _do(request, connection, account, number, "household_given", act)


@routes.post("/finances/foyers/{number}/reprendre")
def take_back(
    request: Request,
    connection: Database,
    account: Finance,
    number: int,
    code: Short,
    au: Annotated[date, Form()],
) -> Response:
    """A bin or a badge less."""
    return _do(
        request,
        connection,
        account,
        number,
        "household_returned",
        lambda file: changes.take_back(connection, file, code, au),
    )


@routes.post("/finances/foyers/{number}/depart")
def leave(
    request: Request, connection: Database, account: Finance, number: int, au: Annotated[date, Form()]
) -> Response:
    """The household leaves."""
    return _do(
        request,
        connection,
        account,
        number,
        "household_closed",
        lambda file: changes.close(connection, file, au),
    )


@routes.post("/finances/foyers/{number}/evenement")
def add_event(
    request: Request,
    connection: Database,
    account: Finance,
    number: int,
    quoi: Short,
    le: Annotated[datetime, Form()],
    qui: Short,
    motif: Text,
) -> Response:
    """An event that nothing read."""
    at = le if le.tzinfo else le.replace(tzinfo=PARIS)
    decision = Decision(author=account.login, reason=motif, at=request.app.state.clock.now())
    return _do(
        request,
        connection,
        account,
        number,
        "event_written",
        lambda file: write_event(connection, quoi, at, qui, decision),
    )


@routes.post("/finances/evenements")
def decide_event(
    request: Request,
    connection: Database,
    account: Finance,
    evenement: Annotated[str, Form(max_length=200)],
    action: Short,
    motif: Text,
    vers: Short = "",
    reclamation: Short = "",
    retour: Text = "/finances/a-verifier",
) -> Response:
    """A decision on an event, from whichever page; back to that page."""
    claim = int(reclamation) if reclamation.isdecimal() else None
    now = request.app.state.clock.now()
    decision = Decision(author=account.login, reason=motif, at=now, claim=claim)
    try:
        name = decide(connection, evenement, action, decision, vers)
        if claim is not None:
            claims.add_step(
                connection, claim, "correction", account.login, now, f"{motif} (correction {name})"
            )
    except Refusal as why:
        raise HTTPException(409, str(why)) from why
    record(connection, account, f"event_{action}", f"correction/{name}")
    return RedirectResponse(_local(retour), status_code=303)


def _local(path: str) -> str:
    """Only a page of this room: « //host » would lead elsewhere."""
    return path if path.startswith("/finances/") else "/finances/a-verifier"
