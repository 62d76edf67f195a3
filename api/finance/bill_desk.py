"""Bills outside: a link's public page, PayFiP's notification; for the office, a PDF and a run's progress."""

import re
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from limits import RateLimitItemPerMinute
from pydantic import BaseModel

from api.auth import Finance, allow, record, same_origin
from api.database import Database
from api.finance import payfip_pay, runs
from api.finance.bill_pdf_batch import one_bill
from api.finance.bill_pdf_sheet import euros
from api.finance.bill_settings import Billing
from api.finance.credit_pdf import piece_pdf
from api.finance.imports import Refusal
from api.pages import page
from tariff.lines import french

routes = APIRouter(tags=["finance"])
Token = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
ATTEMPTS = RateLimitItemPerMinute(20)
LOOKS = RateLimitItemPerMinute(120)
TOLD = {
    "pending": "Le paiement est en cours : cette page le dira dès que le service de paiement aura répondu.",
    "refused": "Le dernier paiement a été refusé : rien n'a été prélevé.",
    "cancelled": "Le dernier paiement a été abandonné : rien n'a été prélevé.",
    "lost": "Le dernier paiement n'a pas abouti : rien n'a été prélevé.",
}


class Progress(BaseModel):
    """How far a run is: bills made, accounts in all, and its state."""

    run: int
    status: str
    done: int
    of: int


@routes.get("/api/v1/finance/runs/{run}/progress", summary="How far a run of bills is")
def progress(connection: Database, account: Finance, run: int) -> Progress:
    """Bills made so far and accounts to bill; `done` equals `of` when the draft is complete."""
    try:
        return Progress(**runs.progress(connection, run))
    except Refusal as why:
        raise HTTPException(404, str(why)) from why


@routes.get("/finances/calculs/{run}/comptes/{reference}/facture.pdf", include_in_schema=False)
def bill_file(request: Request, connection: Database, account: Finance, run: int, reference: str) -> Response:
    """The printed bill of an account in an issued run."""
    made = one_bill(connection, run, reference, Billing())
    if made is None:
        raise HTTPException(404, "Ce compte n'a pas de facture émise dans ce calcul.")
    record(connection, account, "bill_printed", f"run/{run}")
    headers = {"Content-Disposition": f'inline; filename="facture-{run}.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


@routes.get("/finances/rectifications/{number}.pdf", include_in_schema=False)
def piece_file(request: Request, connection: Database, account: Finance, number: int) -> Response:
    """A printed credit note or rectification, once issued."""
    try:
        made = piece_pdf(connection, number, Billing())
    except Refusal as why:
        raise HTTPException(404, str(why)) from why
    record(connection, account, "bill_printed", f"rectification/{number}")
    headers = {"Content-Disposition": f'inline; filename="piece-{number}.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


@routes.get("/f/{token}", response_class=HTMLResponse, include_in_schema=False)
def bill_page(request: Request, connection: Database, token: Token) -> HTMLResponse:
    """What a bill's link shows: its number, what is due, how to pay."""
    return _shown(request, connection, token)


def _shown(
    request: Request, connection: Database, token: str, said: str = "", mail: str = ""
) -> HTMLResponse:
    if not allow(LOOKS, "bill", _address(request)):
        raise HTTPException(429, "Trop d'essais : patientez une minute.")
    found = payfip_pay.owed(connection, token)
    if found is None:
        raise HTTPException(404, "Cette page n'existe pas.")
    billing = Billing()
    answer = page(
        request,
        "finance/pay.html",
        status=409 if said else 200,
        bill=found.row,
        due=found.due,
        paid=found.paid,
        token=token,
        said=said,
        mail=mail,
        online=billing.pays_online,
        told=TOLD,
        euros=euros,
        french=french,
        overpaid=min(found.due, Decimal(0)),
    )
    # Paying sends the form on to PayFiP: browsers want it named.
    parts = urlsplit(billing.payfip_url)
    answer.headers["Content-Security-Policy"] = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {parts.scheme}://{parts.netloc}"
    )
    return answer


@routes.post("/f/{token}/payer", include_in_schema=False)
def pay(
    request: Request, connection: Database, token: Token, mail: Annotated[str, Form(max_length=80)] = ""
) -> Response:
    """Open a payment and go to PayFiP, or say why not."""
    if not same_origin(request):
        raise HTTPException(403, "Cette demande vient d'un autre site.")
    if not allow(ATTEMPTS, "pay", _address(request)):
        raise HTTPException(429, "Trop d'essais : patientez une minute.")
    try:
        now = request.app.state.clock.now()
        return RedirectResponse(payfip_pay.start(connection, Billing(), token, mail.strip(), now), 303)
    except Refusal as why:
        connection.rollback()
        return _shown(request, connection, token, str(why), mail)


@routes.api_route("/f/{token}/retour", methods=["GET", "POST"], include_in_schema=False)
def back(request: Request, connection: Database, token: Token) -> Response:
    """Where PayFiP sends the payer back: ask it what happened, then show the bill."""
    if not allow(ATTEMPTS, "back", _address(request)):
        raise HTTPException(429, "Trop d'essais : patientez une minute.")
    payfip_pay.settle_bill(connection, Billing(), token, request.app.state.clock.now())
    return RedirectResponse(f"/f/{token}", 303)


@routes.api_route("/payfip/notification", methods=["GET", "POST"], include_in_schema=False)
def notified(
    request: Request,
    connection: Database,
    asked: Annotated[str, Query(alias="idop", max_length=64)] = "",
    sent: Annotated[str, Form(alias="idop", max_length=64)] = "",
) -> Response:
    """PayFiP says that a payment ended; what it was is asked from PayFiP. Unknown ones are answered alike."""
    id_op = sent or asked
    if re.fullmatch(r"[A-Za-z0-9-]{8,64}", id_op):
        payfip_pay.settle(connection, Billing(), id_op, request.app.state.clock.now())
    return Response(status_code=204)
