"""`/tableaux/apercu`: the boards that Grafana shows, with the same queries, for who has no Grafana.

Reads as `glaneur_grafana`, which sees no person: the page can show no more than Grafana could.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import BaseModel

from api.auth import Account, require
from api.boards.drawing import drawing, figures, of_figures, table
from api.boards.reading import PERIODS, Panel, Variable, boards, prepare, read_panels, read_variables
from api.pages import page

routes = APIRouter(tags=["boards"])
PERIOD_WORDS = {
    "1j": "24 heures",
    "7j": "7 jours",
    "30j": "30 jours",
    "90j": "3 mois",
    "1an": "1 an",
    "5ans": "5 ans",
}


def _aggregates(request: Request) -> Iterator[Connection[DictRow]]:
    with request.app.state.boards.connection() as connection:
        prepare(connection)
        yield connection


Aggregates = Annotated[Connection[DictRow], Depends(_aggregates, scope="function")]
Chief = Annotated[Account, Depends(require("dispatcher", "finance", "cias"))]
Short = Annotated[str, Query(max_length=200)]


class Chosen(BaseModel):
    """What the address asks for; an empty value is everything."""

    tableau: Short = ""
    periode: Short = ""
    territoire: Short = ""
    commune: Short = ""
    flux: Short = ""
    site: Short = ""
    service: Short = ""


class PanelAnswer(BaseModel):
    """A panel's answer: columns and rows as its query gave them."""

    id: int
    title: str
    kind: str
    unit: str
    columns: list[str]
    rows: list[list[Any]]
    problem: str


class BoardAnswer(BaseModel):
    """A board on a period."""

    uid: str
    title: str
    panels: list[PanelAnswer]


def _read(
    request: Request, connection: Connection[DictRow], board: dict[str, Any], chosen: Chosen
) -> tuple[str, list[Variable], list[Panel]]:
    now = request.app.state.clock.now()
    period = chosen.periode if chosen.periode in PERIODS else _usual(board)
    variables = read_variables(connection, board, chosen.model_dump(), now)
    return period, variables, read_panels(connection, board, variables, now, timedelta(days=PERIODS[period]))


def _usual(board: dict[str, Any]) -> str:
    """The board's own period."""
    usual = {"now-24h": "1j", "now-30d": "30j", "now-90d": "90j", "now-1y": "1an"}
    return usual[board["time"]["from"]]


@routes.get("/tableaux/apercu", response_class=HTMLResponse, include_in_schema=False)
def preview(
    request: Request, account: Chief, connection: Aggregates, chosen: Annotated[Chosen, Query()]
) -> HTMLResponse:
    """Show a board."""
    uid = chosen.tableau if chosen.tableau in boards() else next(iter(boards()))
    board = boards()[uid]
    period, variables, panels = _read(request, connection, board, chosen)
    now = request.app.state.clock.now()
    return page(
        request,
        "boards/preview.html",
        account,
        boards=boards(),
        uid=uid,
        board=board,
        period=period,
        periods=PERIOD_WORDS,
        variables=variables,
        panels=[
            {
                "panel": one,
                "figures": figures(one, now),
                "table": table(one, now),
                "right": of_figures(one),
                "drawing": drawing(one),
            }
            for one in panels
        ],
    )


@routes.get("/api/v1/boards", summary="The boards there are")
def list_boards(_: Chief) -> list[dict[str, str]]:
    """Return uid and title of every board."""
    return [{"uid": uid, "title": board["title"]} for uid, board in boards().items()]


@routes.get("/api/v1/boards/{uid}", summary="A board's figures, panel by panel")
def read_board(
    request: Request, _: Chief, connection: Aggregates, uid: str, chosen: Annotated[Chosen, Query()]
) -> BoardAnswer:
    """Return what each panel's query answers, on the same choices as the page."""
    board = boards().get(uid)
    if board is None:
        raise HTTPException(404, "Il n'y a pas de tableau de ce nom.")
    panels = _read(request, connection, board, chosen)[2]
    answers = [
        PanelAnswer(
            id=one.id, title=one.title, kind=one.kind, unit=one.unit, columns=list(one.columns),
            rows=[list(row) for row in one.rows], problem=one.problem,
        )
        for one in panels
    ]  # fmt: skip
    return BoardAnswer(uid=uid, title=board["title"], panels=answers)
