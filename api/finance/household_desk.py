"""Pages of a household: search, its file with everything it used, a bill with every event behind every cent.

Addresses hold numbers, never a name: what is searched is sent in the body. Each reading is recorded.
"""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, Finance, record
from api.database import Database
from api.finance import household
from api.finance.charts import months_chart
from api.finance.household import SQL
from api.finance.imports import SQL as SHARED
from api.finance.registry import stored_grids
from api.finance.words import (
    FACTS,
    KINDS,
    STATES,
    WORDS,
    dated,
    euros,
    kind_word,
    signed,
    standing,
    told,
)
from api.french import PARIS
from api.pages import page
from tariff.lines import french

routes = APIRouter(tags=["finance"], include_in_schema=False)
EVENTS_SHOWN = 60
SAID: dict[str, Any] = {
    "dated": dated, "euros": euros, "french": french, "kind_word": kind_word, "signed": signed,
    "standing": standing, "told": told, "words": WORDS, "kinds": KINDS, "facts": FACTS, "states": STATES,
    "day_before": lambda day: french(day - timedelta(days=1)),
}  # fmt: skip


@routes.get("/finances/foyers", response_class=HTMLResponse)
def search_page(request: Request, account: Finance) -> HTMLResponse:
    """The search form."""
    return page(request, "finance/search.html", account, q="", found=None, french=french)


@routes.post("/finances/foyers", response_class=HTMLResponse)
def search(
    request: Request,
    connection: Database,
    account: Finance,
    q: Annotated[str, Form(max_length=120)] = "",
) -> HTMLResponse:
    """Households that hold the words; what was searched is not recorded, that someone searched is."""
    found = household.search(connection, q)
    record(connection, account, "household_search", "finance", found=len(found))
    return page(request, "finance/search.html", account, q=q, found=found, french=french)


def known(connection: Connection[DictRow], number: int) -> DictRow:
    """The household, or 404."""
    found = household.household(connection, number)
    if found is None:
        raise HTTPException(404, "Ce foyer n'existe pas.")
    return found


@routes.get("/finances/foyers/{number}", response_class=HTMLResponse)
def file_page(
    request: Request,
    connection: Database,
    account: Finance,
    number: int,
    suite: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> HTMLResponse:
    """Everything about one household."""
    return show_file(request, connection, account, number, suite=suite)


def show_file(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    number: int,
    suite: int = 1,
    said: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The file's page; `said`: why a change was refused."""
    found = known(connection, number)
    subject = f"finance_account/{number}"
    record(connection, account, "household_read", subject)
    today = request.app.state.clock.now().astimezone(PARIS).date()
    events = household.used(connection, number, *household.since_two_years(today))
    months = household.by_month(events, today)
    start = (suite - 1) * EVENTS_SHOWN
    return page(
        request,
        "finance/household.html",
        account,
        status=status,
        file=found,
        dwelling=connection.execute(SQL["dwelling_accounts"], {"dwelling": found["dwelling_id"]}).fetchall(),
        readings=connection.execute(SQL["readings_of_file"], {"subject": subject}).fetchall(),
        **household.situation(connection, number),
        months=months,
        charts={kind: months_chart(months.months, *counts) for kind, counts in months.kinds.items()},
        events=events[start : start + EVENTS_SHOWN],
        found=len(events),
        suite=suite,
        size=EVENTS_SHOWN,
        today=today,
        said=said,
        event_kinds=_kinds(connection),
        w=SAID,
    )


def _kinds(connection: Connection[DictRow]) -> list[str]:
    """The kinds of events that a voted grid counts."""
    grids, _, _ = stored_grids(connection)
    return sorted({kind for grid in grids for one in grid.counted for kind in one.kinds})


@routes.get("/finances/calculs/{run}/foyers/{number}", response_class=HTMLResponse)
def bill_page(
    request: Request, connection: Database, account: Finance, run: int, number: int
) -> HTMLResponse:
    """A bill: every line, its article, every event behind it, and the year before beside it."""
    bill = connection.execute(SQL["bill"], {"run": run, "account": number}).fetchone()
    if bill is None:
        raise HTTPException(404, "Ce foyer n'a pas de facture dans ce calcul.")
    record(connection, account, "household_read", f"finance_account/{number}", run=run)
    document = bill["document"] or {"lignes": [], "non_factures": []}
    ids = [name for line in document["lignes"] for name in line["evenements"]]
    ids += [one["evenement"] for one in document["non_factures"]]
    before = connection.execute(SQL["bill_before"], {"account": number, "first": bill["first"]}).fetchone()
    return page(
        request,
        "finance/bill.html",
        account,
        bill=bill,
        document=document,
        file=known(connection, number),
        events={one["id"]: one for one in connection.execute(SHARED["events_named"], {"ids": ids})},
        before=before,
        rows=household.compared(document, before and before["document"]),
        claims=connection.execute(SQL["claims_of"], {"account": number}).fetchall(),
        pieces=connection.execute(SQL["pieces"], {"run": run, "account": number}).fetchall(),
        w=SAID,
    )
