"""The way in: ask for a link, open it, leave; large print from the first page on.

The link's code stands behind the # of its address: it reaches no server log and no other site, and a mail
scanner that opens the address uses nothing up, since only the button does. The answer to who asks is the
same, known or not.
"""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from api.auth import allow, same_origin
from api.database import Database
from api.family.access import (
    ASKS_BY_ADDRESS,
    ASKS_BY_CONTACT,
    COOKIE,
    LINK_LIFETIME,
    SQL,
    TRIES_BY_ADDRESS,
    Family,
    close_session,
    contact_of,
    digest_of,
    set_cookie,
    use_code,
    visitor_of,
)
from api.family.showing import PRINT_COOKIE, go, remember_print, show

routes = APIRouter(tags=["family"], include_in_schema=False)

ASKED = (
    "Si cette adresse ou ce numéro est connu du service, un lien arrive dans quelques minutes. "
    f"Il ne sert qu'une fois, pendant {int(LINK_LIFETIME.total_seconds() // 60)} minutes."
)
WRONG = "Ce lien ou ce code ne vaut pas, ou plus : demandez-en un autre."
TOO_MANY = "Trop d'essais : patientez une heure, ou appelez le service."


@routes.get("/famille", response_class=HTMLResponse)
def home(request: Request, connection: Database) -> Response:
    """The form that asks for a link; for who is signed in, the person they follow, or a choice."""
    visitor = visitor_of(request, connection)
    if visitor is None:
        return show(request, "family/ask.html", said="", problem="")
    if len(visitor.accesses) == 1:
        return go(f"/famille/{visitor.accesses[0].id}")
    return show(request, "family/choose.html", visitor)


@routes.post("/famille/lien", response_class=HTMLResponse)
def ask_link(
    request: Request, connection: Database, contact: Annotated[str, Form(max_length=200)] = ""
) -> HTMLResponse:
    """Have a link sent to whoever is known by this address or number; nobody learns whether anybody is."""
    _from_here(request)
    channel, address = contact_of(contact)
    if len(address) < 5:
        return show(
            request, "family/ask.html", status=422, said="", problem="Écrivez une adresse ou un numéro."
        )
    # Counted by what was typed, known or not; the limiter's memory holds no address.
    typed = hashlib.sha256(address.encode()).hexdigest()
    if not (
        allow(ASKS_BY_ADDRESS, "family-ask", _address(request))
        and allow(ASKS_BY_CONTACT, "family-ask-of", typed)
    ):
        return show(request, "family/ask.html", status=429, said="", problem=TOO_MANY)
    connection.execute(SQL["ask_link"], {"channel": channel, "contact": address})
    connection.execute(SQL["wake"])
    return show(request, "family/ask.html", said=ASKED, problem="")


@routes.get("/famille/entrer", response_class=HTMLResponse)
def enter_page(request: Request) -> HTMLResponse:
    """The button that opens; a script fills the code in from the link, or the reader types it."""
    return show(request, "family/enter.html", problem="")


@routes.post("/famille/entrer")
def enter(request: Request, connection: Database, code: Annotated[str, Form(max_length=80)] = "") -> Response:
    """Open a session with a link's code or a card's; the one this browser had is over."""
    _from_here(request)
    if not allow(TRIES_BY_ADDRESS, "family-enter", _address(request)):
        return show(request, "family/enter.html", status=429, problem=TOO_MANY)
    token = use_code(connection, code)
    if token is None:
        return show(request, "family/enter.html", status=422, problem=WRONG)
    if request.cookies.get(COOKIE):
        close_session(connection, request.cookies[COOKIE])
    if request.cookies.get(PRINT_COOKIE) == "1":
        # Chosen before anybody knew who was reading: it is theirs from now on.
        connection.execute(SQL["print_of_session"], {"token_hash": digest_of(token)})
    answer = go("/famille")
    set_cookie(request, answer, token)
    return answer


@routes.post("/famille/quitter")
def leave(request: Request, connection: Database, visitor: Family) -> Response:
    """End the session on this device."""
    close_session(connection, request.cookies[COOKIE])
    answer = go("/famille")
    answer.delete_cookie(COOKIE)
    return answer


@routes.post("/famille/affichage")
def choose_print(
    request: Request,
    connection: Database,
    gros: Annotated[bool, Form()] = False,
    retour: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Large print on or off, on this device and, signed in, for the relative wherever they sign in."""
    _from_here(request)
    visitor = visitor_of(request, connection)
    if visitor is not None:
        wanted = {"large": gros, "ids": [one.id for one in visitor.accesses]}
        connection.execute(SQL["save_print"], wanted)
    ours = retour == "/famille" or (retour.startswith("/famille/") and "\\" not in retour)
    answer = go(retour if ours else "/famille")
    remember_print(request, answer, gros)
    return answer


def _from_here(request: Request) -> None:
    if not same_origin(request):
        raise HTTPException(403, "Cette demande vient d'un autre site.")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
