"""The command line `glaneur`: one command per process of the platform, and help when something is wrong."""

import gc
import json
import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import psycopg
import typer
import uvicorn

from api.auth import create_account
from api.boards.command import commands as board_commands
from api.cias.command import commands as meals_commands
from api.devices.command import broker_accounts
from api.devices.command import commands as device_commands
from api.finance.bill_command import commands as tariff_commands
from api.finance.bill_settings import Billing
from api.finance.jobs import forget
from api.gate.command import commands as gate_commands
from api.shell import settings
from store.clock import read_clock
from store.connection import connect
from store.migrate import ChangedHistory, migrate

DEMO_FOLDER = Path(".demo")
MINIMUM_PASSWORD = 12  # CNIL deliberation 2022-100: length first

main = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its boxes would show local values
    help="Glaneur: connected drop-off points and optimised rounds.",
)


@main.callback()
def _log(verbose: bool = typer.Option(False, "--verbose", "-v", help="log more")) -> None:
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)


@main.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's schema."""
    try:
        report = migrate(settings().database.get_secret_value())
    except ChangedHistory as error:
        typer.echo(f"Refused: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{len(report.applied)} migration(s) applied; edition {report.edition}")


@main.command()
def keep(
    days: Annotated[int, typer.Argument(min=0, envvar="GLANEUR_KEEP_DAYS", help="days of readings to keep")],
) -> None:
    """Drop raw readings older than so many days, for ever; hours and days stay. As the database's owner.

    Occupants whose date is past are forgotten too, as the worker does each night.
    """
    from store.__main__ import main as run

    status = run(["keep", str(days)])
    if status == 0:
        with connect(settings().database.get_secret_value()) as connection:
            gone = forget(connection, read_clock(connection).now(), Billing())
        typer.echo(f"{gone} occupant(s) forgotten")
    raise typer.Exit(status)


@main.command()
def ingest() -> None:
    """Take the probes' messages from the broker into the database, until stopped."""
    from ingest.__main__ import main as run

    raise typer.Exit(run())


@main.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def redecode(context: typer.Context) -> None:
    """Read stored bytes again with today's codecs: --device SERIAL, --since INSTANT, --dry-run."""
    from ingest.__main__ import main as run

    raise typer.Exit(run(["redecode", *context.args]))


@main.command()
def account(
    login: str = typer.Argument(help="small letters, digits, . _ @ -"),
    role: str = typer.Option("dispatcher", help="dispatcher, driver, agent, finance or admin"),
    name: str = typer.Option(..., prompt="Name shown", help="name shown on the pages"),
    password: str = typer.Option(
        ..., prompt=True, hide_input=True, confirmation_prompt=True, envvar="GLANEUR_ACCOUNT_PASSWORD"
    ),
) -> None:
    """Create an account, or give an existing one a new password and role."""
    if len(password) < MINIMUM_PASSWORD:
        typer.echo(f"Refused: a password needs {MINIMUM_PASSWORD} characters or more.", err=True)
        raise typer.Exit(1)
    with connect(settings().database.get_secret_value(), role="glaneur_api") as connection:
        try:
            create_account(connection, login=login, display_name=name, password=password, role=role)
        except (ValueError, psycopg.errors.CheckViolation) as error:
            typer.echo(f"Refused: {error}", err=True)
            raise typer.Exit(1) from error


