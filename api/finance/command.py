"""`glaneur tariff …`: grids, imports, runs and simulations from a shell."""

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from psycopg.rows import DictRow
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from api.finance import runs
from api.finance.acting import acting
from api.finance.correct_command import add, correct
from api.finance.imports import SQL, Refusal
from api.finance.kinds import KINDS
from api.finance.registry import accounts, stored_grids
from api.finance.simulator import as_csv, habit_of, rows
from store.clock import read_clock
from tariff.calendar import Period
from tariff.grids import Grids, read_grids
from tariff.simulate import Comparison, Scenario, break_even, compare, deciles, during

commands = typer.Typer(
    no_args_is_help=True, help="Incentive tariffs: grids, imports, runs of bills, simulations."
)

Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])]
By = Annotated[str, typer.Option("--by", help="who does it: the login of a person", prompt=True)]
commands.command("correct")(correct)
commands.command("add")(add)


def _read(paths: list[Path]) -> Grids:
    files = [one for path in paths for one in (sorted(path.glob("*.toml")) if path.is_dir() else [path])]
    grids, problems = read_grids({str(one): one.read_text(encoding="utf-8") for one in files})
    if problems:
        raise Refusal("\n".join(map(str, problems)))
    return grids


@commands.command("vote")
def vote(files: list[Path]) -> None:
    """Add voted grids to the history, if they fit it."""
    with acting() as connection:
        _, _, texts = stored_grids(connection)
        new = {path.name: path.read_text(encoding="utf-8") for path in files}
        if changed := sorted(name for name in new if name in texts and texts[name] != new[name]):
            raise Refusal(f"{', '.join(changed)} : une grille votée ne se modifie pas, ajoutez un fichier.")
        _, problems = read_grids({**texts, **new})
        if problems:
            raise Refusal("\n".join(map(str, problems)))
        for name in sorted(new.keys() - texts.keys()):
            connection.execute(SQL["grid_added"], {"file": name, "body": new[name]})
        connection.commit()
        typer.echo(f"{len(new.keys() - texts.keys())} grille(s) ajoutée(s).")


@commands.command("import")
def import_command(kind: Annotated[str, typer.Argument(help=", ".join(KINDS))], file: Path) -> None:
    """Take a CSV file; print each refused row. Status 1 when there is one."""
    if kind not in KINDS:
        typer.echo(f"Il faut l'un de : {', '.join(KINDS)}.", err=True)
        raise typer.Exit(2)
    with acting() as connection:
        report = KINDS[kind](connection, file.read_bytes())
        connection.commit()
    typer.echo(
        f"{report.taken} ligne(s) prise(s), {report.known} déjà connue(s), {len(report.refused)} refusée(s)."
    )
    if report.doubted:
        typer.echo(f"{report.doubted} événement(s) à vérifier avant d'être facturé(s).")
    for row in report.refused:
        typer.echo(f"  {file.name}, ligne {row.line} : {row.reason}", err=True)
    if report.refused:
        raise typer.Exit(1)


@commands.command("run")
def run_command(
    first: Day, last: Day, by: By, label: str = "Facturation", resume: Annotated[int, typer.Option()] = 0
) -> None:
    """Make the bills of a period as a draft; --resume N goes on with an interrupted one."""
    with acting() as connection:
        run = resume or runs.open_run(connection, label, _period(first, last), by)
        with Progress(transient=True) as bar:
            task = bar.add_task(f"calcul {run}", total=None)
            totals = runs.compute(
                connection, run, lambda done, of: bar.update(task, completed=done, total=of)
            )
    typer.echo(f"Calcul {run} : {_totals(totals)}")


@commands.command("control")
def control(run: int, by: By) -> None:
    """Close a draft: totals, and the bills that stand out."""
    with acting() as connection:
        found = runs.control(connection, run, by)
    typer.echo(f"Calcul {run} contrôlé : {_totals(found.totals)}")
    for row in found.anomalies:
        typer.echo(
            f"  {row['reference']} : {row['why']}, {row['refused'] or row['total']}"
            f" (avant : {row['before'] or 'aucune'})"
        )


@commands.command("approve")
def approve(run: int, by: By) -> None:
    """Approve a controlled run; a second person must."""
    with acting() as connection:
        runs.approve(connection, run, by)
    typer.echo(f"Calcul {run} approuvé.")


@commands.command("issue")
def issue(run: int) -> None:
    """Issue an approved run: numbered, and immutable from then on."""
    with acting() as connection:
        count = runs.issue(connection, run, read_clock(connection).now())
    typer.echo(f"Calcul {run} émis : {count} factures.")


