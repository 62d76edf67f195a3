"""`glaneur tariff correct` and `glaneur tariff add`: decisions on events from a shell."""

from datetime import datetime
from typing import Annotated

import typer

from api.finance.acting import acting
from api.finance.corrections import DECISIONS, Decision, decide, write_event
from api.french import PARIS
from store.clock import read_clock

By = Annotated[str, typer.Option("--by", help="who decides: the login of a person", prompt=True)]
Reason = Annotated[str, typer.Option("--reason", help="why, in a sentence", prompt=True)]


def correct(
    event: str,
    by: By,
    reason: Reason,
    action: Annotated[str, typer.Option(help=", ".join(DECISIONS))] = DECISIONS[1],
    to: Annotated[str, typer.Option(help="deplacer: the bin, badge or account that it belongs to")] = "",
) -> None:
    """Decide on an event: bill it, do not bill it, or give it to another household."""
    with acting() as connection:
        decision = Decision(author=by, reason=reason, at=read_clock(connection).now())
        name = decide(connection, event, action, decision, to)
        connection.commit()
    typer.echo(f"Correction {name} enregistrée.")


def add(
    kind: Annotated[str, typer.Argument(help="levee, ouverture, carte_perdue…")],
    at: Annotated[datetime, typer.Argument(formats=["%Y-%m-%dT%H:%M"], help="Paris time")],
    subject: Annotated[str, typer.Argument(help="a bin, a badge or an account")],
    by: By,
    reason: Reason,
) -> None:
    """Append an event that no machine read."""
    with acting() as connection:
        decision = Decision(author=by, reason=reason, at=read_clock(connection).now())
        name = write_event(connection, kind, at.replace(tzinfo=PARIS), subject, decision)
        connection.commit()
    typer.echo(f"Événement {name} ajouté.")