@main.command()
def demo(
    seconds: int = typer.Option(0, "--for", help="stop by itself after this many seconds and print figures"),
    rate: float = typer.Option(120.0, help="shown seconds per real second"),
    history_days: int = typer.Option(14, help="days of history the probes send first"),
    seed: int = typer.Option(1, help="another seed makes another territory"),
    port: int = typer.Option(0, help="port of the pages; 0 takes a free one"),
    folder: Annotated[Path, typer.Option(help="where the run's files go; emptied first")] = DEMO_FOLDER,
) -> None:
    """Watch the whole platform live, with simulated probes and nothing to install."""
    from api.demo.children import ChildStopped
    from api.demo.processes import Choices
    from api.demo.show import demo

    try:
        figures = demo(Choices(seconds, rate, history_days, seed, port, folder.resolve()))
    except (ChildStopped, TimeoutError) as error:
        typer.echo(f"The demonstration stopped: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(json.dumps(figures))


@main.command()
def weather(
    file: Annotated[Path, typer.Argument(help="CSV or JSON: day, rain_mm, and insee for one commune's own")],
) -> None:
    """Import rain by day, observed and forecast: forecasts of fill then count with it."""
    from api.dispatch.weather import BadWeather, read_weather, save_weather

    try:
        days = read_weather(file.read_text(encoding="utf-8"))
        with connect(settings().database.get_secret_value(), role="glaneur_api") as connection:
            count = save_weather(connection, days, file.name)
    except (BadWeather, OSError, UnicodeDecodeError) as error:
        typer.echo(f"Refused, nothing imported: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{count} days imported.")


@main.command()
def api() -> None:
    """Serve the pages and the JSON API."""
    from api.app import create_app
    from api.metrics import api_problems
    from store.metrics import serve

    chosen = settings()
    app = create_app(chosen)
    if chosen.metrics_address is not None:
        serve(chosen.metrics_address, lambda: api_problems(app))
    # What was made to start with is never garbage: no collection walks through it any more. Here and not in
    # the application: a process that makes many, as tests do, would never be rid of one.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    # A page's thread keeps the gate's loop from Python's lock for so long at most; the default is five.
    sys.setswitchinterval(0.001)
    uvicorn.run(
        app,
        host=chosen.host,
        port=chosen.port,
        log_level="info",
        access_log=False,
        server_header=False,
    )


@main.command()
def worker() -> None:
    """Take planning jobs and do the periodic work, until stopped."""
    from api.alerts.messaging import Messaging
    from api.jobs import work
    from api.metrics import worker_problems
    from api.travel.choice import travel_times
    from store.metrics import serve

    chosen = settings()
    try:
        messaging = Messaging()
        billing = Billing()
    except ValueError as error:
        typer.echo(f"The settings of messages or bills are not right: {error}", err=True)
        raise typer.Exit(2) from error
    if chosen.metrics_address is not None:
        serve(chosen.metrics_address, lambda: worker_problems(chosen.database.get_secret_value()))
    signer = chosen.gate_signer
    work(
        chosen.database.get_secret_value(),
        brokers=chosen.brokers,
        quarantine_days=chosen.quarantine_days,
        messaging=messaging,
        travel=travel_times(chosen, "glaneur_worker"),
        billing=billing,
        gate_key=None if signer is None else signer.public_key(),
        gate_months=chosen.gate_months,
    )


@main.command()
def plan(
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the day to plan")],
    stream: Annotated[str, typer.Option(help="code of the stream, for instance verre")],
    vehicles: Annotated[str, typer.Option(help="codes of trucks, with commas; all that can when empty")] = "",
    seconds: Annotated[int, typer.Option(min=1, max=600, help="time given to the planner")] = 20,
) -> None:
    """Plan a day's rounds as drafts, here and now, and print them."""
    from api.plan_command import plan_here
    from api.travel.choice import travel_times

    chosen = [code.strip() for code in vehicles.split(",") if code.strip()]
    here = settings()
    dsn, travel = here.database.get_secret_value(), travel_times(here, "glaneur_worker")
    raise typer.Exit(plan_here(dsn, day.date(), stream, chosen, seconds, travel))


@main.command("travel")
def travel_command() -> None:
    """Ask the road engine for every place; say who is far from any road; exit status 1 when someone is."""
    from api.travel.command import report

    raise typer.Exit(0 if report(settings()) else 1)


@main.command()
def doctor() -> None:
    """Say in plain words what is wrong with this installation; exit status 1 when something is."""
    from api.doctor import examine

    wrong = False
    for finding in examine():
        typer.echo(f"{finding.verdict}  {finding.about}: {finding.sentence}")
        wrong |= finding.verdict == "!!"
    raise typer.Exit(1 if wrong else 0)


main.add_typer(device_commands, name="device")
main.add_typer(tariff_commands, name="tariff")
main.add_typer(gate_commands, name="gate")
main.add_typer(board_commands, name="dashboards")
main.add_typer(meals_commands, name="meals")
main.command("broker-accounts")(broker_accounts)


if __name__ == "__main__":
    main()
