"""One person's pages for who follows them: today, menus and orders, bills, notices. Rights on each part."""

from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.asking import Unknown
from api.cias.bill_pdf import bill_pdf, euros
from api.cias.csv_out import download
from api.cias.desk import Key
from api.database import Database
from api.family.access import SQL, Following, Visit
from api.family.bills import years_of
from api.family.ordering import Asking, Said, ask_one, change_habit, repeat_week
from api.family.showing import go, show, slide
from api.family.today import deliveries_of_day
from api.family.weeks import Slot, Week, limit_text, weeks_of
from api.family.words import CHOICES
from api.finance.bill_settings import BadLetterhead, Billing
from api.french import PARIS
from api.pages import page
from meals.calendar import book_at
from meals.french import DAYS, MOMENTS
from meals.model import Absence, Cancel, Moment, Order

routes = APIRouter(tags=["family"], include_in_schema=False)

NEXT_MEALS = 5
OPEN_WEEKS = 2


@routes.get("/famille/{access}", response_class=HTMLResponse)
def today_page(request: Request, connection: Database, key: Key, visit: Following) -> HTMLResponse:
    """Today's delivery first, then what is ordered next."""
    now = request.app.state.clock.now()
    today = now.astimezone(PARIS).date()
    found = None
    if visit.access.rights & {"menus", "order", "delivery"}:
        found = weeks_of(connection, key, visit.access, now)
    deliveries = _deliveries(connection, key, visit, now)
    over = bool(deliveries) and all(one.state != "expected" for one in deliveries)
    return show(
        request,
        "family/today.html",
        visit=visit,
        deliveries=deliveries,
        next_delivery=found.next_delivery if found is not None else None,
        today=today,
        next_meals=_next_meals(found.weeks, today, over=over) if found is not None else (),
        moments=MOMENTS,
        limit_text=limit_text,
    )


@routes.get("/famille/{access}/livraison", response_class=HTMLResponse)
def delivery_part(request: Request, connection: Database, key: Key, visit: Following) -> HTMLResponse:
    """The part of the page that moves by itself."""
    visit.require("delivery")
    now = request.app.state.clock.now()
    found = _deliveries(connection, key, visit, now)
    shown = page(
        request,
        "family/_delivery.html",
        deliveries=found,
        access=visit.access,
        next_delivery=None,
        today=None,
    )
    slide(request, shown, visit.visitor)
    return shown


@routes.get("/famille/{access}/menus", response_class=HTMLResponse)
def menus_page(request: Request, connection: Database, key: Key, visit: Following) -> HTMLResponse:
    """The weeks to come: what is offered, what is ordered, until when."""
    if not visit.access.rights & {"menus", "order"}:
        visit.require("menus")
    return _menus(request, connection, key, visit, None)


@routes.post("/famille/{access}/commander", response_class=HTMLResponse)
def order(
    request: Request,
    connection: Database,
    key: Key,
    visit: Following,
    demande: Annotated[UUID, Form()],
    jour: Annotated[date, Form()],
    repas: Annotated[Moment, Form()] = "lunch",
    choix: Annotated[str, Form(pattern=r"^[A-Z]$")] = "A",
) -> HTMLResponse:
    """Order a meal; the same form sent twice is one order."""
    asking = _asking(request, key, visit, demande)
    person = str(visit.access.beneficiary)
    event = Order(id=str(demande), at=asking.now, person=person, day=jour, moment=repas, choice=choix)
    return _answer(request, connection, key, visit, lambda: ask_one(connection, asking, event))


@routes.post("/famille/{access}/annuler", response_class=HTMLResponse)
def cancel(
    request: Request,
    connection: Database,
    key: Key,
    visit: Following,
    demande: Annotated[UUID, Form()],
    jour: Annotated[date, Form()],
    repas: Annotated[Moment, Form()] = "lunch",
) -> HTMLResponse:
    """Cancel a meal."""
    asking = _asking(request, key, visit, demande)
    event = Cancel(
        id=str(demande), at=asking.now, person=str(visit.access.beneficiary), day=jour, moment=repas
    )
    return _answer(request, connection, key, visit, lambda: ask_one(connection, asking, event))


@routes.post("/famille/{access}/absence", response_class=HTMLResponse)
def absence(
    request: Request,
    connection: Database,
    key: Key,
    visit: Following,
    demande: Annotated[UUID, Form()],
    du: Annotated[date, Form()],
    au: Annotated[date, Form()],
    motif: Annotated[Literal["absence", "hospital"], Form()] = "absence",
) -> HTMLResponse:
    """Cancel every meal of some days."""
    asking = _asking(request, key, visit, demande)
    person = str(visit.access.beneficiary)
    event = Absence(id=str(demande), at=asking.now, person=person, first=du, last=au, reason=motif)
    return _answer(request, connection, key, visit, lambda: ask_one(connection, asking, event))


@routes.post("/famille/{access}/semaine", response_class=HTMLResponse)
def week_again(
    request: Request,
    connection: Database,
    key: Key,
    visit: Following,
    demande: Annotated[UUID, Form()],
    lundi: Annotated[date, Form()],
) -> HTMLResponse:
    """Take the week before up again."""
    asking = _asking(request, key, visit, demande)
    return _answer(request, connection, key, visit, lambda: repeat_week(connection, asking, lundi))


