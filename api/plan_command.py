"""`glaneur plan`: the worker's own planning without the queue, with a progress bar, printed as tables."""

from datetime import date

from fastapi import HTTPException
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from api.dispatch import requests
from api.dispatch.planning import FLOWN
from api.dispatch.round_models import NewPlanning, PlanningOut, RoundOut
from api.dispatch.round_views import read_planning
from api.dispatch.solving import Outcome, run_planning
from api.french import day as day_in_words
from api.french import duration, hour, kilometres, number
from routing.travel import TravelTimes
from store.clock import read_clock
from store.connection import connect

_KINDS = {"start": "départ", "collect": "", "unload": "vidage", "break": "pause", "end": "retour"}


def plan_here(
    dsn: str, day: date, stream: str, vehicles: list[str], seconds: int, travel: TravelTimes = FLOWN
) -> int:
    """Plan, print the rounds, and return the exit status: 0 when the rounds are there, 1 otherwise."""
    console, problems = Console(), Console(stderr=True)
    with connect(dsn, role="glaneur_api", application="glaneur-plan") as connection:
        wanted = NewPlanning(day=day, stream=stream, vehicles=vehicles, budget_s=seconds)
        try:
            planning_id = requests.add_planning(connection, wanted, read_clock(connection).now(), seconds)
        except HTTPException as refusal:
            problems.print(f"[bold red]Refusé :[/] {refusal.detail}")
            return 1
    outcome = _run(dsn, planning_id, problems, travel)
    with connect(dsn, role="glaneur_api", application="glaneur-plan") as connection:
        planning = read_planning(connection, planning_id)
    if outcome is None or outcome.status != "done" or planning is None:
        problems.print(
            f"[bold red]Pas de plan :[/] {outcome.message if outcome else 'déjà en cours ailleurs'}"
        )
        return 1
    _print(console, planning)
    return 0


def _run(dsn: str, planning_id: int, console: Console, travel: TravelTimes) -> Outcome | None:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Lecture des niveaux…", total=1.0)
        return run_planning(
            dsn,
            planning_id,
            on_progress=lambda share, message: bar.update(task, completed=share, description=message),
            travel=travel,
        )


def _print(console: Console, planning: PlanningOut) -> None:
    console.print(
        f"[bold]{planning.stream_label}, {day_in_words(planning.day)}[/] – plan n° {planning.id} : "
        f"{planning.message} Distances : {planning.travel}."
    )
    for one in planning.rounds:
        console.print(_table(one))
    required = [left for left in planning.left_out if left.required]
    for left in required:
        console.print(f"[bold red]Sans tournée :[/] {left.commune}, {left.point}. {left.why}")
    console.print(f"{len(planning.left_out)} point(s) laissés de côté, dont {len(required)} à vider.")


def _table(one: RoundOut) -> Table:
    table = Table(
        title=f"{one.vehicle_name} : {kilometres(one.distance_m)}, {duration(one.duration_s)}",
        title_justify="left",
    )
    for title in ("Heure", "Arrêt", "À bord"):
        table.add_column(title, no_wrap=title != "Arrêt")
    table.add_column("Pourquoi")
    for stop in one.stops:
        place = " · ".join(part for part in (_KINDS[stop.kind], stop.commune, stop.name or "") if part)
        load = f"{number(stop.load_l / 1000, 1)} m³, {number(stop.load_kg)} kg"
        table.add_row(hour(stop.arrival_at), place, load, stop.reason)
    return table
