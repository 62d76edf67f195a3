"""`glaneur meals …`: rules, prices, the kitchen's card and the people served, from a shell."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from psycopg import Connection
from psycopg.rows import DictRow

from api.cias.asking import Card, load_book, load_card, load_grid
from api.cias.imports import import_people
from api.cias.office_command import add_office_commands
from api.cias.vans import Fleet, read_fleet, save_fleet
from api.shell import settings
from meals.model import Book
from meals.prices import Grid
from store.connection import connect

commands = typer.Typer(no_args_is_help=True, help="Meals carried to seniors: rules, prices, menus, people.")
add_office_commands(commands)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a file, as meals/README.md says")]


@contextmanager
def _acting() -> Iterator[Connection[DictRow]]:
    dsn = settings().database.get_secret_value()
    with connect(dsn, role="glaneur_api", application="glaneur-meals") as connection:
        yield connection


@commands.command("book")
def book_command(path: File) -> None:
    """Put rules of the service in force from their own day."""
    with _acting() as connection:
        found = load_book(connection, path.read_text(encoding="utf-8"))
    if not isinstance(found, Book):
        _refuse(path, found)
    else:
        typer.echo(f"{found.name} : en vigueur le {found.valid_from:%d/%m/%Y}.")


@commands.command("grid")
def grid_command(path: File) -> None:
    """Put prices in force from their own day."""
    with _acting() as connection:
        found = load_grid(connection, path.read_text(encoding="utf-8"))
    if not isinstance(found, Grid):
        _refuse(path, found)
    else:
        typer.echo(f"{found.name} : en vigueur le {found.valid_from:%d/%m/%Y}.")


@commands.command("card")
def card_command(path: File) -> None:
    """Take in dishes and menus, each over the one of the same name or day."""
    with _acting() as connection:
        found = load_card(connection, path.read_bytes())
    if not isinstance(found, Card):
        _refuse(path, found)
    else:
        typer.echo(f"{len(found.dishes)} plats, {len(found.menus)} menus.")


@commands.command("people")
def people_command(path: File) -> None:
    """Take in a CSV of the people served: all of it, or a report of every line that cannot be."""
    key = settings().meals_health_key
    if key is None:
        typer.echo("GLANEUR_HEALTH_KEY is needed: it seals what says something of health.", err=True)
        raise typer.Exit(2)
    with _acting() as connection:
        report = import_people(connection, key, path.read_text(encoding="utf-8-sig"))
    for fault in report.faults:
        typer.echo(f"{path.name}, ligne {fault.line} : {fault.text}", err=True)
    if report.faults:
        raise typer.Exit(1)
    typer.echo(f"{report.people} dossiers.")


@commands.command("vans")
def vans_command(path: File) -> None:
    """Take in cold rooms, vans and their half-days, each over the one of the same code or name."""
    found = read_fleet(path.read_bytes())
    if not isinstance(found, Fleet):
        _refuse(path, found)
        return
    with _acting() as connection:
        faults = save_fleet(connection, found)
        if faults:
            connection.rollback()
            _refuse(path, faults)
    counts = len(found.cold_rooms), len(found.vans), len(found.shifts)
    typer.echo("{} chambres froides, {} fourgons, {} demi-journées.".format(*counts))


def _refuse(path: Path, faults: tuple[str, ...]) -> None:
    for fault in faults:
        typer.echo(f"{path.name}: {fault}", err=True)
    raise typer.Exit(1)
