"""What every `glaneur tariff` command begins with: a connection, and a refusal said with exit status 1."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from psycopg import Connection
from psycopg.rows import DictRow

from api.finance.bill_settings import BadLetterhead
from api.finance.imports import Refusal
from api.settings import Settings
from store.connection import connect


@contextmanager
def acting() -> Iterator[Connection[DictRow]]:
    """Give a connection; a refusal is printed and ends with status 1."""
    try:
        dsn = Settings().database.get_secret_value()  # type: ignore[call-arg]
    except ValueError as error:
        typer.echo(f"The settings are not complete: {error}", err=True)
        raise typer.Exit(2) from error
    try:
        with connect(dsn, role="glaneur_api", application="glaneur-tariff") as connection:
            yield connection
    except (Refusal, BadLetterhead) as refusal:
        typer.echo(f"Refusé : {refusal}", err=True)
        raise typer.Exit(1) from refusal
