"""The bills' pages: months, a month's bills looked at and issued, their files.

Finance comes here too: nothing of health is shown.
"""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record, require
from api.cias import bill_runs
from api.cias.bill_export import default_profile, export
from api.cias.bill_pdf import bill_pdf, euros
from api.cias.bill_runs import NotNow, month_text, of_month
from api.cias.bills import SQL, lines_of, statements
from api.cias.csv_out import csv_file, download
from api.cias.desk import Office, health_key
from api.database import Database
from api.finance.bill_settings import BadLetterhead, Billing
from api.french import PARIS
from api.pages import page

routes = APIRouter(tags=["meals"], include_in_schema=False)

Payer = Annotated[Account, Depends(require("cias", "finance"))]
BADGES = {"draft": ("à relire", "plan"), "looked": ("relues", "info"), "issued": ("émises", "ok")}


@routes.get("/portage/factures", response_class=HTMLResponse)
def runs_page(request: Request, connection: Database, account: Payer) -> HTMLResponse:
    """Every month that was billed or is about to be."""
    return _runs(request, connection, account)


@routes.post("/portage/factures")
def open_month(
    request: Request,
    connection: Database,
    account: Office,
    mois: Annotated[str, Form(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")],
) -> Response:
    """Work a month's bills out as a draft."""
    month = date.fromisoformat(f"{mois}-01")
    now = request.app.state.clock.now()
    try:
        with connection.transaction():
            run = bill_runs.open_run(connection, health_key(request), month, account, now)
    except NotNow as why:
        return _runs(request, connection, account, problem=str(why))
    record(connection, account, "meals.bills.open", mois)
    return _run(request, connection, account, run, said=f"Les factures {of_month(month)} sont à relire.")


@routes.get("/portage/factures/{run}", response_class=HTMLResponse)
def run_page(request: Request, connection: Database, account: Payer, run: int) -> HTMLResponse:
    """One month's bills, what was free and why, and who else pays."""
    return _run(request, connection, account, run)


@routes.post("/portage/factures/{run}/{what}")
def act(request: Request, connection: Database, account: Payer, run: int, what: str) -> Response:
    """Look at, work out again, issue or give up a month's bills."""
    now = request.app.state.clock.now()
    try:
        with connection.transaction():
            match what:
                case "relire":
                    bill_runs.look(connection, run, account, now)
                    said = "Ces factures sont relues : une autre personne peut les émettre."
                case "recalculer" if account.role != "finance":
                    bill_runs.work_out_again(connection, health_key(request), run, account, now)
                    said = "Ces factures sont recalculées, à relire."
                case "emettre":
                    count = bill_runs.issue(connection, run, account, now)
                    said = f"{count} factures sont émises."
                case "abandonner":
                    bill_runs.abandon(connection, run)
                    said = "Ces factures sont abandonnées : leurs repas restent à facturer."
                case _:
                    raise HTTPException(404, "Cette action n'existe pas.")
    except NotNow as why:
        return _run(request, connection, account, run, problem=str(why))
    record(connection, account, f"meals.bills.{what}", str(run))
    if what == "abandonner":
        return _runs(request, connection, account, said=said)
    return _run(request, connection, account, run, said=said)


@routes.get("/portage/factures/{run}/tresor.csv")
def treasury(connection: Database, account: Payer, run: int) -> Response:
    """The issued bills for the treasury, in the layout that ships."""
    try:
        data = export(connection, run, default_profile())
    except NotNow as why:
        raise HTTPException(409, str(why)) from why
    record(connection, account, "meals.bills.export", str(run))
    return download(f"portage-{run}.csv", data, "text/csv; charset=utf-8")


@routes.get("/portage/factures/{run}/tiers.csv")
def third_payers(connection: Database, account: Payer, run: int) -> Response:
    """What each third payer owes, person by person."""
    found = statements(connection, run)
    record(connection, account, "meals.bills.export", str(run))
    rows = [
        (payer, one.reference, one.name, one.number or "", one.meals, one.amount)
        for payer, held in found.items()
        for one in held
    ]
    header = ("Tiers payeur", "Dossier", "Nom", "Facture", "Repas", "Montant")
    return csv_file(f"tiers-payeurs-{run}.csv", header, rows)


@routes.get("/portage/facture/{bill}.pdf")
def one_pdf(connection: Database, account: Payer, bill: int) -> Response:
    """One issued bill."""
    try:
        made = bill_pdf(connection, bill, Billing())
    except BadLetterhead as why:
        raise HTTPException(503, str(why)) from why
    if made is None:
        raise HTTPException(404, "Il n'y a pas de facture émise sous ce numéro.")
    return download(f"{made[0]}.pdf", made[1], "application/pdf", inline=True)


def _runs(
    request: Request, connection: Connection[DictRow], account: Account, *, said: str = "", problem: str = ""
) -> HTMLResponse:
    rows = connection.execute(SQL["runs"], {"run": None}).fetchall()
    today = request.app.state.clock.now().astimezone(PARIS).date()
    return page(
        request,
        "cias/bills.html",
        account,
        status=409 if problem else 200,
        runs=rows,
        last=today.replace(day=1) - timedelta(days=1),
        said=said,
        problem=problem,
        badges=BADGES,
        month_text=month_text,
        euros=euros,
    )


def _run(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    run: int,
    *,
    said: str = "",
    problem: str = "",
) -> HTMLResponse:
    found = connection.execute(SQL["runs"], {"run": run}).fetchone()
    if found is None:
        raise HTTPException(404, "Il n'y a pas de factures sous ce numéro.")
    bills = connection.execute(SQL["run_bills"], {"run": run, "bill": None}).fetchall()
    return page(
        request,
        "cias/bill_run.html",
        account,
        status=409 if problem else 200,
        run=found,
        bills=bills,
        lines=lines_of(connection, [one["id"] for one in bills if one["corrected"]]),
        free=connection.execute(SQL["run_free"], {"run": run}).fetchall(),
        statements=statements(connection, run),
        said=said,
        problem=problem,
        badges=BADGES,
        of_month=of_month,
        euros=euros,
    )
