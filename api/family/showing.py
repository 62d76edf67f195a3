"""The family's pages around their content: whose page it is, large print, the sliding cookie."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.family.access import COOKIE, Visit, Visitor, set_cookie
from api.family.words import CHANNELS, CHOICES, RIGHT_OF, RIGHTS
from api.pages import page

PRINT_COOKIE = "glaneur_gros"
PRINT_DAYS = 365


def large_print(request: Request, visitor: Visitor | None) -> bool:
    """Whether to print large: as was chosen for the access, else as this device remembers."""
    if visitor is not None:
        return any(one.large_print for one in visitor.accesses)
    return request.cookies.get(PRINT_COOKIE) == "1"


def remember_print(request: Request, response: Response, large: bool) -> None:
    """Keep the choice on this device; it says nothing of anybody."""
    settings = request.app.state.settings
    response.set_cookie(
        PRINT_COOKIE,
        "1" if large else "0",
        max_age=PRINT_DAYS * 86_400,
        httponly=True,
        samesite="lax",
        secure=settings.cookie_secure,
    )


def show(
    request: Request,
    template: str,
    visitor: Visitor | None = None,
    visit: Visit | None = None,
    *,
    status: int = 200,
    **context: Any,
) -> HTMLResponse:
    """Render one of the family's pages."""
    visitor = visit.visitor if visit is not None else visitor
    shown = page(
        request,
        template,
        None,
        status=status,
        visitor=visitor,
        access=visit.access if visit is not None else None,
        large=large_print(request, visitor),
        rights_words=RIGHTS,
        channel_words=CHANNELS,
        choices=CHOICES,
        right_of=RIGHT_OF,
        sees_meals=visit is not None and bool(visit.access.rights & {"menus", "order"}),
        **context,
    )
    slide(request, shown, visitor)
    return shown


def slide(request: Request, response: Response, visitor: Visitor | None) -> None:
    """Let the cookie follow a session that slid on."""
    if visitor is not None and visitor.renewed:
        set_cookie(request, response, request.cookies[COOKIE])


def go(address: str) -> RedirectResponse:
    """Another page of ours, after a form."""
    return RedirectResponse(address, 303)
