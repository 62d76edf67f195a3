"""Runs of bills on pages: the list, one run from draft to issued, what stands out, its bills."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, Finance, record
from api.database import Database
from api.finance import runs
from api.finance.claims import SQL as CLAIMS
from api.finance.household_desk import SAID
from api.finance.imports import SQL, Refusal
from api.finance.plausible import SQL as REVIEW
from api.finance.words import WORDS, euros
from api.french import PARIS
from api.pages import page
from api.queue import defer
from tariff.calendar import Period
from tariff.lines import french

routes = APIRouter(tags=["finance"], include_in_schema=False)

PAGE = 50


@routes.get("/finances", response_class=HTMLResponse)
def home(request: Request, connection: Database, account: Finance) -> HTMLResponse:
    """Runs, and what waits for someone."""
    return _home(request, connection, account)


def _home(
    request: Request, connection: Connection[DictRow], account: Account, said: str = ""
) -> HTMLResponse:
    today = {"today": request.app.state.clock.now().astimezone(PARIS).date()}
    return page(
        request,
        "finance/home.html",
        account,
        status=409 if said else 200,
        runs=connection.execute(SQL["runs"]).fetchall(),
        to_review=sum(row["found"] for row in connection.execute(REVIEW["review_counts"])),
        counts=connection.execute(CLAIMS["claim_counts"], today).fetchone(),
        said=said,
        words=WORDS,
        euros=euros,
        french=french,
    )


@routes.post("/finances/calculs")
def open_run(
    request: Request,
    connection: Database,
    account: Finance,
    nom: Annotated[str, Form(max_length=80)],
    du: Annotated[date, Form()],
    au: Annotated[date, Form()],
) -> Response:
    """Open a draft; the worker makes its bills within a minute, or goes on where it was cut."""
    try:
        if not nom.strip() or au < du or (au - du).days > 3 * 366:
            raise Refusal("Un calcul a un nom et une période d'au plus trois ans, dont la fin suit le début.")
        run = runs.open_run(connection, nom.strip(), Period(du, au + timedelta(days=1)), account.login)
    except Refusal as why:
        connection.rollback()
        return _home(request, connection, account, str(why))
    defer(connection, "compute_runs")
    record(connection, account, "run_step", f"run/{run}", step="ouvrir")
    return RedirectResponse(f"/finances/calculs/{run}", status_code=303)


@routes.get("/finances/calculs/{run}", response_class=HTMLResponse)
def run_page(
    request: Request,
    connection: Database,
    account: Finance,
    run: int,
    suite: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """One run: totals, what stands out, its bills, and the next step."""
    return _run(request, connection, account, run, suite=suite)


@routes.post("/finances/calculs/{run}/chercher", response_class=HTMLResponse)
def search_run(
    request: Request,
    connection: Database,
    account: Finance,
    run: int,
    q: Annotated[str, Form(max_length=64)] = "",
) -> HTMLResponse:
    """The run's bills whose account holds these letters; what is searched stays out of addresses."""
    return _run(request, connection, account, run, q=q)


def _run(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    run: int,
    *,
    q: str = "",
    suite: int = 1,
    said: str = "",
) -> HTMLResponse:
    try:
        found = runs.run_row(connection, run)
    except Refusal as why:
        raise HTTPException(404, str(why)) from why
    escaped = q.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values = {"run": run, "pattern": f"%{escaped}%", "skipped": (suite - 1) * PAGE}
    bills = connection.execute(SQL["bills_of_run"], values).fetchall()
    shown = runs.look(connection, run)
    return page(
        request,
        "finance/run.html",
        account,
        status=409 if said else 200,
        run=found,
        shown=shown,
        made=runs.progress(connection, run),
        extremes={row["id"]: row for row in shown.extremes}.values(),
        natures=_natures(connection, run, shown.compared),
        later=connection.execute(SQL["run_overtaken"], values).fetchone(),
        bills=bills,
        found=bills[0]["found"] if bills else 0,
        q=q,
        suite=suite,
        size=PAGE,
        said=said,
        w=SAID,
    )


def _natures(connection: Connection[DictRow], run: int, before: DictRow | None) -> list[dict[str, Any]]:
    """What the product is made of, beside the run before."""
    sums: list[dict[str, Decimal]] = []
    for number in (run, before["run"] if before else None):
        rows = connection.execute(SQL["run_natures"], {"run": number}).fetchall()
        sums.append({row["nature"]: row["amount"] for row in rows})
    now, then = sums
    return [{"nature": one, "now": now.get(one), "before": then.get(one)} for one in {**now, **then}]


@routes.post("/finances/calculs/{run}/{step}")
def step(request: Request, connection: Database, account: Finance, run: int, step: str) -> Response:
    """Control, approve, issue or abandon: the next state, or the page with why not."""
    try:
        if step == "controler":
            runs.control(connection, run, account.login)
        elif step == "approuver":
            runs.approve(connection, run, account.login)
        elif step == "emettre":
            runs.issue(connection, run, request.app.state.clock.now())
        elif step == "abandonner":
            runs.abandon(connection, run)
        else:
            raise HTTPException(404, "Cette étape n'existe pas.")
    except Refusal as why:
        connection.rollback()
        return _run(request, connection, account, run, said=str(why))
    record(connection, account, "run_step", f"run/{run}", step=step)
    return RedirectResponse(f"/finances/calculs/{run}", status_code=303)
