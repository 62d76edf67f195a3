"""Pages of claims: the list, late ones first; one claim from its opening to its letter."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, Finance, record
from api.database import Database
from api.finance import claims
from api.finance.claims import PAGE, SQL
from api.finance.household_desk import SAID, known
from api.finance.imports import Refusal
from api.finance.words import CHANNELS, OUTCOMES, STATES, STEPS
from api.french import PARIS
from api.pages import page

routes = APIRouter(tags=["finance"], include_in_schema=False)

Text = Annotated[str, Form(max_length=8000)]
Short = Annotated[str, Form(max_length=200)]
WANTED = ("ouvertes", "retard", "repondue", "", *STATES)


@routes.get("/finances/reclamations", response_class=HTMLResponse)
def claims_page(
    request: Request,
    connection: Database,
    account: Finance,
    etat: str = "ouvertes",
    voie: str = "",
    commune: Annotated[str, Query(max_length=100)] = "",
    suite: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """The list. No name is read."""
    today = request.app.state.clock.now().astimezone(PARIS).date()
    values = {
        "state": etat if etat in WANTED else "ouvertes",
        "channel": voie if voie in CHANNELS else "",
        "commune": commune,
        "today": today,
        "limit": PAGE,
        "skipped": (suite - 1) * PAGE,
    }
    found = connection.execute(SQL["claims"], values).fetchall()
    return page(
        request,
        "finance/claims.html",
        account,
        claims=found,
        counts=connection.execute(SQL["claim_counts"], values).fetchone(),
        communes=connection.execute(SQL["communes"]).fetchall(),
        wanted=values,
        suite=suite,
        size=PAGE,
        found=found[0]["found"] if found else 0,
        channels=CHANNELS,
        outcomes=OUTCOMES,
        w=SAID,
    )


@routes.get("/finances/reclamations/nouvelle", response_class=HTMLResponse)
def new_page(
    request: Request, connection: Database, account: Finance, foyer: int, calcul: int | None = None
) -> HTMLResponse:
    """The form of a claim on a household, or on its bill in a run."""
    return _new(request, connection, account, foyer, calcul)


def _new(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    foyer: int,
    calcul: int | None,
    said: str = "",
    **given: Any,
) -> HTMLResponse:
    found = known(connection, foyer)
    today = request.app.state.clock.now().astimezone(PARIS).date()
    return page(
        request,
        "finance/claim_new.html",
        account,
        status=409 if said else 200,
        file=found,
        run=calcul,
        said=said,
        given={"voie": "telephone", "objet": "", "mots": "", **given},
        due=claims.months_later(today, claims.MONTHS_TO_ANSWER),
        channels=CHANNELS,
        w=SAID,
    )


@routes.post("/finances/reclamations", response_class=HTMLResponse)
def open_claim(
    request: Request,
    connection: Database,
    account: Finance,
    foyer: Annotated[int, Form()],
    voie: Short,
    objet: Short,
    calcul: Short = "",
    mots: Text = "",
    echeance: Annotated[date | None, Form()] = None,
) -> Response:
    """Open it, and go to it."""
    known(connection, foyer)
    run = int(calcul) if calcul.isdecimal() else None
    now = request.app.state.clock.now()
    try:
        with connection.transaction():
            number = claims.open_claim(
                connection, foyer, run, voie, objet, mots, account.login, now, echeance
            )
            record(connection, account, "claim_opened", f"claim/{number}")
    except Refusal as why:
        return _new(request, connection, account, foyer, run, str(why), voie=voie, objet=objet, mots=mots)
    return RedirectResponse(f"/finances/reclamations/{number}", status_code=303)


@routes.get("/finances/reclamations/{number}", response_class=HTMLResponse)
def claim_page(request: Request, connection: Database, account: Finance, number: int) -> HTMLResponse:
    """One claim: what was said and done, and what comes next."""
    return _claim(request, connection, account, number)


def _claim(
    request: Request, connection: Connection[DictRow], account: Account, number: int, said: str = ""
) -> HTMLResponse:
    found, household, steps, corrections = _read(connection, number)
    record(connection, account, "household_read", f"finance_account/{found['account_id']}", claim=number)
    today = request.app.state.clock.now().astimezone(PARIS).date()
    territory = request.app.state.settings.territory
    return page(
        request,
        "finance/claim.html",
        account,
        status=409 if said else 200,
        claim=found,
        file=household,
        steps=steps,
        corrections=corrections,
        pieces=connection.execute(SQL["pieces_of_claim"], {"claim": number}).fetchall(),
        letter=claims.letter(found, household, steps, corrections, today, territory),
        late=found["state"] != "repondue" and found["due"] < today,
        moves=claims.NEXT.get(found["state"], ()),
        said=said,
        channels=CHANNELS,
        outcomes=OUTCOMES,
        step_words=STEPS,
        w=SAID,
    )


def _read(
    connection: Connection[DictRow], number: int
) -> tuple[DictRow, DictRow, list[DictRow], list[DictRow]]:
    try:
        found = claims.read(connection, number)
    except Refusal as why:
        raise HTTPException(404, str(why)) from why
    values = {"claim": number}
    steps = connection.execute(SQL["steps"], values).fetchall()
    corrections = connection.execute(SQL["corrections_of"], values).fetchall()
    return found, known(connection, found["account_id"]), steps, corrections


@routes.get("/finances/reclamations/{number}/lettre.txt", response_class=PlainTextResponse)
def letter(request: Request, connection: Database, account: Finance, number: int) -> PlainTextResponse:
    """The answer as text: as it was sent, or as it stands."""
    found, household, steps, corrections = _read(connection, number)
    record(connection, account, "household_read", f"finance_account/{found['account_id']}", claim=number)
    sent = [one["body"] for one in steps if one["kind"] == "reponse"]
    today = request.app.state.clock.now().astimezone(PARIS).date()
    territory = request.app.state.settings.territory
    text = sent[-1] if sent else claims.letter(found, household, steps, corrections, today, territory)
    name = f'attachment; filename="reponse-{number}.txt"'
    return PlainTextResponse(text, headers={"Content-Disposition": name})


def _do(
    request: Request, connection: Connection[DictRow], account: Account, number: int, act: Callable[[], None]
) -> Response:
    try:
        with connection.transaction():
            act()
            record(connection, account, "claim_changed", f"claim/{number}")
    except Refusal as why:
        return _claim(request, connection, account, number, str(why))
    return RedirectResponse(f"/finances/reclamations/{number}", status_code=303)


@routes.post("/finances/reclamations/{number}/commenter")
def comment(request: Request, connection: Database, account: Finance, number: int, mots: Text) -> Response:
    """A comment."""
    now, by = request.app.state.clock.now(), account.login
    return _do(
        request, connection, account, number, lambda: claims.comment(connection, number, by, now, mots)
    )


@routes.post("/finances/reclamations/{number}/etat")
def move(request: Request, connection: Database, account: Finance, number: int, etat: Short) -> Response:
    """Another state."""
    now, by = request.app.state.clock.now(), account.login
    return _do(request, connection, account, number, lambda: claims.move(connection, number, etat, by, now))


@routes.post("/finances/reclamations/{number}/echeance")
def postpone(
    request: Request,
    connection: Database,
    account: Finance,
    number: int,
    echeance: Annotated[date, Form()],
    motif: Text,
) -> Response:
    """Another date due."""
    now, by = request.app.state.clock.now(), account.login
    return _do(
        request,
        connection,
        account,
        number,
        lambda: claims.postpone(connection, number, echeance, by, now, motif),
    )


@routes.post("/finances/reclamations/{number}/decider")
def settle(
    request: Request, connection: Database, account: Finance, number: int, decision: Short, motif: Text
) -> Response:
    """The decision."""
    now, by = request.app.state.clock.now(), account.login
    return _do(
        request,
        connection,
        account,
        number,
        lambda: claims.settle(connection, number, decision, by, now, motif),
    )


@routes.post("/finances/reclamations/{number}/repondre")
def answer(request: Request, connection: Database, account: Finance, number: int, lettre: Text) -> Response:
    """The letter as it is sent."""
    now, by = request.app.state.clock.now(), account.login
    text = lettre.replace("\r\n", "\n")
    return _do(request, connection, account, number, lambda: claims.answer(connection, number, text, by, now))
