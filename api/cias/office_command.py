"""`glaneur meals labels|menus|bills|export-person|erase-person|forget`: the office's work from a shell."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from psycopg import Connection
from psycopg.rows import DictRow

from api.auth import Account, record
from api.cias import bill_runs
from api.cias.asking import Card, store_card
from api.cias.bill_export import default_profile, export
from api.cias.bill_pdf import bill_pdf
from api.cias.bill_runs import NotNow
from api.cias.bills import SQL as BILLS
from api.cias.erasure import NotErasable, as_archive, erase_person, export_person
from api.cias.files import note_reading
from api.cias.labels_pdf import FORMATS, FormatName, labels_of_day, labels_pdf
from api.cias.menu_import import read_menus
from api.cias.retention import Kept, forget
from api.finance.bill_settings import Billing
from api.shell import settings
from store.clock import read_clock
from store.connection import connect
from store.queries import named_queries
from tariff.profiles import read_profile

SQL = named_queries("api.cias", "erasure.sql")
Out = Annotated[Path, typer.Option("--out", help="where the file is written")]
Login = Annotated[str, typer.Option("--by", help="login of who asks: the reading is logged under it")]
Run = Annotated[int, typer.Argument(help="number of the run")]
PRIVATE = 0o600


def add_office_commands(commands: typer.Typer) -> None:
    """Give `glaneur meals` the office's commands."""
    commands.command("labels")(labels_command)
    commands.command("menus")(menus_command)
    commands.command("export-person")(export_person_command)
    commands.command("erase-person")(erase_person_command)
    commands.command("forget")(forget_command)
    commands.add_typer(bills, name="bills")


bills = typer.Typer(no_args_is_help=True, help="A month's bills: draft, looked at, issued, written.")


def labels_command(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="day of delivery")],
    out: Out,
    by: Login,
    form: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "a4-24",
) -> None:
    """Write the labels of a day's trays as a PDF."""
    chosen: FormatName | None = next((name for name in FORMATS if name == form), None)
    if chosen is None:
        _stop(f"--format: {', '.join(FORMATS)}")
    with _office() as connection:
        now = read_clock(connection).now()
        made, opened = labels_of_day(connection, _key(), day.date())
        note_reading(connection, _who(connection, by), opened, "kitchen", now)
        _write(out, labels_pdf(made, day.date(), chosen, now))
    typer.echo(f"{len(made)} étiquettes : {out}")