@commands.command("abandon")
def abandon(run: int) -> None:
    """Give up a run that is not issued."""
    with acting() as connection:
        runs.abandon(connection, run)
    typer.echo(f"Calcul {run} abandonné.")


@commands.command("simulate")
def simulate(
    first: Day,
    last: Day,
    grids: Annotated[list[Path], typer.Option("--grids", help="a file or folder to try; repeat it")],
    cost: Annotated[str, typer.Option(help="euros to balance")] = "",
    habit: Annotated[
        list[str], typer.Option(help="hypothesis on habits under tried grids: levee=90 (%)")
    ] = [],  # noqa: B006
    elasticity: Annotated[
        list[str], typer.Option(help="or from prices: levee=-0.3,5.12,6.00 (elasticity, before, after)")
    ] = [],  # noqa: B006
    out: Annotated[Path | None, typer.Option("--csv", help="write everything as one long table")] = None,
) -> None:
    """Try grids on a period's real usage, whatever their dates, beside the voted ones if any. No trace."""
    with acting() as connection:
        habits = {**_habits(habit), **_elasticities(elasticity)}
        voted, problems, texts = stored_grids(connection)
        if problems:
            raise Refusal("\n".join(map(str, problems)))
        scenarios = [Scenario(name="grille votée", grids=voted)] if texts else []
        period = _period(first, last)
        for path in grids:
            tried = during(_read([path]), period)
            scenarios.append(Scenario(name=path.stem, grids=tried, habits=habits))
        pages = accounts(connection, [one.grids for one in scenarios], period)
        found = compare(((one, usage) for page in pages for _, one, usage in page), scenarios, period)
        balance = amount(cost) if cost else None
    _show(found, balance)
    if out is not None:
        out.write_text(as_csv(rows(found, balance, habits)), encoding="utf-8")
        typer.echo(f"{out} écrit.")


def _elasticities(given: list[str]) -> dict[str, Fraction]:
    habits = {}
    for word in given:
        kind, _, numbers = word.partition("=")
        if not kind or numbers.count(",") != 2:
            raise Refusal(f"« {word} » : écrivez levee=-0.3,5.12,6.00.")
        left = habit_of("", *numbers.split(","))
        assert left is not None  # noqa: S101 - an elasticity was given
        habits[kind] = left
    return habits


def _habits(given: list[str]) -> dict[str, Fraction]:
    habits = {}
    for word in given:
        kind, _, percent = word.partition("=")
        if not kind or not percent.isdigit():
            raise Refusal(f"« {word} » : écrivez levee=90.")
        habits[kind] = Fraction(percent)
    return habits


def amount(text: str) -> Decimal:
    """An amount typed by a person. Errors: `Refusal`."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Refusal(f"« {text} » n'est pas un montant.") from None


def _period(first: datetime, last: datetime) -> Period:
    if last < first:
        raise Refusal("La période finit avant de commencer.")
    return Period(first.date(), last.date() + timedelta(days=1))


def _totals(row: DictRow) -> str:
    return (
        f"{row['bills']} factures, {row['product']} €, de {row['least']} à {row['most']} ; "
        f"{row['refused']} sans facture, {row['not_billed']} événements non facturés."
    )


def _show(found: Comparison, cost: Decimal | None) -> None:
    console = Console()
    console.print(f"{found.accounts} comptes comparés, {found.left_out} laissés de côté.")
    table = Table("grille", "produit", "1er décile", "médiane", "9e décile", *(["équilibre"] if cost else []))
    for one in found.outcomes:
        tenths = deciles(one.cents)
        factor = break_even(one, cost) if cost else None
        shown = [f"× {float(factor):.3f}" if factor is not None else "–"] if cost else []
        marks = [str(tenths[rank]) for rank in (1, 5, 9)] if tenths else ["–"] * 3
        table.add_row(one.name, str(one.product), *marks, *shown)
    console.print(table)
    groups = Table("grille", "selon", "valeur", "comptes", "gagnants", "perdants", "écart moyen")
    for group in found.groups:
        counts = (str(group.accounts), str(group.winners), str(group.losers))
        groups.add_row(group.scenario, group.fact, group.value, *counts, str(group.difference))
    if found.groups:
        console.print(groups)
    for one in found.outcomes:
        for reason, count in one.refused.most_common(5):
            console.print(f"{one.name} : {count} × {reason}")
