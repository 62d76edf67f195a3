"""Rectifications on pages: proposed from a claim or a bill, approved by a second person, issued; recorded."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Finance, record
from api.database import Database
from api.finance import claims, credit
from api.finance.household_desk import known
from api.finance.imports import Refusal

routes = APIRouter(tags=["finance"], include_in_schema=False)

STEPS = ("approuver", "emettre", "abandonner")


@routes.post("/finances/calculs/{run}/foyers/{number}/rectifier")
def propose(
    request: Request,
    connection: Database,
    account: Finance,
    run: int,
    number: int,
    motif: Annotated[str, Form(max_length=500)],
    annuler: Annotated[str, Form(max_length=3)] = "",
    reclamation: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """Bill again with today's usage and situation: the piece that differs, for another to approve."""
    reference = known(connection, number)["reference"]
    claim = int(reclamation) if reclamation.isdecimal() else None
    try:
        if claim is not None and claims.read(connection, claim)["account_id"] != number:
            raise Refusal("Cette réclamation est celle d'un autre foyer.")
        made = credit.rectify(
            connection, run, reference, reason=motif, by=account.login, cancel=annuler == "oui", claim=claim
        )
        if claim is not None:
            now = request.app.state.clock.now()
            claims.add_step(connection, claim, "rectification", account.login, now, f"n° {made}, {motif}")
    except Refusal as why:
        raise HTTPException(409, str(why)) from why
    record(connection, account, "rectification_proposed", f"rectification/{made}", run=run)
    back = f"/finances/reclamations/{claim}" if claim else f"/finances/calculs/{run}/foyers/{number}"
    return RedirectResponse(back, status_code=303)


@routes.post("/finances/rectifications/{number}/{step}")
def advance(request: Request, connection: Database, account: Finance, number: int, step: str) -> Response:
    """Approve (another person), issue for good, or give up."""
    if step not in STEPS:
        raise HTTPException(404, "Cette étape n'existe pas.")
    try:
        found = credit.piece(connection, number)
        if step == "approuver":
            credit.approve(connection, number, account.login)
        elif step == "emettre":
            credit.issue(connection, number, request.app.state.clock.now())
        else:
            credit.abandon(connection, number)
    except Refusal as why:
        raise HTTPException(409, str(why)) from why
    record(connection, account, "rectification_step", f"rectification/{number}", step=step)
    back = f"/finances/calculs/{found['run_id']}/foyers/{found['account_id']}"
    return RedirectResponse(back, status_code=303)