def menus_command(path: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Take in menus from a CSV, SCDL menus-collectifs: all of it, or a report of every bad line."""
    found = read_menus(path.read_text(encoding="utf-8-sig"))
    if not isinstance(found, Card):
        for fault in found:
            typer.echo(f"{path.name} : {fault}", err=True)
        raise typer.Exit(1)
    with _office() as connection:
        store_card(connection, found)
    typer.echo(f"{len(found.dishes)} plats, {len(found.menus)} menus.")


def export_person_command(
    person: Annotated[int, typer.Argument(help="number of the file")], out: Out, by: Login
) -> None:
    """Write all that is kept about one person: an archive with a JSON and a text. Logged."""
    with _office() as connection:
        now = read_clock(connection).now()
        who = _who(connection, by)
        found = export_person(connection, _key(), person, who, now)
        if found is None:
            _stop("Cette personne n'a pas de dossier.")
        record(connection, who, "meals.person.export", str(person))
        _write(out, as_archive(found))
    typer.echo(f"Données remises : {out}")


def erase_person_command(
    person: Annotated[int, typer.Argument(help="number of the file")], by: Login
) -> None:
    """Forget one person whose service is over and billed; says what is kept and why."""
    with _office() as connection:
        try:
            who = _who(connection, by)
            found = erase_person(connection, person, read_clock(connection).now())
            record(connection, who, "meals.person.erase", str(person), **found.gone)
        except NotErasable as why:
            _stop(str(why))
    typer.echo(", ".join(f"{what} {count}" for what, count in found.gone.items()))
    for one in found.kept:
        typer.echo(one)


def forget_command() -> None:
    """Forget now what is past its age (the worker does it every night), and print how many of each."""
    with _office() as connection:
        gone = forget(connection, read_clock(connection).now(), Kept())
    for what, count in gone.items():
        typer.echo(f"{what} {count}")


@bills.command("open")
def open_command(
    month: Annotated[datetime, typer.Argument(formats=["%Y-%m"], help="the month")], by: Login
) -> None:
    """Work a month's bills out as a draft."""
    with _office() as connection:
        now, who = read_clock(connection).now(), _who(connection, by)
        first = date(month.year, month.month, 1)
        try:
            run = bill_runs.open_run(connection, _key(), first, who, now)
        except NotNow as why:
            connection.rollback()
            _stop(str(why))
        count = len(connection.execute(BILLS["run_bills"], {"run": run, "bill": None}).fetchall())
    typer.echo(f"Calcul {run} : {count} factures à relire.")


@bills.command("look")
def look_command(run: Run, by: Login) -> None:
    """Say that a draft was looked at and is right."""
    _act(run, by, "look")


@bills.command("issue")
def issue_command(run: Run, by: Login) -> None:
    """Number and issue a month's bills; by another person than looked at them."""
    _act(run, by, "issue")


@bills.command("abandon")
def abandon_command(run: Run) -> None:
    """Give a draft up; its meals stay to be billed."""
    _act(run, "", "abandon")


@bills.command("export")
def export_command(
    run: Run,
    out: Out,
    profile: Annotated[Path | None, typer.Option(help="layout, a TOML as in tariff/README.md")] = None,
) -> None:
    """Write the issued bills for the treasury, in the layout that ships or your own."""
    layout = default_profile()
    if profile is not None:
        found, problems = read_profile(str(profile), profile.read_text(encoding="utf-8"))
        if found is None:
            _stop("\n".join(map(str, problems)))
        layout = found
    with _office() as connection:
        try:
            _write(out, export(connection, run, layout))
        except NotNow as why:
            _stop(str(why))
    typer.echo(str(out))


@bills.command("pdf")
def pdf_command(run: Run, out: Annotated[Path, typer.Option("--out", help="folder")]) -> None:
    """Write each issued bill of a run as a PDF, named by its number."""
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    count = 0
    with _office() as connection:
        for row in connection.execute(BILLS["run_bills"], {"run": run, "bill": None}).fetchall():
            made = bill_pdf(connection, row["id"], Billing())
            if made is not None:
                _write(out / f"{made[0]}.pdf", made[1])
                count += 1
    typer.echo(f"{count} factures : {out}")


def _act(run: int, by: str, what: str) -> None:
    with _office() as connection:
        now = read_clock(connection).now()
        try:
            if what == "abandon":
                bill_runs.abandon(connection, run)
                said = "abandonné"
            elif what == "look":
                bill_runs.look(connection, run, _who(connection, by), now)
                said = "relu"
            else:
                said = f"émis, {bill_runs.issue(connection, run, _who(connection, by), now)} factures"
        except NotNow as why:
            connection.rollback()
            _stop(str(why))
    typer.echo(f"Calcul {run} : {said}.")


def _office() -> Connection[DictRow]:
    dsn = settings().database.get_secret_value()
    return connect(dsn, role="glaneur_api", application="glaneur-meals")


def _who(connection: Connection[DictRow], login: str) -> Account:
    row = connection.execute(SQL["account"], {"login": login}).fetchone()
    if row is None or row["role"] not in ("cias", "finance", "admin"):
        _stop(f"{login}: no account of the office by this login.")
    return Account(**row)


def _key() -> bytes:
    key = settings().meals_health_key
    if key is None:
        typer.echo("GLANEUR_HEALTH_KEY is needed: it opens what says something of health.", err=True)
        raise typer.Exit(2)
    return key


def _write(path: Path, body: bytes) -> None:
    """A file that only its owner reads."""
    path.touch(mode=PRIVATE)
    path.write_bytes(body)
    path.chmod(PRIVATE)


def _stop(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(1)
