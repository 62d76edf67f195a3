"""The page of voted grids: what each clause says, who voted it, from when to when, and what came before."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.auth import Finance
from api.database import Database
from api.finance.household_desk import SAID
from api.finance.registry import SQL, stored_grids
from api.finance.words import KINDS
from api.french import PARIS
from api.pages import page
from tariff.calendar import NEVER
from tariff.wording import told_clauses

routes = APIRouter(tags=["finance"], include_in_schema=False)


@routes.get("/finances/grilles", response_class=HTMLResponse)
def grids_page(request: Request, connection: Database, account: Finance) -> HTMLResponse:
    """Every grid, the ones in force first, newest first in each perimeter."""
    grids, problems, texts = stored_grids(connection)
    today = request.app.state.clock.now().astimezone(PARIS).date()
    shown = sorted(grids, key=lambda one: (one.valid.holds(today), one.valid.first), reverse=True)
    return page(
        request,
        "finance/grids.html",
        account,
        grids=[(one, told_clauses(one), one.valid.holds(today), one.valid.end == NEVER) for one in shown],
        added={row["file"]: row["added_at"] for row in connection.execute(SQL["grids_added"])},
        texts=texts,
        problems=problems if texts else (),
        kinds=KINDS,
        w=SAID,
    )
