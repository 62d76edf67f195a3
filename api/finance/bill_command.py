"""`glaneur tariff …`, once bills are issued: print, export, rectify, close an exercise, forget people."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from api.finance import credit
from api.finance.acting import acting
from api.finance.bill_pdf_batch import folder_of, write_bills, zip_bills
from api.finance.bill_settings import Billing
from api.finance.command import By, Day, amount, commands
from api.finance.credit_pdf import piece_pdf
from api.finance.exports import Law, export, take_premises
from api.finance.imports import Refusal
from api.finance.jobs import forget
from store.clock import read_clock
from tariff.profiles import Profile, read_profile

__all__ = ["commands"]


@commands.command("pdf")
def pdf(
    run: int,
    folder: Annotated[Path | None, typer.Argument(help="GLANEUR_BILLS_DIR when not given")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="processes")] = 2,
    zipped: Annotated[bool, typer.Option("--zip", help="also archives of 1,000 bills")] = False,
) -> None:
    """Write an issued run's bills as PDF, one file each; what is there is kept: resume at will."""
    billing = Billing()
    base = folder or billing.bills_dir
    if base is None:
        typer.echo("Give a folder, or set GLANEUR_BILLS_DIR.", err=True)
        raise typer.Exit(2)
    with acting() as connection, Progress(transient=True) as bar:
        task = bar.add_task("factures", total=None)
        written = write_bills(
            connection,
            run,
            base,
            billing,
            workers=workers,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    typer.echo(f"{written} facture(s) écrite(s) dans {folder_of(base, run)}.")
    if zipped:
        typer.echo(f"{len(zip_bills(folder_of(base, run)))} archive(s).")


def _profile(path: Path) -> Profile:
    found, problems = read_profile(str(path), path.read_text(encoding="utf-8"))
    if found is None:
        raise Refusal("\n".join(map(str, problems)))
    return found


@commands.command("export")
def export_command(
    run: int,
    profile: Path,
    out: Path,
    product: Annotated[str, typer.Option(help="TEOMi: the tax's whole product, fixed part included")] = "",
    before: Annotated[str, typer.Option(help="TEOMi, first year: last year's product")] = "",
    tolerance: Annotated[int, typer.Option(min=0, max=100, help="percent a text allows above it")] = 0,
) -> None:
    """Write an issued run's file by a profile (format, columns): README of tariff. Never half a file."""
    with acting() as connection:
        law = Law(
            product=amount(product) if product else None,
            before=amount(before) if before else None,
            tolerance_percent=tolerance,
        )
        data, totals = export(connection, run, _profile(profile), law)
    out.touch(mode=0o600)
    out.write_bytes(data)
    typer.echo(f"{out} : total {totals['total']} €, part incitative {totals['part_incitative']} €.")


@commands.command("premises")
def premises(profile: Path, file: Path, since: Day) -> None:
    """Read the tax office's list of premises by a profile (« fichier aller »): rateable values from a day."""
    with acting() as connection:
        report = take_premises(connection, _profile(profile), file.read_bytes(), since.date())
        connection.commit()
    typer.echo(
        f"{report.taken} local(aux) mis à jour, {report.known} déjà à jour, {len(report.refused)} refusé(s)."
    )
    for row in report.refused:
        typer.echo(f"  ligne {row.line} : {row.reason}", err=True)
    if report.refused:
        raise typer.Exit(1)


@commands.command("recheck")
def recheck(run: int) -> None:
    """Make an issued run's bills again, tell which would change, change nothing. Status 1 when some would."""
    found = 0
    with acting() as connection:
        for reference, change, why in credit.to_rectify(connection, run):
            found += 1
            typer.echo(f"{reference} : {why}{'' if change is None else f', {change} €'}")
    typer.echo(f"{found} compte(s) à rectifier.")
    if found:
        raise typer.Exit(1)


@commands.command("rectify")
def rectify(
    run: int,
    account: str,
    by: By,
    reason: Annotated[str, typer.Option(prompt=True, help="printed on the piece")],
    cancel: Annotated[bool, typer.Option(help="the bill should not have been at all")] = False,
) -> None:
    """Propose a credit note or a rectification of an issued bill, from today's usage and situation."""
    with acting() as connection:
        number = credit.rectify(connection, run, account, reason=reason, by=by, cancel=cancel)
        piece = credit.piece(connection, number)
    typer.echo(f"Rectification {number} de la facture {piece['original_number']} : {piece['amount']} €.")
    for line in piece["difference"]:
        moved = [f"+ {name}" for name in line["evenements"]] + [f"− {name}" for name in line["retires"]]
        typer.echo(f"  {line['texte']} : {line['montant']} € {' '.join(moved)}".rstrip())


@commands.command("rectification")
def rectification(
    number: int,
    approve: Annotated[str, typer.Option(help="approve it: the login of another person")] = "",
    issue: Annotated[bool, typer.Option("--issue", help="number and issue it")] = False,
    abandon: Annotated[bool, typer.Option("--abandon", help="give it up")] = False,
    out: Annotated[Path | None, typer.Option("--pdf", help="print an issued one into this file")] = None,
) -> None:
    """Show a rectification; approve, issue or abandon it; print it."""
    with acting() as connection:
        if approve:
            credit.approve(connection, number, approve)
        if issue:
            credit.issue(connection, number, read_clock(connection).now())
        if abandon:
            credit.abandon(connection, number)
        row = credit.piece(connection, number)
        if out:
            out.touch(mode=0o600)
            out.write_bytes(piece_pdf(connection, number, Billing()))
    told = f"Rectification {number}, {credit.STATES[row['status']]} : {row['amount']} €"
    typer.echo(
        f"{told} sur {row['original_number']}."
        + (f" Pièce {row['number']}, {credit.treatment(row)}." if row["number"] else "")
    )


@commands.command("close-exercise")
def close_exercise(exercise: int, by: By) -> None:
    """Say that an exercise is closed: its bills' later credit notes are then paid by another entry (673)."""
    with acting() as connection:
        credit.close_exercise(connection, exercise, by)
    typer.echo(f"Exercice {exercise} clos.")


@commands.command("forget")
def forget_command(
    at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="as if it were that day")] = None,
) -> None:
    """Erase who people are, with their printed bills, when their date is past; the worker does it daily."""
    with acting() as connection:
        now = read_clock(connection).now()
        moment = now if at is None else at.replace(tzinfo=now.tzinfo)
        gone = forget(connection, min(moment, now), Billing())
    typer.echo(f"{gone} personne(s) oubliée(s) ; leurs factures restent, sans leur nom.")