@routes.post("/famille/{access}/habitude", response_class=HTMLResponse)
def habit(
    request: Request,
    connection: Database,
    key: Key,
    visit: Following,
    demande: Annotated[UUID, Form()],
    midi: Annotated[list[int] | None, Form()] = None,
    soir: Annotated[list[int] | None, Form()] = None,
    choix: Annotated[str, Form(pattern=r"^[A-Z]$")] = "A",
) -> HTMLResponse:
    """Change what is taken each week."""
    if any(not 1 <= one <= 7 for one in (*(midi or ()), *(soir or ()))):
        raise HTTPException(422, "Ce jour n'existe pas.")
    asking = _asking(request, key, visit, demande)
    return _answer(
        request,
        connection,
        key,
        visit,
        lambda: change_habit(connection, asking, midi or (), soir or (), choix),
    )


@routes.get("/famille/{access}/factures", response_class=HTMLResponse)
def bills_page(request: Request, connection: Database, visit: Following) -> HTMLResponse:
    """Issued bills and years, meals and delivery apart."""
    visit.require("bills")
    years = years_of(connection, visit.access)
    return show(request, "family/bills.html", visit=visit, years=years, euros=euros)


@routes.get("/famille/{access}/factures/{year}", response_class=HTMLResponse)
def statement_page(request: Request, connection: Database, visit: Following, year: int) -> HTMLResponse:
    """The year's statement, to print."""
    visit.require("bills")
    found = next((one for one in years_of(connection, visit.access) if one.year == year), None)
    if found is None:
        raise HTTPException(404, "Il n'y a pas de relevé pour cette année.")
    return show(request, "family/statement.html", visit=visit, year=found, euros=euros)


@routes.get("/famille/{access}/facture/{bill}.pdf")
def one_bill(connection: Database, visit: Following, bill: int) -> Response:
    """One of this person's bills, as the office issued it."""
    visit.require("bills")
    mine = {one.id for year in years_of(connection, visit.access) for one in year.bills}
    try:
        made = bill_pdf(connection, bill, Billing()) if bill in mine else None
    except BadLetterhead as why:
        raise HTTPException(503, str(why)) from why
    if made is None:
        raise HTTPException(404, "Cette facture n'existe pas.")
    return download(f"{made[0]}.pdf", made[1], "application/pdf", inline=True)


@routes.get("/famille/{access}/avis", response_class=HTMLResponse)
def choices_page(request: Request, visit: Following) -> HTMLResponse:
    """What this relative is told, and how."""
    return show(request, "family/choices.html", visit=visit, said="", fresh=uuid4)


@routes.post("/famille/{access}/avis")
def choose(
    request: Request,
    connection: Database,
    visit: Following,
    par: Annotated[list[Literal["email", "sms"]] | None, Form()] = None,
    quoi: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Keep what is ticked; what was not shown stays as the office set it."""
    told_by = sorted(set(par or ()) & set(visit.access.channels))
    muted = sorted(kind for name, (_, kinds) in CHOICES.items() if name not in (quoi or ()) for kind in kinds)
    connection.execute(SQL["save_choices"], {"id": visit.access.id, "told_by": told_by, "muted": muted})
    kept = {
        "id": uuid4(),
        "at": request.app.state.clock.now(),
        "relative": visit.access.id,
        "what": "choices",
    }
    connection.execute(SQL["add_act"], kept | {"answer": ", ".join(told_by)})
    return go(f"/famille/{visit.access.id}/avis?note=1")


def _deliveries(connection: Connection[DictRow], key: bytes, visit: Visit, now: Any) -> Any:
    if "delivery" not in visit.access.rights:
        return ()
    return deliveries_of_day(connection, key, visit.access, now)


def _next_meals(weeks: Sequence[Week], today: date, *, over: bool) -> list[tuple[date, Slot]]:
    """The meals to come. `over`: today's delivery was told, and what it brought for today stands there."""
    found = (
        (day, slot)
        for week in weeks
        for day, slots in week.days
        for slot in slots
        if day >= today and slot.wanted and not (over and day == today == slot.delivery)
    )
    return list(islice(found, NEXT_MEALS))


def _asking(request: Request, key: bytes, visit: Visit, number: UUID) -> Asking:
    visit.require("order")
    return Asking(access=visit.access, number=number, now=request.app.state.clock.now(), key=key)


def _answer(request: Request, connection: Database, key: bytes, visit: Visit, act: Any) -> HTMLResponse:
    try:
        said = act()
    except Unknown as why:
        raise HTTPException(404, str(why)) from why
    return _menus(request, connection, key, visit, said)


def _menus(
    request: Request, connection: Connection[DictRow], key: bytes, visit: Visit, said: Said | None
) -> HTMLResponse:
    now = request.app.state.clock.now()
    found = weeks_of(connection, key, visit.access, now)
    book = book_at(found.service.books, now.astimezone(PARIS).date())
    held = [one for one in found.person.habits if one.valid_from <= now.astimezone(PARIS).date()]
    return show(
        request,
        "family/menus.html",
        visit=visit,
        status=409 if said is not None and not said.granted else 200,
        said=said,
        weeks=found.weeks,
        open_weeks=len(found.weeks) if said is not None else OPEN_WEEKS,
        book=book,
        habit=max(held, key=lambda one: one.valid_from) if held else None,
        coming_habit=next((one for one in found.person.habits if one not in held), None),
        fresh=uuid4,
        today=now.astimezone(PARIS).date(),
        days=list(enumerate(DAYS, 1)),
        moments=MOMENTS,
        limit_text=limit_text,
    )
