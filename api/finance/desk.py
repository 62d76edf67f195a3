"""The finance officer's pages: voted grids, runs from draft to issued, a household's file.

Administrators only, until accounts have a role for finance.
"""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.auth import Account, require
from api.database import Database
from api.finance import runs
from api.finance.imports import SQL, Refusal
from api.finance.registry import stored_grids
from api.french import PARIS
from api.pages import page
from tariff.explain import UNITS
from tariff.lines import figure, french
from tariff.model import Grid

routes = APIRouter(tags=["finance"], include_in_schema=False)

Finance = Annotated[Account, Depends(require())]
WORDS = {
    "draft": ("brouillon", "info"),
    "controlled": ("contrôlé", "plan"),
    "approved": ("approuvé", "plan"),
    "issued": ("émis", "ok"),
    "abandoned": ("abandonné", "info"),
}
KINDS = {
    "fixe": "part fixe",
    "compris": "compris",
    "variable": "part variable",
    "minimum": "minimum",
    "remise": "remise",
    "service": "service",
    "penalite": "pénalité",
    "deduit": "déduit",
    "pourcentage": "pourcentage",
    "acompte": "acompte",
    "arrondi": "arrondi",
    "plancher": "plancher",
}
PAGE = 50


def euros(amount: Decimal | str | None) -> str:
    """An amount as people read it, « 1 234,56 € »."""
    if amount is None:
        return "–"
    return f"{Decimal(amount):,.2f}".replace(",", "\u00a0").replace(".", ",") + "\u00a0€"


def told(line: dict[str, Any]) -> str:
    """A line's computation as a person writes it; empty when there is none."""
    if line["nature"] in ("arrondi", "plancher", "acompte", "pourcentage"):
        return ""
    quantity = Fraction(line["quantite"])
    unit = UNITS.get(line["unite"], (line["unite"], line["unite"]))[quantity > 1]
    if line["nature"] == "compris":
        return f"{figure(quantity)} {unit} sans frais"
    part = f", part {line['part']}" if line["part"] else ""
    return f"{figure(quantity)} {unit} × {line['prix'].replace('.', ',')}\u00a0€{part}"


def dated(at: datetime) -> str:
    """Day, year and hour in Paris: a bill is read years later."""
    local = at.astimezone(PARIS)
    return f"{local:%d/%m/%Y} à {local:%H:%M}"


def clauses(grid: Grid) -> list[tuple[str, str, str]]:
    """Article, kind and sentence of every clause, in the order voted."""
    groups: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("fixe", grid.fixed),
        ("", grid.counted),
        ("compris", grid.allowances),
        ("minimum", grid.minimums),
        ("pourcentage", grid.percents),
        ("acompte", grid.advances),
    )
    found = []
    for kind, group in groups:
        for one in group:
            word = kind or one.label
            if kind == "fixe" and one.sign < 0:
                word = "remise"
            found.append((one.clause.order, one.clause.article, KINDS[word], one.clause.text))
    return [(article, word, text) for _, article, word, text in sorted(found)]


@routes.get("/finances", response_class=HTMLResponse)
def home(request: Request, connection: Database, account: Finance) -> HTMLResponse:
    """Runs and voted grids."""
    grids, problems, texts = stored_grids(connection)
    return page(
        request,
        "finance/home.html",
        account,
        runs=connection.execute(SQL["runs"]).fetchall(),
        grids=[(one, clauses(one), french(one.valid.first)) for one in grids],
        problems=problems if texts else (),
        words=WORDS,
        euros=euros,
        french=french,
    )


@routes.get("/finances/calculs/{run}", response_class=HTMLResponse)
def run_page(
    request: Request,
    connection: Database,
    account: Finance,
    run: int,
    q: Annotated[str, Query(max_length=64)] = "",
    suite: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """One run: totals, what stands out, its bills, and the next step."""
    return _run(request, connection, account, run, q=q, suite=suite, said="")


def _run(
    request: Request, connection: Database, account: Account, run: int, *, q: str, suite: int, said: str
) -> HTMLResponse:
    try:
        found = runs.run_row(connection, run)
    except Refusal as why:
        raise HTTPException(404, str(why)) from why
    escaped = q.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values = {"run": run, "pattern": f"%{escaped}%", "skipped": (suite - 1) * PAGE}
    bills = connection.execute(SQL["bills_of_run"], values).fetchall()
    return page(
        request,
        "finance/run.html",
        account,
        status=409 if said else 200,
        run=found,
        shown=runs.look(connection, run),
        bills=bills,
        found=bills[0]["found"] if bills else 0,
        q=q,
        suite=suite,
        size=PAGE,
        said=said,
        words=WORDS,
        euros=euros,
        french=french,
    )


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
        return _run(request, connection, account, run, q="", suite=1, said=str(why))
    return RedirectResponse(f"/finances/calculs/{run}", status_code=303)


@routes.get("/finances/calculs/{run}/comptes/{reference}", response_class=HTMLResponse)
def household(
    request: Request, connection: Database, account: Finance, run: int, reference: str
) -> HTMLResponse:
    """A household's bill: every line, its article, and every event behind every cent."""
    row = connection.execute(SQL["household"], {"run": run, "account": reference}).fetchone()
    if row is None:
        raise HTTPException(404, "Ce compte n'a pas de facture dans ce calcul.")
    lines = (row["document"] or {}).get("lignes", [])
    ids = [name for line in lines for name in line["evenements"]]
    ids += [one["evenement"] for one in (row["document"] or {}).get("non_factures", [])]
    events = {one["id"]: one for one in connection.execute(SQL["events_named"], {"ids": ids})}
    return page(
        request,
        "finance/household.html",
        account,
        run=runs.run_row(connection, run),
        file=row,
        lines=lines,
        events=events,
        kinds=KINDS,
        told=told,
        word=lambda kind: UNITS.get(kind, (kind, kind))[0],
        dated=dated,
        euros=euros,
        french=french,
    )
