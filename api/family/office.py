"""The office's side: give a relative an access to a file, change its rights, take it back, print a card."""

import re
from typing import Annotated, Any, Literal

import zxingcpp
from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.alerts.messaging import Messaging
from api.alerts.subscriptions import well_formed
from api.auth import record
from api.cias.desk import Office
from api.database import Database
from api.family.access import CARD_LIFETIME, CARD_SIGNS, SQL, add_key
from api.family.showing import go
from api.pages import page

routes = APIRouter(tags=["family"], include_in_schema=False)

Right = Literal["menus", "order", "delivery", "wellbeing", "bills"]
Channel = Literal["email", "sms"]
Ticked = Annotated[list[Right] | None, Form()]


@routes.post("/portage/dossiers/{person}/proches")
def give(
    connection: Database,
    account: Office,
    request: Request,
    person: int,
    nom: Annotated[str, Form(max_length=200)] = "",
    courriel: Annotated[str, Form(max_length=200)] = "",
    telephone: Annotated[str, Form(max_length=30)] = "",
    droits: Ticked = None,
    par: Annotated[list[Channel] | None, Form()] = None,
    meme: Annotated[bool, Form()] = False,
    gros: Annotated[bool, Form()] = False,
) -> Response:
    """Open an access; without mail or telephone it is used with a printed card."""
    if connection.execute(SQL["person_known"], {"person": person}).fetchone() is None:
        raise HTTPException(404, "Cette personne n'a pas de dossier.")
    email = well_formed("email", courriel).lower() if courriel.strip() else ""
    phone = well_formed("sms", telephone) if telephone.strip() else ""
    if not nom.strip():
        raise HTTPException(422, "Écrivez le nom du proche.")
    reached = {name for name, address in (("email", email), ("sms", phone)) if address}
    row = connection.execute(
        SQL["add_relative"],
        {
            "person": person,
            "name": nom.strip(),
            "themselves": meme,
            "email": email,
            "phone": phone,
            "rights": sorted(set(droits or ())),
            "told_by": sorted(set(par or ()) & reached),
            "large_print": gros,
            "now": request.app.state.clock.now(),
        },
    ).fetchone()
    assert row is not None  # noqa: S101 - RETURNING always returns
    record(connection, account, "family.give", f"relative/{row['id']}", person=person, rights=droits or [])
    return go(f"/portage/dossiers/{person}#proches")


@routes.post("/portage/dossiers/{person}/proches/{relative}/changer")
def change(
    connection: Database,
    account: Office,
    person: int,
    relative: int,
    droits: Ticked = None,
    par: Annotated[list[Channel] | None, Form()] = None,
    gros: Annotated[bool, Form()] = False,
) -> Response:
    """Other rights for an access; they hold from the next page on."""
    wanted = {"rights": sorted(set(droits or ())), "told_by": sorted(set(par or ())), "large_print": gros}
    _one(connection, "change_relative", person, relative, **wanted)
    record(connection, account, "family.change", f"relative/{relative}", person=person, rights=droits or [])
    return go(f"/portage/dossiers/{person}#proches")


@routes.post("/portage/dossiers/{person}/proches/{relative}/retirer")
def revoke(request: Request, connection: Database, account: Office, person: int, relative: int) -> Response:
    """Take an access back: sessions, links and cards of it open nothing from now on."""
    _one(connection, "revoke_relative", person, relative, now=request.app.state.clock.now())
    connection.execute(SQL["forget_cards"], {"id": relative})
    record(connection, account, "family.revoke", f"relative/{relative}", person=person)
    return go(f"/portage/dossiers/{person}#proches")


@routes.post("/portage/dossiers/{person}/proches/{relative}/carte", response_class=HTMLResponse)
def card(request: Request, connection: Database, account: Office, person: int, relative: int) -> HTMLResponse:
    """A card to print, its long code shown this once; the card before opens nothing any more."""
    row = _one(connection, "live_relative", person, relative)
    connection.execute(SQL["forget_cards"], {"id": relative})
    code = add_key(connection, "card", [relative], CARD_LIFETIME, CARD_SIGNS)
    record(connection, account, "family.card", f"relative/{relative}", person=person)
    base = Messaging().public_url or str(request.base_url)
    address = f"{base.rstrip('/')}/famille/entrer"
    return page(
        request,
        "family/card.html",
        account,
        person=person,
        relative=row,
        code=code,
        address=address,
        qr=_qr(f"{address}#{code}"),
        until=request.app.state.clock.now() + CARD_LIFETIME,
    )


def _one(connection: Connection[DictRow], query: str, person: int, relative: int, **more: Any) -> DictRow:
    row = connection.execute(SQL[query], {"id": relative, "person": person, **more}).fetchone()
    if row is None:
        raise HTTPException(404, "Cet accès n'existe pas, ou plus.")
    return row


def _qr(text: str) -> str:
    """The QR code as SVG, without its XML head, to stand in the page."""
    svg = str(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_svg())
    # The size is the style sheet's affair.
    return re.sub(r'<svg width="(\d+)" height="(\d+)"', r'<svg viewBox="0 0 \1 \2"', svg[svg.index("<svg") :])
