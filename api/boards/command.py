"""`glaneur dashboards …`: give Grafana the boards, and say what a kilometre costs and what was voted."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from api.boards.reading import boards
from api.shell import settings
from store.connection import connect
from store.queries import named_queries

commands = typer.Typer(no_args_is_help=True, help="Grafana boards, and the figures they compare with.")
_SQL = named_queries("api.boards")
Pages = Annotated[str, typer.Option(envvar="GLANEUR_PUBLIC_URL", help="address of the pages, for links")]
Source = Annotated[str, typer.Option(help="who says so: a deliberation, a contract, a base of factors")]


@commands.command("push")
def push_boards(pages: Pages = "") -> None:
    """Create or replace the boards in Grafana (GLANEUR_GRAFANA, GLANEUR_GRAFANA_TOKEN)."""
    from api.boards.pushing import NotPushed, push

    chosen = settings()
    if not chosen.grafana or chosen.grafana_token is None:
        typer.echo(
            "GLANEUR_GRAFANA and GLANEUR_GRAFANA_TOKEN must say which Grafana, and with what right.", err=True
        )
        raise typer.Exit(2)
    try:
        made = push(chosen.grafana, chosen.grafana_token.get_secret_value(), boards(), pages)
    except NotPushed as error:
        typer.echo(f"Not pushed: {error}", err=True)
        raise typer.Exit(1) from error
    for address in made:
        typer.echo(address)


@commands.command("export")
def export_boards(
    folder: Annotated[Path, typer.Argument(help="where Grafana's provisioning looks for boards")],
    pages: Pages = "",
) -> None:
    """Write the boards as files, for Grafana's provisioning."""
    from api.boards.pushing import export

    typer.echo(f"{export(folder, boards(), pages)} boards written")


@commands.command("rate")
def set_rate(
    stream: Annotated[str, typer.Option(help="code of the stream")],
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the first day of this rate")],
    per_km: Annotated[str, typer.Option(help="euros for a kilometre")],
    per_hour: Annotated[str, typer.Option(help="euros for an hour of crew and truck")],
    co2: Annotated[int, typer.Option(min=0, help="grams of CO2e for a kilometre")],
    source: Source,
) -> None:
    """Say what collecting a stream costs and emits, from a day on."""
    values = {
        "stream": stream,
        "since": since.date(),
        "eur_per_km": _decimal(per_km),
        "eur_per_hour": _decimal(per_hour),
        "co2_g_per_km": co2,
        "source": source,
    }
    _save("save_rate", values)


@commands.command("budget")
def set_budget(
    year: Annotated[int, typer.Argument(min=2000, max=2200)],
    product: Annotated[str, typer.Option(help="euros of product voted")],
    source: Source,
) -> None:
    """Say what product was voted for a year."""
    _save("save_budget", {"year": year, "product": _decimal(product), "source": source})


@commands.command("territory")
def set_territory(
    code: Annotated[str, typer.Argument(help="a short code, without spaces")],
    name: Annotated[str, typer.Argument(help="the name shown")],
    communes: Annotated[list[str], typer.Argument(help="INSEE codes of its communes")],
) -> None:
    """Name a territory and its communes; the boards' sums are then counted again, all days."""
    with connect(settings().database.get_secret_value(), role="glaneur_api") as connection:
        try:
            connection.execute(_SQL["save_territory"], {"code": code, "name": name})
        except psycopg.Error as error:
            raise _refused(error) from error
        done = connection.execute(_SQL["give_communes"], {"code": code, "communes": communes})
        connection.execute(_SQL["mark_everything"])
    typer.echo(f"{done.rowcount} communes of {len(communes)} are in {name}")


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        typer.echo(f"Refused: {text!r} is not an amount.", err=True)
        raise typer.Exit(1)
    return value


def _save(query: str, values: dict[str, object]) -> None:
    with connect(settings().database.get_secret_value(), role="glaneur_api") as connection:
        try:
            connection.execute(_SQL[query], values)
        except psycopg.Error as error:
            raise _refused(error) from error


def _refused(error: psycopg.Error) -> typer.Exit:
    typer.echo(f"Refused: {error.diag.message_primary or error}", err=True)
    return typer.Exit(1)
