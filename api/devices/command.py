"""`glaneur device …` and `glaneur broker-accounts`: the technician's acts from a shell.

The same functions as the pages and the API; the audit log knows them as account 0, the command line.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from fastapi import HTTPException
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account
from api.devices import access, dynsec, fleet, mountings, registry
from api.devices.csv_rows import DeviceRow, parse_csv
from api.devices.forms import eui_of, instant_of
from api.devices.mountings import Conflict, Wish
from api.devices.registry import Refusal
from api.mqtt import Unreachable
from api.shell import settings
from store.clock import read_clock
from store.connection import connect

SHELL = Account(0, "shell", "Ligne de commande", "admin", "")

commands = typer.Typer(no_args_is_help=True, help="Register, mount, replace and give access to probes.")

Since = Annotated[str, typer.Option(help="local hour of Paris, 2026-11-22T10:05; now when empty")]


@contextmanager
def _acting() -> Iterator[tuple[Connection[DictRow], datetime]]:
    """Give a connection and the platform's instant; a refusal is printed and ends with status 1."""
    dsn = settings().database.get_secret_value()
    try:
        with connect(dsn, role="glaneur_api", application="glaneur-device") as connection:
            yield connection, read_clock(connection).now()
    except (Refusal, Conflict, access.NoAccess) as refusal:
        typer.echo(f"Refusé : {refusal}", err=True)
        raise typer.Exit(1) from refusal


def _row(connection: Connection[DictRow], serial: str, now: datetime) -> DictRow:
    try:
        return fleet.device_row(connection, serial, now)
    except HTTPException as missing:
        raise Refusal(f"La sonde {serial} n'est pas déclarée.") from missing


@commands.command()
def add(
    serial: str,
    codec: Annotated[str, typer.Option(help="native, or maker/model")] = "native",
    interval: Annotated[int, typer.Option(help="seconds between two reports")] = 14_400,
    network: Annotated[str, typer.Option(help="native, chirpstack, tts…")] = "native",
    dev_eui: Annotated[str, typer.Option(help="16 hexadecimal digits, on a LoRaWAN network")] = "",
    network_path: Annotated[str, typer.Option(help="its name there")] = "",
    container: Annotated[str, typer.Option(help="code of the container in which it hangs")] = "",
    since: Since = "",
) -> None:
    """Register a probe, and mount it when a container is given."""
    with _acting() as (connection, now):
        row = DeviceRow(
            serial=serial,
            codec=codec,
            report_interval_s=interval,
            network=network,
            dev_eui=eui_of(dev_eui),
            network_path=network_path,
            container=container or None,
            mounted_from=instant_of(since, now) if container else None,
        )
        registry.register(connection, SHELL, row, now)
    typer.echo(f"{serial} est déclarée.")


@commands.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, see the page « Déclarer »")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be done")] = False,
) -> None:
    """Register a file of probes; status 1 when a row was refused."""
    with _acting() as (connection, now):
        parsed = parse_csv(file.read_bytes(), now)
        if parsed.problem:
            raise Refusal(parsed.problem)
        done = registry.import_rows(connection, SHELL, parsed.rows, now, dry_run=dry_run)
    refused = sorted((*parsed.refused, *done.refused), key=lambda row: row.line)
    for row in refused:
        typer.echo(f"ligne {row.line}, {row.serial} : {row.reason}", err=True)
    verb = "seraient déclarées" if dry_run else "déclarées"
    typer.echo(f"{len(done.taken)} sonde(s) {verb}, {len(refused)} ligne(s) refusée(s).")
    raise typer.Exit(1 if refused else 0)


@commands.command()
def mount(serial: str, container: str, since: Since = "") -> None:
    """Hang a probe in a container."""
    with _acting() as (connection, now):
        device = _row(connection, serial, now)
        place = registry.container_id(connection, container)
        mountings.mount(connection, SHELL, Wish(device["id"], place, instant_of(since, now)), now)
    typer.echo(f"{serial} est montée dans {container}.")


@commands.command()
def unmount(serial: str, since: Since = "") -> None:
    """Take a probe out of its container."""
    with _acting() as (connection, now):
        device = _row(connection, serial, now)
        mountings.unmount(connection, SHELL, device["id"], instant_of(since, now), now)
    typer.echo(f"{serial} est démontée.")


@commands.command()
def replace(serial: str, by: str, since: Since = "") -> None:
    """Put another probe in the place of one."""
    with _acting() as (connection, now):
        old, new = _row(connection, serial, now), _row(connection, by, now)
        mountings.replace(connection, SHELL, old["id"], new["id"], instant_of(since, now), now)
    typer.echo(f"{by} remplace {serial}.")


@commands.command("access")
def give_access(
    serial: str, revoke: Annotated[bool, typer.Option("--revoke", help="take it away instead")] = False
) -> None:
    """Give a probe its own account at the broker, or a new password, printed this once."""
    broker = settings().access_broker
    with _acting() as (connection, now):
        device = _row(connection, serial, now)
        if revoke:
            access.revoke(connection, SHELL, broker, device)
            typer.echo(f"L'accès de {serial} est retiré.")
            return
        password = access.issue(connection, SHELL, broker, device, now)
    typer.echo(f"{serial}:{password}")


def broker_accounts() -> None:
    """Make our own processes' accounts at a broker with dynamic security; passwords are printed this once."""
    broker = settings().access_broker
    if broker is None:
        typer.echo("GLANEUR_BROKER_ADMIN must say where the broker is, as its administrator.", err=True)
        raise typer.Exit(2)
    try:
        wrong = dynsec.failures(access.command_broker(broker, [dynsec.deny_by_default()]))
        for name in dynsec.SERVICES:
            password = secrets.token_urlsafe(24)
            wrong += dynsec.failures(access.command_broker(broker, dynsec.service_account(name, password)))
            if not wrong:
                typer.echo(f"{name}:{password}")
    except Unreachable as error:
        typer.echo(f"Refused: {error}", err=True)
        raise typer.Exit(1) from error
    for one in wrong:
        typer.echo(f"Refused: {one}", err=True)
    raise typer.Exit(1 if wrong else 0)
