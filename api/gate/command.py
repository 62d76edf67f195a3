"""`glaneur gate …`: rule books, terminals and holders from a shell."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from psycopg import Connection
from psycopg.rows import DictRow

from access.calendar import PARIS
from access.model import Book
from api.devices.access import NoAccess
from api.gate.access import give_access, take_access
from api.gate.books import Shelf, load_book
from api.gate.holders import import_holders
from api.gate.terminals import add_terminal, revoke_terminal
from api.settings import Settings
from api.shell import settings
from store.clock import read_clock
from store.connection import connect

commands = typer.Typer(no_args_is_help=True, help="The déchetterie's rule books, terminals and holders.")


@contextmanager
def _acting() -> Iterator[tuple[Connection[DictRow], Settings]]:
    chosen = settings()
    dsn = chosen.database.get_secret_value()
    with connect(dsn, role="glaneur_api", application="glaneur-gate") as connection:
        yield connection, chosen


@commands.command("book")
def book_command(path: Annotated[Path, typer.Argument(help="a rule book, as access/README.md says")]) -> None:
    """Put a rule book in force from its own day."""
    with _acting() as (connection, _):
        found = load_book(connection, path.read_text(encoding="utf-8"))
    if not isinstance(found, Book):
        for problem in found:
            typer.echo(f"{path.name}: {problem}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{found.name} : en vigueur le {found.valid_from:%d/%m/%Y}.")


@commands.command("terminal")
def terminal_command(
    name: str,
    site: Annotated[str, typer.Option(help="code of its site in the rule book")] = "",
    revoke: Annotated[bool, typer.Option("--revoke", help="refuse it from now on")] = False,
) -> None:
    """Add a terminal and print its key, once; or revoke it."""
    if revoke == bool(site):
        typer.echo("Give --site for a new key, or --revoke.", err=True)
        raise typer.Exit(2)
    with _acting() as (connection, _):
        if site:
            typer.echo(add_terminal(connection, name, site))
            return
        if not revoke_terminal(connection, name):
            typer.echo(f"Refusé : aucune borne {name} en service.", err=True)
            raise typer.Exit(1)
        broker = settings().access_broker
        if broker is not None:
            try:
                take_access(connection, broker, name)
            except NoAccess as refusal:
                typer.echo(f"La clé est révoquée, mais pas l'accès au courtier : {refusal}", err=True)
                connection.commit()
                raise typer.Exit(1) from refusal


@commands.command("access")
def access_command(
    name: str, revoke: Annotated[bool, typer.Option("--revoke", help="take it away instead")] = False
) -> None:
    """Give a terminal its own account at the broker, or a new password, printed this once."""
    broker = settings().access_broker
    if broker is None:
        typer.echo("GLANEUR_BROKER_ADMIN must say where the broker is, as its administrator.", err=True)
        raise typer.Exit(2)
    with _acting() as (connection, _):
        try:
            password = None if revoke else give_access(connection, broker, name)
            if revoke:
                take_access(connection, broker, name)
        except NoAccess as refusal:
            typer.echo(f"Refusé : {refusal}", err=True)
            raise typer.Exit(1) from refusal
    typer.echo(f"{name}:{password}" if password else f"L'accès de {name} est retiré.")


@commands.command("holders")
def holders_command(
    path: Annotated[Path, typer.Argument(help="CSV of holders and badges; - reads it")],
) -> None:
    """Import holders and their badges; a file with a fault writes nothing."""
    text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    with _acting() as (connection, chosen):
        key = chosen.gate_badge_key
        if key is None:
            typer.echo("GLANEUR_BADGE_KEY is not set: no badge can be hashed.", err=True)
            raise typer.Exit(2)
        book = Shelf().at(connection, read_clock(connection).now().astimezone(PARIS).date())
        if book is None:
            typer.echo("Refusé : aucun règlement n'est en vigueur, aucune catégorie n'est connue.", err=True)
            raise typer.Exit(1)
        report = import_holders(connection, text, key, frozenset(book.categories))
    for fault in report.faults:
        typer.echo(f"ligne {fault.line} : {fault.text}", err=True)
    if report.faults:
        raise typer.Exit(1)
    typer.echo(f"{report.holders} titulaires, {report.badges} badges.")
