"""The simulator's page: grids beside each other on real usage, with charts and tables, and the same as CSV.

One simulation at a time. Nothing is recorded: a trial leaves no trace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, Finance
from api.database import Database
from api.finance.charts import grouped, histogram
from api.finance.household_desk import SAID
from api.finance.imports import Refusal
from api.finance.registry import stored_grids
from api.finance.simulator import MOST_GRIDS, Wish, as_csv, cost_of, figures, habit_of, rows, simulate_alone
from api.finance.words import FACTS
from api.french import PARIS
from api.pages import page
from tariff.calendar import Period
from tariff.simulate import Comparison

routes = APIRouter(tags=["finance"], include_in_schema=False)

HABITS = 2
Text = Annotated[str, Form(max_length=200_000)]
Words = Annotated[list[str], Form(max_length=20)]
Texts = Annotated[list[str], Form(max_length=MOST_GRIDS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The form as it was sent, to be shown again as it was."""

    du: str
    au: str
    cout: str
    names: tuple[str, ...]
    texts: tuple[str, ...]
    habits: tuple[tuple[str, str, str, str, str], ...]


def _asked(
    du: Text,
    au: Text,
    nom: Texts,
    projet: Texts,
    quoi: Words,
    garde: Words,
    elasticite: Words,
    avant: Words,
    apres: Words,
    cout: Text = "",
) -> Asked:
    columns = [
        (*one, *("" for _ in range(HABITS)))[:HABITS] for one in (quoi, garde, elasticite, avant, apres)
    ]
    habits = tuple((a, b, c, d, e) for a, b, c, d, e in zip(*columns, strict=True))
    blank = ("",) * MOST_GRIDS
    names, texts = (*nom, *blank)[:MOST_GRIDS], (*projet, *blank)[:MOST_GRIDS]
    return Asked(du=du, au=au, cout=cout, names=names, texts=texts, habits=habits)


@routes.get("/finances/simulateur", response_class=HTMLResponse)
def simulator_page(request: Request, connection: Database, account: Finance) -> HTMLResponse:
    """The form: last year's usage, and the grid in force as a first project to change."""
    year = request.app.state.clock.now().astimezone(PARIS).year - 1
    grids, _, texts = stored_grids(connection)
    latest = max(grids, key=lambda one: one.valid.first, default=None)
    blank = ("",) * (MOST_GRIDS - 1)
    asked = Asked(
        du=f"{year}-01-01",
        au=f"{year}-12-31",
        cout="",
        names=("Projet 1", *blank),
        texts=(texts[latest.file] if latest else "", *blank),
        habits=(("", "", "", "", ""),) * HABITS,
    )
    return _page(request, connection, account, asked)


@routes.post("/finances/simulateur", response_class=HTMLResponse)
def simulate_page(
    request: Request,
    connection: Database,
    account: Finance,
    du: Text,
    au: Text,
    nom: Texts,
    projet: Texts,
    quoi: Words,
    garde: Words,
    elasticite: Words,
    avant: Words,
    apres: Words,
    cout: Text = "",
    sous: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """The comparison, or what is wrong with what was asked; `sous=csv`: the same as a file."""
    asked = _asked(du, au, nom, projet, quoi, garde, elasticite, avant, apres, cout)
    try:
        wish, cost = _wish(asked), cost_of(asked.cout)
        found = simulate_alone(request.app.state.settings.database.get_secret_value(), wish)
    except Refusal as why:
        return _page(request, connection, account, asked, said=str(why))
    if sous == "csv":
        return _csv(rows(found, cost, wish.habits))
    return _page(request, connection, account, asked, **_shown(found, cost, wish.habits))


def _wish(asked: Asked) -> Wish:
    try:
        period = Period(date.fromisoformat(asked.du), date.fromisoformat(asked.au) + timedelta(days=1))
    except (ValueError, OverflowError):
        raise Refusal("Les deux jours s'écrivent AAAA-MM-JJ.") from None
    if period.days <= 0 or period.days > 3 * 366:
        raise Refusal("La période finit avant de commencer, ou dure plus de trois ans.")
    projects: dict[str, str] = {}
    for rank, (name, text) in enumerate(zip(asked.names, asked.texts, strict=True), start=1):
        if text.strip():
            label = name.strip() or f"Projet {rank}"
            if label in projects:
                raise Refusal(f"Deux projets s'appellent « {label} ».")
            projects[label] = text.replace("\r\n", "\n")
    habits = {}
    for kind, *numbers in asked.habits:
        left = habit_of(*numbers) if kind.strip() else None
        if left is not None:
            habits[kind.strip()] = left
    return Wish(period=period, projects=projects, habits=habits)


def _shown(found: Comparison, cost: Decimal | None, habits: dict[str, Fraction] | Any) -> dict[str, Any]:
    edges, counts = histogram([one.cents for one in found.outcomes])
    labels = [f"{low // 100}" for low, _ in edges]
    names = [one.name for one in found.outcomes]
    titles = [
        [f"{name}, {low // 100} à {high // 100} € : {count} comptes"
         for (low, high), count in zip(edges, series, strict=True)]
        for name, series in zip(names, counts, strict=True)
    ]  # fmt: skip
    return {
        "found": found,
        "figures": figures(found, cost),
        "cost": cost,
        "chart": grouped(labels, counts, titles, every=max(1, len(labels) // 12)),
        "edges": [(low // 100, high // 100) for low, high in edges],
        "counts": counts,
        "names": names,
        "kept": {kind: float(left) for kind, left in habits.items()},
    }


def _page(
    request: Request,
    connection: Connection[DictRow],
    account: Account,
    asked: Asked,
    said: str = "",
    **more: Any,
) -> HTMLResponse:
    grids, _, _ = stored_grids(connection)
    kinds = sorted({kind for grid in grids for one in grid.counted for kind in one.kinds})
    return page(
        request,
        "finance/simulator.html",
        account,
        status=422 if said else 200,
        asked=asked,
        said=said.split("\n") if said else [],
        event_kinds=kinds or ["levee", "ouverture"],
        fact_words=FACTS,
        w=SAID,
        **{"found": None, **more},
    )


def _csv(told: list[Sequence[object]]) -> Response:
    return Response(
        as_csv(told).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="simulation.csv"'},
    )
